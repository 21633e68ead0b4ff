//! Cells, tiles and rectangles: where things are.
//!
//! A *cell* is the unit of length, a *tile* is 16 x 16 cells. The origin is the bottom left corner of the
//! world, x grows to the right and y upwards.

use serde::{Deserialize, Serialize};

/// Cells along a tile's edge.
pub const TILE_CELLS: i32 = 16;
/// Cells in a tile.
pub const TILE_AREA: usize = (TILE_CELLS * TILE_CELLS) as usize;
/// The widest world, in cells: positions are 24 bits of Q12.
pub const WORLD_WIDTH_MAX: i32 = 4096;
/// The highest world, in cells: positions are 22 bits of Q12.
pub const WORLD_HEIGHT_MAX: i32 = 1024;

/// The size of a world in cells; both are multiples of [`TILE_CELLS`], at least one tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldSize {
    /// Width in cells, at most [`WORLD_WIDTH_MAX`].
    pub width: i32,
    /// Height in cells, at most [`WORLD_HEIGHT_MAX`].
    pub height: i32,
}

impl WorldSize {
    /// Checks both sides against the limits.
    pub fn new(width: i32, height: i32) -> Option<Self> {
        let good = |cells: i32, max: i32| cells >= TILE_CELLS && cells <= max && cells % TILE_CELLS == 0;
        (good(width, WORLD_WIDTH_MAX) && good(height, WORLD_HEIGHT_MAX)).then_some(Self { width, height })
    }

    /// Whether a size that came from outside is within the limits.
    pub fn is_valid(self) -> bool {
        Self::new(self.width, self.height).is_some()
    }

    /// The whole world as a rectangle.
    pub fn rect(self) -> Rect {
        Rect { x0: 0, y0: 0, x1: self.width, y1: self.height }
    }

    /// Tiles in a row of the world.
    pub fn tiles_x(self) -> i32 {
        self.width / TILE_CELLS
    }

    /// Rows of tiles.
    pub fn tiles_y(self) -> i32 {
        self.height / TILE_CELLS
    }
}

/// A half-open rectangle of cells: `x0 <= x < x1`, `y0 <= y < y1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rect {
    /// Left edge, inside.
    pub x0: i32,
    /// Bottom edge, inside.
    pub y0: i32,
    /// Right edge, outside.
    pub x1: i32,
    /// Top edge, outside.
    pub y1: i32,
}

impl Rect {
    /// A rectangle from its edges.
    pub const fn new(x0: i32, y0: i32, x1: i32, y1: i32) -> Self {
        Self { x0, y0, x1, y1 }
    }

    /// Width in cells; zero when empty.
    pub fn width(self) -> i32 {
        (self.x1 - self.x0).max(0)
    }

    /// Height in cells; zero when empty.
    pub fn height(self) -> i32 {
        (self.y1 - self.y0).max(0)
    }

    /// Cells inside.
    pub fn area(self) -> usize {
        self.width() as usize * self.height() as usize
    }

    /// Whether no cell lies inside.
    pub fn is_empty(self) -> bool {
        self.x1 <= self.x0 || self.y1 <= self.y0
    }

    /// Whether the cell lies inside.
    pub fn contains(self, x: i32, y: i32) -> bool {
        x >= self.x0 && x < self.x1 && y >= self.y0 && y < self.y1
    }

    /// The common part of both; empty when there is none.
    pub fn intersect(self, other: Self) -> Self {
        Self {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        }
    }

    /// The least rectangle around both.
    pub fn around(self, other: Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// Grown by `cells` on every side.
    pub fn grown(self, cells: i32) -> Self {
        Self { x0: self.x0 - cells, y0: self.y0 - cells, x1: self.x1 + cells, y1: self.y1 + cells }
    }
}
