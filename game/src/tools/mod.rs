//! The tools: which one is in hand, how large it is, and the commands that using it makes.

pub mod echo;
pub mod stroke;

use crate::AppSystems;
use crate::camera::Viewport;
use crate::link::{Applied, Link, RoomGlobals, RoomStatus};
use crate::pointer::Pointer;
use crate::settings::Settings;
use crate::view::Canvas;
use bevy::prelude::*;
use echo::Echo;
use room::api::Request;
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command};
use stroke::Hand;

/// A command is sent at most this often while a tool is held, in seconds.
const COMMAND_EVERY_S: f32 = 1.0 / 30.0;
/// A held explosion repeats this often, in seconds.
const EXPLODE_EVERY_S: f32 = 0.35;

/// What the pointer does to the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Pour water.
    #[default]
    Pour,
    /// Remove water.
    Erase,
    /// Draw a wall.
    Wall,
    /// Cut walls away.
    Open,
    /// Drag water along.
    Push,
    /// Blow water apart.
    Explode,
}

impl Tool {
    /// All, in the order of the palette and of the number keys.
    pub const ALL: [Self; 6] = [Self::Pour, Self::Erase, Self::Wall, Self::Open, Self::Push, Self::Explode];

    /// Its name on the palette.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pour => "Pour",
            Self::Erase => "Erase",
            Self::Wall => "Wall",
            Self::Open => "Dig",
            Self::Push => "Push",
            Self::Explode => "Burst",
        }
    }

    /// How far it acts around the pointer, in cells, with a brush of this radius.
    pub fn reach(self, radius: i32) -> i32 {
        if self == Self::Explode { (radius * 2).clamp(4, BRUSH_RADIUS_MAX) } else { radius }
    }

    /// What it does, in a sentence.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Pour => "Pour water",
            Self::Erase => "Take water away",
            Self::Wall => "Draw a wall",
            Self::Open => "Cut walls away",
            Self::Push => "Push water the way you drag",
            Self::Explode => "Blow water apart",
        }
    }
}

/// The tool in hand.
#[derive(Resource, Debug)]
pub struct Brush {
    /// Which.
    pub tool: Tool,
    /// Radius in cells, 0 to [`BRUSH_RADIUS_MAX`].
    pub radius: i32,
    /// The cell it is over, to be drawn there; none when it is hidden.
    pub at: Option<Vec2>,
}

impl Default for Brush {
    fn default() -> Self {
        Self { tool: Tool::Pour, radius: 5, at: None }
    }
}

impl Brush {
    /// Makes it larger or smaller by a share of its size, at least by one cell.
    pub fn resize(&mut self, steps: i32) {
        let step = (self.radius / 5).max(1);
        self.radius = (self.radius + steps * step).clamp(0, BRUSH_RADIUS_MAX);
    }
}

pub(crate) fn plugin(app: &mut App) {
    let kept = app.world().get_resource::<Settings>().and_then(|settings| settings.radius);
    let radius = kept.unwrap_or(Brush::default().radius).clamp(0, BRUSH_RADIUS_MAX);
    app.insert_resource(Brush { radius, ..Brush::default() })
        .init_resource::<Echo>()
        .add_systems(Update, (follow_echo, use_tool).chain().in_set(AppSystems::Act));
}

fn use_tool(
    mut brush: ResMut<Brush>,
    pointer: Res<Pointer>,
    viewport: Res<Viewport>,
    globals: Res<RoomGlobals>,
    link: Res<Link>,
    canvas: Option<Res<Canvas>>,
    mut echo: ResMut<Echo>,
    time: Res<Time>,
    mut hand: Local<Option<Hand>>,
) {
    let at = pointer.at.map(|point| viewport.to_world(point));
    brush.at = at;
    let (Some(globals), Some(at), true) = (globals.0.as_ref(), at, pointer.pressed) else {
        *hand = None;
        return;
    };
    let now = time.elapsed_secs();
    let every = if brush.tool == Tool::Explode { EXPLODE_EVERY_S } else { COMMAND_EVERY_S };
    let held = hand.get_or_insert_with(|| Hand::down(at, now - every));
    if now - held.since() < every {
        return;
    }
    for command in held.drag(at, now, brush.tool, brush.radius) {
        if command.is_valid(globals.size()) {
            if let Some(canvas) = &canvas {
                echo.add(brush.tool, &command, &canvas.field, now);
            }
            link.send(Request::Command(command));
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
        echo.follow(&canvas.field, status.0.paused, time.elapsed_secs(), time.delta_secs());
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
