//! What a player (or a scene) does to the world. Commands act in log order at the start of their tick,
//! cell by cell, on that cell's particles, terrain and the command alone: that is what lets every shard
//! apply them without asking another.

use crate::geom::{Rect, WorldSize};
use serde::{Deserialize, Serialize};

/// The largest brush radius, in cells.
pub const BRUSH_RADIUS_MAX: i32 = 48;
/// The longest stroke segment, in cells along either axis.
pub const STROKE_MAX: i32 = 256;
/// The strongest gravity along either axis, Q15 cells a substep squared.
pub const GRAVITY_MAX: i32 = 512;
/// The fastest push, Q15 cells a substep.
pub const PUSH_MAX: i32 = 16384;
/// The most emitters and drains that a world holds at once.
pub const SOURCES_MAX: usize = 64;

/// A capsule of cells: every cell whose centre is within `radius` of the segment from `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stroke {
    /// Start, in cells.
    pub from: [i32; 2],
    /// End, in cells; equal to `from` for a dab.
    pub to: [i32; 2],
    /// Radius in cells, 0 to [`BRUSH_RADIUS_MAX`]; 0 is a single cell wide.
    pub radius: i32,
}

/// A standing source of particles, part of the digested state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emitter {
    /// Cells that are kept filled.
    pub rect: Rect,
    /// Initial velocity, Q15 cells a substep.
    pub velocity: [i32; 2],
    /// Material code.
    pub material: u8,
    /// The tick at which it ends and is forgotten.
    pub until: u64,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Command {
    /// Fill the stroke's cells up to rest density, where they are not solid.
    Pour {
        /// Where.
        stroke: Stroke,
        /// What.
        material: u8,
        /// Initial velocity, Q15 cells a substep.
        velocity: [i32; 2],
    },
    /// Remove the particles in the stroke's cells.
    Erase(Stroke),
    /// Make cells solid (and remove the particles in them) or open again.
    Wall {
        /// Where.
        stroke: Stroke,
        /// Solid, or open.
        solid: bool,
    },
    /// Add a velocity to the particles in the stroke's cells.
    Push {
        /// Where.
        stroke: Stroke,
        /// Q15 cells a substep, each at most [`PUSH_MAX`] in size.
        velocity: [i32; 2],
    },
    /// Push away from a centre, weaker towards the rim.
    Explode {
        /// Centre, in cells.
        at: [i32; 2],
        /// Radius in cells, at most [`BRUSH_RADIUS_MAX`].
        radius: i32,
        /// Speed at the centre, Q15 cells a substep, at most [`PUSH_MAX`].
        speed: i32,
    },
    /// Set gravity, Q15 cells a substep squared, each at most [`GRAVITY_MAX`] in size.
    Gravity([i32; 2]),
    /// Remove all particles; terrain stays.
    Clear,
    /// Add an emitter.
    Emit(Emitter),
    /// Add a drain: particles in it are removed at every tick.
    Drain {
        /// Cells.
        rect: Rect,
        /// The tick at which it ends.
        until: u64,
    },
    /// Fill a rectangle of cells at rest density (scenes use it), where they are not solid.
    Fill {
        /// Cells.
        rect: Rect,
        /// What.
        material: u8,
    },
}

impl Stroke {
    /// Whether everything is within the limits and the world's neighbourhood.
    pub fn is_valid(&self, world: WorldSize) -> bool {
        let near = |p: [i32; 2]| {
            let reach = world.rect().grown(BRUSH_RADIUS_MAX);
            reach.contains(p[0], p[1])
        };
        near(self.from)
            && near(self.to)
            && (0..=BRUSH_RADIUS_MAX).contains(&self.radius)
            && (0..2).all(|k| (self.to[k] - self.from[k]).abs() <= STROKE_MAX)
    }
}

impl Command {
    /// Whether a command that came from outside is within every limit; others are refused, never clamped.
    pub fn is_valid(&self, world: WorldSize) -> bool {
        let velocity_ok = |v: &[i32; 2]| v.iter().all(|c| c.unsigned_abs() <= PUSH_MAX as u32);
        let rect_ok = |r: &Rect| {
            let w = world.rect();
            !r.is_empty() && r.x0 >= w.x0 && r.y0 >= w.y0 && r.x1 <= w.x1 && r.y1 <= w.y1
        };
        let material_ok = |m: u8| crate::materials::is_known(u32::from(m));
        match self {
            Self::Pour { stroke, material, velocity } => {
                stroke.is_valid(world) && material_ok(*material) && velocity_ok(velocity)
            }
            Self::Erase(stroke) | Self::Wall { stroke, .. } => stroke.is_valid(world),
            Self::Push { stroke, velocity } => stroke.is_valid(world) && velocity_ok(velocity),
            Self::Explode { at, radius, speed } => {
                world.rect().grown(BRUSH_RADIUS_MAX).contains(at[0], at[1])
                    && (1..=BRUSH_RADIUS_MAX).contains(radius)
                    && (0..=PUSH_MAX).contains(speed)
            }
            Self::Gravity(g) => g.iter().all(|c| c.unsigned_abs() <= GRAVITY_MAX as u32),
            Self::Clear => true,
            Self::Emit(e) => {
                rect_ok(&e.rect) && e.rect.area() <= 4096 && velocity_ok(&e.velocity) && material_ok(e.material)
            }
            Self::Drain { rect, .. } => rect_ok(rect),
            Self::Fill { rect, material } => rect_ok(rect) && material_ok(*material),
        }
    }
}
