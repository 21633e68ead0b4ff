//! The way back from what replaces the world for everyone: another scene, a clearing, a saved world. The world of before is
//! saved first, which takes a moment; what was asked for waits for it that long and not longer, and so does what comes after
//! it. The save is kept for some minutes, in memory, and taking it back is going on from it, for everyone in the room.

use super::{RoomGlobals, Session};
use bevy::prelude::*;
use room::api::{Request, Status};
use sim_kernels::command::Command;
use std::collections::VecDeque;

/// What replaces the world waits so long for the save of the one before, in seconds.
const HELD_S: f64 = 1.5;
/// The most requests that wait with it; beyond that nothing waits any longer.
const HELD_MAX: usize = 256;
/// For how long the world of before is kept, in seconds.
const KEPT_S: f64 = 240.0;

/// What took the world's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// Another scene.
    Scene,
    /// Nothing: all but walls was taken away.
    Cleared,
    /// A saved world.
    Save,
    /// The world of before.
    Back,
}

/// A world that one can go back to.
#[derive(Debug)]
pub struct Kept {
    /// What took its place.
    pub by: Replaced,
    /// How many people it was taken from.
    pub people: usize,
    /// When, in seconds.
    pub since: f64,
    bytes: Vec<u8>,
}

/// See the module.
#[derive(Resource, Debug, Default)]
pub struct WayBack {
    /// The world of before.
    pub kept: Option<Kept>,
    held: VecDeque<Request>,
    by: Option<Replaced>,
    since: f64,
    goes_back: bool,
}

impl WayBack {
    /// Lets what is asked of the room pass, or keeps it until the world is saved; then the answer is the wish for a save.
    pub(super) fn pass(&mut self, request: Request, status: &Status, has_world: bool, now: f64) -> Option<Request> {
        if !self.held.is_empty() {
            // A pointer does nothing to the world, and a save is of the one before.
            if matches!(request, Request::Hand(_) | Request::Save | Request::Profile(_) | Request::Say(_)) {
                return Some(request);
            }
            self.held.push_back(request);
            return None;
        }
        let by = match &request {
            Request::Load(_) => Replaced::Scene,
            Request::Command(Command::Clear) => Replaced::Cleared,
            Request::Restore(_) if std::mem::take(&mut self.goes_back) => Replaced::Back,
            Request::Restore(_) => Replaced::Save,
            _ => return Some(request),
        };
        // What nobody computes cannot be saved, and where nothing is, nothing is lost.
        if !has_world || status.tick == 0 || status.nobody_computes || status.particles == 0 {
            return Some(request);
        }
        self.held.push_back(request);
        (self.by, self.since) = (Some(by), now);
        Some(Request::Save)
    }

    /// Takes a save of the room's, if this waits for one.
    pub(super) fn take(&mut self, bytes: &[u8], status: &Status, now: f64) {
        if let Some(by) = self.by.take() {
            let people = status.people.len().max(1);
            self.kept = Some(Kept { by, people, since: now, bytes: bytes.to_vec() });
        }
    }

    /// Whether a save is awaited for this, and perhaps for nothing else.
    pub fn waits(&self) -> bool {
        self.by.is_some()
    }

    /// What waited and may go on now.
    fn released(&mut self, now: f64) -> impl Iterator<Item = Request> {
        if self.waits() && (now - self.since >= HELD_S || self.held.len() >= HELD_MAX) {
            // The save did not come: there is no way back from this, and none to an older world.
            (self.by, self.kept) = (None, None);
        }
        let free = if self.waits() { 0 } else { self.held.len() };
        self.held.drain(..free)
    }

    /// Goes back to the world of before.
    pub(super) fn go(&mut self) -> Option<Request> {
        let kept = self.kept.take()?;
        self.goes_back = true;
        Some(Request::Restore(kept.bytes))
    }
}

#[cfg(test)]
impl WayBack {
    /// All was cleared for so many.
    pub(crate) fn after_clearing(people: usize) -> Self {
        let kept = Kept { by: Replaced::Cleared, people, since: -9.0, bytes: Vec::new() };
        Self { kept: Some(kept), ..Self::default() }
    }
}

/// Hands on what waited, and lets go of what was kept long enough. Another room has another world.
pub(super) fn release(
    mut way: ResMut<WayBack>,
    session: Res<Session>,
    globals: Res<RoomGlobals>,
    mut place: Local<Option<driver::Place>>,
    time: Res<Time>,
) {
    if *place != session.place {
        place.clone_from(&session.place);
        *way = WayBack::default();
    }
    let now = time.elapsed_secs_f64();
    if way.kept.as_ref().is_some_and(|kept| now - kept.since >= KEPT_S) {
        way.kept = None;
    }
    if !way.held.is_empty() && globals.0.is_some() {
        way.released(now).for_each(|request| session.ask(request));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> Status {
        Status { tick: 500, particles: 10, ..Status::default() }
    }

    fn pass(way: &mut WayBack, request: Request, now: f64) -> Option<Request> {
        way.pass(request, &status(), true, now)
    }

    fn clear() -> Request {
        Request::Command(Command::Clear)
    }

    fn gravity() -> Request {
        Request::Command(Command::Gravity([0, 0]))
    }

    /// Fault 17: what replaces the world waits until the one before is kept, and what comes after it keeps its place.
    #[test]
    fn the_world_of_before_is_kept_first_and_can_be_gone_back_to() {
        let mut way = WayBack::default();
        assert!(matches!(pass(&mut way, gravity(), 0.0), Some(Request::Command(_))), "this passes");
        assert!(matches!(pass(&mut way, clear(), 1.0), Some(Request::Save)));
        assert!(pass(&mut way, gravity(), 1.1).is_none());
        assert!(matches!(pass(&mut way, Request::Hand(None), 1.1), Some(Request::Hand(None))));
        assert_eq!(way.released(1.2).count(), 0);
        way.take(b"world", &status(), 1.3);
        let order: Vec<Request> = way.released(1.3).collect();
        assert!(matches!(&order[..], [Request::Command(Command::Clear), Request::Command(Command::Gravity(_))]));
        assert_eq!(way.kept.as_ref().map(|kept| (kept.by, kept.people)), Some((Replaced::Cleared, 1)));
        let back = way.go().unwrap();
        assert!(matches!(&back, Request::Restore(bytes) if bytes == b"world"));
        // From there one can go forth again.
        assert!(matches!(pass(&mut way, back, 2.0), Some(Request::Save)));
        way.take(b"cleared", &status(), 2.1);
        assert_eq!(way.kept.as_ref().map(|kept| kept.by), Some(Replaced::Back));
    }

    #[test]
    fn what_replaces_the_world_waits_no_longer_than_it_may() {
        let mut way = WayBack::default();
        pass(&mut way, clear(), 1.0);
        assert_eq!(way.released(1.0 + HELD_S).count(), 1);
        assert!(way.kept.is_none() && !way.waits());
        pass(&mut way, clear(), 10.0);
        (1..HELD_MAX).for_each(|_| drop(pass(&mut way, gravity(), 10.0)));
        assert_eq!(way.released(10.0).count(), HELD_MAX);
    }

    #[test]
    fn where_nothing_is_nothing_is_kept() {
        let mut way = WayBack::default();
        let empty = Status { particles: 0, ..status() };
        assert!(matches!(way.pass(clear(), &empty, true, 0.0), Some(Request::Command(Command::Clear))));
        assert!(matches!(way.pass(clear(), &status(), false, 0.0), Some(Request::Command(Command::Clear))));
    }
}
