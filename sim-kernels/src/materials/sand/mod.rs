//! Sand: it heaps, flows and slides by its angle of friction.

use super::family::plastic::Plastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: the friction angle is asin(134/256), 31.6 degrees, and all that it does not hold gives way at once.
pub const LAW: Plastic = Plastic {
    stiffness: 40,
    tension: 0,
    modulus: 20,
    friction: 134,
    cohesion: 0,
    creep: 1 << 16,
    bulk: 8,
    shear: 96,
    mix: 0,
    loose: 32900,
};

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "sand",
    group: Group::Powder,
    family: Family::Plastic(LAW),
    mass: 102,
    heat: Heat::PLAIN,
    look: Look { body: [214, 178, 106], fast: [246, 226, 170], pattern: Pattern::Grains(44) },
};
