//! Requests become the driver's: the one way from the app to the room.

use super::saving::Wanted;
use super::{RoomGlobals, RoomRequest, RoomStatus, Session, WayBack, is_alone};
use crate::notices::Notices;
use crate::scenes::SceneAsset;
use bevy::prelude::*;
use room::api::Request;
use room::save::recording::is_recording;
use words::{fill, say};

/// Hands on what was asked for in this frame, in the order in which it was.
pub(super) fn send(
    mut requests: MessageReader<RoomRequest>,
    mut session: ResMut<Session>,
    mut notices: ResMut<Notices>,
    scenes: Res<Assets<SceneAsset>>,
    mut way: ResMut<WayBack>,
    (status, globals): (Res<RoomStatus>, Res<RoomGlobals>),
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    for request in requests.read().cloned() {
        let request = match request {
            RoomRequest::Command(command) => {
                session.waits = true;
                Request::Command(command)
            }
            RoomRequest::Pause => Request::Pause,
            RoomRequest::Step => Request::Step,
            RoomRequest::Resume => Request::Resume,
            RoomRequest::Tempo(tempo) => Request::Tempo(tempo),
            RoomRequest::Save => {
                if session.saving.want(Wanted::ByPlayer, now) {
                    notices.push(say("save-comes-next"), now);
                }
                continue;
            }
            RoomRequest::SaveByItself | RoomRequest::Copy => {
                session.saving.want(Wanted::ByProgram, now);
                continue;
            }
            RoomRequest::Load(scene) => match scenes.get(&scene) {
                Some(asset) => Request::Load(asset.scene.clone()),
                None => continue,
            },
            // What the program was started with takes the place of a world that nobody has seen.
            RoomRequest::Restore { name: None, bytes } => {
                session.ask(Request::Restore(bytes));
                continue;
            }
            // It plays for one alone: the others' world stays theirs.
            RoomRequest::Restore { name: Some(_), bytes } if is_recording(&bytes) && !is_alone(&status.0) => {
                if let Some(room) = session.room().cloned() {
                    notices.push(fill("recording-alone", [("room", room.into())]), now);
                }
                session.play_alone(bytes);
                continue;
            }
            RoomRequest::Restore { name: Some(name), bytes } => {
                notices.opens(&name);
                Request::Restore(bytes)
            }
            RoomRequest::GoBack => match way.go() {
                Some(request) => request,
                None => continue,
            },
            RoomRequest::Record { from } => {
                session.saving.record(now);
                Request::Record { from }
            }
            RoomRequest::Rewind { to, ticks } => Request::Rewind { to, ticks },
            RoomRequest::Vote { number, agrees } => Request::Vote { number, agrees },
            RoomRequest::Profile(profile) => Request::Profile(profile),
            RoomRequest::Share(share) => {
                if let Some(handle) = &session.handle {
                    handle.share(share);
                }
                continue;
            }
            RoomRequest::Hand(hand) => Request::Hand(hand),
            RoomRequest::Point(at) => Request::Point(at),
            RoomRequest::Say(text) => Request::Say(text),
            RoomRequest::MoveTo(room) => {
                session.move_to(room, now);
                continue;
            }
            RoomRequest::Join(room) => {
                session.join_once(room, now);
                continue;
            }
            RoomRequest::TryAgain => {
                session.wanted = session.missed.take();
                continue;
            }
        };
        match way.pass(request, &status.0, globals.0.is_some(), now) {
            Some(Request::Save) => _ = session.saving.want(Wanted::ByProgram, now),
            Some(request) => session.ask(request),
            None => {}
        }
    }
    session.ask_for_saves(now);
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::ecs::system::RunSystemOnce;
    use driver::Place;

    #[test]
    fn another_room_is_sought_at_the_same_server_and_a_missed_one_again() {
        let mut world = World::new();
        let signaling = "ws://127.0.0.1:1".to_owned();
        let missed = Place::Room { signaling: signaling.clone(), room: "tide".into() };
        world.insert_resource(Session {
            signaling: Some(signaling),
            missed: Some(missed.clone()),
            ..Session::default()
        });
        world.init_resource::<Notices>();
        world.init_resource::<Time>();
        world.init_resource::<Assets<SceneAsset>>();
        world.init_resource::<Messages<RoomRequest>>();
        world.init_resource::<WayBack>();
        world.init_resource::<RoomStatus>();
        world.init_resource::<RoomGlobals>();
        world.write_message(RoomRequest::TryAgain);
        world.run_system_once(send).unwrap();
        let session = world.resource::<Session>();
        assert_eq!((session.wanted(), session.has_missed()), (Some(&missed), false));
        world.resource_mut::<Messages<RoomRequest>>().clear();
        world.write_message(RoomRequest::Join("reef".into()));
        world.run_system_once(send).unwrap();
        assert!(matches!(world.resource::<Session>().wanted(), Some(Place::Room { room, .. }) if room == "reef"));
    }
}
