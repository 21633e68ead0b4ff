//! Honey: it folds and coils as it lands, stretches to threads, and spreads slowly.

use super::family::plastic::Plastic;
use super::{Family, Heat, Look, Material};

/// Its constants: strain relaxes within 16 substeps, so that its viscosity is that of a modulus of 1 for so long.
pub const LAW: Plastic = Plastic {
    stiffness: 32,
    tension: 8,
    modulus: 16,
    friction: 0,
    cohesion: 0,
    creep: 4096,
    bulk: 0,
    shear: 128,
    mix: 6,
    loose: 40960,
};

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "honey",
    family: Family::Plastic(LAW),
    mass: 90,
    heat: Heat::PLAIN,
    colder: None,
    hotter: None,
    breaks: None,
    look: Look { body: [224, 150, 24], fast: [255, 220, 120] },
};
