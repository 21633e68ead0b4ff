//! Piston: a wall that slides to and fro as told, or stays where it is poured.

use super::family::carried::Carried;
use super::{Family, Group, Heat, Look, Material, Pattern};
use crate::constants::MASS_PARTICLE_MAX;

/// Its constants.
pub const LAW: Carried = Carried::SLIDES;

/// Its row in the list of materials: as heavy as can be, or what it pushes would push it.
pub const MATERIAL: Material = Material {
    name: "piston",
    group: Group::Passing,
    family: Family::Carried(LAW),
    mass: MASS_PARTICLE_MAX,
    heat: Heat { conductance: 4, ..Heat::PLAIN },
    look: Look { body: [120, 132, 150], fast: [160, 172, 190], pattern: Pattern::Plain },
};
