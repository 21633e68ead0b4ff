//! The code for bulk particles, on the wire and in snapshots: compact, exact, little-endian, versioned.
//!
//! Particles are sorted along a path that visits the tiles row by row and each tile's cells in serpentines, so
//! that neighbours in the code are neighbours in space. Of each particle, cell by cell along the path, there
//! follow the steps from cell to cell, the place inside the cell (plain bits: nothing predicts it), and what
//! differs from the particle before in J, velocity gradient and velocity, in adaptive Rice codes. Velocity is
//! predicted by the gradient: the particles carry an affine field, and neighbours lie on nearly the same one.
//!
//! Words of state that a material has beyond 16 bytes follow its particles, a column of adaptive Rice codes for each
//! number that the material's description packs into them; a particle of water has none. Where any particle has heat, or
//! bears a label, all have columns more for it, and the version byte says so.
//!
//! A band of water costs about 9 bytes a particle; `cargo test -p room --test real bandsize -- --nocapture` prints it.
//! The order of particles is not kept: they come back in the path's order, which is the same for every set.

use crate::codec::bits::{BitReader, BitWriter, Rice, unzigzag, zigzag};
use sim_kernels::geom::TILE_AREA;
use sim_kernels::materials::{
    Column, EXTRA_WORDS, HEAT, HEAT_COLUMN, MOST_COLUMNS, Words, columns, initial_words, is_borne, label,
};
use sim_kernels::particle::Particle;

/// The version byte of the code of particles that all are as warm as the air, and bear no labels.
pub const VERSION: u8 = 1;
/// The version byte of the code of particles of which some are not as warm as the air (1 more) and some bear labels (2 more).
pub const VERSION_ALL: u8 = VERSION + 1 + 2;
/// The most particles in one piece.
pub const PARTICLES_MAX: usize = 1 << 22;
/// Bytes of a particle with which plans reckon, before it is known what a band holds: the bound that moving water keeps
/// (7 to 9 are usual), and the words that the material with the most has beyond 16 bytes, as if nothing made them shorter. Heat
/// and labels are within that: together they take less than such words are shortened by.
pub const PARTICLE_BYTES: u64 = 12 + 4 * (EXTRA_WORDS as u64 - 1);
/// The most bytes that a particle's words beyond 16 bytes take: 7 for each column of the material with the most, and for
/// those of heat and label. All else of a particle takes 70 at worst.
pub(crate) const WORDS_BYTES_MAX: usize = 7 * (MOST_COLUMNS + 1 + label::COLUMNS.len());
/// A particle takes at least its place in the cell: 3 bytes. What a count promises is checked against that.
const PARTICLE_BYTES_MIN: usize = 3;
/// Beyond this many cells a gradient says nothing about a neighbour's velocity.
const PREDICT_CELLS: i32 = 3;
/// Stands for "materials differ" where a common material is expected.
const MIXED: u8 = 255;

/// Encodes particles, in any order.
pub fn encode(particles: &[Particle]) -> Vec<u8> {
    let common = common_material(particles);
    let mut bits = BitWriter::default();
    let last = Last::of(particles);
    bits.put(u32::from(last.version()), 8);
    bits.put(particles.len() as u32, 32);
    bits.put(u32::from(common), 8);
    let (mut model, mut beyond) = (Model::new(), Beyond::new(last));
    for (at, which) in along_path(particles) {
        let particle = particles[which as usize];
        model.put(&mut bits, at, particle, common == MIXED);
        beyond.put(&mut bits, particle);
    }
    bits.finish()
}

/// Particles in the code's order, by place on the path and then by bits: where each lies on the path, and which it is.
///
/// Backends give them tile by tile, and within a tile by bits, which leaves one pass over the cells of each tile: a sort
/// takes as long as all else that is done with a particle here.
fn along_path(particles: &[Particle]) -> Vec<(u32, u32)> {
    let all: Vec<(u32, u32)> = particles.iter().zip(0..).map(|(p, which)| (path(p.cell()), which)).collect();
    let tile = |at: u32| at / TILE_AREA as u32;
    let in_order = |i: usize| {
        let (before, after) = (tile(all[i - 1].0), tile(all[i].0));
        before < after || before == after && particles[i - 1] <= particles[i]
    };
    if !(1..all.len()).all(in_order) {
        let mut all = all;
        all.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| particles[a.1 as usize].cmp(&particles[b.1 as usize])));
        return all;
    }
    let mut sorted = vec![(0, 0); all.len()];
    let mut from = 0;
    for run in all.chunk_by(|a, b| tile(a.0) == tile(b.0)) {
        let mut ends = [0u32; TILE_AREA];
        run.iter().for_each(|&(at, _)| ends[at as usize % TILE_AREA] += 1);
        let mut next = from;
        for end in &mut ends {
            next += std::mem::replace(end, next);
        }
        for &one in run {
            let place = &mut ends[one.0 as usize % TILE_AREA];
            sorted[*place as usize] = one;
            *place += 1;
        }
        from += run.len() as u32;
    }
    sorted
}

/// How many particles a code says that it holds; no more than [`decode`] would believe.
pub fn count(bytes: &[u8]) -> u64 {
    let mut bits = BitReader::new(bytes);
    let count = bits.get(8).and_then(|_| bits.get(32)).unwrap_or(0) as usize;
    count.min(bytes.len() / PARTICLE_BYTES_MIN) as u64
}

/// Decodes what [`encode`] made, or nothing when the bytes are anything else, or of a material that there is not: peers have
/// the same list, and what a code would mean later is not known now.
pub fn decode(bytes: &[u8]) -> Option<Vec<Particle>> {
    let mut bits = BitReader::new(bytes);
    let last = Last::read(bits.get(8)? as u8)?;
    let count = bits.get(32)? as usize;
    let common = bits.get(8)? as u8;
    if count > PARTICLES_MAX
        || count > bytes.len() / PARTICLE_BYTES_MIN
        || (!is_borne(u32::from(common)) && common != MIXED)
    {
        return None;
    }
    let (mut model, mut beyond) = (Model::new(), Beyond::new(last));
    let mut particles = Vec::with_capacity(count);
    for _ in 0..count {
        let mut particle = model.get(&mut bits, common)?;
        beyond.get(&mut bits, &mut particle)?;
        particles.push(particle);
    }
    bits.is_done().then_some(particles)
}

fn common_material(particles: &[Particle]) -> u8 {
    let first = particles.first().map_or(0, |p| p.material());
    if particles.iter().all(|p| p.material() == first) { first as u8 } else { MIXED }
}

/// A cell's place on the path: tile row, tile column, then serpentines from the bottom of the tile.
fn path((x, y): (i32, i32)) -> u32 {
    let (tx, ty, cx, cy) = (x as u32 >> 4, y as u32 >> 4, x as u32 & 15, y as u32 & 15);
    let cx = if cy & 1 == 1 { 15 - cx } else { cx };
    ty << 16 | tx << 8 | cy << 4 | cx
}

/// The cell at a place on the path; every place below 2^22 has one.
fn cell(at: u32) -> (i32, i32) {
    let (ty, tx, cy, cx) = (at >> 16, at >> 8 & 255, at >> 4 & 15, at & 15);
    let cx = if cy & 1 == 1 { 15 - cx } else { cx };
    ((tx << 4 | cx) as i32, (ty << 4 | cy) as i32)
}

/// What both sides know of the particles so far.
struct Model {
    at: u32,
    x: i32,
    y: i32,
    j: i32,
    material: u32,
    d: [i32; 4],
    v: [i32; 2],
    steps: Rice,
    j_code: Rice,
    material_code: Rice,
    d_codes: [Rice; 4],
    v_codes: [Rice; 2],
}

impl Model {
    fn new() -> Self {
        Self {
            at: 0,
            x: 0,
            y: 0,
            j: sim_kernels::particle::J_REST,
            material: 0,
            d: [0; 4],
            v: [0; 2],
            steps: Rice::new(1),
            j_code: Rice::new(64),
            material_code: Rice::new(0),
            d_codes: [Rice::new(8); 4],
            v_codes: [Rice::new(256); 2],
        }
    }

    fn put(&mut self, bits: &mut BitWriter, at: u32, particle: Particle, mixed: bool) {
        let f = particle.unpack();
        self.steps.put(bits, at - self.at);
        bits.put((f.x & 0xfff) as u32, 12);
        bits.put((f.y & 0xfff) as u32, 12);
        if mixed {
            self.material_code.put(bits, zigzag(f.material as i32 - self.material as i32));
        }
        self.j_code.put(bits, zigzag(f.j - self.j));
        for k in 0..4 {
            self.d_codes[k].put(bits, zigzag(wrap8(f.d[k] - self.d[k])));
        }
        let predicted = self.predict(f.x, f.y, f.d);
        for (k, v) in [f.vx, f.vy].into_iter().enumerate() {
            self.v_codes[k].put(bits, zigzag(wrap16(v - predicted[k])));
        }
        *self = Self { at, x: f.x, y: f.y, j: f.j, material: f.material, d: f.d, v: [f.vx, f.vy], ..*self };
    }

    fn get(&mut self, bits: &mut BitReader<'_>, common: u8) -> Option<Particle> {
        let at = self.at.checked_add(self.steps.get(bits)?).filter(|&at| at < 1 << 22)?;
        let (cx, cy) = cell(at);
        let x = cx << 12 | bits.get(12)? as i32;
        let y = cy << 12 | bits.get(12)? as i32;
        let material = if common == MIXED {
            let delta = unzigzag(self.material_code.get(bits)?);
            u32::try_from((self.material as i32).checked_add(delta)?).ok().filter(|&m| is_borne(m))?
        } else {
            u32::from(common)
        };
        let j = self.j.checked_add(unzigzag(self.j_code.get(bits)?)).filter(|j| (0..1 << 12).contains(j))?;
        let mut d = [0; 4];
        for ((d, code), before) in d.iter_mut().zip(&mut self.d_codes).zip(self.d) {
            *d = wrap8(before.wrapping_add(unzigzag(code.get(bits)?)));
        }
        let mut v = self.predict(x, y, d);
        for (v, code) in v.iter_mut().zip(&mut self.v_codes) {
            *v = wrap16(v.wrapping_add(unzigzag(code.get(bits)?)));
        }
        *self = Self { at, x, y, j, material, d, v, ..*self };
        let f = sim_kernels::particle::Fields { x, y, vx: v[0], vy: v[1], d, j, material, words: [0; EXTRA_WORDS] };
        Some(Particle::pack(f))
    }

    /// The velocity at a place, by the mean of the gradients here and there: Q8 times Q12 to Q15.
    fn predict(&self, x: i32, y: i32, d: [i32; 4]) -> [i32; 2] {
        let (dx, dy) = (x - self.x, y - self.y);
        if dx.abs().max(dy.abs()) > PREDICT_CELLS << 12 {
            return self.v;
        }
        let sum = |k: usize| self.d[k] + d[k];
        let by = |a: i32, b: i32| (a * dx + b * dy + 32) >> 6;
        [wrap16(self.v[0] + by(sum(0), sum(1))), wrap16(self.v[1] + by(sum(2), sum(3)))]
    }
}

/// Which columns there are of the last word.
#[derive(Clone, Copy)]
struct Last {
    has_heat: bool,
    has_labels: bool,
}

impl Last {
    /// Those that particles need.
    fn of(particles: &[Particle]) -> Self {
        let all = particles.iter().fold(0, |all, p| all | p.heat() | p.label());
        Self { has_heat: all & label::HEAT_BITS != 0, has_labels: all & !label::HEAT_BITS != 0 }
    }

    fn version(self) -> u8 {
        VERSION + u8::from(self.has_heat) + 2 * u8::from(self.has_labels)
    }

    fn read(version: u8) -> Option<Self> {
        let columns = version.checked_sub(VERSION).filter(|_| version <= VERSION_ALL)?;
        Some(Self { has_heat: columns & 1 != 0, has_labels: columns & 2 != 0 })
    }

    fn columns(self) -> impl Iterator<Item = Column> {
        let labels = label::COLUMNS.into_iter().filter(move |_| self.has_labels);
        self.has_heat.then_some(HEAT_COLUMN).into_iter().chain(labels)
    }
}

/// What both sides know of the words beyond 16 bytes so far, of each material by itself.
struct Beyond {
    last: Last,
    /// By material. A map would cost as much as all else that is done with a particle of water.
    models: Vec<Option<WordsModel>>,
}

struct WordsModel {
    last: Words,
    codes: Vec<(Column, Rice)>,
}

impl Beyond {
    fn new(last: Last) -> Self {
        Self { last, models: Vec::new() }
    }

    fn of(&mut self, material: u32) -> &mut WordsModel {
        let (of_last, at) = (self.last, material as usize);
        if self.models.len() <= at {
            self.models.resize_with(at + 1, || None);
        }
        self.models[at].get_or_insert_with(|| {
            let mut last = initial_words(material);
            if !of_last.has_heat {
                last[HEAT] = 0;
            }
            let all = columns(material).chain(of_last.columns());
            WordsModel { last, codes: all.map(|column| (column, Rice::new(64))).collect() }
        })
    }

    fn put(&mut self, bits: &mut BitWriter, particle: Particle) {
        let model = self.of(particle.material());
        for (column, code) in &mut model.codes {
            code.put(bits, zigzag(column.difference(&model.last, &particle.1)));
        }
        model.last = particle.1;
    }

    fn get(&mut self, bits: &mut BitReader<'_>, particle: &mut Particle) -> Option<()> {
        let model = self.of(particle.material());
        for (column, code) in &mut model.codes {
            column.add(&mut model.last, unzigzag(code.get(bits)?));
        }
        particle.1 = model.last;
        Some(())
    }
}

fn wrap8(n: i32) -> i32 {
    i32::from(n as i8)
}

fn wrap16(n: i32) -> i32 {
    i32::from(n as i16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sim_kernels::materials::COUNT;

    fn any_particle() -> impl Strategy<Value = Particle> {
        let words = prop::array::uniform32(any::<u32>());
        (any::<[u32; 4]>(), 0..COUNT as u32, words).prop_map(|(mut bits, material, words)| {
            bits[1] = bits[1] & 0x03ff_ffff | material << 26;
            Particle(bits, std::array::from_fn(|k| words[k])).canonical()
        })
    }

    /// The same with the bits of the last word that are in both.
    fn with_last(mut p: Particle, bits: u32) -> Particle {
        p.1[HEAT] &= bits;
        p
    }

    fn sorted(mut list: Vec<Particle>) -> Vec<Particle> {
        list.sort_unstable();
        list
    }

    proptest! {
        #[test]
        fn every_set_of_particles_comes_back(list in prop::collection::vec(any_particle(), 0..200)) {
            // Each version of the code.
            for bits in [u32::MAX, label::HEAT_BITS, !label::HEAT_BITS, 0] {
                let list: Vec<Particle> = list.iter().map(|&p| with_last(p, bits)).collect();
                let code = encode(&list);
                let back = decode(&code).unwrap();
                prop_assert_eq!(encode(&back), code.clone());
                prop_assert_eq!(sorted(back), sorted(list.clone()));
                let mut turned = list;
                turned.reverse();
                prop_assert_eq!(encode(&turned), code);
            }
        }

        #[test]
        fn crowded_sets_come_back(
            list in prop::collection::vec((0u32..64, 0u32..64, any::<u32>(), any::<[i8; 2]>()), 0..300),
        ) {
            let near = |&(x, y, bits, v): &(u32, u32, u32, [i8; 2])| Particle::bare([
                x << 10 | (bits & 255) << 24,
                y << 10 | 8 << 22,
                (i32::from(v[0]) as u32 & 0xffff) | (i32::from(v[1]) as u32) << 16,
                bits & 0x0303_0303,
            ]);
            let list: Vec<Particle> = list.iter().map(near).collect();
            let code = encode(&list);
            prop_assert_eq!(sorted(decode(&code).unwrap()), sorted(list.clone()));
            // As backends give them.
            let mut by_tile = list;
            by_tile.sort_unstable_by_key(|p| (path(p.cell()) / TILE_AREA as u32, *p));
            prop_assert_eq!(encode(&by_tile), code);
        }

        #[test]
        fn rubbish_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut bytes = bytes;
            for version in VERSION..=VERSION_ALL {
                if let Some(first) = bytes.first_mut() {
                    *first = version;
                }
                let _ = decode(&bytes);
                if bytes.len() > 6 {
                    bytes[1..5].copy_from_slice(&20u32.to_le_bytes());
                    bytes[5] &= 63;
                    let _ = decode(&bytes);
                }
            }
        }

        #[test]
        fn damage_never_panics(list in prop::collection::vec(any_particle(), 1..40), at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut code = encode(&list);
            let at = at.index(code.len());
            code[at] ^= flip;
            let _ = decode(&code);
            let _ = decode(&code[..at]);
        }
    }

    #[test]
    fn what_is_of_no_material_is_refused() {
        let of = |material: u32| Particle::bare([5 << 12, material << 26 | 5 << 12, 0, 0]);
        for materials in [vec![COUNT as u32], vec![62, 62], vec![0, COUNT as u32], vec![1, 62, 0]] {
            let code = encode(&materials.iter().map(|&m| of(m)).collect::<Vec<_>>());
            assert_eq!(decode(&code), None, "{materials:?}");
        }
        assert!(decode(&encode(&[of(0), of(COUNT as u32 - 1)])).is_some());
    }

    #[test]
    fn a_count_is_not_believed() {
        let mut code = encode(&[]);
        assert_eq!(decode(&code), Some(vec![]));
        code[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(decode(&code), None);
    }
}
