//! The view field: what is drawn, and what other peers are sent of a region. Never read by the simulation.

use crate::geom::TILE_AREA;
use serde::{Deserialize, Serialize};

/// One tile of the view field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewTile {
    /// Tile column and row.
    pub tile: [u16; 2],
    /// 16 x 16 samples, row by row from the bottom left, packed: see [`Sample`].
    pub cells: Vec<u32>,
}

/// What the view tells of one cell.
///
/// | bits | what |
/// |---|---|
/// | 0..8 | coverage |
/// | 8..12 | speed |
/// | 12..18 | material |
/// | 18..22 | warmth |
/// | 22..32 | place |
///
/// Material, warmth and place are those of one particle: of those in the cell, or around it where it holds none, the
/// one of the highest code that lies nearest to the middle of its cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// 0 none, 128 rest density, 255 twice that.
    pub coverage: u8,
    /// 0 still to 15 fast.
    pub speed: u8,
    /// The material's code.
    pub material: u8,
    /// 0 as warm as the air, 1 to 3 colder, 4 to 15 warmer: see [`crate::materials::heat::warmth`].
    pub warmth: u8,
    /// Where in its body the particle lay, of materials that keep that: x and y in halves of a cell modulo 16 cells, 5 bits
    /// each, x in the low ones. Its grain, 0 to 15, of those that have one (see [`crate::materials::label`]). 0 of all others.
    pub place: u16,
}

impl Sample {
    /// In 32 bits; what is beyond a field's width is dropped.
    pub const fn pack(self) -> u32 {
        self.coverage as u32
            | (self.speed as u32 & 15) << 8
            | (self.material as u32 & 63) << 12
            | (self.warmth as u32 & 15) << 18
            | (self.place as u32 & 1023) << 22
    }

    /// The inverse of [`Self::pack`].
    pub const fn unpack(word: u32) -> Self {
        Self {
            coverage: word as u8,
            speed: (word >> 8 & 15) as u8,
            material: (word >> 12 & 63) as u8,
            warmth: (word >> 18 & 15) as u8,
            place: (word >> 22) as u16,
        }
    }

    /// A material's sample with nothing else to tell.
    pub const fn of(coverage: u8, speed: u8, material: u8) -> Self {
        Self { coverage, speed, material, warmth: 0, place: 0 }
    }
}

impl ViewTile {
    /// Whether the tile has the right number of samples; a tile from outside may not.
    pub fn is_valid(&self) -> bool {
        self.cells.len() == TILE_AREA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_comes_back() {
        for word in [0, u32::MAX, 0x1234_5678, 0xfedc_ba98] {
            assert_eq!(Sample::unpack(word).pack(), word);
        }
    }
}
