//! Oil: lighter than water, and thicker.

use super::family::fluid::Fluid;
use super::{Family, Heat, Look, Material};

/// Its constants: water's, with more shear viscosity. Its density is 0.8.
pub const LAW: Fluid = Fluid { stiffness: 60, bulk: 8, shear: 64, mix: 13, lag: 64, apart: 6000, lift: 0, drag: 0 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "oil",
    family: Family::Fluid(LAW),
    mass: 51,
    heat: Heat::PLAIN,
    colder: None,
    hotter: None,
    breaks: None,
    look: Look { body: [196, 148, 40], fast: [250, 226, 150] },
};
