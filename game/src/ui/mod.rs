//! The interface over the world, in egui: a bar of tools, a line of state, windows for room, scenes, help.

mod cursor;
mod echo;
mod figures;
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
        (
            dress,
            echo::show,
            cursor::show,
            palette::show,
            status::show,
            lobby::show,
            windows::scenes,
            windows::help,
            windows::question,
            figures::show,
        )
            .chain(),
    );
}

impl Panels {
    /// Closes the windows; false when none was open.
    pub fn close(&mut self) -> bool {
        let open = self.room || self.scenes || self.help;
        (self.room, self.scenes, self.help) = (false, false, false);
        open
    }
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
        .resizable(false)
        .collapsible(false)
}

/// As high as its contents, up to what the bars leave of the screen; then it scrolls.
fn scrolled(ui: &mut egui::Ui, contents: impl FnOnce(&mut egui::Ui)) {
    let height = (ui.ctx().content_rect().height() - 240.0).max(140.0);
    egui::ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, contents);
}
