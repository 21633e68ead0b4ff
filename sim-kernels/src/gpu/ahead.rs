//! The next superstep, encoded while the GPU computes: most are like the one before, and in a small world to encode one takes as
//! long as to compute it.

use super::buffers::{Buffers, PARTICLE_BYTES, Sizes, taken_bytes, words_bytes};
use super::context::GpuContext;
use super::kernels::Resource;
use super::recording::Recording;
use super::superstep::{STATE_BYTES, TickPlan, Wanted};
use crate::shader::layout::VIEW_WORDS;

/// The most ticks: longer ones are not usual, and rather handed in piece by piece.
const TICKS_MAX: usize = 8;

/// What is copied out as a superstep ends: from its beginning on so many bytes of each of these, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copies {
    pub(super) extract: u64,
    pub(super) extract_words: u64,
    pub(super) view: u64,
    pub(super) taken: u64,
}

impl Copies {
    /// What a job needs, and what strokes take away if it `takes`.
    pub(super) fn of(buffers: &Buffers, takes: bool, wanted: &Wanted<'_>) -> Self {
        let Sizes { extract, taken, view, .. } = buffers.sizes;
        let bytes = |wanted: bool, count: u32, each: u64| if wanted { u64::from(count) * each } else { 0 };
        let extracts = !wanted.rects.is_empty();
        Self {
            extract: bytes(extracts, extract, PARTICLE_BYTES),
            extract_words: bytes(extracts, extract, words_bytes(buffers.class)),
            view: bytes(wanted.view, view, u64::from(VIEW_WORDS) * 4),
            taken: bytes(takes, taken, taken_bytes(buffers.class)),
        }
    }

    /// All of them, behind the state.
    fn parts(self) -> [(Resource, u64); 5] {
        [
            (Resource::State, STATE_BYTES),
            (Resource::Extract, self.extract),
            (Resource::ExtractWords, self.extract_words),
            (Resource::View, self.view),
            (Resource::Taken, self.taken),
        ]
    }

    /// Their sum.
    pub(super) fn bytes(self) -> u64 {
        self.parts().iter().map(|part| part.1).sum()
    }

    /// Copies them.
    fn record(self, encoder: &mut wgpu::CommandEncoder, buffers: &Buffers, staging: &wgpu::Buffer) {
        let mut to = 0;
        for (resource, bytes) in self.parts().into_iter().filter(|part| part.1 > 0) {
            encoder.copy_buffer_to_buffer(buffers.get(resource), 0, staging, to, bytes);
            to += bytes;
        }
    }
}

/// A superstep that is to be handed in.
#[derive(Debug, PartialEq)]
pub(super) struct Superstep {
    /// What is to be done.
    pub(super) recording: Recording,
    /// And read back.
    pub(super) copies: Copies,
    /// Where to.
    pub(super) staging: wgpu::Buffer,
    /// See [`Buffers::generation`].
    generation: u64,
}

/// One that is encoded.
pub(super) struct Ahead {
    superstep: Superstep,
    encoded: Vec<wgpu::CommandBuffer>,
}

impl Superstep {
    /// One that works on buffers as they are.
    pub(super) fn new(recording: Recording, copies: Copies, staging: wgpu::Buffer, buffers: &Buffers) -> Self {
        Self { recording, copies, staging, generation: buffers.generation }
    }

    /// Gives it to the GPU, as it was encoded ahead if that was the same.
    pub(super) fn hand_in(&self, context: &GpuContext, buffers: &mut Buffers, ahead: Option<Ahead>) {
        match ahead.filter(|ahead| ahead.superstep == *self) {
            Some(ahead) => {
                context.queue().submit(ahead.encoded);
            }
            None => self.recording.execute(context, buffers, |encoder, buffers| {
                self.copies.record(encoder, buffers, &self.staging);
            }),
        }
    }

    /// Encodes it.
    pub(super) fn ahead(self, context: &GpuContext, buffers: &mut Buffers) -> Ahead {
        let mut encoded = Vec::new();
        let Self { recording, copies, staging, .. } = &self;
        let last = |encoder: &mut wgpu::CommandEncoder, buffers: &Buffers| copies.record(encoder, buffers, staging);
        recording.encode(context, buffers, last, |part| encoded.push(part));
        Ahead { superstep: self, encoded }
    }
}

/// Whether the superstep after one with these ticks may well be like it.
pub(super) fn may_recur(ticks: &[TickPlan]) -> bool {
    let calm = |tick: &TickPlan| tick.ops.tile_count == 0 && tick.terrain.is_none() && tick.substeps > 0;
    (1..=TICKS_MAX).contains(&ticks.len()) && ticks.iter().all(calm)
}
