//! Solid cells: a bitmap of the whole world, one bit a cell.

use crate::digest::Digest;
use crate::geom::{Rect, WorldSize};
use serde::{Deserialize, Serialize};

/// Which cells are solid. Everything outside the world counts as solid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terrain {
    /// In cells.
    size: WorldSize,
    /// Rows from the bottom, each padded to whole words; bit `x % 32` of word `x / 32`.
    words: Vec<u32>,
}

impl Terrain {
    /// An empty world.
    pub fn new(size: WorldSize) -> Self {
        Self { size, words: vec![0; Self::words_per_row(size) * size.height as usize] }
    }

    /// Words that a row of cells takes.
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
        if rect.is_empty() {
            return;
        }
        let per_row = Self::words_per_row(self.size);
        let (first, last) = (rect.x0 as usize / 32, (rect.x1 - 1) as usize / 32);
        for y in rect.y0..rect.y1 {
            for (i, word) in self.words[y as usize * per_row..][first..=last].iter_mut().enumerate() {
                // A word at a time: a scene may fill the largest world many times over.
                let x = ((first + i) * 32) as i32;
                let from = (rect.x0 - x).max(0) as u32;
                let bits = u32::MAX >> (32 - (rect.x1 - x).min(32) as u32) & u32::MAX << from;
                *word = if solid { *word | bits } else { *word & !bits };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fill_is_its_cells() {
        let size = WorldSize::new(112, 16).unwrap();
        for rect in [
            Rect::new(0, 0, 112, 16),
            Rect::new(31, 2, 33, 3),
            Rect::new(32, 1, 64, 2),
            Rect::new(5, 5, 9, 9),
            Rect::new(40, 0, 111, 1),
            Rect::new(-9, -9, 40, 4),
            Rect::new(8, 8, 8, 12),
        ] {
            let (mut filled, mut set) = (Terrain::new(size), Terrain::new(size));
            filled.fill(rect, true);
            for y in rect.y0..rect.y1 {
                (rect.x0..rect.x1).for_each(|x| set.set(x, y, true));
            }
            assert_eq!(filled, set, "{rect:?}");
            filled.fill(Rect::new(7, 0, 70, 16), false);
            for y in 0..16 {
                (7..70).for_each(|x| set.set(x, y, false));
            }
            assert_eq!(filled, set, "{rect:?} and open again");
        }
    }
}
