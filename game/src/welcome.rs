//! The first minute. Nothing stands before play: a world runs at once. To who is here for the first time a ghost's hand shows
//! how to pour, until the first own press, and three hints say what else there is; each goes when it was done, or after a
//! while. Whether this device may compute for others is asked when there are others, and not in their first minute.

use crate::pointer::Pointer;
use crate::schedule::AppSystems;
use crate::session::{Phase, RoomGlobals, RoomRequest, RoomStatus, Session, is_alone};
use crate::settings::Settings;
use crate::tools::{Brush, Revise};
use bevy::prelude::*;
use sim_kernels::command::{Command, Stroke};
use sim_kernels::materials;

/// When the ghost's hand begins, how long it pours, and how often, in seconds.
const GHOST_FROM_S: f64 = 1.0;
const GHOST_S: f64 = 7.0;
const GHOST_EVERY_S: f64 = 0.1;
/// What it pours, and how much: it is to be seen on water, and to be little.
const GHOST_POURS: &str = "honey";
const GHOST_RADIUS: i32 = 1;
/// A hint is shown for so long at most, in seconds.
const HINT_S: f64 = 45.0;
/// Lending is asked about so long after one came to others, in seconds.
const ASKED_AFTER_S: f64 = 60.0;
/// The tools that the second hint is about.
const SHAPING: [&str; 3] = ["wall", "erase", "dig"];

/// The hints, in the order in which they are shown: each with its sentence.
pub const HINTS: [&str; 3] = ["hint-pour", "hint-shape", "hint-undo"];

/// See the module.
#[derive(Resource, Debug, Default)]
pub struct Welcome {
    /// Where the ghost's hand is, in cells.
    pub hand: Option<Vec2>,
    /// Whether lending is to be asked about now.
    pub asks_lending: bool,
    done: [bool; 3],
    /// Since when the hint that is shown is.
    shown_s: Option<f64>,
    /// Since when one plays here.
    since_s: Option<f64>,
    was_alone: bool,
    poured_s: f64,
    has_pressed: bool,
}

impl Welcome {
    /// The hint that is shown, by its place; none once all were.
    pub fn hint(&self, settings: &Settings) -> Option<usize> {
        let next = self.done.iter().position(|done| !done);
        next.filter(|_| !settings.hint_seen && self.since_s.is_some())
    }

    /// Where the hand is, so long after it began, in a world of a size: to and fro above the middle.
    fn path(size: Vec2, seconds: f64) -> Vec2 {
        let swing = (seconds as f32 * 0.9).sin();
        Vec2::new(size.x * (0.5 + 0.16 * swing), size.y * (0.8 + 0.03 * (swing * 3.0).cos()))
    }
}

#[cfg(test)]
impl Welcome {
    /// Of somebody who has just begun to play.
    pub(crate) fn begun() -> Self {
        Self { since_s: Some(0.0), ..Self::default() }
    }

    /// Of somebody who is to be asked about lending.
    pub(crate) fn asking() -> Self {
        Self { asks_lending: true, ..Self::default() }
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Welcome>()
        .add_systems(Update, (ask, pour, hint).chain().run_if(in_state(Phase::Playing)).in_set(AppSystems::Act))
        .add_systems(OnExit(Phase::Playing), leave);
}

/// Another place is another company.
fn leave(mut welcome: ResMut<Welcome>) {
    (welcome.since_s, welcome.was_alone, welcome.asks_lending, welcome.hand) = (None, false, false, None);
}

fn ask(
    mut welcome: ResMut<Welcome>,
    settings: Res<Settings>,
    session: Res<Session>,
    status: Res<RoomStatus>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    let since = *welcome.since_s.get_or_insert(now);
    let alone = session.room().is_none() || is_alone(&status.0);
    welcome.was_alone |= alone;
    let others = !alone && status.0.people.len() > 1;
    let due = welcome.was_alone || now - since >= ASKED_AFTER_S;
    welcome.asks_lending = settings.lend.is_none() && !session.is_solo() && others && due;
}

fn pour(
    mut welcome: ResMut<Welcome>,
    settings: Res<Settings>,
    pointer: Res<Pointer>,
    session: Res<Session>,
    (status, globals): (Res<RoomStatus>, Res<RoomGlobals>),
    mut requests: MessageWriter<RoomRequest>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    welcome.has_pressed |= pointer.pressed;
    let seconds = now - welcome.since_s.unwrap_or(now) - GHOST_FROM_S;
    // Others' worlds are left alone.
    let alone = session.room().is_none() || is_alone(&status.0);
    let shows = !settings.hint_seen && !welcome.has_pressed && alone && (0.0..GHOST_S).contains(&seconds);
    let size = globals.0.as_ref().map(|globals| globals.size()).filter(|_| shows);
    welcome.hand = size.map(|size| Welcome::path(Vec2::new(size.width as f32, size.height as f32), seconds));
    let (Some(at), Some(size)) = (welcome.hand, size) else { return };
    if now - welcome.poured_s < GHOST_EVERY_S {
        return;
    }
    welcome.poured_s = now;
    let Some(material) = materials::NAMES.iter().position(|name| *name == GHOST_POURS) else { return };
    let cell = [at.x as i32, at.y as i32 - 3];
    let stroke = Stroke::dab(cell, GHOST_RADIUS);
    let command = Command::Pour { stroke, material: material as u8, velocity: [0, 0] };
    if command.is_valid(size) {
        requests.write(RoomRequest::Command(command));
    }
}

fn hint(
    mut welcome: ResMut<Welcome>,
    mut settings: ResMut<Settings>,
    pointer: Res<Pointer>,
    brush: Res<Brush>,
    mut revised: MessageReader<Revise>,
    time: Res<Time>,
) {
    let undone = revised.read().any(|revise| *revise == Revise::Undo);
    if settings.hint_seen {
        return;
    }
    let now = time.elapsed_secs_f64();
    let shapes = SHAPING.contains(&brush.tool.id());
    let done = [pointer.pressed && !shapes, pointer.pressed && shapes, undone];
    let before = welcome.hint(&settings);
    (0..HINTS.len()).for_each(|place| welcome.done[place] |= done[place]);
    let since = *welcome.shown_s.get_or_insert(now);
    if now - since >= HINT_S
        && let Some(place) = before
    {
        welcome.done[place] = true;
    }
    if welcome.hint(&settings) != before {
        welcome.shown_s = None;
    }
    if welcome.done == [true; 3] {
        settings.hint_seen = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::TOOLS;
    use room::api::{PeerId, Person, Profile};
    use std::time::Duration;

    fn app() -> App {
        let mut app = App::new();
        app.init_resource::<Time>()
            .init_resource::<Welcome>()
            .init_resource::<Settings>()
            .init_resource::<Pointer>()
            .init_resource::<Brush>()
            .init_resource::<RoomStatus>()
            .insert_resource(Session::in_room("tide"))
            .insert_resource(RoomGlobals(Some(Box::new(driver::scene_file::named("fountain").unwrap().globals()))))
            .add_message::<RoomRequest>()
            .add_message::<Revise>()
            .add_systems(Update, (ask, pour, hint).chain());
        people(&mut app, &[true]);
        app
    }

    fn people(app: &mut App, me: &[bool]) {
        let person = |(id, &me): (usize, &bool)| Person {
            id: PeerId(id as u128 + 1),
            me,
            leader: id == 0,
            profile: Profile { name: String::new(), lend: true, backend: String::new(), throughput: 0 },
            region: None,
            stand_in_for: Vec::new(),
            tick_us: 0,
            rtt_us: 0,
            behind: 0,
        };
        app.world_mut().resource_mut::<RoomStatus>().0.people = me.iter().enumerate().map(person).collect();
    }

    fn run(app: &mut App, seconds: f64) {
        for _ in 0..(seconds * 10.0).round() as usize {
            app.world_mut().resource_mut::<Time>().advance_by(Duration::from_millis(100));
            app.update();
        }
    }

    fn press(app: &mut App, pressed: bool) {
        app.world_mut().resource_mut::<Pointer>().pressed = pressed;
        run(app, 0.2);
    }

    fn hint_of(app: &App) -> Option<usize> {
        app.world().resource::<Welcome>().hint(app.world().resource::<Settings>())
    }

    fn poured(app: &mut App) -> usize {
        app.world_mut().resource_mut::<Messages<RoomRequest>>().drain().count()
    }

    #[test]
    fn a_ghosts_hand_pours_until_the_first_press_and_never_in_company() {
        let mut app = app();
        run(&mut app, 3.0);
        let count = poured(&mut app);
        assert!(app.world().resource::<Welcome>().hand.is_some() && count > 0);
        press(&mut app, true);
        poured(&mut app);
        press(&mut app, false);
        run(&mut app, 1.0);
        assert!(app.world().resource::<Welcome>().hand.is_none() && poured(&mut app) == 0);
        let mut company = self::app();
        people(&mut company, &[true, false]);
        run(&mut company, 4.0);
        assert_eq!(poured(&mut company), 0);
    }

    #[test]
    fn each_hint_goes_when_it_was_done_and_all_are_kept_as_seen() {
        let mut app = app();
        run(&mut app, 0.3);
        assert_eq!(hint_of(&app), Some(0));
        press(&mut app, true);
        assert_eq!(hint_of(&app), Some(1));
        let wall = TOOLS.iter().find(|tool| tool.id() == "wall").unwrap();
        app.world_mut().resource_mut::<Brush>().tool = *wall;
        press(&mut app, true);
        assert_eq!(hint_of(&app), Some(2));
        app.world_mut().write_message(Revise::Undo);
        run(&mut app, 0.2);
        assert!(hint_of(&app).is_none() && app.world().resource::<Settings>().hint_seen);
    }

    #[test]
    fn a_hint_that_nobody_follows_goes_by_itself() {
        let mut app = app();
        run(&mut app, 3.0 * HINT_S + 2.0);
        assert!(app.world().resource::<Settings>().hint_seen);
    }

    /// Fault 18: alone nobody is asked, and who comes to others is not asked in the first minute.
    #[test]
    fn lending_is_asked_about_when_there_are_others_and_not_at_once() {
        let asks = |app: &App| app.world().resource::<Welcome>().asks_lending;
        let mut alone = app();
        run(&mut alone, ASKED_AFTER_S + 5.0);
        assert!(!asks(&alone));
        people(&mut alone, &[true, false]);
        run(&mut alone, 0.2);
        assert!(asks(&alone), "somebody came");
        let mut company = app();
        people(&mut company, &[false, true]);
        run(&mut company, ASKED_AFTER_S - 5.0);
        assert!(!asks(&company));
        run(&mut company, 6.0);
        assert!(asks(&company));
        company.world_mut().resource_mut::<Settings>().lend = Some(false);
        run(&mut company, 0.2);
        assert!(!asks(&company));
    }
}
