//! Gunpowder: grains that go up at once when they get hot.

use super::family::plastic::Plastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: sand's.
pub const LAW: Plastic = super::sand::LAW;

/// Its row in the list of materials: heat runs through it, so that what burns sets off what is beside it.
pub const MATERIAL: Material = Material {
    name: "gunpowder",
    group: Group::Powder,
    family: Family::Plastic(LAW),
    mass: 90,
    heat: Heat { conductance: 6, ..Heat::PLAIN },
    look: Look { body: [62, 60, 66], fast: [110, 108, 114], pattern: Pattern::Grains(52) },
};
