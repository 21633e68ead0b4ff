//! Sets a tap: it pours the material in hand for a while.

use super::source;
use super::tool::{Deed, Hold, Tool, Veil, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Stroke as Line};
use sim_kernels::command::{Command, Stroke};

pub(super) const TOOL: Tap = Tap;

pub(super) struct Tap;

impl Tool for Tap {
    fn id(&self) -> &'static str {
        "tap"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit9
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.16, ink);
        painter.line_segment([at(rect, 0.05, 0.34), at(rect, 0.7, 0.34)], line);
        painter.line_segment([at(rect, 0.7, 0.27), at(rect, 0.7, 0.6)], line);
        painter.line_segment([at(rect, 0.38, 0.34), at(rect, 0.38, 0.08)], line);
        painter.line_segment([at(rect, 0.22, 0.08), at(rect, 0.54, 0.08)], line);
        painter.circle_filled(at(rect, 0.7, 0.84), rect.width() * 0.11, ink);
    }

    fn command(&self, stroke: Stroke, hold: Hold) -> Option<Command> {
        Some(source::at(stroke, hold, hold.material, [0, 0]))
    }

    fn way(&self) -> Way {
        Way::Press
    }

    fn reach(&self, radius: i32) -> i32 {
        source::reach(radius)
    }

    fn takes_material(&self) -> bool {
        true
    }

    fn deed(&self) -> Deed {
        Deed::Adds
    }

    fn veil(&self, material: u8) -> Veil {
        Veil::of(material)
    }
}
