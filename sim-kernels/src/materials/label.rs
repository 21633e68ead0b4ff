//! The label: what a particle bears in the upper half of its last word, beside its heat. It says whose stroke the particle
//! came from, and gives what heaps a grain to be drawn by. Nothing of it ever feeds back into motion, heat or reactions, nor
//! into what they are rounded by (`tests/labels.rs`); so particles that differ in it alone may stand for each other.
//!
//! | bits of the word | what |
//! |---|---|
//! | 0..16 | enthalpy: see [`super::heat`] |
//! | 16..28 | stroke: 0 is nobody's |
//! | 28..32 | grain: 0 of what has none |
//!
//! A particle keeps its label whatever it becomes, but for the grain: what has none has 0 there, and what comes to have one
//! is given one by where it is. Twins: `shader/shared/initial.wgsl`, `become.wgsl`.

use super::{Column, HEAT, has_grains};
use crate::constants::{GRAIN_X, GRAIN_Y};

/// The bits of the last word that physics reads.
pub const HEAT_BITS: u32 = 0xffff;
/// The columns that bands and saves have for labels, where any of their particles bears one: stroke and grain.
pub const COLUMNS: [Column; 2] =
    [Column { word: HEAT, shift: 16, bits: 12 }, Column { word: HEAT, shift: 28, bits: 4 }];

/// The grain that a particle has from the beginning, at a place (Q12 cells), in its bits of the word.
#[inline(always)]
pub fn initial_grain(material: u32, x: i32, y: i32) -> u32 {
    let mixed = (x as u32).wrapping_mul(GRAIN_X as u32) ^ y as u32;
    if has_grains(material) {
        (mixed ^ mixed >> 15).wrapping_mul(GRAIN_Y as u32).wrapping_mul(GRAIN_X as u32) & 0xf000_0000
    } else {
        0
    }
}

/// The last word of a particle that becomes another material at a place (Q12 cells).
#[inline(always)]
pub fn turned(word: u32, from: u32, to: u32, x: i32, y: i32) -> u32 {
    if has_grains(from) == has_grains(to) { word } else { word & 0x0fff_ffff | initial_grain(to, x, y) }
}

/// The word with another enthalpy.
#[inline(always)]
pub const fn with_enthalpy(word: u32, h: i32) -> u32 {
    word & !HEAT_BITS | h as u32 & HEAT_BITS
}

/// The word with another stroke number, 0 to 4,095.
pub const fn with_stroke(word: u32, stroke: u16) -> u32 {
    word & !(0xfff << 16) | (stroke as u32 & 0xfff) << 16
}

/// A word's stroke number, 0 to 4,095.
pub const fn stroke(word: u32) -> u32 {
    word >> 16 & 0xfff
}

/// A word's grain, 0 to 15.
pub const fn grain(word: u32) -> u32 {
    word >> 28
}
