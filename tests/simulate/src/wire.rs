//! The virtual network: datagrams between peers, with latency, jitter (which reorders), loss, copies,
//! a bandwidth with a queue of bounded length, and cuts.

use crate::rng::Rng;
use room::api::{Micros, PeerId};
use std::collections::{BTreeMap, BTreeSet};

/// A bottleneck's queue holds this much; what comes later is lost.
const QUEUE_US: Micros = 300_000;

/// One direction of one link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// One way.
    pub latency_us: u64,
    /// Up to so much more, evenly spread.
    pub jitter_us: u64,
    /// Of a million datagrams.
    pub loss_ppm: u32,
    /// Of a million datagrams, that arrive twice.
    pub copy_ppm: u32,
    /// Bytes a second; 0: no limit.
    pub bandwidth: u64,
}

/// The network's state.
#[derive(Debug)]
pub struct Wire {
    /// Where nothing else is said.
    pub weather: Weather,
    /// From one peer to another.
    pub links: BTreeMap<(PeerId, PeerId), Weather>,
    cut: BTreeSet<(PeerId, PeerId)>,
    busy: BTreeMap<(PeerId, PeerId), Micros>,
    rng: Rng,
    /// Datagrams that were carried, lost, copied, and stopped by a cut.
    pub counts: [u64; 4],
}

impl Wire {
    /// A network of one weather.
    pub fn new(weather: Weather, seed: u64) -> Self {
        Self {
            weather,
            links: BTreeMap::new(),
            cut: BTreeSet::new(),
            busy: BTreeMap::new(),
            rng: Rng::new(seed, "wire"),
            counts: [0; 4],
        }
    }

    /// Cuts both directions between each of `a` and each of `b`, or mends them.
    pub fn cut(&mut self, a: &[PeerId], b: &[PeerId], cut: bool) {
        for &x in a {
            for &y in b {
                for pair in [(x, y), (y, x)] {
                    if cut {
                        self.cut.insert(pair);
                    } else {
                        self.cut.remove(&pair);
                    }
                }
            }
        }
    }

    /// Mends every cut.
    pub fn mend(&mut self) {
        self.cut.clear();
    }

    /// Whether two can hear each other at all.
    pub fn is_cut(&self, a: PeerId, b: PeerId) -> bool {
        self.cut.contains(&(a, b))
    }

    /// When a datagram sent now arrives: never, once, or twice.
    pub fn carry(&mut self, now: Micros, from: PeerId, to: PeerId, bytes: usize) -> Vec<Micros> {
        if self.is_cut(from, to) {
            self.counts[3] += 1;
            return Vec::new();
        }
        let weather = *self.links.get(&(from, to)).unwrap_or(&self.weather);
        let mut leaves = now;
        if let Some(takes_us) = (bytes as u64 * 1_000_000).checked_div(weather.bandwidth) {
            let busy = self.busy.entry((from, to)).or_default();
            let start = now.max(*busy);
            if start > now + QUEUE_US {
                self.counts[1] += 1;
                return Vec::new();
            }
            *busy = start + takes_us;
            leaves = *busy;
        }
        if self.rng.chance(weather.loss_ppm) {
            self.counts[1] += 1;
            return Vec::new();
        }
        self.counts[0] += 1;
        let mut arrive = vec![leaves + weather.latency_us + self.rng.below(weather.jitter_us + 1)];
        if self.rng.chance(weather.copy_ppm) {
            self.counts[2] += 1;
            arrive.push(leaves + weather.latency_us + self.rng.below(2 * weather.jitter_us + 1000));
        }
        arrive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PeerId = PeerId(1);
    const B: PeerId = PeerId(2);

    #[test]
    fn bandwidth_delays_and_then_loses() {
        let mut wire = Wire::new(Weather { bandwidth: 1_000_000, ..Weather::default() }, 1);
        let arrivals: Vec<Micros> = (0..1000).flat_map(|_| wire.carry(0, A, B, 1000)).collect();
        assert_eq!(arrivals[0], 1_000);
        assert_eq!(arrivals[99], 100_000);
        assert_eq!(arrivals.len() as u64, QUEUE_US / 1000 + 1);
        assert_eq!(wire.carry(2_000_000, A, B, 1000), [2_001_000]);
    }

    #[test]
    fn cuts_have_two_sides_and_an_end() {
        let mut wire = Wire::new(Weather::default(), 1);
        wire.cut(&[A], &[B], true);
        assert!(wire.carry(0, A, B, 1).is_empty() && wire.carry(0, B, A, 1).is_empty());
        wire.cut(&[B], &[A], false);
        assert_eq!(wire.carry(0, A, B, 1).len(), 1);
    }
}
