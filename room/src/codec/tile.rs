//! The code for view tiles: coverage in steps of eight, speed and material as they are, each sample predicted
//! from its neighbours. Lossy in coverage only; never read by the simulation.

use crate::codec::bits::{BitReader, BitWriter, Rice, unzigzag, zigzag};
use sim_kernels::geom::{TILE_AREA, TILE_CELLS};
use sim_kernels::view::{sample, unpack_sample};

const SIDE: usize = TILE_CELLS as usize;
/// Stands for "materials differ".
const MIXED: u32 = 16;

/// What is left of a sample's coverage: 0 to 32, 0 only for none.
pub fn coarse(coverage: u8) -> i32 {
    if coverage == 0 { 0 } else { ((i32::from(coverage) + 4) >> 3).max(1) }
}

/// The coverage that a coarse one stands for.
pub fn fine(coarse: i32) -> u8 {
    (coarse << 3).clamp(0, 255) as u8
}

/// Encodes 256 samples; an empty tile takes no bytes at all.
pub fn encode(cells: &[u16]) -> Vec<u8> {
    let covered = |c: &u16| c & 0xff != 0;
    if cells.len() != TILE_AREA || !cells.iter().any(covered) {
        return Vec::new();
    }
    let mut materials = cells.iter().filter(|c| covered(c)).map(|&c| u32::from(unpack_sample(c).2));
    let first = materials.next().unwrap_or(0);
    let common = if materials.all(|m| m == first) { first } else { MIXED };
    let mut bits = BitWriter::default();
    bits.put(common, 5);
    let mut model = Model::new();
    for (at, &cell) in cells.iter().enumerate() {
        let (coverage, speed, material) = unpack_sample(cell);
        let coverage = coarse(coverage);
        model.coverage_code.put(&mut bits, zigzag(coverage - model.predict(at)));
        model.coverage[at] = coverage;
        if coverage > 0 {
            model.speed_code.put(&mut bits, zigzag(i32::from(speed) - model.speed));
            model.speed = i32::from(speed);
            if common == MIXED {
                bits.put(u32::from(material), 4);
            }
        }
    }
    bits.finish()
}

/// Decodes what [`encode`] made, or nothing.
pub fn decode(code: &[u8]) -> Option<Vec<u16>> {
    let mut cells = vec![0; TILE_AREA];
    if code.is_empty() {
        return Some(cells);
    }
    let mut bits = BitReader::new(code);
    let common = bits.get(5)?;
    if common > MIXED {
        return None;
    }
    let mut model = Model::new();
    for (at, cell) in cells.iter_mut().enumerate() {
        let coverage = model.predict(at).checked_add(unzigzag(model.coverage_code.get(&mut bits)?))?;
        if !(0..=32).contains(&coverage) {
            return None;
        }
        model.coverage[at] = coverage;
        if coverage > 0 {
            let speed = model.speed.checked_add(unzigzag(model.speed_code.get(&mut bits)?))?;
            if !(0..16).contains(&speed) {
                return None;
            }
            model.speed = speed;
            let material = if common == MIXED { bits.get(4)? } else { common };
            *cell = sample(fine(coverage), speed as u8, material as u8);
        }
    }
    bits.is_done().then_some(cells)
}

struct Model {
    coverage: [i32; TILE_AREA],
    speed: i32,
    coverage_code: Rice,
    speed_code: Rice,
}

impl Model {
    fn new() -> Self {
        Self { coverage: [0; TILE_AREA], speed: 0, coverage_code: Rice::new(1), speed_code: Rice::new(0) }
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tiles_come_back_but_for_fine_coverage(cells in prop::collection::vec(any::<u16>(), TILE_AREA)) {
            let code = encode(&cells);
            let back = decode(&code).unwrap();
            for (a, b) in cells.iter().zip(&back) {
                let (a, b) = (unpack_sample(*a), unpack_sample(*b));
                prop_assert!((i32::from(a.0) - i32::from(b.0)).abs() <= 7);
                if a.0 > 0 {
                    prop_assert!(b.0 > 0 && (a.1, a.2) == (b.1, b.2));
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
        let full = [sample(128, 2, 0); TILE_AREA];
        assert!(encode(&full).len() < 90);
        assert_eq!(decode(&encode(&full)).unwrap(), full);
    }
}
