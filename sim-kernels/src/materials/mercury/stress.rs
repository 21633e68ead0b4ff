//! Mercury's stress and volume: a fluid's. Twin: `stress.wgsl`.

use super::LAW;
pub use crate::materials::fluid::evolve;
use crate::materials::{Fields, fluid};

/// The velocity gradient (Q15) that a particle scatters.
#[inline(always)]
pub fn stress(f: &Fields) -> [i32; 4] {
    fluid::stress(&LAW, f)
}

/// The volume ratio's next value, Q15.
#[inline(always)]
pub fn volume(j: i32, divergence: i32, density: i32) -> i32 {
    fluid::volume(&LAW, j, divergence, density)
}
