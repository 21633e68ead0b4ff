//! One substep stage by stage, read back after each: how tests find the first stage that differs from the
//! CPU's.

use super::buffers::Buffers;
use super::kernels::{KernelId, Resource};
use super::ops::{OpsPlan, TickOps};
use super::readback::{self, StateWords};
use super::recording::{Action, Recording};
use super::superstep::{Held, TickPlan, Wanted};
use crate::job::KernelError;
use crate::particle::Particle;
use crate::shader::layout::{LANES, STATE_FLAGS, STATE_PARTICLES, STATE_SLOTS, STATE_WORDS};

/// What the stages of one substep leave behind.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    /// The tiles that have grid memory.
    pub tiles: Vec<ProbeTile>,
    /// After the gather, in no particular order.
    pub particles: Vec<Particle>,
}

/// A tile's nodes, row by row.
#[derive(Clone, Debug)]
pub struct ProbeTile {
    /// Tile column and row; -1 and one too many are the ring around the world.
    pub at: [i32; 2],
    /// After the scatter: mass, momentum x and y, particles in the cell.
    pub nodes: Vec<[i32; 4]>,
    /// After the grid stage: velocity x and y, density.
    pub velocities: Vec<[i32; 4]>,
}

impl Held {
    /// Runs one substep on the state, and leaves the state as it is.
    pub(super) async fn probe(&mut self) -> Result<Probe, KernelError> {
        let wanted = Wanted { rects: &[], digest: false, view: false };
        let (keep, gravity) = (self.region, self.globals.gravity);
        let ticks = [TickPlan { keep, gravity, substeps: 1, ops: TickOps::default(), terrain: None }];
        loop {
            let mut recording = Recording::new(self.start());
            let slots = self.buffers.sizes.slots;
            if let Some((first, words)) = self.buffers.terrain_change(self.globals.terrain.words()) {
                recording.actions.push(Action::Terrain { first, words });
            }
            recording.sort(self.len, slots);
            recording.scatter(self.scatter(), self.len, slots);
            self.upload(&ticks, &OpsPlan::default(), keep, self.len, &wanted);
            let nodes: Vec<[i32; 4]> = self.dump(&mut recording, |b, _| b.get(Resource::Nodes)).await?;
            let words: Vec<u32> = self.dump(&mut recording, |b, _| b.get(Resource::State)).await?;
            let mut state = StateWords::start(0);
            state.0.copy_from_slice(&words[..STATE_WORDS as usize]);
            if state.get(STATE_FLAGS) != 0 && self.grow(&state, self.len)? {
                continue;
            }
            recording.groups(KernelId::Grid, slots);
            let velocities: Vec<[i32; 4]> = self.dump(&mut recording, |b, _| b.get(Resource::Velocities)).await?;
            recording.over_particles(KernelId::G2p, self.len);
            let mut particles: Vec<Particle> = self.dump(&mut recording, |b, now| b.particles(now)).await?;
            particles.truncate(state.get(STATE_PARTICLES) as usize);
            let slot_tiles: Vec<u32> = self.dump(&mut recording, |b, _| b.get(Resource::SlotTiles)).await?;
            let width = self.buffers.table[0];
            let tile = |slot: u32| {
                let part = (slot * LANES) as usize..((slot + 1) * LANES) as usize;
                let tile = slot_tiles[slot as usize];
                ProbeTile {
                    at: [(tile % width) as i32 - 1, (tile / width) as i32 - 1],
                    nodes: nodes[part.clone()].to_vec(),
                    velocities: velocities[part].to_vec(),
                }
            };
            return Ok(Probe { tiles: (1..state.get(STATE_SLOTS)).map(tile).collect(), particles });
        }
    }

    /// Runs what was recorded, forgets it, and reads a buffer back.
    async fn dump<T: bytemuck::Pod>(
        &mut self,
        recording: &mut Recording,
        which: impl for<'b> Fn(&'b Buffers, usize) -> &'b wgpu::Buffer,
    ) -> Result<Vec<T>, KernelError> {
        let (now, context) = (recording.now, self.context().clone());
        let bytes = which(&self.buffers, now).size();
        let staging = super::superstep::staging_buffer(&context, bytes);
        recording.execute(&context, &mut self.buffers, |encoder, buffers| {
            encoder.copy_buffer_to_buffer(which(buffers, now), 0, &staging, 0, bytes);
        });
        recording.actions.clear();
        readback::read(&context, &staging, bytes, bytemuck::pod_collect_to_vec).await
    }
}
