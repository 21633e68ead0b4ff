//! The grid: momentum to velocity, gravity, walls; mass to density. Twin: `shader/grid.wgsl`.
//!
//! A node lies at the centre of its cell. Solid cells hold nodes too: they take the velocity that would
//! enter them away from their particles' average, and slow what slides along.

use crate::constants::{
    DENSITY_MAX, DENSITY_RAW_MAX, FRICTION, MASS_TO_DENSITY, NODE_SPEED_MAX, OPEN_TO_FACTOR,
};
use crate::fixed::{clamp, clamp_abs, rs, velocity_of};

/// The 3 x 3 solid cells around a node, bit 3 (oy + 1) + ox + 1, as nine bits. Bit 4 is the node's own.
pub type SolidMask = u32;

/// The mask of a solid cell's own node.
pub const OWN: SolidMask = 1 << 4;
const LEFT: SolidMask = 1 << 3;
const RIGHT: SolidMask = 1 << 5;
const BELOW: SolidMask = 1 << 1;
const ABOVE: SolidMask = 1 << 7;

/// A node after the scatter (mass Q14, momentum Q20) to velocity (Q15) and density (Q12).
#[inline(always)]
pub fn node(mass: i32, mx: i32, my: i32, gravity: [i32; 2], solid: SolidMask) -> [i32; 3] {
    // A node without mass has no momentum either: every contribution is a weight times a speed.
    if mass <= 0 {
        return [0, 0, 0];
    }
    let vx = clamp_abs(velocity_of(mx, mass) + gravity[0], NODE_SPEED_MAX);
    let vy = clamp_abs(velocity_of(my, mass) + gravity[1], NODE_SPEED_MAX);
    let density = clamp(mass >> MASS_TO_DENSITY, 0, DENSITY_RAW_MAX);
    if solid == 0 {
        return [vx, vy, density];
    }
    // 2^14 x 9216 < 2^28.
    let density = clamp(rs(density * OPEN_TO_FACTOR[open(solid) as usize], 8), 0, DENSITY_MAX);
    if solid & OWN == 0 {
        return [vx, vy, density];
    }
    let [vx, vy] = wall(vx, vy, solid);
    [vx, vy, density]
}

/// How much of the stencil around a node is open, of 36.
#[inline(always)]
pub fn open(solid: SolidMask) -> u32 {
    let bit = |k: u32| (solid >> k) & 1;
    36 - 16 * bit(4) - 4 * (bit(1) + bit(3) + bit(5) + bit(7)) - (bit(0) + bit(2) + bit(6) + bit(8))
}

/// A solid cell's node: velocity may point out through an open side; what points in goes, and what slides
/// along is slowed. The outward normal of each axis is that of its one open side.
#[inline(always)]
fn wall(vx: i32, vy: i32, solid: SolidMask) -> [i32; 2] {
    let (nx, ny) = (outward(solid, LEFT, RIGHT), outward(solid, BELOW, ABOVE));
    match (nx, ny) {
        // Inside the solid; liquid reaches it over a diagonal at most.
        (INSIDE, INSIDE) => [0, 0],
        // A face: friction along it.
        (_, INSIDE) => [leave(vx, nx), vy - rs(vy * FRICTION, 8)],
        (INSIDE, _) => [vx - rs(vx * FRICTION, 8), leave(vy, ny)],
        // A cell that is open on opposite sides stops what comes from both.
        (THIN, _) | (_, THIN) => [leave(vx, nx), leave(vy, ny)],
        // A corner that sticks out: its normal is the diagonal.
        _ => {
            let half = rs(nx * vx + ny * vy, 1);
            if half < 0 { [vx - nx * half, vy - ny * half] } else { [vx, vy] }
        }
    }
}

/// No side of the axis is open.
const INSIDE: i32 = 2;
/// Both sides of the axis are open.
const THIN: i32 = 0;

/// An axis' outward normal, -1 or 1, or [`INSIDE`] or [`THIN`].
#[inline(always)]
fn outward(solid: SolidMask, low: SolidMask, high: SolidMask) -> i32 {
    match (solid & low != 0, solid & high != 0) {
        (true, true) => INSIDE,
        (false, false) => THIN,
        (true, false) => 1,
        (false, true) => -1,
    }
}

/// Keeps of `v` what points along the normal; nothing for [`THIN`].
#[inline(always)]
fn leave(v: i32, normal: i32) -> i32 {
    if v * normal > 0 { v } else { 0 }
}
