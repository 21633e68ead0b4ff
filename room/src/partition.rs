//! Who computes which part of the world: vertical strips on tile columns, and the planner that sizes them.
//!
//! The protocol speaks of rectangles; that they are strips is known only here.

use crate::api::PeerId;
use serde::{Deserialize, Serialize};
use sim_kernels::geom::{Rect, TILE_CELLS, WorldSize};

/// The most executors of a room.
pub const EXECUTORS_MAX: usize = 64;
/// Cells that information travels in a tick: 3 a substep, 4 substeps.
pub const HALO_CELLS_PER_TICK: i32 = 12;
/// What a column costs with no particle in it, in particles, so that empty columns are shared out too.
const COLUMN_COST: u64 = 16;
/// How far, in columns, a seam may move from its balanced place towards a quieter one.
const SEAM_REACH: i32 = 2;
/// A new plan must cut the slowest strip's time to this share, in percent, to be worth a hand-over.
const GAIN_PERCENT: u64 = 85;

/// One executor's strip, in tile columns, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strip {
    /// Who computes it.
    pub peer: PeerId,
    /// First column.
    pub from: u16,
    /// One past the last column.
    pub to: u16,
}

/// The whole world in strips, left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// Left to right, without gaps.
    pub strips: Vec<Strip>,
}

impl Partition {
    /// Whether the strips cover the world's columns, each once, with nobody twice. A partition with no strips
    /// is valid: nobody computes.
    pub fn is_valid(&self, world: WorldSize) -> bool {
        let mut at = 0;
        let mut peers: Vec<PeerId> = self.strips.iter().map(|s| s.peer).collect();
        peers.sort_unstable();
        self.strips.is_empty()
            || self.strips.len() <= EXECUTORS_MAX
                && self.strips.iter().all(|s| {
                    let fits = s.from == at && s.to > s.from;
                    at = s.to;
                    fits
                })
                && i32::from(at) == world.tiles_x()
                && peers.windows(2).all(|w| w[0] != w[1])
    }

    /// The region of a peer, if it has one.
    pub fn region(&self, peer: PeerId, world: WorldSize) -> Option<Rect> {
        self.strips.iter().find(|s| s.peer == peer).map(|s| s.rect(world))
    }

    /// Everyone who computes, left to right.
    pub fn executors(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.strips.iter().map(|s| s.peer)
    }

    /// Whether a peer computes.
    pub fn has(&self, peer: PeerId) -> bool {
        self.executors().any(|p| p == peer)
    }
}

impl Strip {
    /// The strip in cells, as high as the world.
    pub fn rect(&self, world: WorldSize) -> Rect {
        Rect::new(i32::from(self.from) * TILE_CELLS, 0, i32::from(self.to) * TILE_CELLS, world.height)
    }
}

/// A region grown by the halo of `ticks`, clipped to the world.
pub fn padded(region: Rect, ticks: u32, world: WorldSize) -> Rect {
    region.grown(HALO_CELLS_PER_TICK * ticks as i32).intersect(world.rect())
}

/// Equal numbers of columns, in the order given; with more executors than columns the last get none.
pub fn equal(peers: &[PeerId], world: WorldSize) -> Partition {
    let columns = world.tiles_x() as usize;
    let count = peers.len().min(columns).min(EXECUTORS_MAX);
    let cut = |i: usize| (columns * i / count.max(1)) as u16;
    Partition { strips: (0..count).map(|i| Strip { peer: peers[i], from: cut(i), to: cut(i + 1) }).collect() }
}

/// Strips sized by `speeds` (any unit, 0 counts as the mean of the others) over the particles of each column.
pub fn balanced(peers: &[PeerId], speeds: &[u64], columns: &[u32], world: WorldSize) -> Partition {
    let width = world.tiles_x();
    let count = peers.len().min(width as usize).min(EXECUTORS_MAX);
    if count == 0 || columns.len() != width as usize || speeds.len() != peers.len() {
        return equal(peers, world);
    }
    let speeds = known_speeds(&speeds[..count]);
    let cost = |x: i32| u64::from(columns[x as usize]) + COLUMN_COST;
    let total: u128 = (0..width).map(|x| u128::from(cost(x))).sum();
    let speed_total: u128 = speeds.iter().map(|&s| u128::from(s)).sum();
    let mut strips = Vec::with_capacity(count);
    let (mut from, mut at, mut done, mut speed_done) = (0, 0, 0u128, 0u128);
    for (i, &peer) in peers[..count].iter().enumerate() {
        speed_done += u128::from(speeds[i]);
        let left_after = (count - 1 - i) as i32;
        let target = total * speed_done / speed_total;
        while at < width - left_after && (at <= from || done + u128::from(cost(at)) / 2 < target) {
            done += u128::from(cost(at));
            at += 1;
        }
        let to = if left_after == 0 {
            width
        } else {
            let range = (at - SEAM_REACH).max(from + 1)..=(at + SEAM_REACH).min(width - left_after);
            let crossing = |x: i32| u64::from(columns[x as usize - 1]) + u64::from(columns[x as usize]);
            // A seam moves only where the traffic really falls, by an eighth a column.
            range
                .min_by_key(|&x| (crossing(x) * (8 + u64::from((x - at).unsigned_abs())), (x - at).abs()))
                .unwrap_or(at)
        };
        strips.push(Strip { peer, from: from as u16, to: to as u16 });
        while at < to {
            done += u128::from(cost(at));
            at += 1;
        }
        while at > to {
            at -= 1;
            done -= u128::from(cost(at));
        }
        from = to;
    }
    Partition { strips }
}

/// Whether `new` is worth a hand-over: it names other executors, or is quicker by a margin.
pub fn worth_it(old: &Partition, new: &Partition, peers: &[PeerId], speeds: &[u64], columns: &[u32]) -> bool {
    let mut now: Vec<PeerId> = old.executors().collect();
    let mut then: Vec<PeerId> = new.executors().collect();
    now.sort_unstable();
    then.sort_unstable();
    if now != then {
        return true;
    }
    let speeds = known_speeds(speeds);
    let slowest = |p: &Partition| {
        let time = |s: &Strip| {
            let particles: u64 =
                (s.from..s.to).map(|x| columns.get(usize::from(x)).map_or(0, |&n| u64::from(n)) + COLUMN_COST).sum();
            let speed = peers.iter().position(|&p| p == s.peer).map_or(1, |i| speeds[i]);
            particles.saturating_mul(1 << 20) / speed
        };
        p.strips.iter().map(time).max().unwrap_or(0)
    };
    slowest(new) < slowest(old) / 100 * GAIN_PERCENT
}

/// Speeds with the unknown ones guessed and the slow ones lifted, so that everyone gets something.
pub(crate) fn known_speeds(speeds: &[u64]) -> Vec<u64> {
    let known: Vec<u64> = speeds.iter().copied().filter(|&s| s > 0).collect();
    let mean = if known.is_empty() {
        1 << 20
    } else {
        known.iter().fold(0u64, |a, &s| a.saturating_add(s)) / known.len() as u64
    };
    // A slow one gets a column at least; a factor of 64 between the fastest and the slowest is enough.
    let top = speeds.iter().copied().max().unwrap_or(0).max(mean);
    speeds.iter().map(|&s| if s == 0 { mean } else { s.max(top / 64) }.clamp(1, 1 << 40)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(n: u128) -> Vec<PeerId> {
        (0..n).map(PeerId).collect()
    }

    #[test]
    fn plans_are_valid_whatever_the_load() {
        let mut seed = 1u32;
        let mut random = move |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % n
        };
        for _ in 0..2000 {
            let tiles = 1 + random(40) as i32;
            let world = WorldSize::new(tiles * 16, 64).unwrap();
            let peers = ids(u128::from(1 + random(12)));
            let columns: Vec<u32> = (0..tiles).map(|_| if random(3) == 0 { 0 } else { random(5000) }).collect();
            let speeds: Vec<u64> = peers.iter().map(|_| u64::from(random(4)) * u64::from(random(1_000_000))).collect();
            let plan = balanced(&peers, &speeds, &columns, world);
            assert!(plan.is_valid(world), "{plan:?} {tiles}");
            assert_eq!(plan.strips.len(), peers.len().min(tiles as usize));
            assert!(equal(&peers, world).is_valid(world));
        }
    }

    #[test]
    fn the_fast_get_more_and_seams_seek_quiet_columns() {
        let world = WorldSize::new(640, 64).unwrap();
        let mut columns = vec![1000; 40];
        let plan = balanced(&ids(2), &[3, 1], &columns, world);
        assert!((28..=32).contains(&plan.strips[0].to), "{plan:?}");
        columns[20] = 10;
        columns[21] = 10;
        assert_eq!(balanced(&ids(2), &[1, 1], &columns, world).strips[0].to, 21);
    }

    #[test]
    fn small_gains_are_not_worth_a_hand_over() {
        let world = WorldSize::new(640, 64).unwrap();
        let (peers, columns) = (ids(2), vec![1000; 40]);
        let old = equal(&peers, world);
        let near = Partition { strips: vec![Strip { to: 21, ..old.strips[0] }, Strip { from: 21, ..old.strips[1] }] };
        assert!(!worth_it(&near, &old, &peers, &[1, 1], &columns));
        let far = Partition { strips: vec![Strip { to: 35, ..old.strips[0] }, Strip { from: 35, ..old.strips[1] }] };
        assert!(worth_it(&far, &old, &peers, &[1, 1], &columns));
        assert!(worth_it(&old, &equal(&ids(3), world), &ids(3), &[1, 1, 1], &columns));
    }
}
