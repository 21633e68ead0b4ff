//! Lava: molten stone, thick and hot, and stone again when it has given its heat away.

use super::family::plastic::Plastic;
use super::{Change, Family, Heat, Look, Material};

/// Its constants: a thick liquid, as honey is, and as heavy as stone.
pub const LAW: Plastic = Plastic {
    stiffness: 40,
    tension: 0,
    modulus: 20,
    friction: 0,
    cohesion: 0,
    creep: 26214,
    bulk: 8,
    shear: 32,
    mix: 13,
    loose: 32900,
};

/// Its row in the list of materials: 1150 °C.
pub const MATERIAL: Material = Material {
    name: "lava",
    family: Family::Plastic(LAW),
    mass: 160,
    heat: Heat { initial: 19680, ..Heat::ROCK },
    colder: Some(Change(14080, "stone")),
    hotter: None,
    breaks: None,
    look: Look { body: [226, 84, 22], fast: [255, 196, 80] },
};
