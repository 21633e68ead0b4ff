//! Checks from outside: one machine computes the agreed log too, and whatever the room says is held against it.

use crate::kernel::Make;
use crate::reference::History;
use crate::returns::{Case, Fault, Faults, Whom, Why};
use room::api::{Agreed, Event, Micros, PeerId, Status};
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
    /// By peer: its lineage, and the step that it should be told next.
    told: BTreeMap<PeerId, (u64, u64)>,
    /// The first thing that was wrong.
    pub violation: Option<String>,
    /// Digests that were compared with the reference.
    pub compared: u64,
    /// Steps that the room agreed on.
    pub agreed: u64,
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
    /// Digests that were told of ticks that no log told of yet.
    pub missed: u64,
    /// A replica was corrupted: what the room computes may be wrong from here on, but must be one world.
    corrupted: bool,
    /// What was first told of an era's tick in a lineage.
    said: BTreeMap<(u64, u32, u64), Digest>,
}

impl Checks {
    /// For a room that opens with this scene, and the kernel that everyone has.
    pub fn new(scene: Scene, make: Make) -> Self {
        Self {
            scene,
            make,
            histories: BTreeMap::new(),
            told: BTreeMap::new(),
            violation: None,
            compared: 0,
            agreed: 0,
            newest_tick: 0,
            saves: BTreeMap::new(),
            newest_save: None,
            opened: 0,
            moved_at: 0,
            faults: Faults::default(),
            returns: BTreeMap::new(),
            missed: 0,
            corrupted: false,
            said: BTreeMap::new(),
        }
    }

    /// A participant is no more.
    pub fn gone(&mut self, now: Micros, peer: PeerId, kind: &'static str) {
        self.told.remove(&peer);
        self.fault(Fault { kind, hard: true, from: now, until: Micros::MAX, whom: Whom::One(peer) });
    }

    /// Something was injected.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// A replica computed wrongly.
    pub fn corrupted(&mut self) {
        self.corrupted = true;
    }

    /// Whether a replica computed wrongly.
    pub fn is_corrupted(&self) -> bool {
        self.corrupted
    }

    /// The newest tick that all strips had reached.
    pub fn tick(&self) -> u64 {
        self.newest_tick
    }

    /// What one machine has at a tick of a lineage, once that is agreed.
    pub fn reference(&self, lineage: u64, era: u32, tick: u64) -> Option<(Digest, u64)> {
        self.histories.get(&lineage)?.end(era, tick)
    }

    /// The lineage in which a participant is.
    pub fn lineage(&self, peer: PeerId) -> Option<u64> {
        self.told.get(&peer).map(|t| t.0)
    }

    /// How many histories there were.
    pub fn lineages(&self) -> usize {
        self.histories.len()
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
            Event::Agreed(agreed) => self.agreed(now, peer, agreed, linked),
            Event::Status(status) => self.status(now, peer, status),
            Event::Saved(bytes) => self.saved(now, peer, bytes),
            _ => {}
        }
    }

    fn agreed(&mut self, now: Micros, peer: PeerId, agreed: &Agreed, linked: impl Fn(PeerId) -> bool) {
        if let Some(problem) = partition_problem(&self.scene, agreed) {
            self.wrong(now, format!("step {}: {problem}", agreed.step));
        }
        // In order, unless it began anew from the log's state.
        if let Some(&(lineage, next)) = self.told.get(&peer)
            && agreed.step < next
            && lineage == agreed.lineage
        {
            self.wrong(now, format!("peer {} was told step {} after {}", peer.0, agreed.step, next - 1));
        }
        self.told.insert(peer, (agreed.lineage, agreed.step + 1));
        if !self.histories.contains_key(&agreed.lineage) {
            // A fork has its parent's steps up to here.
            let parent = self.histories.get(&agreed.parent);
            let history = parent.map_or_else(|| History::new(self.make), |h| h.fork(agreed.step));
            self.histories.insert(agreed.lineage, history);
        }
        let Some(history) = self.histories.get_mut(&agreed.lineage) else { return };
        match history.steps.get(&agreed.step) {
            Some((_, first)) if !same(first, agreed) => {
                let words = format!("two logs: step {} is {first:?} and {agreed:?}", agreed.step);
                self.wrong(now, words);
            }
            Some(_) => {}
            None => {
                self.agreed += 1;
                if agreed.begins && agreed.save.is_none() && !history.steps.is_empty() {
                    self.went_back(now, peer, agreed, linked);
                }
                self.opened += u64::from(agreed.save.is_some());
                let Some(history) = self.histories.get_mut(&agreed.lineage) else { return };
                history.steps.insert(agreed.step, (now, agreed.clone()));
                if let Err(words) = history.extend(&self.scene, &self.saves) {
                    self.wrong(now, words);
                }
            }
        }
    }

    /// A room goes back to a checkpoint, or to the scene: why?
    fn went_back(&mut self, now: Micros, decider: PeerId, agreed: &Agreed, linked: impl Fn(PeerId) -> bool) {
        let Some(history) = self.histories.get(&agreed.lineage) else { return };
        let elsewhere: BTreeSet<PeerId> = self
            .told
            .iter()
            .filter(|&(&peer, told)| {
                let here = told.0 == agreed.lineage || told.0 == agreed.parent;
                peer != decider && (!here || !linked(peer))
            })
            .map(|t| *t.0)
            .collect();
        let steps = &history.steps;
        let why = Case { now, decider, steps, elsewhere: &elsewhere, faults: &self.faults }.why();
        if let Why::Unforced(_) = why {
            let last = steps.last_key_value().map(|s| &s.1.1);
            let words = format!(
                "P{} took the room back to tick {} of {:?} though somebody who is well has each part ({why}): {:?}",
                decider.0,
                agreed.tick,
                last.map(|s| s.tick + s.commands.len() as u64),
                last.map(|s| &s.regions)
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
        // It may be of an era or a history that this peer has left meanwhile.
        let known = self.histories.values().flat_map(|h| h.ends_at(tick)).any(|d| d == digest);
        if !known && tick > 0 && !self.corrupted {
            self.wrong(now, format!("the save of peer {} is of another world: {digest} at tick {tick}", peer.0));
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
        let Some((tick, digest)) = status.digest else { return };
        let (lineage, era) = status.digest_of;
        let first = *self.said.entry((lineage, era, tick)).or_insert(digest);
        if first != digest {
            self.wrong(now, format!("peer {} has {digest} at tick {tick} of era {era}, another {first}", peer.0));
        }
        match self.reference(lineage, era, tick) {
            Some((reference, _)) => {
                self.compared += 1;
                if digest != reference && !self.corrupted {
                    let words =
                        format!("peer {} has {digest} at tick {tick} of era {era}, one machine {reference}", peer.0);
                    self.wrong(now, words);
                }
            }
            None => self.missed += 1,
        }
    }
}

/// Whether two were told the same.
fn same(a: &Agreed, b: &Agreed) -> bool {
    (a.era, a.tick, a.begins, a.save, &a.commands, &a.regions)
        == (b.era, b.tick, b.begins, b.save, &b.commands, &b.regions)
}

/// Every column of the world has exactly one executor.
fn partition_problem(scene: &Scene, agreed: &Agreed) -> Option<String> {
    let mut regions: Vec<Rect> = agreed.regions.iter().map(|r| r.rect).collect();
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
