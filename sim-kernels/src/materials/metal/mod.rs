//! Metal: ground that only the hardest blows break. Heat runs through it.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: hardly anything breaks it.
pub const LAW: Still = Still { strength: 14000 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "metal",
    group: Group::Ground,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat { conductance: 8, ..Heat::PLAIN },
    look: Look { body: [138, 146, 158], fast: [178, 186, 198], pattern: Pattern::Bricks },
};
