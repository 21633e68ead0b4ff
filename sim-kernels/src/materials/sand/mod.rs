//! Sand: it heaps, flows and slides by its angle of friction.

use super::family::granular::Granular;
use super::{Family, Look, Material};

/// Its constants: the friction angle is 30 degrees.
pub const LAW: Granular = Granular { stiffness: 40, modulus: 20, friction: 134, bulk: 8, shear: 96, loose: 32900 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "sand",
    family: Family::Granular(LAW),
    mass: 102,
    look: Look { body: [214, 178, 106], fast: [246, 226, 170] },
};
