//! Scene picker, help with the first-run hint, language and size, and the question about lending.

use super::{Screen, height_between, looks, palette, scrolled, theme};
use crate::keys::shortcuts;
use crate::panels::Panels;
use crate::saves::{self, Shelf, ShelfRequest};
use crate::scenes::Scenes;
use crate::session::{RoomRequest, Session};
use crate::settings::Settings;
use crate::tools::TOOLS;
use bevy::prelude::*;
use bevy_egui::egui;
use words::say;

/// Wider than this, help is shown in two columns.
const WIDE_POINTS: f32 = 930.0;
/// How wide help is at most where it has one column.
const ONE_COLUMN_POINTS_MAX: f32 = 520.0;
/// How wide the column of the keys is where there are two.
pub(super) const KEYS_WIDTH: f32 = 330.0;
/// How much of a phone's width what a key does may take.
const SECOND_COLUMN: f32 = 0.6;
/// Between a key and what it does.
pub(super) const COLUMNS_GAP: f32 = 16.0;

/// The hint's name among egui's areas.
pub(super) const HINT: &str = "hint";

/// The scene picker.
pub(super) fn scenes(
    ctx: Res<Screen>,
    mut panels: ResMut<Panels>,
    scenes: Res<Scenes>,
    shelf: Res<Shelf>,
    mut requests: MessageWriter<RoomRequest>,
    mut files: MessageWriter<ShelfRequest>,
    mut was_open: Local<bool>,
) {
    if panels.scenes && !*was_open {
        files.write(ShelfRequest::Look);
    }
    *was_open = panels.scenes;
    if !panels.scenes {
        return;
    }
    let ctx = &ctx.0;
    let mut open = true;
    let mut chosen = false;
    egui::Window::new(say("scenes"))
        .open(&mut open)
        .anchor(egui::Align2::CENTER_CENTER, [0.0, 0.0])
        .min_height(ctx.content_rect().height())
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            ui.label(theme::quiet(say("scenes-for-everyone")));
            let height = height_between(ui);
            scrolled(ui, height, |ui| {
                for listed in &scenes.all {
                    let button = egui::Button::new(listed.shown()).min_size(egui::vec2(ui.available_width(), 36.0));
                    if ui.add(button).clicked() {
                        requests.write(RoomRequest::Load(listed.scene.clone()));
                        chosen = true;
                    }
                }
            });
            ui.separator();
            chosen |= saved(ui, &mut requests, &mut files, &shelf);
        });
    panels.scenes = open && !chosen;
}

/// Saving, and saved worlds to go on from; true when one was chosen.
fn saved(
    ui: &mut egui::Ui,
    requests: &mut MessageWriter<RoomRequest>,
    files: &mut MessageWriter<ShelfRequest>,
    shelf: &Shelf,
) -> bool {
    let mut chosen = false;
    ui.horizontal(|ui| {
        if ui.button(say("save")).on_hover_text(say("save-hint")).clicked() {
            requests.write(RoomRequest::Save);
            chosen = true;
        }
        #[cfg(target_arch = "wasm32")]
        if ui.button(say("open")).on_hover_text(say("open-hint")).clicked() {
            files.write(ShelfRequest::Choose);
            chosen = true;
        }
        #[cfg(not(target_arch = "wasm32"))]
        ui.menu_button(say("open"), |ui| {
            for name in &shelf.names {
                if ui.button(name.trim_end_matches(saves::SUFFIX).trim_end_matches('.')).clicked() {
                    files.write(ShelfRequest::Open(name.clone()));
                    chosen = true;
                }
            }
            ui.label(theme::quiet(say(if shelf.names.is_empty() { "saves-none" } else { "saves-drop" })));
        });
    });
    #[cfg(target_arch = "wasm32")]
    let _ = (shelf, saves::SUFFIX);
    chosen
}

/// Help; shown once by itself.
pub(super) fn help(ctx: Res<Screen>, mut panels: ResMut<Panels>, mut settings: ResMut<Settings>) {
    let ctx = &ctx.0;
    if !settings.hint_seen && settings.lend.is_some() {
        hint(ctx, &mut settings);
    }
    if !panels.help {
        return;
    }
    let mut open = true;
    let screen = ctx.content_rect();
    // Side by side where there is room, so that all of it is seen at once.
    let wide = screen.width() > WIDE_POINTS;
    let width = if wide { 660.0 } else { (screen.width() - 56.0).min(ONE_COLUMN_POINTS_MAX) };
    egui::Window::new(say("help"))
        .open(&mut open)
        .anchor(egui::Align2::CENTER_CENTER, [0.0, -20.0])
        .min_width(width)
        .max_width(width)
        // Not egui's own bound, as in `side_window`.
        .min_height(screen.height())
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            let height = height_between(ui);
            scrolled(ui, height, |ui| {
                if wide {
                    ui.horizontal_top(|ui| {
                        ui.vertical(|ui| {
                            ui.set_width(290.0);
                            about_tools(ui, &mut settings);
                        });
                        ui.add_space(20.0);
                        ui.vertical(|ui| {
                            ui.set_width(KEYS_WIDTH);
                            about_keys(ui);
                        });
                    });
                } else {
                    about_tools(ui, &mut settings);
                    ui.add_space(8.0);
                    about_keys(ui);
                }
            });
        });
    panels.help = open;
}

fn about_tools(ui: &mut egui::Ui, settings: &mut ResMut<Settings>) {
    ui.label(say("help-tools"));
    ui.add_space(4.0);
    table(ui, "tools", TOOLS.iter().map(|tool| (tool.name(), tool.hint())));
    ui.add_space(6.0);
    table(
        ui,
        "mouse",
        ["left", "right", "wheel"].map(|name| (say(&format!("help-{name}")), say(&format!("help-{name}-does")))),
    );
    ui.add_space(6.0);
    looks::show(ui, settings);
}

fn about_keys(ui: &mut egui::Ui) {
    table(ui, "keys", shortcuts());
}

fn table(ui: &mut egui::Ui, id: &str, rows: impl IntoIterator<Item = (String, String)>) {
    let grid = egui::Grid::new(id).num_columns(2).min_row_height(20.0).spacing([COLUMNS_GAP, 2.0]);
    // Below the other, on a phone, what a key does is broken into lines; side by side all of it fits.
    let narrow = ui.ctx().content_rect().width() <= WIDE_POINTS;
    let grid = if narrow { grid.max_col_width(ui.available_width() * SECOND_COLUMN) } else { grid };
    grid.show(ui, |ui| {
        for (name, what) in rows {
            ui.label(egui::RichText::new(name).color(theme::ACCENT));
            ui.label(what);
            ui.end_row();
        }
    });
}

/// Above the palette, of which it speaks; at the top it would cover what is said and offered there.
fn hint(ctx: &egui::Context, settings: &mut Settings) {
    let palette = ctx.memory(|memory| memory.area_rect(palette::AREA)).map_or(0.0, |area| area.height() + 10.0);
    egui::Area::new(HINT.into()).anchor(egui::Align2::CENTER_BOTTOM, [0.0, -palette - 10.0]).show(ctx, |ui| {
        theme::panel().show(ui, |ui| {
            ui.set_max_width((ctx.content_rect().width() - 60.0).min(420.0));
            ui.vertical_centered(|ui| {
                ui.label(say("hint-first"));
                if ui.button(say("hint-got-it")).clicked() {
                    settings.hint_seen = true;
                }
            });
        });
    });
}

/// Asks once whether this device may compute for the room.
pub(super) fn question(ctx: Res<Screen>, mut settings: ResMut<Settings>, session: Res<Session>) {
    if settings.lend.is_some() || session.is_solo() {
        return;
    }
    let ctx = &ctx.0;
    egui::Window::new(say("share-the-work"))
        .anchor(egui::Align2::CENTER_CENTER, [0.0, 0.0])
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            ui.set_max_width((ctx.content_rect().width() - 60.0).min(380.0));
            ui.label(say("share-question"));
            ui.label(theme::quiet(say("share-costs")));
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                if ui.add(theme::main_button(&say("lend-this-device")).min_size(egui::vec2(150.0, 34.0))).clicked() {
                    settings.lend = Some(true);
                }
                if ui.add(egui::Button::new(say("play-and-watch")).min_size(egui::vec2(130.0, 34.0))).clicked() {
                    settings.lend = Some(false);
                }
            });
        });
}
