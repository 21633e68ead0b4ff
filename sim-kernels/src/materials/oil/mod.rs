//! Oil: lighter than water, and thicker.

use super::family::fluid::Fluid;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: water's, with more shear viscosity. Its density is 0.8.
pub const LAW: Fluid = Fluid { stiffness: 60, bulk: 8, shear: 64, mix: 13, lag: 64, apart: 6000, lift: 0, drag: 0 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "oil",
    group: Group::Liquid,
    family: Family::Fluid(LAW),
    mass: 51,
    heat: Heat::PLAIN,
    look: Look { body: [196, 148, 40], fast: [250, 226, 150], pattern: Pattern::Plain },
};
