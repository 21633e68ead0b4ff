//! Tells what lies below the pointer, and takes it in hand where one clicks.

use super::tool::{Deed, Tool, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};

pub(super) const TOOL: Probe = Probe;

pub(super) struct Probe;

impl Tool for Probe {
    fn id(&self) -> &'static str {
        "probe"
    }

    fn key(&self) -> KeyCode {
        KeyCode::KeyI
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.1, ink);
        painter.add(Shape::line(
            [(0.56, 0.3), (0.1, 0.76), (0.06, 0.94), (0.24, 0.9), (0.7, 0.44)].map(|(x, y)| at(rect, x, y)).to_vec(),
            line,
        ));
        painter.line_segment([at(rect, 0.5, 0.22), at(rect, 0.78, 0.5)], line);
        painter.circle_filled(at(rect, 0.82, 0.18), rect.width() * 0.17, ink);
    }

    fn way(&self) -> Way {
        Way::Look
    }

    fn reach(&self, _: i32) -> i32 {
        0
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }
}
