//! Tidepool's window: a Bevy app that shows a room and plays in it. What happens in the room is computed by
//! the `driver` beside it; nothing here computes the world, and nothing there knows of Bevy.
//!
//! Every feature is a module with one `plugin`; they meet in the resources of [`link`] and in the order of
//! [`AppSystems`].

pub mod camera;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod clipboard;
pub mod directory;
#[cfg(not(target_arch = "wasm32"))]
mod exit;
pub mod fetch;
pub mod frames;
pub mod keys;
pub mod link;
pub mod names;
pub mod notices;
pub mod pointer;
pub mod power;
pub mod saves;
pub mod settings;
pub mod tools;
pub mod ui;
pub mod view;
#[cfg(target_arch = "wasm32")]
pub mod web;

use bevy::prelude::*;
use bevy::window::{PresentMode, WindowResizeConstraints, WindowResolution};
use driver::share::Share;
pub use link::Options;

/// The order of a frame. The interface itself is drawn in `EguiPrimaryContextPass`, after all of these.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AppSystems {
    /// What the room said since the last frame becomes resources and the view field.
    Receive,
    /// Pointer, fingers and keys become intentions.
    Input,
    /// The view moves.
    Camera,
    /// Tools make commands, seen through the moved view.
    Act,
    /// Uniforms and transforms for the renderer.
    Draw,
}

/// The whole app.
pub struct AppPlugin(pub Options);

impl Plugin for AppPlugin {
    fn build(&self, app: &mut App) {
        let [width, height] =
            settings::Settings::load().window.unwrap_or([1280, 800]).map(|side| side.clamp(300, 8192));
        let window = Window {
            title: "Tidepool".into(),
            resolution: WindowResolution::new(width, height),
            resize_constraints: WindowResizeConstraints { min_width: 300.0, min_height: 240.0, ..default() },
            canvas: Some("#tidepool".into()),
            fit_canvas_to_parent: true,
            // Otherwise text cannot be entered on phones.
            prevent_default_event_handling: false,
            present_mode: PresentMode::AutoVsync,
            ..default()
        };
        app.add_plugins(DefaultPlugins.set(WindowPlugin { primary_window: Some(window), ..default() }))
            .insert_resource(ClearColor(Color::srgb(0.02, 0.02, 0.03)))
            .add_plugins(GamePlugin(self.0.clone()));
    }
}

/// Everything but Bevy's own plugins, so that tests can run it without a window.
pub struct GamePlugin(pub Options);

impl Plugin for GamePlugin {
    fn build(&self, app: &mut App) {
        use AppSystems::{Act, Camera, Draw, Input, Receive};
        let mut settings = settings::Settings::load();
        // The slider shows what was asked for, and changes it.
        settings.share = self.0.share.map(Share::percent).or(settings.share);
        app.configure_sets(Update, (Receive, Input, Camera, Act, Draw).chain())
            .insert_resource(self.0.clone())
            .insert_resource(settings)
            .add_plugins((
                link::plugin,
                saves::plugin,
                directory::plugin,
                view::plugin,
                frames::plugin,
                camera::plugin,
                pointer::plugin,
                tools::plugin,
                keys::plugin,
                ui::plugin,
                settings::plugin,
                power::plugin,
            ));
        #[cfg(not(target_arch = "wasm32"))]
        app.add_plugins(exit::plugin);
    }
}
