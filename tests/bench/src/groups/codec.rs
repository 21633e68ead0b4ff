//! What codes of bands and messages cost: `cargo bench --package room`, whose table is read.

use crate::figure::Figure;
use crate::place;
use anyhow::ensure;

pub const NAME: &str = "codec";

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let mut command = place::cargo_command();
    command.args(["bench", "--package", "room", "--bench", "codec"]);
    let found = figures(&place::said(&mut command)?);
    ensure!(!found.is_empty(), "the table of the codes' benchmark is not as it was");
    Ok(found)
}

/// The medians of a table as divan prints it. A line without times is the name of those below it.
fn figures(table: &str) -> Vec<Figure> {
    let mut found = Vec::new();
    let mut above = String::new();
    for line in table.lines() {
        let mut columns = line.split('│').map(str::trim);
        let name = columns.next().unwrap_or("").trim_start_matches(['├', '╰', '─', ' ', '│']);
        // A bench within a group stands a step further in, and its line begins with the group's stroke.
        let (name, rest): (&str, Vec<&str>) = if name.is_empty() {
            let rest: Vec<&str> = columns.collect();
            let Some((first, rest)) = rest.split_first() else { continue };
            (first.trim_start_matches(['├', '╰', '─', ' ']), rest.to_vec())
        } else {
            (name, columns.collect())
        };
        let mut words = name.split_whitespace();
        let Some(label) = words.next() else { continue };
        let Some(us) = rest.get(1).and_then(|median| microseconds(median)) else {
            if words.next().is_none() {
                above = label.to_owned();
            }
            continue;
        };
        found.push(match label.parse::<f64>() {
            Ok(at) => Figure::new(NAME, above.clone(), us * 1e3 / at, "ns a particle").at(at, "particles"),
            Err(_) => Figure::new(NAME, label, us, "µs"),
        });
    }
    found
}

fn microseconds(time: &str) -> Option<f64> {
    let (number, unit) = time.split_once(' ')?;
    let scale = match unit {
        "ns" => 1e-3,
        "µs" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_read_with_their_sizes() {
        let table = "\
Timer precision: 20 ns
codec            fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ band_encode                 │               │               │               │         │
│  ├─ 1000       20.1 µs       │ 60 µs         │ 21 µs         │ 22 µs         │ 100     │ 100
│  ╰─ 30000      600 µs        │ 900 µs        │ 0.66 ms       │ 700 µs        │ 100     │ 100
╰─ wire_encode   5.1 µs        │ 9 µs          │ 5.5 µs        │ 6 µs          │ 100     │ 100
                 1.2 GB/s      │ 1 GB/s        │ 1.1 GB/s      │ 1 GB/s        │         │
";
        let found = figures(table);
        let text: Vec<String> = found
            .iter()
            .map(|figure| format!("{} {:?} {:.1} {}", figure.series, figure.at, figure.value, figure.unit))
            .collect();
        assert_eq!(
            text,
            [
                "band_encode Some(1000.0) 21.0 ns a particle",
                "band_encode Some(30000.0) 22.0 ns a particle",
                "wire_encode None 5.5 µs"
            ]
        );
    }
}
