//! Fuse: a cord that burns from one end to the other.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: a push tears it.
pub const LAW: Still = Still { strength: 2500 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "fuse",
    group: Group::Thing,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat { conductance: 1, ..Heat::PLAIN },
    look: Look { body: [150, 116, 86], fast: [190, 156, 126], pattern: Pattern::Stripes },
};
