//! Messages put together from their pieces.
//!
//! Everything that a hostile peer could grow has a bound: pieces are kept only within the credit that this
//! side gave, small pieces are refused, and what is allocated is what was received, never what was claimed.

use super::wire::{CHANNELS, Fragment, RELIABLE, index};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

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

#[derive(Debug, Default)]
struct Partial {
    total: u32,
    have: u32,
    pieces: BTreeMap<u32, Box<[u8]>>,
}

impl Partial {
    fn new(total: u32) -> Self {
        Self { total, ..Self::default() }
    }

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
        let channel = index(f.channel);
        if f.total > MESSAGE_BYTES_MAX[channel] {
            return Err(Violation("a message is too long"));
        }
        match self.reliable.get_mut(channel) {
            Some(reliable) => reliable.add(f, CREDIT_BYTES[channel]),
            None => self.add_view(f),
        }
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
        let mut partial = match self.view.entry(f.message) {
            Entry::Occupied(partial) => partial,
            Entry::Vacant(place) => place.insert_entry(Partial::new(f.total)),
        };
        if partial.get_mut().add(f)? {
            // A late copy of a piece would begin the message again and never be whole unless it has one
            // piece only; the room drops such doubles by their tick.
            return partial.remove().assemble().map(Some);
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
        let mut partial = match self.partial.entry(f.message) {
            Entry::Occupied(partial) => partial,
            Entry::Vacant(place) => {
                self.begun += cost(u64::from(f.total));
                if self.begun > self.handed_on + credit {
                    return Err(Violation("more was sent than the credit allows"));
                }
                place.insert_entry(Partial::new(f.total))
            }
        };
        if !partial.get_mut().add(f)? {
            return Ok(None);
        }
        let whole = partial.remove();
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
        let channel = super::super::wire::channel(channel).unwrap();
        Fragment { channel, message, total, offset, bytes }
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
