//! Pours the material in hand.

use super::tool::{Deed, Hold, Tool, Veil, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke as Line};
use picture::field::Field;
use sim_kernels::command::Effect;
use std::f32::consts::TAU;

/// Coverage, of 128, from which on there is no room for more.
const FULL: u8 = 120;

pub(super) const TOOL: Pour = Pour;

pub(super) struct Pour;

impl Tool for Pour {
    fn id(&self) -> &'static str {
        "pour"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit1
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        let mut outline = vec![at(rect, 0.5, 0.0)];
        outline.extend((0..=20).map(|i| {
            let angle = -0.55 + (TAU / 2.0 + 1.1) * i as f32 / 20.0;
            at(rect, 0.5 + 0.36 * angle.cos(), 0.63 + 0.36 * angle.sin())
        }));
        painter.add(Shape::convex_polygon(outline, ink, Line::NONE));
    }

    fn effect(&self, hold: Hold) -> Option<Effect> {
        Some(Effect::Pour { material: hold.material, velocity: [0, 0] })
    }

    fn takes_material(&self) -> bool {
        true
    }

    fn deed(&self) -> Deed {
        Deed::Adds
    }

    fn veil(&self, material: u8) -> Veil {
        Veil::of(material)
    }

    fn acts_on(&self, field: &Field, x: i32, y: i32) -> bool {
        !field.is_solid(x, y) && field.coverage_at(x, y) < FULL
    }

    fn is_idle_at(&self, field: &Field, x: i32, y: i32) -> Option<&'static str> {
        field.is_solid(x, y).then_some("pour-not-into-walls")
    }
}
