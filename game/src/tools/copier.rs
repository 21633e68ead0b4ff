//! Sets a spring that makes more of whatever lies in it.

use super::source;
use super::tool::{Deed, Hold, Tool, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy::math::Vec2;
use bevy_egui::egui::{Color32, Painter, Rect, Stroke as Line, StrokeKind};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::materials::COPY;

/// How fast it sends what it copies at least, in cells a second.
const SLOWEST: f32 = 15.0;

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
        // What it copies must leave it for more to come.
        let speed = if hold.speed.length() < SLOWEST { Vec2::new(0.0, -SLOWEST) } else { hold.speed };
        Some(source::at(stroke, Hold { speed, ..hold }, COPY as u8))
    }

    fn way(&self) -> Way {
        Way::Dab
    }

    fn reach(&self, radius: i32) -> i32 {
        source::reach(radius)
    }

    fn every_s(&self) -> f64 {
        source::ONE_A_PRESS_S
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }
}
