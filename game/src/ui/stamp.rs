//! What can be done with the stamp in hand: by keys, and by fingers, which have none.

use super::Screen;
use super::theme::{self, FINGER_POINTS};
use crate::panels::Panels;
use crate::tools::{Brush, Stamping, tool::Way};
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2};
use words::say;

/// Draws the choices while the tool is in hand: the shelf, and what turns, mirrors and drops what hangs at the pointer.
pub(super) fn show(ctx: Res<Screen>, brush: Res<Brush>, mut stamping: ResMut<Stamping>, mut panels: ResMut<Panels>) {
    if brush.tool.way() != Way::Stamp {
        return;
    }
    egui::Area::new("stamp".into()).anchor(Align2::CENTER_TOP, [0.0, 64.0]).show(&ctx.0, |ui| {
        // Not as narrow as it was while there was less to choose.
        ui.set_max_width(ctx.0.content_rect().width() - 40.0);
        theme::panel().show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                let button = |name: &str| egui::Button::new(say(name)).min_size(egui::vec2(0.0, FINGER_POINTS));
                if stamping.holds() {
                    if ui.add(button("stamp-turn")).clicked() {
                        stamping.turn();
                    }
                    if ui.add(button("stamp-mirror")).clicked() {
                        stamping.mirror();
                    }
                    if ui.add(button("stencil-drop")).clicked() {
                        stamping.drop_held();
                    }
                } else {
                    ui.label(say("stamp-drag"));
                }
                if ui.add(button("stamp-shelf")).clicked() {
                    panels.toggle_stamps();
                }
            });
        });
    });
}
