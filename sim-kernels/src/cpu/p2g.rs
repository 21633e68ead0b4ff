//! Particles to grid: stress into the velocity gradient, then mass and momentum onto nine nodes.
//! Twin: `shader/p2g.wgsl`.
//!
//! Sums of integers do not depend on their order, so neither atomics nor sorting can change a bit.

use super::walls::{self, SolidMask};
use super::weights;
use crate::constants::{BULK, GRADIENT_MAX, ONE, POS_HALF, SCATTER_SPEED_MAX, SHEAR, STIFFNESS};
use crate::fixed::{clamp, clamp_abs, rs};
use crate::particle::Fields;

/// What a particle scatters: its velocity at the centre of its cell's node, Q15, and the gradient with the
/// stress in it, Q15 (velocity = u + D (offset in whole cells)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scatter {
    /// Velocity at the node of the particle's own cell.
    pub u: [i32; 2],
    /// Gradient (a b; c d).
    pub d: [i32; 4],
    /// Nine weights, Q14.
    pub w: [i32; 9],
}

/// The liquid's law of state and viscosity: the velocity gradient (Q15) that a particle scatters.
#[inline(always)]
pub fn stress(f: &Fields) -> [i32; 4] {
    // The stored Q8 to Q15: at most 2^14.
    let [a, b, c, d] = f.d.map(|k| k << 7);
    // Linear in the volume: stiffening under compression would cost stability where it is needed most.
    // 1 - J is at most 2^14, times 60 below 2^20.
    let pressure = rs(clamp(ONE - ((2048 + f.j) << 3), 0, ONE) * STIFFNESS, 4);
    let push = pressure - rs((a + d) * BULK, 4);
    let stretch = rs((a - d) * SHEAR, 9);
    let slide = rs((b + c) * SHEAR, 9);
    [
        clamp_abs(a + push - stretch, GRADIENT_MAX),
        b - slide,
        c - slide,
        clamp_abs(d + push + stretch, GRADIENT_MAX),
    ]
}

/// Everything that a particle scatters.
#[inline(always)]
pub fn scatter(f: &Fields) -> Scatter {
    let d = stress(f);
    let (fx, fy) = (f.x & 4095, f.y & 4095);
    let w = weights::stencil(weights::axis(fx), weights::axis(fy));
    // |D| <= 2^16, half a cell is 2^11: each sum is at most 2^28.
    let (ox, oy) = (fx - POS_HALF, fy - POS_HALF);
    let u = [f.vx - rs(d[0] * ox + d[1] * oy, 12), f.vy - rs(d[2] * ox + d[3] * oy, 12)];
    Scatter { u, d, w }
}

impl Scatter {
    /// What goes to node `k` of the nine, as (node, mass Q14, momentum Q20): the node itself or its image
    /// before a wall. `shift` is that of an overfull cell, `solid` tells of the cells around the particle's.
    #[inline(always)]
    pub fn node(&self, k: usize, shift: u32, solid: SolidMask) -> (usize, [i32; 3]) {
        let (ox, oy) = (k as i32 % 3 - 1, k as i32 / 3 - 1);
        let w = self.w[k] >> shift;
        let ux = clamp_abs(self.u[0] + self.d[0] * ox + self.d[1] * oy, SCATTER_SPEED_MAX);
        let uy = clamp_abs(self.u[1] + self.d[2] * ox + self.d[3] * oy, SCATTER_SPEED_MAX);
        // w * u: at most 9224 * 98303 < 2^30.
        let momentum = [rs(w * ux, 9), rs(w * uy, 9)];
        if solid == 0 {
            return (k, [w, momentum[0], momentum[1]]);
        }
        let image = walls::image(k, solid);
        let momentum = image.scattered(momentum);
        (image.k, [w, momentum[0], momentum[1]])
    }
}
