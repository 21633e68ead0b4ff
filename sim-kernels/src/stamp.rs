//! Stamps: a rectangle of the world with everything in it, as it was at one tick, to be put elsewhere.
//!
//! A stamp holds which cells are bedrock, and the particles with all words of their state: heat, strain, and where in their body
//! they began. Turned or mirrored, velocities, gradients and strains are, too; all of it in integers, so that four turns or two
//! mirrors give what there was. Left out is what belongs to its place: air, what is carried along (wheels and walls that slide),
//! whose stroke a particle is of, and what lies dormant.
//!
//! Its code is what travels, lies on shelves and in files, and what it is named by. The room's log brings it in parts
//! ([`crate::command::Command::Bring`]), and everybody keeps the newest ones among the globals ([`Stamps`]): so whoever comes to
//! a command that pastes one has it, whoever leads the room, and after a return to an earlier tick.

use crate::constants::GRADIENT_STORED_MAX;
use crate::digest::Digest;
use crate::geom::Rect;
use crate::materials::{HEAT, carriage, columns, is_poured, keeps_place, label, named};
use crate::materials::{initial_j, initial_words_at, mirrored_words, turned_words};
use crate::particle::{Fields, POS_BITS, Particle};
use crate::terrain::Terrain;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest side, in cells.
pub const SIDE_MAX: i32 = 512;
/// The most cells.
pub const CELLS_MAX: i32 = 1 << 16;
/// The most particles.
pub const PARTICLES_MAX: usize = 1 << 15;
/// The most particles in one cell: four times what fills it.
const CELL_MAX: u8 = 16;
/// The longest code.
pub const BYTES_MAX: usize = 512 << 10;
/// The most bytes of a code in one command.
pub const PART_BYTES_MAX: usize = 4096;
/// The most stamps that a world keeps.
const KEPT_MAX: usize = 16;
/// The most bytes that all of these have: what they take in messages and saves.
const KEPT_BYTES_MAX: usize = BYTES_MAX + (128 << 10);
/// How every code begins.
const VERSION: u8 = 1;
/// Materials that drive what is around to one side: mirrored, one is the other.
const SIDED: [[&str; 2]; 3] = [["belt_left", "belt_right"], ["fan_left", "fan_right"], ["pump_left", "pump_right"]];

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Width and height, in cells.
    size: [i32; 2],
    /// Of each cell, row by row from below, whether it is bedrock.
    solid: Vec<bool>,
    /// With positions from the lower left corner, in the order of their bits.
    particles: Vec<Particle>,
}

/// Why there is no stamp of a rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nothing is in it.
    Empty,
    /// It has more cells or particles than a stamp may have, or its code is too long.
    TooLarge,
}

impl Stamp {
    /// What a rectangle of the world holds; `particles` may lie elsewhere, too.
    ///
    /// # Errors
    /// Where it is empty, or more than a stamp may hold.
    pub fn cut(rect: Rect, terrain: &Terrain, particles: &[Particle]) -> Result<Self, Refused> {
        let size = [rect.width(), rect.height()];
        if !is_size(size) {
            return Err(if rect.is_empty() { Refused::Empty } else { Refused::TooLarge });
        }
        let cells = (rect.y0..rect.y1).flat_map(|y| (rect.x0..rect.x1).map(move |x| (x, y)));
        let world = terrain.size().rect();
        let solid: Vec<bool> = cells.map(|(x, y)| world.contains(x, y) && terrain.solid(x, y)).collect();
        let own = particles.iter().filter(|p| rect.contains(p.cell().0, p.cell().1));
        let own: Vec<Particle> = own.filter_map(|p| loose(*p, [rect.x0, rect.y0])).collect();
        if own.len() > PARTICLES_MAX {
            return Err(Refused::TooLarge);
        }
        let stamp = Self { size, solid, particles: own }.sorted();
        if stamp.particles.is_empty() && !stamp.solid.contains(&true) {
            return Err(Refused::Empty);
        }
        if !stamp.is_valid() || stamp.encode().len() > BYTES_MAX {
            return Err(Refused::TooLarge);
        }
        Ok(stamp)
    }

    /// Width and height, in cells.
    pub fn size(&self) -> [i32; 2] {
        self.size
    }

    /// The particles, with positions from the lower left corner.
    pub fn particles(&self) -> &[Particle] {
        &self.particles
    }

    /// Whether a cell within its size is bedrock.
    pub fn solid(&self, x: i32, y: i32) -> bool {
        self.solid[(y * self.size[0] + x) as usize]
    }

    /// Turned to the left by a quarter.
    #[must_use]
    pub fn turned(&self) -> Self {
        let [w, h] = self.size;
        // What comes to a cell is from the column of its row's number.
        let cells = (0..w).flat_map(|y| (0..h).map(move |x| (y, h - 1 - x)));
        let solid = cells.map(|(x, y)| self.solid(x, y)).collect();
        let turn = |p: &Particle| {
            let Fields { x, y, vx, vy, d: [a, b, c, d], j, material, words } = p.unpack();
            let j = if keeps_place(material) { (63 - (j >> 6 & 63)) | (j & 63) << 6 } else { j };
            let (x, y) = ((h << POS_BITS) - 1 - y, x);
            let words = turned_words(material, words);
            Particle::pack(Fields { x, y, vx: -vy, vy: vx, d: [d, -c, -b, a], j, material, words })
        };
        Self { size: [h, w], solid, particles: self.particles.iter().map(turn).collect() }.sorted()
    }

    /// As seen in a mirror: left and right change places.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let [w, h] = self.size;
        let cells = (0..h).flat_map(|y| (0..w).map(move |x| (w - 1 - x, y)));
        let solid = cells.map(|(x, y)| self.solid(x, y)).collect();
        let mirror = |p: &Particle| {
            let Fields { x, y, vx, vy, d: [a, b, c, d], j, material, words } = p.unpack();
            let j = if keeps_place(material) { j & !63 | (63 - (j & 63)) } else { j };
            let words = mirrored_words(material, words);
            let material = other_side(material);
            let x = (w << POS_BITS) - 1 - x;
            Particle::pack(Fields { x, y, vx: -vx, vy, d: [a, -b, -c, d], j, material, words })
        };
        Self { size: self.size, solid, particles: self.particles.iter().map(mirror).collect() }.sorted()
    }

    /// Mirrored or not, and then turned to the left so many times.
    #[must_use]
    pub fn laid(self, turns: u8, mirrored: bool) -> Self {
        let first = if mirrored { self.mirrored() } else { self };
        (0..turns % 4).fold(first, |stamp, _| stamp.turned())
    }

    /// A particle of it where the lower left corner lies at a cell; nothing where that is outside of the world that there can be.
    pub(crate) fn particle_at(p: Particle, [x, y]: [i32; 2], within: Rect) -> Option<Particle> {
        let f = p.unpack();
        let (x, y) = (f.x + (x << POS_BITS), f.y + (y << POS_BITS));
        if !within.contains(x >> POS_BITS, y >> POS_BITS) {
            return None;
        }
        Some(Particle::pack(Fields { x, y, ..f }))
    }

    /// Its code: numbers in groups of seven bits, of each material the particles from cell to cell, a column for each number that
    /// makes one up, by its difference from the one before; noughts in a row are counted.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        self.size.iter().for_each(|&side| put(&mut out, side as u32));
        // The first run is of open cells.
        if self.solid[0] {
            put(&mut out, 0);
        }
        self.solid.chunk_by(|a, b| a == b).for_each(|run| put(&mut out, run.len() as u32));
        put(&mut out, self.particles.len() as u32);
        let mut sorted: Vec<(u32, i32, Particle)> =
            self.particles.iter().map(|&p| (p.material(), self.cell(p), p)).collect();
        sorted.sort_unstable();
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            put(&mut out, group[0].0);
            put(&mut out, group.len() as u32);
            let rows: Vec<Vec<i32>> = group.iter().map(|(_, cell, p)| numbers(*p, *cell)).collect();
            for column in 0..rows[0].len() {
                put_column(&mut out, rows.iter().map(|row| row[column]));
            }
        }
        out
    }

    /// What a code begins with: size, cells that are solid, and how many particles follow.
    fn head(from: &mut &[u8]) -> Option<([i32; 2], Vec<bool>, usize)> {
        let size = [get(from)?, get(from)?].map(|side| i32::try_from(side).unwrap_or(0));
        if !is_size(size) {
            return None;
        }
        let cells = (size[0] * size[1]) as usize;
        let (mut solid, mut is_solid) = (Vec::new(), false);
        while solid.len() < cells {
            let run = get(from)? as usize;
            // Only the first run may be of no cells.
            if run > cells - solid.len() || (run == 0 && (is_solid || !solid.is_empty())) {
                return None;
            }
            solid.resize(solid.len() + run, is_solid);
            is_solid = !is_solid;
        }
        let count = get(from)? as usize;
        if count > PARTICLES_MAX {
            return None;
        }
        Some((size, solid, count))
    }

    /// What [`Self::encode`] made; nothing where the bytes are anything else, or beyond a limit.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        Self::decode_of(bytes, Some)
    }

    /// The same where materials had other codes: `now` tells those of today.
    pub(crate) fn decode_of(bytes: &[u8], now: impl Fn(u32) -> Option<u32>) -> Option<Self> {
        if bytes.len() > BYTES_MAX {
            return None;
        }
        let mut from = bytes.strip_prefix(&[VERSION])?;
        let from = &mut from;
        let (size, solid, count) = Self::head(from)?;
        let mut particles = Vec::new();
        while particles.len() < count {
            let (material, group) = (now(get(from)?)?, get(from)? as usize);
            if group == 0 || group > count - particles.len() || !is_poured(material) {
                return None;
            }
            let columns: Vec<Vec<i32>> =
                (0..FIRST + columns(material).count()).map(|_| get_column(from, group)).collect::<Option<_>>()?;
            for k in 0..group {
                particles.push(particle(material, size, &columns, k)?);
            }
        }
        let stamp = Self { size, solid, particles }.sorted();
        (from.is_empty() && stamp.is_valid()).then_some(stamp)
    }

    /// What the code of a stamp is named by.
    pub fn name(code: &[u8]) -> Digest {
        Digest::of_bytes(0x57a3_57a3, code)
    }

    /// A small one, for tests and fuzz targets to begin with.
    pub fn sample() -> Self {
        let fill = |x: i32, y: i32, material: u32| {
            (0..4).map(move |n: i32| {
                let quarter = |cell: i32, half: i32| (cell << POS_BITS) + half * 2048 + 700 + 50 * n;
                let (x, y) = (quarter(x, n & 1), quarter(y, n >> 1));
                let (j, words) = (initial_j(material, x, y), initial_words_at(material, x, y));
                Particle::pack(Fields { x, y, vx: 300, vy: -200, d: [0; 4], j, material, words })
            })
        };
        let jelly = u32::from(crate::materials::JELLY);
        let particles = fill(0, 0, 0).chain(fill(1, 0, jelly)).chain(fill(1, 1, jelly)).collect();
        Self { size: [3, 2], solid: vec![false, false, true, false, false, false], particles }.sorted()
    }

    /// The place of a particle's cell in the rows.
    fn cell(&self, p: Particle) -> i32 {
        let (x, y) = p.cell();
        y * self.size[0] + x
    }

    fn sorted(mut self) -> Self {
        self.particles.sort_unstable();
        self
    }

    /// Whether no cell is too full.
    fn is_valid(&self) -> bool {
        let mut counts = vec![0u8; self.solid.len()];
        self.particles.iter().all(|p| {
            let count = &mut counts[self.cell(*p) as usize];
            *count += 1;
            *count <= CELL_MAX
        })
    }
}

/// Whether a stamp may be so large.
pub(crate) fn is_size([w, h]: [i32; 2]) -> bool {
    (1..=SIDE_MAX).contains(&w) && (1..=SIDE_MAX).contains(&h) && w * h <= CELLS_MAX
}

/// A particle without what belongs to its place, from a corner; nothing where all of it does.
fn loose(p: Particle, [x, y]: [i32; 2]) -> Option<Particle> {
    let f = p.unpack();
    let goes = !p.is_dormant() && is_poured(f.material) && carriage(f.material).is_none();
    let at = Fields { x: f.x - (x << POS_BITS), y: f.y - (y << POS_BITS), ..f };
    goes.then(|| Particle::pack(at).of_stroke(0))
}

/// The code of what drives to the other side, or the same.
fn other_side(material: u32) -> u32 {
    let code = |name| named(name).map(u32::from);
    let other = SIDED.into_iter().flat_map(|[a, b]| [(a, b), (b, a)]).find(|pair| code(pair.0) == Some(material));
    other.and_then(|pair| code(pair.1)).unwrap_or(material)
}

/// Numbers of a particle before those of its material's words.
const FIRST: usize = 12;

/// What makes a particle up, beside its material.
fn numbers(p: Particle, cell: i32) -> Vec<i32> {
    let Fields { x, y, vx, vy, d: [a, b, c, d], j, material, words } = p.unpack();
    let part = |at: i32| at & ((1 << POS_BITS) - 1);
    let (heat, grain) = (i32::from(words[HEAT] as u16 as i16), label::grain(words[HEAT]) as i32);
    let first: [i32; FIRST] = [cell, part(x), part(y), j, vx, vy, a, b, c, d, heat, grain];
    first.into_iter().chain(columns(material).map(|column| column.get(&words) as i32)).collect()
}

/// The particle that numbers make up; nothing where there is no such particle.
fn particle(material: u32, [width, height]: [i32; 2], rows: &[Vec<i32>], k: usize) -> Option<Particle> {
    let row: [i32; FIRST] = std::array::from_fn(|column| rows[column][k]);
    let [cell, x, y, j, vx, vy, a, b, c, d, heat, grain] = row;
    let gradient = [a, b, c, d];
    let good = (0..width * height).contains(&cell)
        && [x, y].iter().all(|part| (0..1 << POS_BITS).contains(part))
        && (0..1 << 12).contains(&j)
        && [vx, vy, heat].iter().all(|v| v.unsigned_abs() <= i16::MAX as u32)
        && gradient.iter().all(|v| v.unsigned_abs() <= GRADIENT_STORED_MAX as u32)
        && (0..16).contains(&grain)
        && carriage(material).is_none();
    if !good {
        return None;
    }
    let (x, y) = ((cell % width) << POS_BITS | x, (cell / width) << POS_BITS | y);
    let mut words = crate::materials::Words::default();
    for (column, numbers) in columns(material).zip(&rows[FIRST..]) {
        let number = numbers[k] as u32;
        if number > u32::MAX >> (32 - column.bits) {
            return None;
        }
        column.add(&mut words, number as i32);
    }
    words[HEAT] = label::with_enthalpy((grain as u32) << 28, heat);
    Some(Particle::pack(Fields { x, y, vx, vy, d: gradient, j, material, words }))
}

fn put(out: &mut Vec<u8>, mut number: u32) {
    while number > 127 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Takes a number off the front.
fn get(from: &mut &[u8]) -> Option<u32> {
    let mut number = 0u64;
    for shift in [0, 7, 14, 21, 28] {
        let (&first, rest) = from.split_first()?;
        *from = rest;
        number |= u64::from(first & 127) << shift;
        if first < 128 {
            return u32::try_from(number).ok();
        }
    }
    None
}

fn put_column(out: &mut Vec<u8>, numbers: impl Iterator<Item = i32>) {
    let (mut last, mut noughts) = (0, 0);
    let end = |out: &mut Vec<u8>, noughts: &mut u32| {
        if *noughts > 0 {
            put(out, 0);
            put(out, *noughts - 1);
            *noughts = 0;
        }
    };
    for number in numbers {
        let step = number.wrapping_sub(last);
        last = number;
        if step == 0 {
            noughts += 1;
            continue;
        }
        end(out, &mut noughts);
        put(out, (step << 1 ^ step >> 31) as u32);
    }
    end(out, &mut noughts);
}

/// A column of so many numbers.
fn get_column(from: &mut &[u8], count: usize) -> Option<Vec<i32>> {
    let (mut last, mut all) = (0i32, Vec::new());
    while all.len() < count {
        let step = get(from)?;
        if step == 0 {
            let noughts = get(from)? as usize;
            if noughts >= count - all.len() {
                return None;
            }
            all.resize(all.len() + noughts + 1, last);
        } else {
            last = last.wrapping_add((step >> 1) as i32 ^ -((step & 1) as i32));
            all.push(last);
        }
    }
    Some(all)
}

/// A code, or the beginning of one, that is seldom copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u8>", into = "Vec<u8>")]
struct Code(Arc<Vec<u8>>);

impl From<Vec<u8>> for Code {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl From<Code> for Vec<u8> {
    fn from(code: Code) -> Self {
        Arc::unwrap_or_clone(code.0)
    }
}

/// One that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    name: Digest,
    /// Who brings it.
    by: u128,
    /// How long its code is.
    total: u32,
    /// As far as that was brought.
    code: Code,
}

impl Kept {
    fn is_whole(&self) -> bool {
        self.code.0.len() == self.total as usize
    }
}

/// The stamps that a world keeps: those that were brought or pasted last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamps {
    /// What was used longest ago comes first.
    kept: Vec<Kept>,
}

impl Stamps {
    /// Whether a stamp is here, and may be pasted.
    pub fn holds(&self, name: Digest) -> bool {
        self.kept.iter().any(|kept| kept.name == name && kept.is_whole())
    }

    /// Somebody brings a part of a code, which is so long and has that name. Parts come in their order; what turns out to be
    /// another or none is forgotten.
    pub(crate) fn bring(&mut self, by: u128, name: Digest, total: u32, from: u32, part: &[u8]) {
        if self.holds(name) {
            return;
        }
        let same = |kept: &Kept| kept.name == name && kept.by == by && kept.total == total;
        let mut at = self.kept.iter().position(same);
        if at.is_none() && from == 0 {
            // One at a time is brought by somebody.
            self.kept.retain(|kept| kept.is_whole() || kept.by != by);
            if self.kept.len() >= KEPT_MAX {
                self.kept.remove(0);
            }
            self.kept.push(Kept { name, by, total, code: Code::default() });
            at = Some(self.kept.len() - 1);
        }
        let Some(mut at) = at else { return };
        if self.kept[at].code.0.len() != from as usize || part.len() > (total - from) as usize {
            return;
        }
        // Others make room as the bytes come, and not for what is only announced.
        while self.bytes() + part.len() > KEPT_BYTES_MAX {
            let oldest = usize::from(at == 0);
            self.kept.remove(oldest);
            at -= usize::from(oldest < at);
        }
        let kept = &mut self.kept[at];
        Arc::make_mut(&mut kept.code.0).extend_from_slice(part);
        let is_other = |kept: &Kept| Stamp::name(&kept.code.0) != name || Stamp::decode(&kept.code.0).is_none();
        if kept.is_whole() && is_other(kept) {
            self.kept.remove(at);
        }
    }

    /// A stamp, which is used; nothing where it is larger than was said, which is looked at first: that costs little.
    pub(crate) fn take(&mut self, name: Digest, size: [i32; 2], particles: u32) -> Option<Stamp> {
        let at = self.kept.iter().position(|kept| kept.name == name && kept.is_whole())?;
        let (is, _, count) = Stamp::head(&mut self.kept[at].code.0.get(1..)?)?;
        if is != size || count > particles as usize {
            return None;
        }
        let kept = self.kept.remove(at);
        let stamp = Stamp::decode(&kept.code.0);
        self.kept.push(kept);
        stamp
    }

    /// What the codes take, in bytes.
    fn bytes(&self) -> usize {
        self.kept.iter().map(|kept| kept.code.0.len()).sum()
    }

    /// Whether what came from outside is within every limit.
    pub(crate) fn is_valid(&self) -> bool {
        let good = |kept: &Kept| {
            let fits = kept.total > 0 && kept.code.0.len() <= kept.total as usize;
            fits && (!kept.is_whole() || Stamp::name(&kept.code.0) == kept.name)
        };
        self.kept.len() <= KEPT_MAX && self.bytes() <= KEPT_BYTES_MAX && self.kept.iter().all(good)
    }

    /// The digest; nothing before the first one. What is whole is known by its name.
    pub(crate) fn digest(&self) -> Digest {
        let words = self.kept.iter().flat_map(|Kept { name, by, total, code }| {
            let by = [0, 32, 64, 96].map(|shift| (by >> shift) as u32);
            name.0.into_iter().chain(by).chain([*total, code.0.len() as u32])
        });
        Digest::of_words(0x57a3_0e11, words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hash4;
    use crate::geom::WorldSize;
    use crate::materials;

    /// A rectangle full of everything, with any state.
    fn busy(seed: u32) -> Stamp {
        let size = WorldSize::new(64, 64).unwrap();
        let mut terrain = Terrain::new(size);
        let codes: Vec<u32> = (0..materials::COUNT as u32).filter(|&code| is_poured(code)).collect();
        let mut all = Vec::new();
        for i in 0..900u32 {
            let h = hash4([i, seed, 1, 2]);
            let g = hash4([i, seed, 3, 4]);
            let material = codes[h[0] as usize % codes.len()];
            let mut words = materials::Words::default();
            for (k, word) in words.iter_mut().enumerate().take(materials::words_borne(material)) {
                *word = hash4([i, seed, 5, k as u32])[0] & 0x7fff_7fff;
            }
            words[HEAT] = g[3] & 0xf000_7fff | 9 << 16;
            let (x, y) = ((h[1] % (64 << POS_BITS)) as i32, (h[2] % (64 << POS_BITS)) as i32);
            let small = |bits: u32, most: i32| (bits % (2 * most as u32 + 1)) as i32 - most;
            let [vx, vy] = [small(g[0], 32_767), small(g[1], 32_767)];
            let d = [0, 8, 16, 24].map(|shift| small(g[2] >> shift & 255, 127));
            all.push(Particle::pack(Fields { x, y, vx, vy, d, j: (h[3] & 0xfff) as i32, material, words }));
            terrain.set((g[0] % 64) as i32, (g[1] % 64) as i32, true);
        }
        all.push(all[0].dormant(3));
        Stamp::cut(Rect::new(5, 9, 47, 40), &terrain, &all).unwrap()
    }

    #[test]
    fn four_turns_and_two_mirrors_are_none() {
        for seed in 0..8 {
            let stamp = busy(seed);
            let kinds = |stamp: &Stamp| stamp.particles.len();
            assert!(kinds(&stamp) > 200 && stamp.particles.iter().all(|p| p.stroke() == 0 && !p.is_dormant()));
            assert_ne!(stamp.turned(), stamp);
            assert_eq!(stamp.turned().turned().turned().turned(), stamp);
            assert_eq!(stamp.mirrored().mirrored(), stamp);
            // To turn left in a mirror is to turn right.
            let right = |s: &Stamp| s.turned().turned().turned();
            assert_eq!(stamp.mirrored().turned(), right(&stamp).mirrored());
            assert_eq!(stamp.clone().laid(2, true), stamp.mirrored().turned().turned());
        }
    }

    #[test]
    fn a_code_is_its_stamp_and_nothing_else() {
        for stamp in [Stamp::sample(), busy(1), busy(2).turned(), busy(3).mirrored()] {
            let code = stamp.encode();
            assert_eq!(Stamp::decode(&code), Some(stamp.clone()));
            for (i, flip) in (0..code.len()).flat_map(|i| [1u8, 16, 128].map(|flip| (i, flip))) {
                let mut bad = code.clone();
                bad[i] ^= flip;
                // Whatever it is, it is within the limits, and coded again it is the same.
                if let Some(other) = Stamp::decode(&bad) {
                    assert_eq!(Stamp::decode(&other.encode()), Some(other));
                }
            }
            assert!((0..code.len()).all(|end| Stamp::decode(&code[..end]).is_none()));
            assert_eq!(Stamp::decode(&[&code[..], &[0]].concat()), None);
        }
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let size = WorldSize::new(1024, 512).unwrap();
        let mut terrain = Terrain::new(size);
        let cut = |rect, terrain: &Terrain, particles: &[Particle]| Stamp::cut(rect, terrain, particles);
        assert_eq!(cut(Rect::new(0, 0, 9, 9), &terrain, &[]), Err(Refused::Empty));
        assert_eq!(cut(Rect::new(4, 4, 4, 9), &terrain, &[]), Err(Refused::Empty));
        terrain.fill(Rect::new(0, 0, 9, 1), true);
        assert!(cut(Rect::new(0, 0, 9, 9), &terrain, &[]).is_ok());
        assert_eq!(cut(Rect::new(0, 0, 513, 9), &terrain, &[]), Err(Refused::TooLarge));
        assert_eq!(cut(Rect::new(0, 0, 512, 129), &terrain, &[]), Err(Refused::TooLarge));
        let full = |cells: i32, each: u32| {
            let of = move |i: i32, n| crate::globals::spawned(i % 256, i / 256, n % 4, [0, 0], 0, n);
            (0..cells).flat_map(|i| (0..each).map(move |n| of(i, n))).collect::<Vec<_>>()
        };
        assert!(cut(Rect::new(0, 0, 256, 32), &terrain, &full(8192, 4)).is_ok());
        assert_eq!(cut(Rect::new(0, 0, 256, 33), &terrain, &full(8193, 4)), Err(Refused::TooLarge));
        assert_eq!(cut(Rect::new(0, 0, 9, 9), &terrain, &full(1, 17)), Err(Refused::TooLarge));
    }

    #[test]
    fn a_world_keeps_the_newest_whose_codes_are_what_they_are_named_by() {
        let mut stamps = Stamps::default();
        let bring = |stamps: &mut Stamps, by, code: &[u8], name| {
            let parts = code.chunks(7).enumerate();
            parts.for_each(|(k, part)| stamps.bring(by, name, code.len() as u32, 7 * k as u32, part));
        };
        let codes: Vec<Vec<u8>> = (0..30).map(|seed| busy(seed).encode()).collect();
        let name = |k: usize| Stamp::name(&codes[k]);
        bring(&mut stamps, 1, &codes[0], name(1));
        assert!(!stamps.holds(name(1)), "another");
        bring(&mut stamps, 1, &codes[0][..50], Stamp::name(&codes[0][..50]));
        assert!(stamps.kept.is_empty(), "none");
        // Two bring the same, and one stops on the way.
        stamps.bring(1, name(0), codes[0].len() as u32, 0, &[9; 9]);
        bring(&mut stamps, 2, &codes[0], name(0));
        let first = busy(0);
        let (size, particles) = (first.size(), first.particles().len() as u32);
        assert_eq!(stamps.take(name(0), size, particles - 1), None, "it is larger than was said");
        assert_eq!(stamps.take(name(0), [size[0], size[1] + 1], particles), None);
        assert_eq!(stamps.take(name(0), size, particles), Some(first));
        for (k, code) in codes.iter().enumerate() {
            stamps.take(name(0), size, particles);
            bring(&mut stamps, 1, code, name(k));
            assert!(stamps.holds(name(k)) && stamps.holds(name(0)) && stamps.is_valid());
        }
        assert!(stamps.kept.len() <= KEPT_MAX && !stamps.holds(name(1)));
        assert_ne!(stamps.digest(), Stamps::default().digest());
        // What is only announced takes nobody's place.
        let before = stamps.kept.iter().filter(|kept| kept.is_whole()).count();
        stamps.bring(3, Digest([1; 4]), BYTES_MAX as u32, 0, &[0]);
        let whole = stamps.kept.iter().filter(|kept| kept.is_whole()).count();
        assert!(whole + 1 >= before && stamps.is_valid(), "{whole} of {before}");
        let wrong = Kept { name: Digest([2; 4]), ..stamps.kept[0].clone() };
        stamps.kept[0] = wrong;
        assert!(!stamps.is_valid(), "another's name");
        assert_eq!(Stamps::default().digest(), Digest::default());
    }
}
