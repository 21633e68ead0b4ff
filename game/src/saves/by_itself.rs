//! Worlds that are kept by themselves. Who is alone with a world loses it with the tab or window, so it is saved two seconds
//! after the player did something in it, and every twenty while it moves on, and on the next visit offered again. With others in
//! the room the world is where they are, and nobody's machine is asked for copies of it.
//!
//! Each world has a slot of its own: one that takes another's place on the same visit does so in the room, and not on the shelf.
//! That is so whoever had it begin, and also where the world of before comes back: what lies in that one's slot may be newer.
//! Only the player's own return to an earlier moment of the same world goes on in its slot. There are only a few slots, so the
//! oldest world goes where a new one is kept, in words.

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
pub(super) const SLOTS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];
/// A world that is being replaced is saved at once, or not at all: what is saved later is of the next one. In seconds. A world
/// that begins later than that after this player asked for a return is none that was asked for, too.
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
    /// The lineage and the epoch of what is seen, and the epoch in which its world began; none before a room told it.
    world: Option<(u64, u32)>,
    began: u32,
    /// When this player asked for another world last, and for an earlier moment of this one, in seconds.
    replaces_s: Option<f64>,
    returns_s: Option<f64>,
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

    /// A world that was to lie in one slot lies in another, since another window has that one. Answers whether so.
    pub(super) fn moved(&mut self, from: &str, to: &str, saves: &[OnShelf], unix: i64) -> bool {
        let Some(to) = SLOTS.into_iter().find(|slot| *slot == to && to != from) else { return false };
        if self.slot == Some(from) {
            self.slot = Some(to);
            return true;
        }
        // It was left meanwhile.
        self.left.insert(to, unix);
        if self.slot == Some(to) {
            self.choose(saves);
        }
        true
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

    /// The room tells which world it has. Answers whether that is another one than before, which then has a slot of its own.
    fn sees(&mut self, world: (u64, u32), saves: &[OnShelf], unix: i64, now: f64) -> bool {
        let before = self.world.replace(world);
        if before == Some(world) {
            return false;
        }
        let returned = self.returns_s.take().is_some_and(|asked| now - asked < REPLACED_S);
        if returned && before.is_some_and(|(lineage, _)| lineage == world.0) {
            return false;
        }
        self.began = world.1;
        self.replaced(saves, unix);
        true
    }

    /// Another world takes this one's place: it has a slot of its own, if this one uses its slot.
    fn replaced(&mut self, saves: &[OnShelf], unix: i64) {
        if let Some(slot) = self.slot.filter(|_| self.uses) {
            self.left.insert(slot, unix);
            self.choose(saves);
        }
        (self.uses, self.bytes, self.replaces_s) = (false, 0, None);
        self.leave();
    }

    /// This player asks for something that has the world begin again.
    fn hears(&mut self, request: &RoomRequest, alone: bool, now: f64) {
        match request {
            RoomRequest::Load(_) | RoomRequest::Restore { .. } | RoomRequest::GoBack => {
                (self.replaces_s, self.returns_s) = (Some(now), None);
            }
            // What lies before its beginning is another world, and with others in the room it may be theirs that begins.
            RoomRequest::Rewind { to, .. } => self.returns_s = Some(now).filter(|_| alone && to.0 >= self.began),
            _ => {}
        }
    }

    /// Whether another world may begin at any moment: what is saved now might be of that one.
    fn is_leaving(&self, now: f64) -> bool {
        self.replaces_s.is_some_and(|asked| now - asked < REPLACED_S)
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

/// Another world went for this one.
pub(super) fn makes_room() -> String {
    fill("kept-makes-room", [("count", SLOTS.len().into())])
}

/// Nothing that was wanted of the last world comes from the next one.
fn leave(mut own: ResMut<ByItself>, mut wishes: ResMut<Wishes>, shelf: Res<Shelf>) {
    own.replaced(&shelf.saves, super::seconds());
    (own.world, own.returns_s) = (None, None);
    wishes.by_itself = None;
    #[cfg(target_arch = "wasm32")]
    super::store::owes(None);
}

fn keep(
    (mut own, mut wishes, shelf): (ResMut<ByItself>, ResMut<Wishes>, Res<Shelf>),
    pointer: Res<Pointer>,
    (session, status): (Res<Session>, Res<RoomStatus>),
    mut notices: ResMut<Notices>,
    mut requests: ParamSet<(MessageReader<RoomRequest>, MessageWriter<RoomRequest>)>,
    time: Res<Time>,
) {
    let (now, tick) = (time.elapsed_secs_f64(), status.0.tick);
    let alone = session.room().is_none() || is_alone(&status.0);
    let was_leaving = own.is_leaving(now);
    requests.p0().read().for_each(|request| own.hears(request, alone, now));
    if own.sees(status.0.world, &shelf.saves, super::seconds(), now) {
        // A save that is still on its way may be of the new one.
        wishes.by_itself = None;
    }
    let runs = tick > 0 && status.0.particles > 0 && !status.0.nobody_computes;
    let owes = alone && runs && own.owes(tick);
    own.uses |= owes;
    let leaves = own.is_leaving(now);
    let mut wanted = None;
    if leaves && !was_leaving {
        // The way back has the world saved, and what was done last in it comes onto the shelf by that.
        if owes {
            wanted = Some(now + REPLACED_S);
        } else if let Some(wish) = &mut wishes.by_itself {
            wish.until_s = wish.until_s.min(now + REPLACED_S);
        }
    }
    if pointer.pressed {
        own.touched = Some([own.touched.map_or(now, |[first, _]| first), now]);
    }
    #[cfg(target_arch = "wasm32")]
    super::store::owes(
        session
            .playing()
            .filter(|_| alone && runs && !leaves && own.owes(tick))
            .map(|driver| (own.slot(), driver.clone())),
    );
    if alone && runs && !leaves && own.is_due(tick, now) {
        wanted = Some(now + WISH_S);
        requests.p1().write(RoomRequest::SaveByItself);
    }
    if let Some(until_s) = wanted {
        if std::mem::take(&mut own.drops) {
            notices.push(makes_room(), now);
        }
        wishes.by_itself = Some(Wish { slot: own.slot(), until_s });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::api::{PeerId, Person, Profile, Status};
    use sim_kernels::command::Command;

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
        own.replaced(&[], 1001);
        assert_eq!(own.slot(), "3", "nothing was done in it");
        (own.touched, own.uses) = (Some([100.0; 2]), true);
        assert!(own.is_due(10, 102.0) && own.owes(12));
        own.replaced(&[], 1002);
        assert!(own.slot() == "1" && !own.drops && !own.owes(20), "what this visit kept may not be listed yet");
        let listed = [save("1", 500, 9), save("2", 900, 9), save("3", 1002, 9)];
        for (slot, drops) in [("4", false), ("5", false), ("6", false), ("2", true), ("3", true)] {
            own.uses = true;
            own.replaced(&listed, 1005);
            assert_eq!((own.slot(), own.drops), (slot, drops));
        }
    }

    /// A visit to worlds in a room, of which those on the shelf are known.
    struct Visit(World);

    impl Visit {
        fn new() -> Self {
            let mut world = World::new();
            let mut own = ByItself::default();
            own.begin(&[], 0);
            world.insert_resource(own);
            world.insert_resource(Session::in_room("tide"));
            world.init_resource::<Wishes>();
            world.init_resource::<Shelf>();
            world.init_resource::<Pointer>();
            world.init_resource::<Notices>();
            world.init_resource::<Messages<RoomRequest>>();
            world.init_resource::<Time>();
            let status = Status { particles: 10, world: (1, 1), people: vec![person(1)], ..Status::default() };
            world.insert_resource(RoomStatus(status));
            Self(world)
        }

        /// The room has this world for so many seconds, in which others are there or not and something is done or not.
        /// Answers the slots for which a save was wanted.
        fn goes_on(&mut self, epoch: u32, seconds: u32, others: bool, draws: bool) -> Vec<&'static str> {
            let mut slots = Vec::new();
            self.0.resource_mut::<Pointer>().pressed = draws;
            for _ in 0..seconds * 4 {
                self.0.resource_mut::<Time>().advance_by(std::time::Duration::from_millis(250));
                let status = &mut self.0.resource_mut::<RoomStatus>().0;
                (status.tick, status.world.1) = (status.tick + 15, epoch);
                status.people = if others { vec![person(1), person(2)] } else { vec![person(1)] };
                self.0.run_system_cached(keep).unwrap();
                self.0.resource_mut::<Pointer>().pressed = false;
                slots.extend(self.0.resource_mut::<Wishes>().by_itself.take().map(|wish| wish.slot));
            }
            slots
        }

        fn asks(&mut self, request: RoomRequest) {
            self.0.write_message(request);
        }
    }

    fn person(id: u128) -> Person {
        Person {
            id: PeerId(id),
            me: id == 1,
            leader: id == 1,
            profile: Profile { name: String::new(), lend: true, backend: String::new(), throughput: 0 },
            region: None,
            stand_in_for: Vec::new(),
            tick_us: 0,
            rtt_us: 0,
            behind: 0,
        }
    }

    fn load() -> RoomRequest {
        RoomRequest::Load(Handle::default())
    }

    /// Two scenes later the world that one goes back to is the second, and the first is still in its slot.
    #[test]
    fn what_one_goes_back_to_takes_no_other_worlds_place() {
        let mut visit = Visit::new();
        assert_eq!(visit.goes_on(1, 8, false, true), ["1"]);
        for epoch in [2, 3] {
            visit.asks(load());
            visit.goes_on(epoch, 4, false, false);
        }
        visit.asks(RoomRequest::GoBack);
        assert_eq!(visit.goes_on(4, 8, false, true), ["2"]);
        // After a clearing, too: that is no other world, and the one of before is.
        visit.asks(RoomRequest::Command(Command::Clear));
        visit.goes_on(4, 4, false, false);
        visit.asks(RoomRequest::GoBack);
        visit.goes_on(5, 1, false, false);
        assert_eq!(visit.goes_on(5, 8, false, true), ["3"]);
    }

    /// A world that does not come after all takes nothing from the one that there is.
    #[test]
    fn a_world_that_is_refused_leaves_the_slot_as_it_was() {
        let mut visit = Visit::new();
        assert_eq!(visit.goes_on(1, 8, false, true), ["1"]);
        visit.asks(load());
        assert_eq!(visit.goes_on(1, 1, false, false), ["1"], "it would be saved by the way back");
        assert_eq!(visit.goes_on(1, 8, false, true), ["1"]);
    }

    /// A visitor's scene is kept in no slot of another world, also once that visitor is gone.
    #[test]
    fn what_others_begin_takes_no_place_on_the_shelf() {
        let mut visit = Visit::new();
        assert_eq!(visit.goes_on(1, 8, false, true), ["1"]);
        visit.goes_on(1, 1, true, false);
        visit.goes_on(2, 1, true, false);
        assert!(visit.goes_on(2, 40, false, false).is_empty(), "nothing was done in it");
        assert_eq!(visit.goes_on(2, 8, false, true), ["2"]);
        // Who was only there takes nothing: it is the same world.
        visit.goes_on(2, 4, true, false);
        assert_eq!(visit.goes_on(2, 30, false, true), ["2", "2"]);
    }

    #[test]
    fn an_earlier_moment_of_a_world_goes_on_in_its_slot_and_one_of_another_does_not() {
        let mut visit = Visit::new();
        visit.goes_on(1, 8, false, true);
        visit.asks(load());
        visit.goes_on(2, 2, false, false);
        assert_eq!(visit.goes_on(2, 8, false, true), ["2"]);
        visit.asks(RoomRequest::Rewind { to: (2, 3), ticks: 0 });
        visit.goes_on(3, 1, false, false);
        assert_eq!(visit.goes_on(3, 24, false, true), ["2", "2"]);
        visit.asks(RoomRequest::Rewind { to: (1, 3), ticks: 0 });
        visit.goes_on(4, 1, false, false);
        assert_eq!(visit.goes_on(4, 8, false, true), ["3"]);
    }

    /// What was asked for just before is of the old world or of none, and what makes room says so.
    #[test]
    fn no_wish_of_a_world_outlives_it() {
        let mut visit = Visit::new();
        visit.goes_on(1, 1, false, true);
        visit.0.resource_mut::<ByItself>().drops = true;
        visit.asks(load());
        assert_eq!(visit.goes_on(1, 1, false, false), ["1"]);
        assert_eq!(visit.0.resource::<Notices>().lines.len(), 1, "another was in that slot");
        let mut visit = Visit::new();
        visit.goes_on(1, 8, false, true);
        let until_s = visit.0.resource::<Time>().elapsed_secs_f64() + WISH_S;
        let tick = visit.0.resource::<RoomStatus>().0.tick;
        visit.0.resource_mut::<ByItself>().kept_tick = tick;
        visit.0.resource_mut::<Wishes>().by_itself = Some(Wish { slot: "1", until_s });
        visit.asks(load());
        visit.0.run_system_cached(keep).unwrap();
        let until = visit.0.resource::<Wishes>().by_itself.as_ref().map(|wish| wish.until_s);
        assert!(until.is_some_and(|until| until < until_s - 60.0), "{until:?}");
        visit.0.resource_mut::<RoomStatus>().0.world.1 = 2;
        visit.0.run_system_cached(keep).unwrap();
        assert!(visit.0.resource::<Wishes>().by_itself.is_none());
    }

    #[test]
    fn a_world_goes_on_where_it_was_kept() {
        let mut own = ByItself::default();
        own.begin(&[], 0);
        assert!(!own.moved("1", "1", &[], 5) && own.moved("1", "3", &[], 5));
        assert_eq!(own.slot(), "3");
        own.uses = true;
        own.replaced(&[], 6);
        assert_eq!(own.slot(), "1");
        assert!(own.moved("3", "1", &[], 7), "the last one, only now");
        assert_eq!(own.slot(), "2");
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
