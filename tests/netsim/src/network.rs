//! Links between nodes: what each does to datagrams, which are cut, and what was carried.

use crate::netem::{LINK_QUEUE_US, UPLINK_QUEUE_US};
use crate::{Micros, Netem, Rng};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// What became of datagrams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Arrived, or will.
    pub carried: u64,
    /// Lost by chance or in a full queue.
    pub lost: u64,
    /// Arrived twice.
    pub copied: u64,
    /// Stopped by a cut.
    pub cut: u64,
    /// Arrived with other bits.
    pub corrupted: u64,
}

/// The network's state. Nodes are named by `N`.
#[derive(Debug)]
pub struct Network<N> {
    /// Where nothing else is said.
    pub netem: Netem,
    /// From one node to another.
    pub links: BTreeMap<(N, N), Netem>,
    /// Everything that a node sends, in place of its links' own; its rate is that of one uplink for all links.
    pub nodes: BTreeMap<N, Netem>,
    /// Since when.
    cut: BTreeMap<(N, N), Micros>,
    busy: BTreeMap<(N, N), Micros>,
    uplinks: BTreeMap<N, u64>,
    rng: Rng,
    /// What became of all datagrams so far.
    pub counts: Counts,
}

impl<N: Copy + Ord + Debug> Network<N> {
    /// All links alike.
    pub fn new(netem: Netem, seed: u64) -> Self {
        Self {
            netem,
            links: BTreeMap::new(),
            nodes: BTreeMap::new(),
            cut: BTreeMap::new(),
            busy: BTreeMap::new(),
            uplinks: BTreeMap::new(),
            rng: Rng::new(seed, "wire"),
            counts: Counts::default(),
        }
    }

    /// Cuts the way from each of `a` to each of `b`, or mends it.
    pub fn cut_one_way(&mut self, now: Micros, a: &[N], b: &[N], cut: bool) {
        for (&x, &y) in a.iter().flat_map(|x| b.iter().map(move |y| (x, y))) {
            if cut {
                self.cut.entry((x, y)).or_insert(now);
            } else {
                self.cut.remove(&(x, y));
            }
        }
    }

    /// Cuts both ways between each of `a` and each of `b`, or mends them.
    pub fn cut(&mut self, now: Micros, a: &[N], b: &[N], cut: bool) {
        self.cut_one_way(now, a, b, cut);
        self.cut_one_way(now, b, a, cut);
    }

    /// Mends every cut.
    pub fn mend(&mut self) {
        self.cut.clear();
    }

    /// Whether nothing passes from one to the other.
    pub fn is_cut(&self, from: N, to: N) -> bool {
        self.cut.contains_key(&(from, to))
    }

    /// Since when one of two does not hear the other.
    pub fn cut_since(&self, a: N, b: N) -> Option<Micros> {
        [(a, b), (b, a)].iter().filter_map(|pair| self.cut.get(pair)).min().copied()
    }

    /// What the way from one to the other does to datagrams.
    pub fn between(&self, from: N, to: N) -> Netem {
        *self.nodes.get(&from).or_else(|| self.links.get(&(from, to))).unwrap_or(&self.netem)
    }

    /// When a datagram sent now arrives, and as what: never, once, or twice.
    pub fn carry(&mut self, now: Micros, from: N, to: N, bytes: Vec<u8>) -> Vec<(Micros, Vec<u8>)> {
        if self.is_cut(from, to) {
            self.counts.cut += 1;
            return Vec::new();
        }
        let netem = self.between(from, to);
        let Some(leaves) = self.leaves(now, from, to, bytes.len(), &netem) else {
            self.counts.lost += 1;
            return Vec::new();
        };
        let [first, again] = netem.arrivals(&mut self.rng, leaves);
        let Some(first) = first else {
            self.counts.lost += 1;
            return Vec::new();
        };
        let inbound = self.nodes.get(&to).map_or(0, |n| n.inbound_us);
        self.counts.carried += 1;
        let mut arrive = Vec::with_capacity(1);
        if let Some(again) = again {
            self.counts.copied += 1;
            arrive.push((again + inbound, bytes.clone()));
        }
        arrive.insert(0, (first + inbound, bytes));
        for (_, bytes) in &mut arrive {
            self.counts.corrupted += u64::from(netem.corrupt(&mut self.rng, bytes));
        }
        arrive
    }

    /// When the bottleneck has let a datagram through; nothing when its queue is full.
    fn leaves(&mut self, now: Micros, from: N, to: N, bytes: usize, netem: &Netem) -> Option<Micros> {
        if netem.bytes_per_s == 0 {
            return Some(now);
        }
        if self.nodes.contains_key(&from) {
            return uplink(self.uplinks.entry(from).or_default(), now, bytes, netem.bytes_per_s);
        }
        let busy = self.busy.entry((from, to)).or_default();
        let start = now.max(*busy);
        if start > now + LINK_QUEUE_US {
            return None;
        }
        *busy = start + bytes as u64 * 1_000_000 / netem.bytes_per_s;
        Some(*busy)
    }
}

/// When a datagram has left by an uplink that has nothing more to carry at `idle_ns`: small ones take no whole
/// microsecond. Nothing when its queue is full.
pub(crate) fn uplink(idle_ns: &mut u64, now: Micros, bytes: usize, bytes_per_s: u64) -> Option<Micros> {
    let Some(took) = (bytes as u64 * 1_000_000_000).checked_div(bytes_per_s) else { return Some(now) };
    let begins = (*idle_ns).max(now * 1000);
    if begins > (now + UPLINK_QUEUE_US) * 1000 {
        return None;
    }
    *idle_ns = begins + took;
    Some(idle_ns.div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: u32 = 1;
    const B: u32 = 2;

    #[test]
    fn bandwidth_delays_and_then_loses() {
        let mut net = Network::new(Netem { bytes_per_s: 1_000_000, ..Netem::default() }, 1);
        let arrivals: Vec<Micros> = (0..1000).flat_map(|_| net.carry(0, A, B, vec![0; 1000])).map(|a| a.0).collect();
        assert_eq!(arrivals[0], 1_000);
        assert_eq!(arrivals[99], 100_000);
        assert_eq!(arrivals.len() as u64, LINK_QUEUE_US / 1000 + 1);
        assert_eq!(net.carry(2_000_000, A, B, vec![0; 1000])[0].0, 2_001_000);
    }

    #[test]
    fn an_uplink_is_shared_by_all_links_of_a_node() {
        let mut net = Network::new(Netem::default(), 1);
        net.nodes.insert(A, Netem { bytes_per_s: 1_000_000, latency_us: 5, ..Netem::default() });
        net.nodes.insert(B, Netem { inbound_us: 70, ..Netem::default() });
        assert_eq!(net.carry(0, A, B, vec![0; 1000])[0].0, 1_075);
        assert_eq!(net.carry(0, A, 3, vec![0; 1000])[0].0, 2_005);
        assert_eq!(net.carry(0, 3, A, vec![0; 1000])[0].0, 0);
    }

    #[test]
    fn cuts_have_two_sides_and_an_end() {
        let mut net = Network::new(Netem::default(), 1);
        net.cut(7, &[A], &[B], true);
        assert!(net.carry(8, A, B, vec![0]).is_empty() && net.carry(8, B, A, vec![0]).is_empty());
        assert_eq!(net.cut_since(B, A), Some(7));
        net.cut_one_way(9, &[B], &[A], false);
        assert_eq!((net.carry(9, B, A, vec![0]).len(), net.carry(9, A, B, vec![0]).len()), (1, 0));
        net.mend();
        assert_eq!((net.carry(9, A, B, vec![0]).len(), net.counts.cut), (1, 3));
    }

    #[test]
    fn what_chance_does_is_as_announced_and_the_same_for_a_seed() {
        let netem =
            Netem { loss_ppm: 200_000, copy_ppm: 100_000, corrupt_ppm: 50_000, jitter_us: 900, ..Netem::default() };
        let run = |seed| {
            let mut net = Network::new(netem, seed);
            let got: Vec<_> = (0..10_000).flat_map(|now| net.carry(now, A, B, vec![0; 8])).collect();
            (got, net.counts)
        };
        let (got, counts) = run(3);
        assert_eq!((got.clone(), counts), run(3));
        assert_ne!(got, run(4).0);
        assert!((1_800..2_200).contains(&counts.lost) && (700..900).contains(&counts.copied), "{counts:?}");
        let changed = got.iter().filter(|g| g.1 != [0; 8]).count() as u64;
        assert!((350..550).contains(&changed) && changed <= counts.corrupted, "{changed} of {counts:?}");
    }
}
