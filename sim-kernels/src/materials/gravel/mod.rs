//! Gravel: what rock breaks into.

use super::family::plastic::Plastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: rougher than sand.
pub const LAW: Plastic = Plastic { friction: 150, ..super::sand::LAW };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "gravel",
    group: Group::Powder,
    family: Family::Plastic(LAW),
    mass: 140,
    heat: Heat::ROCK,
    look: Look { body: [128, 120, 112], fast: [176, 168, 160], pattern: Pattern::Grains(60) },
};
