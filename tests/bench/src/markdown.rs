//! A run as a page.

use crate::figure::{Figure, Run};
use crate::growth;
use std::fmt::Write;

/// The head of a run, and its figures: how many times as good as the last time first.
pub fn table(run: &Run, before: Option<&Run>) -> String {
    let mut text = String::new();
    let quick = if run.quick { ", quick" } else { "" };
    let begun = run.begun.strftime("%Y-%m-%d %H:%M UTC");
    let _ = writeln!(text, "# {}\n", run.machine);
    let _ = writeln!(text, "{begun}, commit {}{quick}, load at the beginning {:.1}.", run.commit, run.load);
    match before {
        Some(before) => {
            let _ = writeln!(
                text,
                "Compared with the last time that each was measured here, at the latest {}, commit {}, load {:.1}: above 1 is \
                 better, whichever way that is.",
                before.begun.strftime("%Y-%m-%d %H:%M UTC"),
                before.commit,
                before.load
            );
        }
        None => text += "Nothing was stored of this machine before.\n",
    }
    text += "\n| times as good | what | at | now | before | unit |\n|---|---|---|---|---|---|\n";
    for figure in &run.figures {
        let old = before.and_then(|before| before.same(figure));
        let gain = old.map_or_else(String::new, |old| format!("**{:.2}**", figure.gain(old)));
        let then = old.map_or_else(String::new, |old| number(old.value));
        let at = figure.at.map_or_else(String::new, |at| format!("{} {}", number(at), figure.sizes));
        let Figure { group, series, value, unit, .. } = figure;
        let _ = writeln!(text, "| {gain} | {group}: {series} | {at} | {} | {then} | {unit} |", number(*value));
    }
    let grown: Vec<String> = run.series().into_iter().filter_map(|series| growth_of(&series)).collect();
    if !grown.is_empty() {
        text += "\nHow totals grow with the size (exponent; 1: as it does):\n\n";
        text += &grown.concat();
    }
    for (group, why) in &run.left_out {
        let _ = writeln!(text, "\nNot measured: {group}: {why}");
    }
    text
}

fn growth_of(series: &[&Figure]) -> Option<String> {
    let first = series.first()?;
    let each = [" a particle", " each", " a peer"].iter().any(|of| first.unit.contains(of));
    let exponent = growth::exponent(series, each)?;
    Some(format!("- {}: {}, {}: {exponent:.2}\n", first.group, first.series, first.unit))
}

/// With three digits that say something; whole where it is large.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => grouped(value.round() as i64),
        some if some >= 100.0 => format!("{value:.0}"),
        some if some >= 10.0 => format!("{value:.1}"),
        some if some >= 1.0 || some == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn grouped(value: i64) -> String {
    let digits = value.abs().to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_stand_first_and_growth_at_the_end() {
        let of = |values: [f64; 2]| {
            let mut run = Run::begun(true);
            let ns = |value, at| Figure::new("kernels", "water", value, "ns a particle-substep").at(at, "particles");
            run.figures = vec![ns(values[0], 20_000.0), ns(values[1], 80_000.0)];
            run
        };
        let text = table(&of([20.0, 20.0]), Some(&of([40.0, 10.0])));
        assert!(text.contains("| **2.00** | kernels: water | 20,000 particles | 20.0 | 40.0 |"), "{text}");
        assert!(text.contains("| **0.50** |") && text.contains("water, ns a particle-substep: 1.00"), "{text}");
        assert!(table(&of([1.0, 1.0]), None).contains("Nothing was stored"));
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!(
            [1_234_567.0, 999.4, 12.345, 0.0, 0.1234].map(number),
            ["1,234,567", "999", "12.3", "0.00", "0.123"]
        );
    }
}
