//! Fan: it drives upwards what touches it.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: nothing breaks it.
pub const LAW: Still = Still::FIRM;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "fan_up",
    group: Group::Thing,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat::PLAIN,
    look: Look { body: [112, 150, 140], fast: [152, 190, 180], pattern: Pattern::Stripes },
};
