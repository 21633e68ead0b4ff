//! Who computes which part of the world: vertical strips on tile columns, and the planner that sizes them.
//!
//! The protocol speaks of rectangles; that they are strips is known only here.

pub(crate) mod seams;

use crate::api::PeerId;
use serde::{Deserialize, Serialize};
use sim_kernels::geom::{Rect, TILE_CELLS, WorldSize};

/// The most executors of a room.
pub const EXECUTORS_MAX: usize = 64;
/// Cells that information travels in a tick, as the kernels have it.
pub const HALO_CELLS_PER_TICK: i32 = sim_kernels::constants::HALO_TICK;
/// What a column costs with no particle in it, in particles, so that empty columns are shared out too.
const COLUMN_COST: u64 = 16;
/// How far, in columns, a seam may move from its balanced place towards a quieter one.
const SEAM_REACH: i32 = 2;
/// A new plan must cut the slowest strip's time to this share, in percent, to be worth a hand-over.
const GAIN_PERCENT: u64 = 85;

/// A strip of the world, in tile columns, half open, and who holds its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strip {
    /// Names the strip for as long as it exists: its borders may move, its holders may change.
    pub id: u32,
    /// Its executor: computes it and speaks for it.
    pub peer: PeerId,
    /// Computes the same, and speaks when the executor is late.
    pub stand_in: Option<PeerId>,
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
    /// Whether the strips cover the world's columns, each once, no name twice, and no stand-in is its strip's
    /// executor. A partition with no strips is valid: nobody computes.
    pub fn is_valid(&self, world: WorldSize) -> bool {
        let mut at = 0;
        let mut ids: Vec<u32> = self.strips.iter().map(|s| s.id).collect();
        ids.sort_unstable();
        self.strips.is_empty()
            || self.strips.len() <= EXECUTORS_MAX
                && self.strips.iter().all(|s| {
                    let fits = s.from == at && s.to > s.from && s.stand_in != Some(s.peer);
                    at = s.to;
                    fits
                })
                && i32::from(at) == world.tiles_x()
                && ids.windows(2).all(|w| w[0] != w[1])
    }

    /// The strip of this name.
    pub fn find(&self, id: u32) -> Option<&Strip> {
        self.strips.iter().find(|s| s.id == id)
    }

    /// The regions that a peer computes as their executor.
    pub fn regions(&self, peer: PeerId, world: WorldSize) -> impl Iterator<Item = Rect> + '_ {
        self.strips.iter().filter(move |s| s.peer == peer).map(move |s| s.rect(world))
    }

    /// The executors of the strips, left to right.
    pub fn executors(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.strips.iter().map(|s| s.peer)
    }

    /// Whether a peer is an executor.
    pub fn has(&self, peer: PeerId) -> bool {
        self.executors().any(|p| p == peer)
    }

    /// How many strips a peer executes.
    pub fn count(&self, peer: PeerId) -> usize {
        self.executors().filter(|&p| p == peer).count()
    }

    /// Whether a peer is executor or stand-in of the strip of this name.
    pub fn holds(&self, id: u32, peer: PeerId) -> bool {
        self.find(id).is_some_and(|s| s.is_held_by(peer))
    }

    /// Whether a peer holds any strip.
    pub fn holds_any(&self, peer: PeerId) -> bool {
        self.strips.iter().any(|s| s.is_held_by(peer))
    }

    /// A name that no strip has: the one after the last, or the first that is free where a leader used up the last.
    pub fn next_id(&self) -> u32 {
        let Some(last) = self.strips.iter().map(|s| s.id).max() else { return 0 };
        last.checked_add(1).or_else(|| (0..last).find(|&id| self.find(id).is_none())).unwrap_or(0)
    }

    /// The borders between the strips, in columns.
    pub fn seams(&self) -> Vec<u16> {
        self.strips.iter().skip(1).map(|s| s.from).collect()
    }
}

impl Strip {
    /// The strip in cells, as high as the world.
    pub fn rect(&self, world: WorldSize) -> Rect {
        Rect::new(i32::from(self.from) * TILE_CELLS, 0, i32::from(self.to) * TILE_CELLS, world.height)
    }

    /// Executor and stand-in.
    pub fn holders(&self) -> impl Iterator<Item = PeerId> + use<> {
        [Some(self.peer), self.stand_in].into_iter().flatten()
    }

    /// Whether a peer is executor or stand-in.
    pub fn is_held_by(&self, peer: PeerId) -> bool {
        self.peer == peer || self.stand_in == Some(peer)
    }

    /// How many columns.
    pub fn width(&self) -> u16 {
        self.to - self.from
    }
}

/// A region grown by the halo of `ticks`, clipped to the world.
pub fn padded(region: Rect, ticks: u32, world: WorldSize) -> Rect {
    region.grown(HALO_CELLS_PER_TICK * ticks as i32).intersect(world.rect())
}

/// Strips between borders, numbered from 0, without stand-ins.
fn strips(peers: &[PeerId], borders: impl IntoIterator<Item = u16>) -> Partition {
    let borders: Vec<u16> = borders.into_iter().collect();
    let strip = |(i, &peer): (usize, &PeerId)| Strip {
        id: i as u32,
        peer,
        stand_in: None,
        from: borders[i],
        to: borders[i + 1],
    };
    Partition { strips: peers.iter().enumerate().map(strip).collect() }
}

/// Equal numbers of columns, in the order given; with more executors than columns the last get none.
pub fn equal(peers: &[PeerId], world: WorldSize) -> Partition {
    let columns = world.tiles_x() as usize;
    let count = peers.len().min(columns).min(EXECUTORS_MAX);
    let cut = |i: usize| (columns * i / count.max(1)) as u16;
    strips(&peers[..count], (0..=count).map(cut))
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
    let mut borders = vec![0];
    let (mut from, mut at, mut done, mut speed_done) = (0, 0, 0u128, 0u128);
    for (i, &speed) in speeds.iter().enumerate() {
        speed_done += u128::from(speed);
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
        borders.push(to as u16);
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
    strips(&peers[..count], borders)
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
    fn a_new_strip_has_a_name_of_its_own_even_after_the_last_name() {
        let world = WorldSize::new(64, 64).unwrap();
        let mut plan = equal(&[PeerId(1), PeerId(2), PeerId(3)], world);
        assert_eq!(plan.next_id(), 3);
        plan.strips[1].id = u32::MAX;
        assert_eq!(plan.next_id(), 1);
        assert_eq!(Partition::default().next_id(), 0);
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
