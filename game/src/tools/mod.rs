//! The tools: which one is in hand, how large it is, and the commands that using it makes.
//!
//! Everything about one tool stands in a file of its own ([`tool::Tool`] says what), and one line below makes it known:
//! palette, keys, cursor, echo and help follow from that.

mod cutting;
pub mod dragging;
pub mod drawing;
pub mod echo;
mod hand;
mod history;
mod registry;
mod source;
pub mod stamping;
pub mod tool;

pub use history::{History, Make, Revise};
pub use registry::key_label;
pub use tool::Tool;
use tool::Way;

use crate::camera::Viewport;
use crate::notices::Notices;
use crate::pointer::Pointer;
use crate::schedule::AppSystems;
use crate::session::{Applied, Phase, RoomGlobals, RoomRequest, RoomStatus, Saved};
use crate::settings::Settings;
use crate::view::Canvas;
use bevy::prelude::*;
pub use dragging::Dragging;
pub use drawing::{Drawing, Tip};
use echo::Echo;
use hand::{Hand, Moment};
use picture::field::{Field, Seen};
use sim_kernels::area::Area;
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command};
use sim_kernels::materials::{self, WATER};
pub use stamping::{Copied, Stamping, TakeStamp, colours};
use std::collections::BTreeSet;
use words::say;

registry::tools! {
    pour,
    erase,
    wall,
    dig,
    push,
    burst,
    heat,
    cool,
    wheel,
    tap,
    copier,
    only,
    swap,
    vortex,
    wind,
    probe,
    stamp,
    drag,
}

/// The brush's radius when it was never changed, in cells.
const RADIUS_USUAL: i32 = 5;

/// The tool in hand.
#[derive(Resource)]
pub struct Brush {
    /// Which.
    pub tool: &'static dyn Tool,
    /// Radius in cells, 0 to [`BRUSH_RADIUS_MAX`].
    pub radius: i32,
    /// The code of what is poured.
    pub material: u8,
    /// What its tip is like.
    pub tip: Tip,
    /// How tools that act along a stroke are used.
    pub drawing: Drawing,
    /// The cell it is over, to be drawn there; none when it is hidden.
    pub at: Option<Vec2>,
    /// What is made when it is let go.
    pub shown: Vec<Area>,
}

impl Default for Brush {
    fn default() -> Self {
        Self {
            tool: TOOLS[0],
            radius: RADIUS_USUAL,
            material: WATER as u8,
            tip: Tip::default(),
            drawing: Drawing::default(),
            at: None,
            shown: Vec::new(),
        }
    }
}

impl Brush {
    /// Makes it larger or smaller by a share of its size, at least by one cell.
    pub fn resize(&mut self, steps: i32) {
        let step = (self.radius / 5).max(1);
        self.radius = (self.radius + steps * step).clamp(0, BRUSH_RADIUS_MAX);
    }

    /// Takes a material in hand, and the tool that pours it, unless the one in hand works with it, too.
    pub fn take(&mut self, material: u8) {
        self.material = material;
        if !self.tool.takes_material() {
            self.tool = TOOLS[0];
        }
    }

    /// Takes the tip or the way of drawing that comes next, and round.
    pub fn turn_tip(&mut self) {
        self.tip = after(&Tip::ALL, self.tip);
    }

    /// See [`Self::turn_tip`].
    pub fn turn_drawing(&mut self) {
        self.drawing = after(&Drawing::ALL, self.drawing);
    }

    /// How the tool in hand is used, held straight or not.
    fn draws(&self, is_straight: bool) -> Drawing {
        match self.drawing {
            _ if self.tool.way() != Way::Stroke => Drawing::Free,
            Drawing::Free if is_straight => Drawing::Line,
            drawing => drawing,
        }
    }

    /// Takes the material that many places further among the buttons, and round.
    pub fn turn(&mut self, places: i32) {
        let palette: Vec<u8> = materials::palette().collect();
        let at = palette.iter().position(|&code| code == self.material).unwrap_or(0) as i32;
        self.take(palette[(at + places).rem_euclid(palette.len() as i32) as usize]);
    }

    /// Whether this tool is in hand.
    pub fn holds(&self, tool: &dyn Tool) -> bool {
        self.tool.id() == tool.id()
    }
}

/// What comes after one in a list, and round.
fn after<T: Copy + PartialEq>(all: &[(T, &str)], one: T) -> T {
    let at = all.iter().position(|(each, _)| *each == one).unwrap_or(0);
    all[(at + 1) % all.len()].0
}

/// Where the tool in hand is used: whatever is to take its place comes before.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UseTool;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Brush>()
        .init_resource::<Echo>()
        .init_resource::<History>()
        .init_resource::<Stamping>()
        .init_resource::<Dragging>()
        .add_message::<Revise>()
        .add_message::<Make>()
        .add_message::<Saved>()
        .add_message::<Copied>()
        .add_message::<TakeStamp>()
        .add_systems(Startup, take_up)
        .add_systems(OnExit(Phase::Playing), dragging::leave)
        .add_systems(
            Update,
            (
                follow_echo,
                (
                    history::begin_world,
                    use_tool.in_set(UseTool),
                    dragging::hold,
                    (stamping::take_up, stamping::use_stamp, stamping::cut).chain(),
                    explain,
                    history::make,
                    history::turns,
                    history::revise,
                )
                    .chain()
                    .run_if(in_state(Phase::Playing)),
                lay_down,
            )
                .chain()
                .in_set(AppSystems::Act),
        );
}

/// The brush is as large as it was last.
fn take_up(settings: Res<Settings>, mut brush: ResMut<Brush>) {
    brush.radius = settings.radius.unwrap_or(RADIUS_USUAL).clamp(0, BRUSH_RADIUS_MAX);
}

/// And will be as large the next time.
fn lay_down(mut settings: ResMut<Settings>, brush: Res<Brush>) {
    let radius = (brush.radius != RADIUS_USUAL).then_some(brush.radius);
    if settings.radius != radius {
        settings.radius = radius;
    }
}

fn use_tool(
    mut brush: ResMut<Brush>,
    pointer: Res<Pointer>,
    viewport: Res<Viewport>,
    globals: Res<RoomGlobals>,
    canvas: Option<Res<Canvas>>,
    mut echo: ResMut<Echo>,
    mut history: ResMut<History>,
    mut requests: MessageWriter<RoomRequest>,
    time: Res<Time>,
    // And whether it has done something already.
    mut hand: Local<Option<(Hand, bool)>>,
) {
    let at = pointer.at.map(|point| viewport.to_world(point));
    // Where it was last, for a finger that is lifted.
    let last = std::mem::replace(&mut brush.at, at);
    brush.shown.clear();
    let Some(globals) = globals.0.as_ref() else {
        *hand = None;
        return;
    };
    if matches!(brush.tool.way(), Way::Stamp | Way::Hold) {
        *hand = None;
        return;
    }
    let (size, tick, now) = (globals.size(), globals.tick, time.elapsed_secs_f64());
    let field = canvas.as_ref().map(|canvas| &canvas.field);
    if let Some(material) = pointer.picked.and_then(|point| below(field?, viewport.to_world(point))) {
        brush.take(material);
    }
    let moment = |at| Moment { at, time_s: now, tick };
    let mut at_once = false;
    let (made, acts) = match (at, pointer.pressed) {
        (Some(at), true) => {
            let drawing = brush.draws(pointer.straight);
            let once = brush.tool.way() == Way::Press || drawing == Drawing::Fill;
            let every = if once { f64::INFINITY } else { brush.tool.every_s() };
            let down = || Hand::down(at, now, field.and_then(|field| below(field, at)), drawing);
            let (held, acts) = hand.get_or_insert_with(|| (down(), false));
            if held.drawing().is_shown_first() {
                brush.shown = held.shape(at, pointer.straight, &brush, size);
                return;
            }
            if now - held.since() < every {
                return;
            }
            let made = match held.drawing() {
                Drawing::Fill => held.fill(field, moment(at), &brush),
                _ => held.drag(moment(at), &brush),
            };
            (made, acts)
        }
        _ => {
            let Some((held, _)) = hand.take().filter(|_| !pointer.cancelled) else { return };
            let Some(at) = at.or(last) else { return };
            // A finger that looks has no other way to point: what it found is taken by a button of the card that stays.
            if brush.tool.way() == Way::Look && held.is_click(at, now) && !pointer.by_finger {
                field.and_then(|field| below(field, at)).into_iter().for_each(|material| brush.take(material));
            }
            (held.finish(moment(at), pointer.straight, &brush, size), &mut at_once)
        }
    };
    for (area, command) in made {
        if command.is_valid(size) {
            if let Some(field) = field {
                echo.add(&brush, &area, &command, field, now);
            }
            if !std::mem::replace(acts, true) && history.begin(&command, now) {
                requests.write(RoomRequest::Command(Command::Begin));
            }
            history.add(&command);
            requests.write(RoomRequest::Command(command));
        }
    }
}

/// The code of what lies at a place.
fn below(field: &Field, at: Vec2) -> Option<u8> {
    let [x, y] = hand::cell(at);
    field.material_at(x, y)
}

/// Whether there is enough in a cell to be called something.
pub fn is_something(seen: &Seen) -> bool {
    seen.coverage >= picture::field::SOME
}

/// Who uses a tool where it does nothing is told why, once.
fn explain(
    brush: Res<Brush>,
    pointer: Res<Pointer>,
    canvas: Option<Res<Canvas>>,
    mut notices: ResMut<Notices>,
    mut told: Local<BTreeSet<&'static str>>,
    time: Res<Time>,
) {
    let (Some(at), Some(canvas), true) = (brush.at, canvas, pointer.pressed) else { return };
    if let Some(why) = brush.tool.is_idle_at(&canvas.field, at.x.floor() as i32, at.y.floor() as i32)
        && told.insert(why)
    {
        notices.push(say(why), time.elapsed_secs_f64());
    }
}

/// Lets the echo go where the room has answered.
fn follow_echo(
    mut echo: ResMut<Echo>,
    mut applied: MessageReader<Applied>,
    canvas: Option<Res<Canvas>>,
    status: Res<RoomStatus>,
    time: Res<Time>,
) {
    for Applied { tick, commands } in applied.read() {
        echo.applied(*tick, commands);
    }
    if let Some(canvas) = canvas {
        echo.follow(&canvas.field, status.0.paused, time.elapsed_secs_f64(), time.delta_secs_f64());
    }
}

/// The strength of a world's own gravity, or the usual one when there is none now.
pub fn gravity_strength(gravity: [i32; 2]) -> i32 {
    const USUAL: i32 = 82;
    let size = gravity[0].abs().max(gravity[1].abs());
    if size == 0 { USUAL } else { size }
}

/// The command that points gravity along `direction` (one of the axes, or zero).
pub fn gravity_towards(direction: [i32; 2], now: [i32; 2]) -> Command {
    let strength = gravity_strength(now);
    Command::Gravity(direction.map(|d| d.signum() * strength))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::session::{RoomStatus, Session};
    use bevy::state::app::StatesPlugin;
    use sim_kernels::globals::Globals;

    /// A window without a room.
    pub(crate) fn window(phase: Phase) -> App {
        let scene = driver::scene_file::named("dam-break").unwrap();
        let globals: Globals = scene.globals();
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatesPlugin))
            .insert_state(phase)
            .init_resource::<Settings>()
            .init_resource::<Viewport>()
            .init_resource::<Pointer>()
            .init_resource::<RoomStatus>()
            .init_resource::<Session>()
            .init_resource::<Notices>()
            .insert_resource(RoomGlobals(Some(Box::new(globals))))
            .add_message::<RoomRequest>()
            .add_message::<Applied>()
            .add_plugins((crate::schedule::plugin, plugin));
        app
    }

    /// What is requested in a frame.
    pub(crate) fn requested(app: &mut App) -> Vec<Command> {
        app.update();
        let all = app.world_mut().resource_mut::<Messages<RoomRequest>>().drain().collect::<Vec<_>>();
        let commands = all.into_iter().map(|request| match request {
            RoomRequest::Command(command) => command,
            other => panic!("{other:?}"),
        });
        commands.collect()
    }

    /// What is requested while the tool is held for a moment in the middle of the window.
    fn used(app: &mut App) -> Vec<Command> {
        let middle = app.world().resource::<Viewport>().window / 2.0;
        let press = |app: &mut App, pressed| {
            let mut pointer = app.world_mut().resource_mut::<Pointer>();
            (pointer.at, pointer.pressed) = (Some(middle), pressed);
        };
        press(app, true);
        let mut all = requested(app);
        for _ in 0..2 {
            std::thread::sleep(std::time::Duration::from_millis(40));
            all.extend(requested(app));
        }
        press(app, false);
        assert!(requested(app).is_empty());
        all
    }

    #[test]
    fn a_pressed_tool_asks_the_room_only_where_there_is_one() {
        let commands = used(&mut window(Phase::Playing));
        let [Command::Begin, rest @ ..] = &commands[..] else { panic!("{commands:?}") };
        assert!(rest.len() > 1 && rest.iter().all(|c| matches!(c, Command::Pour { .. })), "one stroke: {commands:?}");
        assert!(used(&mut window(Phase::Connecting)).is_empty());
    }

    /// What is requested by a press and a drag of so many points, while it lasts and as it ends.
    fn dragged(app: &mut App, by: Vec2, straight: bool) -> [Vec<Command>; 2] {
        let middle = app.world().resource::<Viewport>().window / 2.0;
        let mut while_held = Vec::new();
        for at in [middle, middle + by / 2.0, middle + by] {
            let mut pointer = app.world_mut().resource_mut::<Pointer>();
            (pointer.at, pointer.pressed, pointer.straight) = (Some(at), true, straight);
            while_held.extend(requested(app));
        }
        app.world_mut().resource_mut::<Pointer>().pressed = false;
        [while_held, requested(app)]
    }

    #[test]
    fn a_shape_is_shown_first_and_made_as_one_stroke_when_it_is_let_go() {
        let mut app = window(Phase::Playing);
        app.world_mut().resource_mut::<Brush>().drawing = Drawing::Box;
        let [before, made] = dragged(&mut app, Vec2::new(30.0, -20.0), false);
        assert!(before.is_empty(), "{before:?}");
        let [Command::Begin, Command::Apply { area: Area::Box(rect), .. }] = &made[..] else { panic!("{made:?}") };
        assert!(rect.width() > 1 && rect.height() > 1);
        // Held straight it is a square; a line by hand is one, too.
        let [_, made] = dragged(&mut app, Vec2::new(30.0, -20.0), true);
        let Some(Command::Apply { area: Area::Box(rect), .. }) = made.last() else { panic!("{made:?}") };
        assert_eq!(rect.width(), rect.height());
        app.world_mut().resource_mut::<Brush>().drawing = Drawing::Free;
        let [before, made] = dragged(&mut app, Vec2::new(30.0, -4.0), true);
        let Some(Command::Pour { stroke, .. }) = made.last() else { panic!("{made:?}") };
        assert!(before.is_empty() && stroke.from[1] == stroke.to[1] && stroke.from[0] < stroke.to[0]);
    }

    #[test]
    fn what_is_cancelled_is_not_made() {
        let mut app = window(Phase::Playing);
        app.world_mut().resource_mut::<Brush>().drawing = Drawing::Frame;
        let mut pointer = app.world_mut().resource_mut::<Pointer>();
        (pointer.at, pointer.pressed) = (Some(Vec2::new(200.0, 200.0)), true);
        assert!(requested(&mut app).is_empty() && !app.world().resource::<Brush>().shown.is_empty());
        app.world_mut().resource_mut::<Pointer>().cancel();
        assert!(requested(&mut app).is_empty() && app.world().resource::<Brush>().shown.is_empty());
        app.world_mut().resource_mut::<Pointer>().cancelled = false;
        assert!(requested(&mut app).is_empty());
    }

    #[test]
    fn what_is_picked_is_poured_unless_the_tool_in_hand_works_with_it() {
        let mut brush = Brush { tool: &wall::TOOL, ..Brush::default() };
        brush.take(3);
        assert!(brush.material == 3 && brush.holds(&pour::TOOL));
        brush.tool = &swap::TOOL;
        brush.take(4);
        assert!(brush.material == 4 && brush.holds(&swap::TOOL));
    }

    #[test]
    fn what_was_done_is_taken_back_and_done_again() {
        let mut app = window(Phase::Playing);
        let revise = |app: &mut App, what| {
            app.world_mut().resource_mut::<Messages<Revise>>().write(what);
            requested(app)
        };
        let said = |app: &App| app.world().resource::<Notices>().lines.len();
        assert!(revise(&mut app, Revise::Undo).is_empty() && revise(&mut app, Revise::Redo).is_empty());
        assert_eq!(said(&app), 2);
        let first = used(&mut app);
        app.world_mut().resource_mut::<Brush>().tool = &burst::TOOL;
        assert!(!used(&mut app).contains(&Command::Begin), "a burst is no stroke");
        assert_eq!(revise(&mut app, Revise::Undo), [Command::Undo]);
        assert_eq!(said(&app), 3, "the burst stays");
        assert!(app.world().resource::<History>().can_redo());
        assert_eq!(revise(&mut app, Revise::Redo), first);
        assert_eq!(revise(&mut app, Revise::Undo), [Command::Undo]);
        app.world_mut().resource_mut::<Brush>().tool = &wall::TOOL;
        assert_eq!(used(&mut app)[0], Command::Begin);
        assert!(!app.world().resource::<History>().can_redo(), "something else was done");
        app.world_mut().write_message(Make(vec![Command::Clear]));
        assert_eq!(requested(&mut app), [Command::Begin, Command::Clear], "to clear is a stroke");
        assert_eq!(revise(&mut app, Revise::Undo), [Command::Undo]);
        assert_eq!(said(&app), 3);
        assert_eq!(revise(&mut app, Revise::Redo), [Command::Begin, Command::Clear], "begun once");
        assert_eq!(revise(&mut app, Revise::Undo), [Command::Undo]);
        assert_eq!(
            app.world().resource::<History>().done_count(),
            1,
            "the wall: the clearing is one stroke, done again, too"
        );
    }

    /// Gravity is in all that moved since: taking it back is a return to the moment before.
    #[test]
    fn a_change_of_gravity_is_taken_back_by_going_back() {
        let mut app = window(Phase::Playing);
        let moment = |tick, age_s| room::api::Moment { epoch: 3, step: tick / 2, tick, age_s, exact: true };
        let status = room::api::Status {
            tick: 900,
            digest_of: (1, 3),
            moments: vec![moment(300, 10), moment(600, 5), moment(900, 0)],
            ..Default::default()
        };
        app.world_mut().resource_mut::<RoomStatus>().0 = status;
        used(&mut app);
        let gravity = Command::Gravity([0, 40]);
        app.world_mut().write_message(RoomRequest::Command(gravity.clone()));
        app.update();
        let undo = |app: &mut App| {
            app.world_mut().write_message(Revise::Undo);
            app.update();
            app.world_mut().resource_mut::<Messages<RoomRequest>>().drain().collect::<Vec<_>>()
        };
        let before = app.world().resource::<Notices>().lines.len();
        app.world_mut().resource_mut::<Messages<RoomRequest>>().clear();
        assert!(undo(&mut app).is_empty(), "the room has not said yet when it was");
        app.world_mut().write_message(Applied { tick: 640, commands: vec![gravity] });
        let asked = undo(&mut app);
        assert!(matches!(asked[..], [RoomRequest::Rewind { to: (3, 300), ticks: 40 }]), "{asked:?}");
        assert_eq!(app.world().resource::<Notices>().lines.len(), before + 2);
        // What was done before it is a stroke again.
        let asked = undo(&mut app);
        assert!(matches!(asked[..], [RoomRequest::Command(Command::Undo)]), "{asked:?}");
        // To what it is already it is not changed, and a change in another room is none of this one.
        let is = app.world().resource::<RoomGlobals>().0.as_ref().unwrap().gravity;
        let turned = |app: &mut App, to| {
            let before = app.world().resource::<History>().done_count();
            app.world_mut().write_message(RoomRequest::Command(Command::Gravity(to)));
            app.update();
            app.world().resource::<History>().done_count() - before
        };
        assert_eq!([is, [0, 50], [0, 50], is].map(|to| turned(&mut app, to)), [0, 1, 0, 1]);
        app.world_mut().resource_mut::<RoomStatus>().0.digest_of = (2, 3);
        app.update();
        assert_eq!(app.world().resource::<History>().done_count(), 0);
    }

    #[test]
    fn a_tool_that_does_nothing_on_a_wall_says_why() {
        let size = sim_kernels::geom::WorldSize::new(64, 64).unwrap();
        let mut terrain = sim_kernels::terrain::Terrain::new(size);
        terrain.set(9, 9, true);
        let mut field = picture::field::Field::new(size);
        field.set_terrain(&terrain);
        let idle = |tool: &dyn Tool, x| tool.is_idle_at(&field, x, 9);
        for tool in [&pour::TOOL as &dyn Tool, &erase::TOOL] {
            assert!(words::english().has(idle(tool, 9).unwrap()) && idle(tool, 30).is_none(), "{}", tool.id());
        }
        assert!(idle(&dig::TOOL, 9).is_none());
    }

    #[test]
    fn the_brush_keeps_its_size() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatesPlugin))
            .insert_state(Phase::Lobby)
            .insert_resource(Settings { radius: Some(900), ..Settings::default() })
            .init_resource::<RoomStatus>()
            .init_resource::<Session>()
            .init_resource::<Notices>()
            .add_message::<RoomRequest>()
            .add_message::<Applied>()
            .add_plugins((crate::schedule::plugin, plugin));
        app.update();
        assert_eq!(app.world().resource::<Brush>().radius, BRUSH_RADIUS_MAX, "within the limit");
        app.world_mut().resource_mut::<Brush>().resize(-1);
        app.update();
        let kept = app.world().resource::<Settings>().radius;
        assert!(kept.is_some() && kept < Some(BRUSH_RADIUS_MAX), "{kept:?}");
    }
}
