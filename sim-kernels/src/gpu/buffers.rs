//! The buffers of one region, and how large they are: they follow the particles, not the world.

use super::context::GpuContext;
use super::kernels::{KernelId, Resource};
use crate::constants::AIR_TILE_WORDS;
use crate::geom::WorldSize;
use crate::materials::table::TABLE;
use crate::materials::{Class, EXTRA_WORDS};
use crate::particle::{BYTES, Particle};
use crate::shader::layout::{DIGEST_WORDS, LANES, Params, STATE_WORDS, VIEW_WORDS};
use std::collections::HashMap;

/// Bytes between two entries of the parameters, as dynamic offsets want it.
pub(super) const PARAMS_STRIDE: u64 = 256;
/// What every particle has.
pub(super) const PARTICLE_BYTES: u64 = BYTES as u64;
/// Bytes of the words that a class's particles have beyond that.
pub(super) fn words_bytes(class: Class) -> u64 {
    4 * class.words() as u64
}

/// A particle with the words beyond that.
pub(super) fn taken_bytes(class: Class) -> u64 {
    4 * Resource::Taken.words(class) as u64
}

/// What the grid stage leaves of a node.
const VELOCITY_BYTES: u64 = 16;

const _: () = assert!(size_of::<Params>() as u64 <= PARAMS_STRIDE);

/// How much the growing buffers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Particles.
    pub(super) particles: u32,
    /// Grid slots, slot 0 included.
    pub(super) slots: u32,
    /// Extracted particles.
    pub(super) extract: u32,
    /// What strokes take away.
    pub(super) taken: u32,
    /// Tiles of the view.
    pub(super) view: u32,
}

/// Particles on a GPU: what all kernels read lies apart from what only some do.
#[derive(Clone)]
struct ParticleBuffers {
    /// 16 bytes each.
    bits: wgpu::Buffer,
    /// The words beyond them.
    words: wgpu::Buffer,
}

/// All buffers of a region.
pub(super) struct Buffers {
    /// The device.
    context: GpuContext,
    /// What particles have.
    pub(super) class: Class,
    /// What the growing buffers hold now.
    pub(super) sizes: Sizes,
    /// Tiles in a row of the table and in all.
    pub(super) table: [u32; 2],
    /// The state at a superstep's start and two to work with; which is which changes.
    particles: [ParticleBuffers; 3],
    /// All buffers but those of particles.
    by_resource: HashMap<Resource, wgpu::Buffer>,
    /// By kernel, and by the particle buffers that it works on and sorts into; empty after any buffer was replaced.
    bind_groups: HashMap<(KernelId, usize, usize), wgpu::BindGroup>,
    /// How often buffers were replaced: what was encoded before is about others.
    pub(super) generation: u64,
    /// What the terrain buffer holds once all that is recorded has run.
    terrain_words: Vec<u32>,
}

impl Buffers {
    /// Buffers for a world and a class, all zero.
    pub(super) fn new(context: &GpuContext, size: WorldSize, class: Class, sizes: Sizes) -> Self {
        let width = size.tiles_x() as u32 + 2;
        let table = [width, width * (size.tiles_y() as u32 + 2)];
        let particles = std::array::from_fn(|_| ParticleBuffers::new(context, class, sizes.particles));
        let terrain_words = vec![0; (size.width as usize).div_ceil(32) * size.height as usize];
        let mut buffers = Self {
            context: context.clone(),
            class,
            sizes,
            table,
            particles,
            by_resource: HashMap::new(),
            bind_groups: HashMap::new(),
            generation: 0,
            terrain_words,
        };
        buffers.make(Resource::State, u64::from(STATE_WORDS) * 4);
        buffers.make(Resource::Marks, u64::from(table[1]) * 4);
        buffers.make(Resource::Table, u64::from(table[1]) * 4);
        buffers.make(Resource::Terrain, buffers.terrain_words.len() as u64 * 4);
        buffers.make_slots();
        buffers.make_extract();
        buffers.make_taken();
        buffers.make_view();
        for (resource, bytes) in [(Resource::Params, 16 * PARAMS_STRIDE), (Resource::Ops, 1024), (Resource::Rects, 256)]
        {
            buffers.make(resource, bytes);
        }
        buffers.make(Resource::Materials, 4 * TABLE.len() as u64);
        buffers.write(Resource::Materials, bytemuck::cast_slice(&TABLE));
        buffers
    }

    /// The most particles that a device's buffers hold.
    pub(super) fn particles_max(context: &GpuContext, class: Class) -> u64 {
        let widest = Resource::Particles.words(class).max(Resource::Words.words(class));
        context.binding_max() / (4 * widest as u64)
    }

    /// Goes on in a class that covers more. What particles have there beyond what they had is 0, as of all materials
    /// that a lesser class covers.
    pub(super) fn cover(&mut self, class: Class) {
        let had = std::mem::replace(&mut self.class, class);
        if class.words() > had.words() {
            for particles in &mut self.particles {
                particles.words = ParticleBuffers::words(&self.context, class, self.sizes.particles);
            }
        }
        self.make_slots();
        self.make_extract();
        self.make_taken();
        self.forget_bind_groups();
    }

    /// Changes what the growing buffers hold. Of their contents only the first `kept` particles of buffer
    /// `start` stay.
    pub(super) fn resize(&mut self, sizes: Sizes, start: usize, kept: u32) {
        let before = std::mem::replace(&mut self.sizes, sizes);
        if before.particles != sizes.particles {
            let old = self.particles[start].clone();
            self.particles = std::array::from_fn(|_| ParticleBuffers::new(&self.context, self.class, sizes.particles));
            self.particles[start].copy(&self.context, self.class, &old, kept);
        }
        if before.slots != sizes.slots {
            self.make_slots();
        }
        if before.extract != sizes.extract {
            self.make_extract();
        }
        if before.taken != sizes.taken {
            self.make_taken();
        }
        if before.view != sizes.view {
            self.make_view();
        }
        if before != sizes {
            self.forget_bind_groups();
        }
    }

    /// Writes a buffer from its beginning, making it larger first if need be.
    pub(super) fn write(&mut self, resource: Resource, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.get(resource).size() < bytes.len() as u64 {
            self.make(resource, (bytes.len() as u64).next_power_of_two());
            self.forget_bind_groups();
        }
        self.context.queue().write_buffer(self.get(resource), 0, bytes);
    }

    /// Writes particles at an index of buffer `which`; they must fit.
    pub(super) fn write_particles(&self, which: usize, at: u32, particles: &[Particle]) {
        let (to, at) = (&self.particles[which], u64::from(at));
        let into = |buffer: &wgpu::Buffer, each: u64| {
            let bytes = wgpu::BufferSize::new(particles.len() as u64 * each)?;
            self.context.queue().write_buffer_with(buffer, at * each, bytes)
        };
        if let Some(mut bits) = into(&to.bits, PARTICLE_BYTES) {
            bits.slice(..).into_chunks().0.write_iter(particles.iter().map(|p| bytemuck::cast::<_, [u8; BYTES]>(p.0)));
        }
        // All classes that have words have those of all materials.
        if let Some(mut words) = into(&to.words, words_bytes(self.class)) {
            const EACH: usize = 4 * EXTRA_WORDS;
            words.slice(..).into_chunks().0.write_iter(particles.iter().map(|p| bytemuck::cast::<_, [u8; EACH]>(p.1)));
        }
    }

    /// Copies the first `count` particles of another region's buffer `from`, of the same class, into buffer 0.
    pub(super) fn copy_particles(&self, other: &Self, from: usize, count: u32) {
        self.particles[0].copy(&self.context, self.class, &other.particles[from], count);
    }

    /// The run of words in which the terrain buffer will differ from `words`; notes that it is written next.
    pub(super) fn terrain_change(&mut self, words: &[u32]) -> Option<(usize, Vec<u32>)> {
        let first = self.terrain_words.iter().zip(words).position(|(a, b)| a != b)?;
        let last = self.terrain_words.iter().zip(words).rposition(|(a, b)| a != b)?;
        let run = words[first..=last].to_vec();
        self.terrain_words[first..=last].copy_from_slice(&run);
        Some((first, run))
    }

    /// A buffer; of particles one by its place.
    pub(super) fn of(&self, resource: Resource, now: usize, next: usize) -> &wgpu::Buffer {
        match resource {
            Resource::Particles => &self.particles[now].bits,
            Resource::Sorted => &self.particles[next].bits,
            Resource::Words => &self.particles[now].words,
            Resource::SortedWords => &self.particles[next].words,
            other => self.get(other),
        }
    }

    /// A buffer other than a particle buffer.
    pub(super) fn get(&self, resource: Resource) -> &wgpu::Buffer {
        self.by_resource.get(&resource).expect("every resource is made with the others")
    }

    /// A kernel's bind group, working on particle buffer `now` and, if it sorts, into `next`.
    pub(super) fn bind_group(&mut self, id: KernelId, now: usize, next: usize) -> &wgpu::BindGroup {
        if !self.bind_groups.contains_key(&(id, now, next)) {
            let group = self.make_bind_group(id, now, next);
            self.bind_groups.insert((id, now, next), group);
        }
        &self.bind_groups[&(id, now, next)]
    }

    /// After any buffer was replaced.
    fn forget_bind_groups(&mut self) {
        self.bind_groups.clear();
        self.generation += 1;
    }

    /// Binds the parameters, then what the kernel's list names.
    fn make_bind_group(&self, id: KernelId, now: usize, next: usize) -> wgpu::BindGroup {
        let params = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: self.get(Resource::Params),
            offset: 0,
            size: wgpu::BufferSize::new(size_of::<Params>() as u64),
        });
        let mut entries = vec![wgpu::BindGroupEntry { binding: 0, resource: params }];
        for (k, &(resource, _)) in id.bindings(self.class).iter().enumerate() {
            let resource = self.of(resource, now, next).as_entire_binding();
            entries.push(wgpu::BindGroupEntry { binding: k as u32 + 1, resource });
        }
        self.context.device().create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(id.name()),
            layout: &self.context.kernels().get(self.class, id).layout,
            entries: &entries,
        })
    }

    /// The most slots whose nodes the device can bind. A world of the largest size that is full of all materials has more on a
    /// device with the least that WebGPU demands, and no others.
    pub(super) fn slots_max(context: &GpuContext, class: Class) -> u32 {
        let bytes = u64::from(LANES) * 4 * class.node_words() as u64;
        u32::try_from(context.binding_max() / bytes).unwrap_or(u32::MAX)
    }

    /// Makes what follows the slots.
    fn make_slots(&mut self) {
        let slots = u64::from(self.sizes.slots);
        let nodes = slots * u64::from(LANES);
        self.make(Resource::SlotTiles, slots * 4);
        self.make(Resource::Nodes, nodes * 4 * self.class.node_words() as u64);
        self.make(Resource::Velocities, nodes * VELOCITY_BYTES);
        self.make(Resource::Masks, nodes * 4);
        let air = if self.class.is_mixed() { slots * AIR_TILE_WORDS as u64 * 4 } else { 0 };
        self.make(Resource::Air, air);
        self.make(Resource::Offsets, nodes * 4);
        self.make(Resource::Sums, slots * 4);
        self.make(Resource::Digests, slots * u64::from(DIGEST_WORDS) * 4);
    }

    /// Makes what follows the view's tiles.
    fn make_view(&mut self) {
        self.make(Resource::View, u64::from(self.sizes.view) * u64::from(VIEW_WORDS) * 4);
    }

    /// Makes what follows the extracted particles.
    fn make_extract(&mut self) {
        self.make(Resource::Extract, u64::from(self.sizes.extract) * PARTICLE_BYTES);
        self.make(Resource::ExtractWords, u64::from(self.sizes.extract) * words_bytes(self.class));
    }

    /// Makes what follows what strokes take away.
    fn make_taken(&mut self) {
        self.make(Resource::Taken, u64::from(self.sizes.taken) * taken_bytes(self.class));
    }

    /// Makes a buffer of at least so many bytes, all zero, in place of the one that there was.
    fn make(&mut self, resource: Resource, bytes: u64) {
        let kind = if resource.is_uniform() { wgpu::BufferUsages::UNIFORM } else { wgpu::BufferUsages::STORAGE };
        let buffer = self.context.device().create_buffer(&wgpu::BufferDescriptor {
            label: Some(&format!("{resource:?}")),
            size: bytes.max(16),
            usage: kind | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.by_resource.insert(resource, buffer);
    }
}

impl ParticleBuffers {
    /// Room for so many particles, all zero.
    fn new(context: &GpuContext, class: Class, particles: u32) -> Self {
        let bits = Self::make(context, "particles", u64::from(particles) * PARTICLE_BYTES);
        Self { bits, words: Self::words(context, class, particles) }
    }

    /// Room for so many particles' words, all zero.
    fn words(context: &GpuContext, class: Class, particles: u32) -> wgpu::Buffer {
        Self::make(context, "words", u64::from(particles) * words_bytes(class))
    }

    fn make(context: &GpuContext, label: &str, bytes: u64) -> wgpu::Buffer {
        context.device().create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes.max(16),
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// Copies the first `count` particles of another.
    fn copy(&self, context: &GpuContext, class: Class, from: &Self, count: u32) {
        let mut encoder = context.device().create_command_encoder(&Default::default());
        let parts = [(&from.bits, &self.bits, PARTICLE_BYTES), (&from.words, &self.words, words_bytes(class))];
        for (from, to, bytes) in parts {
            let bytes = u64::from(count) * bytes;
            if bytes > 0 {
                encoder.copy_buffer_to_buffer(from, 0, to, 0, bytes);
            }
        }
        context.queue().submit([encoder.finish()]);
    }
}
