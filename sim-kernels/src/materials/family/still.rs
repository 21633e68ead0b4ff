//! The law of what stays where it is: ground, cables, things. A cell that holds such a particle is solid to all others for
//! the tick, as bedrock is, and as far as the particle is concerned there is no motion: it takes part in heat and in reactions
//! alone. So ground is state of its region as all particles are: it crosses seams, is handed over, saved, digested and seen
//! as they are, burns, melts and is eaten by rows of the table, and what it shatters into begins with its four particles a cell.
//!
//! What is poured of it takes the place of what lies in the cell, and nothing is poured into a cell that has it.
//!
//! A stroke or a blast that pushes it adds to the velocity that it keeps for the tick; from `strength` on it is struck, which
//! is a row's `Struck`. Twin: `still.wgsl`.

use super::super::{Fields, Word};
use super::Law;
use crate::shared::shared_struct;

shared_struct! {
    /// Constants of what stays where it is.
    pub Still {
        /// The speed of a push (Q15) from which on it is struck.
        strength: i32,
    }
}

impl Still {
    /// What nothing breaks.
    pub const FIRM: Self = Self { strength: i32::MAX };

    /// What the constants must keep to.
    pub(super) const fn check(&self) {
        assert!(0 < self.strength);
    }
}

impl Law for Still {
    const WORDS: &'static [Word] = &[];
    const HOLDS: bool = true;
    const WGSL: &'static str = include_str!("still.wgsl");

    fn stress(&self, _f: &Fields) -> [i32; 4] {
        [0; 4]
    }

    fn volume(&self, j: i32, _divergence: i32, _density: i32) -> i32 {
        j
    }
}
