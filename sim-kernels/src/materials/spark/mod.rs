//! Spark: what runs along a wire. It sets off gunpowder, fuses and oil.

use super::family::still::Still;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: wire's.
pub const LAW: Still = Still { strength: 8000 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "spark",
    group: Group::Thing,
    family: Family::Still(LAW),
    mass: 64,
    heat: Heat { conductance: 8, ..Heat::PLAIN },
    look: Look { body: [255, 244, 150], fast: [255, 255, 190], pattern: Pattern::Plain },
};
