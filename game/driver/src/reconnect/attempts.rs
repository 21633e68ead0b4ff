//! When to reconnect, and how long to wait between attempts. Sans-IO: the driver asks and opens, this module says when.
//!
//! A tab that was frozen, a lid that was closed, a network that was away: the others gave this peer up, or the
//! signaling server did. The room here goes on all the while (alone it is a fork, which is made whole when the two
//! meet); what is opened again is only the way to the others. An attempt is a ticket, a socket, and, where company was
//! lost, somebody of it in this room again.

use room::api::Micros;

/// Lost company is waited for this long before anything is opened: where the direct connections still are, its hello
/// comes through them.
const GRACE_US: u64 = 1_000_000;
/// The first pause between attempts; each is twice as long as the one before.
const FIRST_US: u64 = 400_000;
/// The longest pause.
const LONGEST_US: u64 = 30_000_000;
/// A ticket must have come within this, and a socket once more.
const ANSWER_US: u64 = 20_000_000;
/// Company must be back within this after the signaling server let this peer in, or another attempt is made.
const COMPANY_US: u64 = crate::link::CONNECT_US + 5_000_000;
/// A connection that stood for this long was a good one: the next attempt comes soon again.
const GOOD_US: u64 = 10_000_000;
/// Attempts to find lost company while the signaling server answers. Each costs everybody in the room a handshake.
const ATTEMPTS_MAX: u32 = 6;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Ask for another ticket.
    Ask,
    /// Tell the player that this peer is back.
    Back,
    /// Tell the player that nobody can be found.
    Alone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The signaling server lists this peer. Another attempt may be due in spite of that.
    Listed { since: Micros, ask: Option<Micros> },
    /// It does not; the next attempt is due then.
    Waits { until: Micros },
    /// A ticket or a socket is under way, until then at most.
    Tries { until: Micros },
}

/// See the module.
#[derive(Debug)]
pub(super) struct Attempts {
    state: State,
    attempts: u32,
    /// Company was lost and is not back.
    bereft: bool,
    /// The player was told of the loss.
    told: bool,
    random: u64,
}

impl Attempts {
    /// The first socket is under way.
    pub(super) fn new(seed: u64, now: Micros) -> Self {
        Self { state: State::Tries { until: now + ANSWER_US }, attempts: 0, bereft: false, told: false, random: seed }
    }

    /// The signaling server has let this peer in.
    pub(super) fn open(&mut self, now: Micros) {
        self.state = State::Listed { since: now, ask: None };
    }

    /// The signaling server has gone, or an attempt failed.
    pub(super) fn failed(&mut self, now: Micros) {
        if let State::Listed { since, .. } = self.state
            && now >= since + GOOD_US
        {
            self.attempts = 0;
        }
        if !matches!(self.state, State::Waits { .. }) {
            self.pause(now);
        }
    }

    /// Nobody is heard any more. Whether that is news for the player.
    pub(super) fn bereft(&mut self, now: Micros) -> bool {
        self.bereft = true;
        // Not all at once, should all have lost each other.
        let at = now + GRACE_US + self.below(FIRST_US);
        self.ask_at(at);
        !std::mem::replace(&mut self.told, true)
    }

    /// This peer slept, and may not know yet that the others gave it up.
    pub(super) fn slept(&mut self, now: Micros) {
        self.ask_at(now);
    }

    fn ask_at(&mut self, at: Micros) {
        if let State::Listed { ask, .. } = &mut self.state {
            self.attempts = 0;
            ask.get_or_insert(at);
        }
    }

    /// Whether an attempt is being made, or company is missed.
    pub(super) fn is_busy(&self) -> bool {
        self.bereft || !matches!(self.state, State::Listed { ask: None, .. })
    }

    /// What is due; `company`: somebody of the room is here.
    pub(super) fn turn(&mut self, now: Micros, company: bool) -> Option<Due> {
        match self.state {
            State::Waits { until: at } | State::Listed { ask: Some(at), .. } if now >= at => {
                self.attempts += 1;
                self.state = State::Tries { until: now + ANSWER_US };
                return Some(Due::Ask);
            }
            State::Tries { until } if now >= until => self.pause(now),
            State::Listed { since, .. } if self.bereft && company => {
                self.state = State::Listed { since, ask: None };
                return self.whole(Due::Back);
            }
            State::Listed { since, ask: None } if self.bereft && now >= since + COMPANY_US => {
                if self.attempts >= ATTEMPTS_MAX {
                    return self.whole(Due::Alone);
                }
                self.pause(now);
            }
            _ => {}
        }
        None
    }

    /// The signaling server says that nobody else is in the room: there is nobody to be found.
    pub(super) fn nobody_else(&mut self) -> Option<Due> {
        self.whole(Due::Back)
    }

    /// When [`Attempts::turn`] has something to do.
    pub(super) fn next_timeout(&self) -> Option<Micros> {
        match self.state {
            State::Waits { until } | State::Tries { until } => Some(until),
            State::Listed { ask: Some(at), .. } => Some(at),
            State::Listed { since, .. } => self.bereft.then_some(since + COMPANY_US),
        }
    }

    fn whole(&mut self, todo: Due) -> Option<Due> {
        (self.bereft, self.attempts) = (false, 0);
        std::mem::take(&mut self.told).then_some(todo)
    }

    fn pause(&mut self, now: Micros) {
        let longest = FIRST_US.saturating_mul(1 << self.attempts.min(20)).min(LONGEST_US);
        // Between half of it and all: those who lost the same server do not all come back at once.
        let pause = longest / 2 + self.below(longest / 2);
        self.state = State::Waits { until: now + pause };
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % bound.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> Attempts {
        let mut attempts = Attempts::new(1, 0);
        attempts.open(0);
        attempts
    }

    #[test]
    fn a_server_that_is_gone_is_asked_ever_less_often_and_for_ever() {
        let mut attempts = listed();
        let mut now = 60_000_000;
        attempts.failed(now);
        let mut pauses = Vec::new();
        for _ in 0..40 {
            let due = attempts.next_timeout().unwrap();
            assert_eq!(attempts.turn(due - 1, false), None);
            assert_eq!(attempts.turn(due, false), Some(Due::Ask));
            pauses.push(due - now);
            now = due;
            attempts.failed(now);
            attempts.failed(now); // The socket's end and its loop's are told one after the other.
        }
        assert!(pauses[0] <= FIRST_US, "{pauses:?}");
        assert!(pauses.iter().all(|p| *p <= LONGEST_US) && pauses[39] >= LONGEST_US / 2, "{pauses:?}");
        let mut other = Attempts::new(2, 0);
        other.open(0);
        other.failed(60_000_000);
        assert_ne!(other.next_timeout().unwrap() - 60_000_000, pauses[0], "jitter");
        // Back: nothing is said, since nobody was missed; a connection that ends at once waits on.
        attempts.open(now);
        assert_eq!((attempts.turn(now, true), attempts.is_busy()), (None, false));
        attempts.failed(now + 1);
        assert!(attempts.next_timeout().unwrap() > now + LONGEST_US / 2);
    }

    #[test]
    fn lost_company_is_looked_for_and_told_of_once() {
        let mut attempts = listed();
        assert!(attempts.bereft(1_000_000) && !attempts.bereft(1_000_001));
        let due = attempts.next_timeout().unwrap();
        assert!(due <= 1_000_000 + GRACE_US + FIRST_US, "the first attempt comes soon");
        assert_eq!(attempts.turn(due, false), Some(Due::Ask));
        assert_eq!(attempts.turn(due, true), None, "not before the server lists this peer");
        attempts.open(due);
        assert_eq!(attempts.turn(due, false), None);
        assert_eq!(attempts.turn(due + 1, true), Some(Due::Back));
        assert!(!attempts.is_busy() && attempts.next_timeout().is_none());
    }

    #[test]
    fn company_that_comes_back_by_itself_needs_no_ticket() {
        let mut attempts = listed();
        assert!(attempts.bereft(0));
        assert_eq!(attempts.turn(GRACE_US / 2, true), Some(Due::Back));
        assert_eq!((attempts.turn(10 * GRACE_US, true), attempts.is_busy()), (None, false));
        // After a sleep the way is opened again even so: what looks well may be long gone.
        attempts.slept(20 * GRACE_US);
        assert_eq!(attempts.turn(20 * GRACE_US, true), Some(Due::Ask));
    }

    #[test]
    fn company_that_is_not_found_is_given_up_in_words() {
        let mut attempts = listed();
        assert!(attempts.bereft(0));
        let mut asked = 0;
        let end = loop {
            let due = attempts.next_timeout().unwrap();
            match attempts.turn(due, false) {
                Some(Due::Ask) => {
                    asked += 1;
                    attempts.open(due);
                }
                None => {}
                other => break other,
            }
        };
        assert_eq!((end, asked), (Some(Due::Alone), ATTEMPTS_MAX));
        assert!(!attempts.is_busy());
    }

    #[test]
    fn an_answer_that_never_comes_is_not_waited_for() {
        let mut attempts = listed();
        attempts.failed(0);
        let due = attempts.next_timeout().unwrap();
        assert_eq!(attempts.turn(due, false), Some(Due::Ask));
        assert_eq!(attempts.turn(due + ANSWER_US, false), None);
        let again = attempts.next_timeout().unwrap();
        assert!(again > due + ANSWER_US);
        assert_eq!(attempts.turn(again, false), Some(Due::Ask));
        // Nobody else is in the room any more.
        attempts.open(again);
        attempts.bereft = true;
        assert_eq!((attempts.nobody_else(), attempts.is_busy()), (None, false));
    }
}
