//! Wood: stiff, and floats.

use super::family::elastic::Elastic;
use super::{Family, Heat, Look, Material};

/// Its constants: as stiff as bodies can be.
pub const LAW: Elastic = Elastic::STIFF;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "wood",
    family: Family::Elastic(LAW),
    mass: 40,
    heat: Heat::PLAIN,
    colder: None,
    hotter: None,
    breaks: None,
    look: Look { body: [134, 90, 52], fast: [190, 150, 100] },
};
