//! The grid: momentum to velocity, gravity, corners; mass to density. Twin: `shader/grid.wgsl`.
//!
//! A node lies at the centre of its cell.

use super::stages::Buffers;
use super::walls::{OWN, SolidMask};
use crate::constants::{DENSITY_MAX, MASS_MAX, MASS_TO_DENSITY, NODE_HEAT, NODE_SPEED_MAX, SOLID_BITS};
use crate::fixed::{clamp, clamp_abs, rs, velocity_of};
use crate::materials::heat;
use crate::shader::Resource::{Masks, Nodes, Velocities};
use crate::shader::layout::LANES;

/// The bit of the cell to the left in a mask.
const LEFT: SolidMask = 1 << 3;
/// To the right.
const RIGHT: SolidMask = 1 << 5;
/// Below.
const BELOW: SolidMask = 1 << 1;
/// Above.
const ABOVE: SolidMask = 1 << 7;

/// A node after the scatter (mass and volume Q14, momentum Q20) to velocity (Q15), density (Q12: how
/// full it is) and heft (Q12: how heavy).
#[inline(always)]
pub fn node([mx, my, mass, volume]: [i32; 4], gravity: [i32; 2], solid: SolidMask) -> [i32; 4] {
    // A node without mass has no momentum either: every contribution is a weight times a speed.
    if mass <= 0 {
        return [0, 0, 0, 0];
    }
    let divisor = clamp(mass, 1, MASS_MAX);
    let vx = clamp_abs(velocity_of(mx, divisor), NODE_SPEED_MAX) + gravity[0];
    let vy = clamp_abs(velocity_of(my, divisor), NODE_SPEED_MAX) + gravity[1];
    let (vx, vy) = (clamp_abs(vx, NODE_SPEED_MAX), clamp_abs(vy, NODE_SPEED_MAX));
    let density = clamp(volume >> MASS_TO_DENSITY, 0, DENSITY_MAX);
    let heft = clamp(mass >> MASS_TO_DENSITY, 0, DENSITY_MAX);
    if solid & OWN == 0 {
        return [vx, vy, density, heft];
    }
    let [vx, vy] = corner(vx, vy, solid);
    [vx, vy, density, heft]
}

/// A solid cell's node is seen only over a corner that sticks out (see [`super::walls`]): what points into
/// the corner goes. The outward normal of each axis is that of its one open side.
#[inline(always)]
fn corner(vx: i32, vy: i32, solid: SolidMask) -> [i32; 2] {
    let nx = outward(solid & LEFT != 0, solid & RIGHT != 0);
    let ny = outward(solid & BELOW != 0, solid & ABOVE != 0);
    if nx == 0 || ny == 0 {
        // The end of a thin wall, or a lone cell: opposite sides share the node.
        return [leave(vx, nx), leave(vy, ny)];
    }
    let half = rs(nx * vx + ny * vy, 1);
    if half < 0 { [vx - nx * half, vy - ny * half] } else { [vx, vy] }
}

/// An axis' outward normal: -1 or 1; 0 where both sides are open, or none.
#[inline(always)]
fn outward(solid_low: bool, solid_high: bool) -> i32 {
    solid_low as i32 - solid_high as i32
}

/// Keeps of `v` what points along the normal; nothing where there is none.
#[inline(always)]
fn leave(v: i32, normal: i32) -> i32 {
    if v * normal > 0 { v } else { 0 }
}

/// The stage on buffers: it empties the nodes for the next substep, too. With heat, a node's density and heft share a word,
/// and the last one has its temperature.
pub(super) fn stage(b: &mut Buffers) {
    let gravity = [b.params.gravity_x, b.params.gravity_y];
    for at in 0..(b.slots() * LANES) as usize {
        let words = b.class().node_words();
        let mut node = node(b.sums(at), gravity, b[Masks][at] & SOLID_BITS as u32);
        if b.class().has_heat() {
            let [conducts, sum] = [0, 1].map(|k| b[Nodes][words * at + NODE_HEAT as usize + k] as i32);
            node = [node[0], node[1], node[2] | node[3] << 16, heat::node(conducts, sum)];
        }
        b[Velocities][4 * at..][..4].copy_from_slice(&node.map(|word| word as u32));
        b[Nodes][words * at..][..words].fill(0);
    }
}
