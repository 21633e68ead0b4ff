//! Soil: soft ground, that every blast moves and water softens to mud.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: a push breaks it.
pub const LAW: Still = Still { strength: 1500 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "soil",
    group: Group::Ground,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat::PLAIN,
    look: Look { body: [112, 80, 52], fast: [152, 120, 92], pattern: Pattern::Grains(36) },
};
