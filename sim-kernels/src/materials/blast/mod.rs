//! Blast: what gunpowder becomes for a moment. It breaks ground.

use super::family::fluid::Fluid;
use super::{Family, Group, Look, Material, Pattern};

/// Its constants: fire's, but pushed by nothing.
pub const LAW: Fluid = Fluid { lift: 0, drag: 0, ..super::fire::LAW };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "blast",
    group: Group::Passing,
    family: Family::Fluid(LAW),
    mass: 32,
    heat: super::fire::MATERIAL.heat,
    look: Look { body: [255, 238, 190], fast: [255, 255, 240], pattern: Pattern::Plain },
};
