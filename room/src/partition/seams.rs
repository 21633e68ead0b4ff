//! Seams where links can carry them: what bands a partition sends over which link, how fast that lets the
//! room go, and a better partition where it is too slow.
//!
//! A plan's rate is the least of real time, what its slowest strip can compute, and what its tightest link can
//! carry, at the length of supersteps for which that is most. A strip computes what is its own and, beside each seam, what lies
//! within the reach of a superstep; then it waits until the bands of the next have come. So a seam that does not fit is moved,
//! its owners change places, or its regions become one, and one more strip is not cut off where that would be slower: whatever
//! lets the room go fastest.

use crate::api::PeerId;
use crate::codec::band::PARTICLE_BYTES;
use crate::partition::{HALO_CELLS_PER_TICK, Partition, Strip, balanced, known_speeds};
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
    /// Particle-ticks a second of each, what lies beside its seams counted, too; 0 when unknown.
    pub speeds: &'a [u64],
    /// Particles of each tile column.
    pub columns: &'a [u32],
    /// The world.
    pub world: WorldSize,
    /// Ticks that a superstep may have, the least first.
    pub lengths: &'a [u32],
    /// What passes from the end of one's superstep until its bands are there at another, in microseconds.
    pub exchange_us: &'a dyn Fn(PeerId, PeerId) -> u64,
    /// What a link carries from one to the other, in bytes a second; 0 when it was never found full.
    pub limit: &'a dyn Fn(PeerId, PeerId) -> u32,
}

/// Particles between two columns of cells, as far as tile columns tell: those of a column lie evenly in it.
fn within(columns: &[u32], from: i64, to: i64) -> u64 {
    let tile = i64::from(TILE_CELLS);
    let share = |n: u64, from: i64, to: i64| n * (to - from).max(0) as u64 / TILE_CELLS as u64;
    let columns_at = |x: i64| columns.get(x as usize).map_or(0, |&n| u64::from(n));
    let all = (from.max(0) / tile)..((to + tile - 1) / tile).min(columns.len() as i64);
    all.map(|x| share(columns_at(x), (x * tile).max(from), ((x + 1) * tile).min(to))).sum()
}

/// The first and the last column of cells of what a strip computes in a superstep, beyond the world's edges, too.
fn padded(strip: &Strip, ticks: u32) -> [i64; 2] {
    let (tile, reach) = (i64::from(TILE_CELLS), i64::from(HALO_CELLS_PER_TICK) * i64::from(ticks));
    [i64::from(strip.from) * tile - reach, i64::from(strip.to) * tile + reach]
}

/// Particles that a strip computes in a superstep, its own and those within reach of them.
pub fn computed(strip: &Strip, columns: &[u32], ticks: u32) -> u64 {
    let [from, to] = padded(strip, ticks);
    within(columns, from, to)
}

/// Bytes a tick of all bands: from whom, to whom, how many.
pub fn traffic(plan: &Partition, columns: &[u32], ticks: u32) -> Vec<(PeerId, PeerId, u64)> {
    let ticks = ticks.max(1);
    let tile = i64::from(TILE_CELLS);
    let mut all = Vec::new();
    for (i, a) in plan.strips.iter().enumerate() {
        let held = [i64::from(a.from) * tile, i64::from(a.to) * tile];
        // Strips stand in order, so those within reach are a range.
        let first = plan.strips.partition_point(|b| padded(b, ticks)[1] <= held[0]);
        let end = plan.strips.partition_point(|b| padded(b, ticks)[0] < held[1]);
        for b in (first..end).filter(|&j| j != i).map(|j| &plan.strips[j]) {
            let [left, right] = padded(b, ticks);
            let bytes = within(columns, held[0].max(left), held[1].min(right)) * PARTICLE_BYTES + BAND_HEAD_BYTES;
            // The stand-in gets the same.
            let holders = b.holders().filter(|&h| h != a.peer);
            all.extend(holders.map(|h| (a.peer, h, bytes.div_ceil(u64::from(ticks)))));
        }
    }
    all
}

impl Terms<'_> {
    /// Thousandths of a tick a second that the links allow at the shortest supersteps, at most real time.
    pub fn link_rate(&self, plan: &Partition) -> u64 {
        self.link_rate_at(plan, self.lengths[0])
    }

    fn link_rate_at(&self, plan: &Partition, ticks: u32) -> u64 {
        let traffic = traffic(plan, self.columns, ticks);
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

    /// Thousandths of a tick a second that computing and waiting for bands allow, at most real time.
    fn compute_rate_at(&self, plan: &Partition, ticks: u32) -> u64 {
        let beside = |i: usize, j: usize| (self.exchange_us)(plan.strips[j].peer, plan.strips[i].peer);
        let rate = |(i, strip): (usize, &Strip)| {
            let speed = self.peers.iter().position(|&p| p == strip.peer).map_or(0, |i| self.speeds[i]);
            if speed == 0 {
                return REAL_TIME;
            }
            let compute_us = computed(strip, self.columns, ticks).max(1).saturating_mul(1_000_000) / speed;
            let left = i.checked_sub(1).map_or(0, |j| beside(i, j));
            let right = if i + 1 < plan.strips.len() { beside(i, i + 1) } else { 0 };
            1_000_000_000 / (compute_us + left.max(right) / u64::from(ticks)).max(1)
        };
        plan.strips.iter().enumerate().map(rate).min().unwrap_or(0).min(REAL_TIME)
    }

    /// What links and what computing allow, at the length of supersteps at which the lesser of both is most.
    fn rates(&self, plan: &Partition) -> [u64; 2] {
        let at = |&ticks: &u32| [self.link_rate_at(plan, ticks), self.compute_rate_at(plan, ticks)];
        let most = |best: [u64; 2], rates: [u64; 2]| if rates.iter().min() > best.iter().min() { rates } else { best };
        self.lengths.iter().map(at).reduce(most).unwrap_or([0; 2])
    }

    /// Thousandths of a tick a second at which a plan lets the room go, at most real time.
    pub fn rate(&self, plan: &Partition) -> u64 {
        let [links, computing] = self.rates(plan);
        links.min(computing)
    }

    /// The plan's rate, and how evenly it loads the devices (higher is better in both).
    pub fn worth(&self, plan: &Partition) -> (u64, u64) {
        let speeds = known_speeds(self.speeds);
        let slowest = plan.strips.iter().map(|s| {
            let speed = self.peers.iter().position(|&p| p == s.peer).map_or(1, |i| speeds[i]);
            (self.particles(s.from, s.to) + 1).saturating_mul(1 << 20) / speed
        });
        (self.rate(plan), u64::MAX - slowest.max().unwrap_or(u64::MAX))
    }

    /// Whether the links hold nothing back.
    pub fn fits(&self, plan: &Partition) -> bool {
        let [links, computing] = self.rates(plan);
        links >= computing
    }

    /// The best partition found: balanced where the links carry it, otherwise what lets the room go fastest.
    pub fn place(&self) -> Partition {
        let mut best = self.balanced(self.peers);
        if best.strips.len() < 2 || self.rate(&best) >= REAL_TIME {
            return best;
        }
        if !self.fits(&best) {
            best = self.moved(best);
            best = self.swapped(best);
        }
        // Fewer executors, one at a time, as long as that makes the room faster.
        while best.strips.len() > 1 && self.rate(&best) < REAL_TIME {
            let without = |gone: usize| {
                let kept: Vec<PeerId> = best.executors().enumerate().filter(|(i, _)| *i != gone).map(|p| p.1).collect();
                self.balanced(&kept)
            };
            let fewer = (0..best.strips.len()).map(without).max_by_key(|plan| self.worth(plan));
            let Some(fewer) = fewer.map(|plan| self.moved(plan)) else { break };
            if self.rate(&fewer) <= self.rate(&best) {
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
        let terms = Terms { peers: &peers, speeds, columns, world, lengths: &[2], exchange_us: &|_, _| 0, limit };
        let plan = terms.place();
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

    /// The rate of a plan of equal strips, at real time's most.
    fn rate(columns: &[u32], count: u128, speed: u64, lengths: &[u32], exchange_us: u64) -> u64 {
        let world = WorldSize::new(columns.len() as i32 * 16, 64).unwrap();
        let (peers, speeds) = (peers(count), vec![speed; count as usize]);
        let (exchange_us, limit) = (|_, _| exchange_us, |_, _| 0);
        let terms =
            Terms { peers: &peers, speeds: &speeds, columns, world, lengths, exchange_us: &exchange_us, limit: &limit };
        terms.rate(&equal(&peers, world))
    }

    #[test]
    fn a_strip_computes_what_is_within_reach_and_waits_for_bands() {
        let columns = [FULL; 40];
        let all = u64::from(FULL) * 40;
        // Alone it waits for nobody.
        assert_eq!(rate(&columns, 1, all * 12, &[2], 1_000_000), 12_000);
        // Of two each computes a column and a half more than its 20.
        assert_eq!(rate(&columns, 2, all * 12, &[2], 0) / 10, 2_232, "24 ticks a second, times 20 of 21.5");
        // It waits for bands once in a superstep, and computes more in a longer one.
        let at = |ticks: &[u32]| rate(&columns, 2, all * 12, ticks, 100_000);
        assert!(at(&[2]) < 11_000 && at(&[8]) > 14_000, "{} {}", at(&[2]), at(&[8]));
        assert_eq!(at(&[2, 4, 6, 8]), [2, 4, 6, 8].map(|ticks| at(&[ticks])).into_iter().max().unwrap());
    }

    #[test]
    fn more_strips_are_not_made_where_that_is_slower() {
        // A column a strip: each would compute three and more.
        let narrow = [FULL; 4];
        let speed = u64::from(FULL) * 4 * 12;
        let plan = |speed, exchange_us: u64| {
            let world = WorldSize::new(64, 64).unwrap();
            let (peers, exchange_us) = (peers(2), |_, _| exchange_us);
            let speeds = [speed; 2];
            let lengths = [2, 4];
            let limit = |_, _| 0;
            let columns = &narrow;
            Terms {
                peers: &peers,
                speeds: &speeds,
                columns,
                world,
                lengths: &lengths,
                exchange_us: &exchange_us,
                limit: &limit,
            }
            .place()
            .strips
            .len()
        };
        assert_eq!(plan(speed, 1_000), 2, "three and a half columns are fewer than four");
        assert_eq!(plan(speed, 100_000), 1, "but not where each superstep waits so long");
        assert_eq!(plan(speed * 100, 1_000), 2, "in real time nothing is gained by fewer");
    }
}
