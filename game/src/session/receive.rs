//! The driver's events become resources and messages.

use super::{
    Applied, Frame, HandMoved, Phase, Pointed, Recorded, RoomGlobals, RoomStatus, Said, Saved, Session, WayBack,
};
use crate::notices::Notices;
use bevy::prelude::*;
use driver::{Event, Place};
use room::api::Event as RoomEvent;
use room::notice::Notice as RoomNotice;
use words::{say, words};

/// The most events taken in one frame: a frame is never held up by a flood.
const EVENTS_PER_FRAME_MAX: usize = 256;
/// A world is saved within this time, or not at all, in seconds.
const CARRY_S: f64 = 10.0;

pub(super) fn receive(
    mut session: ResMut<Session>,
    mut status: ResMut<RoomStatus>,
    mut globals: ResMut<RoomGlobals>,
    mut notices: ResMut<Notices>,
    mut frames: MessageWriter<Frame>,
    (mut saved, mut recorded): (MessageWriter<Saved>, MessageWriter<Recorded>),
    mut applied: MessageWriter<Applied>,
    mut way: ResMut<WayBack>,
    (mut hands, mut pointed, mut said): (MessageWriter<HandMoved>, MessageWriter<Pointed>, MessageWriter<Said>),
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    // Nobody loses a world for a room: one that cannot be saved is not left.
    if session.moving.take_if(|(_, since)| now - *since > CARRY_S).is_some() {
        notices.warn(say("world-not-taken"), now);
    }
    let Some(handle) = session.handle.clone() else { return };
    for _ in 0..EVENTS_PER_FRAME_MAX {
        let Some(event) = handle.try_recv() else { break };
        match event {
            Event::Backend { name, .. } => session.backend = name,
            Event::Joined { me, founder, room } => {
                (session.me, session.founder, session.phase) = (Some(me), founder, Phase::Playing);
                // Whoever joins again goes on with what is there.
                session.opens_save &= founder;
                if !founder {
                    session.carried = None;
                }
                if let Some(Place::Room { room: name, .. }) = &mut session.place {
                    *name = room;
                    notices.refused = None;
                }
            }
            Event::Applied { tick, commands } => {
                session.waits = false;
                applied.write(Applied { tick, commands });
            }
            Event::Room(RoomEvent::Status(new)) => {
                // What a running room has not applied by now it never will.
                if !new.paused && !status.0.paused {
                    session.waits = false;
                }
                status.0 = *new;
            }
            Event::Room(RoomEvent::Globals(new)) => globals.0 = Some(new),
            Event::Room(RoomEvent::View { tick, region, full, tiles }) => {
                frames.write(Frame { tick, region, full, tiles });
            }
            Event::Room(RoomEvent::Saved(bytes)) => {
                way.take(&bytes, &status.0, now);
                let by_player = session.saving.done();
                saved.write_batch(session.carry(bytes).map(|bytes| Saved { bytes, by_player }));
            }
            Event::Room(RoomEvent::Recorded(bytes)) => {
                session.saving.done();
                recorded.write(Recorded(bytes));
            }
            Event::Room(RoomEvent::Hand { from, hand }) => {
                hands.write(HandMoved { from, hand });
            }
            Event::Room(RoomEvent::Pointed { from, at }) => {
                pointed.write(Pointed { from, at });
            }
            Event::Room(RoomEvent::Said { from, text }) => {
                said.write(Said { from, text });
            }
            Event::Room(RoomEvent::Notice(RoomNotice::SaveUnderWay)) if session.saving.is_refused(now) => {}
            Event::Room(RoomEvent::Notice(notice)) => {
                use RoomNotice::{NotRecorded, NotSaved, NothingToSave};
                if matches!(notice, NotRecorded { .. } | NotSaved { .. } | NothingToSave) {
                    session.saving.done();
                }
                notices.room_says(&notice, &status.0, now);
            }
            Event::Notice(notice) => notices.say(words().driver_notice(&notice, &status.0), now),
            Event::Room(RoomEvent::Refused(why)) => {
                fall_back(&mut session, &mut notices, &words().refusal(&why).text);
            }
            Event::Room(RoomEvent::Left | RoomEvent::Committed(_)) | Event::Ended => {}
            Event::Failed(why) => fall_back(&mut session, &mut notices, &words().driver_error(&why).text),
        }
    }
}

/// There is no such room for this peer: says why and plays alone, so that the window is never dead.
fn fall_back(session: &mut Session, notices: &mut Notices, why: &str) {
    let was_solo = session.place == Some(Place::Solo);
    notices.refused = Some(match session.room() {
        Some(room) => format!("You are not in room {room}: {}.{}", why.trim_end_matches('.'), next_step(why)),
        None => format!("Nothing can be computed here: {why}"),
    });
    session.phase = Phase::Lobby;
    if !was_solo {
        session.missed = session.place.clone();
        session.wanted = Some(Place::Solo);
    }
}

/// What to look after where a server could not be talked to.
fn next_step(why: &str) -> &'static str {
    let unreached = ["cannot be reached", "does not answer", "no address"].iter().any(|words| why.contains(words));
    if !unreached {
        return "";
    }
    if cfg!(target_arch = "wasm32") {
        " Check that its program still runs and that this device is on its network."
    } else {
        " Check that the server runs, that the address is right, and that this machine is on its network."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_cannot_be_entered_is_told_with_what_to_do_and_can_be_tried_again() {
        let place = Place::Room { signaling: "ws://127.0.0.1:1".into(), room: "tide".into() };
        let mut session = Session { place: Some(place.clone()), ..Session::default() };
        let mut notices = Notices::default();
        fall_back(
            &mut session,
            &mut notices,
            "the signaling server at 127.0.0.1:1 cannot be reached: no server listens there",
        );
        assert!(notices.refused.unwrap().contains("Check that the server runs"));
        assert_eq!(session.wanted, Some(Place::Solo));
        assert_eq!((session.phase, session.missed), (Phase::Lobby, Some(place)));
        assert_eq!(next_step("this room is full"), "");
    }
}
