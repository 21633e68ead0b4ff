//! The GPU backend: the WGSL twins of [`crate::cpu`]'s stages through wgpu, the same bits.
//!
//! A superstep is planned on the CPU (`recording`), runs in one go, and is read back once (`readback`).
//! Every second tick at least the particles are sorted by cell on the GPU, and only tiles near particles get grid memory
//! ("slots"). When a buffer turns out too small, nothing is dropped: a flag is raised, the results are thrown
//! away, and the superstep runs again from its start, which stays untouched, with larger buffers.

mod ahead;
mod buffers;
mod calibrate;
#[cfg(not(target_arch = "wasm32"))]
mod clock;
mod context;
mod kernels;
mod ops;
mod probe;
mod readback;
mod recording;
mod scatter;
mod superstep;
mod tiles;
#[cfg(target_arch = "wasm32")]
mod web;

pub use calibrate::{Calibration, calibrate, fastest};
pub use context::{AdapterChoice, GpuContext};
pub use probe::{Stage, Trace};
pub use scatter::{SCATTER_VARIABLE, ScatterShape};

use crate::constants::{HALO_TICK, SUBSTEPS};
use crate::geom::{Rect, TILE_CELLS};
use crate::globals::{CellOp, CellOpKind, Globals};
use crate::job::{Backend, Job, JobFuture, JobOutput, KernelError, Load, StepJob, TICKS_MAX, check};
use crate::particle::{MATERIAL_NONE, Particle};
use crate::shader::layout::{STATE_COLUMNS, TAKEN_TICK_SHIFT};
use crate::states::States;
use ops::{OpsPlan, TickOps};
use readback::StateWords;
use std::collections::BTreeMap;
use superstep::{Held, TickPlan, Wanted};

#[cfg(not(target_arch = "wasm32"))]
use std::time::Instant;
#[cfg(target_arch = "wasm32")]
use web_time::Instant;

/// One region's state on a GPU.
pub struct GpuBackend {
    /// The device.
    context: GpuContext,
    /// How new states scatter.
    scatter: ScatterShape,
    /// One a slot.
    states: States<Held>,
}

impl GpuBackend {
    /// A backend on a device that others may share, which scatters in a given shape (see [`fastest`]).
    pub fn new(context: GpuContext, scatter: ScatterShape) -> Self {
        // A driver for a CPU takes seconds of the cores that it computes on.
        #[cfg(not(target_arch = "wasm32"))]
        if !context.is_software() {
            let context = context.clone();
            // Nothing waits for it, and where no thread can be had the kernels are compiled when they are needed.
            let ahead = move || while context.kernels().compile_ahead(scatter.kernel()) {};
            drop(std::thread::Builder::new().name("kernels".into()).spawn(ahead));
        }
        Self { context, scatter, states: States::default() }
    }

    /// Does a job. Natively the future is ready when first polled, after blocking there.
    ///
    /// # Errors
    /// [`KernelError::BadJob`] as with [`crate::cpu::CpuBackend::run_now`], and where the device's buffers do not hold the
    /// particles or the commands' cells; [`KernelError::DeviceLost`] when the device is gone or reported an error, after
    /// which every job fails. A slot whose step failed is to be loaded again.
    pub async fn run_job(&mut self, job: Job) -> Result<JobOutput, KernelError> {
        self.context.check()?;
        let begin = Instant::now();
        let mut output = match job {
            Job::Select(slot) => {
                self.states.select(slot);
                JobOutput::default()
            }
            Job::Forget => {
                self.states.forget();
                JobOutput::default()
            }
            Job::Copy(from) => {
                self.states.copy(from, Held::copy)?;
                JobOutput::default()
            }
            Job::Load(load) => self.load(load)?,
            // Its queue does not wait for a host's work in between: a step in two parts would take longer.
            Job::Begin(_) => {
                self.states.held()?;
                JobOutput::default()
            }
            Job::Step(step) => {
                // A browser compiles in a process of its own: one a step, so that none waits for many.
                #[cfg(target_arch = "wasm32")]
                if !self.context.is_software() {
                    self.context.kernels().compile_ahead(self.scatter.kernel());
                }
                self.step(step).await?
            }
            Job::Extract(rects) => self.extract(&rects).await?,
            Job::TileDigests(rect) => self.tile_digests(rect).await?,
        };
        output.compute_us = begin.elapsed().as_micros() as u64;
        Ok(output)
    }

    /// Where the time of a superstep of so many ticks without commands goes. The state stays as it is.
    ///
    /// # Errors
    /// The slot is empty, or the device was lost.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn profile(&mut self, ticks: u32) -> Result<Profile, KernelError> {
        let held = self.states.held()?;
        let profile = held.profile(ticks);
        self.context.check()?;
        Ok(profile)
    }

    /// Answers [`Job::Load`].
    fn load(&mut self, load: Load) -> Result<JobOutput, KernelError> {
        if !load.globals.is_valid() {
            return Err(KernelError::BadJob("the globals are out of range".into()));
        }
        check(&load.globals, load.region, load.particles.len())?;
        let inside = |p: &&Particle| {
            let (x, y) = p.cell();
            load.region.contains(x, y) && p.material() != MATERIAL_NONE
        };
        let particles: Vec<Particle> = load.particles.iter().filter(inside).copied().collect();
        let mut columns = StateWords::start(0);
        let live = || particles.iter().filter(|p| !p.is_dormant());
        for p in live() {
            let column = p.cell().0 / TILE_CELLS - load.region.x0 / TILE_CELLS;
            columns.0[STATE_COLUMNS as usize + column as usize] += 1;
        }
        let columns = columns.columns(load.region);
        let mut output = JobOutput { particles: live().count() as u64, columns, ..JobOutput::default() };
        let mut held = Held::new(&self.context, self.scatter, load.globals, load.region, &particles)?;
        held.dormant.complete(&mut output, &[], load.region);
        self.states.put(held);
        Ok(output)
    }

    /// Answers [`Job::Extract`].
    async fn extract(&mut self, rects: &[Rect]) -> Result<JobOutput, KernelError> {
        let held = self.states.held()?;
        let wanted = Wanted::of(rects, false, false);
        let (mut output, _) = held.superstep(&[], &OpsPlan::default(), held.region, &[], &wanted).await?;
        held.dormant.complete(&mut output, rects, held.region);
        Ok(output)
    }

    /// Answers [`Job::TileDigests`].
    async fn tile_digests(&mut self, rect: Rect) -> Result<JobOutput, KernelError> {
        let held = self.states.held()?;
        let mut output = held.tile_digests(rect).await?;
        held.dormant.complete_tiles(&mut output, rect.intersect(held.region));
        Ok(output)
    }

    /// Answers [`Job::Step`], in parts where what lies dormant wakes on the way: that comes in as bands do. The state goes on
    /// by the parts that succeeded.
    async fn step(&mut self, mut job: StepJob) -> Result<JobOutput, KernelError> {
        let held = self.states.held()?;
        loop {
            let plan = held.plan(&job)?;
            let rest = job.commands.split_off(plan.ticks_done);
            let wanted = if rest.is_empty() {
                Wanted::of(&job.extract, job.digest, job.view)
            } else {
                Wanted::of(&[], false, false)
            };
            let region = padded(job.region, rest.len(), &held.globals);
            let mut incoming = held.dormant.sort_out(&job.incoming, padded(region, plan.ticks_done, &held.globals));
            // A job without ticks leaves what is awake for the next one.
            if plan.ticks_done > 0 {
                let awake = held.dormant.wake();
                if !awake.is_empty() {
                    incoming.to_mut().extend(awake);
                }
            }
            let (mut output, taken) = held.superstep(&plan.ticks, &plan.ops, region, &incoming, &wanted).await?;
            held.replay(&plan, taken);
            held.globals = plan.globals;
            if rest.is_empty() {
                held.dormant.keep(region);
                held.dormant.complete(&mut output, &job.extract, region);
                return Ok(output);
            }
            (job.commands, job.incoming) = (rest, Vec::new());
        }
    }
}

/// Where a superstep's time goes: see [`GpuBackend::profile`].
#[derive(Clone, Debug)]
pub struct Profile {
    /// Of each kernel its name, the seconds it took in all, and how often it ran. By the device's own clock; where it has none by
    /// the host's.
    pub kernels: Vec<(&'static str, f64, u32)>,
    /// The seconds in which the host plans, encodes and hands in a superstep.
    pub encoding: f64,
}

/// What a job comes down to, or the part of it up to the tick in which something comes: it wakes, or is pasted.
struct Plan {
    /// By tick; one without substeps where the job has none.
    ticks: Vec<TickPlan>,
    ops: OpsPlan,
    /// As of its end.
    globals: Globals,
    /// How many ticks of the job it is.
    ticks_done: usize,
    /// By tick of the job, what there is for strokes.
    strokes: Vec<StrokesPlan>,
}

/// What a tick has for strokes.
struct StrokesPlan {
    /// What is to be done with their particles, wherever those are.
    ops: Vec<CellOp>,
    /// The newest one's number.
    newest: u16,
    /// Those that keep what they took away, by number; empty where that is as it was.
    kept: Vec<bool>,
}

impl Held {
    /// Brings what lies dormant up to a plan's end, tick by tick. Only in its last one something wakes.
    fn replay(&mut self, plan: &Plan, taken: Vec<Particle>) {
        let mut by_tick: BTreeMap<usize, Vec<Particle>> = BTreeMap::new();
        for mut p in taken {
            let tick = p.0[2] >> TAKEN_TICK_SHIFT;
            p.0[2] &= (1 << TAKEN_TICK_SHIFT) - 1;
            by_tick.entry(tick as usize).or_default().push(p);
        }
        for (tick, StrokesPlan { ops, newest, kept }) in plan.strokes.iter().enumerate() {
            self.dormant.tick_begins(ops);
            by_tick.get(&tick).into_iter().for_each(|taken| self.dormant.take(taken, *newest));
            self.dormant.tick_ends(ops, &plan.globals.terrain, *newest, || kept.clone());
        }
    }

    /// What a job comes down to, tick by tick, as far as it can be done at once.
    fn plan(&self, job: &StepJob) -> Result<Plan, KernelError> {
        if job.commands.len() > TICKS_MAX {
            return Err(KernelError::BadJob(format!("more than {TICKS_MAX} ticks")));
        }
        check(&self.globals, job.region, job.incoming.len() + self.len as usize + self.dormant.len())?;

        let mut globals = self.globals.clone();
        let mut ops = OpsPlan::default();
        let mut ticks = Vec::new();
        let mut strokes = Vec::new();
        for (done, commands) in job.commands.iter().enumerate() {
            // What cannot reach the region any more need not be computed.
            let keep = padded(job.region, job.commands.len() - done, &globals);
            let before = (!commands.is_empty()).then(|| globals.terrain.clone());
            let cell_ops = globals.begin_tick(commands);
            let changed = before.is_some_and(|b| b != globals.terrain);
            ops.push(&cell_ops, &globals.grabs.pulls(), keep, self.buffers.table[0]);
            ticks.push(TickPlan {
                keep,
                gravity: globals.gravity,
                substeps: SUBSTEPS as u32,
                first_substep: globals.first_substep(),
                ops: ops.ticks[done],
                terrain: changed.then(|| globals.terrain.words().to_vec()),
            });
            globals.end_tick();
            let brings = cell_ops.iter().any(CellOp::brings);
            let is_own = |op: &CellOp| op.is_of_strokes() || brings && op.takes_away();
            let own: Vec<CellOp> = cell_ops.into_iter().filter(is_own).collect();
            let wakes = own.iter().any(|op| matches!(op.kind, CellOpKind::Remove(_)));
            let places = own.iter().any(|op| matches!(op.kind, CellOpKind::Place(_)));
            let settles = own.iter().any(|op| op.kind == CellOpKind::Settle);
            let kept = if settles { globals.strokes.kept() } else { Vec::new() };
            strokes.push(StrokesPlan { ops: own, newest: globals.strokes.newest(), kept });
            let takes = || ops.ticks.iter().any(|tick| tick.taken_max > 0);
            let comes = || job.incoming.iter().any(|p| p.is_dormant());
            if places || (wakes && (!self.dormant.is_empty() || takes() || comes())) {
                break;
            }
        }
        let ticks_done = ticks.len();
        if ticks.is_empty() {
            // No tick, but still: drop what the region does not hold, add what comes in.
            let (keep, gravity) = (job.region, globals.gravity);
            ticks.push(TickPlan {
                keep,
                gravity,
                substeps: 0,
                first_substep: 0,
                ops: TickOps::default(),
                terrain: None,
            });
        }
        if ops.words.len() as u64 * 4 > self.context().binding_max() {
            return Err(KernelError::BadJob("the commands touch too many cells".into()));
        }
        Ok(Plan { ticks, ops, globals, ticks_done, strokes })
    }
}

impl Backend for GpuBackend {
    fn name(&self) -> String {
        self.context.adapter_name().to_owned()
    }

    fn is_gpu(&self) -> bool {
        true
    }

    fn run(&mut self, job: Job) -> JobFuture<'_> {
        Box::pin(self.run_job(job))
    }
}

/// The region and what can reach it within so many ticks.
fn padded(region: Rect, ticks: usize, globals: &Globals) -> Rect {
    if region.is_empty() {
        return region;
    }
    region.grown(HALO_TICK * ticks as i32).intersect(globals.size().rect())
}
