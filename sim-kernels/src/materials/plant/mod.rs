//! Plant: it stays where it is, drinks the water that it touches, grows by it, and burns.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: a push breaks it.
pub const LAW: Still = Still { strength: 2500 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "plant",
    group: Group::Ground,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat::PLAIN,
    look: Look { body: [58, 136, 54], fast: [140, 200, 110], pattern: Pattern::Grains(46) },
};
