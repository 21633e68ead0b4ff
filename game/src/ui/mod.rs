//! The interface over the world, in egui: a bar of tools, a line of state, windows for room, scenes, help.

mod icons;
mod lobby;
mod palette;
mod people;
mod qr;
mod status;
pub mod theme;
mod windows;

pub use palette::NARROW_POINTS;

use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPlugin, EguiPrimaryContextPass, egui};

/// Which windows are open.
#[derive(Resource, Debug, Default)]
pub struct Panels {
    /// Room and people.
    pub room: bool,
    /// Scene picker.
    pub scenes: bool,
    /// Help.
    pub help: bool,
}

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default()).init_resource::<Panels>().init_resource::<lobby::Form>().add_systems(
        EguiPrimaryContextPass,
        (dress, palette::show, status::show, lobby::show, windows::scenes, windows::help, windows::question).chain(),
    );
}

/// Sets colours and fonts once.
fn dress(mut contexts: EguiContexts, mut done: Local<bool>) -> Result {
    if !std::mem::replace(&mut *done, true) {
        theme::apply(contexts.ctx_mut()?);
    }
    Ok(())
}

/// A window that fits a phone as well as a desktop, at the top right.
fn side_window<'a>(ctx: &egui::Context, title: &'a str, open: &'a mut bool) -> egui::Window<'a> {
    let screen = ctx.content_rect();
    let width = (screen.width() - 40.0).min(330.0);
    egui::Window::new(title)
        .open(open)
        .anchor(egui::Align2::RIGHT_TOP, [-10.0, 58.0])
        .default_width(width)
        .max_width(width)
        .max_height((screen.height() - 220.0).max(160.0))
        .vscroll(true)
        .resizable(false)
        .collapsible(false)
}
