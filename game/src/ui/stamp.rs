//! What can be done with the stamp in hand: by keys, and by fingers, which have none.

use super::Screen;
use super::theme::{self, FINGER_POINTS};
use crate::tools::{Brush, Stamping, tool::Way};
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2};
use words::say;

/// Draws the choices while something hangs at the pointer.
pub(super) fn show(ctx: Res<Screen>, brush: Res<Brush>, mut stamping: ResMut<Stamping>) {
    if !stamping.holds() || brush.tool.way() != Way::Stamp {
        return;
    }
    egui::Area::new("stamp".into()).anchor(Align2::CENTER_TOP, [0.0, 64.0]).show(&ctx.0, |ui| {
        theme::panel().show(ui, |ui| {
            ui.horizontal(|ui| {
                let mut pressed = |name: &str| {
                    ui.add(egui::Button::new(say(name)).min_size(egui::vec2(0.0, FINGER_POINTS))).clicked()
                };
                if pressed("stamp-turn") {
                    stamping.turn();
                }
                if pressed("stamp-mirror") {
                    stamping.mirror();
                }
                if pressed("stencil-drop") {
                    stamping.drop_held();
                }
            });
        });
    });
}
