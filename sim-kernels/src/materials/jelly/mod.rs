//! Jelly: it wobbles, and comes back to its shape.

use super::family::elastic::Elastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: at half this viscosity it wobbled for longer than jelly does.
pub const LAW: Elastic = Elastic { stiffness: 32, modulus: 16, bulk: 4, shear: 256, breaks: 0, crush: 0 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "jelly",
    group: Group::Body,
    family: Family::Elastic(LAW),
    mass: 64,
    heat: Heat::PLAIN,
    look: Look { body: [196, 60, 96], fast: [250, 170, 190], pattern: Pattern::Bubbles },
};
