//! The picture that the world is drawn into, and its resolution. A GPU fills the window's own pixels; where
//! that takes too long, above all on a CPU that draws, the picture gets coarser and is stretched over the
//! window, so that the brush follows the hand. The interface is always drawn sharp.

use crate::frames::Frames;
use crate::schedule::AppSystems;
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use bevy_egui::{EguiGlobalSettings, PrimaryEguiContext};

/// What the world's camera sees; the window's camera sees the picture and the interface.
pub(super) const WORLD_LAYER: usize = 1;
/// Pixels of the picture for one of the window, along each axis.
const SCALES: [f32; 4] = [1.0, 0.75, 0.55, 0.4];
/// Slower frames than this make the picture coarser, in milliseconds.
const SLOW_MS: f32 = 45.0;
/// It gets finer when a frame would then still be expected within this. A screen paces frames at 16.7 ms, so this must
/// lie above that times the largest step in pixels (1.9).
const FAST_MS: f32 = 34.0;
/// How often that is looked at, in seconds.
const EVERY_S: f64 = 0.7;
/// After a resolution turned out too fine, it is not tried again for this long, in seconds.
const PATIENCE_S: f64 = 30.0;

/// The camera that draws the world into the picture.
#[derive(Component)]
pub(super) struct WorldCamera;

/// The picture on the window.
#[derive(Component)]
struct Pane;

/// The resolution of the picture.
#[derive(Resource, Debug, Default)]
pub struct Sharpness {
    level: usize,
    looked_at: f64,
    refined_at: Option<f64>,
    not_before: f64,
}

impl Sharpness {
    /// Pixels of the picture for one of the window, along each axis.
    pub fn scale(&self) -> f32 {
        SCALES[self.level]
    }

    /// Looks at the middle time of the last frames and chooses.
    fn choose(&mut self, frame_ms: f32, now: f64) {
        if now - self.looked_at < EVERY_S {
            return;
        }
        self.looked_at = now;
        if frame_ms > SLOW_MS && self.level + 1 < SCALES.len() {
            if self.refined_at.is_some_and(|at| now - at < 4.0 * EVERY_S) {
                self.not_before = now + PATIENCE_S;
            }
            self.level += 1;
        } else if self.level > 0 && now >= self.not_before {
            let growth = (SCALES[self.level - 1] / SCALES[self.level]).powi(2);
            if frame_ms * growth < FAST_MS {
                self.level -= 1;
                self.refined_at = Some(now);
            }
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Sharpness>()
        .add_systems(Startup, set_up)
        .add_systems(Update, (choose, fit_to_window).chain().in_set(AppSystems::Camera));
}

fn set_up(mut commands: Commands, mut images: Option<ResMut<Assets<Image>>>, egui: Option<ResMut<EguiGlobalSettings>>) {
    if let Some(mut egui) = egui {
        egui.auto_create_primary_context = false;
    }
    // One quad fills either picture: there is no edge that several samples a pixel would smooth.
    commands.spawn((Camera2d, Msaa::Off, PrimaryEguiContext));
    let Some(images) = images.as_mut() else { return };
    let image = images.add(picture(UVec2::splat(16)));
    commands.spawn((
        Camera2d,
        Msaa::Off,
        WorldCamera,
        Camera { order: -1, ..default() },
        RenderTarget::Image(ImageRenderTarget::from(image.clone())),
        RenderLayers::layer(WORLD_LAYER),
    ));
    commands.spawn((Pane, Sprite::from_image(image)));
}

fn picture(size: UVec2) -> Image {
    Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None)
}

fn choose(mut sharpness: ResMut<Sharpness>, frames: Res<Frames>, time: Res<Time>) {
    if let Some(frame_ms) = frames.recent_p50_ms(EVERY_S as f32 * 1000.0) {
        sharpness.bypass_change_detection().choose(frame_ms, time.elapsed_secs_f64());
    }
}

/// Gives the picture its size in pixels, and stretches it over the window.
fn fit_to_window(
    window: Query<&Window>,
    sharpness: Res<Sharpness>,
    mut images: ResMut<Assets<Image>>,
    mut panes: Query<(&mut Sprite, &Pane)>,
) {
    let Ok(window) = window.single() else { return };
    let full = UVec2::new(window.physical_width(), window.physical_height()).max(UVec2::ONE);
    let wanted = (full.as_vec2() * sharpness.scale()).ceil().as_uvec2();
    for (mut sprite, _) in &mut panes {
        if sprite.custom_size != Some(window.size()) {
            sprite.custom_size = Some(window.size());
        }
        if images.get(&sprite.image).is_some_and(|image| image.size() != wanted) {
            // The same handle, which the camera holds, too.
            let _ = images.insert(sprite.image.id(), picture(wanted));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays `seconds` on a machine that takes `cost_ms` for a frame at full resolution.
    fn play(sharpness: &mut Sharpness, from: f64, seconds: f64, cost_ms: f32) -> usize {
        let mut changes = 0;
        let mut now = from;
        while now < from + seconds {
            let before = sharpness.level;
            let frame_ms = (cost_ms * sharpness.scale().powi(2)).max(16.7);
            sharpness.choose(frame_ms, now);
            changes += usize::from(before != sharpness.level);
            now += f64::from(frame_ms) / 1000.0;
        }
        changes
    }

    #[test]
    fn a_gpu_draws_every_pixel() {
        let mut sharpness = Sharpness::default();
        assert_eq!((play(&mut sharpness, 0.0, 60.0, 3.0), sharpness.scale()), (0, 1.0));
    }

    #[test]
    fn a_cpu_gets_a_coarser_picture_and_keeps_it() {
        let mut sharpness = Sharpness::default();
        play(&mut sharpness, 0.0, 20.0, 150.0);
        assert!(150.0 * sharpness.scale().powi(2) < SLOW_MS, "{sharpness:?}");
        assert_eq!(play(&mut sharpness, 20.0, 60.0, 150.0), 0);
    }

    #[test]
    fn a_passing_load_does_not_blur_for_ever() {
        let mut sharpness = Sharpness::default();
        play(&mut sharpness, 0.0, 10.0, 300.0);
        assert!(sharpness.scale() < 0.6);
        play(&mut sharpness, 10.0, 60.0, 10.0);
        assert!(sharpness.scale() > 0.9, "{sharpness:?}");
    }
}
