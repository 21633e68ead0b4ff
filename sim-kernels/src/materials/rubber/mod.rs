//! Rubber: it holds together, and bounces.

use super::family::elastic::Elastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: little damping, and tougher than jelly.
pub const LAW: Elastic = Elastic {
    stiffness: 24,
    modulus: 16,
    bulk: 3,
    shear: 64,
    yields: 6000,
    gives: 4000,
    packed: 45056,
    breaks: 0,
    crush: 0,
};

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "rubber",
    group: Group::Body,
    family: Family::Elastic(LAW),
    mass: 70,
    heat: Heat::PLAIN,
    look: Look { body: [60, 60, 70], fast: [120, 120, 140], pattern: Pattern::Studs },
};
