//! The window of stamps: what was copied here and elsewhere, to be taken in hand again.

use super::shelf::Rows;
use super::{Screen, height_below, scrolled, side_window, theme};
use crate::panels::Panels;
use crate::saves::{Place, STAMPS_MAX, Shelf, ShelfRequest};
use crate::tools::{Brush, Stamping};
use bevy::prelude::*;
use words::{fill, say};

/// Draws the window when it is open.
pub(super) fn show(
    ctx: Res<Screen>,
    mut panels: ResMut<Panels>,
    shelf: Res<Shelf>,
    (mut stamping, mut brush): (ResMut<Stamping>, ResMut<Brush>),
    mut asks: MessageWriter<ShelfRequest>,
    mut rows: Local<Rows>,
    mut was_open: Local<bool>,
) {
    if panels.stamps && !*was_open {
        asks.write(ShelfRequest::Look);
    }
    *was_open = panels.stamps;
    if !panels.stamps {
        return;
    }
    let (mut open, mut chosen) = (true, false);
    side_window(&ctx.0, &say("stamps"), &mut open).show(&ctx.0, |ui| {
        ui.horizontal_wrapped(|ui| {
            if ui.add(theme::main_button(&say("stamps-copy"))).on_hover_text(say("tool-stamp-hint")).clicked() {
                stamping.copy(&mut brush);
                chosen = true;
            }
            #[cfg(target_arch = "wasm32")]
            if ui.button(say("open")).on_hover_text(say("stamps-drop")).clicked() {
                asks.write(ShelfRequest::Choose);
                chosen = true;
            }
        });
        // Fingers drop no files.
        if !theme::has_fingers(ui.ctx()) {
            ui.label(theme::quiet(say("stamps-drop")));
        }
        Rows::thrown_away(ui, &shelf, Place::Stamps, &mut asks);
        if shelf.stamps.is_empty() {
            ui.label(theme::quiet(fill("stamps-none", [("count", STAMPS_MAX.into())])));
        }
        scrolled(ui, height_below(ui), |ui| chosen |= rows.show(ui, &shelf.stamps, &say("stamps-take"), &mut asks));
    });
    panels.stamps = open && !chosen;
}
