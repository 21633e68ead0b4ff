//! The picture that the world is drawn into, and how much is drawn. A GPU fills the window's own pixels with all effects;
//! where that takes too long, effects go first, and then the picture gets coarser and is stretched over the window, so that
//! the brush follows the hand. The interface is always drawn sharp.

use crate::frames::Frames;
use crate::schedule::AppSystems;
use crate::settings::Settings;
use bevy::prelude::*;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy_egui::{EguiGlobalSettings, PrimaryEguiContext};
use picture::shot::Spared;
use picture::stretch::size_within;

/// How much is drawn, the most first: pixels of the picture for one of the window along each axis, what is left out, and
/// from which frame time on, in milliseconds, that is too much. What is seen least for what it costs goes first; all effects
/// that can be spared go before any pixel. A picture much coarser than the screen is for machines whose CPU draws, which do
/// not reach 60 frames a second at all.
const LEVELS: [(f32, Spared, f32); 9] = [
    (1.0, Spared::Nothing, 19.5),
    (1.0, Spared::Detail, 19.5),
    (1.0, Spared::Foam, 19.5),
    (1.0, Spared::Gathered, 19.5),
    (1.0, Spared::Bend, 22.0),
    (0.85, Spared::Bend, 28.0),
    (0.7, Spared::Bend, 45.0),
    (0.55, Spared::Bend, 45.0),
    (0.4, Spared::Bend, 45.0),
];
/// Where a frame took this many times as long as it may, it does not take one level after the other.
const FAR_TOO_SLOW: f32 = 1.5;
/// It gets finer when a frame would then still be expected within this. A screen paces frames at 16.7 ms, so this must
/// lie above that times the largest step in pixels (1.9).
const FAST_MS: f32 = 34.0;
/// How often that is looked at, in seconds.
const EVERY_S: f64 = 0.7;
/// After a resolution turned out too fine, it is not tried again for this long, in seconds; each time twice as long, up to
/// so many times.
const PATIENCE_S: f64 = 30.0;
const PATIENCE_TIMES_MAX: f64 = 32.0;

/// The image that the world is drawn into.
#[derive(Resource)]
pub(super) struct Picture(pub Handle<Image>);

/// A small one of it, for what is kept and shown small.
#[derive(Resource)]
pub(super) struct Small {
    /// In its own proportions.
    pub image: Handle<Image>,
    /// It is to be made of the next frame.
    pub wanted: bool,
}

/// How large a small picture is at most, in pixels.
pub(crate) const SMALL_MAX: [u32; 2] = [400, 250];

/// How much is drawn.
#[derive(Resource, Debug)]
pub struct Sharpness {
    level: usize,
    looked_at: f64,
    refined_at: Option<f64>,
    not_before: f64,
    patience: f64,
}

impl Default for Sharpness {
    fn default() -> Self {
        Self { level: 0, looked_at: 0.0, refined_at: None, not_before: 0.0, patience: 1.0 }
    }
}

impl Sharpness {
    /// Pixels of the picture for one of the window, along each axis.
    pub fn scale(&self) -> f32 {
        LEVELS[self.level].0
    }

    /// What is left out.
    pub fn spared(&self) -> Spared {
        LEVELS[self.level].1
    }

    /// What a frame costs at a level, of what it costs at the first: about.
    fn cost(level: usize) -> f32 {
        let (scale, spared, _) = LEVELS[level];
        let effects = match spared {
            Spared::Nothing => 1.0,
            Spared::Detail => 0.9,
            Spared::Foam => 0.84,
            Spared::Gathered => 0.82,
            Spared::Bend => 0.78,
        };
        scale.powi(2) * effects
    }

    /// Looks at the middle time of the last frames and chooses.
    pub(crate) fn choose(&mut self, frame_ms: f32, now: f64) {
        if now - self.looked_at < EVERY_S {
            return;
        }
        self.looked_at = now;
        if frame_ms > LEVELS[self.level].2 && self.level + 1 < LEVELS.len() {
            if self.refined_at.is_some_and(|at| now - at < 4.0 * EVERY_S) {
                self.not_before = now + PATIENCE_S * self.patience;
                self.patience = (self.patience * 2.0).min(PATIENCE_TIMES_MAX);
            }
            let now_costs = Self::cost(self.level);
            self.level += 1;
            let expected = |level: usize| frame_ms * Self::cost(level) / now_costs;
            while self.level + 1 < LEVELS.len() && expected(self.level) > FAR_TOO_SLOW * LEVELS[self.level].2 {
                self.level += 1;
            }
        } else if self.level > 0 && now >= self.not_before {
            let growth = Self::cost(self.level - 1) / Self::cost(self.level);
            if frame_ms * growth < FAST_MS.min(LEVELS[self.level - 1].2 * 1.6) {
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
    // Nothing but the picture fills it (`paint.rs`): there is no edge that several samples a pixel would smooth.
    commands.spawn((Camera2d, Msaa::Off, PrimaryEguiContext));
    let Some(images) = images.as_mut() else { return };
    let image = images.add(picture(UVec2::splat(16)));
    commands.insert_resource(Picture(image));
    commands.insert_resource(Small { image: images.add(picture(UVec2::splat(16))), wanted: false });
}

fn picture(size: UVec2) -> Image {
    let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
    // For pictures as files.
    image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
    image
}

fn choose(mut sharpness: ResMut<Sharpness>, settings: Res<Settings>, frames: Res<Frames>, time: Res<Time>) {
    if settings.picture.fixed {
        // Everything, whatever it costs.
        if sharpness.level != 0 {
            *sharpness = Sharpness::default();
        }
        return;
    }
    if let Some(frame_ms) = frames.recent_p50_ms(EVERY_S as f32 * 1000.0) {
        sharpness.bypass_change_detection().choose(frame_ms, time.elapsed_secs_f64());
    }
}

/// Gives the picture its size in pixels.
fn fit_to_window(
    window: Query<&Window>,
    sharpness: Res<Sharpness>,
    mut images: ResMut<Assets<Image>>,
    whole: Option<Res<Picture>>,
    small: Option<Res<Small>>,
) {
    let (Ok(window), Some(whole)) = (window.single(), whole) else { return };
    let full = UVec2::new(window.physical_width(), window.physical_height()).max(UVec2::ONE);
    let wanted = (full.as_vec2() * sharpness.scale()).ceil().as_uvec2();
    if images.get(&whole.0).is_some_and(|image| image.size() != wanted) {
        // The same handle, which the painter has, too.
        let _ = images.insert(whole.0.id(), picture(wanted));
        if let Some(small) = &small {
            let _ = images.insert(small.image.id(), picture(size_within(wanted, SMALL_MAX.into())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays `seconds` on a machine that takes `cost_ms` for a frame with everything.
    fn play(sharpness: &mut Sharpness, start: f64, seconds: f64, cost_ms: f32) -> usize {
        let mut changes = 0;
        let mut now = start;
        while now < start + seconds {
            let before = sharpness.level;
            let frame_ms = (cost_ms * Sharpness::cost(sharpness.level)).max(16.7);
            sharpness.choose(frame_ms, now);
            changes += usize::from(before != sharpness.level);
            now += f64::from(frame_ms) / 1000.0;
        }
        changes
    }

    #[test]
    fn a_gpu_draws_everything() {
        let mut sharpness = Sharpness::default();
        assert_eq!((play(&mut sharpness, 0.0, 60.0, 3.0), sharpness.level), (0, 0));
    }

    #[test]
    fn a_slow_gpu_keeps_sixty_frames() {
        let mut sharpness = Sharpness::default();
        play(&mut sharpness, 0.0, 400.0, 24.0);
        assert!(play(&mut sharpness, 400.0, 60.0, 24.0) <= 2, "it does not flicker");
        assert!(24.0 * Sharpness::cost(sharpness.level) < 19.6, "{sharpness:?}");
    }

    #[test]
    fn effects_go_before_pixels_in_their_order_and_come_back() {
        let mut sharpness = Sharpness::default();
        let (mut seen, mut now) = (vec![sharpness.spared()], 0.0);
        while sharpness.scale() == 1.0 {
            sharpness.choose(24.0, now);
            if seen.last() != Some(&sharpness.spared()) {
                seen.push(sharpness.spared());
            }
            now += EVERY_S;
        }
        assert_eq!(seen, Spared::ALL, "each is tried before the picture gets coarser");
        play(&mut sharpness, now, 60.0, 5.0);
        assert_eq!((sharpness.spared(), sharpness.scale()), (Spared::Nothing, 1.0));
    }

    #[test]
    fn a_load_about_the_limit_does_not_make_it_swing() {
        let mut sharpness = Sharpness::default();
        let (mut changes, mut now) = (0, 0.0);
        for i in 0..600 {
            let before = sharpness.level;
            // A frame takes a little longer, then a little less, than it may with all that is drawn.
            let cost_ms = if i / 3 % 2 == 0 { 21.5 } else { 18.0 };
            sharpness.choose((cost_ms * Sharpness::cost(sharpness.level)).max(16.7), now);
            changes += usize::from(before != sharpness.level);
            now += EVERY_S;
        }
        assert!(changes <= 24, "{changes} in seven minutes");
    }

    #[test]
    fn a_cpu_gets_a_coarser_picture_and_keeps_it() {
        let mut sharpness = Sharpness::default();
        play(&mut sharpness, 0.0, 20.0, 150.0);
        assert!(150.0 * Sharpness::cost(sharpness.level) < 45.0, "{sharpness:?}");
        assert_eq!(play(&mut sharpness, 20.0, 60.0, 150.0), 0);
    }

    #[test]
    fn a_passing_load_does_not_blur_for_ever() {
        let mut sharpness = Sharpness::default();
        play(&mut sharpness, 0.0, 10.0, 300.0);
        assert!(sharpness.scale() < 0.6);
        play(&mut sharpness, 10.0, 60.0, 10.0);
        assert_eq!(sharpness.level, 0, "{sharpness:?}");
    }
}
