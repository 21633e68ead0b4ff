//! How long kernels take, one by one: by the device's own clock, or by the host's.

use super::buffers::Buffers;
use super::context::GpuContext;
use super::recording::{Action, record_pass};
use std::time::Instant;

/// The most moments that a device notes: WebGPU's limit.
const MOMENTS_MAX: u32 = 4096;
/// Bytes of a moment.
const MOMENT: u64 = 8;

/// The device's clock.
pub(super) struct Clock {
    moments: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    read: wgpu::Buffer,
}

impl Clock {
    /// For so many passes; none where the device has no clock, or they are too many.
    pub(super) fn new(context: &GpuContext, passes: usize) -> Option<Self> {
        let device = context.device();
        let count = u32::try_from(2 * passes).ok().filter(|count| (1..=MOMENTS_MAX).contains(count))?;
        if !device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return None;
        }
        let label = Some("moments");
        let moments =
            device.create_query_set(&wgpu::QuerySetDescriptor { label, ty: wgpu::QueryType::Timestamp, count });
        let buffer = |usage| {
            let size = u64::from(count) * MOMENT;
            device.create_buffer(&wgpu::BufferDescriptor { label, size, usage, mapped_at_creation: false })
        };
        let resolved = buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
        let read = buffer(wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);
        Some(Self { moments, resolved, read })
    }

    /// Runs dispatches in a pass each; answers how many seconds each took.
    pub(super) fn times(&self, context: &GpuContext, buffers: &mut Buffers, dispatches: &[&Action]) -> Vec<f64> {
        let mut encoder = context.device().create_command_encoder(&Default::default());
        for (first, action) in (0..).step_by(2).zip(dispatches) {
            let writes = wgpu::ComputePassTimestampWrites {
                query_set: &self.moments,
                beginning_of_pass_write_index: Some(first),
                end_of_pass_write_index: Some(first + 1),
            };
            record_pass(context, buffers, &mut encoder, std::slice::from_ref(*action), Some(writes));
        }
        encoder.resolve_query_set(&self.moments, 0..2 * dispatches.len() as u32, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.read, 0, self.read.size());
        context.queue().submit([encoder.finish()]);
        self.read.map_async(wgpu::MapMode::Read, .., |_| {});
        if context.device().poll(wgpu::PollType::wait_indefinitely()).is_err() {
            // A lost device shows at the next job.
            return vec![0.0; dispatches.len()];
        }
        let moments: Vec<u64> = bytemuck::pod_collect_to_vec(&self.read.get_mapped_range(..)[..]);
        self.read.unmap();
        let seconds = f64::from(context.queue().get_timestamp_period()) * 1e-9;
        moments.chunks_exact(2).map(|pair| pair[1].saturating_sub(pair[0]) as f64 * seconds).collect()
    }
}

/// Runs dispatches in a submission each, waiting for each; answers how many seconds each took by the host's clock, less what an
/// empty submission takes.
pub(super) fn host_times(context: &GpuContext, buffers: &mut Buffers, dispatches: &[&Action]) -> Vec<f64> {
    let mut timed = |actions: &[Action]| {
        let begin = Instant::now();
        let mut encoder = context.device().create_command_encoder(&Default::default());
        record_pass(context, buffers, &mut encoder, actions, None);
        context.queue().submit([encoder.finish()]);
        // A lost device shows at the next job.
        let _ = context.device().poll(wgpu::PollType::wait_indefinitely());
        begin.elapsed().as_secs_f64()
    };
    let mut empty: Vec<f64> = (0..9).map(|_| timed(&[])).collect();
    empty.sort_by(f64::total_cmp);
    dispatches.iter().map(|action| (timed(std::slice::from_ref(*action)) - empty[4]).max(0.0)).collect()
}
