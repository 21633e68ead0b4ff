//! Who is one too many: a strip is given to one more only where the room is not slower for it, and taken back where it
//! turned out to be.
//!
//! What is foreseen of a partition follows from what its members measured: how fast they compute, how long their links'
//! round trips are, and what these carry. A region's step begins at the latest of its own end before, and of its
//! neighbours' and the way of their bands; so a superstep of two neighbours takes, in the long run, the mean of what both
//! compute and that way, and the slowest such pair is the room's speed. Where that is within a superstep's time the way is
//! not felt at all.
//!
//! What is not foreseen, as loss, is found out: of a room that has become slower than before it gave somebody a strip, and of
//! one that lags behind its clock although its devices would not. Only rooms that follow a clock are looked at: by it alone is
//! told what fast enough is.

use super::cluster::ClusterView;
use super::decide::Decision;
use super::pace;
use super::places;
use crate::api::{Micros, PeerId};
use crate::notice::Announcement;
use crate::partition::seams::{REAL_TIME, traffic};
use crate::partition::{HALO_CELLS_PER_TICK, Partition, Strip, balanced};
use sim_kernels::geom::{TILE_CELLS, WorldSize};
use std::collections::VecDeque;

/// A room keeps its clock that does so much of what is due, in percent.
const KEEPS_PERCENT: u64 = 97;
/// Where it does not, one more must make it so much faster.
const MORE_PERCENT: u64 = 105;
/// And without one it must be foreseen to be so much faster than it is.
const FEWER_PERCENT: u64 = 115;
/// A room lags that does less than so much of what is due, for so long.
const LAGS_PERCENT: u64 = 95;
const LAGS_US: Micros = 6_000_000;
/// Bands that are on their way for less than this part of a superstep, in percent, slow nobody down.
const WAY_PERCENT: u64 = 25;
/// For so long it is looked at whether who was given a strip made the room slower than this share of what it did before.
const TRIAL_US: Micros = 60_000_000;
const TRIAL_PERCENT: u64 = 97;
/// Who is foreseen to be one too many is looked at again after this time.
const ENOUGH_US: Micros = 20_000_000;
/// Who turned out to be, after this one, and each time after twice as long.
const TAKEN_US: Micros = 180_000_000;

/// What the room does is told from so many supersteps and so much time at least: a single one is long in a room that lags much.
const STEPS_LEAST: u64 = 16;
/// And from no more than this time, in marks so far apart.
const MARKS_US: Micros = 20_000_000;
const MARK_US: Micros = 1_000_000;

/// How far the room was at a time.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Micros,
    step: u64,
    tick: u64,
}

/// Somebody who was given a strip, when, and how fast the room was, in thousandths of a tick a second, with how many
/// particles.
#[derive(Clone, Copy, Debug)]
struct Trial {
    who: PeerId,
    since: Micros,
    rate: u64,
    particles: u64,
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The last ones with these executors, and since when it lags.
    marks: VecDeque<Mark>,
    lags_since: Option<Mark>,
    trial: Option<Trial>,
}

impl Memory {
    /// The executors are others from now on.
    pub fn changed(&mut self) {
        self.marks.clear();
        self.lags_since = None;
    }
}

/// Who computes, each once.
pub(super) fn executors(plan: &Partition) -> Vec<PeerId> {
    let mut peers = Vec::new();
    for peer in plan.executors() {
        if !peers.contains(&peer) {
            peers.push(peer);
        }
    }
    peers
}

impl ClusterView<'_> {
    /// Whether who computes is chosen by what makes the room fast.
    fn chooses(&self) -> bool {
        !self.cfg.is_fast() && !self.cfg.equal_strips
    }

    /// What the room's clock asks for, in thousandths of a tick a second.
    fn clock(&self) -> u64 {
        self.tempo.ticks_a_second() * 1000
    }

    fn mark(&self, now: Micros) -> Mark {
        Mark { at: now, step: self.step, tick: self.tick }
    }

    /// What the room did since then, in the same unit; nothing where that is too little to tell.
    fn does(&self, since: Mark, now: Micros) -> Option<u64> {
        let (time, steps) = (now.saturating_sub(since.at), self.step.saturating_sub(since.step));
        // Another world may begin with another tick.
        let ticks = self.tick.checked_sub(since.tick).filter(|_| time >= LAGS_US && steps >= STEPS_LEAST)?;
        Some((ticks.saturating_mul(1_000_000_000) / time.max(1)).min(self.clock()))
    }

    /// Particles within reach beside a strip, on the average of the ticks of a superstep: as many as its border columns
    /// have, in cells that become fewer from tick to tick.
    fn beside(&self, plan: &Partition, i: usize, columns: &[u32], ticks: u32) -> u64 {
        let strip = &plan.strips[i];
        let cells = HALO_CELLS_PER_TICK as u64 * (u64::from(ticks) + 1) / 2;
        let left = (i > 0).then(|| usize::from(strip.from) - 1);
        let right = (i + 1 < plan.strips.len()).then_some(usize::from(strip.to));
        let column = |x: usize| columns.get(x).map_or(0, |&n| u64::from(n));
        [left, right].into_iter().flatten().map(|x| column(x) * cells / TILE_CELLS as u64).sum()
    }

    fn particles(strip: &Strip, columns: &[u32]) -> u64 {
        (strip.from..strip.to).map(|x| columns.get(usize::from(x)).map_or(0, |&n| u64::from(n))).sum()
    }

    /// Particle-ticks a second by which is foreseen what a room does: as measured, and of who computed nothing here yet as many as the
    /// others do on the average. What a device says of itself as it begins can be far off, and what it can do shows while it
    /// stands in. Where nobody did, what they said.
    fn shown_speeds(&self, peers: &[PeerId]) -> Vec<u64> {
        let measured: Vec<u64> = peers.iter().map(|p| self.people.get(p).map_or(0, |p| p.speed)).collect();
        let known: Vec<u64> = measured.iter().copied().filter(|&speed| speed > 0).collect();
        let Some(mean) = known.iter().sum::<u64>().checked_div(known.len() as u64) else { return self.speeds(peers) };
        measured.into_iter().map(|speed| if speed == 0 { mean } else { speed }).collect()
    }

    /// The same of somebody, with the particles beside its strip: what is measured counts the strip's own only.
    fn whole_speed(&self, peer: PeerId, speed: u64, columns: &[u32]) -> u64 {
        let strips = &self.partition.strips;
        let held =
            strips.iter().position(|s| s.peer == peer).or_else(|| strips.iter().position(|s| s.is_held_by(peer)));
        let is_measured = self.people.get(&peer).is_some_and(|p| p.speed > 0);
        let Some(i) = held.filter(|_| is_measured) else { return speed };
        let own = Self::particles(&strips[i], columns).max(1);
        let beside = self.beside(self.partition, i, columns, self.superstep_ticks.max(1));
        (u128::from(speed) * u128::from(own + beside) / u128::from(own)) as u64
    }

    /// How fast the room would go with this partition at most, by its clock, in thousandths of a tick a second.
    fn foreseen(&self, plan: &Partition, columns: &[u32], now: Micros) -> u64 {
        let held = self.columns();
        let bare = |s: &Strip| Strip { stand_in: None, ..*s };
        let plan = Partition { strips: plan.strips.iter().map(bare).collect() };
        let peers: Vec<PeerId> = plan.executors().collect();
        let shown = peers.iter().zip(self.shown_speeds(&peers));
        let speeds: Vec<u64> = shown.map(|(&peer, speed)| self.whole_speed(peer, speed, &held)).collect();
        let at = |ticks: u32| {
            let compute_us = |i: usize| {
                let all = Self::particles(&plan.strips[i], columns) + self.beside(&plan, i, columns, ticks);
                (all * u64::from(ticks)).saturating_mul(1_000_000).checked_div(speeds[i]).unwrap_or(0)
            };
            let times: Vec<u64> = (0..plan.strips.len()).map(compute_us).collect();
            let transfer_us = traffic(&plan, columns, ticks).into_iter().filter_map(|(from, to, bytes)| {
                let limit = u64::from(self.limit_on_route(from, to, now));
                (bytes * u64::from(ticks) * 1_000_000).checked_div(limit)
            });
            let transfer_us = transfer_us.max().unwrap_or(0);
            let pair = |(i, w): (usize, &[Strip])| {
                (times[i] + times[i + 1]) / 2
                    + pace::exchange_us(self.border_rtt_us(w[0].peer, w[1].peer))
                    + transfer_us
            };
            let pairs = plan.strips.windows(2).enumerate().map(pair).max().unwrap_or(0);
            let longest = times.iter().copied().max().unwrap_or(0).max(pairs).max(1);
            u64::from(ticks).saturating_mul(1_000_000_000) / longest
        };
        let lengths = pace::lengths(self.cfg, plan.strips.len());
        lengths.iter().map(|&ticks| at(ticks)).max().unwrap_or(0).min(self.clock())
    }

    /// Whether one who makes this of a partition would slow the room down, or be of little use to one that is behind: as the
    /// partitions are, or as they become while seams move.
    pub(super) fn would_be_slower(&self, new: &Partition, old: &Partition, columns: &[u32], now: Micros) -> bool {
        if !self.chooses() {
            return false;
        }
        let at_best = |plan: &Partition| {
            let peers = executors(plan);
            let later = balanced(&peers, &self.shown_speeds(&peers), columns, self.world);
            self.foreseen(plan, columns, now).max(self.foreseen(&later, columns, now))
        };
        let new = at_best(new);
        new * 100 < self.clock() * KEEPS_PERCENT && new * 100 < at_best(old) * MORE_PERCENT
    }

    /// Of those who may compute in a world that begins, as many as do not slow it down: the farthest watch.
    pub(super) fn enough(&self, peers: &[PeerId], world: WorldSize, columns: &[u32], now: Micros) -> Vec<PeerId> {
        let plan = |peers: &[PeerId]| balanced(peers, &self.shown_speeds(peers), columns, world);
        let (mut kept, mut left) = (peers.to_vec(), peers.to_vec());
        let mut most =
            if self.chooses() && peers.len() > 1 { self.foreseen(&plan(peers), columns, now) } else { u64::MAX };
        while most.saturating_mul(100) < self.clock() * KEEPS_PERCENT && left.len() > 1 {
            let Some(far) = self.farthest(&left) else { break };
            left.retain(|&p| p != far);
            let rate = self.foreseen(&plan(&left), columns, now);
            if rate * 100 > most * MORE_PERCENT {
                (most, kept) = (rate, left.clone());
            }
        }
        kept
    }

    /// The one whose links to the others are longest; of several the last.
    fn farthest(&self, peers: &[PeerId]) -> Option<PeerId> {
        let far = |p: PeerId| peers.iter().map(|&q| if p == q { 0 } else { self.border_rtt_us(p, q) }).sum::<u64>();
        peers.iter().copied().max_by_key(|&p| far(p))
    }

    /// Somebody is given a strip: whether that makes the room slower is looked at.
    pub(super) fn gave(&self, who: PeerId, memory: &mut Memory, now: Micros) {
        let Some(rate) = memory.marks.front().and_then(|&since| self.does(since, now)) else { return };
        let particles = self.columns().iter().map(|&n| u64::from(n)).sum();
        memory.trial = Some(Trial { who, since: now, rate, particles });
    }

    /// Whether a room that lags would do better without somebody: who is given that strip in the long run is remembered,
    /// and everyone is told.
    pub(super) fn look_for_one_too_many(
        &self,
        plan: &Partition,
        memory: &mut Memory,
        places: &mut places::Memory,
        now: Micros,
    ) -> Vec<Decision> {
        let peers = executors(plan);
        let Some(percent) = self.speed_percent.filter(|_| self.chooses() && !self.paused) else {
            memory.changed();
            return Vec::new();
        };
        if memory.marks.back().is_none_or(|last| now >= last.at + MARK_US) {
            memory.marks.push_back(self.mark(now));
        }
        memory.marks.retain(|mark| now < mark.at + MARKS_US);
        if peers.len() < 2 || u64::from(percent) >= LAGS_PERCENT * u64::from(self.tempo.percent()) / 100 {
            memory.lags_since = None;
            return Vec::new();
        }
        let since = *memory.lags_since.get_or_insert(self.mark(now));
        let Some(does) = self.does(since, now) else { return Vec::new() };
        // Links that carry too little are the order's matter (`leader/places.rs`).
        let fits = self.with_terms(&peers, &self.columns(), self.world, now, |terms| terms.link_rate(plan));
        if fits * 100 < self.clock().min(REAL_TIME) * KEEPS_PERCENT {
            return Vec::new();
        }
        memory.lags_since = None;
        let Some(who) = self.one_too_many(plan, &peers, memory.trial, does, now) else { return Vec::new() };
        memory.trial = None;
        if !places.give_up(plan, who, now) {
            return Vec::new();
        }
        places.keep_apart(who, now, TAKEN_US);
        vec![self.enough_compute(peers.len() - 1)]
    }

    fn one_too_many(
        &self,
        plan: &Partition,
        peers: &[PeerId],
        trial: Option<Trial>,
        does: u64,
        now: Micros,
    ) -> Option<PeerId> {
        let columns = self.columns();
        let without = |who: PeerId| {
            let fewer: Vec<PeerId> = peers.iter().copied().filter(|&p| p != who).collect();
            self.foreseen(&balanced(&fewer, &self.shown_speeds(&fewer), &columns, self.world), &columns, now)
        };
        let slower = |trial: &Trial| {
            let particles: u64 = columns.iter().map(|&n| u64::from(n)).sum();
            now < trial.since + TRIAL_US
                && peers.contains(&trial.who)
                && does * 100 < trial.rate.min(self.clock()) * TRIAL_PERCENT
                && particles * 100 <= trial.particles * MORE_PERCENT
                && without(trial.who) >= does
        };
        if let Some(trial) = trial.filter(slower) {
            return Some(trial.who);
        }
        let far = self.farthest(peers)?;
        let borders = plan.strips.windows(2).filter(|w| w.iter().any(|s| s.peer == far));
        let way_us = borders.map(|w| pace::exchange_us(self.border_rtt_us(w[0].peer, w[1].peer))).max()?;
        let superstep_us = u64::from(self.superstep_ticks.max(1)) * 1_000_000_000 / self.clock().max(1);
        let is_felt = way_us * 100 >= superstep_us * WAY_PERCENT;
        (is_felt && without(far) * 100 > does * FEWER_PERCENT).then_some(far)
    }

    /// Somebody gets no strip for now, since the room would be slower for it.
    pub(super) fn refuse(
        &self,
        who: PeerId,
        plan: &Partition,
        places: &mut places::Memory,
        now: Micros,
    ) -> Option<Decision> {
        places.refuse(who, now, ENOUGH_US).then(|| self.enough_compute(executors(plan).len()))
    }

    /// What everyone is told of it, where so many compute.
    fn enough_compute(&self, computing: usize) -> Decision {
        let others = self.roster.people.len().saturating_sub(computing) as u32;
        Decision::Announce(Announcement::EnoughCompute { computing: computing as u32, others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::testing::{Cluster, NOW, roles};

    /// Of so many with equal strips of 40 columns of 400 particles, a tick takes one alone so many microseconds.
    fn room(count: u128, alone_us: u64) -> Cluster {
        let mut cluster = Cluster::of(count).particles(|_| 400);
        for (a, b) in (1..=count).flat_map(|a| (1..a).map(move |b| (a, b))) {
            cluster = cluster.rtt(a, b, 1_000);
        }
        (1..=count).fold(cluster, |c, peer| c.speed(peer, 16_000 * 1_000_000 / alone_us))
    }

    fn far(count: u128, who: u128, rtt_us: u32, cluster: Cluster) -> Cluster {
        (1..=count).filter(|&p| p != who).fold(cluster, |c, p| c.rtt(p, who, rtt_us))
    }

    #[test]
    fn what_is_foreseen() {
        let foreseen = |cluster: Cluster| {
            let view = cluster.view();
            view.foreseen(view.partition, &view.columns(), NOW)
        };
        // Twice as much as one does in real time: two wait for their bands, too.
        assert_eq!(foreseen(room(1, 33_333)) / 100, 300);
        let two = foreseen(room(2, 33_333));
        assert!((54_000..55_000).contains(&two), "four ticks of 17.3 ms and 4.5 ms: {two}");
        assert_eq!(foreseen(room(2, 28_000)), 60_000);
        // The way is not felt where it is within a superstep's time.
        assert_eq!(foreseen(far(2, 2, 100_000, room(2, 16_666))), 60_000);
        let slow = foreseen(far(2, 2, 200_000, room(2, 16_666)));
        assert!((44_000..46_000).contains(&slow), "eight ticks of 9.2 ms and 104 ms: {slow}");
        // What a link carries in a second, two ticks need.
        assert!(foreseen(room(2, 1_000).limit(1, 2, 100_000)) < 59_000);
    }

    /// A software GPU that was measured while its page began said a hundredth of what it does.
    #[test]
    fn what_a_newcomer_says_of_its_speed_keeps_nobody_out() {
        let mut given =
            Cluster::of(2).joins(3).particles(|_| 400).speed(1, 16_000_000).speed(2, 16_000_000).calibrated(3, 1_000);
        for (a, b) in [(1, 2), (1, 3), (2, 3)] {
            given = given.rtt(a, b, 1_000);
        }
        let view = given.view();
        let plan = balanced(&[PeerId(1), PeerId(2), PeerId(3)], &[0; 3], &view.columns(), view.world);
        assert!(!view.would_be_slower(&plan, view.partition, &view.columns(), NOW));
        let slow = given.speed(3, 1_000);
        let view = slow.view();
        assert!(view.would_be_slower(&plan, view.partition, &view.columns(), NOW), "it is as slow as that");
    }

    #[test]
    fn a_world_begins_with_as_many_as_do_not_slow_it_down() {
        for (name, cluster, expected) in [
            ("all are near", room(3, 16_000), &[1, 2, 3][..]),
            ("one is far", far(3, 2, 300_000, room(3, 16_000)), &[1, 3]),
            ("nobody is near", far(3, 3, 300_000, far(3, 2, 300_000, room(3, 16_000))), &[1]),
            ("far, and much to compute", far(3, 2, 300_000, room(3, 480_000)), &[1, 2, 3]),
            (
                "no clock",
                far(3, 2, 300_000, room(3, 16_000)).configured(|c| c.pace = crate::api::Pace::Fast),
                &[1, 2, 3],
            ),
        ] {
            let view = cluster.view();
            let kept = view.enough(&view.lenders(), view.world, &view.columns(), NOW);
            assert_eq!(kept.iter().map(|p| p.0).collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn a_room_that_lags_does_without_one() {
        // It lags since then, and did as much as is said.
        let begins = |percent: u64, since| {
            let Mark { step, tick, .. } = room(3, 16_000).view().mark(NOW);
            let done = percent * 60 * LAGS_US / 100_000_000;
            Memory {
                lags_since: Some(Mark { at: since, step: step - STEPS_LEAST, tick: tick - done }),
                ..Memory::default()
            }
        };
        let lags = |percent| begins(percent, NOW - LAGS_US);
        let given = |who, rate, since, percent| {
            let trial = Trial { who: PeerId(who), since, rate, particles: 16_000 };
            Memory { trial: Some(trial), ..lags(percent) }
        };
        let away = |percent| far(3, 2, 60_000, room(3, 16_000)).does(percent);
        let said = vec![Decision::Announce(Announcement::EnoughCompute { computing: 2, others: 1 })];
        for (name, cluster, memory, goal) in [
            ("it keeps its clock", away(96), lags(96), None),
            ("not long enough", away(80), begins(80, NOW - LAGS_US + 1), None),
            ("the far one", away(80), lags(80), Some(&[1, 1, 3][..])),
            ("too little is gained", away(90), lags(90), None),
            ("all are near", room(3, 16_000).does(80), lags(80), None),
            ("it is much to compute", far(3, 2, 60_000, room(3, 40_000)).does(85), lags(85), None),
            ("slower since then", room(3, 16_000).does(90), given(3, 60_000, NOW - LAGS_US, 90), Some(&[1, 2, 2])),
            ("as slow as before", room(3, 16_000).does(90), given(3, 54_000, NOW - LAGS_US, 90), None),
            ("long ago", room(3, 16_000).does(90), given(3, 60_000, NOW - TRIAL_US, 90), None),
            ("others cannot", room(3, 40_000).does(85), given(3, 60_000, NOW - LAGS_US, 85), None),
        ] {
            let (view, mut memory, mut places) = (cluster.view(), memory, places::Memory::default());
            let decisions = view.look_for_one_too_many(view.partition, &mut memory, &mut places, NOW);
            let ids = places.goal().map(|g| g.iter().map(|p| p.0).collect::<Vec<_>>());
            assert_eq!(ids.as_deref(), goal, "{name}");
            assert_eq!(decisions, if goal.is_some() { said.clone() } else { vec![] }, "{name}");
            let who = goal.map(|g| (1..=3).find(|p| !g.contains(p)).expect("one has none"));
            assert!(who.is_none_or(|who| places.keeps_apart(PeerId(who), NOW + TAKEN_US - 1)), "{name}");
        }
        assert_eq!(roles(away(80).view().partition), "1/2 2/3 3/1");
    }
}
