//! Takes away one material alone: that on which it was put down, or that in hand where nothing was.

use super::tool::{Deed, Hold, Tool, Veil, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};
use picture::field::{Field, SOME};
use sim_kernels::command::Effect;

pub(super) const TOOL: Only = Only;

pub(super) struct Only;

impl Tool for Only {
    fn id(&self) -> &'static str {
        "only"
    }

    fn key(&self) -> KeyCode {
        KeyCode::KeyX
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.1, ink);
        for (x, y) in [(0.2, 0.24), (0.8, 0.24), (0.2, 0.8)] {
            painter.circle_stroke(at(rect, x, y), rect.width() * 0.15, line);
        }
        for [from, to] in [[(0.6, 0.6), (1.0, 1.0)], [(1.0, 0.6), (0.6, 1.0)]] {
            painter.add(Shape::line(vec![at(rect, from.0, from.1), at(rect, to.0, to.1)], line));
        }
    }

    fn effect(&self, hold: Hold) -> Option<Effect> {
        Some(Effect::Take { material: hold.below.unwrap_or(hold.material) })
    }

    fn deed(&self) -> Deed {
        Deed::Takes
    }

    fn veil(&self, _: u8) -> Veil {
        Veil { opacity: 0.16, ..Deed::Takes.veil() }
    }

    fn acts_on(&self, field: &Field, x: i32, y: i32) -> bool {
        field.coverage_at(x, y) >= SOME
    }
}
