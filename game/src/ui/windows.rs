//! Help, with language and size.

use super::{Screen, height_between, looks, scrolled, theme};
use crate::keys::shortcuts;
use crate::panels::Panels;
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

/// Help.
pub(super) fn help(ctx: Res<Screen>, mut panels: ResMut<Panels>, mut settings: ResMut<Settings>) {
    let ctx = &ctx.0;
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
                    if !theme::has_fingers(ctx) {
                        ui.add_space(8.0);
                        about_keys(ui);
                    }
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
