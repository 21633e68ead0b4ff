//! The timeline: committed entries in order, and what follows from them alone (globals, partitions, ticks, which
//! commands of an author have arrived); and after them those that are not committed yet.
//!
//! Raft's log ([`raft::Log`]) holds the entries and their terms; here is what they mean. An entry of the leader's own
//! term is committed when a majority of the voters hold it, and everything before it with it. Only committed entries
//! are computed, so nothing that was computed is ever taken back by the log.

pub mod entry;
pub mod past;

pub use self::entry::Sealed;
pub(crate) use self::entry::{CheckpointId, Opened, Origin, Return, SEGMENT_COMMANDS_MAX, Segment, Snapshot, WORK_MAX};

use self::entry::SEQS_MAX;
use self::past::Past;
use crate::api::PeerId;
use crate::costs::{SEGMENT_CELLS_MAX, cells};
use crate::partition::{Partition, Strip};
use crate::raft;
use crate::roster::Roster;
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::Globals;
use sim_kernels::grabs::Grabs;
use sim_kernels::scene::Scene;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Steps beyond what is known here of which others may speak.
pub(crate) const AHEAD_MAX: u64 = 320;
/// The most entries that wait to be committed: a member keeps no more.
const TAIL_MAX: usize = 256;
/// Of these, so many are for what makes a new leader's predecessors' entries count: others seal no more than the rest.
const TAIL_RESERVED: usize = 32;
/// A stroke counts as much as a second of somebody's time.
const STROKE_WORK: u64 = 60;
/// Authors whose newest commands are remembered at least, once they have left.
const AUTHORS_MAX: usize = 4096;

/// A committed entry at its place, with what it follows from.
#[derive(Debug)]
pub struct Step {
    /// As sealed.
    pub segment: Segment,
    /// The epoch that it belongs to.
    pub epoch: u32,
    /// Who holds what at its start.
    pub old: Arc<Partition>,
    /// Who computes what in it.
    pub new: Arc<Partition>,
    /// The world's size in it.
    pub world: WorldSize,
    /// At its start, kept where this peer begins to hold a strip.
    pub globals_start: Option<Box<Globals>>,
    /// What people hold at its start.
    pub grabs_start: Grabs,
    /// At its end, kept where a checkpoint is taken.
    pub globals_end: Option<Box<Globals>>,
    /// Of the globals at its end, where it is wanted.
    pub globals_digest: Option<Digest>,
}

/// See the module.
#[derive(Debug)]
pub struct Timeline {
    log: raft::Log<Segment>,
    lineage: u64,
    parent: u64,
    epoch: u32,
    /// Committed steps that are still needed.
    steps: BTreeMap<u64, Step>,
    globals: Globals,
    partition: Arc<Partition>,
    scene: Scene,
    /// The newest command of each author in committed entries.
    sequences: BTreeMap<PeerId, u64>,
    work: u64,
    /// Globals changed in more than the tick since this was last taken.
    changed: bool,
    roster: Roster,
    me: PeerId,
    past: Past,
    /// The checkpoint with which this epoch began.
    origin: Option<CheckpointId>,
}

impl Timeline {
    /// The timeline from a state of the log on.
    pub fn new(snapshot: Snapshot, me: PeerId) -> Self {
        Self {
            log: raft::Log::new(snapshot.step, snapshot.before_term),
            lineage: snapshot.lineage,
            parent: snapshot.parent,
            epoch: snapshot.epoch,
            steps: BTreeMap::new(),
            globals: snapshot.globals,
            partition: Arc::new(snapshot.partition),
            scene: snapshot.scene,
            sequences: snapshot.seqs.into_iter().collect(),
            work: snapshot.work,
            changed: true,
            roster: snapshot.roster,
            me,
            past: Past::new(snapshot.step),
            origin: None,
        }
    }

    /// Which history this is; a room that was cut in two has two.
    pub fn lineage(&self) -> u64 {
        self.lineage
    }

    /// The lineage that this one forked from, or itself.
    pub fn parent(&self) -> u64 {
        self.parent
    }

    /// How often the world began again.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The first step that is not committed.
    pub fn commit_index(&self) -> u64 {
        self.log.commit_index()
    }

    /// A committed step, if it is still here.
    pub fn step(&self, number: u64) -> Option<&Step> {
        self.steps.get(&number)
    }

    /// Committed steps from this one on.
    pub fn steps_from(&self, number: u64) -> impl Iterator<Item = &Step> {
        self.steps.range(number..).map(|s| s.1)
    }

    /// The globals after everything that is committed.
    pub fn globals(&self) -> &Globals {
        &self.globals
    }

    /// Who holds what after everything that is committed.
    pub fn partition(&self) -> &Arc<Partition> {
        &self.partition
    }

    /// What was done lately.
    pub fn past(&self) -> &Past {
        &self.past
    }

    /// The same, to add to.
    pub fn past_mut(&mut self) -> &mut Past {
        &mut self.past
    }

    /// The checkpoint with which this epoch began, where this peer followed that.
    pub fn origin(&self) -> Option<CheckpointId> {
        self.origin
    }

    /// The checkpoint to which somebody took the room back, as the beginning of the newest epoch, committed or not.
    pub fn went_back_to(&self) -> Option<CheckpointId> {
        let all = self.steps.values().map(|s| &s.segment).chain(self.log.open().map(|e| &e.1));
        match all.rev().find_map(|segment| segment.origin.as_ref()) {
            Some(Origin::Checkpoint(id, _, Return::Asked)) => Some(*id),
            _ => None,
        }
    }

    /// Whether a checkpoint is of this epoch, or the one with which it began.
    pub fn is_of_now(&self, id: CheckpointId) -> bool {
        id.epoch == self.epoch || self.origin == Some(id)
    }

    /// The scene of this epoch.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// The number of an author's newest command in committed entries; 0 for none.
    pub fn newest_command(&self, author: PeerId) -> u64 {
        self.sequences.get(&author).copied().unwrap_or(0)
    }

    /// Whether anybody did anything so far.
    pub fn has_commands(&self) -> bool {
        !self.sequences.is_empty()
    }

    /// What was done in this history, its parents' included: ticks for each who was there, and strokes.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// The newest committed step.
    pub fn last_step(&self) -> Option<&Step> {
        self.steps.last_key_value().map(|s| s.1)
    }

    /// Whether globals changed in more than the tick since that was last taken note of.
    pub fn has_changed(&self) -> bool {
        self.changed
    }

    /// The change is taken note of.
    pub fn take_change(&mut self) {
        self.changed = false;
    }

    /// The room goes on as another history from here on.
    pub fn fork(&mut self, lineage: u64) {
        self.parent = std::mem::replace(&mut self.lineage, lineage);
    }

    /// The first step that is not known at all.
    pub fn end(&self) -> u64 {
        self.log.end()
    }

    /// The first step that is still here.
    pub fn first(&self) -> u64 {
        self.steps.first_key_value().map_or(self.commit_index(), |s| *s.0)
    }

    /// The term of an entry, where it is known.
    pub fn term_of(&self, step: u64) -> Option<u64> {
        self.log.term_of(step)
    }

    /// The term of the last entry.
    pub fn last_term(&self) -> u64 {
        self.log.last_term()
    }

    /// The tick at the end of everything known.
    pub fn tick_end(&self) -> u64 {
        self.log.open().next_back().map_or(self.globals.tick, |(_, s)| s.tick + u64::from(s.ticks))
    }

    /// Who holds what at the end of everything known.
    pub fn partition_end(&self) -> &Partition {
        self.log.open().rev().find_map(|e| e.1.partition.as_ref()).unwrap_or(&self.partition)
    }

    /// Who holds what at the start of a step, and who at its end, as far as it is known and not forgotten.
    pub fn partitions_of(&self, step: u64) -> Option<(&Partition, &Partition)> {
        if step < self.commit_index() {
            return self.steps.get(&step).map(|s| (&*s.old, &*s.new));
        }
        let place = self.log.place(step)?;
        let newest = |count: usize| self.log.open().take(count).rev().find_map(|e| e.1.partition.as_ref());
        Some((newest(place).unwrap_or(&self.partition), newest(place + 1).unwrap_or(&self.partition)))
    }

    /// The ticks of a step, as far as it is known and not forgotten.
    pub fn ticks_of(&self, step: u64) -> Option<u32> {
        let segment = self.steps.get(&step).map(|s| &s.segment).or_else(|| self.log.get(step));
        segment.map(|s| s.ticks)
    }

    /// The newest roster, committed or not.
    pub fn roster(&self) -> &Roster {
        self.log.open().rev().find_map(|e| e.1.roster.as_ref()).unwrap_or(&self.roster)
    }

    /// The committed roster, and those that may come after it.
    pub fn rosters(&self) -> impl Iterator<Item = &Roster> {
        std::iter::once(&self.roster).chain(self.log.open().filter_map(|e| e.1.roster.as_ref()))
    }

    /// Whether a leader is to add nothing more until something is committed.
    pub fn is_full(&self) -> bool {
        self.log.open_len() >= TAIL_MAX - TAIL_RESERVED
    }

    /// The term of the last entry that is committed.
    pub fn committed_term(&self) -> u64 {
        self.log.committed_term()
    }

    /// Whether an entry that is not committed yet changes the roster.
    pub fn roster_is_open(&self) -> bool {
        self.log.open().any(|e| e.1.roster.is_some())
    }

    /// The scene of the end of everything known.
    pub fn scene_end(&self) -> &Scene {
        let origin = self.log.open().rev().find_map(|e| match &e.1.origin {
            Some(Origin::Scene(scene)) => Some(&**scene),
            Some(Origin::Save(opened)) => Some(&opened.scene),
            _ => None,
        });
        origin.unwrap_or(&self.scene)
    }

    /// How often the world began again at the end of everything known.
    pub fn epoch_end(&self) -> u32 {
        self.epoch + self.log.open().filter(|e| e.1.origin.is_some()).count() as u32
    }

    /// The newest command of an author at the end of everything known.
    pub fn seq_end(&self, author: PeerId) -> u64 {
        let open = self.log.open().flat_map(|e| &e.1.commands).filter_map(|c| c.author);
        let open = open.filter(|a| a.0 == author).map(|a| a.1).max().unwrap_or(0);
        self.newest_command(author).max(open)
    }

    /// Whether the world went on, or will go on, from the save that somebody wished for; as far as is remembered.
    pub fn has_wish(&self, by: PeerId, wish: u64) -> bool {
        let all = self.steps.values().map(|s| &s.segment).chain(self.log.open().map(|e| &e.1));
        let mut saves = all.filter_map(|s| match &s.origin {
            Some(Origin::Save(opened)) => Some((opened.by, opened.wish)),
            _ => None,
        });
        saves.any(|known| known == (by, wish))
    }

    /// Entries from a step on, with their terms.
    pub fn entries(&self, from: u64, count: usize) -> Vec<(u64, Segment)> {
        self.entries_from(from).take(count).map(|(term, segment)| (term, segment.clone())).collect()
    }

    /// The same, to look at.
    pub fn entries_from(&self, from: u64) -> impl Iterator<Item = (u64, &Segment)> {
        let committed = self.steps.range(from..).map(|(&step, s)| (self.log.term_of(step), &s.segment));
        let committed = committed.filter_map(|(term, segment)| Some((term?, segment)));
        let open = self.log.open().skip(from.saturating_sub(self.commit_index()) as usize);
        committed.chain(open.map(|(term, segment)| (*term, segment)))
    }

    /// Takes entries that follow `from`, whose predecessor has the term `before_term`. Returns the step up to
    /// which this log is now the sender's; nothing when there is a gap or another entry before them.
    pub fn offer(&mut self, from: u64, before_term: u64, entries: Vec<(u64, Segment)>) -> Option<u64> {
        if !self.log.follows(from, before_term) {
            return None;
        }
        let mut at = from;
        for (term, segment) in entries {
            if segment.step != at || !self.log.has(at, term) && !self.append(term, segment) {
                return None;
            }
            at += 1;
        }
        Some(at.max(self.commit_index()))
    }

    /// Adds an entry to the tail; false when it does not fit (then its sender is broken).
    pub fn append(&mut self, term: u64, segment: Segment) -> bool {
        let world = match &segment.origin {
            Some(Origin::Scene(scene)) => scene.world,
            Some(Origin::Checkpoint(_, globals, _)) => globals.size(),
            Some(Origin::Save(opened)) => opened.scene.world,
            None => self.scene_end().world,
        };
        let fits = segment.step == self.end()
            && self.log.open_len() < TAIL_MAX
            && term >= self.last_term()
            && (segment.origin.is_some() || segment.tick == self.tick_end())
            && segment.partition.as_ref().is_none_or(|p| p.is_valid(world))
            && segment.commands.iter().all(|c| c.command.is_valid(world) && is_sayable(c))
            && segment.commands.iter().map(|c| cells(&c.command, world)).sum::<u64>() <= SEGMENT_CELLS_MAX
            && (!matches!(segment.origin, Some(Origin::Checkpoint(..))) || world == self.scene_end().world);
        if fits {
            self.log.append(term, segment);
        }
        fits
    }

    /// Everything before `step` is committed; whether that is news.
    pub fn commit(&mut self, step: u64) -> bool {
        let before = self.commit_index();
        while let Some(segment) = self.log.commit_next(step) {
            self.apply(segment);
        }
        self.commit_index() > before
    }

    /// The tick at the start of a step that is committed, or of the next one.
    pub fn tick_at(&self, step: u64) -> Option<u64> {
        if step == self.commit_index() {
            Some(self.globals.tick)
        } else {
            self.steps.get(&step).map(|s| s.segment.tick)
        }
    }

    /// Forgets the steps before this one.
    pub fn forget_before(&mut self, step: u64) {
        let first = step.min(self.commit_index().saturating_sub(1));
        self.steps = self.steps.split_off(&first);
        self.log.forget_before(first);
    }

    /// Whether somebody may be a strip's executor in the step at whose end a checkpoint is taken: of a step that is not
    /// known here, by the newest partition.
    pub fn may_execute(&self, id: CheckpointId, strip: u32, peer: PeerId) -> bool {
        let known = self.steps.get(&id.step).filter(|s| s.epoch == id.epoch).map(|s| &*s.new);
        let open = || self.partitions_of(id.step).map_or(self.partition_end(), |p| p.1);
        known.unwrap_or_else(open).find(strip).is_some_and(|strip| strip.peer == peer)
    }

    /// The regions of a world of this size that somebody executes, or did in a step that is not forgotten.
    pub fn executed(&self, peer: PeerId, world: WorldSize) -> Vec<Rect> {
        let mut all: Vec<Rect> = Vec::new();
        let mut add = |partition: &Partition| {
            let new: Vec<Rect> = partition.regions(peer, world).filter(|r| !all.contains(r)).collect();
            all.extend(new);
        };
        self.log.open().filter_map(|e| e.1.partition.as_ref()).for_each(&mut add);
        let mut last = &self.partition;
        add(last);
        for step in self.steps.values().rev() {
            for partition in [&step.new, &step.old] {
                if !Arc::ptr_eq(partition, last) {
                    add(partition);
                    last = partition;
                }
            }
        }
        all
    }

    /// The commands of a segment, tick by tick, with whose they are: the log says that, not the command.
    pub fn commands(segment: &Segment) -> Vec<Vec<Command>> {
        (0..segment.ticks).map(|offset| of_tick(&segment.commands, offset)).collect()
    }

    /// The state of the log at its committed end, for a newcomer.
    pub fn begin(&self, term: u64, fast: bool) -> Snapshot {
        // A newcomer's own entry may not be committed yet; it is in the newest roster in any case.
        let roster = self.roster();
        // Who is here may become leader, or speak to one who was here: they know of each other at least.
        let (here, gone): (Vec<_>, Vec<_>) =
            self.sequences.iter().map(|(&p, &s)| (p, s)).partition(|s| roster.has(s.0));
        Snapshot {
            lineage: self.lineage,
            parent: self.parent,
            term,
            epoch: self.epoch,
            step: self.commit_index(),
            before_term: self.log.committed_term(),
            work: self.work,
            scene: self.scene.clone(),
            globals: self.globals.clone(),
            partition: (*self.partition).clone(),
            seqs: here.into_iter().chain(gone).take(SEQS_MAX).collect(),
            fast,
            roster: roster.clone(),
        }
    }

    fn apply(&mut self, segment: Segment) {
        let old = Arc::clone(&self.partition);
        match &segment.origin {
            Some(Origin::Scene(scene)) => {
                self.globals = scene.globals();
                self.scene = (**scene).clone();
            }
            Some(Origin::Checkpoint(_, globals, _)) => self.globals = (**globals).clone(),
            Some(Origin::Save(opened)) => {
                self.globals = opened.globals.clone();
                self.scene = opened.scene.clone();
            }
            None => {}
        }
        if segment.origin.is_some() {
            self.epoch += 1;
            self.changed = true;
            let checkpoint = |origin: &Origin| if let Origin::Checkpoint(id, ..) = origin { Some(*id) } else { None };
            self.origin = segment.origin.as_ref().and_then(checkpoint);
        }
        if let Some(partition) = &segment.partition {
            self.partition = Arc::new(partition.clone());
        }
        if let Some(roster) = &segment.roster {
            self.roster = roster.clone();
        }
        let gains = |s: &Strip| s.is_held_by(self.me) && !old.holds(s.id, self.me);
        let begins = segment.origin.is_some() || self.partition.strips.iter().any(gains);
        let globals_start = begins.then(|| Box::new(self.globals.clone()));
        let sources = (self.globals.emitters.len(), self.globals.drains.len());
        let grabs_start = self.globals.grabs.clone();
        for commands in Self::commands(&segment) {
            self.globals.pass_tick(&commands);
        }
        self.work += u64::from(segment.ticks) * self.roster.people.len() as u64;
        for (author, seq) in segment.commands.iter().filter_map(|c| c.author) {
            self.work += STROKE_WORK;
            let newest = self.sequences.entry(author).or_default();
            *newest = seq.max(*newest);
        }
        if self.sequences.len() > AUTHORS_MAX {
            self.sequences.retain(|author, _| self.roster.has(*author));
        }
        // What is held moves by itself.
        self.changed |= !grabs_start.is_empty()
            || !segment.commands.is_empty()
            || sources != (self.globals.emitters.len(), self.globals.drains.len());
        self.past.add(self.epoch, &segment);
        let step = Step {
            epoch: self.epoch,
            old,
            new: Arc::clone(&self.partition),
            world: self.globals.size(),
            globals_start,
            grabs_start,
            globals_end: segment.is_kept().then(|| Box::new(self.globals.clone())),
            globals_digest: segment.digest.then(|| self.globals.digest()),
            segment,
        };
        self.steps.insert(step.segment.step, step);
    }
}

/// What applies so many ticks after the start of a step, with whose it is.
pub fn of_tick(commands: &[Sealed], offset: u32) -> Vec<Command> {
    let (mut whose, mut tick) = (0, Vec::new());
    for sealed in commands.iter().filter(|sealed| u32::from(sealed.offset) == offset) {
        let author = sealed.author.map_or(0, |(author, _)| author.0);
        if std::mem::replace(&mut whose, author) != author {
            tick.push(Command::By(author));
        }
        tick.push(sealed.command.clone());
    }
    tick
}

/// Whether whoever says it may: what is nobody's own, the leader says.
pub fn is_sayable(sealed: &Sealed) -> bool {
    sealed.command.is_sayable() || sealed.author.is_none() && sealed.command == Command::Settle
}
