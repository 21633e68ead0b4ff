//! What people say to each other: a few short lines, kept as long as the program runs in a room.

use super::Muted;
use crate::notices::Notices;
use crate::session::Said;
use bevy::prelude::*;
use room::api::PeerId;
use room::shown::{SAID_MAX, is_sayable};
use std::collections::VecDeque;
use words::{fill, say};

/// The most lines kept.
const LINES_MAX: usize = 60;

/// Something that somebody said.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Who; nothing for this player.
    pub from: Option<PeerId>,
    /// Its name then; empty for one without.
    pub name: String,
    /// What.
    pub text: String,
    /// When, in seconds of the program.
    pub since: f64,
}

/// What was said, the newest last, and what this player is about to say.
#[derive(Resource, Debug, Default)]
pub struct Chat {
    /// What was said.
    pub lines: VecDeque<Line>,
    /// What is being typed; nothing while the field is closed.
    pub draft: Option<String>,
}

impl Chat {
    /// Adds a line.
    pub fn add(&mut self, line: Line) {
        self.lines.push_back(line);
        if self.lines.len() > LINES_MAX {
            self.lines.pop_front();
        }
    }

    /// What is typed is done with: what is to be said of it, as a line within the room's limits.
    pub fn take_draft(&mut self) -> Option<String> {
        let draft = self.draft.take()?;
        let mut text: String = draft.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        while text.len() > SAID_MAX {
            text.pop();
        }
        is_sayable(&text).then_some(text)
    }
}

pub(super) fn hear(
    mut said: MessageReader<Said>,
    mut chat: ResMut<Chat>,
    muted: Res<Muted>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
) {
    for Said { from, text } in said.read().filter(|said| !muted.0.contains(&said.from.id)) {
        let name = from.name.as_str().to_owned();
        let shown = if name.is_empty() { say("person-nameless") } else { name.clone() };
        notices.aloud(format!("{} {text}", fill("said-by", [("name", shown.into())])));
        chat.add(Line { from: Some(from.id), name, text: text.clone(), since: time.elapsed_secs_f64() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_becomes_a_line_that_the_room_takes() {
        let say = |text: &str| Chat { draft: Some(text.into()), ..Chat::default() }.take_draft();
        assert_eq!(say(" hello\tthere "), Some("hello there".into()));
        assert_eq!((say("   "), say("")), (None, None));
        let long = say(&"\u{1f30a}".repeat(SAID_MAX)).unwrap();
        assert!(long.len() <= SAID_MAX && long.chars().all(|c| c == '\u{1f30a}'));
        assert_eq!(Chat::default().take_draft(), None);
    }

    #[test]
    fn lines_are_bounded() {
        let mut chat = Chat::default();
        for i in 0..200 {
            chat.add(Line { from: None, name: String::new(), text: i.to_string(), since: 0.0 });
        }
        assert_eq!((chat.lines.len(), chat.lines[0].text.as_str()), (LINES_MAX, "140"));
    }
}
