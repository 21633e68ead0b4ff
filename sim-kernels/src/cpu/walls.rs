//! Walls by mirror images. Twin: `shader/shared/walls.wgsl`.
//!
//! A wall is where an open cell's face meets a solid cell. To the particles in that open cell the liquid
//! goes on behind the face, mirrored: what a particle would scatter to the solid cell's node goes to the
//! node's image, with the velocity across the face turned round; and where it would gather from the solid
//! cell's node it takes the image's, turned round likewise, and slowed along the face by friction. So the
//! density is right up to the wall, the velocity across it vanishes at the face itself, the pressure does
//! not crowd particles against it, and a wall of a single cell keeps its two sides apart. (Nodes in the
//! solid that merely lose their velocity leave the outermost half of a cell too dense and too stiff, and the
//! imbalance drives a circulation along the walls that never dies.) Images are found within a particle's
//! own stencil, so the halo grows by nothing.

use crate::constants::FRICTION;
use crate::fixed::rs;

/// The solid ones of 3 x 3 cells, bit `3 (oy + 1) + ox + 1`; bit 4 is the middle.
pub type SolidMask = u32;

/// The middle's own bit.
pub const OWN: SolidMask = 1 << 4;

/// Where node `k` of a stencil is mirrored to, and whether across x and across y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// The node that stands for it.
    pub k: usize,
    /// The x component changes its sign.
    pub turn_x: bool,
    /// The y component changes its sign.
    pub turn_y: bool,
}

/// The image of node `k` for a particle whose cell has these solid cells around it.
///
/// A solid cell at a corner that sticks out between two open cells has no face here: its node stands for
/// itself, and the grid stage takes the velocity into the corner away.
#[inline(always)]
pub fn image(k: usize, solid: SolidMask) -> Image {
    let (column, row) = (k % 3, k / 3);
    let itself = Image { k, turn_x: false, turn_y: false };
    if k == 4 || solid >> k & 1 == 0 {
        return itself;
    }
    // The nodes of the own column in this row, and of the own row in this column.
    let (beside, above) = (3 * row + 1, 3 + column);
    if beside == k {
        return Image { k: 4, turn_x: false, turn_y: true };
    }
    if above == k {
        return Image { k: 4, turn_x: true, turn_y: false };
    }
    match (solid >> beside & 1 != 0, solid >> above & 1 != 0) {
        (true, true) => Image { k: 4, turn_x: true, turn_y: true },
        (false, true) => Image { k: beside, turn_x: true, turn_y: false },
        (true, false) => Image { k: above, turn_x: false, turn_y: true },
        (false, false) => itself,
    }
}

/// The images of all nine nodes for particles with the same solid cells around theirs: many in a row have, so that they are found
/// once.
#[derive(Clone, Copy, Debug)]
pub struct Images {
    solid: SolidMask,
    nine: [Image; 9],
}

impl Default for Images {
    fn default() -> Self {
        Self { solid: 0, nine: std::array::from_fn(|k| image(k, 0)) }
    }
}

impl Images {
    /// Those among these solid cells.
    #[inline(always)]
    pub fn among(&mut self, solid: SolidMask) -> &[Image; 9] {
        if solid != self.solid {
            *self = Self { solid, nine: std::array::from_fn(|k| image(k, solid)) };
        }
        &self.nine
    }
}

impl Image {
    /// A scattered momentum as the image receives it. A wall that holds turns all of it round: the two together are at
    /// rest there, so it carries shear.
    #[inline(always)]
    pub fn scattered(self, momentum: [i32; 2], holds: bool) -> [i32; 2] {
        if holds && (self.turn_x || self.turn_y) {
            return [-momentum[0], -momentum[1]];
        }
        [if self.turn_x { -momentum[0] } else { momentum[0] }, if self.turn_y { -momentum[1] } else { momentum[1] }]
    }

    /// The image's velocity as a particle gathers it.
    #[inline(always)]
    pub fn gathered(self, v: [i32; 2], holds: bool) -> [i32; 2] {
        if holds && (self.turn_x || self.turn_y) {
            return [-v[0], -v[1]];
        }
        let slowed = |v: i32| v - rs(v * FRICTION, 8);
        match (self.turn_x, self.turn_y) {
            (false, false) => v,
            (true, false) => [-v[0], slowed(v[1])],
            (false, true) => [slowed(v[0]), -v[1]],
            (true, true) => [-v[0], -v[1]],
        }
    }
}
