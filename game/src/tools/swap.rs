//! Makes of the material on which it was put down the one in hand.

use super::tool::{Deed, Hold, Tool, Veil, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};
use sim_kernels::command::Effect;

pub(super) const TOOL: Swap = Swap;

pub(super) struct Swap;

impl Tool for Swap {
    fn id(&self) -> &'static str {
        "swap"
    }

    fn key(&self) -> KeyCode {
        KeyCode::KeyU
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.1, ink);
        painter.circle_stroke(at(rect, 0.22, 0.78), rect.width() * 0.2, line);
        painter.circle_filled(at(rect, 0.78, 0.22), rect.width() * 0.24, ink);
        for points in [[(0.1, 0.42), (0.16, 0.16), (0.42, 0.1)], [(0.9, 0.58), (0.84, 0.84), (0.58, 0.9)]] {
            painter.add(Shape::line(points.map(|(x, y)| at(rect, x, y)).to_vec(), line));
        }
    }

    fn effect(&self, hold: Hold) -> Option<Effect> {
        let from = hold.below.filter(|&from| from != hold.material)?;
        Some(Effect::Replace { from, to: hold.material })
    }

    fn takes_material(&self) -> bool {
        true
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }

    fn veil(&self, material: u8) -> Veil {
        Veil { opacity: 0.2, ..Veil::of(material) }
    }
}
