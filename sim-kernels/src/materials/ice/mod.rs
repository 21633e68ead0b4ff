//! Ice: stiff, and floats deep in the water.

use super::family::elastic::Elastic;
use super::{Change, Family, Heat, Look, Material};

/// Its constants: as stiff as bodies can be.
pub const LAW: Elastic = Elastic::STIFF;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "ice",
    family: Family::Elastic(LAW),
    mass: 59,
    heat: Heat { initial: -1920, cooling: 8, ..Heat::WATER },
    colder: None,
    hotter: Some(Change(-320, "water")),
    breaks: None,
    look: Look { body: [170, 210, 236], fast: [230, 245, 255] },
};
