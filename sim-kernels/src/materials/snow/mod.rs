//! Snow: light, stands as it is built, and is pressed to something harder.

use super::family::porous::Porous;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: a height of some 10 cells begins to press what is below it; of what steel presses to two thirds, that is
/// five times as hard as before.
pub const LAW: Porous = Porous {
    stiffness: 30,
    tension: 8,
    modulus: 16,
    friction: 128,
    cohesion: 1150,
    crush: 1311,
    tear: 1638,
    harder: 3072,
    soft: 32,
    hard: 2048,
    loose: 34406,
    bulk: 8,
    shear: 128,
};

/// Its row in the list of materials: ice that is mostly air, so it is light and takes heat slowly.
pub const MATERIAL: Material = Material {
    name: "snow",
    group: Group::Powder,
    family: Family::Porous(LAW),
    mass: 26,
    heat: Heat { initial: -1920, conductance: 1, cooling: 2, ..Heat::WATER },
    look: Look { body: [226, 234, 244], fast: [250, 252, 255], pattern: Pattern::Sparks },
};
