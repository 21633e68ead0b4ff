//! Takes hold of what is there: see [`super::dragging`].

use super::tool::{Deed, Tool, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};
use picture::field::Field;
use sim_kernels::command::BRUSH_RADIUS_MAX;
use sim_kernels::materials;

/// The least that it holds of what has no shape, in cells.
const REACH_MIN: i32 = 4;

pub(super) const TOOL: Drag = Drag;

pub(super) struct Drag;

impl Tool for Drag {
    fn id(&self) -> &'static str {
        "drag"
    }

    fn key(&self) -> KeyCode {
        KeyCode::KeyZ
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.1, ink);
        painter.circle_stroke(at(rect, 0.3, 0.7), rect.width() * 0.24, line);
        painter.line_segment([at(rect, 0.46, 0.54), at(rect, 0.9, 0.1)], line);
        painter.add(Shape::line(vec![at(rect, 0.6, 0.08), at(rect, 0.92, 0.08), at(rect, 0.92, 0.4)], line));
    }

    fn way(&self) -> Way {
        Way::Hold
    }

    fn reach(&self, radius: i32) -> i32 {
        (radius * 2).clamp(REACH_MIN, BRUSH_RADIUS_MAX)
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }

    fn is_idle_at(&self, field: &Field, x: i32, y: i32) -> Option<&'static str> {
        let stays =
            field.is_solid(x, y) || field.material_at(x, y).is_some_and(|code| materials::is_still(code.into()));
        stays.then_some("drag-stays")
    }
}
