//! Shards: what glass breaks to. They heap more steeply than sand.

use super::family::plastic::Plastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: sand's, with a friction angle of 40 degrees.
pub const LAW: Plastic = Plastic { friction: 165, ..super::sand::LAW };

/// Its row in the list of materials: as heavy as glass.
pub const MATERIAL: Material = Material {
    name: "shards",
    group: Group::Powder,
    family: Family::Plastic(LAW),
    mass: 160,
    heat: Heat::PLAIN,
    look: Look { body: [172, 216, 208], fast: [228, 250, 246], pattern: Pattern::Grains(70) },
};
