//! The digest of each tile: a sort into a spare buffer, a workgroup for each tile, and a small read-back. The
//! state stays as it is, and supersteps that nobody asks pay nothing.

use super::kernels::{KernelId, Resource};
use super::ops::{OpsPlan, TickOps};
use super::readback::{self, StateWords};
use super::recording::Recording;
use super::superstep::{Held, STATE_BYTES, TRIES_MAX, TickPlan, Wanted, staging_buffer};
use crate::digest::{Digest, TileDigest};
use crate::geom::Rect;
use crate::job::{JobOutput, KernelError};
use crate::shader::layout::{DIGEST_WORDS, STATE_PARTICLES, STATE_SLOTS};

impl Held {
    /// Answers [`crate::job::Job::TileDigests`].
    pub(super) async fn tile_digests(&mut self, rect: Rect) -> Result<JobOutput, KernelError> {
        // The sort drops what is not asked for.
        let keep = rect.intersect(self.region);
        let ticks =
            [TickPlan { keep, gravity: [0, 0], substeps: 0, first_substep: 0, ops: TickOps::default(), terrain: None }];
        let wanted = Wanted::of(&[], false, false);
        for _ in 0..TRIES_MAX {
            let slots = self.buffers.sizes.slots;
            let mut recording = Recording::new(self.start());
            recording.sort(self.len, slots);
            recording.groups(KernelId::TileDigests, slots);
            self.upload(&ticks, &OpsPlan::default(), keep, self.len, &wanted);
            let (state, words) = self.read_digests(&recording, slots).await?;
            if self.grow(&state, self.len)? {
                continue;
            }
            // Slot 0 is no tile.
            let used = state.get(STATE_SLOTS).clamp(1, slots) as usize;
            let words = &words[DIGEST_WORDS as usize..used * DIGEST_WORDS as usize];
            let tile_digests = listed(words, self.buffers.table[0]);
            return Ok(JobOutput {
                digest: Some(TileDigest::sum(&tile_digests)),
                tile_digests,
                particles: u64::from(state.get(STATE_PARTICLES)),
                ..JobOutput::default()
            });
        }
        Err(KernelError::BadJob("the buffers never became large enough".into()))
    }

    /// Runs a recording and waits for its end.
    pub(super) async fn run_and_wait(&mut self, recording: &Recording) -> Result<(), KernelError> {
        self.read_digests(recording, 0).await.map(|_| ())
    }

    /// Runs a recording; answers the state and the words of so many slots' digests.
    async fn read_digests(&mut self, recording: &Recording, slots: u32) -> Result<(StateWords, Vec<u32>), KernelError> {
        let context = self.context().clone();
        let digest_bytes = u64::from(slots * DIGEST_WORDS) * 4;
        let staging = staging_buffer(&context, STATE_BYTES + digest_bytes);
        recording.execute(&context, &mut self.buffers, |encoder, buffers| {
            encoder.copy_buffer_to_buffer(buffers.get(Resource::State), 0, &staging, 0, STATE_BYTES);
            if digest_bytes > 0 {
                encoder.copy_buffer_to_buffer(buffers.get(Resource::Digests), 0, &staging, STATE_BYTES, digest_bytes);
            }
        });
        readback::read(&context, &staging, STATE_BYTES + digest_bytes, |all| {
            let (head, rest) = all.split_at(STATE_BYTES as usize);
            let mut state = StateWords::start(0);
            bytemuck::bytes_of_mut(&mut state.0).copy_from_slice(head);
            (state, bytemuck::pod_collect_to_vec(rest))
        })
        .await
    }
}

/// The tiles that hold particles. Slots are in order of the table, which is by row and column.
fn listed(words: &[u32], table_width: u32) -> Vec<TileDigest> {
    let all = words.chunks_exact(DIGEST_WORDS as usize).filter(|w| w[1] > 0);
    all.map(|w| TileDigest {
        tile: [(w[0] % table_width - 1) as u16, (w[0] / table_width - 1) as u16],
        particles: w[1],
        digest: Digest([w[2], w[3], w[4], w[5]]),
    })
    .collect()
}
