//! The CPU backend: the reference that the WGSL twins are held against, and a backend in its own right.
//!
//! One file a stage: [`p2g`], [`grid`], [`g2p`] are pure functions of one particle or node in 32-bit
//! integers, [`step`] runs them over tiles, [`ops`] applies commands, [`view`] makes what is drawn.

pub mod air;
mod begun;
mod cell_offsets;
mod clear;
mod count;
pub mod dormant;
mod finish;
pub mod g2p;
pub mod grid;
pub mod lookup;
pub mod many;
mod mark;
pub mod ops;
pub mod p2g;
mod react;
mod scatter;
mod slots;
pub mod stages;
pub mod step;
pub mod store;
mod tile_digests;
mod tile_scan;
mod tile_sums;
pub mod view;
mod view_tags;
pub mod walls;
pub mod weights;

use crate::command::Command;
use crate::constants::{HALO_SUBSTEP, SUBSTEPS};
use crate::digest::{Digest, TileDigest};
use crate::geom::{Rect, TILE_CELLS, WorldSize};
use crate::globals::{CellOp, Globals};
use crate::job::{Backend, Job, JobFuture, JobOutput, KernelError, Load, StepJob, TICKS_MAX, check};
use crate::materials::Class;
use crate::particle::{Hot, Kept, Labelled, Particle, Water, class_of};
use crate::states::States;
use begun::{Begun, Part, Spare, Whole};
use dormant::Dormant;
use g2p::Substep;
use react::{Tick, Touches};
use step::Scratch;
use store::{Store, Tile};

#[cfg(not(target_arch = "wasm32"))]
use std::time::Instant;
#[cfg(target_arch = "wasm32")]
use web_time::Instant;

/// One region's state, and what computes it.
#[derive(Debug, Default)]
pub struct CpuBackend {
    /// At least 1 once made.
    threads: usize,
    /// None with one thread.
    #[cfg(feature = "threads")]
    pool: Option<rayon::ThreadPool>,
    /// One a slot.
    states: States<Held>,
}

/// One slot's state: what all classes have, and the particles as the least class that covers them keeps them.
#[derive(Debug)]
struct Held {
    /// As of the last tick.
    globals: Globals,
    /// The cells whose particles are kept after a job.
    region: Rect,
    /// The particles.
    state: State,
    /// Those that lie dormant.
    dormant: Dormant,
    /// What is computed already of the step that comes next.
    begun: Option<Box<Begun>>,
    /// States whose memory is used again.
    spare: Spare,
}

/// The particles of a class.
#[derive(Debug)]
enum State {
    /// Of [`Class::Water`].
    Water(Particles<Water>),
    /// Of [`Class::Labelled`].
    Labelled(Particles<Labelled>),
    /// Of [`Class::All`].
    All(Particles<Particle>),
    /// Of [`Class::Hot`].
    Hot(Particles<Hot>),
}

/// Particles, and memory to work in.
#[derive(Debug)]
struct Particles<K> {
    store: Store<K>,
    scratch: Scratch<K>,
}

/// Does the same with the particles of whichever class there is.
macro_rules! with_particles {
    ($state:expr, $particles:ident => $what:expr) => {
        match $state {
            State::Water($particles) => $what,
            State::Labelled($particles) => $what,
            State::All($particles) => $what,
            State::Hot($particles) => $what,
        }
    };
}

use with_particles;

impl<K: Kept> Particles<K> {
    fn new(size: WorldSize) -> Self {
        Self { store: Store::new(size), scratch: Scratch::default() }
    }

    /// The same particles again, in this memory if there is some; what is worked in is not copied.
    fn copy(&self, memory: Option<Self>) -> Self {
        let mut copy = memory.unwrap_or_else(|| Self::new(self.store.size()));
        copy.store.clone_from(&self.store);
        copy
    }

    /// Adds those of the particles that lie within a rectangle.
    fn add(&mut self, particles: &[Particle], within: Rect) {
        for &p in particles {
            let (x, y) = p.cell();
            if within.contains(x, y) {
                self.store.add(K::keep(p));
            }
        }
    }

    /// Takes in the particles of another.
    fn widen(&mut self, from: &Particles<impl Kept>) {
        from.store.iter().for_each(|p| self.store.add(K::keep(p)));
    }

    /// The particles' digest.
    fn digest(&self, threads: bool) -> Digest {
        let tiles = &self.store.tiles;
        let of = |tile: &Tile<K>| {
            let mut sum = Digest::default();
            step::digest_in_lanes(tile, &mut sum);
            sum
        };
        let sum = |mut a: Digest, b: Digest| {
            a.add(b);
            a
        };
        #[cfg(feature = "threads")]
        if threads {
            use rayon::prelude::*;
            return tiles.par_iter().map(of).reduce(Digest::default, sum);
        }
        let _ = threads;
        tiles.iter().map(of).fold(Digest::default(), sum)
    }
}

impl State {
    fn new(class: Class, size: WorldSize) -> Self {
        match class {
            Class::Water => Self::Water(Particles::new(size)),
            Class::Labelled => Self::Labelled(Particles::new(size)),
            Class::All => Self::All(Particles::new(size)),
            Class::Hot => Self::Hot(Particles::new(size)),
        }
    }

    /// Its particles again, in another's memory if that has the same class; what is worked in is not copied.
    fn copy(&self, memory: Option<Self>) -> Self {
        match (self, memory) {
            (Self::Water(p), Some(Self::Water(memory))) => Self::Water(p.copy(Some(memory))),
            (Self::Labelled(p), Some(Self::Labelled(memory))) => Self::Labelled(p.copy(Some(memory))),
            (Self::All(p), Some(Self::All(memory))) => Self::All(p.copy(Some(memory))),
            (Self::Hot(p), Some(Self::Hot(memory))) => Self::Hot(p.copy(Some(memory))),
            (Self::Water(p), _) => Self::Water(p.copy(None)),
            (Self::Labelled(p), _) => Self::Labelled(p.copy(None)),
            (Self::All(p), _) => Self::All(p.copy(None)),
            (Self::Hot(p), _) => Self::Hot(p.copy(None)),
        }
    }

    /// Exchanges what is worked in with another of the same class.
    fn exchange_scratch(&mut self, other: &mut Self) {
        match (self, other) {
            (Self::Water(a), Self::Water(b)) => std::mem::swap(&mut a.scratch, &mut b.scratch),
            (Self::Labelled(a), Self::Labelled(b)) => std::mem::swap(&mut a.scratch, &mut b.scratch),
            (Self::All(a), Self::All(b)) => std::mem::swap(&mut a.scratch, &mut b.scratch),
            (Self::Hot(a), Self::Hot(b)) => std::mem::swap(&mut a.scratch, &mut b.scratch),
            _ => {}
        }
    }

    /// The same in a class that covers more, if it does not yet.
    fn cover(&mut self, class: Class) {
        if class <= self.class() {
            return;
        }
        let mut wider = Self::new(class, with_particles!(&*self, p => p.store.size()));
        with_particles!(&*self, from => with_particles!(&mut wider, to => to.widen(from)));
        *self = wider;
    }

    fn class(&self) -> Class {
        match self {
            Self::Water(_) => Class::Water,
            Self::Labelled(_) => Class::Labelled,
            Self::All(_) => Class::All,
            Self::Hot(_) => Class::Hot,
        }
    }
}

impl CpuBackend {
    /// A backend with so many threads; all processors when `None`, one where threads are not built in.
    pub fn new(threads: Option<usize>) -> Self {
        #[cfg(feature = "threads")]
        {
            let wanted =
                threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get())).clamp(1, 256);
            // A machine that refuses threads still computes, on this one.
            let pool = (wanted > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(wanted).build().ok()).flatten();
            Self { threads: if pool.is_some() { wanted } else { 1 }, pool, states: States::default() }
        }
        #[cfg(not(feature = "threads"))]
        {
            let _ = threads;
            Self { threads: 1, states: States::default() }
        }
    }

    /// Does a job at once.
    ///
    /// # Errors
    /// [`KernelError::BadJob`]: nothing was loaded into the slot, the globals are not valid, the region leaves the world,
    /// or there are more than [`crate::job::PARTICLES_MAX`] particles or [`TICKS_MAX`] ticks. The state is then as it was.
    pub fn run_now(&mut self, job: Job) -> Result<JobOutput, KernelError> {
        let start = Instant::now();
        let mut output = match job {
            Job::Select(slot) => {
                self.states.select(slot);
                Ok(JobOutput::default())
            }
            Job::Forget => {
                self.states.forget();
                Ok(JobOutput::default())
            }
            Job::Copy(from) => self.states.copy(from, Held::copy).map(|()| JobOutput::default()),
            Job::Load(load) => self.load(load),
            Job::Begin(step) => self.begin(&step),
            Job::Step(step) => self.step(step),
            Job::Extract(rects) => self.states.held().map(|held| held.output(&rects, None)),
            Job::TileDigests(rect) => self.states.held().map(|held| held.tile_digests(rect)),
        }?;
        output.compute_us = start.elapsed().as_micros() as u64;
        Ok(output)
    }

    /// Answers [`Job::Load`].
    fn load(&mut self, load: Load) -> Result<JobOutput, KernelError> {
        if !load.globals.is_valid() {
            return Err(KernelError::BadJob("the globals are out of range".into()));
        }
        check(&load.globals, load.region, load.particles.len())?;
        let mut dormant = Dormant::new(load.globals.size());
        let particles = dormant.sort_out(&load.particles, load.region);
        let mut state = State::new(class_of(&particles), load.globals.size());
        with_particles!(&mut state, p => p.add(&particles, load.region));
        let mut held =
            Held { globals: load.globals, region: load.region, state, dormant, begun: None, spare: Spare::default() };
        let output = held.output(&[], None);
        self.states.put(held);
        Ok(output)
    }

    /// Answers [`Job::Begin`].
    fn begin(&mut self, job: &StepJob) -> Result<JobOutput, KernelError> {
        let begun = self.on_threads(job, |held, threads| Begun::new(held, job, threads))?;
        let particles = begun.as_ref().map_or(0, |begun| begun.len()) as u64;
        self.states.held()?.begun = begun;
        Ok(JobOutput { particles, ..JobOutput::default() })
    }

    /// Answers [`Job::Step`].
    fn step(&mut self, job: StepJob) -> Result<JobOutput, KernelError> {
        self.on_threads(&job, |held, threads| held.step(&job, threads))
    }

    /// Does something for a step with the slot in hand, on the backend's threads, if it has more than one.
    fn on_threads<T: Send>(
        &mut self,
        job: &StepJob,
        work: impl FnOnce(&mut Held, bool) -> T + Send,
    ) -> Result<T, KernelError> {
        let threads = self.threads > 1;
        let held = self.states.held()?;
        if job.commands.len() > TICKS_MAX {
            return Err(KernelError::BadJob(format!("more than {TICKS_MAX} ticks")));
        }
        check(&held.globals, job.region, job.incoming.len() + held.len())?;
        #[cfg(feature = "threads")]
        if let Some(pool) = &self.pool {
            return Ok(pool.install(|| work(held, threads)));
        }
        Ok(work(held, threads))
    }
}

impl Held {
    /// The same state again; what is worked in is not copied.
    fn copy(&self) -> Self {
        self.with(self.state.copy(None))
    }

    /// The same with such particles.
    fn with(&self, state: State) -> Self {
        let (globals, dormant) = (self.globals.clone(), self.dormant.clone());
        Self { globals, region: self.region, state, dormant, begun: None, spare: Spare::default() }
    }

    /// Particles, at most 4 million, with those that lie dormant.
    fn len(&self) -> usize {
        with_particles!(&self.state, p => p.store.len()) + self.dormant.len()
    }

    /// Adds particles within a rectangle of cells.
    fn add(&mut self, particles: &[Particle], within: Rect) {
        self.state.cover(class_of(particles));
        with_particles!(&mut self.state, p => p.add(particles, within));
    }

    /// Drops the particles outside a rectangle of cells.
    fn keep(&mut self, rect: Rect) {
        with_particles!(&mut self.state, p => p.store.keep(rect));
    }

    /// The region and what can reach it within so many substeps.
    fn padded(&self, substeps: i32) -> Rect {
        if self.region.is_empty() {
            return self.region;
        }
        self.region.grown(HALO_SUBSTEP * substeps).intersect(self.globals.size().rect())
    }

    /// A superstep: see [`StepJob`].
    fn step(&mut self, job: &StepJob, threads: bool) -> JobOutput {
        self.region = job.region;
        let padded = self.padded(job.commands.len() as i32 * SUBSTEPS);
        let incoming = self.dormant.sort_out(&job.incoming, padded);
        match self.begun.take().filter(|begun| begun.is_of(job)) {
            Some(begun) => begun.finish(self, &incoming, padded, threads),
            None => {
                self.keep(padded);
                self.add(&incoming, padded);
                self.ticks(&job.commands, &mut Whole, threads);
            }
        }
        // What a tick would have noted is what the view is scattered by.
        let (terrain, region) = (&self.globals.terrain, self.region);
        if job.view && job.commands.is_empty() {
            with_particles!(&mut self.state, p => p.scratch.touches = Touches::of(&p.store, terrain));
        }
        let view = if job.view {
            with_particles!(&mut self.state, p => view::tiles(&mut p.store, &mut p.scratch, terrain, region, threads))
        } else {
            Vec::new()
        };
        self.keep(self.region);
        self.dormant.keep(self.region);
        let digest = job.digest.then(|| with_particles!(&self.state, p => p.digest(threads)));
        JobOutput { view, ..self.output(&job.extract, digest) }
    }

    /// All ticks of a superstep, of a part of its particles, or as many as the part wants.
    fn ticks(&mut self, commands: &[Vec<Command>], part: &mut impl Part, threads: bool) {
        let mut left = commands.len() as i32 * SUBSTEPS;
        for commands in commands {
            if !self.tick(commands, left, part, threads) {
                return;
            }
            left -= SUBSTEPS;
        }
    }

    /// A tick, before which so many substeps are left, and whether the part goes on. What cannot reach the region any more is
    /// dropped as soon as it cannot.
    fn tick(&mut self, commands: &[Command], left: i32, part: &mut impl Part, threads: bool) -> bool {
        let needed = self.padded(left);
        let awake = self.dormant.wake();
        self.add(&awake, needed);
        let ops = self.globals.begin_tick(commands);
        self.dormant.tick_begins(&ops);
        let reached = |op: &&CellOp| !op.rect.intersect(needed).is_empty();
        ops.iter().filter(reached).for_each(|op| self.state.cover(op.class()));
        let mut taken = Vec::new();
        with_particles!(&mut self.state, p => ops.iter().for_each(|op| ops::apply(&mut p.store, op, needed, &mut taken)));
        if !part.tick_begins(&mut self.state, taken.is_empty()) {
            return false;
        }
        let (terrain, gravity, first) = (&self.globals.terrain, self.globals.gravity, self.globals.first_substep());
        let (size, pulls) = (self.globals.size(), self.globals.grabs.pulls());
        with_particles!(&mut self.state, p => p.scratch.touches = Touches::of(&p.store, terrain));
        for number in 0..SUBSTEPS {
            // A seam's view is made of what lies beside it, too.
            let after = left - number - 1;
            let reaches = self.padded(if after > 1 { after } else { after + 1 });
            let world = [size.width, size.height];
            let with = Substep { number: first.wrapping_add(number as u32), gravity, world, pulls: &pulls };
            if number > 0 {
                part.substep_begins(&mut self.state);
            }
            with_particles!(&mut self.state, p => step::substep(&mut p.store, &mut p.scratch, terrain, with, threads));
            with_particles!(&mut self.state, p => p.store.keep(reaches));
            part.substep_ends(&mut self.state);
        }
        let with = Tick { number: first.wrapping_add(SUBSTEPS as u32 - 1), gravity };
        with_particles!(&mut self.state, p => react::tick(&mut p.store, &p.scratch.touches, with, threads));
        let newest = self.globals.strokes.newest();
        self.dormant.take(&taken, newest);
        self.dormant.tick_ends(&ops, &self.globals.terrain, newest, || self.globals.strokes.kept());
        self.globals.end_tick();
        true
    }

    /// What a job answers without its view, from the state as it is.
    fn output(&mut self, extract: &[Rect], digest: Option<Digest>) -> JobOutput {
        let mut output = JobOutput {
            extracts: extract.iter().map(|&rect| with_particles!(&self.state, p => p.store.extract(rect))).collect(),
            digest,
            particles: with_particles!(&self.state, p => p.store.len()) as u64,
            columns: self.columns(),
            ..JobOutput::default()
        };
        self.dormant.complete(&mut output, extract, self.region);
        output
    }

    /// Answers [`Job::TileDigests`].
    fn tile_digests(&self, rect: Rect) -> JobOutput {
        let tile_digests = with_particles!(&self.state, p => p.store.tile_digests(rect));
        let mut output = JobOutput {
            digest: Some(TileDigest::sum(&tile_digests)),
            particles: tile_digests.iter().map(|t| u64::from(t.particles)).sum(),
            tile_digests,
            ..JobOutput::default()
        };
        self.dormant.complete_tiles(&mut output, rect);
        output
    }

    /// Particles in each tile column of the region, left to right.
    fn columns(&self) -> Vec<u32> {
        if self.region.is_empty() {
            return Vec::new();
        }
        let first = self.region.x0 / TILE_CELLS;
        let mut columns = vec![0; ((self.region.x1 - 1) / TILE_CELLS - first + 1) as usize];
        with_particles!(&self.state, p => for tile in &p.store.tiles {
            columns[(tile.at[0] - first) as usize] += tile.particles.len() as u32;
        });
        columns
    }
}

impl Backend for CpuBackend {
    fn name(&self) -> String {
        match self.threads {
            0 | 1 => "CPU, 1 thread".into(),
            n => format!("CPU, {n} threads"),
        }
    }

    fn is_gpu(&self) -> bool {
        false
    }

    fn run(&mut self, job: Job) -> JobFuture<'_> {
        Box::pin(async move { self.run_now(job) })
    }
}
