//! Worlds that are kept by themselves. Who is alone with a world loses it with the tab or window, so it is saved two seconds
//! after the player did something in it, and every twenty while it moves on, and on the next visit offered again. With others in
//! the room the world is where they are, and nobody's machine is asked for copies of it.
//!
//! Each world has a slot of its own: one that takes another's place on the same visit does so in the room, and not on the shelf.
//! There are only a few slots, so the oldest world goes where a new one is kept, in words.

use super::{OnShelf, Place, Shelf, WISH_S, Wish, Wishes};
use crate::notices::Notices;
use crate::pointer::Pointer;
use crate::schedule::AppSystems;
use crate::session::{Phase, RoomRequest, RoomStatus, Session, is_alone};
use bevy::prelude::*;
use std::collections::BTreeMap;
use words::fill;

/// How often, in seconds, a world is kept that is so large at most; a larger one as much less often.
const EVERY_S: f64 = 20.0;
const LARGE_BYTES: f64 = 4_000_000.0;
/// So soon after the player did something: a tab that is closed has no time to save, and what was drawn would be lost.
const AFTER_S: f64 = 2.0;
/// And so long after the last time at least: who draws one stroke after the other is not held up by each.
const APART_S: f64 = 5.0;
/// So many worlds are kept, each in a slot of its own.
const SLOTS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];
/// A world that is being replaced is saved at once, or not at all: what is saved later is of the next one. In seconds.
const REPLACED_S: f64 = 2.0;
/// What is older is not offered any more, in seconds.
const OFFERED_S: i64 = 30 * 24 * 3600;

/// What is kept by itself.
#[derive(Resource, Debug, Default)]
pub(super) struct ByItself {
    /// Where this world goes; none before the shelf was looked at.
    slot: Option<&'static str>,
    /// Another lies there, and goes once this one is kept.
    drops: bool,
    /// Something of this world is in its slot, or would be if the window were closed now.
    uses: bool,
    /// The slot of the world before, to which one may go back.
    before: Option<&'static str>,
    /// The slots of this visit's worlds, with the time since 1970 at which each was left: the shelf is listed later.
    left: BTreeMap<&'static str, i64>,
    /// The player did something, when first and when last.
    touched: Option<[f64; 2]>,
    kept_s: Option<f64>,
    kept_tick: u64,
    /// How large the last one was.
    bytes: u64,
}

impl ByItself {
    /// The slot of this world.
    pub(super) fn slot(&self) -> &'static str {
        self.slot.unwrap_or(SLOTS[0])
    }

    /// The shelf was looked at: the first time that chooses the slot, and what of the last visit is to be offered.
    pub(super) fn begin(&mut self, saves: &[OnShelf], now: i64) -> Option<OnShelf> {
        let all = || saves.iter().filter(|save| save.place == Place::ByItself);
        let of = |slot: &str| all().find(|save| save.name == slot);
        if let Some(slot) = self.slot {
            self.bytes = of(slot).map_or(self.bytes, |save| save.bytes);
            return None;
        }
        self.choose(saves);
        all().max_by_key(|save| save.seconds).filter(|save| now - save.seconds < OFFERED_S).cloned()
    }

    /// Chooses a slot that is free, or else the one of the oldest world.
    fn choose(&mut self, saves: &[OnShelf]) {
        let listed = |slot: &str| saves.iter().find(|save| save.place == Place::ByItself && save.name == slot);
        let kept = |slot: &&'static str| {
            let left = self.left.get(slot).copied();
            left.max(listed(slot).map(|save| save.seconds)).map_or(0, |seconds| seconds.max(1))
        };
        let oldest = SLOTS.into_iter().min_by_key(kept);
        self.drops = oldest.is_some_and(|slot| kept(&slot) > 0);
        self.slot = oldest;
    }

    /// Another world takes this one's place: it has a slot of its own, if this one uses its slot. `back`: it is the one before.
    fn replaced(&mut self, saves: &[OnShelf], now: i64, back: bool) {
        let before = self.before.filter(|_| back);
        if let Some(slot) = self.slot.filter(|_| self.uses) {
            self.left.insert(slot, now);
        }
        if before.is_some() {
            (self.before, self.slot, self.drops) = (self.slot, before, false);
        } else if self.uses {
            self.before = self.slot;
            self.choose(saves);
        }
        // The one before lies there.
        (self.uses, self.bytes) = (before.is_some(), 0);
        self.leave();
    }

    /// Whether something of it would be lost.
    fn owes(&self, tick: u64) -> bool {
        self.slot.is_some() && self.touched.is_some() && tick != self.kept_tick
    }

    /// Whether the world is to be kept now.
    fn is_due(&mut self, tick: u64, now: f64) -> bool {
        let Some([first, last]) = self.touched else { return false };
        let large = (self.bytes as f64 / LARGE_BYTES).max(1.0);
        let again = self.kept_s.unwrap_or(first) + EVERY_S * large;
        let due = match self.kept_s {
            None => again.min(last + AFTER_S * large),
            Some(kept) if last > kept => again.min((last + AFTER_S * large).max(kept + APART_S * large)),
            Some(_) => again,
        };
        if self.slot.is_none() || now < due || tick == self.kept_tick {
            return false;
        }
        (self.kept_s, self.kept_tick) = (Some(now), tick);
        true
    }

    /// The world is another from now on: what was done in the last one is no reason to keep it in that one's place.
    fn leave(&mut self) {
        (self.touched, self.kept_s, self.kept_tick) = (None, None, 0);
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ByItself>()
        .add_systems(
            Update,
            keep.run_if(resource_exists::<State<Phase>>.and_then(in_state(Phase::Playing))).in_set(AppSystems::Act),
        )
        .add_systems(OnExit(Phase::Playing), leave);
}

/// Nothing that was wanted of the last world comes from the next one.
fn leave(mut own: ResMut<ByItself>, mut wishes: ResMut<Wishes>, shelf: Res<Shelf>) {
    own.replaced(&shelf.saves, super::seconds(), false);
    own.before = None;
    (wishes.named, wishes.by_itself) = (None, None);
    #[cfg(target_arch = "wasm32")]
    super::store::owes(None);
}

fn keep(
    (mut own, mut wishes, shelf): (ResMut<ByItself>, ResMut<Wishes>, Res<Shelf>),
    pointer: Res<Pointer>,
    (session, status): (Res<Session>, Res<RoomStatus>),
    mut notices: ResMut<Notices>,
    mut asked: MessageReader<RoomRequest>,
    mut requests: MessageWriter<RoomRequest>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    let alone = session.room().is_none() || is_alone(&status.0);
    let runs = status.0.tick > 0 && status.0.particles > 0 && !status.0.nobody_computes;
    own.uses |= alone && runs && own.owes(status.0.tick);
    let replaces = |request: &RoomRequest| match request {
        RoomRequest::Load(_) | RoomRequest::Restore { .. } => Some(false),
        RoomRequest::GoBack => Some(true),
        _ => None,
    };
    if let Some(back) = asked.read().filter_map(replaces).last() {
        // The way back has the world saved, and what was done last in it comes onto the shelf by that.
        if alone && runs && own.owes(status.0.tick) {
            wishes.by_itself = Some(Wish { slot: own.slot(), until_s: now + REPLACED_S });
        }
        own.replaced(&shelf.saves, super::seconds(), back);
        return;
    }
    if pointer.pressed {
        own.touched = Some([own.touched.map_or(now, |[first, _]| first), now]);
    }
    #[cfg(target_arch = "wasm32")]
    super::store::owes(
        session
            .playing()
            .filter(|_| alone && runs && own.owes(status.0.tick))
            .map(|driver| (own.slot(), driver.clone())),
    );
    if alone && runs && own.is_due(status.0.tick, now) {
        if std::mem::take(&mut own.drops) {
            notices.push(fill("kept-makes-room", [("count", SLOTS.len().into())]), now);
        }
        wishes.by_itself = Some(Wish { slot: own.slot(), until_s: now + WISH_S });
        requests.write(RoomRequest::SaveByItself);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save(name: &str, seconds: i64, bytes: u64) -> OnShelf {
        OnShelf { place: Place::ByItself, name: name.into(), seconds, bytes, picture: None }
    }

    /// Fault 17: a world of one's own is offered again after a reload.
    #[test]
    fn the_last_visits_world_is_offered_and_this_one_takes_the_oldest_slot() {
        let saves: Vec<OnShelf> =
            SLOTS.iter().zip([500, 900, 700, 600, 800, 650]).map(|(s, at)| save(s, at, 9)).collect();
        let mut own = ByItself::default();
        assert_eq!(own.begin(&saves, 1000), Some(saves[1].clone()));
        assert_eq!((own.slot(), own.drops, own.begin(&saves, 1000)), ("1", true, None));
        let mut own = ByItself::default();
        assert_eq!(own.begin(&saves[..1], 1000), Some(saves[0].clone()));
        assert_eq!((own.slot(), own.drops), ("2", false), "one that is free");
        let mut own = ByItself::default();
        assert_eq!(own.begin(&saves, 1000 + OFFERED_S), None, "too long ago");
    }

    #[test]
    fn a_world_is_kept_once_something_was_done_in_it_and_changed() {
        let mut own = ByItself::default();
        own.begin(&[], 0);
        assert!(!own.is_due(10, 100.0) && !own.owes(10), "nothing was done");
        own.touched = Some([100.0; 2]);
        assert!(own.owes(10), "a page that is hidden now keeps it");
        assert!(!own.is_due(10, 101.0) && own.is_due(20, 100.0 + AFTER_S));
        assert!(!own.is_due(30, 110.0) && own.is_due(40, 102.0 + EVERY_S));
        assert!(!own.is_due(40, 200.0) && !own.owes(40), "it is paused");
        own.begin(&[save(own.slot(), 5, 16_000_000)], 0);
        assert!(!own.is_due(50, 195.0) && own.is_due(50, 122.0 + 4.0 * EVERY_S), "a large one less often");
    }

    /// One visit's worlds do not take each other's place on the shelf, and only the oldest of all goes.
    #[test]
    fn a_second_world_has_a_slot_of_its_own() {
        let mut own = ByItself::default();
        own.begin(&[save("1", 500, 9), save("2", 900, 9)], 1000);
        assert_eq!(own.slot(), "3");
        own.replaced(&[], 1001, false);
        assert_eq!(own.slot(), "3", "nothing was done in it");
        (own.touched, own.uses) = (Some([100.0; 2]), true);
        assert!(own.is_due(10, 102.0) && own.owes(12));
        own.replaced(&[], 1002, false);
        assert!(own.slot() == "1" && !own.drops && !own.owes(20), "what this visit kept may not be listed yet");
        // Back to the one before, and forth again.
        own.replaced(&[], 1003, true);
        assert_eq!((own.slot(), own.before), ("3", Some("1")));
        own.replaced(&[], 1004, true);
        assert_eq!((own.slot(), own.before), ("1", Some("3")));
        own.replaced(&[], 1004, true);
        own.replaced(&[save("2", 900, 9), save("3", 1002, 9)], 1004, false);
        assert_eq!((own.slot(), own.before), ("4", Some("3")), "what one went back to lies in its slot");
        let listed = [save("1", 500, 9), save("2", 900, 9), save("3", 1002, 9)];
        for (slot, drops) in [("5", false), ("6", false), ("2", true), ("1", true)] {
            own.uses = true;
            own.replaced(&listed, 1005, false);
            assert_eq!((own.slot(), own.drops), (slot, drops));
        }
    }

    /// A world that one only came into must not be kept in the place of one's own.
    #[test]
    fn another_world_is_kept_once_something_was_done_in_that_one() {
        let mut own = ByItself::default();
        own.begin(&[], 0);
        own.touched = Some([100.0; 2]);
        assert!(own.is_due(10, 102.0) && own.owes(20));
        own.leave();
        assert!(!own.owes(20) && !own.is_due(20, 300.0));
    }

    /// A tab that is closed loses what was drawn in the last two seconds at most, where strokes are some seconds apart.
    #[test]
    fn what_was_drawn_is_kept_soon_and_drawing_is_not_held_up() {
        let mut own = ByItself::default();
        own.begin(&[], 0);
        own.touched = Some([100.0; 2]);
        assert!(own.is_due(10, 102.0));
        own.touched = Some([100.0, 103.0]);
        assert!(!own.is_due(20, 105.5) && own.is_due(20, 102.0 + APART_S), "not each stroke of many");
        own.touched = Some([100.0, 120.0]);
        assert!(!own.is_due(30, 121.5) && own.is_due(30, 120.0 + AFTER_S));
        // Who draws without end.
        own.touched = Some([100.0, 141.9]);
        assert!(!own.is_due(40, 141.9) && own.is_due(40, 122.0 + EVERY_S));
    }
}
