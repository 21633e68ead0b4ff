//! Stone: stiff and heavy.

use super::family::elastic::Elastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: as stiff as bodies can be.
pub const LAW: Elastic = Elastic::STIFF;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "stone",
    group: Group::Body,
    family: Family::Elastic(LAW),
    mass: 160,
    heat: Heat::ROCK,
    look: Look { body: [120, 116, 112], fast: [170, 166, 160], pattern: Pattern::Specks },
};
