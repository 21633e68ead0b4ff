//! The lines by which the kernels' examples tell figures to programs: `figure`, series, size, value and unit, between tabs.

use crate::figure::Figure;

/// The figures of what an example said; other lines are for people.
pub fn figures(group: &str, said: &str, sizes: &str) -> Vec<Figure> {
    said.lines().filter_map(|line| figure(group, line, sizes)).collect()
}

fn figure(group: &str, line: &str, sizes: &str) -> Option<Figure> {
    let mut fields = line.strip_prefix("figure\t")?.split('\t');
    let (series, at) = (fields.next()?, fields.next()?.parse().ok()?);
    let (value, unit) = (fields.next()?.parse().ok()?, fields.next()?);
    Some(Figure::new(group, series, value, unit).at(at, sizes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_people_are_passed_over() {
        let said =
            "AMD, 2 cores\nfigure\twater\t20000\t31.5\tns a particle-substep\nfigure\twater\tmany\t1\tns\n| a | b |\n";
        let found = figures("kernels", said, "particles");
        assert_eq!(found, [Figure::new("kernels", "water", 31.5, "ns a particle-substep").at(20_000.0, "particles")]);
    }
}
