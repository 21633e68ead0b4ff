//! What others wrote, made fit to stand inside a sentence: no control characters, nothing that turns the direction of
//! what follows, no closing quotation mark of ours, a bounded length, and marks of isolation around it, so that a name
//! from right to left leaves the rest of the line where it is.

/// The most characters of a name that are shown.
const NAME_CHARS_MAX: usize = 32;
/// The most characters of what a system or a server said that are shown.
const DETAIL_CHARS_MAX: usize = 500;
/// FIRST STRONG ISOLATE.
const ISOLATE: char = '\u{2068}';
/// POP DIRECTIONAL ISOLATE.
const POP: char = '\u{2069}';

/// A name, or a file's name.
pub fn name(text: &str) -> String {
    isolated(&clean(text, NAME_CHARS_MAX))
}

/// What the system, a library or a server said.
pub fn detail(text: &str) -> String {
    isolated(&clean(text, DETAIL_CHARS_MAX))
}

/// Whether nothing is left to be seen of a quotation.
pub fn is_empty(quoted: &str) -> bool {
    quoted.chars().all(|c| matches!(c, ISOLATE | POP) || c.is_whitespace())
}

fn isolated(text: &str) -> String {
    format!("{ISOLATE}{text}{POP}")
}

/// The text without what is not to be shown, cut to so many characters.
fn clean(text: &str, chars_max: usize) -> String {
    let visible = text.chars().filter(|&c| !is_hidden(c)).map(|c| match c {
        '“' | '”' | '„' | '‟' => '\'',
        c if c.is_whitespace() => ' ',
        c => c,
    });
    let mut cut: String = visible.clone().take(chars_max).collect();
    if visible.count() > chars_max {
        cut.push('…');
    }
    cut.trim().to_owned()
}

/// Control characters, marks that turn the direction of text, separators of lines, and what has no width and no use
/// in a name. The joiners stay: scripts and emoji need them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_turns_or_breaks_the_line() {
        let nasty = "a\u{202e}b\u{2066}c\nd\u{7}e\u{200f}f\u{2029}g\u{feff}h";
        assert_eq!(name(nasty), "\u{2068}abcdefgh\u{2069}");
    }

    #[test]
    fn a_name_does_not_end_its_own_quotation() {
        assert_eq!(name("Ben” left. “Eve"), "\u{2068}Ben' left. 'Eve\u{2069}");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(name(&"x".repeat(40)).chars().count(), 2 + NAME_CHARS_MAX + 1);
        assert_eq!(detail(&"y".repeat(1000)).chars().count(), 2 + DETAIL_CHARS_MAX + 1);
        assert_eq!(name("Zoë 🌊"), "\u{2068}Zoë 🌊\u{2069}");
    }
}
