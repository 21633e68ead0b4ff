//! Glass: stiff and heavy as stone, until it is hit, and then it breaks to shards.

use super::family::elastic::Elastic;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: as stiff as bodies can be, which is not much. So it breaks where it is stretched by 26 % or pressed to
/// 55 % of its volume: at its corners a fall of 4 cells takes it to 22 % and 60 %.
pub const LAW: Elastic = Elastic {
    stiffness: 36,
    modulus: 20,
    bulk: 4,
    shear: 256,
    yields: 0,
    gives: 0,
    packed: 0,
    breaks: 19661,
    crush: 14746,
};

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "glass",
    group: Group::Body,
    family: Family::Elastic(LAW),
    mass: 160,
    heat: Heat::PLAIN,
    look: Look { body: [128, 196, 184], fast: [206, 244, 236], pattern: Pattern::Plain },
};
