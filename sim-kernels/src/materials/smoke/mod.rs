//! Smoke: what fire leaves. It rises slowly, and thins out.

use super::family::fluid::Fluid;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: steam's, held more by the air.
pub const LAW: Fluid = Fluid { stiffness: 20, bulk: 8, shear: 16, mix: 13, lag: 64, apart: 4000, lift: 84, drag: 8 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "smoke",
    group: Group::Gas,
    family: Family::Fluid(LAW),
    mass: 32,
    // It keeps what holds it apart: with the air's temperature come 100 degrees' worth that it cannot give.
    heat: Heat {
        initial: 1600,
        conductance: 1,
        cooling: 60,
        open: i32::MAX,
        boils: 0,
        boiling: 1600,
        grows: 128,
        ..Heat::PLAIN
    },
    look: Look { body: [92, 90, 98], fast: [130, 128, 136], pattern: Pattern::Plain },
};
