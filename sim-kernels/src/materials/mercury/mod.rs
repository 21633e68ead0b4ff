//! Mercury: four times as heavy as water.

use super::family::fluid::Fluid;
use super::{Family, Heat, Look, Material};

/// Its constants: water's. Mercury's density is 13.6; 4 is what one grid of velocities stays stable with beside water.
pub const LAW: Fluid = Fluid { stiffness: 60, bulk: 8, shear: 10, mix: 13, lag: 64, apart: 1000, lift: 0, drag: 0 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "mercury",
    family: Family::Fluid(LAW),
    mass: 256,
    heat: Heat { conductance: 8, ..Heat::PLAIN },
    colder: None,
    hotter: None,
    breaks: None,
    look: Look { body: [150, 156, 170], fast: [240, 244, 250] },
};
