//! Grid to particles: gather velocity, gradient and density, move, keep out of solid cells, round to the
//! canonical form. Twin: `shader/g2p.wgsl`.
//!
//! The gradient is the affine matrix of C. Jiang et al., "The Affine Particle-In-Cell Method", ACM Transactions on
//! Graphics 34(4), 2015: for quadratic splines the sum of weight, velocity and offset over the nodes, times 4.

use super::stages::{Buffers, words4};
use super::walls::{self, Image, SolidMask};
use super::weights;
use crate::constants::{
    GRAB_WORDS, GRADIENT_MAX, GRADIENT_STORED_MAX, J_RAW_MAX, MASS_PARTICLE_ONE, POS_HALF, POS_Q, SOLID_BITS, SPEED_MAX,
};
use crate::digest::hash4;
use crate::fixed::{clamp, clamp_abs, quotient, rs};
use crate::grabs::{Pull, held};
use crate::materials::family::Behaviour;
use crate::materials::family::carried::carried;
use crate::materials::family::fluid::{self, Mixture};
use crate::materials::{Class, Flow, HEAT, Heat, Kind, broken, carriage, heat, holds, label, stays, strength, thermal};
use crate::particle::{Fields, Particle};
use crate::shader::Resource::{Masks, Ops, Velocities};

/// The weighted sums over nine nodes, in lanes of (velocity x, velocity y, density, heft).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gather {
    /// Of the nodes, Q29 and Q26.
    pub sum: [i32; 4],
    /// Of the nodes times their offset along x, in cells.
    pub x: [i32; 4],
    /// Of the nodes times their offset along y.
    pub y: [i32; 4],
    /// Of the nodes' temperatures: see [`heat::gathered`]; nothing without heat.
    pub heat: [i32; 2],
}

/// What a substep is to all particles alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Substep<'a> {
    /// Substeps since the scene began.
    pub number: u32,
    /// Q15 cells a substep squared.
    pub gravity: [i32; 2],
    /// The world's width and height, cells.
    pub world: [i32; 2],
    /// The grabs that stand, at least those that reach the particle.
    pub pulls: &'a [Pull],
}

impl Gather {
    /// Sums nine nodes, row by row from below, for one particle.
    #[inline(always)]
    pub fn of(f: &Fields, nodes: impl Fn(usize) -> [i32; 4]) -> Self {
        // All four lanes are kept alive, or three scalars would take the place of a vector.
        std::hint::black_box(Self::sums(f, nodes))
    }

    /// The same where many particles take a vector's lanes.
    #[inline(always)]
    pub fn sums(f: &Fields, nodes: impl Fn(usize) -> [i32; 4]) -> Self {
        let w = weights::of(f);
        let mut g = Self::default();
        for row in 0..3 {
            let k = 3 * row;
            let mut parts = [[0; 4]; 3];
            for column in 0..3 {
                let node = nodes(k + column);
                parts[column] = node.map(|lane| w[k + column] * lane);
            }
            let [left, middle, right] = parts;
            for l in 0..4 {
                let whole = left[l] + middle[l] + right[l];
                g.sum[l] += whole;
                g.x[l] += right[l] - left[l];
                g.y[l] += (row as i32 - 1) * whole;
            }
        }
        g
    }

    /// The same with the temperatures of the nine nodes.
    #[inline(always)]
    pub fn with_heat(self, thermal: &Heat, f: &Fields, nodes: impl Fn(usize) -> i32) -> Self {
        let w = weights::of(f);
        let t = thermal.temperature(heat::enthalpy(f));
        let mut sum = [0; 2];
        for (k, w) in w.into_iter().enumerate() {
            let add = heat::gathered(t, nodes(k), w);
            sum = [sum[0] + add[0], sum[1] + add[1]];
        }
        Self { heat: sum, ..self }
    }
}

impl Gather {
    /// The velocity gradient at the particle, Q15.
    #[inline(always)]
    fn gradient(&self, f: &Fields) -> [i32; 4] {
        let (ox, oy) = ((f.x & 4095) - POS_HALF, (f.y & 4095) - POS_HALF);
        let (vx, vy) = (rs(self.sum[0], 14), rs(self.sum[1], 14));
        // D = 4 (sum of w v offset - v (f - half)): the 4 is in the shifts. 2^17 x 2^11 = 2^28.
        let one = |m: i32, v: i32, o: i32| clamp_abs(rs(m, 12) - rs(v * o, 10), GRADIENT_MAX);
        [one(self.x[0], vx, ox), one(self.y[0], vx, oy), one(self.x[1], vy, ox), one(self.y[1], vy, oy)]
    }

    /// How full the grid is around the particle, Q15.
    #[inline(always)]
    pub fn density(&self) -> i32 {
        rs(self.sum[2], 11)
    }

    /// What is around a particle this far from the middle of its cell.
    #[inline(always)]
    fn mixture(&self, o: [i32; 2]) -> Mixture {
        let at = [rs(self.sum[2], 11), rs(self.sum[3], 11)];
        // Times 4, as for velocity: Q28 to Q15. 2^18 x 2^11.
        let slope = |lane: usize| {
            let of = |moment: i32, o: i32| rs(moment, 9) - rs(at[lane - 2] * o, 10);
            [of(self.x[lane], o[0]), of(self.y[lane], o[1])]
        };
        Mixture { at, volume: slope(2), mass: slope(3) }
    }
}

/// Node `k`, or its image where its cell is solid: see [`walls::image`].
#[inline(always)]
pub fn mirrored(
    nodes: impl Fn(usize) -> [i32; 4],
    solid: SolidMask,
    (k, image): (usize, Image),
    holds: bool,
) -> [i32; 4] {
    let [vx, vy, density, heft] = nodes(image.k);
    let [vx, vy] = image.gathered([vx, vy], holds);
    // A corner that sticks out holds too little: the own cell's density and heft stand for it.
    let corner = image.k == k && solid >> k & 1 != 0;
    let [_, _, own_density, own_heft] = nodes(4);
    if corner { [vx, vy, own_density, own_heft] } else { [vx, vy, density, heft] }
}

/// The velocity gradient, Q19 and exact but for one rounding, of the sums over velocity x or y: the part that is left when
/// the average, moved to where the particle is in its cell, is taken away. See [`crate::constants`] for the bound.
#[inline(always)]
fn fine(moment: i32, sum: i32, o: i32) -> i32 {
    rs(moment - ((sum >> 12) * o + rs((sum & 4095) * o, 12)), 8)
}

/// A particle's next state, computed by a class that covers its material. `solid` tells of the cells around its own,
/// `walled` whether any of them is.
#[inline(always)]
pub fn advance(
    class: Class,
    f: &Fields,
    g: &Gather,
    solid: impl Fn(i32, i32) -> bool,
    walled: bool,
    substep: Substep<'_>,
) -> Fields {
    let (kind, density) = (Kind::of(class, f.material), g.density());
    if stays(class, f.material) {
        return stayed(f, g.heat, density, substep.number);
    }
    if class.is_mixed()
        && let Some(law) = carriage(f.material)
    {
        let placed = carried(law, f, substep.number, substep.world);
        let d = g.gradient(f);
        let j = kind.law.volume((2048 + f.j) << 3, d[0] + d[3], density);
        let next = Fields { j: clamp(rs(j, 3) - 2048, 0, J_RAW_MAX), ..placed };
        let chance = || chance_of(f, substep.number)[3];
        return if class.has_heat() { heat::advance(f, next, g.heat, density, chance()) } else { next };
    }
    let next = moved(class, &kind, f, g, solid, walled, substep);
    let next = if class.is_mixed() { broken(next) } else { next };
    if class.has_heat() { heat::turned(f.material, next) } else { next }
}

/// The same of a particle that neither stays where it is nor is carried, before it breaks, or turns to what it is by its heat.
#[inline(always)]
pub fn moved(
    class: Class,
    kind: &Kind<impl Behaviour>,
    f: &Fields,
    g: &Gather,
    solid: impl Fn(i32, i32) -> bool,
    walled: bool,
    substep: Substep<'_>,
) -> Fields {
    let (ox, oy) = ((f.x & 4095) - POS_HALF, (f.y & 4095) - POS_HALF);
    let (vx, vy) = (rs(g.sum[0], 14), rs(g.sum[1], 14));
    let (d, density) = (g.gradient(f), g.density());
    let j = kind.law.volume((2048 + f.j) << 3, d[0] + d[3], density);
    let apart = kind.law.apart();
    let [px, py] = if apart == 0 {
        [0, 0]
    } else {
        let size = f64::from(kind.mass * MASS_PARTICLE_ONE);
        let heft = if class.has_heat() { quotient(size, kind.volume(class, f)) } else { kind.mass };
        let parts = fluid::parting(apart, heft, &g.mixture([ox, oy]));
        if walled { [0, 0] } else { parts }
    };
    let [vx, vy] = if class.has_heat() { fluid::lifted(kind.lift, [vx, vy], substep.gravity) } else { [vx, vy] };
    let (mut vx, mut vy) = (clamp_abs(vx + px, SPEED_MAX), clamp_abs(vy + py, SPEED_MAX));
    if !substep.pulls.is_empty() {
        [vx, vy] = held(f, [vx, vy], density, substep.gravity, substep.pulls);
    }

    // Where slow motion must not drift, what is rounded is left to chance.
    let holds = kind.law.holds();
    let chance = if holds || class.has_heat() { chance_of(f, substep.number) } else { [0; 4] };
    let moved = |v: i32, chance: u32| if holds { (v + (chance & 7) as i32) >> 3 } else { rs(v, 3) };
    // At most 4096, so at most one cell over.
    let (mut x, mut y) = (f.x + moved(vx, chance[0]), f.y + moved(vy, chance[1]));
    let (cx, cy) = (f.x >> POS_Q, f.y >> POS_Q);
    let (tx, ty) = (x >> POS_Q, y >> POS_Q);
    if (tx, ty) != (cx, cy) && solid(tx, ty) {
        // Slide: keep the axis along which the way is open, the horizontal one first.
        let (stop_x, stop_y) = match (solid(tx, cy), solid(cx, ty)) {
            (false, _) => (false, true),
            (true, false) => (true, false),
            (true, true) => (true, true),
        };
        if stop_x {
            x = clamp(x, cx << POS_Q, (cx << POS_Q) + 4095);
            vx = 0;
        }
        if stop_y {
            y = clamp(y, cy << POS_Q, (cy << POS_Q) + 4095);
            vy = 0;
        }
    }
    let turns = class.is_mixed() && kind.law.keeps_place();
    let stored = if turns { turning(d, chance[1]) } else { d.map(|v| rs(v, 7)) };
    let mut words = if class.is_mixed() {
        let [sx, sy, ..] = g.sum;
        let fine = [fine(g.x[0], sx, ox), fine(g.y[0], sx, oy), fine(g.x[1], sy, ox), fine(g.y[1], sy, oy)];
        kind.law.evolve(f, &Flow { d, fine, density }, j, chance[2])
    } else {
        f.words
    };
    // Slow flow would never show in the twelve bits.
    let rounded = if holds { (j + (chance[0] >> 16 & 7) as i32) >> 3 } else { rs(j, 3) };
    let j = clamp(rounded - 2048, 0, J_RAW_MAX);
    if class.has_heat() {
        let h = heat::warmed(&kind.heat, heat::enthalpy(f), g.heat, density, chance[3]);
        words[HEAT] = label::with_enthalpy(words[HEAT], h);
    }
    Fields { x, y, vx, vy, d: stored.map(|v| clamp_abs(v, GRADIENT_STORED_MAX)), j, material: f.material, words }
}

/// The gradient of a body as it is stored, Q15 to Q8. What turns is rounded by chance, or what turns slowly would turn faster and
/// faster, or stop; and alike on both sides of the diagonal, so that a turn is rounded to a turn.
#[inline(always)]
fn turning([a, b, c, d]: [i32; 4], chance: u32) -> [i32; 4] {
    let draw = (chance >> 7 & 127) as i32;
    [rs(a, 7), (b + draw) >> 7, (c + 127 - draw) >> 7, rs(d, 7)]
}

/// Bits that differ from particle to particle and from substep to substep. Twin: `shader/shared/chance.wgsl`.
#[inline(always)]
pub fn chance_of(f: &Fields, number: u32) -> [u32; 4] {
    hash4([f.x as u32, f.y as u32, f.vx as u32 ^ (f.vy as u32) << 16, number])
}

/// What stays where it is: it keeps the velocity of a blow that is hard enough until the tick ends.
fn stayed(f: &Fields, sum: [i32; 2], density: i32, number: u32) -> Fields {
    let mut next = Fields { d: [0; 4], ..*f };
    if f.vx.abs().max(f.vy.abs()) < strength(f.material) {
        (next.vx, next.vy) = (0, 0);
    }
    heat::advance(f, next, sum, density, chance_of(f, number)[3])
}

/// The stage on buffers: it counts the cells' particles for the next substep, too.
pub(super) fn stage(b: &mut Buffers) {
    let words = &b[Ops][b.params.grabs as usize..][..b.params.grab_count as usize * GRAB_WORDS as usize];
    let pulls: Vec<Pull> = words.chunks_exact(GRAB_WORDS as usize).map(Pull::of_words).collect();
    for i in 0..b.particles() {
        let f = b.particle(i).unpack();
        let (x, y) = (f.x >> POS_Q, f.y >> POS_Q);
        let class = b.class();
        let still = stays(class, f.material);
        let around = if still { 0 } else { b[Masks][b.node((x, y))] & SOLID_BITS as u32 };
        let holds = holds(class, f.material);
        let node = |k: usize| {
            let at = b.node((x + k as i32 % 3 - 1, y + k as i32 / 3 - 1));
            words4(&b[Velocities], at).map(|word| word as i32)
        };
        let gather = if class.has_heat() {
            let moves = |k: usize| {
                let [vx, vy, both, _] = node(k);
                [vx, vy, both & 0xffff, both >> 16]
            };
            let gather = Gather::of(&f, |k| mirrored(moves, around, (k, walls::image(k, around)), holds));
            gather.with_heat(thermal(f.material), &f, |k| node(walls::image(k, around).k)[3])
        } else {
            Gather::of(&f, |k| mirrored(node, around, (k, walls::image(k, around)), holds))
        };
        let solid = |sx: i32, sy: i32| around >> (3 * (sy - y + 1) + sx - x + 1) & 1 != 0;
        let substep = Substep {
            number: b.params.substep,
            gravity: [b.params.gravity_x, b.params.gravity_y],
            world: [b.params.world_width, b.params.world_height],
            pulls: &pulls,
        };
        let next = Particle::pack(advance(class, &f, &gather, solid, around != 0, substep));
        b.set_particle(i, next);
        b.count(next);
    }
}
