//! The code for view tiles: coverage in steps of eight, all else as it is, each sample predicted from its neighbours.
//! Lossy in coverage only; never read by the simulation. What no cell of a tile has costs a bit.

use crate::codec::bits::{BitReader, BitWriter, Rice, unzigzag, zigzag};
use sim_kernels::geom::{TILE_AREA, TILE_CELLS};
use sim_kernels::view::Sample;

const SIDE: usize = TILE_CELLS as usize;
/// Stands for "materials differ": no material has this code.
const MIXED: u32 = 63;
/// A body at rest lies in halves of a cell, modulo 32 of them: see [`Sample::place`].
const PLACE_MASK: i32 = 31;

/// What is left of a sample's coverage: 0 to 32, 0 only for none.
pub fn coarse(coverage: u8) -> i32 {
    if coverage == 0 { 0 } else { ((i32::from(coverage) + 4) >> 3).max(1) }
}

/// The coverage that a coarse one stands for.
pub fn fine(coarse: i32) -> u8 {
    (coarse << 3).clamp(0, 255) as u8
}

/// Encodes 256 samples; an empty tile takes no bytes at all.
pub fn encode(cells: &[u32]) -> Vec<u8> {
    let covered = || cells.iter().map(|&word| Sample::unpack(word)).filter(|cell| cell.coverage > 0);
    if cells.len() != TILE_AREA || covered().next().is_none() {
        return Vec::new();
    }
    let mut materials = covered().map(|cell| u32::from(cell.material));
    let first = materials.next().unwrap_or(0);
    let common = if materials.all(|m| m == first) { first } else { MIXED };
    let (warm, placed) = (covered().any(|cell| cell.warmth > 0), covered().any(|cell| cell.place > 0));
    let mut bits = BitWriter::default();
    bits.put(common, 6);
    bits.put(u32::from(warm), 1);
    bits.put(u32::from(placed), 1);
    let mut model = Model::new();
    for (at, &word) in cells.iter().enumerate() {
        let cell = Sample::unpack(word);
        let coverage = coarse(cell.coverage);
        model.coverage_code.put(&mut bits, zigzag(coverage - model.predict(at)));
        model.coverage[at] = coverage;
        if coverage == 0 {
            continue;
        }
        model.speed_code.put(&mut bits, zigzag(i32::from(cell.speed) - model.speed));
        model.speed = i32::from(cell.speed);
        if common == MIXED {
            let guess = model.beside(at).material;
            bits.put(u32::from(cell.material == guess), 1);
            if cell.material != guess {
                bits.put(u32::from(cell.material), 6);
            }
        }
        if warm {
            model.warmth_code.put(&mut bits, zigzag(i32::from(cell.warmth) - i32::from(model.beside(at).warmth)));
        }
        if placed {
            for (is, guess) in halves(cell.place).into_iter().zip(model.place(at)) {
                // The shorter way around.
                let off = ((is - guess + 16) & PLACE_MASK) - 16;
                model.place_code.put(&mut bits, zigzag(off));
            }
        }
        model.cells[at] = cell;
    }
    bits.finish()
}

/// Decodes what [`encode`] made, or nothing.
pub fn decode(code: &[u8]) -> Option<Vec<u32>> {
    let mut words = vec![0; TILE_AREA];
    if code.is_empty() {
        return Some(words);
    }
    let mut bits = BitReader::new(code);
    let (common, warm, placed) = (bits.get(6)?, bits.get(1)? != 0, bits.get(1)? != 0);
    let mut model = Model::new();
    for (at, word) in words.iter_mut().enumerate() {
        let coverage = model.predict(at).checked_add(unzigzag(model.coverage_code.get(&mut bits)?))?;
        if !(0..=32).contains(&coverage) {
            return None;
        }
        model.coverage[at] = coverage;
        if coverage == 0 {
            continue;
        }
        let speed = model.speed.checked_add(unzigzag(model.speed_code.get(&mut bits)?))?;
        model.speed = within(speed, 16)?;
        let mut cell = Sample::of(fine(coverage), speed as u8, common as u8);
        if common == MIXED {
            let guess = model.beside(at).material;
            cell.material = if bits.get(1)? != 0 { guess } else { bits.get(6)? as u8 };
        }
        if warm {
            let warmth = i32::from(model.beside(at).warmth).checked_add(unzigzag(model.warmth_code.get(&mut bits)?))?;
            cell.warmth = within(warmth, 16)? as u8;
        }
        if placed {
            let [mut x, mut y] = model.place(at);
            for half in [&mut x, &mut y] {
                let off = unzigzag(model.place_code.get(&mut bits)?);
                within(off.checked_add(16)?, 32)?;
                *half = (*half + off) & PLACE_MASK;
            }
            cell.place = (x | y << 5) as u16;
        }
        model.cells[at] = cell;
        *word = cell.pack();
    }
    bits.is_done().then_some(words)
}

fn within(value: i32, end: i32) -> Option<i32> {
    (0..end).contains(&value).then_some(value)
}

/// The two numbers of a place.
fn halves(place: u16) -> [i32; 2] {
    [i32::from(place) & PLACE_MASK, i32::from(place) >> 5]
}

struct Model {
    coverage: [i32; TILE_AREA],
    speed: i32,
    /// The cells so far; what is not covered is as it begins.
    cells: [Sample; TILE_AREA],
    coverage_code: Rice,
    speed_code: Rice,
    warmth_code: Rice,
    place_code: Rice,
}

impl Model {
    fn new() -> Self {
        Self {
            coverage: [0; TILE_AREA],
            speed: 0,
            cells: [Sample::default(); TILE_AREA],
            coverage_code: Rice::new(1),
            speed_code: Rice::new(0),
            warmth_code: Rice::new(0),
            place_code: Rice::new(1),
        }
    }

    /// The mean of the left and the lower neighbour; nothing beyond the rim.
    fn predict(&self, at: usize) -> i32 {
        let left = (!at.is_multiple_of(SIDE)).then(|| self.coverage[at - 1]);
        let below = (at >= SIDE).then(|| self.coverage[at - SIDE]);
        match (left, below) {
            (Some(a), Some(b)) => (a + b) >> 1,
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => 0,
        }
    }

    /// The left and the lower neighbour, where they are covered.
    fn neighbours(&self, at: usize) -> [Option<Sample>; 2] {
        let left = (!at.is_multiple_of(SIDE)).then(|| self.cells[at - 1]);
        let below = (at >= SIDE).then(|| self.cells[at - SIDE]);
        [left, below].map(|cell| cell.filter(|cell| cell.coverage > 0))
    }

    /// The left neighbour, or the lower one, or nothing.
    fn beside(&self, at: usize) -> Sample {
        let [left, below] = self.neighbours(at);
        left.or(below).unwrap_or_default()
    }

    /// The place that a cell has in a body that neither turned nor bent: a cell farther than its neighbours'.
    fn place(&self, at: usize) -> [i32; 2] {
        let [left, below] = self.neighbours(at);
        let moved = |cell: Sample, by: [i32; 2]| {
            let [x, y] = halves(cell.place);
            [x + by[0], y + by[1]].map(|half| half & PLACE_MASK)
        };
        left.map(|cell| moved(cell, [2, 0])).or(below.map(|cell| moved(cell, [0, 2]))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sim_kernels::materials;

    proptest! {
        #[test]
        fn tiles_come_back_but_for_fine_coverage(cells in prop::collection::vec(any::<u32>(), TILE_AREA)) {
            let code = encode(&cells);
            let back = decode(&code).unwrap();
            for (a, b) in cells.iter().zip(&back) {
                let (a, b) = (Sample::unpack(*a), Sample::unpack(*b));
                prop_assert!((i32::from(a.coverage) - i32::from(b.coverage)).abs() <= 7);
                if a.coverage > 0 {
                    prop_assert!(b.coverage > 0);
                    prop_assert_eq!(Sample { coverage: 0, ..a }, Sample { coverage: 0, ..b });
                }
            }
            prop_assert_eq!(encode(&back), code);
        }

        #[test]
        fn rubbish_never_panics(code in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&code);
        }
    }

    #[test]
    fn empty_and_full_tiles_are_small() {
        assert!(encode(&[0; TILE_AREA]).is_empty());
        let full = [Sample::of(128, 2, 0).pack(); TILE_AREA];
        assert!(encode(&full).len() < 90);
        assert_eq!(decode(&encode(&full)).unwrap(), full);
        // Heat and a body's texture cost little where they are smooth.
        let hot = [Sample { warmth: 12, ..Sample::of(128, 2, 13) }.pack(); TILE_AREA];
        assert!(encode(&hot).len() < 90 + TILE_AREA / 8 + 2);
        let body: Vec<u32> = (0..TILE_AREA as u16)
            .map(|i| Sample { place: (i % 16 * 2 + 7) & 31 | ((i / 16 * 2 + 3) & 31) << 5, ..Sample::of(128, 0, 4) })
            .map(Sample::pack)
            .collect();
        assert!(encode(&body).len() < 3 * encode(&full).len(), "{}", encode(&body).len());
    }

    const _: () = assert!(materials::MATERIALS_MAX <= MIXED as usize);
}
