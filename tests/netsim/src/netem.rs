//! What a link does to datagrams, in the manner of Linux's `netem`.

use crate::{Micros, Rng};

/// A bottleneck's queue holds what leaves within this time; what comes later is lost.
pub const LINK_QUEUE_US: Micros = 300_000;
/// The same of an uplink, as in a router at home.
pub const UPLINK_QUEUE_US: Micros = 250_000;

/// One direction of a link, or everything that a node sends. The default changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Netem {
    /// One way.
    pub latency_us: u64,
    /// Up to so much more, evenly spread. It reorders.
    pub jitter_us: u64,
    /// Of a million datagrams, how many are lost.
    pub loss_ppm: u32,
    /// Of a million datagrams, how many arrive twice.
    pub copy_ppm: u32,
    /// Of a million datagrams, how many arrive with some bits changed.
    pub corrupt_ppm: u32,
    /// Bytes a second; 0 for no limit.
    pub bytes_per_s: u64,
    /// Added to each datagram that a node gets: with `latency_us`, a node that is far from everyone. A node's own.
    pub inbound_us: u64,
}

impl Netem {
    /// Whether nothing is changed at all.
    pub fn is_clear(&self) -> bool {
        *self == Self::default()
    }

    /// The longest that a node's datagram is held back on its way out.
    pub fn longest_us(&self) -> u64 {
        self.latency_us + self.jitter_us + if self.bytes_per_s > 0 { UPLINK_QUEUE_US } else { 0 }
    }

    /// When a datagram arrives that left the bottleneck at `leaves`: never, once, or twice.
    pub(crate) fn arrivals(&self, rng: &mut Rng, leaves: Micros) -> [Option<Micros>; 2] {
        if rng.chance(self.loss_ppm) {
            return [None, None];
        }
        let first = leaves + self.latency_us + rng.below(self.jitter_us + 1);
        let again = rng.chance(self.copy_ppm).then(|| leaves + self.latency_us + rng.below(2 * self.jitter_us + 1000));
        [Some(first), again]
    }

    /// Changes a datagram's bits, where its turn has come.
    pub(crate) fn corrupt(&self, rng: &mut Rng, bytes: &mut [u8]) -> bool {
        if self.corrupt_ppm == 0 || bytes.is_empty() || !rng.chance(self.corrupt_ppm) {
            return false;
        }
        for _ in 0..=rng.below(3) {
            let at = rng.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << rng.below(8);
        }
        true
    }
}
