//! The brush over the world: a ring as large as what the tool reaches, sharp at any resolution of the picture
//! below it, and full while it is pressed.

use super::Screen;
use crate::camera::Viewport;
use crate::pointer::Pointer;
use crate::tools::Brush;
use bevy::prelude::*;
use bevy_egui::egui;
use egui::{Color32, Stroke};

/// The ring is never smaller than this, in points: a single cell far away must still be seen.
const RADIUS_POINTS_MIN: f32 = 3.0;

/// Draws the ring below all windows.
pub(super) fn show(ctx: Res<Screen>, brush: Res<Brush>, pointer: Res<Pointer>, viewport: Res<Viewport>) {
    let (Some(_), Some(at)) = (brush.at, pointer.at) else { return };
    let painter = ctx.0.layer_painter(egui::LayerId::background());
    let cells = brush.tool.reach(brush.radius) as f32 + 0.5;
    let radius = (cells / viewport.cells_per_pixel).max(RADIUS_POINTS_MIN);
    let centre = egui::pos2(at.x, at.y);
    let ink = brush.tool.deed().ink();
    let (fill, width) = if pointer.pressed { (0.16, 2.2) } else { (0.07, 1.4) };
    painter.circle_filled(centre, radius, ink.gamma_multiply(fill));
    painter.circle_stroke(centre, radius, Stroke::new(width + 2.0, Color32::from_black_alpha(90)));
    painter.circle_stroke(centre, radius, Stroke::new(width, ink));
}
