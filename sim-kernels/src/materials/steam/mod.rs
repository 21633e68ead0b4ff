//! Steam: water that boils. It takes four times the room, rises, and is water again when it has given its heat away.

use super::family::fluid::Fluid;
use super::{Change, Family, Heat, Look, Material};

/// Its constants: softer than water, and carried up against the air.
pub const LAW: Fluid = Fluid { stiffness: 20, bulk: 8, shear: 10, mix: 13, lag: 64, apart: 6000, lift: 96, drag: 2 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "steam",
    family: Family::Fluid(LAW),
    mass: 64,
    // The air is within it, however dense it is.
    heat: Heat { initial: 10400, conductance: 1, cooling: 110, open: i32::MAX, ..Heat::WATER },
    colder: Some(Change(1280, "water")),
    hotter: None,
    breaks: None,
    look: Look { body: [196, 206, 216], fast: [236, 242, 248] },
};
