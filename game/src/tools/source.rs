//! What the tools that set an emitter have in common.

use super::tool::Hold;
use sim_kernels::command::{Command, Emitter, Stroke};
use sim_kernels::constants::SUBSTEPS;
use sim_kernels::geom::Rect;

/// One a press: while it is held it repeats only after so many seconds.
pub(super) const ONE_A_PRESS_S: f64 = 3600.0;
/// How long it goes on, in ticks: two minutes.
const TICKS: u64 = 120 * 60;
/// The most cells from its middle to its edge.
const REACH_MAX: i32 = 4;
/// Cells a second in Q15 cells a substep.
const SPEED: f32 = 32768.0 / (60 * SUBSTEPS) as f32;
/// The fastest that it pours, Q15 cells a substep.
const SPEED_MAX: f32 = 12_000.0;

/// How far it reaches with a brush of a radius.
pub(super) fn reach(radius: i32) -> i32 {
    radius.clamp(0, REACH_MAX)
}

/// An emitter of a material where the stroke ends, which pours the way that the hand goes.
pub(super) fn at(stroke: Stroke, hold: Hold, material: u8) -> Command {
    let ([x, y], r) = (stroke.to, stroke.radius);
    let speed = (hold.speed * SPEED).clamp_length_max(SPEED_MAX);
    let velocity = [speed.x as i32, speed.y as i32];
    let rect = Rect::new(x - r, y - r, x + r + 1, y + r + 1);
    Command::Emit(Emitter { rect, velocity, material, until: hold.tick + TICKS })
}
