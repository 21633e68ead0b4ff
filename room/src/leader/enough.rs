//! Who is one too many: a strip is given to one more only where the room is not slower for it.
//!
//! What is foreseen of a partition follows from what its members measured: how fast they compute, how long their links'
//! round trips are, and what these carry. A region's step begins at the latest of its own end before, and of its
//! neighbours' and the way of their bands; so a superstep of two neighbours takes, in the long run, the mean of what both
//! compute and that way, and the slowest such pair is the room's speed. Where that is within a superstep's time the way is
//! not felt at all.
//!
//! What members say is believed no further than what the room does allows: strips and seams that it has go as fast as it
//! does, whatever their holders say of themselves, so that nobody keeps others out by being slow in words. Of a newcomer's
//! links the better of two figures counts, for the same reason; who is praised too much is found out (`super::trial`).
//!
//! Only rooms that follow a clock are looked at: by it alone is told what fast enough is.

use super::cluster::ClusterView;
use super::decide::Decision;
use super::pace;
use super::places;
use crate::api::{Micros, PeerId};
use crate::notice::Announcement;
use crate::partition::seams::traffic;
use crate::partition::{HALO_CELLS_PER_TICK, Partition, Strip, balanced};
use sim_kernels::geom::{TILE_CELLS, WorldSize};

/// A room keeps its clock that does so much of what is due, in percent.
pub(super) const KEEPS_PERCENT: u64 = 97;
/// Where it does not, one more must make it so much faster.
pub(super) const MORE_PERCENT: u64 = 105;
/// Who is foreseen to be one too many is looked at again after this time.
const ENOUGH_US: Micros = 20_000_000;

/// What a partition is judged by.
struct Judged<'a> {
    columns: &'a [u32],
    /// What the room does now, in thousandths of a tick a second, where that was measured.
    does: Option<u64>,
    now: Micros,
}

/// What computing a strip takes is reckoned from: its particles, and those within reach beside it.
fn particles(strip: &Strip, columns: &[u32]) -> u64 {
    (strip.from..strip.to).map(|x| columns.get(usize::from(x)).map_or(0, |&n| u64::from(n))).sum()
}

/// Particles within reach beside a strip, on the average of the ticks of a superstep: as many as its border columns
/// have, in cells that become fewer from tick to tick.
fn beside(plan: &Partition, i: usize, columns: &[u32], ticks: u32) -> u64 {
    let strip = &plan.strips[i];
    let cells = HALO_CELLS_PER_TICK as u64 * (u64::from(ticks) + 1) / 2;
    let left = (i > 0).then(|| usize::from(strip.from) - 1);
    let right = (i + 1 < plan.strips.len()).then_some(usize::from(strip.to));
    let column = |x: usize| columns.get(x).map_or(0, |&n| u64::from(n));
    [left, right].into_iter().flatten().map(|x| column(x) * cells / TILE_CELLS as u64).sum()
}

/// Particles that somebody computes in each tick of a superstep of this length.
fn load(plan: &Partition, peer: PeerId, columns: &[u32], ticks: u32) -> u64 {
    let own = plan.strips.iter().enumerate().filter(|(_, s)| s.peer == peer);
    own.map(|(i, s)| particles(s, columns) + beside(plan, i, columns, ticks)).sum()
}

impl ClusterView<'_> {
    /// Whether who computes is chosen by what makes the room fast.
    pub(super) fn chooses(&self) -> bool {
        !self.cfg.is_fast() && !self.cfg.equal_strips
    }

    /// What the room's clock asks for, in thousandths of a tick a second.
    pub(super) fn clock(&self) -> u64 {
        self.tempo.ticks_a_second() * 1000
    }

    /// Particle-ticks a second of somebody, with those beside its strip: what is measured counts the strip's own only.
    /// Who has a strip computes it as fast as the room goes at least.
    fn whole_speed(&self, peer: PeerId, held: &[u32], does: Option<u64>) -> u64 {
        let speed = self.speeds(&[peer])[0];
        let strips = &self.partition.strips;
        let one = strips.iter().position(|s| s.peer == peer).or_else(|| strips.iter().position(|s| s.is_held_by(peer)));
        let is_measured = self.people.get(&peer).is_some_and(|p| p.speed > 0);
        let ticks = self.superstep_ticks.max(1);
        let whole = one.filter(|_| is_measured).map_or(speed, |i| {
            let own = particles(&strips[i], held).max(1);
            let all = u128::from(own + beside(self.partition, i, held, ticks));
            (u128::from(speed) * all / u128::from(own)) as u64
        });
        let shown = load(self.partition, peer, held, ticks).saturating_mul(does.unwrap_or(0)) / 1000;
        // 0 is unknown.
        if whole == 0 { 0 } else { whole.max(shown) }
    }

    /// The round trip on the way that bands take between two, the shorter one of what both ends measured; 0 while neither
    /// has.
    fn least_rtt_us(&self, a: PeerId, b: PeerId) -> u64 {
        let ends = |(a, b): (PeerId, PeerId)| {
            let both = [self.says_rtt_us(a, b), self.says_rtt_us(b, a)];
            u64::from(both.into_iter().filter(|&us| us > 0).min().unwrap_or(0).min(pace::RTT_US_MAX))
        };
        self.hops(a, b).map(ends).sum()
    }

    /// Whether nobody has said yet how far somebody is from one of these.
    fn is_unknown(&self, peer: PeerId, mut others: impl Iterator<Item = PeerId>) -> bool {
        others.any(|other| other != peer && self.least_rtt_us(peer, other) == 0)
    }

    /// How long the bands of two neighbours are under way, as far as the room's own speed leaves it time: where they are
    /// neighbours now, they exchange within its supersteps.
    fn way_us(&self, (a, b): (PeerId, PeerId), compute_us: u64, does: Option<u64>) -> u64 {
        if a == b {
            return 0;
        }
        let beside = |w: &[Strip]| (w[0].peer, w[1].peer) == (a, b) || (w[1].peer, w[0].peer) == (a, b);
        let way = pace::exchange_us(self.least_rtt_us(a, b));
        match does.filter(|&does| does > 0 && self.partition.strips.windows(2).any(beside)) {
            Some(does) => {
                let superstep_us = u64::from(self.superstep_ticks.max(1)) * 1_000_000_000 / does;
                way.min(superstep_us.saturating_sub(compute_us))
            }
            None => way,
        }
    }

    /// How fast the room would go with this partition at most, by its clock, in thousandths of a tick a second.
    fn foreseen(&self, plan: &Partition, by: &Judged<'_>) -> u64 {
        let held = self.columns();
        let does = by.does.map(|does| does.min(self.clock()));
        let bare = |s: &Strip| Strip { stand_in: None, ..*s };
        let plan = Partition { strips: plan.strips.iter().map(bare).collect() };
        let speeds: Vec<u64> = plan.executors().map(|p| self.whole_speed(p, &held, does)).collect();
        // Links between those who compute already are the order's matter (`leader/places.rs`).
        let counts = |from: PeerId| does.is_none() || !self.partition.has(from);
        let at = |ticks: u32| {
            let compute_us = |(i, strip): (usize, &Strip)| {
                let all = load(&plan, strip.peer, by.columns, ticks) * u64::from(ticks);
                all.saturating_mul(1_000_000).checked_div(speeds[i]).unwrap_or(0)
            };
            let times: Vec<u64> = plan.strips.iter().enumerate().map(compute_us).collect();
            let transfer_us = traffic(&plan, by.columns, ticks).into_iter().filter_map(|(from, to, bytes)| {
                let limit = u64::from(self.limit_on_route(from, to, by.now));
                (bytes * u64::from(ticks) * 1_000_000).checked_div(limit).filter(|_| counts(from))
            });
            let transfer_us = transfer_us.max().unwrap_or(0);
            let pair = |(i, w): (usize, &[Strip])| {
                let compute_us = u64::midpoint(times[i], times[i + 1]);
                // At this length bands take as long as at the one in use.
                let now_us = compute_us * u64::from(self.superstep_ticks.max(1)) / u64::from(ticks);
                compute_us + self.way_us((w[0].peer, w[1].peer), now_us, does) + transfer_us
            };
            let pairs = plan.strips.windows(2).enumerate().map(pair).max().unwrap_or(0);
            let longest = times.iter().copied().max().unwrap_or(0).max(pairs).max(1);
            u64::from(ticks).saturating_mul(1_000_000_000) / longest
        };
        let lengths = pace::lengths(self.cfg, plan.strips.len());
        lengths.iter().map(|&ticks| at(ticks)).max().unwrap_or(0).min(self.clock())
    }

    /// How fast a room of these would go that has so many particles by column, with strips as large as they are fast.
    pub(super) fn foreseen_of(&self, peers: &[PeerId], columns: &[u32], does: Option<u64>, now: Micros) -> u64 {
        let plan = balanced(peers, &self.speeds(peers), columns, self.world);
        self.foreseen(&plan, &Judged { columns, does, now })
    }

    /// Whether one who makes this of a partition would slow the room down, or be of little use to one that is behind.
    pub(super) fn would_be_slower(&self, new: &Partition, old: &Partition, does: Option<u64>, now: Micros) -> bool {
        if !self.chooses() {
            return false;
        }
        let columns = self.columns();
        let by = Judged { columns: &columns, does, now };
        let new = self.foreseen(new, &by);
        let before = self.foreseen(old, &by).max(does.unwrap_or(0).min(self.clock()));
        new * 100 < self.clock() * KEEPS_PERCENT && new * 100 < before * MORE_PERCENT
    }

    /// Of those who may compute in a world that begins, as many as do not slow it down: those without whom it is fastest
    /// watch, the farthest first.
    pub(super) fn enough(&self, peers: &[PeerId], world: WorldSize, columns: &[u32], now: Micros) -> Vec<PeerId> {
        let rate = |peers: &[PeerId]| {
            let plan = balanced(peers, &self.speeds(peers), columns, world);
            self.foreseen(&plan, &Judged { columns, does: None, now })
        };
        let (mut kept, mut left) = (peers.to_vec(), peers.to_vec());
        let mut most = if self.chooses() && peers.len() > 1 { rate(peers) } else { u64::MAX };
        while most.saturating_mul(100) < self.clock() * KEEPS_PERCENT && left.len() > 1 {
            let without = |&gone: &PeerId| {
                let fewer: Vec<PeerId> = left.iter().copied().filter(|&p| p != gone).collect();
                (rate(&fewer), self.distance_to(gone, &left), fewer)
            };
            let Some((rate, _, fewer)) = left.iter().map(without).max_by_key(|w| (w.0, w.1)) else { break };
            if rate * 100 > most * MORE_PERCENT {
                (most, kept) = (rate, fewer.clone());
            }
            left = fewer;
        }
        kept
    }

    /// How far somebody is from all of these together.
    fn distance_to(&self, peer: PeerId, all: &[PeerId]) -> u64 {
        all.iter().map(|&other| if other == peer { 0 } else { self.least_rtt_us(peer, other) }).sum()
    }

    /// The one whose links to the others are longest; of several the last.
    pub(super) fn farthest(&self, peers: &[PeerId]) -> Option<PeerId> {
        peers.iter().copied().max_by_key(|&p| self.distance_to(p, peers))
    }

    /// Whether it is worth to wait a little until links are measured, before it is judged who is to compute with whom.
    pub(super) fn waits_for_figures(&self, peers: &[PeerId]) -> bool {
        self.chooses() && peers.iter().any(|&p| self.is_unknown(p, peers.iter().copied()))
    }

    /// The same of one newcomer and those who compute.
    pub(super) fn waits_for_figures_of(&self, newcomer: PeerId, plan: &Partition) -> bool {
        self.chooses() && self.is_unknown(newcomer, plan.executors())
    }

    /// Somebody gets no strip for now, since the room would be slower for it.
    pub(super) fn refuse(
        &self,
        who: PeerId,
        plan: &Partition,
        places: &mut places::Memory,
        now: Micros,
    ) -> Option<Decision> {
        let mut computing: Vec<PeerId> = plan.executors().collect();
        computing.sort_unstable();
        computing.dedup();
        let said = places.refuse(who, now, ENOUGH_US);
        said.then(|| self.says_enough(computing.len() as u32))
    }

    /// So many compute, and one more would not make the room faster.
    pub(super) fn says_enough(&self, computing: u32) -> Decision {
        let others = (self.roster.people.len() as u32).saturating_sub(computing);
        Decision::Announce(Announcement::EnoughCompute { computing, others })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::leader::testing::{Cluster, NOW};

    /// Of so many with equal strips of 40 columns of 400 particles, a tick takes one alone so many microseconds.
    pub fn room(count: u128, alone_us: u64) -> Cluster {
        let mut cluster = Cluster::of(count).particles(|_| 400);
        for (a, b) in (1..=count).flat_map(|a| (1..a).map(move |b| (a, b))) {
            cluster = cluster.rtt(a, b, 1_000);
        }
        (1..=count).fold(cluster, |c, peer| c.speed(peer, 16_000 * 1_000_000 / alone_us))
    }

    pub fn far(count: u128, who: u128, rtt_us: u32, cluster: Cluster) -> Cluster {
        (1..=count).filter(|&p| p != who).fold(cluster, |c, p| c.rtt(p, who, rtt_us))
    }

    fn foreseen(cluster: &Cluster, does: Option<u64>) -> u64 {
        let view = cluster.view();
        view.foreseen(view.partition, &Judged { columns: &view.columns(), does, now: NOW })
    }

    #[test]
    fn what_is_foreseen() {
        // Twice as much as one does in real time: two wait for their bands, too.
        assert_eq!(foreseen(&room(1, 33_333), None) / 100, 300);
        let two = foreseen(&room(2, 33_333), None);
        assert!((54_000..55_000).contains(&two), "four ticks of 17.3 ms and 4.5 ms: {two}");
        assert_eq!(foreseen(&room(2, 28_000), None), 60_000);
        // The way is not felt where it is within a superstep's time.
        assert_eq!(foreseen(&far(2, 2, 100_000, room(2, 16_666)), None), 60_000);
        let slow = foreseen(&far(2, 2, 200_000, room(2, 16_666)), None);
        assert!((44_000..46_000).contains(&slow), "eight ticks of 9.2 ms and 104 ms: {slow}");
        // What a link carries in a second, two ticks need.
        assert!(foreseen(&room(2, 1_000).limit(1, 2, 100_000), None) < 59_000);
        // Who holds two strips computes both.
        let twice = room(2, 33_333).roles(&[(1, 2), (2, 1), (2, 1)]).particles(|_| 400);
        let twice = foreseen(&twice, None);
        assert!((40_000..45_000).contains(&twice), "two thirds of 33 ms and their margins: {twice}");
    }

    #[test]
    fn what_a_room_does_is_believed_before_what_members_say() {
        let room = || room(3, 16_000);
        for (name, cluster) in [
            ("slow in words", room().speed(2, 1)),
            ("far in words", far(3, 2, 1_000_000, room())),
            ("thin in words", room().limit(2, 1, 1).limit(2, 3, 1)),
        ] {
            assert!(foreseen(&cluster, None) < 50_000, "{name}: nothing is known but words");
            assert!(foreseen(&cluster, Some(60_000)) > 59_000, "{name}: {}", foreseen(&cluster, Some(60_000)));
            let half = foreseen(&cluster, Some(30_000));
            assert!(half >= 29_900, "{name}: {half}");
        }
        // A way that the room's speed leaves no time for.
        let slow = foreseen(&far(3, 2, 60_000, room()), Some(60_000));
        assert!(slow > 59_000, "{slow}");
    }

    #[test]
    fn a_world_begins_with_as_many_as_do_not_slow_it_down() {
        let fast = |c: &mut crate::api::Config| c.pace = crate::api::Pace::Fast;
        for (name, cluster, expected) in [
            ("all are near", room(3, 16_000), &[1, 2, 3][..]),
            ("one is far", far(3, 2, 300_000, room(3, 16_000)), &[1, 3]),
            ("nobody is near", far(3, 3, 300_000, far(3, 2, 300_000, room(3, 16_000))), &[1]),
            ("far, and nobody else could", far(3, 2, 300_000, room(3, 160_000)), &[1, 2, 3]),
            ("no clock", far(3, 2, 300_000, room(3, 16_000)).configured(fast), &[1, 2, 3]),
            ("slow in words", room(3, 16_000).speed(3, 1), &[1, 2]),
            ("as slow as to be in the way", room(3, 30_000).speed(3, 20_000), &[1, 2]),
            ("fast in words", room(3, 16_000).speed(3, u64::MAX >> 20), &[1, 2, 3]),
        ] {
            let view = cluster.view();
            let kept = view.enough(&view.lenders(), view.world, &view.columns(), NOW);
            assert_eq!(kept.iter().map(|p| p.0).collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn a_large_room_is_judged_in_time() {
        let cluster = far(40, 7, 900_000, room(40, 160_000));
        let view = cluster.view();
        let kept = view.enough(&view.lenders(), view.world, &view.columns(), NOW);
        assert!(!kept.is_empty() && !kept.contains(&PeerId(7)), "{kept:?}");
    }

    /// Three who compute, and a fourth who might.
    fn fourth(rtt_us: u32, speed: u64) -> Cluster {
        let three = Cluster::of(3).joins(4).particles(|_| 400);
        let near = |c: Cluster, (a, b)| c.rtt(a, b, 1_000);
        let three = [(1, 2), (1, 3), (2, 3)].into_iter().fold(three, near);
        let all = (1..=3).fold(three, |c, peer| c.speed(peer, 1_000_000));
        far(4, 4, rtt_us, all.speed(4, speed))
    }

    /// Whether the fourth would be refused the second half of the last one's strip.
    fn is_slower(cluster: &Cluster, does: Option<u64>) -> bool {
        let view = cluster.view();
        let mut given = view.partition.clone();
        let last = given.strips[2];
        given.strips[2].to = 33;
        given.strips.push(Strip { id: given.next_id(), from: 33, peer: PeerId(4), ..last });
        view.would_be_slower(&given, view.partition, does, NOW)
    }

    #[test]
    fn nobody_who_makes_it_faster_is_kept_out_by_what_others_say() {
        for (name, cluster, does, refused) in [
            ("near", fourth(1_000, 1_000_000), Some(60_000), false),
            ("far", fourth(400_000, 1_000_000), Some(60_000), true),
            ("far: the room is so slow that it is some use", fourth(400_000, 1_000_000), Some(10_000), false),
            ("slow", fourth(1_000, 50_000), Some(60_000), true),
            ("just fast enough", fourth(1_000, 200_000), Some(60_000), false),
            ("its neighbour is slow in words", fourth(1_000, 1_000_000).speed(3, 1), Some(60_000), false),
            ("another is", fourth(1_000, 1_000_000).speed(1, 1), Some(60_000), false),
            ("they are far apart in words", fourth(1_000, 1_000_000).rtt(1, 2, 1_000_000), Some(60_000), false),
            ("its neighbour's uplink is thin in words", fourth(1_000, 1_000_000).uplink(3, 4, 1), Some(60_000), false),
            ("its own is thin", fourth(1_000, 1_000_000).uplink(4, 3, 1_000), Some(60_000), true),
            (
                "its neighbour says that it is far",
                fourth(1_000, 1_000_000).says_rtt(3, 4, 1_000_000),
                Some(60_000),
                false,
            ),
            ("another's words make the room look bad", fourth(400_000, 1_000_000).speed(1, 1), Some(60_000), true),
            ("nothing was measured", fourth(400_000, 1_000_000), None, true),
        ] {
            assert_eq!(is_slower(&cluster, does), refused, "{name}");
        }
    }
}
