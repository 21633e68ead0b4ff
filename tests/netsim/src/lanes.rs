//! Links that deliver everything, at a limited rate, lane by lane: what goes on one lane does not hold up another.

use crate::Micros;
use std::collections::BTreeMap;

/// Lanes of a link.
pub const LANES: usize = 3;

/// One direction of one link.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Bytes a second of each lane.
    pub bytes_per_s: u64,
    /// On top of the network's latency.
    pub extra_us: u64,
    free_at: [Micros; LANES],
}

/// All links that have a rate; the others take no time.
#[derive(Clone, Debug)]
pub struct Lanes<N>(BTreeMap<(N, N), Rate>);

impl<N: Copy + Ord> Default for Lanes<N> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<N: Copy + Ord> Lanes<N> {
    /// From now on the link carries so much, each way. Returns those of the two that had no such link before.
    pub fn limit(&mut self, a: N, b: N, bytes_per_s: u64, extra_us: u64) -> Vec<N> {
        let mut new = Vec::new();
        for (from, to) in [(a, b), (b, a)] {
            if self.of(from).next().is_none() {
                new.push(from);
            }
            self.0.insert((from, to), Rate { bytes_per_s, extra_us, free_at: [0; LANES] });
        }
        new
    }

    /// When the last byte of a message is out and has come so much further.
    pub fn transferred(&mut self, now: Micros, from: N, to: N, lane: usize, bytes: u64) -> Micros {
        let Some(rate) = self.0.get_mut(&(from, to)) else { return now };
        let free = &mut rate.free_at[lane.min(LANES - 1)];
        *free = now.max(*free) + bytes * 1_000_000 / rate.bytes_per_s.max(1);
        *free + rate.extra_us
    }

    /// The links from a node, and their rates.
    pub fn of(&self, from: N) -> impl Iterator<Item = (N, Rate)> + '_ {
        self.0.iter().filter(move |l| l.0.0 == from).map(|(&(_, to), &rate)| (to, rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_full_while_another_is_free() {
        let mut lanes = Lanes::default();
        assert_eq!(lanes.limit('a', 'b', 1_000_000, 7), ['a', 'b']);
        assert_eq!(lanes.limit('a', 'c', 1_000_000, 7), ['c']);
        assert_eq!(lanes.transferred(0, 'a', 'b', 2, 5_000), 5_007);
        assert_eq!(lanes.transferred(0, 'a', 'b', 2, 5_000), 10_007);
        assert_eq!(lanes.transferred(0, 'a', 'b', 0, 10), 17);
        assert_eq!(lanes.transferred(3, 'b', 'c', 0, 10), 3);
    }
}
