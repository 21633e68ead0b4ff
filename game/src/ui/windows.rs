//! Scene picker, help with the first-run hint, and the question about lending.

use super::{Panels, height_between, scrolled, theme};
use crate::keys::SHORTCUTS;
use crate::link::{self, Link};
use crate::notices::Notices;
use crate::saves::{self, Shelf};
use crate::settings::Settings;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};
use room::api::Request;

/// Wider than this, help is shown in two columns.
const WIDE_POINTS: f32 = 740.0;

/// The scene picker.
pub(super) fn scenes(
    mut contexts: EguiContexts,
    mut panels: ResMut<Panels>,
    link: Res<Link>,
    mut notices: ResMut<Notices>,
    mut shelf: ResMut<Shelf>,
    mut was_open: Local<bool>,
    time: Res<Time>,
) -> Result {
    if panels.scenes && !*was_open {
        shelf.look();
    }
    *was_open = panels.scenes;
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
                let button = egui::Button::new(title.as_str()).min_size(egui::vec2(ui.available_width(), 36.0));
                if ui.add(button).clicked() {
                    link.load(&name);
                    chosen = true;
                }
            }
            ui.separator();
            chosen |= saved(ui, &link, &mut notices, &shelf, time.elapsed_secs());
        });
    panels.scenes = open && !chosen;
    Ok(())
}

/// Saving, and saved worlds to go on from; true when one was chosen.
fn saved(ui: &mut egui::Ui, link: &Link, notices: &mut Notices, shelf: &Shelf, now: f32) -> bool {
    let mut chosen = false;
    ui.horizontal(|ui| {
        if ui.button("Save").on_hover_text("Keep this world as a file (Ctrl-S)").clicked() {
            link.send(Request::Save);
            chosen = true;
        }
        #[cfg(target_arch = "wasm32")]
        if ui.button("Open").on_hover_text("Go on from a saved world, for everyone in the room").clicked() {
            saves::choose();
            chosen = true;
        }
        #[cfg(not(target_arch = "wasm32"))]
        ui.menu_button("Open", |ui| {
            for name in &shelf.names {
                if ui.button(name.trim_end_matches(saves::SUFFIX).trim_end_matches('.')).clicked() {
                    saves::open(link, notices, name, now);
                    chosen = true;
                }
            }
            let words = if shelf.names.is_empty() { "Nothing is saved yet." } else { "Or drop a file here." };
            ui.label(theme::quiet(words));
        });
    });
    #[cfg(target_arch = "wasm32")]
    let _ = (notices, shelf, now);
    chosen
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
    let screen = ctx.content_rect();
    // Side by side where there is room, so that all of it is seen at once.
    let wide = screen.width() > WIDE_POINTS;
    egui::Window::new("Help")
        .open(&mut open)
        .anchor(egui::Align2::CENTER_CENTER, [0.0, -20.0])
        .default_width(if wide { 660.0 } else { screen.width() - 56.0 })
        .max_width(if wide { 660.0 } else { screen.width() - 56.0 })
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            let height = height_between(ui);
            scrolled(ui, height, |ui| {
                if wide {
                    ui.horizontal_top(|ui| {
                        ui.vertical(|ui| {
                            ui.set_width(290.0);
                            about_tools(ui);
                        });
                        ui.add_space(20.0);
                        ui.vertical(|ui| {
                            ui.set_width(330.0);
                            about_keys(ui);
                        });
                    });
                } else {
                    about_tools(ui);
                    ui.add_space(8.0);
                    about_keys(ui);
                }
            });
        });
    panels.help = open;
    Ok(())
}

fn about_tools(ui: &mut egui::Ui) {
    ui.label("Choose a tool below and drag over the world. Everyone in the room plays in the same water.");
    ui.add_space(4.0);
    let tools = crate::tools::Tool::ALL.map(|tool| (tool.name(), tool.hint()));
    table(ui, "tools", &tools);
    ui.add_space(6.0);
    table(
        ui,
        "mouse",
        &[
            ("Left button, one finger", "the tool"),
            ("Right button, two fingers", "move the view"),
            ("Wheel, pinch", "zoom"),
        ],
    );
}

fn about_keys(ui: &mut egui::Ui) {
    table(ui, "keys", &SHORTCUTS);
}

fn table(ui: &mut egui::Ui, id: &str, rows: &[(&str, &str)]) {
    egui::Grid::new(id).num_columns(2).min_row_height(20.0).spacing([16.0, 2.0]).show(ui, |ui| {
        for (name, what) in rows {
            ui.label(egui::RichText::new(*name).color(theme::ACCENT));
            ui.label(*what);
            ui.end_row();
        }
    });
}

fn hint(ctx: &egui::Context, settings: &mut Settings) {
    egui::Area::new("hint".into()).anchor(egui::Align2::CENTER_TOP, [0.0, 74.0]).show(ctx, |ui| {
        theme::panel().show(ui, |ui| {
            ui.set_max_width((ctx.content_rect().width() - 60.0).min(420.0));
            ui.vertical_centered(|ui| {
                ui.label("Press and drag to pour. Other tools are below; the people at the top right invite friends; ? helps.");
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
            ui.label(theme::quiet("It takes power while you are in the room. You can switch it off at any time under \u{201c}Room\u{201d}; you then play and watch. While you are alone it computes for you either way."));
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                if ui.add(theme::main_button("Lend this device").min_size(egui::vec2(150.0, 34.0))).clicked() {
                    settings.lend = Some(true);
                }
                if ui.add(egui::Button::new("Play and watch").min_size(egui::vec2(130.0, 34.0))).clicked() {
                    settings.lend = Some(false);
                }
            });
        });
    Ok(())
}
