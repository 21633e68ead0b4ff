//! The law of what has pores: it holds some shear and some tension, as a paste with friction does, and is crushed where it
//! is pressed by more than it bears. What is crushed stays so, and bears more.
//!
//! The volume ratio is J = Je Jp. Je is what pushes back; what is beyond the limits that it is held within goes to Jp, how
//! much room is left to what lies at rest. This is the split of A. Stomakhin and others, "A material point method for snow
//! simulation", ACM Transactions on Graphics 32(4), 2013, without a singular value decomposition: volume and shear have
//! limits of their own, that of shear being Drucker and Prager's, by `plastic.rs`. There hardening makes the moduli grow;
//! here it makes the limits grow, because the moduli are as high as is stable from the start: softer snow would be
//! compressed by its own weight and come back from it.
//!
//! Jp above 1 is what has been torn apart or is strewn: it bears little, so a heap of it settles to about the rest density.
//! Twin: `porous.wgsl`.

use super::super::{Fields, Word, Words};
use super::{Flow, Law, plastic, stressed};
use crate::constants::ONE;
use crate::fixed::{clamp, clamp_abs, div_round, quotient, rs};
use crate::shared::shared_struct;

shared_struct! {
    /// Constants of what can be crushed.
    pub Porous {
        /// Stiffness, Q4: the stress added to D is this times 1 - Je, where Je is below 1.
        stiffness: i32,
        /// The same where Je is above 1.
        tension: i32,
        /// Shear modulus, Q4: the stress taken off D is this times s.
        modulus: i32,
        /// Sine of the friction angle, Q8: how much shear stress a pressure holds.
        friction: i32,
        /// The strain that it holds without any pressure, Q15; times the hardness, as the next two.
        cohesion: i32,
        /// How much it bears to be compressed, Q15: 1 - Je.
        crush: i32,
        /// How much it bears to be stretched, Q15: Je - 1.
        tear: i32,
        /// By how much the hardness, which is 1 at rest, grows while Jp falls by 1, Q8.
        harder: i32,
        /// The least hardness, Q8.
        soft: i32,
        /// The greatest hardness, Q8.
        hard: i32,
        /// The largest Jp, Q15.
        loose: i32,
        /// Bulk damping, Q4, as a fluid's.
        bulk: i32,
        /// Shear viscosity, Q9, as a fluid's.
        shear: i32,
    }
}

/// The smallest Jp, Q15.
const JP_MIN: i32 = ONE / 4;

impl Porous {
    /// What the constants must keep to.
    pub(super) const fn check(&self) {
        // Measured: a sum of 48 came to rest, with 60 heaps and blocks crept for ever. A particle that lies alone feels its own
        // stress whole, and in tension there is nothing else to hold it: with a tension of 30 it swung from wall to wall, with
        // 12 it lay still.
        assert!(self.stiffness > 0 && self.modulus > 0 && self.stiffness + self.modulus <= 48);
        assert!(0 <= self.tension && self.tension <= 12);
        assert!(0 <= self.friction && self.friction <= 256);
        // The strain that friction holds stays below 1: |s| <= friction (1 - Je) K / mu, and Je is at least a half.
        assert!(self.friction * self.stiffness <= 256 * self.modulus * 2);
        assert!(0 < self.soft && self.soft <= 256 && 256 <= self.hard && self.hard <= 1 << 12);
        assert!(0 <= self.harder && self.harder <= 1 << 13);
        // Even at its hardest it yields before Je is a half, which is as low as its format goes.
        assert!(0 < self.crush && self.crush * self.hard <= (ONE / 2) << 8);
        assert!(0 < self.tear && self.tear * self.hard <= (ONE / 2) << 8);
        assert!(0 <= self.cohesion && self.cohesion * self.hard < ONE << 8);
        assert!(ONE <= self.loose && self.loose < 2 * ONE);
        assert!(0 <= self.bulk && self.bulk <= 16 && 0 <= self.shear && self.shear <= 128);
    }
}

/// Je - 1, Q16, and Jp, Q15: by their formats -1/2 to 1/2, and 0 to 2.
#[inline(always)]
fn ratios(f: &Fields) -> [i32; 2] {
    let word = f.words[1];
    [i32::from(word as u16 as i16), ONE + i32::from((word >> 16) as u16 as i16)]
}

/// How many times as much as at rest it bears at a Jp (Q15), Q8.
#[inline(always)]
fn hardness(law: &Porous, jp: i32) -> i32 {
    // 2^15 x 2^13.
    clamp(256 + rs((ONE - jp) * law.harder, 15), law.soft, law.hard)
}

/// Je - 1, Q20, and Jp - 1, Q20, as the flow carries them on.
#[inline(always)]
fn crushed(law: &Porous, [e, jp]: [i32; 2], hardness: i32, fine: [i32; 4]) -> [i32; 2] {
    // Within half a cell: 2^18 each.
    let divergence = clamp_abs(fine[0], 1 << 18) + clamp_abs(fine[3], 1 << 18);
    // Q19 x Q12 to Q20: 2^15 x 2^11 and 15 x 2^11. So n is below 2^21.
    let k = rs(e, 4);
    let n = (e << 4) + (divergence << 1) + rs((divergence >> 4) * k, 7) + rs((divergence & 15) * k, 11);
    // By `check` 2^14 x 2^8, Q23 to Q20.
    let held = clamp(n, -rs(law.crush * hardness, 3), rs(law.tear * hardness, 3));
    // (1 + n) / (1 + held) - 1: 2^20 x 2^10 over 2^9 at least, Q20 and below 2^21.
    let beyond = div_round(clamp_abs(n - held, 1 << 20) << 10, ((1 << 20) + held) >> 10);
    // Times Jp, Q12: 2^15 x 2^13 and 63 x 2^13.
    let part = jp >> 3;
    let next = ((jp - ONE) << 5) + rs((beyond >> 6) * part, 6) + rs((beyond & 63) * part, 12);
    [held, clamp(next, (JP_MIN - ONE) << 5, (law.loose - ONE) << 5)]
}

impl Law for Porous {
    const WORDS: &'static [Word] = &[
        Word { name: "strain", initial: 0, fields: &[16, 16] },
        Word { name: "elastic and plastic volume ratios", initial: 0, fields: &[16, 16] },
    ];
    const HOLDS: bool = true;
    const GRAINS: bool = true;
    const WGSL: &'static str = include_str!("porous.wgsl");

    fn turned(mut words: Words) -> Words {
        words[0] = plastic::turned(words[0]);
        words
    }

    fn mirrored(mut words: Words) -> Words {
        words[0] = plastic::mirrored(words[0]);
        words
    }

    #[inline(always)]
    fn stress(&self, f: &Fields) -> [i32; 4] {
        let [a, b, c, d] = f.d.map(|k| k << 7);
        let ([s1, s2], [e, _]) = (plastic::strain(f), ratios(f));
        // Q16 x Q4 to Q15: 2^15 times 40.
        let push = rs(-e * if e < 0 { self.stiffness } else { self.tension }, 5) - rs((a + d) * self.bulk, 4);
        // |s| < 2^15, times 48.
        let stretch = rs((a - d) * self.shear, 9) + rs(s1 * self.modulus, 4);
        let slide = rs((b + c) * self.shear, 9) + rs(s2 * self.modulus, 4);
        stressed([a, b, c, d], push, stretch, slide)
    }

    /// Its volume ratios are in a word of its own: 12 bits lose what is slow, and what creeps would be crushed unseen.
    #[inline(always)]
    fn volume(&self, j: i32, _divergence: i32, _density: i32) -> i32 {
        j
    }

    #[inline(always)]
    fn evolve(&self, f: &Fields, flow: &Flow, _j: i32, chance: u32) -> Words {
        let ratios = ratios(f);
        let hardness = hardness(self, ratios[1]);
        let [e, p] = crushed(self, ratios, hardness, flow.fine);
        // The pressure, Q15: 2^14 times 40; times Q8 over Q4 x Q4, and 2^15 x 2^12.
        let pressure = rs(clamp(-e >> 5, 0, ONE) * self.stiffness, 4);
        let rubs = quotient(f64::from(rs(pressure * self.friction, 4)), self.modulus);
        let limit = rubs + rs(self.cohesion * hardness, 8);
        let s = plastic::held(plastic::carried(plastic::strain(f), flow.fine), clamp(limit, 0, 32767), 1 << 16, 0);
        let low = clamp_abs((e + (chance >> 10 & 15) as i32) >> 4, 32767) as u32 & 0xffff;
        let high = clamp_abs((p + (chance >> 14 & 31) as i32) >> 5, 32767) as u32;
        let mut words = f.words;
        words[0] = plastic::stored(s, chance);
        words[1] = low | high << 16;
        words
    }
}
