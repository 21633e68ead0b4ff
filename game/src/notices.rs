//! Lines of text for the player: news, and problems, which look otherwise and stay longer.

use bevy::prelude::*;
use std::collections::VecDeque;

/// The most notices kept for showing.
const NOTICES_MAX: usize = 6;
/// How long news are shown, in seconds.
const NEWS_S: f32 = 8.0;
/// How long a problem is shown, in seconds: it is to be understood, and something is to be done.
const PROBLEM_S: f32 = 15.0;
/// What the room says of saves that it cannot open.
const NOT_OPENED: &str = "the save cannot be opened: ";
/// What the room says in words alone; these tell that something did not happen.
const PROBLEMS: [&str; 9] = [
    "cannot",
    "not saved",
    "nothing is saved",
    "not opened",
    "stopped computing",
    "does not answer",
    "nobody",
    "vanished",
    "connection lost",
];

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What is said.
    pub text: String,
    /// When it came, in seconds.
    pub since: f32,
    /// Something went wrong.
    pub is_problem: bool,
}

/// Lines of text for the player.
#[derive(Resource, Default, Debug)]
pub struct Notices {
    /// The newest last.
    pub lines: VecDeque<Notice>,
    /// Why this peer is not in the room that it wanted; stays until another is chosen.
    pub refused: Option<String>,
    /// The file that the room was asked to open last.
    opening: Option<String>,
}

impl Notices {
    /// Adds news; a repeated line is only renewed.
    pub fn push(&mut self, text: impl Into<String>, now: f32) {
        self.add(Notice { text: text.into(), since: now, is_problem: false });
    }

    /// Adds a problem.
    pub fn warn(&mut self, text: impl Into<String>, now: f32) {
        self.add(Notice { text: text.into(), since: now, is_problem: true });
    }

    /// The room is asked to open this file: it does not know the name.
    pub fn opens(&mut self, file: &str) {
        self.opening = Some(file.to_owned());
    }

    /// Adds what the room says.
    pub fn room_says(&mut self, text: String, now: f32) {
        if let Some(why) = text.strip_prefix(NOT_OPENED) {
            let file = self.opening.take().unwrap_or_else(|| "The save".into());
            return self.warn(not_opened(&file, why), now);
        }
        let is_problem = PROBLEMS.iter().any(|problem| text.contains(problem));
        self.add(Notice { text, since: now, is_problem });
    }

    /// Lets go of what was shown long enough.
    pub fn age(&mut self, now: f32) {
        self.lines.retain(|line| now - line.since < if line.is_problem { PROBLEM_S } else { NEWS_S });
    }

    fn add(&mut self, line: Notice) {
        self.lines.retain(|old| old.text != line.text);
        self.lines.push_back(line);
        while self.lines.len() > NOTICES_MAX {
            self.lines.pop_front();
        }
    }
}

/// Why a file was not opened, and what now.
pub fn not_opened(file: &str, why: &str) -> String {
    format!("{file} cannot be opened: {why}. The world goes on as it was; choose another file.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_bounded_and_not_repeated() {
        let mut notices = Notices::default();
        for i in 0..100 {
            notices.push(format!("{}", i % 10), i as f32);
        }
        assert_eq!(notices.lines.len(), NOTICES_MAX);
        notices.push("9", 200.0);
        assert_eq!(notices.lines.len(), NOTICES_MAX);
    }

    #[test]
    fn problems_stay_longer_than_news_and_name_the_file() {
        let mut notices = Notices::default();
        notices.push("Saved: a.tidepool", 0.0);
        notices.opens("cut.tidepool");
        notices.room_says("the save cannot be opened: it is damaged or incomplete".into(), 0.0);
        notices.room_says("Ben left".into(), 0.0);
        assert_eq!(notices.lines.iter().filter(|line| line.is_problem).count(), 1);
        notices.age(NEWS_S + 1.0);
        assert!(notices.lines[0].text.starts_with("cut.tidepool cannot be opened: it is damaged or incomplete."));
        notices.age(PROBLEM_S + 1.0);
        assert!(notices.lines.is_empty());
    }
}
