//! Numbers as a language writes them.

use crate::Language;
use fluent_bundle::FluentValue;
use fluent_bundle::types::{FluentNumber, FluentNumberOptions};

/// A number rounded to so many decimals, of which all are shown, as a part of a sentence.
pub fn decimal<'a>(value: f64, decimals: usize) -> FluentValue<'a> {
    let shift = 10f64.powi(decimals as i32);
    // With none to be shown, it would still be given a point.
    let minimum_fraction_digits = Some(decimals).filter(|&decimals| decimals > 0);
    let options = FluentNumberOptions { minimum_fraction_digits, ..FluentNumberOptions::default() };
    FluentNumber::new((value * shift).round() / shift, options).into()
}

/// What stands between each three digits.
pub(crate) fn group_mark(language: Language) -> char {
    match language {
        // THIN SPACE.
        Language::English => '\u{2009}',
        Language::German => '.',
    }
}

/// The digits in groups of three.
pub(crate) fn grouped(digits: &str, mark: char) -> String {
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

/// A number in a German sentence: a comma before the decimals, and points between groups of digits.
pub(crate) fn german<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let text = number.as_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", &*text), |rest| ("−", rest));
    let (whole, decimals) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let whole = grouped(whole, group_mark(Language::German));
    Some(decimals.map_or_else(|| format!("{sign}{whole}"), |decimals| format!("{sign}{whole},{decimals}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_numbers_have_points_and_a_comma() {
        let text = |value: FluentValue<'_>| german(&value, &()).unwrap();
        assert_eq!(text(4_000_000.into()), "4.000.000");
        assert_eq!(text(999.into()), "999");
        assert_eq!(text(decimal(1234.56, 1)), "1.234,6");
        assert_eq!((text(decimal(2.0, 1)), text(decimal(12.4, 0))), ("2,0".into(), "12".into()));
        assert_eq!(text((-60).into()), "−60");
        assert_eq!(german(&FluentValue::from("1.5"), &()), None, "a text stays as it is");
    }
}
