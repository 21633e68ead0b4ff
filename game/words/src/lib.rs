//! The sentences for people: the only place that has any.
//!
//! What happened comes as a type with data ([`room::notice`], [`driver::notice`]); the text is found by the variant in
//! `text/en/notices.ftl`, in the form of Fluent; what stands in the window is in `text/en/window.ftl`. Severity follows from the
//! type, never from a word in the text. What somebody else wrote, a name or a server's answer, becomes part of a
//! sentence only as a quotation ([`quote`]).

mod connection;
pub mod quote;
mod room_notice;

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
}

impl Names for Status {
    fn name(&self, id: PeerId) -> Option<&str> {
        self.people.iter().find(|p| p.id == id).map(|p| p.profile.name.as_str())
    }
}

/// Where nobody is known.
impl Names for () {
    fn name(&self, _: PeerId) -> Option<&str> {
        None
    }
}

/// The sentences of a language.
pub struct Words {
    bundle: FluentBundle<FluentResource>,
}

/// The English sentences, file by file: what happened, and what stands in the window.
const TEXTS: [&str; 2] = [include_str!("../text/en/notices.ftl"), include_str!("../text/en/window.ftl")];

/// The English sentence of this name.
pub fn say(id: &str) -> String {
    english().text(id)
}

/// The English sentence of this name with its parts.
pub fn fill<'a, const N: usize>(id: &str, parts: [(&'a str, FluentValue<'a>); N]) -> String {
    english().with(id, &args(parts))
}

/// The English sentences.
pub fn english() -> &'static Words {
    static ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::new("en", &TEXTS));
    &ENGLISH
}

impl Words {
    /// A language's sentences. What cannot be read of them is left out; a test sees that nothing is.
    fn new(language: &str, texts: &[&str]) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![language.parse().unwrap_or_default()]);
        // Only what others wrote is isolated, by `quote`; numbers need no marks.
        bundle.set_use_isolating(false);
        for text in texts {
            let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
                log::error!("sentences that cannot be read: {errors:?}");
                resource
            });
            if let Err(errors) = bundle.add_resource(resource) {
                log::error!("sentences that are there twice: {errors:?}");
            }
        }
        Self { bundle }
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

    /// Somebody who is known, or is gone.
    fn who(&self, id: PeerId, names: &dyn Names) -> String {
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

    #[test]
    fn the_text_is_read_whole_and_without_doubles() {
        let mut bundle: FluentBundle<FluentResource> = FluentBundle::new_concurrent(Vec::new());
        for text in TEXTS {
            let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
            bundle.add_resource(resource).unwrap();
        }
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(english().somebody("Zoë"), "“\u{2068}Zoë\u{2069}”");
        assert_eq!(english().somebody("\u{202e}\n"), "somebody without a name");
    }
}
