//! Whether the other end is there, and means this link: hellos, heartbeats, silence, and the sessions of both ends.
//!
//! Each end of a link has a session number, and a datagram names both; a hello names its sender's alone. A link is up
//! once a datagram names this end's, so both ends mean each other and nothing older: what is late of a link that ended
//! disturbs no later one, and when a peer's link ended unnoticed by the other (it slept) its next hello ends the
//! other's old link, too.

use super::wire::Sessions;
use super::{CONNECT_US, DownReason, SILENCE_US};
use room::api::Micros;

/// With nothing sent for this long, a heartbeat goes.
const HEARTBEAT_US: u64 = 1_000_000;
/// Until the first datagram came, one goes this often.
const HELLO_US: u64 = 200_000;
/// A goodbye goes this many times, since nobody answers it.
const GOODBYES: u32 = 3;

/// How far the link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing was heard that is meant for this link.
    Connecting,
    /// Both ends mean each other.
    Up,
    /// Goodbyes left to send.
    Closing(u32),
    /// Over.
    Down,
}

/// What a datagram's sessions say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is of an older link: nothing in it counts.
    Old,
    /// The other end has begun another link: this one is over.
    Renewed,
    /// The other end says hello, and may be as old as the link that sent it: nothing else in it counts.
    Hello,
    /// It is of this link; true when the first of it.
    Speaks(bool),
}

/// See the module.
#[derive(Debug)]
pub struct Liveness {
    state: State,
    /// This end's, and the other's newest that was heard of.
    session: u32,
    theirs: u32,
    /// The next hello is an answer to one.
    answers: bool,
    began: Micros,
    heard: Micros,
    sent: Micros,
    ping_wanted: bool,
}

impl Liveness {
    /// A link that begins to say hello.
    pub fn new(session: u32, now: Micros) -> Self {
        Self {
            state: State::Connecting,
            session,
            theirs: 0,
            answers: false,
            began: now,
            heard: now,
            sent: now,
            ping_wanted: true,
        }
    }

    /// How far the link is.
    pub fn state(&self) -> State {
        self.state
    }

    /// The other end's session; 0 before it was heard of.
    pub fn theirs(&self) -> u32 {
        self.theirs
    }

    /// What the next datagram names.
    pub fn sessions(&self) -> Sessions {
        let hello = self.state == State::Connecting && !self.answers;
        Sessions { from: self.session, to: if hello { 0 } else { self.theirs } }
    }

    /// There is a new way to the peer: if it has not answered yet, it has its time once more.
    pub fn try_longer(&mut self, now: Micros) {
        if self.state == State::Connecting {
            self.began = now;
        }
    }

    /// A datagram came.
    pub fn hear(&mut self, now: Micros, sessions: Sessions) -> Heard {
        let Sessions { from, to } = sessions;
        if to != 0 && to != self.session || from < self.theirs {
            return Heard::Old;
        }
        if matches!(self.state, State::Up | State::Closing(_)) && from > self.theirs {
            return Heard::Renewed;
        }
        self.theirs = from;
        self.heard = now;
        if to == 0 {
            (self.ping_wanted, self.answers) = (true, true);
            return Heard::Hello;
        }
        let first = self.state == State::Connecting;
        if first {
            self.state = State::Up;
            // So that a round trip is known at once.
            self.ping_wanted = true;
        }
        Heard::Speaks(first)
    }

    /// Whether a hello or heartbeat is due.
    pub fn wants_ping(&self) -> bool {
        self.ping_wanted
    }

    /// A hello or heartbeat goes.
    pub fn pinged(&mut self, now: Micros) {
        self.answers = false;
        self.spoke(now);
    }

    /// Something goes that the other end will hear this one by.
    pub fn spoke(&mut self, now: Micros) {
        self.ping_wanted = false;
        self.sent = now;
    }

    /// This end says goodbye from now on.
    pub fn close(&mut self) {
        if matches!(self.state, State::Connecting | State::Up) {
            self.state = State::Closing(GOODBYES);
        }
    }

    /// Whether another goodbye is to go; false when all have gone.
    pub fn says_goodbye(&mut self) -> bool {
        let State::Closing(left) = &mut self.state else { return false };
        *left != 0 && {
            *left -= 1;
            true
        }
    }

    /// The link is over; false when it was already.
    pub fn end(&mut self) -> bool {
        std::mem::replace(&mut self.state, State::Down) != State::Down
    }

    /// Does what is due; the reason when the link is over.
    pub fn tick(&mut self, now: Micros) -> Option<DownReason> {
        match self.state {
            State::Down | State::Closing(_) => {}
            State::Connecting if now >= self.began + CONNECT_US => return Some(DownReason::Unreachable),
            State::Connecting => self.ping_wanted |= now >= self.sent + HELLO_US,
            State::Up if now >= self.heard + SILENCE_US => return Some(DownReason::Silence),
            State::Up => self.ping_wanted |= now >= self.sent + HEARTBEAT_US,
        }
        None
    }

    /// When there is something to do or to send, if nothing comes before.
    pub fn next_timeout(&self, now: Micros) -> Option<Micros> {
        let at = match self.state {
            State::Down => return None,
            State::Closing(_) => return Some(now),
            State::Connecting => (self.began + CONNECT_US).min(self.sent + HELLO_US),
            State::Up => (self.heard + SILENCE_US).min(self.sent + HEARTBEAT_US),
        };
        Some(if self.ping_wanted { now } else { at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up() -> Liveness {
        let mut live = Liveness::new(5, 0);
        assert_eq!(live.hear(0, Sessions { from: 3, to: 5 }), Heard::Speaks(true));
        live
    }

    #[test]
    fn a_link_is_up_once_it_is_named() {
        let mut live = Liveness::new(5, 0);
        assert_eq!(live.sessions(), Sessions { from: 5, to: 0 });
        live.pinged(0);
        assert_eq!(live.hear(10, Sessions { from: 3, to: 0 }), Heard::Hello);
        assert!(live.wants_ping() && live.state() == State::Connecting);
        assert_eq!(live.sessions(), Sessions { from: 5, to: 3 }, "the answer names the hello's link");
        live.pinged(10);
        assert_eq!(live.sessions(), Sessions { from: 5, to: 0 }, "and the next is a hello again");
        assert_eq!(live.hear(20, Sessions { from: 3, to: 4 }), Heard::Old);
        assert_eq!(live.hear(20, Sessions { from: 2, to: 5 }), Heard::Old);
        assert_eq!(live.hear(20, Sessions { from: 3, to: 5 }), Heard::Speaks(true));
        assert_eq!(live.hear(30, Sessions { from: 3, to: 5 }), Heard::Speaks(false));
        assert_eq!(live.hear(30, Sessions { from: 4, to: 0 }), Heard::Renewed);
    }

    #[test]
    fn silence_and_never_a_word_end_it() {
        let mut live = Liveness::new(1, 0);
        assert_eq!((live.tick(CONNECT_US - 1), live.tick(CONNECT_US)), (None, Some(DownReason::Unreachable)));
        live.try_longer(CONNECT_US);
        assert_eq!(live.tick(CONNECT_US + 1), None);
        let mut live = up();
        assert_eq!((live.tick(SILENCE_US - 1), live.tick(SILENCE_US)), (None, Some(DownReason::Silence)));
    }

    #[test]
    fn a_quiet_link_has_a_heartbeat() {
        let mut live = up();
        live.pinged(0);
        assert_eq!(live.next_timeout(0), Some(HEARTBEAT_US));
        assert!(live.tick(HEARTBEAT_US - 1).is_none() && !live.wants_ping());
        live.spoke(500_000);
        assert!(live.tick(HEARTBEAT_US).is_none() && !live.wants_ping(), "what else is sent is heard, too");
        assert!(live.tick(500_000 + HEARTBEAT_US).is_none() && live.wants_ping());
        assert_eq!(live.next_timeout(7), Some(7));
    }

    #[test]
    fn goodbyes_are_counted_and_the_end_is_one() {
        let mut live = up();
        live.close();
        live.close();
        assert_eq!((0..5).filter(|_| live.says_goodbye()).count(), GOODBYES as usize);
        assert_eq!(live.tick(u64::MAX), None);
        assert!(live.end() && !live.end());
        assert_eq!(live.next_timeout(0), None);
    }
}
