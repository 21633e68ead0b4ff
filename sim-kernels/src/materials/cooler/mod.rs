//! Cooler: it has -60 °C whatever it takes.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: nothing breaks it.
pub const LAW: Still = Still::FIRM;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "cooler",
    group: Group::Thing,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat { initial: -1280, conductance: 8, pinned: 1, ..Heat::PLAIN },
    look: Look { body: [70, 110, 176], fast: [110, 150, 216], pattern: Pattern::Stripes },
};
