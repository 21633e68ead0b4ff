//! Turns what is there round and round.

use super::tool::{Deed, Hold, Tool, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command, Stroke};
use std::f32::consts::TAU;

/// By how much at once in the middle, Q15 cells a substep, to the left.
const SPEED: i32 = 2_400;
/// While it is held it repeats this often, in seconds.
const EVERY_S: f64 = 0.05;
/// The least that it reaches, in cells.
const REACH_MIN: i32 = 6;

pub(super) const TOOL: Vortex = Vortex;

pub(super) struct Vortex;

impl Tool for Vortex {
    fn id(&self) -> &'static str {
        "vortex"
    }

    fn key(&self) -> KeyCode {
        KeyCode::KeyO
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.1, ink);
        let spiral = (0..=30).map(|i| {
            let (angle, r) = (TAU * 1.6 * i as f32 / 30.0, 0.06 + 0.42 * i as f32 / 30.0);
            at(rect, 0.5 + r * angle.cos(), 0.5 - r * angle.sin())
        });
        painter.add(Shape::line(spiral.collect(), line));
    }

    fn command(&self, stroke: Stroke, _: Hold) -> Option<Command> {
        Some(Command::Swirl { at: stroke.to, radius: stroke.radius, speed: SPEED })
    }

    fn way(&self) -> Way {
        Way::Dab
    }

    fn reach(&self, radius: i32) -> i32 {
        (radius * 2).clamp(REACH_MIN, BRUSH_RADIUS_MAX)
    }

    fn every_s(&self) -> f64 {
        EVERY_S
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }
}
