//! Sand's stress, volume and strain: those of grains. Twin: `stress.wgsl`.

use super::LAW;
use crate::materials::{Fields, Flow, Words, granular};

/// The velocity gradient (Q15) that a particle scatters.
#[inline(always)]
pub fn stress(f: &Fields) -> [i32; 4] {
    granular::stress(&LAW, f)
}

/// The volume ratio's next value, Q15.
#[inline(always)]
pub fn volume(j: i32, divergence: i32, _density: i32) -> i32 {
    granular::volume(&LAW, j, divergence)
}

/// The strain's next value.
#[inline(always)]
pub fn evolve(f: &Fields, flow: &Flow, j: i32, chance: u32) -> Words {
    granular::evolve(&LAW, f, flow, j, chance)
}
