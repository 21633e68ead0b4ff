//! Checks from outside: one machine computes the agreed log too, and whatever the room says is held against it.

use crate::kernel::{Kernel, Make};
use room::api::{Agreed, Event, Micros, PeerId, Status};
use room::save::{self, Save};
use sim_kernels::digest::Digest;
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::job::{Job, Load, StepJob};

use sim_kernels::scene::Scene;
use std::collections::BTreeMap;

/// One machine that computes a lineage's agreed log.
struct Reference {
    kernel: Box<dyn Kernel>,
    globals: Globals,
    /// Digest and particles at an era's tick.
    ends: BTreeMap<(u32, u64), (Digest, u64)>,
}

/// The log as it was first told, and what one machine makes of it.
#[derive(Default)]
struct History {
    steps: BTreeMap<u64, Agreed>,
    reference: Option<Reference>,
    next: u64,
    /// It went back to a cut once: not all that it had is known.
    blind: bool,
}

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
        }
    }

    /// A participant is no more.
    pub fn gone(&mut self, peer: PeerId) {
        self.told.remove(&peer);
    }

    /// The newest tick that all strips had reached.
    pub fn tick(&self) -> u64 {
        self.newest_tick
    }

    /// What one machine has at a tick of a lineage, once that is agreed.
    pub fn reference(&self, lineage: u64, era: u32, tick: u64) -> Option<(Digest, u64)> {
        self.histories.get(&lineage)?.reference.as_ref()?.ends.get(&(era, tick)).copied()
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

    /// What a participant was told.
    pub fn event(&mut self, now: Micros, peer: PeerId, event: &Event) {
        match event {
            Event::Agreed(agreed) => self.agreed(now, peer, agreed),
            Event::Status(status) => self.status(now, peer, status),
            Event::Saved(bytes) => self.saved(now, peer, bytes),
            _ => {}
        }
    }

    fn agreed(&mut self, now: Micros, peer: PeerId, agreed: &Agreed) {
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
            let shared = self.histories.get(&agreed.parent).map(|h| &h.steps);
            let steps =
                shared.map_or_else(BTreeMap::new, |s| s.range(..agreed.step).map(|(k, v)| (*k, v.clone())).collect());
            self.histories.insert(agreed.lineage, History { steps, ..History::default() });
            self.extend(now, agreed.lineage);
        }
        let Some(history) = self.histories.get_mut(&agreed.lineage) else { return };
        match history.steps.get(&agreed.step) {
            Some(first) if !same(first, agreed) => {
                let words = format!("two logs: step {} is {first:?} and {agreed:?}", agreed.step);
                self.wrong(now, words);
            }
            Some(_) => {}
            None => {
                self.agreed += 1;
                history.steps.insert(agreed.step, agreed.clone());
                self.extend(now, agreed.lineage);
            }
        }
    }

    /// A save can be read, and holds what one machine has at its tick.
    fn saved(&mut self, now: Micros, peer: PeerId, bytes: &[u8]) {
        let save = match save::decode(bytes.to_vec()) {
            Ok(save) => save,
            Err(why) => return self.wrong(now, format!("the save of peer {} cannot be read: {why}", peer.0)),
        };
        let (tick, digest) = (save.head().globals.tick, save.head().digest);
        // It may be of an era or a history that this peer has left meanwhile.
        let at = |h: &History| -> Vec<Digest> {
            let ends = h.reference.iter().flat_map(|r| &r.ends);
            ends.filter(|e| e.0.1 == tick).map(|e| e.1.0).collect()
        };
        let own = self.lineage(peer).and_then(|l| self.histories.get(&l));
        let known = own.is_some_and(|h| !h.blind && !at(h).is_empty());
        if known && !self.histories.values().any(|h| h.blind || at(h).contains(&digest)) {
            self.wrong(now, format!("the save of peer {} is of another world: {digest} at tick {tick}", peer.0));
        }
        self.saves.insert(save.id(), save);
        self.newest_save = Some(bytes.to_vec());
    }

    /// Computes what is known of the log.
    fn extend(&mut self, now: Micros, lineage: u64) {
        let mut wrong = Vec::new();
        let Some(history) = self.histories.get_mut(&lineage) else { return };
        while let Some(step) = history.steps.get(&history.next).cloned() {
            history.next += 1;
            let region = self.scene.world.rect();
            let save = step.save.map(|id| self.saves.get(&id));
            self.opened += u64::from(save.is_some());
            if step.begins {
                if save.is_none() && step.tick != 0 || save.is_some_and(|known| known.is_none()) {
                    // Back to a cut: what one machine has there is not kept, so the comparison ends.
                    history.reference = None;
                    history.blind = true;
                    continue;
                }
                let mut kernel = (self.make)();
                let (globals, particles) = match save.flatten() {
                    Some(save) => (save.head().globals.clone(), save.particles(region)),
                    None => (self.scene.globals(), self.scene.particles(region)),
                };
                let load = Load { globals: globals.clone(), region, particles };
                if kernel.run(Job::Load(load)).is_err() {
                    wrong.push("the reference cannot load the scene".into());
                }
                let ends = history.reference.take().map_or_else(BTreeMap::new, |r| r.ends);
                history.reference = Some(Reference { kernel, globals, ends });
            }
            let Some(reference) = &mut history.reference else { continue };
            let job = StepJob { region, commands: step.commands.clone(), digest: true, ..StepJob::default() };
            match reference.kernel.run(Job::Step(job)) {
                Ok(output) => {
                    for commands in &step.commands {
                        reference.globals.pass_tick(commands);
                    }
                    let mut digest = output.digest.unwrap_or_default();
                    digest.add(reference.globals.digest());
                    let tick = step.tick + step.commands.len() as u64;
                    reference.ends.insert((step.era, tick), (digest, output.particles));
                    while reference.ends.len() > 4096 {
                        reference.ends.pop_first();
                    }
                }
                Err(words) => wrong.push(format!("the reference fails: {words}")),
            }
        }
        wrong.into_iter().for_each(|words| self.wrong(now, words));
    }

    fn status(&mut self, now: Micros, peer: PeerId, status: &Status) {
        if status.tick > self.newest_tick {
            self.newest_tick = status.tick;
            self.moved_at = now;
        }
        if status.disagreements > 0 {
            self.wrong(now, format!("peer {} saw two digests for one strip", peer.0));
        }
        let Some((tick, digest)) = status.digest else { return };
        let (lineage, era) = status.digest_of;
        if let Some((reference, _)) = self.reference(lineage, era, tick) {
            self.compared += 1;
            if digest != reference {
                self.wrong(
                    now,
                    format!("peer {} has {digest} at tick {tick} of era {era}, one machine {reference}", peer.0),
                );
            }
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
