//! Cuts walls away.

use super::tool::{Deed, Hold, Proof, Tool, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke as Line};
use picture::field::Field;
use sim_kernels::command::Effect;

pub(super) const TOOL: Dig = Dig;

pub(super) struct Dig;

impl Tool for Dig {
    fn id(&self) -> &'static str {
        "dig"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit4
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.12, ink);
        painter.line_segment([at(rect, 0.06, 0.96), at(rect, 0.72, 0.3)], line);
        let head: Vec<Pos2> = (0..=12)
            .map(|i| {
                let angle = -2.45 + 1.75 * i as f32 / 12.0 + 0.8;
                at(rect, 0.36 + 0.62 * angle.cos(), 0.68 + 0.62 * angle.sin())
            })
            .collect();
        painter.add(Shape::line(head, line));
    }

    fn effect(&self, _: Hold) -> Option<Effect> {
        Some(Effect::Wall { solid: false })
    }

    fn proof(&self) -> Proof {
        Proof::Terrain(false)
    }

    fn deed(&self) -> Deed {
        Deed::Takes
    }

    fn acts_on(&self, field: &Field, x: i32, y: i32) -> bool {
        field.is_solid(x, y)
    }
}
