//! The law of what holds some shear and then gives way: grains, pastes, and thick liquids that stretch.
//!
//! The strain that is held is remembered as s = (s1, s2), the deviator of the isochoric left Cauchy-Green tensor
//! b = (t + s1, s2; s2, t - s1) with t = sqrt(1 + s1^2 + s2^2), so that its determinant is 1: no polar or singular value
//! decomposition is needed, and it cannot invert. It follows b' = L b + b L^T + L b L^T with L the deviator of a substep's
//! velocity gradient, and is divided by the determinant of 1 + L to first order. What friction and cohesion do not hold
//! gives way, a share of it in each substep:
//! - grains have friction, and all of it gives way: Drucker and Prager's limit in the plane, as in S. Dunatunga and
//!   K. Kamrin, "Continuum modelling and simulation of granular flows through their many phases", Journal of Fluid
//!   Mechanics 779, 2015;
//! - a paste has cohesion, and a share gives way: Bingham's plastic, Herschel and Bulkley's with an exponent of 1, as in
//!   Y. Yue and others, "Continuum foam: a material point method for shear-dependent flows", ACM Transactions on Graphics
//!   34, 2015;
//! - a thick liquid has neither: the upper-convected Maxwell model, whose viscosity is the modulus times the time in
//!   which its strain relaxes.
//!
//! Twin: `plastic.wgsl`.

use super::super::{Fields, Word, Words};
use super::{Flow, Law, stressed};
use crate::constants::{ONE, SPEED_MAX};
use crate::fixed::{clamp, clamp_abs, quotient, root, rs};
use crate::shared::shared_struct;

shared_struct! {
    /// Constants of what holds some shear.
    pub Plastic {
        /// Stiffness, Q4: the stress added to D is this times 1 - J, where J is below 1.
        stiffness: i32,
        /// The same where J is above 1: how it holds together.
        tension: i32,
        /// Shear modulus, Q4: the stress taken off D is this times s.
        modulus: i32,
        /// Sine of the friction angle, Q8: how much shear stress a pressure holds.
        friction: i32,
        /// The strain that it holds without any pressure, Q15.
        cohesion: i32,
        /// Which share of what is beyond that gives way in a substep, Q16.
        creep: i32,
        /// Bulk damping, Q4, as a fluid's.
        bulk: i32,
        /// Shear viscosity, Q9, as a fluid's.
        shear: i32,
        /// Volume correction, Q8, as a fluid's. Grains have none: it would make a heap creep.
        mix: i32,
        /// The largest J, Q15: how far apart may be what is pressed together soon again.
        loose: i32,
    }
}

impl Plastic {
    /// What the constants must keep to.
    pub(super) const fn check(&self) {
        // What gives way bounds what the modulus adds: with bodies that hold any shear a sum of 56 was the most.
        assert!(self.stiffness > 0 && self.modulus > 0 && self.stiffness + self.modulus <= 60);
        assert!(0 <= self.tension && self.tension <= 40);
        assert!(0 <= self.friction && self.friction <= 256);
        assert!(0 <= self.cohesion && self.cohesion < 1 << 15 && 0 < self.creep && self.creep <= 1 << 16);
        assert!(0 <= self.bulk && self.bulk <= 16 && 0 <= self.shear && self.shear <= 128);
        assert!(0 <= self.mix && self.mix <= 256);
        assert!(ONE <= self.loose && self.loose <= ONE + ONE / 2);
        // The strain that friction holds stays below 1: |s| <= friction (1 - J) K / mu, and J is at least a half.
        assert!(self.friction * self.stiffness <= 256 * self.modulus * 2);
    }
}

/// Both numbers of strain, Q15.
#[inline(always)]
pub(super) fn strain(f: &Fields) -> [i32; 2] {
    let word = f.words[0];
    [i32::from(word as u16 as i16), i32::from((word >> 16) as u16 as i16)]
}

/// Strain that is turned by a quarter: both of its numbers change their signs.
pub(super) fn turned(word: u32) -> u32 {
    let half = |bits: u32| u32::from((bits as u16).wrapping_neg());
    half(word) | half(word >> 16) << 16
}

/// Strain as seen in a mirror: what slides goes the other way.
pub(super) fn mirrored(word: u32) -> u32 {
    turned(word) & 0xffff_0000 | word & 0xffff
}

/// The pressure that a volume ratio (Q15) gives, Q15: at most 2^14 x 2^6.
#[inline(always)]
fn pressure(law: &Plastic, j: i32) -> i32 {
    rs(clamp(ONE - j, 0, ONE) * law.stiffness, 4)
}

/// The strain (Q15) as the flow (Q19) carries it on, Q20.
#[inline(always)]
pub(super) fn carried([s1, s2]: [i32; 2], fine: [i32; 4]) -> [i32; 2] {
    // Within half a cell: 2^18.
    let [a, b, c, d] = fine.map(|v| clamp_abs(v, 1 << 18));
    let h = rs(a - d, 1);
    // b, Q12: s below 2^12, t below 1.74.
    let (p, q) = (rs(s1, 3), rs(s2, 3));
    let t = root((1 << 24) + (p * p + q * q) as u32);
    let (high, low) = (t + p, t - p);
    // Q19 x Q12 to Q20: 2^14 x 2^13 and 15 x 2^13.
    let times = |l: i32, k: i32| rs((l >> 4) * k, 7) + rs((l & 15) * k, 11);
    let m11 = times(h, high) + times(b, q);
    let m12 = times(h, q) + times(b, low);
    let m21 = times(c, high) - times(h, q);
    let m22 = times(c, q) - times(h, low);
    // e = M L^T, Q12 x Q15 to Q20: each product below 2^13 x 2^14.
    let (l11, l12, l21) = (h >> 4, b >> 4, c >> 4);
    let [k11, k12, k21, k22] = [m11, m12, m21, m22].map(|m| clamp_abs(m >> 8, 1 << 13));
    let e11 = rs(k11 * l11 + k12 * l12, 7);
    let e12 = rs(k11 * l21 - k12 * l11, 7);
    let e22 = rs(k21 * l21 - k22 * l11, 7);
    let n1 = (s1 << 5) + m11 - m22 + rs(e11 - e22, 1);
    let n2 = (s2 << 5) + m12 + m21 + e12;
    // The determinant of 1 + L is 1 - (h^2 + b c): 2^14 x 2^14 twice, Q30 to Q15.
    let grows = rs(l11 * l11 + l12 * l21, 15);
    let grown = |n: i32| {
        let n = clamp_abs(n, 1 << 21);
        // Q15 x Q15 to Q20: 2^16 x 2^14.
        n + rs((n >> 5) * grows, 10)
    };
    [grown(n1), grown(n2)]
}

/// What is left of a strain (Q20) where so much is held (Q15, up to 1), and a share (Q16) of what is beyond gives way.
#[inline(always)]
pub(super) fn held(n: [i32; 2], limit: i32, creep: i32, chance: u32) -> [i32; 2] {
    let [x, y] = n.map(|n| clamp_abs(rs(n, 5), 46340));
    let size = root((x * x) as u32 + (y * y) as u32);
    // Below 2^16, times 2^16; rounded by chance, or a little would stay for ever.
    let gone = (((size - limit).max(0) as u32 * creep as u32 + (chance & 0xffff)) >> 16) as i32;
    // Up to 1, Q15: below 2^16 times 2^15. As neither is larger than `size`, the products are at most this 2^16 times 2^15.
    let part = quotient(f64::from((size - gone) << 15), size.max(1));
    let left = [rs(x * part, 10), rs(y * part, 10)];
    if size <= limit { n } else { left }
}

/// The strain (Q20) as a word holds it, rounded by chance.
#[inline(always)]
pub(super) fn stored([n1, n2]: [i32; 2], chance: u32) -> u32 {
    let one = |v: i32, chance: u32| clamp_abs((v + (chance & 31) as i32) >> 5, 32767) as u32 & 0xffff;
    one(n1, chance) | one(n2, chance >> 5) << 16
}

impl Law for Plastic {
    const WORDS: &'static [Word] = &[Word { name: "strain", initial: 0, fields: &[16, 16] }];
    const HOLDS: bool = true;
    const GRAINS: bool = true;
    const WGSL: &'static str = include_str!("plastic.wgsl");

    fn turned(mut words: Words) -> Words {
        words[0] = turned(words[0]);
        words
    }

    fn mirrored(mut words: Words) -> Words {
        words[0] = mirrored(words[0]);
        words
    }

    #[inline(always)]
    fn stress(&self, f: &Fields) -> [i32; 4] {
        let [a, b, c, d] = f.d.map(|k| k << 7);
        let [s1, s2] = strain(f);
        let j = (2048 + f.j) << 3;
        let push = pressure(self, j) - rs(clamp(j - ONE, 0, ONE) * self.tension, 4) - rs((a + d) * self.bulk, 4);
        // |s| < 2^15, times 56.
        let stretch = rs((a - d) * self.shear, 9) + rs(s1 * self.modulus, 4);
        let slide = rs((b + c) * self.shear, 9) + rs(s2 * self.modulus, 4);
        stressed([a, b, c, d], push, stretch, slide)
    }

    #[inline(always)]
    fn volume(&self, j: i32, divergence: i32, density: i32) -> i32 {
        // 49144 x 2^15 < 2^31.
        let next = j + rs(j * clamp_abs(divergence, SPEED_MAX), 15);
        // 1 below the rest density.
        let density = density.max(ONE);
        let target = quotient(f64::from((1 << 30) + (density >> 1)), density);
        // Both are below 2^17.
        clamp(next + rs((target - next) * self.mix, 8), 0, self.loose)
    }

    #[inline(always)]
    fn evolve(&self, f: &Fields, flow: &Flow, j: i32, chance: u32) -> Words {
        // Q8 x Q15 over Q4 x Q4, Q15.
        let rubs = quotient(f64::from(rs(pressure(self, j) * self.friction, 4)), self.modulus);
        let limit = clamp(rubs + self.cohesion, 0, 32767);
        let n = held(carried(strain(f), flow.fine), limit, self.creep, chance >> 10);
        let mut words = f.words;
        words[0] = stored(n, chance);
        words
    }
}
