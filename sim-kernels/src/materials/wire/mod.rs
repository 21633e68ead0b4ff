//! Wire: it passes sparks on, a cell a tick.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: a blast tears it.
pub const LAW: Still = Still { strength: 8000 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "wire",
    group: Group::Thing,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat { conductance: 8, ..Heat::PLAIN },
    look: Look { body: [182, 112, 66], fast: [222, 152, 106], pattern: Pattern::Plain },
};
