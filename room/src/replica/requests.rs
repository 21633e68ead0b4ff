//! Requests of bands: who gets a strip's bands as they are made, though it is not this peer's turn to say them, and how
//! many of those that are there already go at once.

use crate::api::{Micros, PeerId};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Between two requests for the same band.
pub(super) const WANT_EVERY_US: u64 = 60_000;
/// How many steps a request for a strip's bands stays in force.
const WANT_STEPS: u64 = 32;
/// Bands that go at once to one who asks again.
const AGAIN_BANDS: usize = 4;
/// Between two answers to the same request, and between two that have all that is asked for.
const ANSWER_EVERY_US: u64 = WANT_EVERY_US / 2;
const ANSWER_ALL_US: u64 = 1_000_000;
/// The most requests kept.
const WANTS_MAX: usize = 256;

/// Of which strip, for which strip, and who asks.
pub(super) type Request = (u32, u32, PeerId);

/// See the module. A request outlives its answer where the room stands still, and an answer its request where it is
/// quick; so each has a table.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// Until which step each is in force.
    until: BTreeMap<Request, u64>,
    /// When each was last answered.
    answered: BTreeMap<Request, Micros>,
}

impl Requests {
    /// Takes a request of the bands from a step on; the most bands to answer it with. A few bytes ask for many: who
    /// asks sooner again than one who waits would is not answered.
    pub fn take(&mut self, request: Request, step: u64, now: Micros) -> Option<usize> {
        let answered = self.answered.get(&request).copied();
        if answered.is_some_and(|at| now < at + ANSWER_EVERY_US) {
            return None;
        }
        if answered.is_some() || self.answered.len() < WANTS_MAX {
            self.answered.insert(request, now);
        }
        let known = self.until.get(&request).copied();
        if known.is_some() || self.until.len() < WANTS_MAX {
            self.until.insert(request, known.unwrap_or(0).max(step + WANT_STEPS));
        }
        // Who asks again lost little; what came after is on its way.
        let again =
            known.is_some_and(|until| until + WANT_STEPS > step) || answered.is_some_and(|at| now < at + ANSWER_ALL_US);
        Some(if again { AGAIN_BANDS } else { usize::MAX })
    }

    /// Whether somebody asked for a step's band.
    pub fn has(&self, request: Request, step: u64) -> bool {
        self.until.get(&request).is_some_and(|&until| step < until)
    }

    /// Whether somebody asked for a strip's bands from a step of these on.
    pub fn asks_within(&self, from: u32, steps: RangeInclusive<u64>) -> bool {
        let of = self.until.range((from, 0, PeerId(0))..=(from, u32::MAX, PeerId(u128::MAX)));
        of.map(|(_, until)| until - WANT_STEPS).any(|step| steps.contains(&step))
    }

    /// Forgets requests of bands that are over, of each strip those before a step, and answers of long ago.
    pub fn forget_before(&mut self, step: impl Fn(u32) -> u64, now: Micros) {
        self.until.retain(|request, until| *until >= step(request.0));
        self.answered.retain(|_, at| now < *at + ANSWER_ALL_US);
    }

    /// The world begins again: nobody waits for what was.
    pub fn clear(&mut self) {
        self.until.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Request = (1, 2, PeerId(3));

    #[test]
    fn a_request_is_answered_in_full_once_and_then_in_part() {
        let mut requests = Requests::default();
        assert!(!requests.has(ASKED, 10));
        assert_eq!(requests.take(ASKED, 10, 0), Some(usize::MAX));
        assert_eq!(requests.take(ASKED, 10, ANSWER_EVERY_US - 1), None, "too soon");
        assert_eq!(requests.take(ASKED, 10, ANSWER_EVERY_US), Some(AGAIN_BANDS));
        assert!(requests.has(ASKED, 10) && requests.has(ASKED, 10 + WANT_STEPS - 1));
        assert!(!requests.has(ASKED, 10 + WANT_STEPS) && !requests.has((2, 1, PeerId(3)), 10));
        // Of later steps, and long after the last answer, all that is there goes again.
        let later = 2 * ANSWER_ALL_US;
        assert_eq!(requests.take(ASKED, 10 + 2 * WANT_STEPS, later), Some(usize::MAX));
        let least = 10 + 2 * WANT_STEPS;
        assert!(requests.asks_within(1, least..=least) && !requests.asks_within(1, 0..=least - 1));
        assert!(!requests.asks_within(2, 0..=u64::MAX));
        requests.forget_before(|_| 10 + 4 * WANT_STEPS, 2 * later);
        assert!(requests.until.is_empty() && requests.answered.is_empty());
    }

    #[test]
    fn requests_are_bounded() {
        let mut requests = Requests::default();
        (0..10_000).for_each(|n| {
            requests.take((n, 0, PeerId(3)), 10, 0);
        });
        assert_eq!((requests.until.len(), requests.answered.len()), (WANTS_MAX, WANTS_MAX));
    }
}
