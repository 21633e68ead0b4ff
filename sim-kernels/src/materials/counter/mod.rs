//! Counter, for tests alone: a fluid whose particles count their substeps, remember how they turned, and push by it.

use super::family::counting::Counting;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "counter",
    group: Group::Passing,
    family: Family::Counting(Counting { stiffness: 60, bulk: 8, shear: 10, mix: 13, lag: 64 }),
    mass: 64,
    heat: Heat::PLAIN,
    look: Look { body: [40, 120, 60], fast: [200, 250, 200], pattern: Pattern::Plain },
};
