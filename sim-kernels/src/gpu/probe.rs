//! A superstep kernel by kernel, with what each one wrote read back: how tests hold every stage against its twin of
//! the CPU's (see [`crate::cpu::stages`]).

use super::recording::{Action, Recording};
use super::superstep::{Held, Wanted, staging_buffer};
use super::{GpuBackend, Plan, readback};
use crate::cpu::stages::Buffers;
use crate::job::{KernelError, StepJob};
use crate::shader::layout::STATE_WORDS;
use crate::shader::{KernelId, Params, Resource};

/// A superstep's stages.
#[derive(Clone, Debug)]
pub struct Trace {
    /// All buffers before the first stage.
    pub start: Buffers,
    /// In order.
    pub stages: Vec<Stage>,
}

/// One stage.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Which.
    pub kernel: KernelId,
    /// The entry of the parameters: the tick's, or the last one for the superstep's end.
    pub entry: u32,
    /// What it was told.
    pub params: Params,
    /// The terrain from this stage on, if it changed before it.
    pub terrain: Option<Vec<u32>>,
    /// The buffers that it writes, after it.
    pub written: Vec<(Resource, Vec<u32>)>,
}

impl GpuBackend {
    /// Runs a superstep stage by stage, and leaves the state as it is. The view looks for the codes of so many
    /// materials, whether they are registered or not.
    ///
    /// # Errors
    /// As [`GpuBackend::run_job`].
    pub async fn trace(&mut self, job: &StepJob, materials: u32) -> Result<Trace, KernelError> {
        self.context.check()?;
        let held = self.states.held()?;
        let Plan { ticks, ops, .. } = held.plan(job)?;
        let wanted = Wanted { rects: &job.extract, digest: job.digest, view: job.view, materials: Some(materials) };
        held.trace(job, &ticks, &ops, &wanted).await
    }
}

impl Held {
    /// Runs the stages one by one, and again with larger buffers where one was too small.
    async fn trace(
        &mut self,
        job: &StepJob,
        ticks: &[super::superstep::TickPlan],
        ops: &super::ops::OpsPlan,
        wanted: &Wanted<'_>,
    ) -> Result<Trace, KernelError> {
        loop {
            let (len, bound) = self.prepare(ticks, ops, &job.incoming, wanted)?;
            let mut recording = self.record(self.start(), ticks, len, bound, wanted);
            // The digests by tile, too, as `Held::tile_digests` does it.
            recording.sort(bound, self.buffers.sizes.slots);
            recording.groups(KernelId::TileDigests, self.buffers.sizes.slots);
            let all_params = self.upload(ticks, ops, job.region, len, wanted);
            let recording_start = Recording::new(self.start());
            let mut start = Buffers::new(all_params[0], self.buffers.class);
            for resource in Resource::ALL.into_iter().filter(|r| *r != Resource::Params) {
                start[resource] = self.dump(resource, recording_start.now, recording_start.spare()).await?;
            }
            let mut trace = Trace { start, stages: Vec::new() };
            let mut terrain = trace.start[Resource::Terrain].clone();
            let mut changed = None;
            for action in &recording.actions {
                let mut one = Recording::new(self.start());
                one.actions.push(action.clone());
                one.execute(&self.context().clone(), &mut self.buffers, |_, _| {});
                match action {
                    Action::Dispatch { kernel, now, next, params, .. } => {
                        let mut written = Vec::new();
                        for &(resource, _) in kernel.bindings(self.buffers.class).iter().filter(|(_, writes)| *writes) {
                            written.push((resource, self.dump(resource, *now, *next).await?));
                        }
                        let (kernel, entry, params) = (*kernel, *params, all_params[*params as usize]);
                        trace.stages.push(Stage { kernel, entry, params, terrain: changed.take(), written });
                    }
                    Action::Terrain { first, words } => {
                        terrain[*first..first + words.len()].copy_from_slice(words);
                        changed = Some(terrain.clone());
                    }
                    Action::Submit => {}
                }
            }
            let words: Vec<u32> = self.dump(Resource::State, 0, 0).await?;
            let mut state = readback::StateWords::start(0);
            state.0.copy_from_slice(&words[..STATE_WORDS as usize]);
            // As in a superstep: what did not fit is run again in larger buffers.
            if self.grow(&state, len)? {
                continue;
            }
            return Ok(trace);
        }
    }

    /// A buffer's words.
    async fn dump(&mut self, resource: Resource, now: usize, next: usize) -> Result<Vec<u32>, KernelError> {
        let context = self.context().clone();
        let bytes = self.buffers.of(resource, now, next).size();
        let staging = staging_buffer(&context, bytes);
        Recording::new(self.start()).execute(&context, &mut self.buffers, |encoder, buffers| {
            encoder.copy_buffer_to_buffer(buffers.of(resource, now, next), 0, &staging, 0, bytes);
        });
        readback::read(&context, &staging, bytes, bytemuck::pod_collect_to_vec).await
    }
}
