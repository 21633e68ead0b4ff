//! The power saver: while it saves, this device plays and watches, and computes nothing for the room.
//!
//! It is what the player chose; who chose nothing saves on battery. That must not stop a room: by itself it only
//! saves where somebody else computes.

mod battery;

use crate::notices::Notices;
use crate::schedule::AppSystems;
use crate::session::{HeldBack, RoomStatus, Session};
use crate::settings::Settings;
use battery::Battery;
use bevy::prelude::*;
use driver::Place;
use room::api::Status;

/// How often the battery is looked at, in seconds.
const LOOK_EVERY_S: f64 = 2.0;
/// This device stops by itself once another has computed for this many seconds: the first of the room after
/// that time, each one after it later by as much. If two stopped at once because of each other, nobody would be left.
const STAGGER_S: f64 = 2.0;

/// Whether this device saves power, and why.
#[derive(Resource, Debug, Default)]
pub struct Power {
    on_battery: bool,
    saving: bool,
    /// Since when others have been seen computing.
    helped_since: Option<f64>,
}

/// What is to be known of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Company {
    /// This peer's place in the order of joining.
    place: usize,
    /// Somebody else lends a device.
    others_lend: bool,
}

impl Power {
    /// Whether this device is to compute nothing.
    pub fn is_saving(&self) -> bool {
        self.saving
    }

    /// Whether the battery is being emptied.
    pub fn is_on_battery(&self) -> bool {
        self.on_battery
    }

    /// A room is entered, or a world of one's own: there somebody must compute. In a room it turns out later who else
    /// does, and saving begins at once.
    fn enter(&mut self, chosen: Option<bool>, solo: bool) {
        (self.saving, self.helped_since) = (!solo && chosen.unwrap_or(self.on_battery), None);
    }

    /// Decides; a sentence for the player when that changed by itself.
    fn turn(&mut self, chosen: Option<bool>, company: Option<Company>, now: f64) -> Option<&'static str> {
        let company = company?;
        let helped = company.others_lend.then(|| *self.helped_since.get_or_insert(now));
        self.helped_since = helped;
        let patience = STAGGER_S * (1 + company.place) as f64;
        let may = helped.is_some_and(|since| self.saving || now - since >= patience);
        let saves = chosen.unwrap_or(self.on_battery && may);
        if std::mem::replace(&mut self.saving, saves) == saves || chosen.is_some() {
            return None;
        }
        Some(match (saves, self.on_battery) {
            (true, _) => "saver-on-battery",
            (false, false) => "saver-power-is-back",
            (false, true) => "saver-nobody-else",
        })
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.insert_resource(Power::default())
        .insert_non_send(Battery::watch())
        .add_systems(Update, (look, enter).chain().in_set(AppSystems::Prepare))
        .add_systems(Update, decide.in_set(AppSystems::Follow));
}

fn look(battery: NonSend<Battery>, mut power: ResMut<Power>, mut looked: Local<Option<f64>>, time: Res<Time>) {
    let now = time.elapsed_secs_f64();
    if looked.is_some_and(|at| now - at < LOOK_EVERY_S) {
        return;
    }
    *looked = Some(now);
    power.on_battery = battery.discharges().unwrap_or(false);
}

/// A place is about to be entered.
fn enter(mut power: ResMut<Power>, settings: Res<Settings>, session: Res<Session>, mut held_back: ResMut<HeldBack>) {
    if let Some(place) = session.wanted() {
        power.enter(settings.power_saver, *place == Place::Solo);
        held_back.0 = power.saving;
    }
}

fn decide(
    mut power: ResMut<Power>,
    settings: Res<Settings>,
    status: Res<RoomStatus>,
    session: Res<Session>,
    mut held_back: ResMut<HeldBack>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    let company = company(&status.0).filter(|_| session.room().is_some());
    let words = power.turn(settings.power_saver, company, now);
    held_back.0 = power.saving;
    // Who does not lend anyway is told nothing.
    if let Some(words) = words.filter(|_| settings.lend == Some(true)) {
        notices.push(words::say(words), now);
    }
}

fn company(status: &Status) -> Option<Company> {
    let place = status.people.iter().position(|p| p.me)?;
    Some(Company { place, others_lend: status.people.iter().any(|p| !p.me && p.profile.lend) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(others_lend: bool) -> Option<Company> {
        Some(Company { place: 0, others_lend })
    }

    #[test]
    fn a_battery_saves_by_itself_where_somebody_else_computes() {
        let mut power = Power { on_battery: true, ..Power::default() };
        assert_eq!(power.turn(None, with(false), 0.0), None);
        assert!(!power.is_saving(), "somebody must compute");
        assert_eq!(power.turn(None, with(true), 10.0), None);
        let words = power.turn(None, with(true), 10.0 + STAGGER_S).unwrap();
        assert!(power.is_saving() && words == "saver-on-battery");
        assert_eq!(power.turn(None, with(true), 13.0), None, "said once");
        // The other leaves; then the cable is plugged in.
        assert!(power.turn(None, with(false), 20.0).unwrap() == "saver-nobody-else");
        assert!(!power.is_saving());
        power.turn(None, with(true), 30.0);
        power.turn(None, with(true), 40.0);
        assert!(power.is_saving());
        power.on_battery = false;
        assert!(power.turn(None, with(true), 41.0).unwrap() == "saver-power-is-back");
        assert!(!power.is_saving());
    }

    #[test]
    fn what_the_player_chose_holds_in_silence() {
        let mut power = Power { on_battery: true, ..Power::default() };
        assert_eq!(power.turn(Some(false), with(true), 100.0), None);
        assert!(!power.is_saving());
        power.on_battery = false;
        assert_eq!(power.turn(Some(true), with(false), 200.0), None);
        assert!(power.is_saving(), "and the room says that nobody computes");
    }

    #[test]
    fn one_who_enters_on_battery_begins_as_a_watcher_and_one_alone_computes() {
        let mut power = Power { on_battery: true, ..Power::default() };
        power.enter(None, false);
        assert!(power.is_saving());
        // Before the room has said who is there, nothing changes.
        power.turn(None, None, 0.1);
        assert!(power.is_saving());
        power.turn(None, with(false), 0.2);
        assert!(!power.is_saving());
        power.enter(Some(true), true);
        assert!(!power.is_saving());
    }

    /// Two laptops on battery in one room, each seeing the other with a delay: one computes, whatever happens.
    #[test]
    fn two_on_battery_do_not_stop_for_each_others_sake() {
        let mut both = [0, 1].map(|_| Power { on_battery: true, ..Power::default() });
        let mut seen = [[true, true]; 4];
        let mut idle = 0;
        for i in 0..2_000 {
            let now = i as f64 * 0.1;
            let old = seen[i % 4];
            for (place, power) in both.iter_mut().enumerate() {
                power.turn(None, Some(Company { place, others_lend: old[1 - place] }), now);
            }
            seen[i % 4] = [0, 1].map(|place| !both[place].is_saving());
            idle += usize::from(both.iter().all(Power::is_saving));
        }
        assert_eq!(idle, 0);
        assert!(both[0].is_saving() && !both[1].is_saving());
    }
}
