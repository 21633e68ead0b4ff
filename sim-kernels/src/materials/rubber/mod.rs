//! Rubber: it holds together, and bounces.

use super::family::elastic::Elastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: jelly's with little damping, stiffer.
pub const LAW: Elastic = Elastic { stiffness: 34, modulus: 20, bulk: 2, shear: 64, breaks: 0, crush: 0 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "rubber",
    group: Group::Body,
    family: Family::Elastic(LAW),
    mass: 70,
    heat: Heat::PLAIN,
    look: Look { body: [60, 60, 70], fast: [120, 120, 140], pattern: Pattern::Studs },
};
