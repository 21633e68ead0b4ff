//! Presence: where the others' pointers are, what they point at and what they say. It stands beside the world: nothing of it
//! is in the log, is kept, or touches the simulation.
//!
//! Each peer tells all others itself. A pointer that moves is told at most every [`HAND_US`], less often in a large room, and one
//! that rests every [`REST_US`], for those who have come since and for what was lost. Whoever is not heard of for
//! [`SILENT_US`] has no pointer any more.

pub mod messages;

use crate::api::{Hand, Micros, PeerId};
use crate::timers::{Timer, Timers};
use std::collections::BTreeMap;

/// How often a pointer that moves is told, at most.
pub const HAND_US: Micros = 60_000;
/// Further time for each participant, so that a room of many is not full of pointers.
const HAND_EACH_US: Micros = 6_000;
/// How often a pointer that rests is told.
const REST_US: Micros = 1_500_000;
/// After so much silence somebody has no pointer any more.
const SILENT_US: Micros = 5_000_000;
/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// A pointer that moves may be told again.
    Move,
    /// A pointer that rests is told again.
    Rest,
    /// Somebody is not heard of any more.
    Silent(PeerId),
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        matches!(self, Self::Silent(_))
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    /// This player's, and what of it was told last.
    own: Option<Hand>,
    told: Option<Hand>,
    others: BTreeMap<PeerId, Hand>,
    timers: Timers<Due>,
}

impl Presence {
    /// This player's pointer is here, or nowhere.
    pub fn moves(&mut self, hand: Option<Hand>) {
        self.own = hand;
    }

    /// What is to be told now to `others` people, if anything, and when to look again.
    pub fn poll(&mut self, now: Micros, others: usize) -> (Option<Option<Hand>>, Option<Micros>) {
        if others == 0 {
            self.told = None;
            return (None, None);
        }
        let changed = self.own != self.told;
        // What rests is told again, but not that there is none.
        let rests = self.own.is_some() && self.timers.is_due(Due::Rest, now);
        let mut tell = None;
        if (changed || rests) && self.timers.repeats(Due::Move, now, HAND_US.max(HAND_EACH_US * others as Micros)) {
            self.timers.set(Due::Rest, now + REST_US);
            self.told = self.own;
            tell = Some(self.own);
        }
        let next = if self.own != self.told {
            Some(self.timers.at(Due::Move))
        } else {
            self.own.map(|_| self.timers.at(Due::Rest))
        };
        (tell, next)
    }

    /// Somebody's pointer is here, or nowhere: whether that is news.
    pub fn hears(&mut self, from: PeerId, hand: Option<Hand>, now: Micros) -> bool {
        match hand {
            Some(hand) => {
                self.timers.set(Due::Silent(from), now + SILENT_US);
                self.others.insert(from, hand) != Some(hand)
            }
            None => self.others.remove(&from).is_some(),
        }
    }

    /// Those whose pointers are gone, since they are silent or not in the room any more; and when to look again.
    pub fn gone(&mut self, now: Micros, is_here: impl Fn(PeerId) -> bool) -> (Vec<PeerId>, Option<Micros>) {
        let silent = |id: PeerId| self.timers.is_over(Due::Silent(id), now);
        let gone: Vec<PeerId> = self.others.keys().copied().filter(|&id| !is_here(id) || silent(id)).collect();
        gone.iter().for_each(|id| _ = self.others.remove(id));
        let others = &self.others;
        self.timers.retain(|due| if let Due::Silent(id) = due { others.contains_key(&id) } else { true });
        (gone, self.others.keys().map(|&id| self.timers.at(Due::Silent(id)) + 1).min())
    }

    /// This peer did nothing for this long.
    pub fn slept(&mut self, us: Micros) {
        self.timers.slept(us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PeerId = PeerId(7);

    fn at(x: u16) -> Option<Hand> {
        Some(Hand { at: [x, 5], tool: 1, radius: 3, pressed: false })
    }

    /// What is told, moment by moment, while the pointer moves a step every millisecond for a second.
    fn told(others: usize) -> usize {
        let mut presence = Presence::default();
        (0..1000)
            .filter(|&ms| {
                presence.moves(at(ms as u16));
                presence.poll(ms * 1000 + 1, others).0.is_some()
            })
            .count()
    }

    #[test]
    fn a_pointer_that_moves_is_told_so_often_and_no_more() {
        assert_eq!(told(0), 0, "nobody is there");
        assert_eq!(told(1), 17);
        assert_eq!(told(7), 17);
        assert!((2..4).contains(&told(63)), "{}", told(63));
    }

    #[test]
    fn a_pointer_that_rests_is_told_now_and_then_and_its_going_once() {
        let mut presence = Presence::default();
        presence.moves(at(3));
        assert_eq!(presence.poll(1, 1), (Some(at(3)), Some(1 + REST_US)));
        assert_eq!(presence.poll(REST_US, 1), (None, Some(1 + REST_US)));
        assert_eq!(presence.poll(1 + REST_US, 1).0, Some(at(3)));
        presence.moves(None);
        let soon = presence.poll(2 + REST_US, 1);
        assert_eq!(soon, (None, Some(1 + REST_US + HAND_US)));
        assert_eq!(presence.poll(soon.1.unwrap(), 1), (Some(None), None));
        assert_eq!(presence.poll(10 * REST_US, 1), (None, None));
    }

    #[test]
    fn whoever_is_silent_or_has_left_has_no_pointer() {
        let mut presence = Presence::default();
        assert!(presence.hears(A, at(1), 10) && !presence.hears(A, at(1), 20) && presence.hears(A, at(2), 30));
        assert_eq!(presence.gone(30, |_| true), (vec![], Some(31 + SILENT_US)));
        assert_eq!(presence.gone(31 + SILENT_US, |_| true), (vec![A], None));
        assert!(presence.hears(A, at(2), 40 + SILENT_US), "it is back");
        assert_eq!(presence.gone(41 + SILENT_US, |_| false).0, vec![A]);
        assert!(!presence.hears(A, None, 50 + SILENT_US), "it is gone already");
    }

    #[test]
    fn a_sleep_is_nobodys_silence() {
        let mut presence = Presence::default();
        presence.hears(A, at(1), 10);
        presence.slept(2 * SILENT_US);
        assert_eq!(presence.gone(11 + SILENT_US, |_| true).0, vec![]);
    }
}
