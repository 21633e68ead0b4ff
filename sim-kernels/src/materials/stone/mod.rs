//! Stone: stiff and heavy.

use super::family::elastic::Elastic;
use super::{Change, Family, Heat, Look, Material};

/// Its constants: as stiff as bodies can be.
pub const LAW: Elastic = Elastic::STIFF;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "stone",
    family: Family::Elastic(LAW),
    mass: 160,
    heat: Heat::ROCK,
    colder: None,
    hotter: Some(Change(15680, "lava")),
    breaks: None,
    look: Look { body: [120, 116, 112], fast: [170, 166, 160] },
};
