//! The law of bodies that keep their shape: they remember how far they are from it, and pull back.
//!
//! The memory is E = F - 1, F the deformation gradient, which follows F' = (1 + L) F with L a substep's velocity gradient.
//! The stress is isochoric neo-Hookean, mu dev(F F^T) / J, beside a pressure K (1 - J) with J = det F, both ways: of the laws
//! tried this one alone was whole again after a throw at the floor, and the pressure of a J below zero turns inverted
//! particles back. Written in E, what is linear in it is exact, so a body at rest is still. What is hit hard flows, or it would
//! tear where it rebounds (see docs/materials.md). Twin: `elastic.wgsl`.

use super::super::{Fields, Word, Words};
use super::{Flow, Law, WHOLE, stressed};
use crate::constants::{J_RAW_MAX, ONE};
use crate::fixed::{clamp, clamp_abs, quotient, root, rs};
use crate::shared::shared_struct;

shared_struct! {
    /// Constants of a body that keeps its shape.
    pub Elastic {
        /// Stiffness, Q4: the stress added to D is this times 1 - J, above 1 too.
        stiffness: i32,
        /// Shear modulus, Q4: the stress taken off D is this times dev(F F^T) / J.
        modulus: i32,
        /// Bulk damping, Q4, as a fluid's.
        bulk: i32,
        /// Shear viscosity, Q9, as a fluid's.
        shear: i32,
        /// What it bears to be sheared, Q15: |dev(F F^T)|; beyond that it flows. 0 is whatever comes, of volume too.
        yields: i32,
        /// What it bears to be pressed and pulled, Q15: |1 - J|; beyond that its volume gives way.
        gives: i32,
        /// How dense the grid is where what is pressed gives way no more, Q15.
        packed: i32,
        /// What it bears to be stretched, Q15: the square of the largest stretch less 1; 0 is whatever comes.
        breaks: i32,
        /// What it bears to be compressed, Q15: 1 - J, where it breaks at all.
        crush: i32,
    }
}

impl Elastic {
    /// As stiff as bodies can be and stay whole: what wood, ice, stone and steel have in common.
    pub const STIFF: Self = Self {
        stiffness: 26,
        modulus: 20,
        bulk: 2,
        shear: 160,
        yields: 7000,
        gives: 5000,
        packed: 57344,
        breaks: 0,
        crush: 0,
    };

    /// What the constants of such a body must keep to.
    pub(super) const fn check(&self) {
        // Measured: a sum of 56 was stable; in tension a stiffness of 40 was, 48 hardly and 60 not.
        assert!(self.stiffness > 0 && self.modulus > 0 && self.stiffness + self.modulus <= 56);
        assert!(self.stiffness <= 40);
        assert!(0 <= self.bulk && self.bulk <= 16 && 0 <= self.shear && self.shear <= 256);
        // A particle that has come loose has itself alone: its gradient stays as it is, but for the stress. By that, what its
        // volume and its shape swing with grows at more than this, and it shoots about. What breaks has none for long.
        let calm = self.stiffness < 32 - 2 * self.bulk && self.modulus < 32 - self.shear / 16;
        assert!(calm || self.breaks > 0);
        assert!(0 <= self.yields && self.yields < ONE && 0 <= self.gives && self.gives < ONE);
        assert!((self.yields > 0) == (self.gives > 0) && (self.packed > ONE) == (self.gives > 0));
        // What `left` compares with saturates beyond 1.
        assert!(0 <= self.breaks && self.breaks < ONE);
        assert!(0 <= self.crush && self.crush < ONE && (self.crush > 0) == (self.breaks > 0));
    }
}

/// How far a particle is from its shape, Q14: E by rows.
#[inline(always)]
fn strain(f: &Fields) -> [i32; 4] {
    let low = |word: u32| i32::from(word as u16 as i16);
    [low(f.words[0]), low(f.words[0] >> 16), low(f.words[1]), low(f.words[1] >> 16)]
}

/// Of a strain, Q15: J, and half the difference and the off-diagonal part of F F^T.
#[inline(always)]
fn shape([e11, e12, e21, e22]: [i32; 4]) -> [i32; 3] {
    // Q12: below 2^13, so that two products are below 2^27, Q24 to Q15.
    let [q11, q12, q21, q22] = [e11, e12, e21, e22].map(|e| rs(e, 2));
    let j = ONE + ((e11 + e22) << 1) + rs(q11 * q22 - q12 * q21, 9);
    let h = ((e11 - e22) << 1) + rs(rs(q11 * q11 + q12 * q12 - q21 * q21 - q22 * q22, 1), 9);
    let o = ((e12 + e21) << 1) + rs(q11 * q21 + q12 * q22, 9);
    [j, h, o]
}

impl Elastic {
    /// What flows for good of a particle of this shape, to take off the velocity gradient, Q19: what is sheared beyond what it
    /// bears, along its strain, and what is pressed or pulled beyond that, as much on both axes. At once, to first order.
    #[inline(always)]
    fn flows(&self, [j, h, o]: [i32; 3], density: i32) -> [i32; 4] {
        let over = (ONE - j) - clamp_abs(ONE - j, self.gives);
        // Or what is pressed for long would become a point.
        let over = if over > 0 && density >= self.packed { 0 } else { over };
        // Half of it, Q15 to Q19.
        let swell = clamp_abs(over, ONE) << 3;
        // 2^30 twice.
        let [h, o] = [h, o].map(|s| clamp_abs(s, ONE));
        let size = root((h * h) as u32 + (o * o) as u32);
        // Q12, nothing below what it bears; half of it, Q27 to Q19.
        let share = quotient(f64::from((size - self.yields).max(0) << 12), size.max(1));
        let [h, o] = [h, o].map(|s| rs(s * share, 9));
        if self.yields == 0 { [0; 4] } else { [h - swell, o, o, -h - swell] }
    }
}

/// The four numbers of a deformation as they are stored, row by row.
fn halves(words: Words) -> [u16; 4] {
    [words[0] as u16, (words[0] >> 16) as u16, words[1] as u16, (words[1] >> 16) as u16]
}

/// A row of it.
fn paired([low, high]: [u16; 2]) -> u32 {
    u32::from(low) | u32::from(high) << 16
}

impl Law for Elastic {
    const WORDS: &'static [Word] = &[
        Word { name: "deformation along x", initial: 0, fields: &[16, 16] },
        Word { name: "deformation along y", initial: 0, fields: &[16, 16] },
    ];
    const HOLDS: bool = true;
    const BREAKS: bool = true;
    const WGSL: &'static str = include_str!("elastic.wgsl");
    // Its volume follows from its deformation.
    const KEEPS_PLACE: bool = true;

    /// Where it began is turned, too.
    fn turned(mut words: Words) -> Words {
        let [a, b, c, d] = halves(words);
        (words[0], words[1]) = (paired([d, c.wrapping_neg()]), paired([b.wrapping_neg(), a]));
        words
    }

    fn mirrored(mut words: Words) -> Words {
        let [a, b, c, d] = halves(words);
        (words[0], words[1]) = (paired([a, b.wrapping_neg()]), paired([c.wrapping_neg(), d]));
        words
    }

    #[inline(always)]
    fn stress(&self, f: &Fields) -> [i32; 4] {
        let [a, b, c, d] = f.d.map(|k| k << 7);
        let [j, h, o] = shape(strain(f));
        // 1 / J, Q12, where J is a quarter to 4: below 2^14 + 1, times 2^16.
        let inverse = quotient(f64::from(1 << 27), clamp(j, ONE / 4, 4 * ONE));
        let [s1, s2] = [h, o].map(|s| rs(clamp_abs(s, 1 << 16) * inverse, 12));
        // |1 - J| < 2^18.2 by the formats, and |s| <= 2^18: times 40 and 56.
        let push = rs((ONE - j) * self.stiffness, 4) - rs((a + d) * self.bulk, 4);
        let stretch = rs((a - d) * self.shear, 9) + rs(s1 * self.modulus, 4);
        let slide = rs((b + c) * self.shear, 9) + rs(s2 * self.modulus, 4);
        stressed([a, b, c, d], push, stretch, slide)
    }

    #[inline(always)]
    fn volume(&self, j: i32, _divergence: i32, _density: i32) -> i32 {
        j
    }

    #[inline(always)]
    fn evolve(&self, f: &Fields, flow: &Flow, _j: i32, chance: u32) -> Words {
        let e = strain(f);
        let [q11, q12, q21, q22] = e.map(|e| rs(e, 2));
        let given = self.flows(shape(e), flow.density);
        // Within half a cell: 2^18, Q19 x Q12 to Q20: 2^14 x 2^13 and 15 x 2^13.
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| clamp_abs(flow.fine[k] - given[k], 1 << 18));
        let times = |l: i32, k: i32| rs((l >> 4) * k, 7) + rs((l & 15) * k, 11);
        let by = [
            (a << 1) + times(a, q11) + times(b, q21),
            (b << 1) + times(a, q12) + times(b, q22),
            (c << 1) + times(c, q11) + times(d, q21),
            (d << 1) + times(c, q12) + times(d, q22),
        ];
        let stored = |k: usize| {
            let sum = (e[k] << 6) + by[k] + (chance >> (6 * k) & 63) as i32;
            clamp_abs(sum >> 6, 32767) as u32 & 0xffff
        };
        let mut words = f.words;
        words[0] = stored(0) | stored(1) << 16;
        words[1] = stored(2) | stored(3) << 16;
        words
    }

    /// The square of the largest stretch is the larger eigenvalue of F F^T, whether it is pulled or sheared: half the trace,
    /// and the root of the squares of what `shape` has. What is pressed from all sides breaks by its volume alone.
    #[inline(always)]
    fn left(&self, next: &Fields) -> i32 {
        if self.breaks == 0 {
            return WHOLE;
        }
        let e = strain(next);
        let [j, h, o] = shape(e);
        let [q11, q12, q21, q22] = e.map(|e| rs(e, 2));
        // Four products below 2^28, Q24 to Q15.
        let half = ((e[0] + e[3]) << 1) + rs(rs(q11 * q11 + q12 * q12 + q21 * q21 + q22 * q22, 1), 9);
        // 2^30 twice.
        let [h, o] = [h, o].map(|k| clamp_abs(k, ONE));
        if half + root((h * h) as u32 + (o * o) as u32) <= self.breaks && ONE - j <= self.crush {
            return WHOLE;
        }
        clamp(rs(j, 3) - 2048, 0, J_RAW_MAX)
    }
}
