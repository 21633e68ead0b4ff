//! The tools: which one is in hand, how large it is, and the commands that using it makes.
//!
//! Everything about one tool stands in a file of its own ([`tool::Tool`] says what), and one line below makes it known:
//! palette, keys, cursor, echo and help follow from that.

pub mod echo;
mod hand;
mod history;
mod registry;
mod source;
pub mod tool;

pub use history::{History, Revise};
pub use registry::key_label;
pub use tool::Tool;
use tool::Way;

use crate::camera::Viewport;
use crate::pointer::Pointer;
use crate::schedule::AppSystems;
use crate::session::{Applied, Phase, RoomGlobals, RoomRequest, RoomStatus};
use crate::settings::Settings;
use crate::view::Canvas;
use bevy::prelude::*;
use echo::Echo;
use hand::Hand;
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command};
use sim_kernels::materials::{self, WATER};

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
    /// The cell it is over, to be drawn there; none when it is hidden.
    pub at: Option<Vec2>,
}

impl Default for Brush {
    fn default() -> Self {
        Self { tool: TOOLS[0], radius: RADIUS_USUAL, material: WATER as u8, at: None }
    }
}

impl Brush {
    /// Makes it larger or smaller by a share of its size, at least by one cell.
    pub fn resize(&mut self, steps: i32) {
        let step = (self.radius / 5).max(1);
        self.radius = (self.radius + steps * step).clamp(0, BRUSH_RADIUS_MAX);
    }

    /// Takes a material in hand, and the tool that pours it.
    pub fn take(&mut self, material: u8) {
        (self.tool, self.material) = (TOOLS[0], material);
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

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Brush>()
        .init_resource::<Echo>()
        .init_resource::<History>()
        .add_message::<Revise>()
        .add_systems(Startup, take_up)
        .add_systems(
            Update,
            (follow_echo, (use_tool, history::revise).chain().run_if(in_state(Phase::Playing)), lay_down)
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
    brush.at = at;
    let (Some(globals), Some(at), true) = (globals.0.as_ref(), at, pointer.pressed) else {
        *hand = None;
        return;
    };
    let now = time.elapsed_secs_f64();
    let every = if brush.tool.way() == Way::Press { f64::INFINITY } else { brush.tool.every_s() };
    let (held, acts) = hand.get_or_insert_with(|| (Hand::down(at, now - every), false));
    if now - held.since() < every {
        return;
    }
    for (stroke, command) in held.drag(at, now, &brush, globals.tick) {
        if command.is_valid(globals.size()) {
            if let Some(canvas) = &canvas {
                echo.add(&brush, stroke, &command, &canvas.field, now);
            }
            if !std::mem::replace(acts, true) && history.begin(&command, now) {
                requests.write(RoomRequest::Command(Command::Begin));
            }
            history.add(&command);
            requests.write(RoomRequest::Command(command));
        }
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
mod tests {
    use super::*;
    use crate::notices::Notices;
    use crate::session::RoomStatus;
    use bevy::state::app::StatesPlugin;
    use sim_kernels::globals::Globals;

    /// A window without a room.
    fn window(phase: Phase) -> App {
        let scene = driver::scene_file::named("dam-break").unwrap();
        let globals: Globals = scene.globals();
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatesPlugin))
            .insert_state(phase)
            .init_resource::<Settings>()
            .init_resource::<Viewport>()
            .init_resource::<Pointer>()
            .init_resource::<RoomStatus>()
            .init_resource::<Notices>()
            .insert_resource(RoomGlobals(Some(Box::new(globals))))
            .add_message::<RoomRequest>()
            .add_message::<Applied>()
            .add_plugins((crate::schedule::plugin, plugin));
        app
    }

    /// What is requested in a frame.
    fn requested(app: &mut App) -> Vec<Command> {
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
    }

    #[test]
    fn the_brush_keeps_its_size() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatesPlugin))
            .insert_state(Phase::Lobby)
            .insert_resource(Settings { radius: Some(900), ..Settings::default() })
            .init_resource::<RoomStatus>()
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
