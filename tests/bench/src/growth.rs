//! How a cost grows with its size.

use crate::figure::Figure;

/// The exponent of a power law through a series' totals (least squares of the logarithms): with 1 what is measured grows as its
/// size does. `each`: the figures are of each unit of the size, so that a total is one times the size. Nothing of fewer than two
/// sizes.
pub fn exponent(series: &[&Figure], each: bool) -> Option<f64> {
    let points: Vec<[f64; 2]> = series
        .iter()
        .filter_map(|figure| {
            let at = figure.at.filter(|&at| at > 0.0 && figure.value > 0.0)?;
            let total = if each { figure.value * at } else { figure.value };
            Some([at.ln(), total.ln()])
        })
        .collect();
    let count = points.len() as f64;
    let mean = |axis: usize| points.iter().map(|point| point[axis]).sum::<f64>() / count;
    let (x, y) = (mean(0), mean(1));
    let spread: f64 = points.iter().map(|point| (point[0] - x).powi(2)).sum();
    let both: f64 = points.iter().map(|point| (point[0] - x) * (point[1] - y)).sum();
    (points.len() > 1 && spread > 0.0).then(|| both / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_for_each_that_stays_grows_linearly_in_all() {
        let figures: Vec<Figure> =
            [1e3, 1e4, 1e5].map(|at| Figure::new("a", "b", 30.0, "ns").at(at, "particles")).into();
        let series: Vec<&Figure> = figures.iter().collect();
        assert!((exponent(&series, true).unwrap() - 1.0).abs() < 1e-9);
        assert!(exponent(&series, false).unwrap().abs() < 1e-9);
        assert_eq!(exponent(&series[..1], true), None);
    }
}
