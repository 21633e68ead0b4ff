//! How long each pass takes on the device, by its own clock.

use super::passes::PASSES;

/// The most passes of a picture: those that draw into textures, the sweep, and the picture.
const PASSES_MAX: usize = PASSES.len() + 2;
/// Bytes of a moment.
const MOMENT: usize = 8;

/// See the module.
pub(super) struct Clock {
    moments: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    read: wgpu::Buffer,
    /// Of a tick, in milliseconds.
    tick_ms: f64,
    labels: Vec<&'static str>,
}

/// Where a pass writes when it begins and ends.
pub(super) struct Times {
    moments: wgpu::QuerySet,
    first: u32,
}

impl Times {
    pub(super) fn render(&self) -> wgpu::RenderPassTimestampWrites<'_> {
        let (begins, ends) = (Some(self.first), Some(self.first + 1));
        wgpu::RenderPassTimestampWrites {
            query_set: &self.moments,
            beginning_of_pass_write_index: begins,
            end_of_pass_write_index: ends,
        }
    }

    pub(super) fn compute(&self) -> wgpu::ComputePassTimestampWrites<'_> {
        let (begins, ends) = (Some(self.first), Some(self.first + 1));
        wgpu::ComputePassTimestampWrites {
            query_set: &self.moments,
            beginning_of_pass_write_index: begins,
            end_of_pass_write_index: ends,
        }
    }
}

impl Clock {
    /// None where the device has no clock to ask.
    pub(super) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Option<Self> {
        if !device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return None;
        }
        let count = 2 * PASSES_MAX as u32;
        let moments = device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("moments"),
            ty: wgpu::QueryType::Timestamp,
            count,
        });
        let buffer = |usage| {
            let size = u64::from(count) * MOMENT as u64;
            let (label, mapped_at_creation) = (Some("moments"), false);
            device.create_buffer(&wgpu::BufferDescriptor { label, size, usage, mapped_at_creation })
        };
        let resolved = buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
        let read = buffer(wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);
        let tick_ms = f64::from(queue.get_timestamp_period()) * 1e-6;
        Some(Self { moments, resolved, read, tick_ms, labels: Vec::new() })
    }

    /// A picture begins.
    pub(super) fn restart(&mut self) {
        self.labels.clear();
    }

    /// The next pass is this.
    pub(super) fn begin(&mut self, label: &'static str) -> Times {
        let first = 2 * self.labels.len() as u32;
        self.labels.push(label);
        Times { moments: self.moments.clone(), first }
    }

    /// All passes are there.
    pub(super) fn end(&self, encoder: &mut wgpu::CommandEncoder) {
        let count = 2 * self.labels.len() as u32;
        encoder.resolve_query_set(&self.moments, 0..count, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.read, 0, u64::from(count) * MOMENT as u64);
    }

    /// How long each pass of the last picture took, in milliseconds.
    pub(super) fn read(&self, device: &wgpu::Device) -> Vec<(&'static str, f64)> {
        if self.labels.is_empty() {
            return Vec::new();
        }
        let part = self.read.slice(..(self.labels.len() * 2 * MOMENT) as u64);
        part.map_async(wgpu::MapMode::Read, |_| {});
        if device.poll(wgpu::PollType::wait_indefinitely()).is_err() {
            return Vec::new();
        }
        let moments: Vec<u64> = bytemuck::pod_collect_to_vec(&part.get_mapped_range()[..]);
        self.read.unmap();
        let took = |pair: &[u64]| pair[1].saturating_sub(pair[0]) as f64 * self.tick_ms;
        self.labels.iter().copied().zip(moments.chunks(2).map(took)).collect()
    }
}
