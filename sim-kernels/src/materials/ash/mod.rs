//! Ash: what burnt wood leaves, light grains.

use super::family::plastic::Plastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: sand's, with less friction.
pub const LAW: Plastic = Plastic { friction: 100, ..super::sand::LAW };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "ash",
    group: Group::Powder,
    family: Family::Plastic(LAW),
    mass: 40,
    heat: Heat::PLAIN,
    look: Look { body: [132, 128, 126], fast: [176, 172, 170], pattern: Pattern::Grains(40) },
};
