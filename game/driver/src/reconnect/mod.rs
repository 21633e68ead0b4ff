//! Reconnecting to the room without the player's help: this notices that it is needed and says what is to be done; the
//! driver asks for another ticket, opens another socket, and tells the player. [`attempts`] says when.

mod attempts;

use crate::link::SILENCE_US;
use crate::notice::Notice;
use attempts::{Attempts, Due};
use room::api::Micros;
use std::time::Duration;

/// Between two times that this peer asks again because it slept: a page whose timers are slowed sleeps all the time.
const SLEPT_PAUSE_US: u64 = 30_000_000;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Todo {
    /// Ask for another ticket.
    AskForEntry,
    /// Ask the directory who is in the room: the others may only have gone.
    AskWhoIsThere,
    /// Tell the player.
    Tell(Notice),
}

/// How this peer stands with the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Company {
    /// The last of them fell silent.
    pub lonely: bool,
    /// There is a link to somebody.
    pub linked: bool,
    /// Somebody of the room is here.
    pub present: bool,
}

/// See the module.
pub(crate) struct Reconnect {
    attempts: Attempts,
    wakeful: Wakeful,
    lonely: bool,
    slept_at: Option<Micros>,
    /// The signaling server has let this peer in before.
    was_listed: bool,
}

impl Reconnect {
    /// The first socket is under way.
    pub(crate) fn new(seed: u64, now: Micros) -> Self {
        let attempts = Attempts::new(seed, now);
        Self { attempts, wakeful: Wakeful::new(), lonely: false, slept_at: None, was_listed: false }
    }

    /// The signaling server has let this peer in; whether it is back there.
    pub(crate) fn listed(&mut self, now: Micros) -> bool {
        self.attempts.open(now);
        std::mem::replace(&mut self.was_listed, true)
    }

    /// The signaling server has gone, or an attempt failed.
    pub(crate) fn failed(&mut self, now: Micros) {
        self.attempts.failed(now);
    }

    /// Whether an attempt is being made, or company is missed.
    pub(crate) fn is_busy(&self) -> bool {
        self.attempts.is_busy()
    }

    /// Nobody is heard any more, and somebody should be.
    pub(crate) fn miss_company(&mut self, now: Micros) -> Option<Notice> {
        self.attempts.bereft(now).then_some(Notice::ConnectionLost)
    }

    /// The signaling server says that nobody else is in the room: there is nobody to be found.
    pub(crate) fn nobody_else(&mut self) -> Option<Notice> {
        self.attempts.nobody_else().and_then(notice)
    }

    /// What is due, after the node's turn; `company`: none where there is nothing to come back with, or no way.
    pub(crate) fn turn(&mut self, now: Micros, company: Option<Company>) -> Vec<Todo> {
        let slept = self.wakeful.slept();
        company.map_or_else(Vec::new, |company| self.due(now, slept, company))
    }

    /// When [`Reconnect::turn`] has something to do.
    pub(crate) fn next_timeout(&self) -> Option<Micros> {
        self.attempts.next_timeout()
    }

    fn due(&mut self, now: Micros, slept: bool, company: Company) -> Vec<Todo> {
        let mut due = Vec::new();
        let newly = company.lonely && !self.lonely;
        self.lonely = company.lonely;
        if slept && self.slept_at.is_none_or(|at| now >= at + SLEPT_PAUSE_US) {
            self.slept_at = Some(now);
            if company.lonely {
                due.extend(self.miss_company(now).map(Todo::Tell));
            } else if company.linked {
                self.attempts.slept(now);
            }
        } else if newly && self.attempts.is_busy() {
            due.extend(self.miss_company(now).map(Todo::Tell));
        } else if newly {
            // Perhaps they have only gone.
            due.push(Todo::AskWhoIsThere);
        }
        match self.attempts.turn(now, company.present) {
            Some(Due::Ask) => due.push(Todo::AskForEntry),
            other => due.extend(other.and_then(notice).map(Todo::Tell)),
        }
        due
    }
}

fn notice(due: Due) -> Option<Notice> {
    match due {
        Due::Back => Some(Notice::BackInRoom),
        Due::Alone => Some(Notice::NobodyReachable),
        Due::Ask => None,
    }
}

/// Both of the machine's clocks: one stands still while a laptop sleeps, the other may be set.
struct Wakeful {
    steady: web_time::Instant,
    wall: web_time::SystemTime,
}

impl Wakeful {
    fn new() -> Self {
        Self { steady: web_time::Instant::now(), wall: web_time::SystemTime::now() }
    }

    /// Whether more time passed since the last call than the others wait for anybody.
    fn slept(&mut self) -> bool {
        let wall = web_time::SystemTime::now();
        let longest = self.steady.elapsed().max(wall.duration_since(self.wall).unwrap_or_default());
        (self.steady, self.wall) = (web_time::Instant::now(), wall);
        longest >= Duration::from_micros(SILENCE_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOGETHER: Company = Company { lonely: false, linked: true, present: true };
    const ALONE: Company = Company { lonely: true, linked: false, present: false };

    fn listed() -> Reconnect {
        let mut reconnect = Reconnect::new(1, 0);
        assert!(!reconnect.listed(0), "it is there for the first time");
        reconnect
    }

    #[test]
    fn silence_is_asked_about_once_before_it_is_told() {
        let mut reconnect = listed();
        assert_eq!(reconnect.due(1, false, TOGETHER), []);
        assert_eq!(reconnect.due(2, false, ALONE), [Todo::AskWhoIsThere]);
        assert_eq!(reconnect.due(3, false, ALONE), []);
        assert_eq!(reconnect.miss_company(4), Some(Notice::ConnectionLost));
        assert_eq!(reconnect.miss_company(5), None, "the player knows");
        let at = reconnect.next_timeout().unwrap();
        assert_eq!(reconnect.due(at, false, ALONE), [Todo::AskForEntry]);
        assert!(reconnect.listed(at) && reconnect.is_busy());
        assert_eq!(reconnect.nobody_else(), Some(Notice::BackInRoom));
        assert!(!reconnect.is_busy());
    }

    #[test]
    fn who_slept_asks_for_a_way_in_even_where_all_looks_well() {
        let mut reconnect = listed();
        assert_eq!(reconnect.due(1, true, TOGETHER), [Todo::AskForEntry]);
        reconnect.listed(2);
        assert_eq!(reconnect.due(3, true, TOGETHER), [], "but seldom");
        assert_eq!(reconnect.due(1 + SLEPT_PAUSE_US, true, ALONE), [Todo::Tell(Notice::ConnectionLost)]);
    }

    #[test]
    fn nothing_is_done_without_a_world_or_a_server() {
        let mut reconnect = listed();
        reconnect.failed(0);
        assert_eq!(reconnect.turn(60_000_000, None), []);
        assert_eq!(reconnect.turn(60_000_000, Some(TOGETHER)), [Todo::AskForEntry]);
    }
}
