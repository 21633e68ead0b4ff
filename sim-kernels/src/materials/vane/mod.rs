//! Vane: a wall that turns as told, or stays where it is poured.

use super::family::carried::Carried;
use super::{Family, Group, Heat, Look, Material, Pattern};
use crate::constants::MASS_PARTICLE_MAX;

/// Its constants.
pub const LAW: Carried = Carried::TURNS;

/// Its row in the list of materials: as heavy as can be, or what it pushes would push it.
pub const MATERIAL: Material = Material {
    name: "vane",
    group: Group::Passing,
    family: Family::Carried(LAW),
    mass: MASS_PARTICLE_MAX,
    heat: Heat { conductance: 4, ..Heat::PLAIN },
    look: Look { body: [176, 128, 84], fast: [208, 160, 112], pattern: Pattern::Plain },
};
