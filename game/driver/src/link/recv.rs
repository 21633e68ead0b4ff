//! The receiving half: which packets came, and messages put together from their pieces.
//!
//! Everything that a hostile peer could grow has a bound: pieces are kept only within the credit that this
//! side gave, small pieces are refused, and what is allocated is what was received, never what was claimed.

use super::wire::{ACK_REACH, ACK_WORDS, CHANNELS, Fragment, RELIABLE};
use std::collections::{BTreeMap, BTreeSet};

/// The longest message of each channel: Log, Border, Bulk, View.
pub const MESSAGE_BYTES_MAX: [u32; CHANNELS] = [1 << 20, 64 << 20, 96 << 20, 8 << 20];
/// Bytes of messages begun and not yet handed on, of each reliable channel.
pub const CREDIT_BYTES: [u64; RELIABLE] = [4 << 20, 64 << 20, 192 << 20];
/// What a message costs at least, so that empty ones do not come free.
const COST_MIN: u64 = 64;
/// Pieces but the last are at least this long.
pub const FRAGMENT_BYTES_MIN: usize = 512;
/// How far a channel's message numbers may run ahead of the oldest that is missing.
const AHEAD_MAX: u32 = 1 << 17;
/// View messages under way at most; the oldest gives way.
const VIEW_PARTIAL_MAX: usize = 32;

/// Why a link was given up: the peer broke the format's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation(pub &'static str);

/// What a message takes of its channel's credit.
pub fn cost(bytes: u64) -> u64 {
    bytes.max(COST_MIN)
}

/// Packets received lately.
#[derive(Debug, Default)]
pub struct Seen {
    largest: Option<u32>,
    bitmap: [u64; ACK_WORDS],
}

impl Seen {
    /// Notes a packet; false when it came before, or is too old to tell.
    pub fn note(&mut self, number: u32) -> bool {
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

    /// The newest packet and the bitmap of those before it.
    pub fn state(&self) -> Option<(u32, [u64; ACK_WORDS])> {
        self.largest.map(|l| (l, self.bitmap))
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

#[derive(Debug, Default)]
struct Partial {
    total: u32,
    have: u32,
    pieces: BTreeMap<u32, Box<[u8]>>,
}

impl Partial {
    /// Adds a piece; true when the message is whole.
    fn add(&mut self, f: &Fragment) -> Result<bool, Violation> {
        if f.total != self.total {
            return Err(Violation("a message changed its length"));
        }
        let last = f.offset as u64 + f.bytes.len() as u64 == u64::from(f.total);
        if f.bytes.len() < FRAGMENT_BYTES_MIN && !last {
            return Err(Violation("a piece is too small"));
        }
        if !self.pieces.contains_key(&f.offset) {
            self.have = self.have.saturating_add(f.bytes.len() as u32);
            if self.have > self.total {
                return Err(Violation("pieces overlap"));
            }
            self.pieces.insert(f.offset, f.bytes.into());
        }
        Ok(self.have == self.total)
    }

    fn assemble(self) -> Result<Vec<u8>, Violation> {
        let mut bytes = Vec::with_capacity(self.total as usize);
        for (offset, piece) in self.pieces {
            if offset as usize != bytes.len() {
                return Err(Violation("pieces do not meet"));
            }
            bytes.extend(piece);
        }
        Ok(bytes)
    }
}

#[derive(Debug, Default)]
struct Reliable {
    partial: BTreeMap<u32, Partial>,
    /// All messages below are done.
    floor: u32,
    done: BTreeSet<u32>,
    /// Cost of all messages begun, and of those handed on.
    begun: u64,
    handed_on: u64,
}

/// Puts messages together.
#[derive(Debug, Default)]
pub struct Assembler {
    reliable: [Reliable; RELIABLE],
    view: BTreeMap<u32, Partial>,
    view_newest: u32,
}

impl Assembler {
    /// Takes a piece; gives the message when it is whole.
    pub fn add(&mut self, f: &Fragment) -> Result<Option<Vec<u8>>, Violation> {
        if f.total > MESSAGE_BYTES_MAX[f.channel] {
            return Err(Violation("a message is too long"));
        }
        if f.channel < RELIABLE { self.reliable[f.channel].add(f, CREDIT_BYTES[f.channel]) } else { self.add_view(f) }
    }

    /// Credit in KiB to announce for each reliable channel.
    pub fn credit_kib(&self) -> [u32; RELIABLE] {
        std::array::from_fn(|c| ((self.reliable[c].handed_on + CREDIT_BYTES[c]) / 1024) as u32)
    }

    fn add_view(&mut self, f: &Fragment) -> Result<Option<Vec<u8>>, Violation> {
        // Numbers only grow; what lies too far back was given up.
        self.view_newest = self.view_newest.max(f.message);
        if self.view_newest - f.message > VIEW_PARTIAL_MAX as u32 {
            return Ok(None);
        }
        let partial = self.view.entry(f.message).or_insert_with(|| Partial { total: f.total, ..Partial::default() });
        if partial.add(f)? {
            let whole = self.view.remove(&f.message).expect("just added");
            // A late copy of a piece would begin the message anew and never be whole unless it has one
            // piece only; the room drops such doubles by their tick.
            return whole.assemble().map(Some);
        }
        while self.view.len() > VIEW_PARTIAL_MAX {
            self.view.pop_first();
        }
        Ok(None)
    }
}

impl Reliable {
    fn add(&mut self, f: &Fragment, credit: u64) -> Result<Option<Vec<u8>>, Violation> {
        if f.message < self.floor || self.done.contains(&f.message) {
            return Ok(None);
        }
        if f.message - self.floor > AHEAD_MAX {
            return Err(Violation("message numbers run ahead"));
        }
        if !self.partial.contains_key(&f.message) {
            self.begun += cost(u64::from(f.total));
            if self.begun > self.handed_on + credit {
                return Err(Violation("more was sent than the credit allows"));
            }
            self.partial.insert(f.message, Partial { total: f.total, ..Partial::default() });
        }
        if !self.partial.get_mut(&f.message).expect("inserted above").add(f)? {
            return Ok(None);
        }
        let whole = self.partial.remove(&f.message).expect("inserted above");
        self.handed_on += cost(u64::from(whole.total));
        self.done.insert(f.message);
        while self.done.remove(&self.floor) {
            self.floor += 1;
        }
        whole.assemble().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(channel: usize, message: u32, total: u32, offset: u32, bytes: &[u8]) -> Fragment<'_> {
        Fragment { channel, message, total, offset, bytes }
    }

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
    fn messages_come_whole_in_any_order_and_once() {
        let bytes: Vec<u8> = (0..3000u32).map(|i| i as u8).collect();
        let mut a = Assembler::default();
        assert_eq!(a.add(&piece(1, 0, 3000, 1000, &bytes[1000..2000])), Ok(None));
        assert_eq!(a.add(&piece(1, 0, 3000, 1000, &bytes[1000..2000])), Ok(None));
        assert_eq!(a.add(&piece(1, 0, 3000, 2000, &bytes[2000..])), Ok(None));
        assert_eq!(a.add(&piece(1, 0, 3000, 0, &bytes[..1000])), Ok(Some(bytes.clone())));
        assert_eq!(a.add(&piece(1, 0, 3000, 0, &bytes[..1000])), Ok(None));
        assert_eq!(a.add(&piece(0, 0, 0, 0, b"")), Ok(Some(vec![])));
    }

    #[test]
    fn rule_breakers_are_found_out() {
        let big = vec![0u8; 1000];
        let mut a = Assembler::default();
        assert!(a.add(&piece(0, 0, u32::MAX, 0, &big)).is_err());
        assert!(a.add(&piece(0, 0, 2000, 0, b"tiny")).is_err());
        assert!(a.add(&piece(0, 1 << 20, 2, 0, b"ab")).is_err());
        let mut a = Assembler::default();
        a.add(&piece(0, 0, 2000, 0, &big)).unwrap();
        assert!(a.add(&piece(0, 0, 1999, 0, &big)).is_err());
        let mut a = Assembler::default();
        a.add(&piece(0, 0, 2000, 0, &big)).unwrap();
        assert!(a.add(&piece(0, 0, 2000, 500, &big)).is_err(), "pieces that overlap do not meet");
        // Begun messages are bounded by the credit.
        let mut a = Assembler::default();
        let begun = (0..100u32).take_while(|m| a.add(&piece(0, *m, 1 << 20, 0, &big)).is_ok()).count();
        assert_eq!(begun as u64, CREDIT_BYTES[0] >> 20);
    }
}
