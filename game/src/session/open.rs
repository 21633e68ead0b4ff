//! Entering a place: where to play first, and a new driver for each.

use super::options::{Options, player_name};
use super::saving::Saving;
use super::{HeldBack, Phase, RoomGlobals, RoomStatus, Session, lends};
use crate::notices::Notices;
use crate::settings::Settings;
use bevy::prelude::*;
use driver::{DriverConfig, Place, scene_file};
use room::api::{Request, Status};
use sim_kernels::scene::Scene;
use words::{fill, words};

/// A driver that was asked to leave is dropped after this long, in seconds.
const LEAVE_S: f64 = 3.0;
/// What plays when nothing else is asked for.
const FIRST_SCENE: &str = "fountain";

/// Where to play first.
pub(super) fn choose(options: Res<Options>, mut session: ResMut<Session>, mut notices: ResMut<Notices>) {
    session.solo = options.solo;
    session.signaling = options.signaling.clone().filter(|_| !options.solo);
    #[cfg(not(target_arch = "wasm32"))]
    if session.signaling.is_none() && !options.solo {
        match super::hosting::Hosting::start() {
            Ok(hosting) => {
                session.signaling = hosting.ws_url();
                session.hosting = Some(hosting);
            }
            Err(why) => notices.warn(fill("hosting-failed", [("why", why.into())]), 0.0),
        }
    }
    #[cfg(target_arch = "wasm32")]
    let _ = &mut notices;
    let own_room = (!cfg!(target_arch = "wasm32")).then(super::names::own_room);
    let room = options.room.clone().or(own_room).filter(|_| !options.solo);
    session.wanted = Some(match (session.signaling.clone(), room) {
        (Some(signaling), Some(room)) => Place::Room { signaling, room },
        _ => Place::Solo,
    });
}

/// Ends the driver of the old place and starts one for the new.
pub(super) fn open(
    mut session: ResMut<Session>,
    options: Res<Options>,
    settings: Res<Settings>,
    held_back: Res<HeldBack>,
    mut status: ResMut<RoomStatus>,
    mut globals: ResMut<RoomGlobals>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    session.leaving.retain(|(handle, since)| handle.is_running() && now - since < LEAVE_S);
    let Some(place) = session.wanted.take() else { return };
    if let Some(old) = session.handle.take() {
        old.send(Request::Leave);
        session.leaving.push((old, now));
    }
    let carried = session.carried.clone();
    let scene = match first_scene(&options, carried.as_ref()).or_else(|error| {
        notices.warn(error, now);
        scene_file::named(FIRST_SCENE).map_err(|error| error.to_string())
    }) {
        Ok(scene) => scene,
        Err(error) => return notices.warn(error, now),
    };
    let mut config = DriverConfig::new(player_name(&options, &settings), scene);
    config.place = place.clone();
    config.trust = options.trust.clone();
    // Who founds the room computes from the first tick; nobody is to be alarmed before there is anybody.
    config.lend = lends(settings.lend, false, held_back.0, place == Place::Solo);
    config.lend_alone = true;
    config.share = settings.share();
    match options.backend.as_deref().unwrap_or("auto").parse() {
        Ok(choice) => config.backend = choice,
        Err(why) => notices.warn(fill("backend-unknown", [("why", why.into())]), now),
    }
    #[cfg(target_arch = "wasm32")]
    {
        config.worker = super::web::worker_factory();
    }
    if place != Place::Solo {
        session.missed = None;
    }
    session.share = config.share;
    session.phase = Phase::Connecting;
    (session.told, session.me, session.founder, session.waits) = (None, None, false, false);
    session.opens_save = carried.is_some() || options.save.is_some();
    (session.moving, session.saving) = (None, Saving::default());
    let handle = driver::start(config);
    #[cfg(target_arch = "wasm32")]
    {
        super::web::show_room(&place);
        driver::web::register(&handle);
    }
    session.handle = Some(handle);
    session.place = Some(place);
    status.0 = Status::default();
    globals.0 = None;
}

/// What a room begins with that this player opens.
fn first_scene(options: &Options, carried: Option<&Vec<u8>>) -> Result<Scene, String> {
    if let Some(save) = carried.or(options.save.as_ref()) {
        return room::save::head(save).map(|head| head.scene).map_err(|error| words().save_error(error));
    }
    let name = options.scene.as_deref().unwrap_or(FIRST_SCENE);
    #[cfg(not(target_arch = "wasm32"))]
    let scene = scene_file::read(name);
    #[cfg(target_arch = "wasm32")]
    let scene = scene_file::named(name);
    scene.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_scene_exists() {
        assert!(first_scene(&Options::default(), None).is_ok());
    }
}
