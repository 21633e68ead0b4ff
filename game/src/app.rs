//! The whole app: Bevy's own plugins, and every feature's.

use crate::session::Options;
use crate::settings::{Settings, speak};
use crate::ui::ROOM_POINTS;
use bevy::log::{DEFAULT_FILTER, LogPlugin};
use bevy::prelude::*;
use bevy::window::{PresentMode, WindowResizeConstraints, WindowResolution};

/// A stream that ends is an error to this library; what matters of sound is said by `sound`.
const QUIET: &str = "pulseaudio=off";

/// The app, as it was asked for.
pub struct AppPlugin(pub Options);

impl Plugin for AppPlugin {
    fn build(&self, app: &mut App) {
        // The only time that they are read.
        let settings = Settings::load();
        let log = LogPlugin { filter: format!("{DEFAULT_FILTER},{QUIET}"), ..default() };
        app.add_plugins(
            DefaultPlugins.set(WindowPlugin { primary_window: Some(window(&settings)), ..default() }).set(log),
        )
        .insert_resource(ClearColor(Color::srgb(0.02, 0.02, 0.03)))
        .insert_resource(settings)
        .insert_resource(self.0.clone())
        // Before anything is said, in the first frame, too.
        .add_systems(PreStartup, speak)
        .add_systems(First, speak.run_if(resource_changed::<Settings>))
        .add_plugins(features);
    }
}

/// Every feature, in the order in which they may import each other.
fn features(app: &mut App) {
    app.add_plugins((
        crate::schedule::plugin,
        crate::panels::plugin,
        crate::frames::plugin,
        crate::settings::plugin,
        crate::notices::plugin,
        crate::scenes::plugin,
        crate::session::plugin,
    ))
    .add_plugins((
        crate::directory::plugin,
        crate::gpu::plugin,
        crate::power::plugin,
        (crate::presses::plugin, crate::pointer::plugin),
        crate::camera::plugin,
        crate::view::plugin,
        crate::sound::plugin,
        crate::tools::plugin,
        crate::stencil::plugin,
        crate::saves::plugin,
        (crate::film::plugin, crate::past::plugin),
        crate::welcome::plugin,
    ))
    .add_plugins((
        crate::people::plugin,
        crate::key_pointer::plugin,
        crate::keys::plugin,
        crate::ui::plugin,
        crate::access::plugin,
    ));
}

fn window(settings: &Settings) -> Window {
    let [width, height] = settings.window.unwrap_or([1280, 800]).map(|side| side.clamp(300, 8192));
    Window {
        title: "Tidepool".into(),
        resolution: WindowResolution::new(width, height),
        resize_constraints: WindowResizeConstraints {
            min_width: ROOM_POINTS.x,
            min_height: ROOM_POINTS.y,
            ..default()
        },
        canvas: Some("#tidepool".into()),
        fit_canvas_to_parent: true,
        // Text on phones and from input methods comes through a hidden field, which egui's plugin makes only with this. What
        // belongs to the browser all the same the page keeps from the program: see `web/page/loader.js`.
        prevent_default_event_handling: true,
        present_mode: PresentMode::AutoVsync,
        ..default()
    }
}
