//! Blows water apart.

use super::tool::{Deed, Hold, Tool, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Stroke as Line};
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command, Stroke};
use std::f32::consts::TAU;

/// Speed at the centre, Q15 cells a substep.
const SPEED: i32 = 14_000;
/// While it is held it repeats this often, in seconds.
const EVERY_S: f64 = 0.35;
/// The least that it reaches, in cells.
const REACH_MIN: i32 = 4;

pub(super) const TOOL: Burst = Burst;

pub(super) struct Burst;

impl Tool for Burst {
    fn id(&self) -> &'static str {
        "burst"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit6
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.1, ink);
        for i in 0..8 {
            let angle = TAU * i as f32 / 8.0;
            let reach = if i % 2 == 0 { 0.52 } else { 0.4 };
            let point = |r: f32| at(rect, 0.5 + r * angle.cos(), 0.5 + r * angle.sin());
            painter.line_segment([point(0.24), point(reach)], line);
        }
        painter.circle_filled(rect.center(), rect.width() * 0.13, ink);
    }

    fn command(&self, stroke: Stroke, _: Hold) -> Option<Command> {
        Some(Command::Explode { at: stroke.to, radius: stroke.radius, speed: SPEED })
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
