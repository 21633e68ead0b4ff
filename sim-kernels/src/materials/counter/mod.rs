//! Counter, for tests alone: a fluid whose particles count their substeps, remember how they turned, and push by it.

pub mod stress;

use super::fluid::Fluid;
use super::{Family, Look, Material, Word};

/// Its constants: water's.
pub const LAW: Fluid = Fluid { stiffness: 60, bulk: 8, shear: 10, mix: 13, lag: 64, apart: 0 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "counter",
    family: Family::Fluid(LAW),
    mass: 64,
    words: &[
        Word { name: "substeps", initial: 0, fields: &[32] },
        Word { name: "sums of the gradient's diagonal", initial: 0x0100_ff00, fields: &[16, 16] },
        Word { name: "sum of the turns, and three bits of it", initial: 7, fields: &[3, 29] },
    ],
    wgsl: include_str!("stress.wgsl"),
    look: Look { body: [40, 120, 60], fast: [200, 250, 200] },
};
