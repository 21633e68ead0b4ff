//! Pump: it drives what touches it to the right, hard, and leaves the air alone.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: nothing breaks it.
pub const LAW: Still = Still::FIRM;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "pump_right",
    group: Group::Thing,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat::PLAIN,
    look: Look { body: [96, 128, 176], fast: [140, 172, 220], pattern: Pattern::Stripes },
};
