//! The interface over the world, in egui.

use bevy::prelude::*;
use bevy_egui::{EguiPlugin};

/// Which windows are open.
#[derive(Resource, Debug, Default)]
pub struct Panels {
    /// Room and people.
    pub room: bool,
    /// Help.
    pub help: bool,
}

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default()).init_resource::<Panels>();
}
