//! Blows from where it was put down to where the pointer is, as long as it is held.

use super::tool::{Deed, Hold, Tool, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};
use sim_kernels::command::Effect;
use std::f32::consts::TAU;

/// By how much at once, Q15 cells a substep: twice as much as gravity pulls down meanwhile.
const SPEED: f32 = 2_000.0;
/// While it is held it repeats this often, in seconds.
const EVERY_S: f64 = 0.05;

pub(super) const TOOL: Wind = Wind;

pub(super) struct Wind;

impl Tool for Wind {
    fn id(&self) -> &'static str {
        "wind"
    }

    fn key(&self) -> KeyCode {
        KeyCode::KeyL
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.1, ink);
        for (y, end, size, side) in [(0.34, 0.62, 0.15, -1.0), (0.52, 0.84, 0.16, -1.0), (0.7, 0.5, 0.14, 1.0)] {
            let curl = (0..=12).map(|i| {
                let angle = TAU * (0.25 - 0.7 * i as f32 / 12.0);
                at(rect, end + size * angle.cos(), y + side * size - side * size * angle.sin())
            });
            painter.add(Shape::line([at(rect, 0.0, y)].into_iter().chain(curl).collect(), line));
        }
    }

    fn effect(&self, hold: Hold) -> Option<Effect> {
        let velocity = hold.pull.normalize_or_zero() * SPEED;
        let velocity = [velocity.x, velocity.y].map(|v| v as i32);
        (velocity != [0, 0]).then_some(Effect::Push { velocity })
    }

    fn way(&self) -> Way {
        Way::Pull
    }

    fn every_s(&self) -> f64 {
        EVERY_S
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }
}
