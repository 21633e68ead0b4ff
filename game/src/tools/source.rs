//! What the tools that set an emitter have in common.

use super::tool::Hold;
use sim_kernels::command::{Command, Emitter, Stroke};
use sim_kernels::geom::Rect;

/// How long it goes on, in ticks: two minutes.
const TICKS: u64 = 120 * 60;
/// The most cells from its middle to its edge.
const REACH_MAX: i32 = 4;

/// How far it reaches with a brush of a radius.
pub(super) fn reach(radius: i32) -> i32 {
    radius.clamp(0, REACH_MAX)
}

/// An emitter of a material where the stroke ends, and how fast it pours, Q15 cells a substep.
pub(super) fn at(stroke: Stroke, hold: Hold, material: u8, velocity: [i32; 2]) -> Command {
    let ([x, y], r) = (stroke.to, stroke.radius);
    let rect = Rect::new(x - r, y - r, x + r + 1, y + r + 1);
    Command::Emit(Emitter { rect, velocity, material, until: hold.tick + TICKS })
}
