//! Quadratic B-spline weights of the nine nodes around a particle. Twin: `shader/shared/weights.wgsl`.
//!
//! With f from 0 to 1 in the cell: (1 - f)^2 / 2, 3/4 - (f - 1/2)^2, f^2 / 2. See C. Jiang et al., "The Material Point
//! Method for Simulating Continuum Materials", SIGGRAPH 2016 courses.

use crate::constants::{POS_Q, WEIGHT_ONE};
use crate::fixed::rs;
use crate::particle::Fields;

/// The three weights along one axis, Q14, for the nodes one below, at and one above the particle's cell;
/// `f` is the position inside the cell, Q12. They sum to exactly 16384.
#[inline(always)]
pub fn axis(f: i32) -> [i32; 3] {
    let g = (1 << POS_Q) - f;
    // g^2 is at most 2^24.
    let w0 = rs(g * g, 11);
    let w2 = rs(f * f, 11);
    [w0, WEIGHT_ONE - w0 - w2, w2]
}

/// The nine weights of a particle's nodes.
#[inline(always)]
pub fn of(f: &Fields) -> [i32; 9] {
    stencil(axis(f.x & 4095), axis(f.y & 4095))
}

/// The nine weights, Q14, row by row from below; rounded down, but for the centre (index 4), which takes
/// what the others leave, so that they sum to exactly 16384.
#[inline(always)]
pub fn stencil(wx: [i32; 3], wy: [i32; 3]) -> [i32; 9] {
    let w = |i: usize, j: usize| (wx[i] * wy[j]) >> 14;
    let mut out = [w(0, 0), w(1, 0), w(2, 0), w(0, 1), 0, w(2, 1), w(0, 2), w(1, 2), w(2, 2)];
    out[4] = WEIGHT_ONE - out[0] - out[1] - out[2] - out[3] - out[5] - out[6] - out[7] - out[8];
    out
}
