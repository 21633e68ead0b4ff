//! Cools what is there, until it freezes.

use super::heat::{BY, EVERY_S};
use super::tool::{Deed, Hold, Tool, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Stroke as Line};
use sim_kernels::command::Effect;
use std::f32::consts::TAU;

pub(super) const TOOL: Cool = Cool;

pub(super) struct Cool;

impl Tool for Cool {
    fn id(&self) -> &'static str {
        "cool"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit8
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let line = Line::new(rect.width() * 0.08, ink);
        for i in 0..6 {
            let angle = TAU * (i as f32 + 0.5) / 6.0;
            let point = |r: f32, turn: f32| at(rect, 0.5 + r * (angle + turn).cos(), 0.5 + r * (angle + turn).sin());
            painter.line_segment([point(0.0, 0.0), point(0.5, 0.0)], line);
            painter.line_segment([point(0.28, 0.0), point(0.42, 0.5)], line);
            painter.line_segment([point(0.28, 0.0), point(0.42, -0.5)], line);
        }
    }

    fn effect(&self, _: Hold) -> Option<Effect> {
        Some(Effect::Warm { by: -BY })
    }

    fn every_s(&self) -> f64 {
        EVERY_S
    }

    fn deed(&self) -> Deed {
        Deed::Moves
    }
}
