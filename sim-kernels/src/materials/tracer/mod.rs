//! Tracer, for tests alone: a fluid whose particles carry two words unchanged through all that happens to them.

pub mod stress;

use super::fluid::Fluid;
use super::{Family, Look, Material, Word};

/// Its constants: water, a little thicker.
pub const LAW: Fluid = Fluid { stiffness: 48, bulk: 8, shear: 32, mix: 13, lag: 64, apart: 0 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "tracer",
    family: Family::Fluid(LAW),
    mass: 64,
    words: &[
        Word { name: "whole", initial: 0x0123_4567, fields: &[32] },
        Word { name: "two numbers", initial: 0x8000_0001, fields: &[12, 20] },
    ],
    wgsl: include_str!("stress.wgsl"),
    look: Look { body: [120, 40, 140], fast: [240, 200, 250] },
};
