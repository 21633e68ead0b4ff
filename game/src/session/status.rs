//! The room's state as it was last told.

use bevy::prelude::*;
use room::api::Status;
use sim_kernels::globals::Globals;

/// The room's newest status.
#[derive(Resource, Default, Debug)]
pub struct RoomStatus(pub Status);

/// The room's newest globals; none before there is a world.
#[derive(Resource, Default, Debug)]
pub struct RoomGlobals(pub Option<Box<Globals>>);

/// Nobody else is in the room. One who is still on the way in knows of nobody either, and is not its host.
pub fn is_alone(status: &Status) -> bool {
    matches!(&status.people[..], [one] if one.me && one.leader)
}
