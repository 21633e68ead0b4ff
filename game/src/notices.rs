//! Lines of text for the player: news, and warnings and problems, which look otherwise and stay longer. Which of them
//! a line is follows from the type of what happened, never from the text.

use bevy::prelude::*;
use room::notice::{Notice as RoomNotice, Severity};
use std::collections::VecDeque;
use words::{Names, Sentence, words};

/// The most notices kept for showing.
const NOTICES_MAX: usize = 6;
/// How long news are shown, in seconds.
const NEWS_S: f64 = 8.0;
/// How long a warning or a problem is shown, in seconds: it is to be understood, and perhaps something is to be done.
const PROBLEM_S: f64 = 15.0;

/// The most that waits to be read out.
const ALOUD_MAX: usize = 12;
/// A line that comes again within this time is not read out again, in seconds.
const AGAIN_S: f64 = 60.0;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What is said.
    pub text: String,
    /// When it came, in seconds.
    pub since: f64,
    /// How much it matters.
    pub severity: Severity,
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
    /// What is still to be read out to those who do not see it.
    aloud: VecDeque<String>,
    /// Lines that were given to be read out lately, and when they came last, in seconds.
    lately: VecDeque<(String, f64)>,
}

impl Notices {
    /// Adds news; a repeated line is only renewed.
    pub fn push(&mut self, text: impl Into<String>, now: f64) {
        self.add(Notice { text: text.into(), since: now, severity: Severity::News });
    }

    /// Adds a problem.
    pub fn warn(&mut self, text: impl Into<String>, now: f64) {
        self.add(Notice { text: text.into(), since: now, severity: Severity::Problem });
    }

    /// The room is asked to open this file: it does not know the name.
    pub fn opens(&mut self, file: &str) {
        self.opening = Some(file.to_owned());
    }

    /// Adds a sentence.
    pub fn say(&mut self, sentence: Sentence, now: f64) {
        self.add(Notice { text: sentence.text, since: now, severity: sentence.severity });
    }

    /// Adds what the room says.
    pub fn room_says(&mut self, notice: &RoomNotice, names: &dyn Names, now: f64) {
        match (notice, self.opening.as_ref()) {
            (RoomNotice::CannotOpen { why }, Some(file)) => {
                let text = words().file_not_opened(file, *why);
                self.opening = None;
                self.warn(text, now);
            }
            _ => self.say(words().notice(notice, names), now),
        }
    }

    /// Has something read out that is not shown here.
    pub fn aloud(&mut self, text: String) {
        self.aloud.push_back(text);
        while self.aloud.len() > ALOUD_MAX {
            self.aloud.pop_front();
        }
    }

    /// What is to be read out since the last call.
    pub fn take_aloud(&mut self) -> impl Iterator<Item = String> + '_ {
        self.aloud.drain(..)
    }

    /// Lets go of what was shown long enough.
    pub fn age(&mut self, now: f64) {
        self.lines.retain(|line| now - line.since < if line.severity == Severity::News { NEWS_S } else { PROBLEM_S });
    }

    fn add(&mut self, line: Notice) {
        self.lately.retain(|(_, since)| line.since - since < AGAIN_S);
        match self.lately.iter_mut().find(|(text, _)| *text == line.text) {
            Some(known) => known.1 = line.since,
            None => {
                self.aloud(line.text.clone());
                self.lately.push_back((line.text.clone(), line.since));
                while self.lately.len() > ALOUD_MAX {
                    self.lately.pop_front();
                }
            }
        }
        self.lines.retain(|old| old.text != line.text);
        self.lines.push_back(line);
        while self.lines.len() > NOTICES_MAX {
            self.lines.pop_front();
        }
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Notices>();
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::api::PeerId;
    use room::notice::{Announcement, Name, SaveError, Someone};

    fn says(notices: &mut Notices, notice: impl Into<RoomNotice>) {
        notices.room_says(&notice.into(), &(), 0.0);
    }

    fn someone(name: &str) -> Someone {
        Someone { id: PeerId(7), name: Name::new(name) }
    }

    #[test]
    fn notices_are_bounded_and_not_repeated() {
        let mut notices = Notices::default();
        for i in 0..100 {
            notices.push(format!("{}", i % 10), i as f64);
        }
        assert_eq!(notices.lines.len(), NOTICES_MAX);
        notices.push("9", 200.0);
        assert_eq!(notices.lines.len(), NOTICES_MAX);
    }

    #[test]
    fn a_line_that_comes_again_is_read_out_once() {
        let mut notices = Notices::default();
        (0..4).for_each(|again| notices.push("the others wait", 15.0 * f64::from(again)));
        assert_eq!(notices.take_aloud().collect::<Vec<_>>(), ["the others wait"]);
        notices.push("the others wait", 200.0);
        notices.aloud("at 3, 4: Water".into());
        assert_eq!(notices.take_aloud().count(), 2);
        (0..99).for_each(|i| notices.aloud(i.to_string()));
        assert_eq!(notices.take_aloud().count(), ALOUD_MAX);
    }

    #[test]
    fn problems_stay_longer_than_news_and_name_the_file() {
        let mut notices = Notices::default();
        notices.push("Saved: a.tidepool", 0.0);
        notices.opens("cut.tidepool");
        says(&mut notices, RoomNotice::CannotOpen { why: SaveError::Damaged });
        says(&mut notices, Announcement::Left(someone("Ben")));
        assert_eq!(notices.lines.iter().filter(|line| line.severity == Severity::Problem).count(), 1);
        notices.age(NEWS_S + 1.0);
        let text = &notices.lines[0].text;
        assert!(text.contains("cut.tidepool") && text.contains("cannot be opened: it is damaged or incomplete."));
        notices.age(PROBLEM_S + 1.0);
        assert!(notices.lines.is_empty());
    }

    #[test]
    fn no_name_makes_a_line_a_problem_or_keeps_one_from_being_one() {
        for name in ["nobody vanished", "cannot", "connection lost: not saved", "all is well"] {
            let mut notices = Notices::default();
            says(&mut notices, Announcement::Joined(someone(name)));
            says(&mut notices, Announcement::Left(someone(name)));
            says(&mut notices, Announcement::Vanished(someone(name)));
            let severities: Vec<Severity> = notices.lines.iter().map(|line| line.severity).collect();
            assert_eq!(severities, [Severity::News, Severity::News, Severity::Warning], "{name}");
            assert!(notices.lines.iter().all(|line| line.text.starts_with("“")), "a name is a quotation: {name}");
        }
    }
}
