//! Takes water away.

use super::tool::{Deed, Hold, Tool, Veil, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};
use picture::field::Field;
use sim_kernels::command::Effect;

pub(super) const TOOL: Erase = Erase;

pub(super) struct Erase;

impl Tool for Erase {
    fn id(&self) -> &'static str {
        "erase"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit2
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let body = |a: f32, b: f32| {
            vec![
                at(rect, a, 0.62 - a * 0.62),
                at(rect, a + 0.38, 1.0 - a * 0.62),
                at(rect, b + 0.38, 1.0 - b * 0.62),
                at(rect, b, 0.62 - b * 0.62),
            ]
        };
        painter.add(Shape::convex_polygon(body(0.26, 0.62), ink, Line::NONE));
        painter.add(Shape::closed_line(body(0.02, 0.62), Line::new(rect.width() * 0.08, ink)));
        painter.line_segment([at(rect, 0.45, 0.99), at(rect, 1.0, 0.99)], Line::new(rect.width() * 0.08, ink));
    }

    fn effect(&self, _: Hold) -> Option<Effect> {
        Some(Effect::Erase)
    }

    fn deed(&self) -> Deed {
        Deed::Takes
    }

    fn veil(&self, _: u8) -> Veil {
        Veil { opacity: 0.30, ..Deed::Takes.veil() }
    }

    fn is_idle_at(&self, field: &Field, x: i32, y: i32) -> Option<&'static str> {
        field.is_solid(x, y).then_some("erase-not-walls")
    }
}
