//! The stages of a superstep as the GPU runs them, one function each, on buffers of the same layout: the twins that
//! tests hold every shader against. The CPU backend itself keeps its particles by tile and needs no sort.
//!
//! A stage's twin has its shader's name and stands in the file of that name. Where both backends do the same to one
//! particle, node or cell, the twin calls the function that the CPU backend calls.

use super::{
    air, cell_offsets, clear, count, finish, g2p, grid, mark, ops, p2g, react, scatter, slots, tile_digests, tile_scan,
    tile_sums, view, view_tags,
};
use crate::constants::{AIR_TILE_WORDS, NODE_COUNT, NODE_CROWD, NODE_VOLUME, TILE};
use crate::geom::Rect;
use crate::materials::{self, Class};
use crate::particle::{MATERIAL_NONE, NO_PARTICLE, Particle};
use crate::shader::layout::{
    LANES, STATE_EXTRACTED, STATE_PARTICLES, STATE_SLOTS, STATE_TAKEN, STATE_VIEWED, TAKEN_TICK_SHIFT,
};
use crate::shader::{KernelId, Params, Resource};
use std::ops::{Index, IndexMut};

/// All buffers of a region, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffers {
    /// What the next stage is told.
    pub params: Params,
    /// What the particles have.
    class: Class,
    /// In the order of [`Resource::ALL`].
    words: Vec<Vec<u32>>,
}

impl Index<Resource> for Buffers {
    type Output = Vec<u32>;

    fn index(&self, resource: Resource) -> &Vec<u32> {
        &self.words[resource as usize]
    }
}

impl IndexMut<Resource> for Buffers {
    fn index_mut(&mut self, resource: Resource) -> &mut Vec<u32> {
        &mut self.words[resource as usize]
    }
}

/// Runs a stage.
pub fn run(kernel: KernelId, buffers: &mut Buffers) {
    match kernel {
        KernelId::Mark => mark::mark(buffers),
        KernelId::Slots => slots::slots(buffers),
        KernelId::Clear => clear::clear(buffers),
        KernelId::Count => count::count(buffers),
        KernelId::TileSums => tile_sums::tile_sums(buffers),
        KernelId::TileScan => tile_scan::tile_scan(buffers),
        KernelId::CellOffsets => cell_offsets::cell_offsets(buffers),
        KernelId::Scatter => scatter::scatter(buffers),
        KernelId::Ops => ops::stage(buffers),
        KernelId::P2g | KernelId::P2gRun | KernelId::P2gTile => p2g::stage(buffers),
        KernelId::Grid => grid::stage(buffers),
        KernelId::G2p => g2p::stage(buffers),
        KernelId::Touch => react::touch_stage(buffers),
        KernelId::React => react::react_stage(buffers),
        KernelId::ViewTags => view_tags::view_tags(buffers),
        KernelId::View => view::stage(buffers),
        KernelId::Finish => finish::finish(buffers),
        KernelId::TileDigests => tile_digests::tile_digests(buffers),
    }
}

impl Buffers {
    /// Empty ones.
    pub fn new(params: Params, class: Class) -> Self {
        Self { params, class, words: vec![Vec::new(); Resource::ALL.len()] }
    }

    /// What the particles have.
    pub(super) fn class(&self) -> Class {
        self.class
    }

    /// Counts a particle in its cell's node.
    pub(super) fn count(&mut self, p: Particle) {
        let node = self.class.node_words() * self.node(p.cell());
        self[Resource::Nodes][node + NODE_COUNT as usize] += 1;
        if self.class.is_mixed() {
            self[Resource::Nodes][node + NODE_CROWD as usize] += materials::mass(self.class, p.material()) as u32;
        }
    }

    /// Takes a particle out of its cell's count.
    pub(super) fn uncount(&mut self, p: Particle) {
        debug_assert!(self.class.is_mixed());
        let node = self.class.node_words() * self.node(p.cell());
        let mass = materials::mass(self.class, p.material()) as u32;
        let count = &mut self[Resource::Nodes][node + NODE_COUNT as usize];
        *count = count.wrapping_sub(1);
        let crowd = &mut self[Resource::Nodes][node + NODE_CROWD as usize];
        *crowd = crowd.wrapping_sub(mass);
    }

    /// A word of the state.
    pub fn state(&self, word: u32) -> u32 {
        self[Resource::State][word as usize]
    }

    /// Adds to a word of the state; answers what it was.
    pub(super) fn add_to_state(&mut self, word: u32, value: u32) -> u32 {
        let word = &mut self[Resource::State][word as usize];
        std::mem::replace(word, word.wrapping_add(value))
    }

    /// A particle.
    pub(super) fn particle(&self, i: u32) -> Particle {
        let (i, count) = (i as usize, self.class.words());
        let mut p = Particle::bare(words4(&self[Resource::Particles], i));
        p.1[..count].copy_from_slice(&self[Resource::Words][count * i..][..count]);
        p
    }

    /// Puts a particle.
    pub(super) fn set_particle(&mut self, i: u32, p: Particle) {
        self.put(Resource::Particles, Resource::Words, i, p);
    }

    /// Puts a hole in a particle's place. The words beyond 16 bytes stay, and nothing reads them.
    pub(super) fn remove_particle(&mut self, i: u32) {
        self[Resource::Particles][4 * i as usize..][..4].copy_from_slice(&NO_PARTICLE.0);
    }

    /// Notes what a stroke takes away, if there is something and it is kept; with the tick's number, which stands beside the
    /// stroke's.
    pub(super) fn take(&mut self, p: Particle, by: u32) {
        let Some(mut taken) = p.taken(by as u16 & 0xfff).filter(|_| p.material() != MATERIAL_NONE) else { return };
        let place = self.add_to_state(STATE_TAKEN, 1);
        if place < self.params.taken_max {
            let count = self.class.words();
            taken.0[2] |= by & !0 << TAKEN_TICK_SHIFT;
            let words = taken.0.into_iter().chain(taken.1).take(4 + count);
            let at = place as usize * (4 + count);
            self[Resource::Taken][at..at + 4 + count].iter_mut().zip(words).for_each(|(to, word)| *to = word);
        }
    }

    /// Puts a particle into the buffers for its 16 bytes and for the words beyond them.
    pub(super) fn put(&mut self, bits: Resource, words: Resource, i: u32, p: Particle) {
        let (i, count) = (i as usize, self.class.words());
        self[bits][4 * i..][..4].copy_from_slice(&p.0);
        self[words][count * i..][..count].copy_from_slice(&p.1[..count]);
    }

    /// The particles' number, holes included.
    pub(super) fn particles(&self) -> u32 {
        self.state(STATE_PARTICLES)
    }

    /// The slots in use.
    pub(super) fn slots(&self) -> u32 {
        self.state(STATE_SLOTS).min(self.params.slot_max)
    }

    /// The place of a cell's tile in the table, which has a ring of one tile around the world.
    pub(super) fn table_index(&self, (x, y): (i32, i32)) -> usize {
        ((y >> 4) + 1) as usize * self.params.table_width as usize + ((x >> 4) + 1) as usize
    }

    /// The node of a cell.
    pub(super) fn node(&self, (x, y): (i32, i32)) -> usize {
        (self[Resource::Table][self.table_index((x, y))] * LANES) as usize + ((y & 15) * 16 + (x & 15)) as usize
    }

    /// Where the words of a cell's parcel of air begin.
    pub(super) fn air(&self, cell: (i32, i32)) -> usize {
        let slot = self[Resource::Table][self.table_index(cell)];
        slot as usize * AIR_TILE_WORDS as usize + air::place(cell)
    }

    /// The cell with an index in a tile of the table.
    pub(super) fn cell_at(&self, tile: u32, index: u32) -> (i32, i32) {
        let (column, row) = ((tile % self.params.table_width) as i32 - 1, (tile / self.params.table_width) as i32 - 1);
        (column * TILE + (index & 15) as i32, row * TILE + (index >> 4) as i32)
    }

    /// The cells that are kept.
    pub(super) fn kept(&self) -> Rect {
        let p = &self.params;
        Rect::new(p.keep_x0, p.keep_y0, p.keep_x1, p.keep_y1)
    }

    /// Whether a particle exists and lies in the cells that are kept.
    pub(super) fn is_kept(&self, p: Particle) -> bool {
        let (x, y) = p.cell();
        p.material() != crate::particle::MATERIAL_NONE && self.kept().contains(x, y)
    }

    /// Whether a cell is solid.
    pub(super) fn solid(&self, (x, y): (i32, i32)) -> bool {
        let p = &self.params;
        if x < 0 || y < 0 || x >= p.world_width || y >= p.world_height {
            return true;
        }
        let word = self[Resource::Terrain][y as usize * p.terrain_row as usize + x as usize / 32];
        word >> (x % 32) & 1 != 0
    }

    /// What a node was given: momentum, mass and volume.
    pub(super) fn sums(&self, node: usize) -> [i32; 4] {
        let words = &self[Resource::Nodes][self.class.node_words() * node..];
        let [mass, mx, my] = [0, 1, 2].map(|k| words[k] as i32);
        let volume = if self.class.is_mixed() { words[NODE_VOLUME as usize] as i32 } else { mass };
        [mx, my, mass, volume]
    }

    /// How many particles lie in a node's cell; or its tag, for the view.
    pub(super) fn counted(&self, node: usize) -> u32 {
        self[Resource::Nodes][self.class.node_words() * node + NODE_COUNT as usize]
    }

    /// Where a slot's particles lie since the last sort.
    pub(super) fn tile_range(&self, slot: u32) -> std::ops::Range<u32> {
        let sums = &self[Resource::Sums];
        let end = if slot + 1 < self.slots() { sums[slot as usize + 1] } else { self.particles() };
        sums[slot as usize]..end
    }
}

/// The `i`-th four words.
pub(super) fn words4(words: &[u32], i: usize) -> [u32; 4] {
    std::array::from_fn(|k| words[4 * i + k])
}

/// Where what a shader wrote differs from what its twin did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In which buffer.
    pub resource: Resource,
    /// Which element: a particle, a node, a tile, a word, as the buffer has them. Of a particle's words beyond 16 bytes the
    /// particle.
    pub element: usize,
    /// What the twin has there.
    pub cpu: Vec<u32>,
    /// What the shader has there.
    pub gpu: Vec<u32>,
}

/// The first element in which the buffers that a stage wrote differ from the twin's, but for the orders that the shader
/// leaves to chance: of particles within a cell, of those that are added or copied out, of the view's tiles.
pub fn first_difference(
    kernel: KernelId,
    before: &Buffers,
    after: &Buffers,
    written: &[(Resource, Vec<u32>)],
) -> Option<Difference> {
    written.iter().find_map(|(resource, _)| {
        let words = words_of(*resource);
        // A particle's words beyond 16 bytes are looked at with the particle.
        if written.iter().any(|(other, _)| words_of(*other) == Some(*resource)) {
            return None;
        }
        let theirs = |resource: Resource| {
            written.iter().find(|(r, _)| *r == resource).map_or(&after[resource], |(_, words)| words)
        };
        let rows = |of: &dyn Fn(Resource) -> Vec<u32>| {
            let beyond = words.map(of).unwrap_or_default();
            ordered(kernel, before, after, *resource, rows(*resource, after.class, &of(*resource), &beyond))
        };
        let (cpu, gpu) = (rows(&|resource| after[resource].clone()), rows(&|resource| theirs(resource).clone()));
        let at = |rows: &[Vec<u32>], element: usize| rows.get(element).cloned().unwrap_or_default();
        let element = (0..cpu.len().max(gpu.len())).find(|&k| at(&cpu, k) != at(&gpu, k))?;
        let (cpu, gpu) = (at(&cpu, element), at(&gpu, element));
        let own = resource.words(after.class);
        let is_beyond = cpu.len() == gpu.len() && cpu[..own] == gpu[..own];
        let resource = words.filter(|_| is_beyond).unwrap_or(*resource);
        Some(Difference { resource, element, cpu, gpu })
    })
}

/// The buffer that has the words beyond 16 bytes of a buffer's particles.
fn words_of(particles: Resource) -> Option<Resource> {
    match particles {
        Resource::Particles => Some(Resource::Words),
        Resource::Sorted => Some(Resource::SortedWords),
        Resource::Extract => Some(Resource::ExtractWords),
        _ => None,
    }
}

/// A buffer's elements; particles with their words beyond 16 bytes behind them.
fn rows(resource: Resource, class: Class, words: &[u32], beyond: &[u32]) -> Vec<Vec<u32>> {
    let mut rows: Vec<Vec<u32>> = words.chunks(resource.words(class)).map(<[u32]>::to_vec).collect();
    if class.words() > 0 {
        rows.iter_mut().zip(beyond.chunks(class.words())).for_each(|(row, own)| row.extend(own));
    }
    rows
}

/// A buffer's elements with what is left to chance in order.
fn ordered(
    kernel: KernelId,
    before: &Buffers,
    after: &Buffers,
    resource: Resource,
    mut rows: Vec<Vec<u32>>,
) -> Vec<Vec<u32>> {
    let whole = rows.len();
    match (kernel, resource) {
        (KernelId::Scatter, Resource::Sorted) => {
            let used = (after.particles() as usize).min(whole);
            let cell = |row: &[u32]| Particle::bare(words4(row, 0)).cell();
            // Beyond them lies what was there before, of which the GPU has one buffer more.
            rows.truncate(used);
            rows.chunk_by_mut(|a, b| cell(a) == cell(b)).for_each(<[_]>::sort_unstable);
        }
        (KernelId::Ops, Resource::Particles) => {
            let (from, to) = (before.particles() as usize, after.particles() as usize);
            rows[from.min(whole)..to.min(whole)].sort_unstable();
        }
        (KernelId::Ops, Resource::Taken) => {
            rows[..(after.state(STATE_TAKEN) as usize).min(whole)].sort_unstable();
        }
        (KernelId::Finish, Resource::Extract) => {
            rows[..(after.state(STATE_EXTRACTED) as usize).min(whole)].sort_unstable();
        }
        (KernelId::View, Resource::View) => {
            rows[..(after.state(STATE_VIEWED) as usize).min(whole)].sort_unstable();
        }
        _ => {}
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::particle::Fields;

    fn sorted(particles: &[Particle]) -> Buffers {
        let mut b = Buffers::new(Params::default(), Class::All);
        b[Resource::State] = vec![0; 272];
        b[Resource::State][STATE_PARTICLES as usize] = particles.len() as u32;
        b[Resource::Sorted] = particles.iter().flat_map(|p| p.0).collect();
        b[Resource::SortedWords] = particles.iter().flat_map(|p| p.1).collect();
        b
    }

    #[test]
    fn only_the_order_within_a_cell_is_left_to_chance() {
        let at = |x: i32, vx: i32| Particle::pack(Fields { x: x << 12, vx, ..Fields::default() });
        let (a, b, c) = (at(3, 1), at(3, 2), at(4, 1));
        let twin = sorted(&[a, b, c]);
        let differs = |gpu: &[Particle]| {
            let gpu = sorted(gpu);
            let written = [Resource::Sorted, Resource::SortedWords].map(|r| (r, gpu[r].clone()));
            first_difference(KernelId::Scatter, &twin, &twin, &written).map(|d| d.element)
        };
        assert_eq!(differs(&[a, b, c]), None);
        assert_eq!(differs(&[b, a, c]), None);
        assert_eq!(differs(&[a, c, b]), Some(1));
        assert_eq!(differs(&[a, b, at(4, 2)]), Some(2));
        assert_eq!(differs(&[a, b]), Some(2), "one is missing");
    }
}
