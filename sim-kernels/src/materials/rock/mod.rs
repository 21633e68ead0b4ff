//! Rock: ground that blasts and hard blows break to gravel, and acid eats.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: a strong blast breaks it.
pub const LAW: Still = Still { strength: 6000 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "rock",
    group: Group::Ground,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat::ROCK,
    look: Look { body: [104, 98, 96], fast: [144, 138, 136], pattern: Pattern::Bricks },
};
