//! Tracer, for tests alone: a fluid whose particles carry two words unchanged through all that happens to them.

use super::family::tracing::Tracing;
use super::{Family, Heat, Look, Material};

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "tracer",
    family: Family::Tracing(Tracing { stiffness: 48, bulk: 8, shear: 32, mix: 13, lag: 64 }),
    mass: 64,
    heat: Heat::PLAIN,
    colder: None,
    hotter: None,
    breaks: None,
    look: Look { body: [120, 40, 140], fast: [240, 200, 250] },
};
