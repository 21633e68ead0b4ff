//! Who sent signals against the rules, and who did so too often to be listened to any more.
//!
//! Kept by participant, not by WebSocket: the signaling server derives an id's last 96 bits from a secret of its owner,
//! so nobody can be accused in another's name, and a new WebSocket of the same participant is no new beginning.

use room::api::PeerId;
use std::collections::{BTreeMap, VecDeque};

/// Bad signals after which the sender is not listened to any more. A browser that is newer than this program may send
/// one that is only strange.
pub(super) const STRIKES_MAX: u32 = 3;
/// Participants that are remembered; the oldest is forgotten.
const REMEMBERED_MAX: usize = 256;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Distrust {
    strikes: BTreeMap<PeerId, u32>,
    order: VecDeque<PeerId>,
}

impl Distrust {
    /// Counts a bad signal; true when it was the one too many.
    pub(super) fn strike(&mut self, who: PeerId) -> bool {
        if !self.strikes.contains_key(&who) {
            if self.order.len() >= REMEMBERED_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.strikes.remove(&oldest);
            }
            self.order.push_back(who);
        }
        let strikes = self.strikes.entry(who).or_default();
        *strikes = strikes.saturating_add(1);
        *strikes == STRIKES_MAX
    }

    /// Whether this participant is not listened to any more.
    pub(super) fn has(&self, who: PeerId) -> bool {
        self.strikes.get(&who).is_some_and(|strikes| *strikes >= STRIKES_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_bad_signal_is_one_too_many_and_memory_is_bounded() {
        let mut distrust = Distrust::default();
        let who = PeerId(7);
        assert_eq!([0; 5].map(|_| distrust.strike(who)), [false, false, true, false, false]);
        assert!(distrust.has(who) && !distrust.has(PeerId(8)));
        (100..10_000).for_each(|i| {
            distrust.strike(PeerId(i));
        });
        assert!(distrust.strikes.len() <= REMEMBERED_MAX && distrust.order.len() <= REMEMBERED_MAX);
        assert!(!distrust.has(who), "forgotten, not remembered for ever");
    }
}
