//! The sentences for people: the only place that has any.
//!
//! What happened comes as a type with data ([`room::notice`], [`driver::notice`]); the text is found by the variant in
//! `text/LANGUAGE/notices.ftl`, in the form of Fluent; what stands in the window is in `text/LANGUAGE/window.ftl`. Each
//! language has the same sentences with the same parts. Severity follows from the type, never from a word in the text.
//! What somebody else wrote, a name or a server's answer, becomes part of a sentence only as a quotation ([`quote`]).

mod connection;
mod language;
mod number;
pub mod quote;
mod room_notice;

pub use language::{Language, name_keys, names_keys, speak, spoken};
pub use number::decimal;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use room::api::{PeerId, Status};
use room::notice::Severity;
use std::sync::LazyLock;

/// Something to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// How much it matters.
    pub severity: Severity,
    /// What is said.
    pub text: String,
}

/// Who is called what.
pub trait Names {
    /// The name of somebody who is known.
    fn name(&self, id: PeerId) -> Option<&str>;

    /// Whether it is who reads the sentence.
    fn is_me(&self, id: PeerId) -> bool;
}

impl Names for Status {
    fn name(&self, id: PeerId) -> Option<&str> {
        self.people.iter().find(|p| p.id == id).map(|p| p.profile.name.as_str())
    }

    fn is_me(&self, id: PeerId) -> bool {
        self.people.iter().any(|p| p.me && p.id == id)
    }
}

/// Where nobody is known.
impl Names for () {
    fn name(&self, _: PeerId) -> Option<&str> {
        None
    }

    fn is_me(&self, _: PeerId) -> bool {
        false
    }
}

/// The sentences of a language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// A language's sentences, file by file: what happened, and what stands in the window.
fn texts(language: Language) -> [&'static str; 2] {
    match language {
        Language::English => [include_str!("../text/en/notices.ftl"), include_str!("../text/en/window.ftl")],
        Language::German => [include_str!("../text/de/notices.ftl"), include_str!("../text/de/window.ftl")],
    }
}

/// A language's file with what stands between `[[` and `]]`, which names keys, or without.
fn keyed(text: &str, keys: bool) -> String {
    let mut parts = text.split("[[");
    let mut read = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (named, rest) = part.split_once("]]").unwrap_or(("", part));
        read.push_str(if keys { named } else { "" });
        read.push_str(rest);
    }
    read
}

/// The sentence of this name, in the language that is spoken now.
pub fn say(id: &str) -> String {
    words().text(id)
}

/// The sentence of this name with its parts, in the language that is spoken now.
pub fn fill<'a, const N: usize>(id: &str, parts: [(&'a str, FluentValue<'a>); N]) -> String {
    words().with(id, &args(parts))
}

/// A count with its digits grouped, as the language that is spoken now does it.
pub fn grouped(count: u64) -> String {
    words().grouped(count)
}

/// The sentences of the language that is spoken now, with the keys that they name or without: see [`name_keys`].
pub fn words() -> &'static Words {
    Words::with_keys_or_without(spoken(), names_keys())
}

/// The English sentences: for what has one language only, such as a command line's answers.
pub fn english() -> &'static Words {
    Words::of(Language::English)
}

impl Words {
    /// A language's sentences, whichever is spoken.
    pub fn of(language: Language) -> &'static Self {
        Self::with_keys_or_without(language, true)
    }

    fn with_keys_or_without(language: Language, keys: bool) -> &'static Self {
        type Both = [LazyLock<Words>; Language::ALL.len()];
        static WITH: Both = [
            LazyLock::new(|| Words::new(Language::English, true)),
            LazyLock::new(|| Words::new(Language::German, true)),
        ];
        static WITHOUT: Both = [
            LazyLock::new(|| Words::new(Language::English, false)),
            LazyLock::new(|| Words::new(Language::German, false)),
        ];
        let all = if keys { &WITH } else { &WITHOUT };
        &all[language as usize]
    }

    /// Reads a language's sentences. What cannot be read of them is left out; a test sees that nothing is.
    fn new(language: Language, keys: bool) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![language.tag().parse().unwrap_or_default()]);
        // Only what others wrote is isolated, by `quote`; numbers need no marks.
        bundle.set_use_isolating(false);
        if language == Language::German {
            bundle.set_formatter(Some(number::german));
        }
        for text in texts(language) {
            let resource = FluentResource::try_new(keyed(text, keys)).unwrap_or_else(|(resource, errors)| {
                log::error!("sentences that cannot be read: {errors:?}");
                resource
            });
            if let Err(errors) = bundle.add_resource(resource) {
                log::error!("sentences that are there twice: {errors:?}");
            }
        }
        Self { language, bundle }
    }

    /// A count with its digits grouped.
    pub fn grouped(&self, count: u64) -> String {
        number::grouped(&count.to_string(), number::group_mark(self.language))
    }

    /// Whether there is a sentence of this name.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// The sentence of this name; the name itself, where there is none.
    pub fn text(&self, id: &str) -> String {
        self.with(id, &FluentArgs::new())
    }

    /// The sentence of this name with its parts.
    fn with(&self, id: &str, args: &FluentArgs<'_>) -> String {
        match self.try_with(id, args) {
            Ok(text) => text,
            Err(why) => {
                log::error!("{why}");
                id.to_owned()
            }
        }
    }

    fn try_with(&self, id: &str, args: &FluentArgs<'_>) -> Result<String, String> {
        let pattern =
            self.bundle.get_message(id).and_then(|m| m.value()).ok_or_else(|| format!("no sentence `{id}`"))?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        if errors.is_empty() { Ok(text) } else { Err(format!("`{id}`: {errors:?}")) }
    }

    /// A name as a quotation.
    fn somebody(&self, name: &str) -> String {
        let name = quote::name(name);
        if quote::is_empty(&name) {
            return self.text("somebody-nameless");
        }
        self.with("somebody", &args([("name", name.into())]))
    }

    /// Somebody who is known, or is gone; or this device. What a person does, and not a device, is said by [`Self::by`].
    fn who(&self, id: PeerId, names: &dyn Names) -> String {
        if names.is_me(id) {
            return self.text("somebody-me");
        }
        names.name(id).map_or_else(|| self.text("somebody-gone"), |name| self.somebody(name))
    }
}

/// The parts of a sentence.
fn args<'a, const N: usize>(parts: [(&'a str, fluent_bundle::FluentValue<'a>); N]) -> FluentArgs<'a> {
    parts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn the_texts_are_read_whole_and_without_doubles() {
        for language in Language::ALL {
            let mut bundle: FluentBundle<FluentResource> = FluentBundle::new_concurrent(Vec::new());
            for text in texts(language) {
                let resource =
                    FluentResource::try_new(text.to_owned()).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
                bundle.add_resource(resource).unwrap_or_else(|errors| panic!("{language:?}: {errors:?}"));
            }
        }
    }

    /// The sentences of a file by their names, each with the names of its parts.
    fn sentences(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut last = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((id, _)) = line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_alphabetic())) {
                last = id;
            }
            let parts = line.split('$').skip(1).filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
            all.entry(last).or_default().extend(parts);
        }
        all.remove("");
        all
    }

    /// A sentence that is added to one language only is named here.
    #[test]
    fn every_language_has_the_same_sentences_with_the_same_parts() {
        let english = texts(Language::English).map(sentences);
        for language in Language::ALL {
            for (own, english) in texts(language).map(sentences).iter().zip(&english) {
                for (id, parts) in english {
                    assert_eq!(
                        own.get(id),
                        Some(parts),
                        "`{id}` in text/{}, of which these are the parts",
                        language.tag()
                    );
                }
                for id in own.keys() {
                    assert!(english.contains_key(id), "`{id}` is in text/{} and not in text/en", language.tag());
                }
            }
        }
    }

    #[test]
    fn every_sentence_can_be_said_in_every_language() {
        for language in Language::ALL {
            for (id, parts) in texts(language).iter().flat_map(|text| sentences(text)) {
                for count in [1, 2, 1_000] {
                    let parts: FluentArgs<'_> = parts.iter().map(|part| (*part, FluentValue::from(count))).collect();
                    for keys in [false, true] {
                        let words = Words::with_keys_or_without(language, keys);
                        let text = words.try_with(id, &parts).unwrap_or_else(|why| panic!("{language:?}: {why}"));
                        let is_whole = !text.trim().is_empty() && !text.contains(['{', '}', '$']);
                        assert!(is_whole && !text.contains("[[") && !text.contains("]]"), "{language:?}: {id}: {text}");
                    }
                }
            }
        }
    }

    /// A label that names a key is read where there is none, too.
    #[test]
    fn keys_are_named_where_there_are_any() {
        assert_eq!(keyed("a = One[[ (F4)]], two[[ [ ]].\nb = [x]", true), "a = One (F4), two [ .\nb = [x]");
        assert_eq!(keyed("a = One[[ (F4)]], two[[ [ ]].\nb = [x]", false), "a = One, two.\nb = [x]");
        let said = |keys, id| Words::with_keys_or_without(Language::English, keys).text(id);
        assert_eq!([said(true, "stamp-shelf"), said(false, "stamp-shelf")], ["Shelf (F4)", "Shelf"]);
        assert_eq!(said(false, "hint-undo"), "Take it back: the arrow below.");
        // Brackets that are not doubled are a key's name.
        assert!(said(true, "size-hint").contains("( [ and ], Shift"));
        assert!(said(false, "size-hint").contains("(drag over"));
        // None is left where it would be shown.
        for language in Language::ALL {
            for (id, _) in texts(language).iter().flat_map(|text| sentences(text)) {
                let Some(pattern) = Words::with_keys_or_without(language, false).bundle.get_message(id) else {
                    continue;
                };
                let text = format!("{:?}", pattern.value());
                let names_one = ["(F", "Ctrl", "Strg"].iter().any(|key| text.contains(key));
                assert!(id.starts_with("key-") || !names_one, "{language:?}: {id}: {text}");
            }
        }
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(english().somebody("Zoë"), "“\u{2068}Zoë\u{2069}”");
        assert_eq!(english().somebody("\u{202e}\n"), "somebody without a name");
        assert_eq!(Words::of(Language::German).somebody("Zoë"), "„\u{2068}Zoë\u{2069}“");
    }

    #[test]
    fn digits_are_grouped_as_the_language_does_it() {
        assert_eq!(english().grouped(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(Words::of(Language::German).grouped(1_234_567), "1.234.567");
        assert_eq!(english().grouped(999), "999");
    }
}
