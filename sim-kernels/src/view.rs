//! The view field: what is drawn, and what other peers are sent of a region. Never read by the simulation.

use crate::geom::TILE_AREA;
use serde::{Deserialize, Serialize};

/// One tile of the view field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewTile {
    /// Tile column and row.
    pub tile: [u16; 2],
    /// 16 x 16 samples, row by row from the bottom left: see [`sample`].
    pub cells: Vec<u16>,
}

/// Packs a sample: coverage (0 none, 128 rest density, 255 twice that), speed (0 still to 15 fast), material.
pub fn sample(coverage: u8, speed: u8, material: u8) -> u16 {
    u16::from(coverage) | u16::from(speed & 15) << 8 | u16::from(material & 15) << 12
}

/// Unpacks a sample into (coverage, speed, material).
pub fn unpack_sample(sample: u16) -> (u8, u8, u8) {
    (sample as u8, (sample >> 8 & 15) as u8, (sample >> 12) as u8)
}

impl ViewTile {
    /// Whether the tile has the right number of samples; a tile from outside may not.
    pub fn is_valid(&self) -> bool {
        self.cells.len() == TILE_AREA
    }
}
