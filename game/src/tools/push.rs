//! Pushes water the way one drags.

use super::tool::{Deed, Hold, Tool, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};
use sim_kernels::command::{Effect, PUSH_MAX};

/// Velocities of commands are in cells a substep.
const SUBSTEPS_PER_SECOND: f32 = 240.0;
/// Q15.
const ONE: f32 = 32768.0;
/// A push gives this share of the pointer's own speed; it is repeated while the pointer moves.
const SHARE: f32 = 0.5;

pub(super) const TOOL: Push = Push;

pub(super) struct Push;

impl Tool for Push {
    fn id(&self) -> &'static str {
        "push"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit5
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.11, ink);
        for (y, from) in [(0.2, 0.16), (0.5, 0.0), (0.8, 0.16)] {
            painter.line_segment([at(rect, from, y), at(rect, 0.72, y)], line);
        }
        painter.add(Shape::line(vec![at(rect, 0.62, 0.12), at(rect, 1.0, 0.5), at(rect, 0.62, 0.88)], line));
    }

    fn effect(&self, hold: Hold) -> Option<Effect> {
        let speed = hold.speed / SUBSTEPS_PER_SECOND * ONE * SHARE;
        let velocity = [speed.x, speed.y].map(|v| (v as i32).clamp(-PUSH_MAX, PUSH_MAX));
        (velocity != [0, 0]).then_some(Effect::Push { velocity })
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }
}
