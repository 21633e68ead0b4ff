//! Jelly's stress and deformation: those of a body that keeps its shape. Twin: `stress.wgsl`.

use super::LAW;
use crate::materials::{Fields, Flow, Words, elastic};

/// The velocity gradient (Q15) that a particle scatters.
#[inline(always)]
pub fn stress(f: &Fields) -> [i32; 4] {
    elastic::stress(&LAW, f)
}

/// Where the particle lay in the body.
#[inline(always)]
pub fn volume(j: i32, _divergence: i32, _density: i32) -> i32 {
    elastic::volume(j)
}

/// The deformation's next value.
#[inline(always)]
pub fn evolve(f: &Fields, flow: &Flow, _j: i32, chance: u32) -> Words {
    elastic::evolve(f, flow, chance)
}
