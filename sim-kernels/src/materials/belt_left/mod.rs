//! Belt: what lies on it is carried to the left.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: nothing breaks it.
pub const LAW: Still = Still::FIRM;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "belt_left",
    group: Group::Thing,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat::PLAIN,
    look: Look { body: [90, 90, 110], fast: [130, 130, 150], pattern: Pattern::Stripes },
};
