//! The log of one epoch as a member keeps it: segments in order, and what follows from them alone: globals,
//! partitions, ticks, and which commands of an author have arrived.

use crate::api::PeerId;
use crate::partition::Partition;
use crate::wire::{Begin, Segment};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::globals::Globals;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far ahead of the first gap segments are kept.
const EARLY_MAX: u64 = 128;

/// A segment at its place, with what it follows from.
#[derive(Debug)]
pub struct Step {
    /// As sealed.
    pub segment: Segment,
    /// Who owns what at its start.
    pub old: Arc<Partition>,
    /// Who computes what in it.
    pub new: Arc<Partition>,
    /// At its start, kept where this peer gets a strip.
    pub globals_start: Option<Box<Globals>>,
    /// At its end, kept where a snapshot is taken.
    pub globals_end: Option<Box<Globals>>,
    /// Of the globals at its end, where it is wanted.
    pub globals_digest: Option<Digest>,
}

/// See the module.
#[derive(Debug)]
pub struct Log {
    /// The epoch.
    pub epoch: u32,
    /// The first step that is not known.
    pub next: u64,
    /// Known steps that are still needed.
    pub steps: BTreeMap<u64, Step>,
    /// At the start of `next`.
    pub globals: Globals,
    /// At the start of `next`.
    pub partition: Arc<Partition>,
    /// The newest command of each author.
    pub seqs: BTreeMap<PeerId, u64>,
    /// Globals changed in more than the tick since this was last taken.
    pub changed: bool,
    early: BTreeMap<u64, Segment>,
    me: PeerId,
}

impl Log {
    /// The start of an epoch.
    pub fn new(begin: &Begin, me: PeerId) -> Self {
        Self {
            epoch: begin.epoch,
            next: begin.step,
            steps: BTreeMap::new(),
            globals: begin.globals.clone().unwrap_or_else(|| begin.scene.globals()),
            partition: Arc::new(begin.partition.clone()),
            seqs: begin.seqs.iter().copied().collect(),
            changed: true,
            early: BTreeMap::new(),
            me,
        }
    }

    /// Takes segments in any order; returns whether the log grew.
    pub fn offer(&mut self, segments: Vec<Segment>) -> bool {
        let before = self.next;
        for segment in segments {
            if segment.step >= self.next && segment.step < self.next + EARLY_MAX {
                self.early.insert(segment.step, segment);
            }
        }
        while let Some(segment) = self.early.remove(&self.next) {
            if !self.apply(segment) {
                break;
            }
        }
        self.next > before
    }

    /// The tick at the start of a step that is known, or of the next one.
    pub fn tick_at(&self, step: u64) -> Option<u64> {
        if step == self.next { Some(self.globals.tick) } else { self.steps.get(&step).map(|s| s.segment.tick) }
    }

    /// Another host has another clock: what is known may start at once.
    pub fn forget_starts(&mut self) {
        self.steps.values_mut().for_each(|s| s.segment.start = 0);
        self.early.values_mut().for_each(|s| s.start = 0);
    }

    /// Forgets the steps before this one.
    pub fn forget_before(&mut self, step: u64) {
        self.steps = self.steps.split_off(&step);
    }

    /// The commands of a segment, tick by tick.
    pub fn commands(segment: &Segment) -> Vec<Vec<Command>> {
        let mut ticks = vec![Vec::new(); segment.ticks as usize];
        for sealed in &segment.commands {
            ticks[usize::from(sealed.offset)].push(sealed.command.clone());
        }
        ticks
    }

    /// Applies the next segment, unless it does not fit (then its sender is broken, and it is dropped).
    fn apply(&mut self, segment: Segment) -> bool {
        let world = self.globals.size();
        if segment.tick != self.globals.tick || segment.partition.as_ref().is_some_and(|p| !p.is_valid(world)) {
            return false;
        }
        let old = Arc::clone(&self.partition);
        if let Some(partition) = &segment.partition {
            self.partition = Arc::new(partition.clone());
        }
        let gets_strip = self.partition.has(self.me) && !old.has(self.me);
        let globals_start = gets_strip.then(|| Box::new(self.globals.clone()));
        let sources = (self.globals.emitters.len(), self.globals.drains.len());
        for commands in Self::commands(&segment) {
            let _ = self.globals.begin_tick(&commands);
            self.globals.end_tick();
        }
        for (author, seq) in segment.commands.iter().filter_map(|c| c.author) {
            let newest = self.seqs.entry(author).or_default();
            *newest = seq.max(*newest);
        }
        self.changed |=
            !segment.commands.is_empty() || sources != (self.globals.emitters.len(), self.globals.drains.len());
        let step = Step {
            old,
            new: Arc::clone(&self.partition),
            globals_start,
            globals_end: (!segment.snapshot.is_empty()).then(|| Box::new(self.globals.clone())),
            globals_digest: segment.digest.then(|| self.globals.digest()),
            segment,
        };
        self.steps.insert(self.next, step);
        self.next += 1;
        true
    }
}
