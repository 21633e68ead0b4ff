//! Heater: it has 600 °C whatever it gives.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: nothing breaks it.
pub const LAW: Still = Still::FIRM;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "heater",
    group: Group::Thing,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat { initial: 9280, conductance: 8, pinned: 1, ..Heat::PLAIN },
    look: Look { body: [160, 60, 44], fast: [200, 100, 84], pattern: Pattern::Stripes },
};
