//! Fire: burning gas. It rises, gives its heat to what it touches, and is smoke when it has cooled.

use super::family::fluid::Fluid;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: steam's, but faster.
pub const LAW: Fluid = Fluid { stiffness: 20, bulk: 8, shear: 10, mix: 13, lag: 64, apart: 6000, lift: 160, drag: 4 };

/// Its row in the list of materials: 1020 °C, and four times the room from 120 °C on.
pub const MATERIAL: Material = Material {
    name: "fire",
    group: Group::Gas,
    family: Family::Fluid(LAW),
    mass: 32,
    // The air is within it, however dense it is.
    heat: Heat {
        initial: 17600,
        conductance: 4,
        cooling: 300,
        open: i32::MAX,
        boils: 1600,
        boiling: 1600,
        grows: 192,
        ..Heat::PLAIN
    },
    look: Look { body: [236, 118, 34], fast: [255, 214, 110], pattern: Pattern::Plain },
};
