//! Acid: a liquid that eats stone, metal and bodies, and is used up by it.

use super::family::fluid::Fluid;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: water's.
pub const LAW: Fluid = super::water::LAW;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "acid",
    group: Group::Liquid,
    family: Family::Fluid(LAW),
    mass: 70,
    heat: Heat::WATER,
    look: Look { body: [134, 206, 52], fast: [206, 250, 130], pattern: Pattern::Plain },
};
