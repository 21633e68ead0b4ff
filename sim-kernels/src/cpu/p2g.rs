//! Particles to grid: stress into the velocity gradient, then mass and momentum onto nine nodes.
//! Twin: `shader/p2g.wgsl`.
//!
//! The stress enters as a change of the affine velocity: MLS-MPM of Y. Hu et al., "A Moving Least Squares Material Point
//! Method with Displacement Discontinuity and Two-Way Rigid Body Coupling", ACM Transactions on Graphics 37(4), 2018.
//!
//! Sums of integers do not depend on their order, so neither atomics nor sorting can change a bit.

use super::stages::Buffers;
use super::walls::{self, Image, SolidMask};
use super::weights;
use crate::constants::{
    MASS_PARTICLE_ONE, MATERIAL_NONE, NODE_COUNT, NODE_CROWD, NODE_HEAT, NODE_VOLUME, POS_HALF, POS_Q,
    SCATTER_SPEED_MAX, SOLID_BITS,
};
use crate::fixed::{clamp_abs, overfull_shift, rs};
use crate::materials::family::Behaviour;
use crate::materials::{Class, Kind, heat, stays, thermal};
use crate::particle::Fields;
use crate::shader::Resource::{Masks, Nodes};

/// What a particle scatters, in lanes of (x, y, mass, volume) so that a machine's four lanes do a node at once. Where all
/// masses are 1 the volume is not summed: it is the mass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scatter {
    /// Velocity at the node of the particle's own cell, Q15; the mass lane holds 512, which the shift of the
    /// momentum by 9 bits makes 1.
    pub u: [i32; 4],
    /// The gradient's columns, with the stress: the change of `u` a cell along x and along y, Q15.
    pub d: [[i32; 4]; 2],
    /// Nine weights, Q14.
    pub w: [i32; 9],
    /// Q6.
    pub mass: i32,
    /// Q6.
    pub volume: i32,
    /// Whether walls hold it.
    pub holds: bool,
}

/// Everything that a particle scatters, computed by a class that covers its material.
#[inline(always)]
pub fn scatter(class: Class, f: &Fields) -> Scatter {
    let scatter = scatter_of(class, &Kind::of(class, f.material), f);
    // What stays where it is has nothing to give but heat.
    if stays(class, f.material) { Scatter { mass: 0, volume: 0, ..scatter } } else { scatter }
}

/// The same of a particle that does not stay where it is.
#[inline(always)]
pub fn scatter_of(class: Class, kind: &Kind<impl Behaviour>, f: &Fields) -> Scatter {
    let d = kind.law.stress(f);
    let (fx, fy) = (f.x & 4095, f.y & 4095);
    let w = weights::of(f);
    // |D| <= 2^16, half a cell is 2^11: each sum is at most 2^28.
    let (ox, oy) = (fx - POS_HALF, fy - POS_HALF);
    let u = [f.vx - rs(d[0] * ox + d[1] * oy, 12), f.vy - rs(d[2] * ox + d[3] * oy, 12), 1 << 9, 0];
    let (mass, volume, holds) = (kind.mass, kind.volume(class, f), kind.law.holds());
    Scatter { u, d: [[d[0], d[2], 0, 0], [d[1], d[3], 0, 0]], w, mass, volume, holds }
}

impl Scatter {
    /// What goes to node `k` of the nine: momentum (Q20), mass and, but for water alone, volume (Q14). `shift` is that of
    /// an overfull cell.
    #[inline(always)]
    pub fn node(&self, class: Class, k: usize, shift: u32) -> [i32; 4] {
        let (ox, oy) = (k as i32 % 3 - 1, k as i32 / 3 - 1);
        let w = self.w[k] >> shift;
        // w * u: at most 9224 * 98303 < 2^30.
        let one = lanes(|l| rs(w * clamp_abs(self.u[l] + self.d[0][l] * ox + self.d[1][l] * oy, SCATTER_SPEED_MAX), 9));
        if !class.is_mixed() {
            return one;
        }
        // Below 2^21 x 320 < 2^30.
        let all = lanes(|l| rs(one[l] * self.mass, 6));
        [all[0], all[1], all[2], if class.has_heat() { rs(w * self.volume, 6) } else { w }]
    }

    /// The same before a wall: the node that receives it, and what it receives. `solid` tells of the cells
    /// around the particle's.
    #[inline(always)]
    pub fn node_mirrored(&self, class: Class, k: usize, shift: u32, solid: SolidMask) -> (usize, [i32; 4]) {
        mirrored(self.node(class, k, shift), walls::image(k, solid), self.holds)
    }
}

/// What would go to a node with this image, before a wall: see [`Scatter::node_mirrored`].
#[inline(always)]
pub fn mirrored([mx, my, mass, volume]: [i32; 4], image: Image, holds: bool) -> (usize, [i32; 4]) {
    let [mx, my] = image.scattered([mx, my], holds);
    (image.k, [mx, my, mass, volume])
}

/// Four lanes.
#[inline(always)]
pub fn lanes(f: impl Fn(usize) -> i32) -> [i32; 4] {
    [f(0), f(1), f(2), f(3)]
}

/// How full a node's own cell is, in particles of mass 1.
pub(super) fn crowd(class: Class, node: &[u32]) -> u32 {
    match class {
        Class::Water | Class::Labelled => node[NODE_COUNT as usize],
        Class::All | Class::Hot => node[NODE_CROWD as usize].div_ceil(MASS_PARTICLE_ONE as u32),
    }
}

/// The stage on buffers; all shapes of the shader give it.
pub(super) fn stage(b: &mut Buffers) {
    for i in 0..b.particles() {
        let p = b.particle(i);
        // What reacted in this tick may have left holes.
        if p.material() == MATERIAL_NONE as u32 {
            continue;
        }
        let f = p.unpack();
        let (x, y) = (f.x >> POS_Q, f.y >> POS_Q);
        let own = b.node((x, y));
        let (class, words) = (b.class(), b.class().node_words());
        let shift = overfull_shift(crowd(class, &b[Nodes][words * own..][..words]));
        // To what stays where it is there are no walls: heat goes on through them.
        let still = stays(class, f.material);
        let solid = if still { 0 } else { b[Masks][own] & SOLID_BITS as u32 };
        let scatter = scatter(class, &f);
        let heats = class.has_heat().then(|| heat::scattered(thermal(f.material), &f, scatter.w.map(|w| w >> shift)));
        for k in 0..9 {
            let (to, [mx, my, mass, volume]) = scatter.node_mirrored(class, k, shift, solid);
            let node = words * b.node((x + to as i32 % 3 - 1, y + to as i32 / 3 - 1));
            let mut add = |word: usize, value: i32| {
                let word = &mut b[Nodes][node + word];
                *word = word.wrapping_add(value as u32);
            };
            [mass, mx, my].into_iter().enumerate().for_each(|(lane, value)| add(lane, value));
            if class.is_mixed() {
                add(NODE_VOLUME as usize, volume);
            }
            if let Some(heats) = &heats {
                let [conducts, sum] = heats[k];
                add(NODE_HEAT as usize, conducts);
                add(NODE_HEAT as usize + 1, sum);
            }
        }
    }
}
