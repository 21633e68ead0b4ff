//! The order of a frame, in one place. Every feature puts its systems into these sets and into nothing else, so that
//! what runs before what can be read here.

use bevy::prelude::*;
use bevy::window::ExitSystems;

/// The order of a frame. All but the last run in `Update`, one after the other; the interface is drawn after them, in
/// `EguiPrimaryContextPass`; [`Send`](Self::Send) comes at the end of the frame, in `Last`.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AppSystems {
    /// What must be known before a room is entered: whether this device is to save power.
    Prepare,
    /// A driver is started for a new place, and what the room said since the last frame becomes resources and
    /// messages.
    Receive,
    /// What follows from that: the view field, saves that are written, the power saver's choice.
    Follow,
    /// The bars' places, pointer and fingers become intentions.
    Input,
    /// Keys add theirs.
    Keys,
    /// The view moves.
    Camera,
    /// Tools make commands, seen through the moved view; the player's own choices become requests.
    Act,
    /// Uniforms and transforms for the renderer.
    Draw,
    /// Requests to the room, from all of the above and from the interface, go to the driver.
    Send,
}

pub(crate) fn plugin(app: &mut App) {
    use AppSystems::{Act, Camera, Draw, Follow, Input, Keys, Prepare, Receive, Send};
    app.configure_sets(Update, (Prepare, Receive, Follow, Input, Keys, Camera, Act, Draw).chain())
        // What was asked in the frame in which the window closes is still sent.
        .configure_sets(Last, Send.before(ExitSystems));
}
