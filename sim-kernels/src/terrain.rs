//! Solid cells: a bitmap of the whole world, one bit a cell.

use crate::digest::Digest;
use crate::geom::{Rect, WorldSize};
use serde::{Deserialize, Serialize};

/// Which cells are solid. Everything outside the world counts as solid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terrain {
    size: WorldSize,
    /// Rows from the bottom, each padded to whole words; bit `x % 32` of word `x / 32`.
    words: Vec<u32>,
}

impl Terrain {
    /// An empty world.
    pub fn new(size: WorldSize) -> Self {
        Self { size, words: vec![0; Self::words_per_row(size) * size.height as usize] }
    }

    fn words_per_row(size: WorldSize) -> usize {
        (size.width as usize).div_ceil(32)
    }

    /// The world's size.
    pub fn size(&self) -> WorldSize {
        self.size
    }

    /// Whether a terrain that came from outside has the right number of words.
    pub fn is_valid(&self) -> bool {
        self.size.is_valid() && self.words.len() == Self::words_per_row(self.size) * self.size.height as usize
    }

    /// Whether a cell is solid; cells outside the world are.
    pub fn solid(&self, x: i32, y: i32) -> bool {
        if !self.size.rect().contains(x, y) {
            return true;
        }
        let word = y as usize * Self::words_per_row(self.size) + x as usize / 32;
        self.words[word] >> (x % 32) & 1 != 0
    }

    /// 32 cells of a row from `x` on, bit 0 first; cells outside the world are solid.
    pub fn row_bits(&self, x: i32, y: i32) -> u32 {
        if y < 0 || y >= self.size.height {
            return u32::MAX;
        }
        let per_row = Self::words_per_row(self.size);
        let row = &self.words[y as usize * per_row..][..per_row];
        let word = |i: i32| -> u32 {
            let Some(&bits) = usize::try_from(i).ok().and_then(|i| row.get(i)) else { return u32::MAX };
            // The world's width may end inside the last word.
            let inside = self.size.width - i * 32;
            if inside >= 32 { bits } else { bits | u32::MAX << inside }
        };
        let (first, shift) = (x.div_euclid(32), x.rem_euclid(32) as u32);
        let pair = u64::from(word(first)) | u64::from(word(first + 1)) << 32;
        (pair >> shift) as u32
    }

    /// Makes a cell solid or open; outside the world nothing happens.
    pub fn set(&mut self, x: i32, y: i32, solid: bool) {
        if !self.size.rect().contains(x, y) {
            return;
        }
        let word = y as usize * Self::words_per_row(self.size) + x as usize / 32;
        let bit = 1u32 << (x % 32);
        if solid {
            self.words[word] |= bit;
        } else {
            self.words[word] &= !bit;
        }
    }

    /// Makes all cells of a rectangle solid or open.
    pub fn fill(&mut self, rect: Rect, solid: bool) {
        let rect = rect.intersect(self.size.rect());
        for y in rect.y0..rect.y1 {
            for x in rect.x0..rect.x1 {
                self.set(x, y, solid);
            }
        }
    }

    /// The bitmap's words (for upload): `words_per_row = ceil(width / 32)`, rows from the bottom.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The terrain's digest.
    pub fn digest(&self) -> Digest {
        Digest::of_words(0x7e44_a100, self.words.iter().copied())
    }
}
