//! Draws the room: view frames into the field, the field into textures, the textures through one shader.

pub mod field;
pub mod material;
pub mod pulse;
pub mod target;
mod upload;

use crate::camera::Viewport;
use crate::schedule::AppSystems;
use crate::session::{Frame, RoomGlobals, RoomStatus};
use crate::settings::Settings;
use bevy::camera::visibility::RenderLayers;
use bevy::prelude::*;
use field::Field;
use material::{STRIPS_MAX, SceneUniform, WaterMaterial};
use target::{Sharpness, WORLD_LAYER, WorldCamera};
pub use upload::Canvas;

/// The world is drawn this many times its size, so that the outside is painted too at any pan or zoom.
const QUAD_MARGIN: f32 = 40.0;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((material::plugin, upload::plugin, target::plugin))
        .add_systems(Update, (follow_globals, take_frames).chain().in_set(AppSystems::Follow))
        .add_systems(Update, (place_camera, draw).chain().in_set(AppSystems::Draw));
}

/// The quad that shows the world.
#[derive(Component)]
struct Screen;

/// Makes a new canvas when the world's size changed, and keeps its terrain up to date.
fn follow_globals(
    mut commands: Commands,
    globals: Res<RoomGlobals>,
    mut canvas: Option<ResMut<Canvas>>,
    mut images: ResMut<Assets<Image>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<WaterMaterial>>,
    screen: Query<Entity, With<Screen>>,
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
    let canvas = Canvas::new(field, &mut images);
    let material = materials.add(WaterMaterial {
        scene: SceneUniform::default(),
        field: canvas.cells.clone(),
        tints: canvas.tints.clone(),
        glows: canvas.glows.clone(),
        arrivals: canvas.arrivals.clone(),
    });
    let world = Vec2::new(size.width as f32, size.height as f32);
    for entity in &screen {
        commands.entity(entity).despawn();
    }
    commands.spawn((
        Screen,
        RenderLayers::layer(WORLD_LAYER),
        Mesh2d(meshes.add(Rectangle::from_size(world * QUAD_MARGIN))),
        MeshMaterial2d(material),
        Transform::from_translation((world / 2.0).extend(0.0)),
    ));
    viewport.fit(world);
    commands.insert_resource(canvas);
}

fn take_frames(
    mut frames: MessageReader<Frame>,
    canvas: Option<ResMut<Canvas>>,
    status: Res<RoomStatus>,
    time: Res<Time>,
) {
    let Some(mut canvas) = canvas else { return };
    if status.is_changed() || canvas.is_added() {
        canvas.field.set_seams(status.0.people.iter().filter_map(|p| p.region).flat_map(|r| [r.x0, r.x1]));
    }
    for frame in frames.read() {
        canvas.field.frame(frame.tick, frame.region, frame.full, &frame.tiles, time.elapsed_secs_f64());
    }
}

fn place_camera(
    viewport: Res<Viewport>,
    window: Query<&Window>,
    sharpness: Res<Sharpness>,
    mut camera: Query<(&mut Transform, &mut Projection), With<WorldCamera>>,
) {
    let picture_pixels_a_point = window.single().map_or(1.0, Window::scale_factor) * sharpness.scale();
    for (mut transform, mut projection) in &mut camera {
        transform.translation = viewport.centre.extend(transform.translation.z);
        if let Projection::Orthographic(projection) = projection.as_mut() {
            projection.scale = viewport.cells_per_pixel / picture_pixels_a_point;
        }
    }
}

fn draw(
    canvas: Option<ResMut<Canvas>>,
    globals: Res<RoomGlobals>,
    status: Res<RoomStatus>,
    settings: Res<Settings>,
    viewport: Res<Viewport>,
    window: Query<&Window>,
    sharpness: Res<Sharpness>,
    time: Res<Time>,
    mut materials: ResMut<Assets<WaterMaterial>>,
) {
    let (Some(mut canvas), Some(globals)) = (canvas, globals.0.as_ref()) else { return };
    let factor = window.single().map_or(1.0, Window::scale_factor) * sharpness.scale();
    let size = canvas.field.size();
    let seconds = canvas.field.shader_seconds(time.elapsed_secs_f64());
    let ids: Vec<_> = materials.ids().collect();
    for id in ids {
        let Some(mut material) = materials.get_mut(id) else { continue };
        let scene = &mut material.scene;
        scene.world = Vec4::new(size.width as f32, size.height as f32, seconds, factor / viewport.cells_per_pixel);
        let gravity = Vec2::new(globals.gravity[0] as f32, globals.gravity[1] as f32);
        scene.down = gravity.normalize_or(Vec2::NEG_Y).extend(0.0).extend(0.0);
        let computing: Vec<_> =
            status.0.people.iter().enumerate().filter_map(|(i, p)| Some((i, p, p.region?))).take(STRIPS_MAX).collect();
        let shown_to = if settings.strips { size.width as f32 } else { 0.0 };
        scene.strips_shown = Vec4::new(shown_to, 1.0, time.elapsed_secs(), 0.0);
        scene.strips = [Vec4::ZERO; STRIPS_MAX];
        for (slot, (place, person, region)) in scene.strips.iter_mut().zip(computing) {
            let mine = if person.me { 1.0 } else { 0.0 };
            *slot = Vec4::new(region.x0 as f32, region.x1 as f32, hue_of(place), mine);
        }
    }
}

/// A peer's hue, 0 to 1, by its place in the order of joining: the same on every screen, and by the golden
/// section far from those before it.
pub fn hue_of(place: usize) -> f32 {
    (0.52 + place as f32 * 0.618_034).fract()
}
