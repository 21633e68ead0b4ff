//! What can be done with the stamp in hand: by keys, and by fingers, which have none.

use super::theme::{self, FINGER_POINTS};
use super::{Screen, place_of_choices};
use crate::panels::Panels;
use crate::tools::{Brush, Stamping, tool::Way};
use bevy::prelude::*;
use bevy_egui::egui;
use words::say;

/// Draws the choices while the tool is in hand: the shelf, and what turns, mirrors and drops what hangs at the pointer.
pub(super) fn show(ctx: Res<Screen>, brush: Res<Brush>, mut stamping: ResMut<Stamping>, mut panels: ResMut<Panels>) {
    if brush.tool.way() != Way::Stamp {
        return;
    }
    let (align, offset) = place_of_choices(&ctx.0);
    egui::Area::new("stamp".into()).anchor(align, offset).show(&ctx.0, |ui| {
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
