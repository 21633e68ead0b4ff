//! A particle's fields, as a law sees them.

use super::Words;

/// A particle's fields, apart. The formats are those of [`crate::particle`], J as the raw 12 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// Q12 cells.
    pub x: i32,
    /// Q12 cells.
    pub y: i32,
    /// Q15 cells a substep.
    pub vx: i32,
    /// Q15 cells a substep.
    pub vy: i32,
    /// Velocity gradient (a b; c d), Q8 a substep.
    pub d: [i32; 4],
    /// Volume ratio, raw: (2048 + j) / 4096.
    pub j: i32,
    /// Material, 0 to 62.
    pub material: u32,
    /// The words that the material has beyond 16 bytes, and last that of heat; the others are 0.
    pub words: Words,
}
