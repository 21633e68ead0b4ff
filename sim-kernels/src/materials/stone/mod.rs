//! Stone: stiff and heavy.

use super::family::elastic::Elastic;
use super::{Family, Look, Material};

/// Its constants: as stiff as bodies can be.
pub const LAW: Elastic = Elastic::STIFF;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "stone",
    family: Family::Elastic(LAW),
    mass: 160,
    look: Look { body: [120, 116, 112], fast: [170, 166, 160] },
};
