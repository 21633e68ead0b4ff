//! Warms what is there, until it melts or boils.

use super::tool::{Deed, Hold, Tool, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};
use sim_kernels::command::Effect;

/// By how much at once, in sixteenths of a degree of water: 25 degrees.
pub(super) const BY: i32 = 400;
/// While it is held it repeats this often, in seconds.
pub(super) const EVERY_S: f64 = 0.1;

pub(super) const TOOL: Heat = Heat;

pub(super) struct Heat;

impl Tool for Heat {
    fn id(&self) -> &'static str {
        "heat"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit7
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.09, ink);
        let flame = [
            (0.5, 0.0),
            (0.72, 0.3),
            (0.84, 0.58),
            (0.76, 0.84),
            (0.5, 1.0),
            (0.24, 0.84),
            (0.16, 0.58),
            (0.34, 0.42),
            (0.42, 0.2),
        ];
        painter.add(Shape::closed_line(flame.map(|(x, y)| at(rect, x, y)).to_vec(), line));
        painter.circle_filled(at(rect, 0.5, 0.74), rect.width() * 0.13, ink);
    }

    fn effect(&self, _: Hold) -> Option<Effect> {
        Some(Effect::Warm { by: BY })
    }

    fn every_s(&self) -> f64 {
        EVERY_S
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }
}
