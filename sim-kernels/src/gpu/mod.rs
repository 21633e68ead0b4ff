//! The GPU backend: the WGSL twins of [`crate::cpu`]'s stages through wgpu, the same bits.
//!
//! A superstep is planned on the CPU (`recording`), runs in one go, and is read back once (`readback`).
//! Once a tick the particles are sorted by cell on the GPU, and only tiles near particles get grid memory
//! ("slots"). When a buffer turns out too small, nothing is dropped: a flag is raised, the results are thrown
//! away, and the superstep runs again from its start, which stays untouched, with larger buffers.

mod buffers;
mod calibrate;
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
use crate::globals::Globals;
use crate::job::{Backend, Job, JobFuture, JobOutput, KernelError, Load, StepJob, TICKS_MAX, check};
use crate::particle::{MATERIAL_NONE, Particle};
use crate::shader::layout::STATE_COLUMNS;
use crate::states::States;
use ops::{OpsPlan, TickOps};
use readback::StateWords;
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
    /// which every job fails.
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

    /// Runs a superstep of so many ticks kernel by kernel, leaving the state as it is, and answers for each
    /// kernel its name, the seconds it took in all and how often it ran.
    ///
    /// # Errors
    /// The slot is empty, or the device was lost.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn profile(&mut self, ticks: u32) -> Result<Vec<(&'static str, f64, u32)>, KernelError> {
        let held = self.states.held()?;
        let times = held.profile(ticks);
        self.context.check()?;
        Ok(times)
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
        for p in &particles {
            let column = p.cell().0 / TILE_CELLS - load.region.x0 / TILE_CELLS;
            columns.0[STATE_COLUMNS as usize + column as usize] += 1;
        }
        let columns = columns.columns(load.region);
        let count = particles.len() as u64;
        self.states.put(Held::new(&self.context, self.scatter, load.globals, load.region, &particles)?);
        Ok(JobOutput { particles: count, columns, ..JobOutput::default() })
    }

    /// Answers [`Job::Extract`].
    async fn extract(&mut self, rects: &[Rect]) -> Result<JobOutput, KernelError> {
        let held = self.states.held()?;
        let wanted = Wanted::of(rects, false, false);
        held.superstep(&[], &OpsPlan::default(), held.region, &[], &wanted).await
    }

    /// Answers [`Job::TileDigests`].
    async fn tile_digests(&mut self, rect: Rect) -> Result<JobOutput, KernelError> {
        self.states.held()?.tile_digests(rect).await
    }

    /// Answers [`Job::Step`]; the globals go on only where the superstep succeeded.
    async fn step(&mut self, job: StepJob) -> Result<JobOutput, KernelError> {
        let held = self.states.held()?;
        let (ticks, ops, globals) = held.plan(&job)?;
        let wanted = Wanted::of(&job.extract, job.digest, job.view);
        let output = held.superstep(&ticks, &ops, job.region, &job.incoming, &wanted).await?;
        held.globals = globals;
        Ok(output)
    }
}

impl Held {
    /// What a job comes down to, tick by tick, and the globals after it.
    fn plan(&self, job: &StepJob) -> Result<(Vec<TickPlan>, OpsPlan, Globals), KernelError> {
        if job.commands.len() > TICKS_MAX {
            return Err(KernelError::BadJob(format!("more than {TICKS_MAX} ticks")));
        }
        check(&self.globals, job.region, job.incoming.len() + self.len as usize)?;

        let mut globals = self.globals.clone();
        let mut ops = OpsPlan::default();
        let mut ticks = Vec::new();
        for (done, commands) in job.commands.iter().enumerate() {
            // What cannot reach the region any more need not be computed.
            let keep = padded(job.region, job.commands.len() - done, &globals);
            let before = (!commands.is_empty()).then(|| globals.terrain.clone());
            let cell_ops = globals.begin_tick(commands);
            let changed = before.is_some_and(|b| b != globals.terrain);
            ops.push(&cell_ops, keep, self.buffers.table[0]);
            ticks.push(TickPlan {
                keep,
                gravity: globals.gravity,
                substeps: SUBSTEPS as u32,
                first_substep: globals.first_substep(),
                ops: ops.ticks[done],
                terrain: changed.then(|| globals.terrain.words().to_vec()),
            });
            globals.end_tick();
        }
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
        Ok((ticks, ops, globals))
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
