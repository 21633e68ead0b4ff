//! Air: one parcel for each 8 x 8 cells, which a scene has or has not. It carries what is light, and things drive it.

use super::family::air::Air;
use super::{Family, Group, Heat, Look, Material, Pattern};

/// Its constants: what is light moves it by a quarter of the way in a tick where there is a particle a cell of it.
pub const LAW: Air = Air { inertia: 14, buoyancy: 12 };

/// Its row in the list of materials.
pub const MATERIAL: Material = Material {
    name: "air",
    group: Group::Passing,
    family: Family::Air(LAW),
    mass: 4,
    heat: Heat { conductance: 1, cooling: 400, open: i32::MAX, ..Heat::PLAIN },
    look: Look { body: [150, 170, 190], fast: [190, 205, 220], pattern: Pattern::Plain },
};
