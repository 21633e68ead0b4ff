//! Draws walls.

use super::tool::{Deed, Hold, Proof, Tool, at};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Color32, Painter, Rect};
use sim_kernels::command::Effect;

pub(super) const TOOL: Wall = Wall;

pub(super) struct Wall;

impl Tool for Wall {
    fn id(&self) -> &'static str {
        "wall"
    }

    fn key(&self) -> KeyCode {
        KeyCode::Digit3
    }

    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32) {
        for (y, shift) in [(0.08, 0.0), (0.38, -0.25), (0.68, 0.0)] {
            for x in [shift, shift + 0.52, shift + 1.04] {
                let brick = Rect::from_min_max(at(rect, x, y), at(rect, x + 0.46, y + 0.24)).intersect(rect);
                if brick.is_positive() {
                    painter.rect_filled(brick, 1.5, ink);
                }
            }
        }
    }

    fn effect(&self, _: Hold) -> Option<Effect> {
        Some(Effect::Wall { solid: true })
    }

    fn proof(&self) -> Proof {
        Proof::Terrain(true)
    }

    fn deed(&self) -> Deed {
        Deed::Adds
    }
}
