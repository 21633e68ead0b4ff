//! Which packets came, and when the peer is told so.
//!
//! An acknowledgement goes along with whatever is sent; alone it goes after a few packets or a short while, so that a
//! stream of packets one way is not a stream of acknowledgements the other.

use super::rto::ACK_DELAY_US;
use super::wire::{ACK_REACH, ACK_WORDS, Ack, RELIABLE};
use room::api::Micros;

/// Packets that want an acknowledgement before one goes at once.
const ACK_EVERY: u32 = 4;

/// See the module.
#[derive(Debug)]
pub struct Acks {
    seen: Seen,
    newest_at: Micros,
    /// Packets received that want an acknowledgement, and when the first of them came.
    wanted: u32,
    since: Option<Micros>,
    /// What they were told of was told once. A packet that nobody follows may have told it, and may be lost.
    told_once: bool,
}

impl Acks {
    /// Nothing has come.
    pub fn new(now: Micros) -> Self {
        Self { seen: Seen::default(), newest_at: now, wanted: 0, since: None, told_once: false }
    }

    /// A packet came; false when it came before, or is too old to tell. A double wants another acknowledgement, too:
    /// the one before may have been lost.
    pub fn note(&mut self, now: Micros, number: u32, wants_ack: bool) -> bool {
        let new = self.seen.note(number);
        if new && self.seen.largest == Some(number) {
            self.newest_at = now;
        }
        if wants_ack {
            self.wanted += 1;
            self.since.get_or_insert(now);
        }
        new
    }

    /// What to say, once anything came; `credit_kib` goes with it.
    pub fn ack(&self, now: Micros, credit_kib: [u32; RELIABLE]) -> Option<Ack> {
        let largest = self.seen.largest?;
        let delay_us = u32::try_from(now.saturating_sub(self.newest_at)).unwrap_or(u32::MAX);
        Some(Ack { largest, delay_us, bitmap: self.seen.bitmap, credit_kib })
    }

    /// It was said.
    pub fn said(&mut self) {
        self.told_once = self.wanted > 0;
        self.wanted = 0;
        self.since = None;
    }

    /// Whether the peer waits for it, or does if what told it was lost: whatever goes tells it, and once more.
    pub fn is_wanted(&self) -> bool {
        self.wanted > 0 || self.told_once
    }

    /// Whether it is to be said in a packet of its own.
    pub fn is_due(&self, now: Micros) -> bool {
        self.wanted >= ACK_EVERY || self.next_timeout().is_some_and(|at| now >= at)
    }

    /// When it is, if nothing comes or goes before.
    pub fn next_timeout(&self) -> Option<Micros> {
        self.since.map(|since| since + ACK_DELAY_US)
    }
}

/// Packets received lately.
#[derive(Debug, Default)]
struct Seen {
    largest: Option<u32>,
    bitmap: [u64; ACK_WORDS],
}

impl Seen {
    /// Notes a packet; false when it came before, or is too old to tell.
    fn note(&mut self, number: u32) -> bool {
        let Some(largest) = self.largest else {
            self.largest = Some(number);
            return true;
        };
        if number > largest {
            self.shift(number - largest);
            self.largest = Some(number);
            return true;
        }
        match largest - number {
            0 => false,
            back if back <= ACK_REACH => {
                let word = &mut self.bitmap[(back - 1) as usize / 64];
                let bit = 1u64 << ((back - 1) % 64);
                let new = *word & bit == 0;
                *word |= bit;
                new
            }
            _ => false,
        }
    }

    fn shift(&mut self, by: u32) {
        let old = std::mem::take(&mut self.bitmap);
        if by > ACK_REACH {
            return;
        }
        // The former newest becomes bit `by - 1`, the others move up by `by`.
        let (words, bits) = (by as usize / 64, by % 64);
        for i in words..ACK_WORDS {
            let mut word = old[i - words] << bits;
            if bits > 0 && i > words {
                word |= old[i - words - 1] >> (64 - bits);
            }
            self.bitmap[i] = word;
        }
        self.bitmap[(by - 1) as usize / 64] |= 1 << ((by - 1) % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn seen_agrees_with_a_set() {
        let mut seen = Seen::default();
        let mut model = BTreeSet::new();
        let mut x = 7u64;
        let mut largest = 0u32;
        for _ in 0..5000 {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = (largest + 40).saturating_sub((x >> 33) as u32 % 90);
            largest = largest.max(number);
            assert_eq!(seen.note(number), model.insert(number), "{number}");
        }
        assert!(seen.note(largest + 10_000) && !seen.note(largest));
    }

    #[test]
    fn an_acknowledgement_waits_for_company_but_not_long() {
        let mut acks = Acks::new(0);
        assert_eq!((acks.ack(0, [0; RELIABLE]), acks.next_timeout()), (None, None));
        assert!(acks.note(1_000, 0, true) && !acks.is_due(1_000));
        assert_eq!(acks.next_timeout(), Some(1_000 + ACK_DELAY_US));
        assert!(acks.is_due(1_000 + ACK_DELAY_US));
        let ack = acks.ack(1_500, [7; RELIABLE]).unwrap();
        assert_eq!((ack.largest, ack.delay_us, ack.credit_kib), (0, 500, [7; RELIABLE]));
        acks.said();
        assert!(acks.is_wanted() && !acks.is_due(u64::MAX), "once more, but not in a packet of its own");
        acks.said();
        assert!(!acks.is_wanted());
        // Packets that want none, and one that comes twice.
        assert!(acks.note(2_000, 1, false) && !acks.is_due(u64::MAX));
        assert!(!acks.note(2_000, 1, true) && acks.is_due(u64::MAX));
        (2..5).for_each(|number| {
            acks.note(2_000, number, true);
        });
        assert!(acks.is_due(2_000), "four are enough");
    }
}
