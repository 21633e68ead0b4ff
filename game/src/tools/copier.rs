//! Sets a spring that makes more of whatever lies in it.

use super::source;
use super::tool::{Deed, Hold, Tool, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Stroke as Line, StrokeKind};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::materials::COPY;

/// What it copies must leave it for more to come: 15 cells a second, downwards, Q15 cells a substep.
const VELOCITY: [i32; 2] = [0, -2000];

pub(super) const TOOL: Copier = Copier;

pub(super) struct Copier;

impl Tool for Copier {
    fn id(&self) -> &'static str {
        "copier"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit0
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.1, ink);
        for (x, y) in [(0.1, 0.1), (0.36, 0.36)] {
            let page = Rect::from_min_max(at(rect, x, y), at(rect, x + 0.54, y + 0.54));
            painter.rect_stroke(page, 2.0, line, StrokeKind::Middle);
        }
        painter.circle_filled(at(rect, 0.63, 0.63), rect.width() * 0.1, ink);
    }

    fn command(&self, stroke: Stroke, hold: Hold) -> Option<Command> {
        Some(source::at(stroke, hold, COPY as u8, VELOCITY))
    }

    fn way(&self) -> Way {
        Way::Press
    }

    fn reach(&self, radius: i32) -> i32 {
        source::reach(radius)
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }
}
