//! What a superstep does on the GPU, planned as a list first and then executed, in as few passes as it can.

use super::buffers::{Buffers, PARAMS_STRIDE};
#[cfg(not(target_arch = "wasm32"))]
use super::clock::{Clock, host_times};
use super::context::GpuContext;
use super::kernels::{KernelId, Resource};
use super::scatter::ScatterShape;
use crate::shader::layout::{LANES, SCATTER_RUN};

/// Workgroups along one dimension of a dispatch.
const GROUPS_MAX: u32 = 65_535;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    /// Run a kernel.
    Dispatch {
        /// Which.
        kernel: KernelId,
        /// The particle buffer that it works on.
        now: usize,
        /// The particle buffer that a sort writes.
        next: usize,
        /// Which entry of the parameters.
        params: u32,
        /// Workgroups.
        groups: u32,
    },
    /// Change words of the terrain.
    Terrain {
        /// The first one.
        first: usize,
        /// Their values.
        words: Vec<u32>,
    },
    /// Hand what was recorded so far to the GPU.
    Submit,
}

/// A list of actions and the place where they are in it.
#[derive(Debug, PartialEq)]
pub(super) struct Recording {
    /// In order.
    pub(super) actions: Vec<Action>,
    /// The particle buffer that holds the state now.
    pub(super) now: usize,
    /// The particle buffer that holds the superstep's start.
    start: usize,
    /// The entry of the parameters that the next dispatches use.
    pub(super) params: u32,
}

impl Recording {
    /// Begins with the state in particle buffer `start`, which no sort overwrites.
    pub(super) fn new(start: usize) -> Self {
        Self { actions: Vec::new(), now: start, start, params: 0 }
    }

    /// A kernel with a lane for each particle, and a few more: so supersteps of nearly as many particles are recorded alike.
    pub(super) fn over_particles(&mut self, kernel: KernelId, particles: u32) {
        let groups = particles.div_ceil(LANES);
        self.groups(kernel, groups.next_multiple_of((groups.next_power_of_two() / 32).max(1)));
    }

    /// A kernel with so many workgroups.
    pub(super) fn groups(&mut self, kernel: KernelId, groups: u32) {
        if groups > 0 {
            let next = self.spare();
            self.actions.push(Action::Dispatch { kernel, now: self.now, next, params: self.params, groups });
        }
    }

    /// Sorts by cell, dropping what the parameters do not keep.
    pub(super) fn sort(&mut self, particles: u32, slots: u32) {
        self.over_particles(KernelId::Mark, particles);
        self.groups(KernelId::Slots, 1);
        self.groups(KernelId::Clear, slots);
        self.over_particles(KernelId::Count, particles);
        self.groups(KernelId::TileSums, slots);
        self.groups(KernelId::TileScan, 1);
        self.groups(KernelId::CellOffsets, slots);
        self.over_particles(KernelId::Scatter, particles);
        self.now = self.spare();
    }

    /// Scatters the sorted particles to the grid.
    pub(super) fn scatter(&mut self, shape: ScatterShape, particles: u32, slots: u32, parts: u32) {
        let kernel = shape.kernel();
        match shape {
            ScatterShape::Particles => self.over_particles(kernel, particles),
            ScatterShape::Runs => self.over_particles(kernel, particles.div_ceil(SCATTER_RUN)),
            ScatterShape::Tiles => self.groups(kernel, slots * parts),
        }
    }

    /// The particle buffer that is neither the saved start nor in use.
    pub(super) fn spare(&self) -> usize {
        (0..3).find(|&k| k != self.start && k != self.now).expect("three buffers, two of them taken")
    }

    /// Gives everything to the GPU; with `last`, what it still records.
    pub(super) fn execute(
        &self,
        context: &GpuContext,
        buffers: &mut Buffers,
        last: impl FnOnce(&mut wgpu::CommandEncoder, &Buffers),
    ) {
        self.encode(context, buffers, last, |part| {
            context.queue().submit([part]);
        });
    }

    /// Encodes everything, and with `last` what is still to follow; `hand` takes the parts, which end with each
    /// [`Action::Submit`].
    pub(super) fn encode(
        &self,
        context: &GpuContext,
        buffers: &mut Buffers,
        last: impl FnOnce(&mut wgpu::CommandEncoder, &Buffers),
        mut hand: impl FnMut(wgpu::CommandBuffer),
    ) {
        let upload = terrain_upload(context, &self.actions);
        let mut upload_at = 0;
        let mut encoder = context.device().create_command_encoder(&Default::default());
        let mut rest = &self.actions[..];
        while let Some(action) = rest.first() {
            match action {
                Action::Dispatch { .. } => rest = record_pass(context, buffers, &mut encoder, rest, None),
                Action::Terrain { first, words } => {
                    let (from, bytes) = (upload.as_ref().expect("made for these"), words.len() as u64 * 4);
                    let to = buffers.get(Resource::Terrain);
                    encoder.copy_buffer_to_buffer(from, upload_at, to, *first as u64 * 4, bytes);
                    upload_at += bytes;
                    rest = &rest[1..];
                }
                Action::Submit => {
                    let full =
                        std::mem::replace(&mut encoder, context.device().create_command_encoder(&Default::default()));
                    hand(full.finish());
                    rest = &rest[1..];
                }
            }
        }
        last(&mut encoder, buffers);
        hand(encoder.finish());
    }

    /// Runs the dispatches one by one; answers every kernel's seconds and runs. They are those of the device's own clock, or where
    /// it has none the host's for a submission each, less what an empty one takes.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn execute_timed(&self, context: &GpuContext, buffers: &mut Buffers) -> Vec<(KernelId, f64, u32)> {
        let dispatches: Vec<&Action> =
            self.actions.iter().filter(|action| matches!(action, Action::Dispatch { .. })).collect();
        let times = match Clock::new(context, dispatches.len()) {
            Some(clock) => clock.times(context, buffers, &dispatches),
            None => host_times(context, buffers, &dispatches),
        };
        let mut sums: Vec<(KernelId, f64, u32)> = KernelId::ALL.iter().map(|&id| (id, 0.0, 0)).collect();
        for (action, seconds) in dispatches.into_iter().zip(times) {
            if let Action::Dispatch { kernel, .. } = action {
                let sum = &mut sums[*kernel as usize];
                sum.1 += seconds;
                sum.2 += 1;
            }
        }
        sums.retain(|sum| sum.2 > 0);
        sums
    }
}

/// Records the leading dispatches as one pass; answers what follows them.
pub(super) fn record_pass<'a>(
    context: &GpuContext,
    buffers: &mut Buffers,
    encoder: &mut wgpu::CommandEncoder,
    actions: &'a [Action],
    timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
) -> &'a [Action] {
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes });
    for (i, action) in actions.iter().enumerate() {
        let Action::Dispatch { kernel, now, next, params, groups } = *action else { return &actions[i..] };
        pass.set_pipeline(&context.kernels().get(buffers.class, kernel).pipeline);
        pass.set_bind_group(0, buffers.bind_group(kernel, now, next), &[params * PARAMS_STRIDE as u32]);
        let rows = groups.div_ceil(GROUPS_MAX);
        pass.dispatch_workgroups(groups.div_ceil(rows), rows, 1);
    }
    &[]
}

/// All changes of terrain, one after another, in a buffer to copy from.
fn terrain_upload(context: &GpuContext, actions: &[Action]) -> Option<wgpu::Buffer> {
    let words: Vec<u32> = actions
        .iter()
        .flat_map(|action| match action {
            Action::Terrain { words, .. } => words.as_slice(),
            _ => &[],
        })
        .copied()
        .collect();
    if words.is_empty() {
        return None;
    }
    let buffer = context.device().create_buffer(&wgpu::BufferDescriptor {
        label: Some("terrain changes"),
        size: words.len() as u64 * 4,
        usage: wgpu::BufferUsages::COPY_SRC,
        mapped_at_creation: true,
    });
    buffer.get_mapped_range_mut(..).copy_from_slice(bytemuck::cast_slice(&words));
    buffer.unmap();
    Some(buffer)
}
