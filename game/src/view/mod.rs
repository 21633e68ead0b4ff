//! Draws the room: view frames into the field, the field through the painter (the crate `picture`) into an image, the image
//! onto the window.

mod paint;
pub(crate) mod snap;
pub mod target;

use crate::camera::Viewport;
use crate::schedule::AppSystems;
use crate::session::{Frame, RoomGlobals, RoomStatus};
use crate::settings::Settings;
use bevy::prelude::*;
use paint::Wanted;
use picture::field::Field;
use picture::shot::{STRIPS_MAX, Shot, Strip};
use target::{Picture, Sharpness};

/// The world's own time begins again after this many seconds: as `f32` it would get too coarse.
const WORLD_S_MAX: f32 = 3600.0;

/// The field that is drawn.
#[derive(Resource)]
pub struct Canvas {
    /// The CPU's side.
    pub field: Field,
    /// Counts the worlds: each has textures of its own.
    serial: u64,
    /// It was seen where there is anything in it.
    placed: bool,
}

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((paint::plugin, snap::plugin, target::plugin))
        .add_systems(Update, (follow_globals, take_frames).chain().in_set(AppSystems::Follow))
        .add_systems(Update, draw.in_set(AppSystems::Draw));
}

/// Makes a new canvas when the world's size changed, and keeps its terrain up to date.
fn follow_globals(
    mut commands: Commands,
    globals: Res<RoomGlobals>,
    mut canvas: Option<ResMut<Canvas>>,
    mut viewport: ResMut<Viewport>,
) {
    let Some(globals) = globals.0.as_ref().filter(|_| globals.is_changed()) else { return };
    let size = globals.size();
    if let Some(canvas) = canvas.as_mut().filter(|c| c.field.size() == size) {
        canvas.field.set_terrain(&globals.terrain);
        return;
    }
    let mut field = Field::new(size);
    field.set_terrain(&globals.terrain);
    field.mark_all();
    viewport.fit(Vec2::new(size.width as f32, size.height as f32));
    let serial = canvas.map_or(0, |canvas| canvas.serial + 1);
    commands.insert_resource(Canvas { field, serial, placed: false });
}

fn take_frames(
    mut frames: MessageReader<Frame>,
    canvas: Option<ResMut<Canvas>>,
    status: Res<RoomStatus>,
    mut viewport: ResMut<Viewport>,
    time: Res<Time>,
) {
    let Some(mut canvas) = canvas else { return };
    if status.is_changed() || canvas.is_added() {
        canvas.field.set_seams(status.0.people.iter().filter_map(|p| p.region).flat_map(|r| [r.x0, r.x1]));
    }
    canvas.field.set_pace(status.0.tempo.percent() as f32 / 100.0);
    for frame in frames.read() {
        canvas.field.frame(frame.tick, frame.region, frame.full, &frame.tiles, time.elapsed_secs_f64());
        // A screen that is too narrow for the whole world begins with where there is something.
        if !canvas.placed
            && let Some(x) = canvas.field.middle_x()
        {
            canvas.placed = true;
            viewport.begin_at(x);
        }
    }
}

fn draw(
    mut commands: Commands,
    canvas: Option<ResMut<Canvas>>,
    picture: Option<Res<Picture>>,
    status: Res<RoomStatus>,
    settings: Res<Settings>,
    viewport: Res<Viewport>,
    window: Query<&Window>,
    sharpness: Res<Sharpness>,
    time: Res<Time>,
    mut world_s: Local<f32>,
) {
    let (Some(mut canvas), Some(picture)) = (canvas, picture) else { return };
    let canvas = canvas.bypass_change_detection();
    let status = &status.0;
    // What moves by itself moves with the world: paused it stands still, and so does what is drawn.
    let runs = !status.paused && !status.nobody_computes && status.waiting_for.is_none();
    if runs && canvas.field.is_lively() && !settings.picture.is_still() {
        *world_s = (*world_s + time.delta_secs() * status.tempo.percent() as f32 / 100.0) % WORLD_S_MAX;
    }
    let now = time.elapsed_secs_f64();
    let computing = status.people.iter().enumerate().filter_map(|(i, p)| Some((i, p, p.region?)));
    let strips = computing.filter(|_| settings.strips).take(STRIPS_MAX).map(|(place, person, region)| Strip {
        edges: [region.x0 as f32, region.x1 as f32],
        hue: hue_of(place),
        own: person.me,
    });
    let shot = Shot {
        centre: viewport.centre,
        zoom: window.single().map_or(1.0, Window::scale_factor) * sharpness.scale() / viewport.cells_per_pixel,
        // The renderer knows it.
        size: UVec2::ONE,
        clock: canvas.field.shader_seconds(now),
        world_s: *world_s,
        effects: settings.picture.effects(),
        mode: settings.picture.mode(),
        strips: strips.collect(),
        spared: sharpness.spared(),
    };
    commands.insert_resource(Wanted { shot, target: picture.0.clone() });
}

/// A peer's hue, 0 to 1, by its place in the order of joining: the same on every screen, and by the golden
/// section far from those before it.
pub fn hue_of(place: usize) -> f32 {
    (0.52 + place as f32 * 0.618_034).fract()
}
