//! Checks from outside: one machine computes the committed log too, and whatever the room says is held against it.

use crate::kernel::Make;
use crate::reference::History;
use crate::returns::{Case, Fault, Faults, Whom, Why};
use room::api::{Committed, Event, Micros, PeerId, Status};
use room::notice::{Announcement, Notice};
use room::save::{self, Save};
use sim_kernels::digest::Digest;
use sim_kernels::geom::Rect;
use sim_kernels::scene::Scene;
use std::collections::{BTreeMap, BTreeSet};

/// What is checked in every run.
pub struct Checks {
    scene: Scene,
    make: Make,
    histories: BTreeMap<u64, History>,
    /// By lineage: the one that it goes on from.
    parents: BTreeMap<u64, u64>,
    /// By peer: its lineage, and the step that it should be told next.
    told: BTreeMap<PeerId, (u64, u64)>,
    /// The first thing that was wrong.
    pub violation: Option<String>,
    /// Digests that were compared with the reference.
    pub compared: u64,
    /// Steps that the room committed.
    pub committed: u64,
    newest_tick: u64,
    /// Saves by their names, and the newest one's file.
    saves: BTreeMap<Digest, Save>,
    newest_save: Option<Vec<u8>>,
    opened: u64,
    /// When the frontier last moved.
    pub moved_at: Micros,
    /// What was injected so far.
    faults: Faults,
    /// Why rooms went back to a checkpoint or to the scene, and how often.
    pub returns: BTreeMap<Why, u64>,
    /// By peer: since when it is in its history without a gap; who joins again has no state of it.
    joined: BTreeMap<PeerId, Micros>,
    /// By peer: whom it takes to be in the room, and the tick that all strips had reached.
    seen: BTreeMap<PeerId, (BTreeSet<PeerId>, u64)>,
    /// By peer: whom it follows. And when it last did so, of those whom it followed before.
    leaders: BTreeMap<PeerId, PeerId>,
    followed: BTreeMap<(PeerId, PeerId), Micros>,
    /// Digests that were told of ticks of which no log told yet: compared once one does.
    early: BTreeSet<(u64, u32, u64)>,
    /// The same of saves, with who made them when.
    early_saves: Vec<(Micros, PeerId, u64, Digest)>,
    /// A replica was corrupted: what the room computes may be wrong from here on. As long as faults go on, a leader may
    /// even tell what a strip's executor has, and its successor what the stand-in has; then it must be one world.
    corrupted: bool,
    /// Somebody else had the same part, with whom the room can compare it.
    compared_replica: bool,
    noticed: bool,
    calm: bool,
    /// When a participant last lost its link to another.
    lost: BTreeMap<(PeerId, PeerId), Micros>,
    /// By participant: all histories in which it was.
    been: BTreeMap<PeerId, BTreeSet<u64>>,
    /// Ticks of which two worlds were told in a run with a corrupted replica.
    pub split: u64,
    /// What was first told of an epoch's tick in a lineage.
    said: BTreeMap<(u64, u32, u64), Digest>,
}

impl Checks {
    /// For a room that opens with this scene, and the kernel that everyone has.
    pub fn new(scene: Scene, make: Make) -> Self {
        Self {
            scene,
            make,
            histories: BTreeMap::new(),
            parents: BTreeMap::new(),
            told: BTreeMap::new(),
            violation: None,
            compared: 0,
            committed: 0,
            newest_tick: 0,
            saves: BTreeMap::new(),
            newest_save: None,
            opened: 0,
            moved_at: 0,
            faults: Faults::default(),
            returns: BTreeMap::new(),
            joined: BTreeMap::new(),
            seen: BTreeMap::new(),
            leaders: BTreeMap::new(),
            followed: BTreeMap::new(),
            early: BTreeSet::new(),
            early_saves: Vec::new(),
            corrupted: false,
            compared_replica: false,
            noticed: false,
            calm: false,
            lost: BTreeMap::new(),
            been: BTreeMap::new(),
            split: 0,
            said: BTreeMap::new(),
        }
    }

    /// A participant is no more.
    pub fn gone(&mut self, now: Micros, peer: PeerId, kind: &'static str) {
        self.told.remove(&peer);
        self.seen.remove(&peer);
        self.fault(Fault { kind, hard: true, from: now, until: Micros::MAX, whom: Whom::One(peer) });
    }

    /// Something was injected.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// What was injected so far.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter()
    }

    /// A replica computes a region wrongly from here on.
    pub fn corrupted(&mut self, peer: PeerId, region: Rect) {
        self.corrupted = true;
        let told = self.told.get(&peer).and_then(|t| self.histories.get(&t.0)?.steps.get(&t.1.checked_sub(1)?));
        let here = told.and_then(|(_, step)| step.regions.iter().find(|r| r.rect == region));
        let other = here.and_then(|r| [Some(r.executor), r.stand_in].into_iter().flatten().find(|&p| p != peer));
        self.compared_replica |= other.is_some_and(|other| self.told.contains_key(&other));
    }

    /// Whether somebody else had the same part of the world as one whose replica computed wrongly.
    pub fn has_compared_replica(&self) -> bool {
        self.compared_replica
    }

    /// A participant lost its link to another.
    pub fn link_lost(&mut self, now: Micros, peer: PeerId, other: PeerId) {
        self.lost.insert((peer, other), now);
    }

    /// Somebody was told that two devices differ: then the room may have two worlds, of the strip's holders.
    pub fn noticed(&mut self) {
        self.noticed = true;
    }

    /// Whether somebody was told so.
    pub fn was_noticed(&self) -> bool {
        self.noticed
    }

    /// There are no more faults.
    pub fn calms_down(&mut self) {
        self.calm = true;
        if self.corrupted {
            self.said.clear();
        }
    }

    /// Whether a replica computed wrongly.
    pub fn is_corrupted(&self) -> bool {
        self.corrupted
    }

    /// The run is over: whatever was told of the world must be in some log by now.
    pub fn end(&mut self, now: Micros) {
        // What was saved of a history that cannot be computed cannot be compared; nothing else is excused.
        let blind = |peer: &PeerId| {
            let been = self.been.get(peer).into_iter().flatten();
            been.filter_map(|lineage| self.histories.get(lineage)).any(History::is_blind)
        };
        if let Some(&(at, peer, tick, digest)) = self.early_saves.iter().find(|s| !self.corrupted && !blind(&s.1)) {
            let at = at as f64 / 1e6;
            let words = format!("peer {} made a save of another world at {at:.3} s: {digest} at tick {tick}", peer.0);
            self.wrong(now, words);
        }
    }

    /// Histories that cannot be compared, since nobody was told of their beginning.
    pub fn blind(&self) -> usize {
        self.histories.values().filter(|h| h.is_blind()).count()
    }

    /// Digests that were told of ticks of which no log ever told.
    pub fn missed(&self) -> u64 {
        self.early.len() as u64
    }

    /// The newest tick that all strips had reached.
    pub fn tick(&self) -> u64 {
        self.newest_tick
    }

    /// How many particles there are, in the history that has the most.
    pub fn particles(&self) -> u64 {
        self.histories.values().filter_map(History::particles).max().unwrap_or(0)
    }

    /// The most particles that there ever were.
    pub fn particles_most(&self) -> u64 {
        self.histories.values().map(History::particles_most).max().unwrap_or(0)
    }

    /// What one machine has at a tick of a lineage, once that is committed.
    pub fn reference(&self, lineage: u64, epoch: u32, tick: u64) -> Option<(Digest, u64)> {
        self.histories.get(&lineage)?.end(epoch, tick)
    }

    /// The lineage in which a participant is.
    pub fn lineage(&self, peer: PeerId) -> Option<u64> {
        self.told.get(&peer).map(|t| t.0)
    }

    /// A lineage's log, with the time at which each step was first told. It is gone from here then.
    pub fn take_log(&mut self, lineage: u64) -> impl Iterator<Item = (Micros, Committed)> + use<> {
        let steps = self.histories.get_mut(&lineage).map(|h| std::mem::take(&mut h.steps)).unwrap_or_default();
        steps.into_values()
    }

    /// How many histories there were.
    pub fn lineages(&self) -> usize {
        self.histories.len()
    }

    /// A lineage and the one that it goes on from; more where nobody was told of those between.
    fn parents_of(&self, lineage: u64) -> Vec<u64> {
        let mut all = vec![lineage];
        while let Some(&parent) = all.last().and_then(|l| self.parents.get(l)).filter(|p| !all.contains(p)) {
            all.push(parent);
            if self.told.values().any(|told| told.0 == parent) {
                break;
            }
        }
        all
    }

    /// The newest save that anybody made.
    pub fn newest_save(&self) -> Option<Vec<u8>> {
        self.newest_save.clone()
    }

    /// How many saves were made, and how often a history went on from one.
    pub fn saves(&self) -> [u64; 2] {
        [self.saves.len() as u64, self.opened]
    }

    fn wrong(&mut self, now: Micros, words: String) {
        if self.violation.is_none() {
            self.violation = Some(format!("at {:.3} s: {words}", now as f64 / 1e6));
        }
    }

    /// What a participant was told, and whom of the others it is linked to.
    pub fn event(&mut self, now: Micros, peer: PeerId, event: &Event, linked: impl Fn(PeerId) -> bool) {
        match event {
            Event::Committed(committed) => self.committed(now, peer, committed, linked),
            Event::Status(status) => self.status(now, peer, status),
            Event::Saved(bytes) => self.saved(now, peer, bytes),
            Event::Notice(Notice::Announced(Announcement::WorldsDiffer)) => self.noticed(),
            _ => {}
        }
    }

    fn committed(&mut self, now: Micros, peer: PeerId, committed: &Committed, linked: impl Fn(PeerId) -> bool) {
        if let Some(problem) = partition_problem(&self.scene, committed) {
            self.wrong(now, format!("step {}: {problem}", committed.step));
        }
        // In order, unless it began again from the log's state.
        let before = self.told.get(&peer).copied();
        if let Some((lineage, next)) = before
            && committed.step < next
            && lineage == committed.lineage
        {
            self.wrong(now, format!("peer {} was told step {} after {}", peer.0, committed.step, next - 1));
        }
        self.told.insert(peer, (committed.lineage, committed.step + 1));
        self.been.entry(peer).or_default().insert(committed.lineage);
        if !self.histories.contains_key(&committed.lineage) {
            self.new_history(committed, before.filter(|b| b.1 == committed.step).map(|b| b.0));
        }
        let parents = self.parents_of(committed.lineage);
        let here = |lineage| parents.contains(&lineage);
        // A history that goes on as another does so at the next step.
        let follows = |lineage, next| committed.step == next && here(lineage);
        if before.is_none_or(|(lineage, next)| {
            committed.step > next || lineage != committed.lineage && !follows(lineage, next)
        }) {
            self.joined.insert(peer, now);
        }
        let Some(history) = self.histories.get_mut(&committed.lineage) else { return };
        match history.steps.get(&committed.step) {
            Some((_, first)) if !same(first, committed) => {
                let words = format!("two logs: step {} is {first:?} and {committed:?}", committed.step);
                self.wrong(now, words);
            }
            Some(_) => {}
            None => {
                self.committed += 1;
                let asked = committed.returns.is_some_and(|returns| returns.asked);
                if committed.begins && committed.save.is_none() && !asked && !history.steps.is_empty() {
                    self.went_back(now, peer, committed, linked);
                }
                self.opened += u64::from(committed.save.is_some());
                let Some(history) = self.histories.get_mut(&committed.lineage) else { return };
                history.steps.insert(committed.step, (now, committed.clone()));
                if let Err(words) = history.extend(&self.scene, &self.saves) {
                    self.wrong(now, words);
                }
                self.compare_early(now, committed.lineage);
            }
        }
    }

    /// A fork has its parent's steps up to here. Of a parent in which no step was new nobody was told: then it is the
    /// history from which the peer that tells came.
    fn new_history(&mut self, committed: &Committed, come_from: Option<u64>) {
        if !self.histories.contains_key(&committed.parent)
            && committed.parent != committed.lineage
            && let Some((from, history)) = come_from.and_then(|from| Some((from, self.histories.get(&from)?)))
            && history.leads_to(committed)
        {
            let history = history.fork(committed.step);
            self.histories.insert(committed.parent, history);
            self.parents.insert(committed.parent, from);
        }
        let parent = self.histories.get(&committed.parent);
        let history = parent.map_or_else(|| History::new(self.make), |h| h.fork(committed.step));
        self.histories.insert(committed.lineage, history);
        self.parents.insert(committed.lineage, committed.parent);
    }

    /// Compares what was told before this log told of it.
    fn compare_early(&mut self, now: Micros, lineage: u64) {
        let told: Vec<_> = self.early.range((lineage, 0, 0)..=(lineage, u32::MAX, u64::MAX)).copied().collect();
        for key in told {
            if let Some((reference, _)) = self.reference(key.0, key.1, key.2) {
                self.early.remove(&key);
                self.compare(now, key, reference);
            }
        }
        let Some(history) = self.histories.get(&lineage) else { return };
        self.early_saves.retain(|&(_, _, tick, digest)| !history.ends_at(tick).any(|d| d == digest));
    }

    /// What was told of a tick is what one machine has.
    fn compare(&mut self, now: Micros, key: (u64, u32, u64), reference: Digest) {
        self.compared += 1;
        let Some(&digest) = self.said.get(&key).filter(|d| **d != reference) else { return };
        if !self.corrupted {
            let (_, epoch, tick) = key;
            self.wrong(now, format!("the room has {digest} at tick {tick} of epoch {epoch}, one machine {reference}"));
        }
    }

    /// A room goes back to a checkpoint, or to the scene: why?
    fn went_back(&mut self, now: Micros, decider: PeerId, committed: &Committed, linked: impl Fn(PeerId) -> bool) {
        let Some(history) = self.histories.get(&committed.lineage) else { return };
        let (seen, parents) = (self.seen.get(&decider), self.parents_of(committed.lineage));
        let elsewhere: BTreeSet<PeerId> = self
            .told
            .iter()
            .filter(|&(&peer, told)| {
                // Who stays where the decider's history has left its own is told of other steps there.
                let goes_along = |theirs: &History| agree(&theirs.steps, &history.steps, told.1);
                let here = parents.contains(&told.0) && self.histories.get(&told.0).is_none_or(goes_along);
                let seen = seen.is_none_or(|s| s.0.contains(&peer));
                peer != decider && !(here && seen && linked(peer))
            })
            .map(|t| *t.0)
            .collect();
        let (steps, tick) = (&history.steps, seen.map_or(0, |s| s.1));
        let mut followed = self.followed.clone();
        followed.extend(self.leaders.iter().map(|(&peer, &leader)| ((peer, leader), now)));
        let (joined, faults, lost) = (&self.joined, &self.faults, &self.lost);
        let (elsewhere, followed) = (&elsewhere, &followed);
        let why = Case { now, decider, tick, steps, elsewhere, joined, lost, followed, faults }.why();
        if let Why::Unforced(_) = why {
            let last = steps.last_key_value().map(|s| s.1.1.tick + s.1.1.commands.len() as u64);
            let words = format!(
                "P{} took the room back from tick {} to {} though somebody who is well has each part ({why}): {}",
                decider.0,
                last.unwrap_or(0),
                committed.tick,
                partitions(steps)
            );
            self.wrong(now, words);
        }
        *self.returns.entry(why).or_default() += 1;
    }

    /// A save can be read, and holds what one machine has at its tick.
    fn saved(&mut self, now: Micros, peer: PeerId, bytes: &[u8]) {
        let save = match save::decode(bytes.to_vec()) {
            Ok(save) => save,
            Err(why) => return self.wrong(now, format!("the save of peer {} cannot be read: {why}", peer.0)),
        };
        let (tick, digest) = (save.head().globals.tick, save.head().digest);
        // It may be of an epoch or a history that this peer has left meanwhile.
        let known = self.histories.values().flat_map(|h| h.ends_at(tick)).any(|d| d == digest);
        if !known && tick > 0 {
            self.early_saves.push((now, peer, tick, digest));
        }
        self.saves.insert(save.id(), save);
        self.newest_save = Some(bytes.to_vec());
    }

    fn status(&mut self, now: Micros, peer: PeerId, status: &Status) {
        if status.tick > self.newest_tick {
            self.newest_tick = status.tick;
            self.moved_at = now;
        }
        if status.disagreements > 0 && !self.corrupted {
            self.wrong(now, format!("peer {} saw two digests for one strip", peer.0));
        }
        self.seen.insert(peer, (status.people.iter().map(|p| p.id).collect(), status.tick));
        let leader = status.people.iter().find(|p| p.leader).map(|p| p.id);
        if let Some(before) = self.leaders.get(&peer).copied().filter(|before| Some(*before) != leader) {
            self.leaders.remove(&peer);
            self.followed.insert((peer, before), now);
        }
        self.leaders.extend(leader.map(|leader| (peer, leader)));
        let Some((tick, digest)) = status.digest else { return };
        let (lineage, epoch) = status.digest_of;
        let first = *self.said.entry((lineage, epoch, tick)).or_insert(digest);
        // Nothing heals a replica: where the room said that two differ, either may be told from step to step.
        if first != digest && self.corrupted && (!self.calm || self.noticed) {
            self.split += 1;
        } else if first != digest {
            self.wrong(now, format!("peer {} has {digest} at tick {tick} of epoch {epoch}, another {first}", peer.0));
        }
        match self.reference(lineage, epoch, tick) {
            Some((reference, _)) => self.compare(now, (lineage, epoch, tick), reference),
            None => {
                self.early.insert((lineage, epoch, tick));
            }
        }
    }
}

/// Whether two were told the same.
fn same(a: &Committed, b: &Committed) -> bool {
    (a.epoch, a.tick, a.begins, a.save, a.returns, &a.commands, &a.regions)
        == (b.epoch, b.tick, b.begins, b.save, b.returns, &b.commands, &b.regions)
}

/// Whether what was told of two logs before a step is the same, as far as it was told of both.
fn agree(a: &BTreeMap<u64, (Micros, Committed)>, b: &BTreeMap<u64, (Micros, Committed)>, before: u64) -> bool {
    a.range(..before).all(|(step, (_, a))| b.get(step).is_none_or(|(_, b)| same(a, b)))
}

/// The last partitions of a log, oldest first: when each was first told, and who held what.
fn partitions(steps: &BTreeMap<u64, (Micros, Committed)>) -> String {
    const LAST: usize = 8;
    let mut all: Vec<(Micros, &Committed)> = Vec::new();
    for (at, step) in steps.values() {
        if step.begins || all.last().is_none_or(|last| last.1.regions != step.regions) {
            all.push((*at, step));
        }
    }
    let one = |(at, step): &(Micros, &Committed)| {
        let begins = if step.begins { " again" } else { "" };
        let mut words = format!("{:.3} s step {}{begins}", *at as f64 / 1e6, step.step);
        for region in &step.regions {
            let stand_in = region.stand_in.map_or_else(|| "-".to_owned(), |p| p.0.to_string());
            words += &format!(" {}:{}/{stand_in}", region.rect.x0, region.executor.0);
        }
        words
    };
    let shown: Vec<String> = all.iter().skip(all.len().saturating_sub(LAST)).map(one).collect();
    let end = steps
        .last_key_value()
        .map_or_else(String::new, |s| format!("; the last at {:.3} s step {}", s.1.0 as f64 / 1e6, s.0));
    shown.join(", ") + &end
}

/// Every column of the world has exactly one executor.
fn partition_problem(scene: &Scene, committed: &Committed) -> Option<String> {
    let mut regions: Vec<Rect> = committed.regions.iter().map(|r| r.rect).collect();
    regions.sort_unstable_by_key(|r| r.x0);
    if regions.is_empty() {
        return None;
    }
    let mut at = 0;
    for region in regions {
        if region.x0 != at {
            return Some(format!("column {at} has {} executors", if region.x0 > at { "no" } else { "two" }));
        }
        at = region.x1;
    }
    (at != scene.world.width).then(|| format!("columns from {at} on have no executor"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Stub;
    use room::api::Region;
    use sim_kernels::geom::WorldSize;
    use sim_kernels::scene::Block;

    const S: Micros = 1_000_000;

    /// Two ticks, of which the second peer has the left half and the third the right one.
    fn step(lineage: u64, parent: u64, step: u64) -> Committed {
        let region = |(x0, x1, peer)| Region { rect: Rect::new(x0, 0, x1, 32), executor: PeerId(peer), stand_in: None };
        Committed {
            lineage,
            parent,
            step,
            epoch: 1,
            tick: 2 * step,
            begins: step == 0,
            save: None,
            returns: None,
            commands: vec![vec![]; 2],
            regions: [(0, 64, 2), (64, 128, 3)].map(region).to_vec(),
        }
    }

    /// Why the third peer went back, which forked from what both were in and then alone from that fork. The second was told
    /// of this step meanwhile, in the history that both had left.
    fn why_alone(meanwhile: Option<Committed>, slow: bool) -> Vec<Why> {
        let world = WorldSize::new(128, 32).unwrap();
        let scene = Scene {
            title: "two".into(),
            world,
            gravity: [0, -4],
            terrain: Vec::new(),
            blocks: vec![Block::water(Rect::new(8, 2, 120, 10))],
            commands: Vec::new(),
        };
        let mut checks = Checks::new(scene, Stub::boxed);
        let (second, third) = (PeerId(2), PeerId(3));
        if slow {
            let whom = Whom::Between(vec![third], vec![PeerId(1), second]);
            checks.fault(Fault { kind: "delay", hard: false, from: 15 * S, until: Micros::MAX, whom });
        }
        let told =
            |checks: &mut Checks, at, peer, step| checks.event(at, peer, &Event::Committed(Box::new(step)), |_| true);
        for (at, number) in [(0, 0), (S, 1), (14 * S, 2)] {
            [second, third].into_iter().for_each(|peer| told(&mut checks, at, peer, step(1, 1, number)));
        }
        told(&mut checks, 16 * S, third, step(2, 1, 3));
        meanwhile.into_iter().for_each(|step| told(&mut checks, 17 * S, second, step));
        told(&mut checks, 22 * S, third, step(3, 2, 4));
        checks.seen.insert(third, ([second, third].into(), 8));
        told(&mut checks, 22 * S, third, Committed { tick: 0, begins: true, ..step(3, 2, 5) });
        checks.returns.into_keys().collect()
    }

    #[test]
    fn who_stays_in_the_history_that_the_decider_left_is_elsewhere() {
        let other = || Committed { commands: vec![vec![]], ..step(1, 1, 3) };
        let unforced = |slow: &[&'static str]| vec![Why::Unforced(slow.iter().copied().collect())];
        assert_eq!(why_alone(Some(other()), true), [Why::Forced(["lost link"].into())]);
        assert_eq!(why_alone(Some(other()), false), unforced(&[]), "nobody is elsewhere without a fault");
        assert_eq!(why_alone(None, true), unforced(&["delay"]), "it may yet come along");
        assert_eq!(why_alone(Some(step(1, 1, 3)), true), unforced(&["delay"]), "the fork has the same step");
    }
}
