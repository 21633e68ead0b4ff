//! Steel: as stiff as bodies can be, and the heaviest of them.

use super::family::elastic::Elastic;
use super::{Family, Heat, Look, Material};

/// Its constants: as stiff as bodies can be. A beam of it bends when it is less than some 6 cells thick.
pub const LAW: Elastic = Elastic::STIFF;

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "steel",
    family: Family::Elastic(LAW),
    mass: 192,
    heat: Heat { conductance: 8, ..Heat::PLAIN },
    colder: None,
    hotter: None,
    breaks: None,
    look: Look { body: [140, 150, 164], fast: [200, 210, 224] },
};
