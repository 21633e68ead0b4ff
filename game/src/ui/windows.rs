//! Scene picker, help with the first-run hint, and the question about lending.

use super::{Panels, side_window, theme};
use crate::keys::SHORTCUTS;
use crate::link::{self, Link};
use crate::settings::Settings;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

/// The scene picker.
pub(super) fn scenes(mut contexts: EguiContexts, mut panels: ResMut<Panels>, link: Res<Link>) -> Result {
    if !panels.scenes {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let mut open = true;
    let mut chosen = false;
    egui::Window::new("Scenes")
        .open(&mut open)
        .anchor(egui::Align2::CENTER_CENTER, [0.0, 0.0])
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            ui.label(theme::quiet("A new scene replaces the world for everyone in the room."));
            for (name, title) in link::scenes() {
                let button = egui::Button::new(title.as_str()).min_size(egui::vec2(260.0, 34.0));
                if ui.add(button).clicked() {
                    link.load(&name);
                    chosen = true;
                }
            }
        });
    panels.scenes = open && !chosen;
    Ok(())
}

/// Help; shown once by itself.
pub(super) fn help(mut contexts: EguiContexts, mut panels: ResMut<Panels>, mut settings: ResMut<Settings>) -> Result {
    let ctx = contexts.ctx_mut()?;
    if !settings.hint_seen && settings.lend.is_some() {
        hint(ctx, &mut settings);
    }
    if !panels.help {
        return Ok(());
    }
    let mut open = true;
    side_window(ctx, "Help", &mut open).show(ctx, |ui| {
        ui.label("One finger, or the left button, is the tool. Two fingers, or the right button, move the view; pinch or wheel to zoom.");
        ui.add_space(4.0);
        egui::Grid::new("keys").num_columns(2).spacing([18.0, 4.0]).show(ui, |ui| {
            for (key, what) in SHORTCUTS {
                ui.label(egui::RichText::new(key).color(theme::ACCENT));
                ui.label(what);
                ui.end_row();
            }
        });
    });
    panels.help = open;
    Ok(())
}

fn hint(ctx: &egui::Context, settings: &mut Settings) {
    egui::Area::new("hint".into()).anchor(egui::Align2::CENTER_TOP, [0.0, 74.0]).show(ctx, |ui| {
        theme::panel().show(ui, |ui| {
            ui.set_max_width((ctx.content_rect().width() - 60.0).min(420.0));
            ui.horizontal_wrapped(|ui| {
                ui.label("Press and drag to pour. Choose other tools below; invite friends at the top right.");
                if ui.button("Got it").clicked() {
                    settings.hint_seen = true;
                }
            });
        });
    });
}

/// Asks once whether this device may compute for the room.
pub(super) fn question(mut contexts: EguiContexts, mut settings: ResMut<Settings>, link: Res<Link>) -> Result {
    if settings.lend.is_some() || link.is_solo() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    egui::Window::new("Share the work?")
        .anchor(egui::Align2::CENTER_CENTER, [0.0, 0.0])
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            ui.set_max_width((ctx.content_rect().width() - 60.0).min(380.0));
            ui.label("The people in a room compute its water together. May Tidepool use this device's graphics processor, or its CPU where there is none, for a part of it?");
            ui.label(theme::quiet("It takes power while you are in the room. You can switch it off at any time under \u{201c}Room\u{201d}; you then play and watch."));
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let yes = egui::Button::new(egui::RichText::new("Lend this device").strong()).min_size(egui::vec2(150.0, 34.0));
                if ui.add(yes).clicked() {
                    settings.lend = Some(true);
                }
                if ui.add(egui::Button::new("Play and watch").min_size(egui::vec2(130.0, 34.0))).clicked() {
                    settings.lend = Some(false);
                }
            });
        });
    Ok(())
}
