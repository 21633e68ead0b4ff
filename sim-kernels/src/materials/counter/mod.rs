//! Counter, for tests alone: a fluid whose particles count their substeps, remember how they turned, and push by it.

use super::family::counting::Counting;
use super::{Family, Heat, Look, Material};

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "counter",
    family: Family::Counting(Counting { stiffness: 60, bulk: 8, shear: 10, mix: 13, lag: 64 }),
    mass: 64,
    heat: Heat::PLAIN,
    colder: None,
    hotter: None,
    breaks: None,
    look: Look { body: [40, 120, 60], fast: [200, 250, 200] },
};
