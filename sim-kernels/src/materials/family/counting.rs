//! For tests alone: a fluid's law, with words that change in every substep, and a push of a few units that they say.
//! Twin: `counting.wgsl`.

use super::super::{Fields, Word, Words};
use super::fluid::Fluid;
use super::{Flow, Law};
use crate::constants::GRADIENT_MAX;
use crate::fixed::clamp_abs;
use crate::shared::shared_struct;

shared_struct! {
    /// A fluid's constants, for particles with words.
    pub Counting {
        /// As a fluid's.
        stiffness: i32,
        /// As a fluid's.
        bulk: i32,
        /// As a fluid's.
        shear: i32,
        /// As a fluid's.
        mix: i32,
        /// As a fluid's.
        lag: i32,
    }
}

impl Counting {
    /// What its constants must keep to.
    pub(super) const fn check(&self) {
        self.fluid().check();
    }

    const fn fluid(&self) -> Fluid {
        let Self { stiffness, bulk, shear, mix, lag } = *self;
        Fluid { stiffness, bulk, shear, mix, lag, apart: 0, lift: 0, drag: 0 }
    }
}

impl Law for Counting {
    const WORDS: &'static [Word] = &[
        Word { name: "substeps", initial: 0, fields: &[32] },
        Word { name: "sums of the gradient's diagonal", initial: 0x0100_ff00, fields: &[16, 16] },
        Word { name: "sum of the turns, and three bits of it", initial: 7, fields: &[3, 29] },
    ];
    const HOLDS: bool = false;
    const WGSL: &'static str = include_str!("counting.wgsl");

    #[inline(always)]
    fn stress(&self, f: &Fields) -> [i32; 4] {
        let [a, b, c, d] = self.fluid().stress(f);
        let push = (f.words[2] & 7) as i32;
        [clamp_abs(a + push, GRADIENT_MAX), b, c, clamp_abs(d + push, GRADIENT_MAX)]
    }

    #[inline(always)]
    fn volume(&self, j: i32, divergence: i32, density: i32) -> i32 {
        self.fluid().volume(j, divergence, density)
    }

    /// All sums wrap.
    #[inline(always)]
    fn evolve(&self, f: &Fields, flow: &Flow, _j: i32, _chance: u32) -> Words {
        let ([substeps, sums, turns], d) = ([f.words[0], f.words[1], f.words[2]], flow.d);
        let low = sums.wrapping_add(d[0] as u32) & 0xffff;
        let high = (sums >> 16).wrapping_add(d[3] as u32) << 16;
        let more = (turns >> 3).wrapping_add((d[2] - d[1]) as u32);
        let mut next = f.words;
        next[0] = substeps.wrapping_add(1);
        next[1] = low | high;
        next[2] = more << 3 | turns & 7;
        next
    }
}
