//! Tracer's stress and volume: a fluid's; its words stay as they are. Twin: `stress.wgsl`.

use super::LAW;
use crate::materials::{Fields, Flow, Words, fluid};

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

/// The words' next values: the same.
#[inline(always)]
pub fn evolve(f: &Fields, _flow: &Flow, _j: i32, _chance: u32) -> Words {
    f.words
}
