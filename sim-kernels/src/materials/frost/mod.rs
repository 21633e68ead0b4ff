//! Frost: ground of ice, that melts.

use super::family::still::Still;
use super::{Family, Group, Look, Material, Pattern};

/// Its constants: a blast breaks it.
pub const LAW: Still = Still { strength: 3000 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "frost",
    group: Group::Ground,
    family: Family::Still(LAW),
    mass: 59,
    heat: super::ice::MATERIAL.heat,
    look: Look { body: [176, 212, 236], fast: [216, 252, 255], pattern: Pattern::Grains(22) },
};
