//! Jelly: it wobbles, and comes back to its shape.

use super::family::elastic::Elastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: what yields little keeps whole on its edge, but falls flat for good. Of some 300 sets tried this was among
/// the toughest that stood as high as before after a fall of 60 cells.
pub const LAW: Elastic = Elastic {
    stiffness: 22,
    modulus: 20,
    bulk: 4,
    shear: 160,
    yields: 10000,
    gives: 7000,
    packed: 45056,
    breaks: 0,
    crush: 0,
};

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "jelly",
    group: Group::Body,
    family: Family::Elastic(LAW),
    mass: 64,
    heat: Heat::PLAIN,
    look: Look { body: [196, 60, 96], fast: [250, 170, 190], pattern: Pattern::Bubbles },
};
