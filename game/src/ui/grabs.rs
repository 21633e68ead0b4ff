//! What people hold: a ring around it in their colour, and a line to where they take it.

use super::{Screen, hands};
use crate::camera::Viewport;
use crate::session::{RoomGlobals, RoomStatus};
use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, Stroke};
use room::api::PeerId;
use sim_kernels::constants::POS_HALF;
use sim_kernels::grabs::Grab;

/// What is drawn is at most so many ticks ahead of what the room told.
const AHEAD_MAX: f64 = 12.0;

/// Draws below all windows.
pub(super) fn show(
    ctx: Res<Screen>,
    globals: Res<RoomGlobals>,
    status: Res<RoomStatus>,
    viewport: Res<Viewport>,
    time: Res<Time>,
    // The room's tick, and since when it goes on from there.
    mut told: Local<(u64, f64)>,
) {
    let Some(globals) = globals.0.as_ref() else { return };
    let now = time.elapsed_secs_f64();
    if told.0 != globals.tick || status.0.paused {
        *told = (globals.tick, now);
    }
    if globals.grabs.is_empty() {
        return;
    }
    let viewport = ctx.view(&viewport);
    let painter = ctx.0.layer_painter(egui::LayerId::background());
    // The room tells some times a second: in between they go on as they do there, as fast as its tempo is.
    let ahead = ((now - told.1) * status.0.tempo.ticks_a_second() as f64).min(AHEAD_MAX);
    for grab in globals.grabs.iter() {
        let grab = (0..ahead as u32).fold(*grab, |grab, _| grab.moved(globals.size()));
        let (_, ink) = hands::person(&status.0, Some(PeerId(grab.by)));
        draw(&painter, &viewport, &grab, ink);
    }
}

/// One of them.
fn draw(painter: &egui::Painter, viewport: &Viewport, grab: &Grab, ink: Color32) {
    let on_screen = |x: f32, y: f32| {
        let at = viewport.to_screen(Vec2::new(x, y));
        egui::pos2(at.x, at.y)
    };
    let [x, y] = grab.centre.map(|c| c as f32 / (2 * POS_HALF) as f32);
    let (centre, to) = (on_screen(x, y), on_screen(grab.to[0] as f32 + 0.5, grab.to[1] as f32 + 0.5));
    let radius = (grab.radius as f32 + 0.5) / viewport.cells_per_pixel;
    painter.circle_filled(centre, radius, ink.gamma_multiply(0.06));
    painter.circle_stroke(centre, radius, Stroke::new(1.4, ink.gamma_multiply(0.8)));
    painter.line_segment([centre, to], Stroke::new(3.6, Color32::from_black_alpha(90)));
    painter.line_segment([centre, to], Stroke::new(1.8, ink));
    painter.circle_filled(centre, 3.0, ink);
}
