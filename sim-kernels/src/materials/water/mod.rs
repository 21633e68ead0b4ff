//! Water: the first material, and what a rest density of four particles a cell was made for.

#[cfg(test)]
mod test;

use super::family::fluid::Fluid;
use super::{Change, Family, Heat, Look, Material};

/// Its constants. The speed of sound is 0.97 cells a substep.
pub const LAW: Fluid = Fluid { stiffness: 60, bulk: 8, shear: 10, mix: 13, lag: 64, apart: 0, lift: 0, drag: 0 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "water",
    family: Family::Fluid(LAW),
    mass: 64,
    heat: Heat::WATER,
    colder: Some(Change(-1600, "ice")),
    hotter: Some(Change(9920, "steam")),
    breaks: None,
    look: Look { body: [30, 96, 190], fast: [180, 246, 240] },
};
