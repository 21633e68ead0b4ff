//! The languages that people are spoken to in, and which of them is spoken now.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A language that every sentence is there in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English: what the program speaks where nothing else is asked for.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All of them, in the order in which one chooses among them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The tag by which systems, browsers and the settings name it (BCP 47, without a region).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What it calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language that a tag such as `de-AT` or a locale such as `de_AT.UTF-8` names, if it is one of these. The
    /// locale `C`, which asks for a program's own words, means English.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_', '.', '@']).next()?;
        if ["c", "posix"].iter().any(|own| primary.eq_ignore_ascii_case(own)) {
            return Some(Self::English);
        }
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The first that is named, or English.
    pub fn preferred<T: AsRef<str>>(tags: impl IntoIterator<Item = T>) -> Self {
        tags.into_iter().find_map(|tag| Self::of_tag(tag.as_ref())).unwrap_or_default()
    }
}

/// The place of the spoken language in [`Language::ALL`].
static SPOKEN: AtomicUsize = AtomicUsize::new(0);

/// Speaks this language from now on.
pub fn speak(language: Language) {
    SPOKEN.store(language as usize, Ordering::Relaxed);
}

/// The language that is spoken now: English until [`speak`] is called.
pub fn spoken() -> Language {
    Language::ALL[SPOKEN.load(Ordering::Relaxed)]
}

/// Whether sentences name keys.
static NAMES_KEYS: AtomicBool = AtomicBool::new(true);

/// From now on sentences name the keys that do the same, or do not: a device with fingers alone has none.
pub fn name_keys(named: bool) {
    NAMES_KEYS.store(named, Ordering::Relaxed);
}

/// Whether sentences name keys: they do until [`name_keys`] says otherwise.
pub fn names_keys() -> bool {
    NAMES_KEYS.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_tags_and_by_locales() {
        for tag in ["de", "DE", "de-AT", "de_DE.UTF-8", "de_CH@euro", " de "] {
            assert_eq!(Language::of_tag(tag), Some(Language::German), "{tag}");
        }
        for tag in ["en", "en-GB", "C", "C.UTF-8", "POSIX"] {
            assert_eq!(Language::of_tag(tag), Some(Language::English), "{tag}");
        }
        for tag in ["", "fr-FR", "den", "d", "-de"] {
            assert_eq!(Language::of_tag(tag), None, "{tag}");
        }
    }

    #[test]
    fn the_first_known_language_is_spoken_or_english() {
        assert_eq!(Language::preferred(["fr-FR", "de-DE", "en"]), Language::German);
        assert_eq!(Language::preferred(["C", "de_DE"]), Language::English);
        assert_eq!(Language::preferred(["fr", "ja"]), Language::English);
        assert_eq!(Language::preferred([""; 0]), Language::English);
    }

    #[test]
    fn each_language_is_at_its_own_place() {
        for language in Language::ALL {
            assert_eq!(Language::ALL[language as usize], language);
            assert_eq!(Language::of_tag(language.tag()), Some(language));
        }
    }
}
