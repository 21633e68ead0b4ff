//! The running driver, and what is known of the place that it plays at.

use super::saving::{Saving, Wanted};
use bevy::prelude::*;
use driver::share::Share;
use driver::{Handle, Place};
use room::api::{PeerId, Profile, Request};
#[cfg(not(target_arch = "wasm32"))]
use std::time::Duration;
use words::{fill, say};

/// Who chooses a room chooses none again within this time, in seconds.
const AGAIN_S: f64 = 0.6;

/// How far one is on the way into a room.
#[derive(States, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// In no room, and on the way into none: before the first, and where nothing can be computed.
    #[default]
    Lobby,
    /// A driver was started and has no place in the room yet.
    Connecting,
    /// In the room, or alone with a world of one's own.
    Playing,
}

/// The running driver and its place.
#[derive(Resource, Default)]
pub struct Session {
    pub(super) phase: Phase,
    pub(super) handle: Option<Handle>,
    /// Drivers that were asked to leave, and when.
    pub(super) leaving: Vec<(Handle, f64)>,
    /// What is to be played next: taken up by [`super::open::open`].
    pub(super) wanted: Option<Place>,
    pub(super) place: Option<Place>,
    /// The room that could not be entered, to be tried again.
    pub(super) missed: Option<Place>,
    /// The server that rooms are looked for at.
    pub(super) signaling: Option<String>,
    pub(super) me: Option<PeerId>,
    pub(super) founder: bool,
    /// What computes here.
    pub(super) backend: String,
    pub(super) solo: bool,
    /// What the room was told of this peer last.
    pub(super) told: Option<Profile>,
    /// The world that this player opened is to go on from the save that the program was started with.
    pub(super) opens_save: bool,
    /// The room that is to be entered with the world of this place, once that is saved, and since when, in seconds.
    pub(super) moving: Option<(String, f64)>,
    /// The world that is taken along into the room that is entered next, if this player opens it.
    pub(super) carried: Option<Vec<u8>>,
    /// A command of this player is on its way, and the room has not applied it yet.
    pub(super) waits: bool,
    /// When the player chose a room last, in seconds.
    pub(super) joined_s: Option<f64>,
    /// The saves that the room makes.
    pub(super) saving: Saving,
    /// The share that the driver knows.
    pub(super) share: Share,
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) hosting: Option<super::hosting::Hosting>,
}

impl Session {
    /// The place that is to be entered in this frame, if any.
    pub fn wanted(&self) -> Option<&Place> {
        self.wanted.as_ref()
    }

    /// The room one is in or about to enter.
    pub fn room(&self) -> Option<&String> {
        match self.place.as_ref()? {
            Place::Room { room, .. } => Some(room),
            Place::Solo => None,
        }
    }

    /// The driver of the world that one plays in; none on the way into one.
    #[cfg(target_arch = "wasm32")]
    pub fn playing(&self) -> Option<&Handle> {
        self.handle.as_ref().filter(|_| self.phase == Phase::Playing)
    }

    /// Whether something that this player did is not in the world yet.
    pub fn has_waiting(&self) -> bool {
        self.waits
    }

    /// Whether this player opened the room.
    pub fn is_founder(&self) -> bool {
        self.founder
    }

    /// Whether this program hosts its room without a page: then browsers cannot join by the link.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn lacks_page(&self) -> bool {
        self.hosting.as_ref().is_some_and(|hosting| !hosting.has_page)
    }

    /// A page is its own.
    #[cfg(target_arch = "wasm32")]
    pub fn lacks_page(&self) -> bool {
        false
    }

    /// Whether the player chose to stay alone.
    pub fn is_solo(&self) -> bool {
        self.solo
    }

    /// Where one is, in words.
    pub fn place(&self) -> String {
        self.room().map_or_else(|| say("place-alone"), |room| fill("place-room", [("room", room.as_str().into())]))
    }

    /// What computes here: "CPU, 2 threads".
    pub fn backend(&self) -> &str {
        &self.backend
    }

    /// What is going on while there is no room yet, in words.
    pub fn connecting(&self) -> Option<String> {
        (self.phase == Phase::Connecting).then(|| {
            let room = self.room();
            room.map_or_else(
                || say("connecting-alone"),
                |room| fill("connecting-room", [("room", room.as_str().into())]),
            )
        })
    }

    /// Whether there is a room that could not be entered, and that may be tried again.
    pub fn has_missed(&self) -> bool {
        self.missed.is_some()
    }

    /// The server that rooms are looked for at.
    pub fn signaling(&self) -> Option<&str> {
        self.signaling.as_deref()
    }

    /// Asks the driver for something; the answer comes as an event.
    pub(super) fn ask(&self, request: Request) {
        if let Some(handle) = &self.handle
            && !handle.send(request)
        {
            log::warn!("the driver takes no more requests");
        }
    }

    /// Asks for the save that is to come next, if it is its turn.
    pub(super) fn ask_for_saves(&mut self, now: f64) {
        if self.handle.is_some() && self.saving.is_due(now) {
            self.ask(Request::Save);
        }
    }

    /// Leaves this room for another. Where one was left just before, it is the second press of a double click, on whatever came in
    /// that one's place.
    pub(super) fn join_once(&mut self, room: String, now: f64) {
        if self.joined_s.is_none_or(|since| now - since >= AGAIN_S) {
            self.joined_s = Some(now);
            self.join(room);
        }
    }

    /// Leaves this room for another.
    pub(super) fn join(&mut self, room: String) {
        if let Some(signaling) = self.signaling.clone() {
            self.wanted = Some(Place::Room { signaling, room });
        }
    }

    /// Leaves this room, and goes on from a save where nobody else is.
    pub(super) fn play_alone(&mut self, save: Vec<u8>) {
        self.carried = Some(save);
        self.wanted = Some(Place::Solo);
    }

    /// Goes to a room with the world of this place, which must be saved first; where there is none, without.
    pub(super) fn move_to(&mut self, room: String, now: f64) {
        if self.phase != Phase::Playing {
            return self.join_once(room, now);
        }
        if self.moving.as_ref().is_some_and(|(_, since)| now - since < AGAIN_S) {
            return;
        }
        self.saving.want(Wanted::ByProgram, now);
        self.moving = Some((room, now));
    }

    /// The world was saved to be taken along; gives it back where it was not for that.
    pub(super) fn carry(&mut self, save: Vec<u8>) -> Option<Vec<u8>> {
        let Some((room, _)) = self.moving.take() else { return Some(save) };
        self.carried = Some(save);
        self.join(room);
        None
    }

    /// The program ends: leaves the room in order, or says goodbye at once where that takes longer than `patience`.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn end(&mut self, patience: Duration, goodbye: Duration) {
        let Some(handle) = self.handle.take().filter(|_| self.phase != Phase::Connecting) else { return };
        // Its events are of no use any more.
        let has_ended = |within: Duration| {
            let began = web_time::Instant::now();
            while handle.is_running() && began.elapsed() < within {
                handle.events().for_each(drop);
                std::thread::sleep(Duration::from_millis(5));
            }
            !handle.is_running()
        };
        handle.send(Request::Leave);
        if !has_ended(patience) {
            handle.close();
            has_ended(goodbye);
        }
    }
}

#[cfg(test)]
impl Session {
    /// Playing in this room.
    pub(crate) fn in_room(room: &str) -> Self {
        let place = Place::Room { signaling: "ws://127.0.0.1:1".into(), room: room.into() };
        Self { phase: Phase::Playing, place: Some(place), ..Self::default() }
    }

    /// The same, in a room of this server.
    pub(crate) fn at(signaling: &str, room: &str) -> Self {
        Self { signaling: Some(signaling.into()), ..Self::in_room(room) }
    }

    /// Playing alone, since this room could not be entered.
    pub(crate) fn missed(room: &str) -> Self {
        let missed = Self::in_room(room).place;
        Self { phase: Phase::Playing, place: Some(Place::Solo), missed, ..Self::default() }
    }
}

/// The state follows the session, one frame behind.
pub(super) fn follow_phase(session: Res<Session>, mut next: ResMut<NextState<Phase>>) {
    NextState::set_if_neq(&mut next, session.phase);
}
