//! Jelly: it wobbles, and comes back to its shape.

pub mod stress;

use super::elastic::Elastic;
use super::{Family, Look, Material, Word};

/// Its constants: at half this viscosity it wobbled for longer than jelly does.
pub const LAW: Elastic = Elastic { stiffness: 32, modulus: 16, bulk: 4, shear: 256 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "jelly",
    family: Family::Elastic(LAW),
    mass: 64,
    words: &[
        Word { name: "deformation along x", initial: 0, fields: &[16, 16] },
        Word { name: "deformation along y", initial: 0, fields: &[16, 16] },
    ],
    wgsl: include_str!("stress.wgsl"),
    look: Look { body: [196, 60, 96], fast: [250, 170, 190] },
};
