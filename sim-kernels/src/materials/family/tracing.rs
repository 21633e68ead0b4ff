//! For tests alone: a fluid's law, with words that nothing changes.
//! Twin: `tracing.wgsl`.

use super::super::{Fields, Word};
use super::Law;
use super::fluid::Fluid;
use crate::shared::shared_struct;

shared_struct! {
    /// A fluid's constants, for particles with words.
    pub Tracing {
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

impl Tracing {
    /// What its constants must keep to.
    pub(super) const fn check(&self) {
        self.fluid().check();
    }

    const fn fluid(&self) -> Fluid {
        let Self { stiffness, bulk, shear, mix, lag } = *self;
        Fluid { stiffness, bulk, shear, mix, lag, apart: 0, lift: 0, drag: 0 }
    }
}

impl Law for Tracing {
    const WORDS: &'static [Word] = &[
        Word { name: "whole", initial: 0x0123_4567, fields: &[32] },
        Word { name: "two numbers", initial: 0x8000_0001, fields: &[12, 20] },
    ];
    const HOLDS: bool = false;
    const WGSL: &'static str = include_str!("tracing.wgsl");

    #[inline(always)]
    fn stress(&self, f: &Fields) -> [i32; 4] {
        self.fluid().stress(f)
    }

    #[inline(always)]
    fn volume(&self, j: i32, divergence: i32, density: i32) -> i32 {
        self.fluid().volume(j, divergence, density)
    }
}
