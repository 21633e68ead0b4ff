//! Spent wire: where a spark was in the tick before, so that it does not run back.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: wire's.
pub const LAW: Still = Still { strength: 8000 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "spent",
    group: Group::Passing,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat { conductance: 8, ..Heat::PLAIN },
    look: Look { body: [120, 74, 104], fast: [160, 114, 144], pattern: Pattern::Plain },
};
