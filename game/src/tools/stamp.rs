//! Copies a rectangle of the world with everything in it, and pastes it elsewhere: see [`super::stamping`].

use super::tool::{Deed, Tool, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Stroke as Line, StrokeKind};

pub(super) const TOOL: Stamps = Stamps;

pub(super) struct Stamps;

impl Tool for Stamps {
    fn id(&self) -> &'static str {
        "stamp"
    }

    fn key(&self) -> KeyCode {
        KeyCode::KeyY
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.09, ink);
        let square = |from: f32, to: f32| Rect::from_two_pos(at(rect, from, from), at(rect, to, to));
        painter.rect_stroke(square(0.1, 0.6), 2.0, line, StrokeKind::Middle);
        painter.rect_filled(square(0.38, 0.9), 2.0, ink);
    }

    fn way(&self) -> Way {
        Way::Stamp
    }

    fn reach(&self, _: i32) -> i32 {
        0
    }

    fn deed(&self) -> Deed {
        Deed::Adds
    }
}
