//! Seams where links can carry them: what bands a partition sends over which link, how fast that lets the
//! room go, and a better partition where it is too slow.
//!
//! A plan's rate is the least of real time, what its slowest strip can compute, and what its tightest link can
//! carry. A seam that does not fit is moved, its owners change places, or its regions become one: whatever
//! lets the room go fastest.

use crate::api::PeerId;
use crate::codec::band::PARTICLE_BYTES;
use crate::partition::{HALO_CELLS_PER_TICK, Partition, balanced, known_speeds};
use sim_kernels::geom::{TILE_CELLS, WorldSize};

/// Bytes of a band beside its particles: heads of message, packet and transport.
pub(crate) const BAND_HEAD_BYTES: u64 = 100;
/// What bands may take of a link and of an uplink, in percent; the rest is for snapshots and views.
pub const BANDS_PERCENT: u64 = 60;
/// Real time, in thousandths of a tick a second.
pub const REAL_TIME: u64 = 60_000;
/// A seam moves by one column at a time up to here, and by a sixteenth of its range beyond.
const FINE_COLUMNS: i32 = 32;
/// The most exchanges of places that are tried.
const SWAPS_MAX: usize = 24;

/// What a plan is judged by.
pub struct Terms<'a> {
    /// Who may compute, in the order of their strips, all reaching each other.
    pub peers: &'a [PeerId],
    /// Particle-ticks a second of each; 0 when unknown.
    pub speeds: &'a [u64],
    /// Particles of each tile column.
    pub columns: &'a [u32],
    /// The world.
    pub world: WorldSize,
    /// Ticks in a superstep.
    pub ticks: u32,
    /// What a link carries from one to the other, in bytes a second; 0 when it was never found full.
    pub limit: &'a dyn Fn(PeerId, PeerId) -> u32,
}

/// Bytes a tick of all bands: from whom, to whom, how many.
pub fn traffic(plan: &Partition, columns: &[u32], ticks: u32) -> Vec<(PeerId, PeerId, u64)> {
    let ticks = ticks.max(1);
    let reach = i64::from(HALO_CELLS_PER_TICK) * i64::from(ticks);
    let tile = i64::from(TILE_CELLS);
    let columns_at = |x: i64| columns.get(x as usize).map_or(0, |&n| u64::from(n));
    let share = |n: u64, from: i64, to: i64| n * (to - from).max(0) as u64 / TILE_CELLS as u64;
    let within = |from: i64, to: i64| -> u64 {
        let columns = (from.max(0) / tile)..((to + tile - 1) / tile).min(columns.len() as i64);
        columns.map(|x| share(columns_at(x), (x * tile).max(from), ((x + 1) * tile).min(to))).sum()
    };
    let mut all = Vec::new();
    for (i, a) in plan.strips.iter().enumerate() {
        let held = (i64::from(a.from) * tile, i64::from(a.to) * tile);
        for (j, b) in plan.strips.iter().enumerate() {
            let padded = (i64::from(b.from) * tile - reach, i64::from(b.to) * tile + reach);
            let (from, to) = (held.0.max(padded.0), held.1.min(padded.1));
            if i != j && from < to {
                let bytes = within(from, to) * PARTICLE_BYTES + BAND_HEAD_BYTES;
                // The stand-in gets the same.
                let holders = b.holders().filter(|&h| h != a.peer);
                all.extend(holders.map(|h| (a.peer, h, bytes.div_ceil(u64::from(ticks)))));
            }
        }
    }
    all
}

impl Terms<'_> {
    /// Thousandths of a tick a second that the links allow, at most real time.
    pub fn link_rate(&self, plan: &Partition) -> u64 {
        let traffic = traffic(plan, self.columns, self.ticks);
        let allowed = |limit: u64, bytes: u64| limit * BANDS_PERCENT * 10 / bytes.max(1);
        let mut rate = REAL_TIME;
        for &(from, to, bytes) in &traffic {
            let limit = (self.limit)(from, to);
            if limit > 0 {
                rate = rate.min(allowed(u64::from(limit), bytes));
            }
        }
        // An uplink carries at least what its best link does; with a link that was never full it is unknown.
        for &peer in self.peers {
            let out = traffic.iter().filter(|t| t.0 == peer);
            let best = out.clone().map(|t| (self.limit)(peer, t.1)).map(u64::from);
            let known = best.clone().all(|limit| limit > 0);
            let sum: u64 = out.map(|t| t.2).sum();
            if known && sum > 0 {
                rate = rate.min(allowed(best.max().unwrap_or(0), sum));
            }
        }
        rate
    }

    /// Thousandths of a tick a second that the strips' own computing allows, at most real time.
    pub fn compute_rate(&self, plan: &Partition) -> u64 {
        let rate = |peer: PeerId, particles: u64| {
            let speed = self.peers.iter().position(|&p| p == peer).map_or(0, |i| self.speeds[i]);
            if speed == 0 { REAL_TIME } else { speed.saturating_mul(1000) / particles.max(1) }
        };
        plan.strips.iter().map(|s| rate(s.peer, self.particles(s.from, s.to))).min().unwrap_or(0).min(REAL_TIME)
    }

    /// The plan's rate, and how evenly it loads the devices (higher is better in both).
    pub fn worth(&self, plan: &Partition) -> (u64, u64) {
        let speeds = known_speeds(self.speeds);
        let slowest = plan.strips.iter().map(|s| {
            let speed = self.peers.iter().position(|&p| p == s.peer).map_or(1, |i| speeds[i]);
            (self.particles(s.from, s.to) + 1).saturating_mul(1 << 20) / speed
        });
        (self.link_rate(plan).min(self.compute_rate(plan)), u64::MAX - slowest.max().unwrap_or(u64::MAX))
    }

    /// Whether the links hold nothing back.
    pub fn fits(&self, plan: &Partition) -> bool {
        self.link_rate(plan) >= self.compute_rate(plan)
    }

    /// The best partition found: balanced where the links carry it, otherwise what lets the room go fastest.
    pub fn place(&self) -> Partition {
        let mut best = self.balanced(self.peers);
        if best.strips.len() < 2 || self.fits(&best) {
            return best;
        }
        best = self.moved(best);
        best = self.swapped(best);
        // Fewer executors, one at a time, as long as that makes the room faster.
        while best.strips.len() > 1 && !self.fits(&best) {
            let without = |gone: usize| {
                let kept: Vec<PeerId> = best.executors().enumerate().filter(|(i, _)| *i != gone).map(|p| p.1).collect();
                self.moved(self.balanced(&kept))
            };
            let Some(fewer) = (0..best.strips.len()).map(without).max_by_key(|plan| self.worth(plan)) else { break };
            if self.worth(&fewer).0 <= self.worth(&best).0 {
                break;
            }
            best = fewer;
        }
        best
    }

    /// Strips for exactly these peers in this order, their seams where the links carry them, if anywhere.
    pub fn in_order(&self) -> Partition {
        self.moved(self.balanced(self.peers))
    }

    fn balanced(&self, peers: &[PeerId]) -> Partition {
        let speed = |p: &PeerId| self.peers.iter().position(|q| q == p).map_or(0, |i| self.speeds[i]);
        let speeds: Vec<u64> = peers.iter().map(speed).collect();
        balanced(peers, &speeds, self.columns, self.world)
    }

    /// Each seam in turn where the plan is worth most.
    fn moved(&self, mut plan: Partition) -> Partition {
        for i in 1..plan.strips.len() {
            if self.fits(&plan) {
                break;
            }
            let (from, to) = (i32::from(plan.strips[i - 1].from) + 1, i32::from(plan.strips[i].to));
            let stride = if to - from <= FINE_COLUMNS { 1 } else { (to - from) / 16 };
            let at = |x: i32| {
                let mut other = plan.clone();
                other.strips[i - 1].to = x as u16;
                other.strips[i].from = x as u16;
                other
            };
            let places = (from..to).step_by(stride as usize).map(at);
            if let Some(better) = places.max_by_key(|p| self.worth(p))
                && self.worth(&better) > self.worth(&plan)
            {
                plan = better;
            }
        }
        plan
    }

    /// Whether a plan is faster, or as fast and a quarter more even.
    fn clearly(&self, new: &Partition, old: &Partition) -> bool {
        let (new, old) = (self.worth(new), self.worth(old));
        let slowest = |even: u64| u64::MAX - even;
        new.0 > old.0 || new.0 == old.0 && slowest(new.1) < slowest(old.1) / 4 * 3
    }

    /// Two owners with their places exchanged, where that is clearly worth more.
    fn swapped(&self, plan: Partition) -> Partition {
        let order: Vec<PeerId> = plan.executors().collect();
        let pairs = (0..order.len()).flat_map(|i| (i + 1..order.len()).map(move |j| (i, j)));
        let tried = pairs.take(SWAPS_MAX).map(|(i, j)| {
            let mut other = order.clone();
            other.swap(i, j);
            self.moved(self.balanced(&other))
        });
        match tried.max_by_key(|p| self.worth(p)) {
            Some(better) if self.clearly(&better, &plan) => better,
            _ => plan,
        }
    }

    fn particles(&self, from: u16, to: u16) -> u64 {
        (from..to).map(|x| self.columns.get(usize::from(x)).map_or(0, |&n| u64::from(n))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::equal;

    const FULL: u32 = 16 * 64 * 4;

    fn peers(n: u128) -> Vec<PeerId> {
        (1..=n).map(PeerId).collect()
    }

    fn place(columns: &[u32], speeds: &[u64], limit: &dyn Fn(PeerId, PeerId) -> u32) -> Partition {
        let world = WorldSize::new(columns.len() as i32 * 16, 64).unwrap();
        let peers = peers(speeds.len() as u128);
        let plan = Terms { peers: &peers, speeds, columns, world, ticks: 2, limit }.place();
        assert!(plan.is_valid(world), "{plan:?}");
        plan
    }

    fn between(a: u128, b: u128, bytes: u32) -> impl Fn(PeerId, PeerId) -> u32 {
        move |x, y| if (x.0, y.0) == (a, b) || (x.0, y.0) == (b, a) { bytes } else { 0 }
    }

    #[test]
    fn bands_are_reckoned_as_they_are_sent() {
        let world = WorldSize::new(640, 64).unwrap();
        let plan = equal(&peers(2), world);
        // Two ticks reach 24 cells, a column and a half.
        let list = traffic(&plan, &[FULL; 40], 2);
        let bytes = (u64::from(FULL) * 3 / 2 * PARTICLE_BYTES + BAND_HEAD_BYTES).div_ceil(2);
        assert_eq!(list, vec![(PeerId(1), PeerId(2), bytes), (PeerId(2), PeerId(1), bytes)]);
        // Strips narrower than the reach send past their neighbours.
        let narrow = equal(&peers(4), WorldSize::new(64, 64).unwrap());
        assert_eq!(traffic(&narrow, &[FULL; 4], 2).len(), 4 * 3 - 2);
    }

    #[test]
    fn wide_and_unknown_links_change_nothing() {
        let columns = [FULL; 40];
        let plain = balanced(&peers(3), &[1, 1, 1], &columns, WorldSize::new(640, 64).unwrap());
        assert_eq!(place(&columns, &[0, 0, 0], &|_, _| 0), plain);
        assert_eq!(place(&columns, &[0, 0, 0], &|_, _| 20_000_000), plain);
    }

    #[test]
    fn a_seam_moves_to_where_the_link_carries_it() {
        let mut columns = [FULL; 40];
        // A shallow stretch, away from the middle.
        columns[28..34].fill(40);
        let full = balanced(&peers(2), &[1, 1], &columns, WorldSize::new(640, 64).unwrap());
        assert!(full.strips[0].to < 26);
        let plan = place(&columns, &[0, 0], &between(1, 2, 200_000));
        assert!((30..=33).contains(&plan.strips[0].to), "{plan:?}");
    }

    #[test]
    fn owners_change_places_around_a_bad_link() {
        let plan = place(&[FULL; 40], &[0, 0, 0], &between(1, 2, 100_000));
        assert_eq!(plan.strips.len(), 3);
        assert_eq!(plan.strips[1].peer, PeerId(3), "{plan:?}");
    }

    #[test]
    fn regions_become_one_where_no_link_carries_a_seam() {
        let plan = place(&[FULL; 40], &[0, 0], &between(1, 2, 100_000));
        assert_eq!(plan.strips.len(), 1);
        // The one behind thin links drops out, not the others.
        let thin = |x: PeerId, y: PeerId| if x == PeerId(2) || y == PeerId(2) { 100_000 } else { 0 };
        let plan = place(&[FULL; 40], &[0, 0, 0], &thin);
        assert_eq!(plan.executors().collect::<Vec<_>>(), vec![PeerId(1), PeerId(3)]);
    }

    #[test]
    fn a_thin_uplink_counts_both_its_seams() {
        // Each of the two seams of the one in the middle fits alone.
        let one = traffic(&equal(&peers(2), WorldSize::new(640, 64).unwrap()), &[FULL; 40], 2)[0].2 * 60;
        let limit = (one * 100 / BANDS_PERCENT * 3 / 2) as u32;
        let narrow = |x: PeerId, _: PeerId| if x == PeerId(2) { limit } else { 0 };
        let plan = place(&[FULL; 40], &[0, 0, 0], &narrow);
        assert!(plan.strips.len() == 3 && plan.strips[1].peer != PeerId(2), "{plan:?}");
    }

    #[test]
    fn a_thin_link_is_still_used_where_computing_alone_is_slower() {
        // Together 24 ticks a second by computing, 20 by the link; alone 12.
        let particles = u64::from(FULL) * 40;
        let speed = particles * 12;
        let bytes = traffic(&equal(&peers(2), WorldSize::new(640, 64).unwrap()), &[FULL; 40], 2)[0].2;
        let limit = (bytes * 20 * 100 / BANDS_PERCENT) as u32;
        assert_eq!(place(&[FULL; 40], &[speed, speed], &between(1, 2, limit)).strips.len(), 2);
        assert_eq!(place(&[FULL; 40], &[speed, speed], &between(1, 2, limit / 3)).strips.len(), 1);
    }
}
