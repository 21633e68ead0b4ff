//! A region's state on the GPU, and one superstep of it: recorded, run, read back, and run again with larger
//! buffers if one was too small.

use super::ahead::{Ahead, Copies, Superstep, may_recur};
use super::buffers::{Buffers, PARAMS_STRIDE, PARTICLE_BYTES, Sizes, taken_bytes, words_bytes};
use super::context::GpuContext;
use super::kernels::{KernelId, Resource};
use super::ops::{OpsPlan, TickOps};
use super::readback::{self, StateWords};
use super::recording::{Action, Recording};
use super::scatter::ScatterShape;
use crate::constants::SUBSTEPS;
use crate::cpu::dormant::Dormant;
use crate::geom::{Rect, TILE_CELLS};
use crate::globals::Globals;
use crate::job::{JobOutput, KernelError};
use crate::materials::Class;
use crate::particle::{Particle, class_of};
use crate::shader::layout::*;
use crate::view::ViewTile;

/// Ticks that a sort lasts for where nothing else asks for one. There are slots for one tile around each that holds particles: these
/// come a cell further a substep, and their stencils a cell more. What by then is outside of what a tick keeps goes with the next sort.
const SORTED_TICKS: u32 = 2;
const _: () = assert!(SORTED_TICKS as i32 * SUBSTEPS < TILE_CELLS);
/// Workgroups that keep a large GPU busy where particles are scattered by tiles: on an H200 four share a tile at 10,000 particles, two
/// at 100,000 and one from 300,000 on, which is best there.
const SCATTER_GROUPS: u32 = 512;
/// The most that share a tile: each then has as many particles as lanes.
const TILE_PARTS_MAX: u32 = 4;
/// A read-back buffer larger than this is not kept.
const STAGING_KEPT_MAX: u64 = 16 << 20;
/// Extracted particles that there is room for at first.
const EXTRACT_FIRST: u32 = 4096;
/// The same of what strokes take away.
const TAKEN_FIRST: u32 = 256;
/// A superstep is run at most this often; every time at least one buffer has grown by half.
pub(super) const TRIES_MAX: usize = 48;
/// Bytes of the state buffer.
pub(super) const STATE_BYTES: u64 = STATE_WORDS as u64 * 4;

/// What one tick needs, worked out before anything runs.
pub(super) struct TickPlan {
    /// Particles outside are dropped at its start.
    pub(super) keep: Rect,
    /// Q15 cells a substep squared.
    pub(super) gravity: [i32; 2],
    /// How many, 0 only for a job without ticks.
    pub(super) substeps: u32,
    /// The number of the first of them since the scene began.
    pub(super) first_substep: u32,
    /// Its part of the operations.
    pub(super) ops: TickOps,
    /// The terrain from now on, if the tick changes it.
    pub(super) terrain: Option<Vec<u32>>,
}

/// What a job wants to know at its end.
pub(super) struct Wanted<'a> {
    /// The rectangles to copy particles out of.
    pub(super) rects: &'a [Rect],
    /// Whether the digest is answered.
    pub(super) digest: bool,
    /// Whether the view field is.
    pub(super) view: bool,
    /// How many materials the view tells apart; as many as the class has where nothing is said.
    pub(super) materials: Option<u32>,
}

impl<'a> Wanted<'a> {
    /// Of a job.
    pub(super) fn of(rects: &'a [Rect], digest: bool, view: bool) -> Self {
        Self { rects, digest, view, materials: None }
    }
}

/// What comes back of a superstep.
struct ReadBack {
    state: StateWords,
    /// One list a rectangle, in canonical order.
    extracts: Vec<Vec<Particle>>,
    /// By row and column.
    view: Vec<ViewTile>,
    /// What strokes took away, with the number of the tick (see [`TAKEN_TICK_SHIFT`]).
    taken: Vec<Particle>,
}

/// One region's state.
pub(super) struct Held {
    /// The device.
    context: GpuContext,
    /// How particles are scattered.
    scatter: ScatterShape,
    /// Brought up to date by the caller, after the superstep has succeeded.
    pub(super) globals: Globals,
    /// What is computed here.
    pub(super) region: Rect,
    /// Particles, at most; the places of the buffer that are used, holes included.
    pub(super) len: u32,
    /// What lies dormant.
    pub(super) dormant: Dormant,
    /// All of its buffers.
    pub(super) buffers: Buffers,
    /// The particle buffer that holds the state.
    start: usize,
    /// The last job's buffer for reading back, where it was not too large to keep.
    staging: Option<wgpu::Buffer>,
    /// The next superstep, if it is as the last one.
    ahead: Option<Ahead>,
}

impl Held {
    /// Uploads a state.
    pub(super) fn new(
        context: &GpuContext,
        scatter: ScatterShape,
        globals: Globals,
        region: Rect,
        particles: &[Particle],
    ) -> Result<Self, KernelError> {
        let size = globals.size();
        let mut dormant = Dormant::new(size);
        let particles = &*dormant.sort_out(particles, region);
        let (len, class) = (particles.len() as u32, class_of(particles));
        let sizes = Sizes {
            particles: room_for(context, class, u64::from(len))?,
            // A first guess: a full tile holds 1024.
            slots: (len / 512 + 64).min(Buffers::slots_max(context, class)),
            extract: EXTRACT_FIRST,
            taken: TAKEN_FIRST,
            view: len / 512 + 64,
        };
        let buffers = Buffers::new(context, size, class, sizes);
        buffers.write_particles(0, 0, particles);
        Ok(Self {
            context: context.clone(),
            scatter,
            globals,
            region,
            len,
            dormant,
            buffers,
            start: 0,
            staging: None,
            ahead: None,
        })
    }

    /// The same state again, in buffers of its own.
    pub(super) fn copy(&self) -> Self {
        let buffers = Buffers::new(&self.context, self.globals.size(), self.buffers.class, self.buffers.sizes);
        buffers.copy_particles(&self.buffers, self.start, self.len);
        let (context, globals) = (self.context.clone(), self.globals.clone());
        let (scatter, region, len) = (self.scatter, self.region, self.len);
        let dormant = self.dormant.clone();
        Self { context, scatter, globals, region, len, dormant, buffers, start: 0, staging: None, ahead: None }
    }

    /// The device.
    pub(super) fn context(&self) -> &GpuContext {
        &self.context
    }

    /// The particle buffer that holds the state.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Buffers of other sizes, with the first so many particles. What was encoded ahead holds the old ones, and goes with them.
    fn resize(&mut self, sizes: Sizes, kept: u32) {
        self.ahead = None;
        self.buffers.resize(sizes, self.start, kept);
    }

    /// Makes room for a superstep and adds `incoming`; answers how many particles there are, and how many there can be.
    pub(super) fn prepare(
        &mut self,
        ticks: &[TickPlan],
        ops: &OpsPlan,
        incoming: &[Particle],
        wanted: &Wanted<'_>,
    ) -> Result<(u32, u32), KernelError> {
        let class = class_of(incoming).max(ops.class);
        if class > self.buffers.class {
            // A slot takes more of a larger class.
            let most = Buffers::slots_max(&self.context, class);
            if self.buffers.sizes.slots > most {
                let sizes = Sizes { slots: most, ..self.buffers.sizes };
                self.resize(sizes, self.len);
            }
            self.ahead = None;
            self.buffers.cover(class);
        }
        let class = self.buffers.class;
        let len = self.len + incoming.len() as u32;
        // Room for all that can be spawned, as far as the device has it; if that is not enough, a flag tells.
        let spawned: u64 = ticks.iter().map(|t| t.ops.spawned_max).sum();
        let bound = (u64::from(len) + spawned).min(Buffers::particles_max(&self.context, class));
        if bound < u64::from(len) {
            return Err(too_many(&self.context, self.buffers.class));
        }
        if bound > u64::from(self.buffers.sizes.particles) {
            let sizes = Sizes { particles: room_for(&self.context, class, bound)?, ..self.buffers.sizes };
            self.resize(sizes, self.len);
        }
        if !incoming.is_empty() {
            self.buffers.write_particles(self.start, self.len, incoming);
        }
        self.expect_extract(wanted.rects, bound);
        let taken = taken_at_most(ticks).min(bound).min(self.taken_most()) as u32;
        if taken > self.buffers.sizes.taken {
            self.resize(Sizes { taken, ..self.buffers.sizes }, self.len);
        }
        Ok((len, bound as u32))
    }

    /// Adds `incoming`, runs the ticks, keeps what `region` holds; answers what strokes took away, too, with the number of
    /// the tick (see [`TAKEN_TICK_SHIFT`]).
    pub(super) async fn superstep(
        &mut self,
        ticks: &[TickPlan],
        ops: &OpsPlan,
        region: Rect,
        incoming: &[Particle],
        wanted: &Wanted<'_>,
    ) -> Result<(JobOutput, Vec<Particle>), KernelError> {
        let (len, bound) = self.prepare(ticks, ops, incoming, wanted)?;
        for _ in 0..TRIES_MAX {
            let recording = self.record(self.start, ticks, len, bound, wanted);
            let end = recording.now;
            self.upload(ticks, ops, region, len, wanted);
            let copies = Copies::of(&self.buffers, taken_at_most(ticks) > 0, wanted);
            // Taken out of `self`, so that a job given up half-way leaves no mapped buffer behind.
            let staging = match self.staging.take() {
                Some(buffer) if buffer.size() >= copies.bytes() => buffer,
                _ => staging_buffer(&self.context, copies.bytes()),
            };
            let now = Superstep::new(recording, copies, staging.clone(), &self.buffers);
            now.hand_in(&self.context, &mut self.buffers, self.ahead.take());
            let is_kept = staging.size() <= STAGING_KEPT_MAX;
            if is_kept && may_recur(ticks) {
                let recording = self.record(end, ticks, len, bound, wanted);
                let next = Superstep::new(recording, copies, staging.clone(), &self.buffers);
                self.ahead = Some(next.ahead(&self.context, &mut self.buffers));
            }
            let ReadBack { state, extracts, view, taken } = self.read_back(copies, &staging, wanted).await?;
            if is_kept {
                self.staging = Some(staging);
            }
            if self.grow(&state, len)? {
                continue;
            }
            self.region = region;
            self.start = end;
            self.len = state.get(STATE_PARTICLES);
            self.shrink(&state);
            let output = JobOutput {
                extracts,
                digest: wanted.digest.then(|| state.digest()),
                view,
                particles: u64::from(state.get(STATE_ALIVE)),
                columns: state.columns(region),
                ..JobOutput::default()
            };
            return Ok((output, taken));
        }
        Err(KernelError::BadJob("the buffers never became large enough".into()))
    }

    /// Answers [`super::GpuBackend::profile`].
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn profile(&mut self, ticks: u32) -> super::Profile {
        let (keep, gravity) = (self.region, self.globals.gravity);
        let tick = || TickPlan {
            keep,
            gravity,
            substeps: SUBSTEPS as u32,
            first_substep: 0,
            ops: TickOps::default(),
            terrain: None,
        };
        let ticks: Vec<TickPlan> = (0..ticks.max(1)).map(|_| tick()).collect();
        let wanted = Wanted::of(&[], true, true);
        let mut encodings: Vec<f64> = (0..9)
            .map(|_| {
                let begin = std::time::Instant::now();
                let recording = self.record(self.start, &ticks, self.len, self.len, &wanted);
                self.upload(&ticks, &OpsPlan::default(), keep, self.len, &wanted);
                recording.execute(&self.context, &mut self.buffers, |_, _| {});
                let taken = begin.elapsed().as_secs_f64();
                // A lost device shows at the next job.
                let _ = self.context.device().poll(wgpu::PollType::wait_indefinitely());
                taken
            })
            .collect();
        encodings.sort_by(f64::total_cmp);
        let recording = self.record(self.start, &ticks, self.len, self.len, &wanted);
        self.upload(&ticks, &OpsPlan::default(), keep, self.len, &wanted);
        let times = recording.execute_timed(&self.context, &mut self.buffers);
        let kernels = times.into_iter().map(|(id, seconds, runs)| (id.name(), seconds, runs)).collect();
        super::Profile { kernels, encoding: encodings[encodings.len() / 2] }
    }

    /// What the GPU is to do, from the state in particle buffer `start` on.
    pub(super) fn record(
        &mut self,
        start: usize,
        ticks: &[TickPlan],
        len: u32,
        bound: u32,
        wanted: &Wanted<'_>,
    ) -> Recording {
        let mut recording = Recording::new(start);
        let (slots, shape, parts) = (self.buffers.sizes.slots, self.scatter, tile_parts(self.buffers.sizes.slots));
        let mut particles = u64::from(len);
        if let Some((first, words)) = self.buffers.terrain_change(self.globals.terrain.words()) {
            recording.actions.push(Action::Terrain { first, words });
        }
        let reacts = self.buffers.class.has_heat();
        // Ticks since the last sort.
        let mut unsorted = SORTED_TICKS;
        for (k, tick) in ticks.iter().enumerate() {
            recording.params = entry(k);
            let change = tick.terrain.as_ref().and_then(|t| self.buffers.terrain_change(t));
            let acts = tick.ops.tile_count > 0;
            // A sort also notes which cells are solid, and empties the air.
            if unsorted == SORTED_TICKS || acts || change.is_some() || reacts {
                if let Some((first, words)) = change {
                    recording.actions.push(Action::Terrain { first, words });
                }
                recording.sort(particles as u32, slots);
                unsorted = 0;
                if k == 0 {
                    recording.actions.push(Action::Submit);
                }
            }
            if acts {
                recording.groups(KernelId::Ops, tick.ops.tile_count);
                particles = (particles + tick.ops.spawned_max).min(u64::from(bound));
                recording.sort(particles as u32, slots);
            }
            if reacts {
                recording.over_particles(KernelId::Touch, particles as u32);
            }
            for substep in 0..tick.substeps {
                recording.params = entry(k) + substep;
                recording.scatter(shape, particles as u32, slots, parts);
                recording.groups(KernelId::Grid, slots);
                recording.over_particles(KernelId::G2p, particles as u32);
            }
            if reacts && tick.substeps > 0 {
                recording.over_particles(KernelId::React, particles as u32);
            }
            unsorted += 1;
            // The GPU computes while the next tick is encoded, which takes about as long in a small world; and long jobs do not
            // look like a hung driver.
            recording.actions.push(Action::Submit);
        }
        recording.params = entry(ticks.len());
        if wanted.view {
            // The nodes are empty, but for the counts.
            recording.scatter(shape, particles as u32, slots, parts);
            if self.materials(wanted) > 1 {
                recording.over_particles(KernelId::ViewTags, particles as u32);
            }
            recording.groups(KernelId::View, slots);
        }
        recording.over_particles(KernelId::Finish, particles as u32);
        recording
    }

    /// Uploads what the kernels are told; answers the entries of the parameters.
    pub(super) fn upload(
        &mut self,
        ticks: &[TickPlan],
        ops: &OpsPlan,
        region: Rect,
        len: u32,
        wanted: &Wanted<'_>,
    ) -> Vec<Params> {
        let mut all = Vec::new();
        let mut entries = vec![0; (entry(ticks.len()) + 1) as usize * PARAMS_STRIDE as usize];
        let each = ticks
            .iter()
            .flat_map(|t| (0..entry(1)).map(move |k| (t.keep, t.gravity, t.ops, t.first_substep.wrapping_add(k))));
        let each = each.chain([(region, [0, 0], TickOps::default(), 0)]);
        for ((keep, gravity, tick_ops, substep), entry) in each.zip(entries.chunks_exact_mut(PARAMS_STRIDE as usize)) {
            let params = Params { substep, ..self.params(keep, gravity, tick_ops, wanted) };
            entry[..size_of::<Params>()].copy_from_slice(bytemuck::bytes_of(&params));
            all.push(params);
        }
        self.buffers.write(Resource::Params, &entries);
        self.buffers.write(Resource::Ops, bytemuck::cast_slice(&ops.words));
        let rects: Vec<[i32; 4]> = wanted.rects.iter().map(|r| [r.x0, r.y0, r.x1, r.y1]).collect();
        self.buffers.write(Resource::Rects, bytemuck::cast_slice(&rects));
        self.buffers.write(Resource::State, bytemuck::cast_slice(&StateWords::start(len).0));
        all
    }

    /// How many materials the view tells apart.
    fn materials(&self, wanted: &Wanted<'_>) -> u32 {
        wanted.materials.unwrap_or(self.buffers.class.materials().len() as u32)
    }

    /// One entry of the parameters.
    fn params(&self, keep: Rect, gravity: [i32; 2], ops: TickOps, wanted: &Wanted<'_>) -> Params {
        let size = self.globals.size();
        let Sizes { particles, slots, extract, taken, view } = self.buffers.sizes;
        Params {
            keep_x0: keep.x0,
            keep_y0: keep.y0,
            keep_x1: keep.x1,
            keep_y1: keep.y1,
            gravity_x: gravity[0],
            gravity_y: gravity[1],
            world_width: size.width,
            world_height: size.height,
            table_width: self.buffers.table[0],
            table_len: self.buffers.table[1],
            terrain_row: (size.width as u32).div_ceil(32),
            particle_max: particles,
            slot_max: slots,
            extract_max: extract,
            taken_max: taken,
            view_max: view,
            rect_count: wanted.rects.len() as u32,
            op_tiles: ops.tiles,
            op_tile_count: ops.tile_count,
            materials: self.materials(wanted),
            substep: 0,
            tile_parts: tile_parts(slots),
            grabs: ops.grabs,
            grab_count: ops.grab_count,
        }
    }

    /// Reads back what a superstep answers.
    async fn read_back(
        &self,
        copies: Copies,
        staging: &wgpu::Buffer,
        wanted: &Wanted<'_>,
    ) -> Result<ReadBack, KernelError> {
        let (class, table_width) = (self.buffers.class, self.buffers.table[0]);
        readback::read(&self.context, staging, copies.bytes(), |all| {
            let mut state = StateWords::start(0);
            bytemuck::bytes_of_mut(&mut state.0).copy_from_slice(&all[..STATE_BYTES as usize]);
            let mut rest = &all[STATE_BYTES as usize..];
            // Of a part of so many bytes what is used: so many elements, as far as there is room for them.
            let mut part = |bytes: u64, count: u32, each: u64| {
                let (part, behind) = rest.split_at(bytes as usize);
                rest = behind;
                &part[..(u64::from(count) * each).min(bytes - bytes % each.max(1)) as usize]
            };
            let extracted = state.get(STATE_EXTRACTED);
            let bits = part(copies.extract, extracted, PARTICLE_BYTES);
            let words = part(copies.extract_words, extracted, words_bytes(class));
            let view = part(copies.view, state.get(STATE_VIEWED), u64::from(VIEW_WORDS) * 4);
            let gone = part(copies.taken, state.get(STATE_TAKEN), taken_bytes(class));
            ReadBack {
                extracts: readback::extracts(class, bits, words, wanted.rects),
                view: readback::view_tiles(view, table_width),
                taken: readback::whole_particles(class, gone),
                state,
            }
        })
        .await
    }

    /// If a buffer was too small, makes it larger; answers whether the superstep must be run again.
    pub(super) fn grow(&mut self, state: &StateWords, len: u32) -> Result<bool, KernelError> {
        let mut sizes = self.buffers.sizes;
        let flags = state.get(STATE_FLAGS);
        if flags & FLAG_PARTICLES != 0 {
            return Err(too_many(&self.context, self.buffers.class));
        }
        if flags & FLAG_SLOTS != 0 {
            let wanted = state.get(STATE_SLOTS_WANTED);
            let most = Buffers::slots_max(&self.context, self.buffers.class);
            if wanted > most {
                return Err(KernelError::BadJob(format!(
                    "particles in more tiles than the GPU's buffers hold ({most})"
                )));
            }
            sizes.slots = roomy(wanted).max(sizes.slots + sizes.slots / 2);
            // No more than the table has tiles, and slot 0.
            sizes.slots = sizes.slots.min(self.buffers.table[1] + 1).min(most);
        }
        if state.get(STATE_EXTRACTED) > sizes.extract {
            sizes.extract = roomy(state.get(STATE_EXTRACTED));
        }
        if state.get(STATE_VIEWED) > sizes.view {
            sizes.view = roomy(state.get(STATE_VIEWED));
        }
        if state.get(STATE_TAKEN) > sizes.taken {
            let (wanted, most) = (state.get(STATE_TAKEN), self.taken_most());
            if u64::from(wanted) > most {
                return Err(KernelError::BadJob(format!(
                    "strokes take away more than the GPU's buffers hold ({most})"
                )));
            }
            sizes.taken = u64::from(roomy(wanted)).min(most) as u32;
        }
        let again = sizes != self.buffers.sizes;
        if again {
            log::debug!("GPU buffers grow: {:?} to {sizes:?}", self.buffers.sizes);
            self.resize(sizes, len);
        }
        Ok(again)
    }

    /// Gives back what was only needed for a while: work follows these sizes.
    fn shrink(&mut self, state: &StateWords) {
        let mut sizes = self.buffers.sizes;
        let wanted = roomy(state.get(STATE_SLOTS_WANTED));
        if state.get(STATE_SLOTS_WANTED) > 0 && sizes.slots > 2 * wanted {
            sizes.slots = wanted;
        }
        let viewed = roomy(state.get(STATE_VIEWED));
        if state.get(STATE_VIEWED) > 0 && sizes.view > 2 * viewed {
            sizes.view = viewed;
        }
        if u64::from(sizes.extract) * (PARTICLE_BYTES + words_bytes(self.buffers.class)) > STAGING_KEPT_MAX {
            sizes.extract = EXTRACT_FIRST;
        }
        if u64::from(sizes.taken) * taken_bytes(self.buffers.class) > STAGING_KEPT_MAX {
            sizes.taken = TAKEN_FIRST;
        }
        if u64::from(sizes.particles) > 4 * (u64::from(self.len) + 4096) {
            sizes.particles /= 2;
        }
        if sizes != self.buffers.sizes {
            self.resize(sizes, self.len);
        }
    }

    /// The most that strokes can take away at once.
    fn taken_most(&self) -> u64 {
        self.context.binding_max() / taken_bytes(self.buffers.class)
    }

    /// Makes room for an extraction by what its rectangles hold at a little more than rest density: all of the room is copied out.
    fn expect_extract(&mut self, rects: &[Rect], bound: u64) {
        let area: u64 = rects.iter().map(|r| r.area() as u64).sum();
        let expected = (area * 5).min(bound) as u32;
        if expected > self.buffers.sizes.extract {
            let sizes = Sizes { extract: expected, ..self.buffers.sizes };
            self.resize(sizes, self.len);
        }
    }
}

/// How many particles strokes may take away in these ticks, at twice rest density.
fn taken_at_most(ticks: &[TickPlan]) -> u64 {
    ticks.iter().map(|t| t.ops.taken_max).sum()
}

/// How many workgroups scatter a tile, where there are so many slots. A group goes through its part one after another, so a few tiles
/// would keep a few of a GPU's cores busy for as long as a whole world does. Where there are enough of them, more groups only add
/// the same nodes more often.
pub(super) fn tile_parts(slots: u32) -> u32 {
    SCATTER_GROUPS.div_ceil(slots.max(1)).clamp(1, TILE_PARTS_MAX)
}

/// The entry of the parameters for a tick's first substep, and for all of it but the substeps.
fn entry(tick: usize) -> u32 {
    tick as u32 * SUBSTEPS as u32
}

/// With a quarter and a little more than is needed now.
fn roomy(count: u32) -> u32 {
    count + count / 4 + 16
}

/// How many particles to make room for, for so many: a quarter more, as far as the device has it.
fn room_for(context: &GpuContext, class: Class, particles: u64) -> Result<u32, KernelError> {
    let most = Buffers::particles_max(context, class);
    if particles > most {
        return Err(too_many(context, class));
    }
    Ok((particles + particles / 4 + 1024).min(most).min(u64::from(u32::MAX)) as u32)
}

/// More than the device holds.
fn too_many(context: &GpuContext, class: Class) -> KernelError {
    let most = Buffers::particles_max(context, class);
    KernelError::BadJob(format!("more particles than the GPU's buffers hold ({most})"))
}

/// A buffer for reading back at least so many bytes.
pub(super) fn staging_buffer(context: &GpuContext, bytes: u64) -> wgpu::Buffer {
    context.device().create_buffer(&wgpu::BufferDescriptor {
        label: Some("read-back"),
        size: bytes + bytes / 4,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    })
}
