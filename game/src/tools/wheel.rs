//! Places a wheel that turns, whatever pushes it.

use super::tool::{Deed, Hold, Tool, Way, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Stroke as Line};
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command, Stroke, Wheel};
use sim_kernels::materials::family::carried::{RATE_MAX, RIM_MAX};
use std::f32::consts::TAU;

/// The smallest, in cells: with a smaller one there is no room between the vanes.
const RADIUS_MIN: i32 = 8;
/// Its vanes.
const VANES: i32 = 4;

pub(super) const TOOL: Turns = Turns;

pub(super) struct Turns;

impl Tool for Turns {
    fn id(&self) -> &'static str {
        "wheel"
    }

    fn key(&self) -> KeyCode {
        KeyCode::KeyG
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.09, ink);
        for i in 0..6 {
            let angle = TAU * i as f32 / 6.0;
            painter.line_segment([rect.center(), at(rect, 0.5 + 0.5 * angle.cos(), 0.5 + 0.5 * angle.sin())], line);
        }
        painter.circle_stroke(rect.center(), rect.width() * 0.34, line);
        painter.circle_filled(rect.center(), rect.width() * 0.13, ink);
    }

    /// To the right, its rim at a quarter of a cell a substep.
    fn command(&self, stroke: Stroke, _: Hold) -> Option<Command> {
        let rate = -(RIM_MAX / 2 / stroke.radius.max(1)).min(RATE_MAX);
        Some(Command::Turn(Wheel { centre: stroke.to, radius: stroke.radius, vanes: VANES, rate }))
    }

    fn way(&self) -> Way {
        Way::Press
    }

    fn reach(&self, radius: i32) -> i32 {
        (radius * 2).clamp(RADIUS_MIN, BRUSH_RADIUS_MAX)
    }

    fn deed(&self) -> Deed {
        Deed::Adds
    }
}
