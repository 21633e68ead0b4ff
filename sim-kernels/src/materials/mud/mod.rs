//! Mud: it holds lumps and slopes, and flows where it is pushed.

use super::family::plastic::Plastic;
use super::{Family, Heat, Look, Material};

/// Its constants: what is strained by more than 0.04 gives way, a tenth in each substep.
pub const LAW: Plastic = Plastic {
    stiffness: 36,
    tension: 8,
    modulus: 16,
    friction: 0,
    cohesion: 1311,
    creep: 6554,
    bulk: 8,
    shear: 64,
    mix: 6,
    loose: 40960,
};

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "mud",
    family: Family::Plastic(LAW),
    mass: 96,
    heat: Heat::PLAIN,
    colder: None,
    hotter: None,
    breaks: None,
    look: Look { body: [112, 80, 52], fast: [160, 124, 90] },
};
