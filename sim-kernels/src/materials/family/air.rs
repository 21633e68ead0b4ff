//! The law of air: a parcel of it for each [`crate::constants::AIR_CELLS`] squared cells, which stays in their middle and is
//! no obstacle to anything. Of the parcels one is a particle, so that a field of air is state of its region as all else is:
//! it crosses seams, is handed over, saved and digested with the particles, and where a scene has none there is none.
//!
//! The particle's velocity is that across the parcel's left and lower edge, its word the pressure within. What is done with
//! them once a tick stands in `crate::cpu::air`. Twin: `air.wgsl`.

use super::super::{Fields, Word};
use super::Law;
use crate::shared::shared_struct;

shared_struct! {
    /// Constants of air.
    pub Air {
        /// log2 of the pull that brings two parcels' common edge to the velocity of what pulls within a tick.
        inertia: i32,
        /// log2 of the temperature at which air is lifted as much as it weighs, in sixteenths of a degree.
        buoyancy: i32,
    }
}

impl Air {
    /// What the constants must keep to.
    pub(super) const fn check(&self) {
        // See the products in `crate::cpu::air`.
        assert!(0 < self.inertia && self.inertia <= 14 && 8 <= self.buoyancy && self.buoyancy < 16);
    }
}

impl Law for Air {
    const WORDS: &'static [Word] = &[Word { name: "pressure", initial: 0, fields: &[32] }];
    const HOLDS: bool = false;
    const WGSL: &'static str = include_str!("air.wgsl");

    fn stress(&self, _f: &Fields) -> [i32; 4] {
        [0; 4]
    }

    fn volume(&self, j: i32, _divergence: i32, _density: i32) -> i32 {
        j
    }
}
