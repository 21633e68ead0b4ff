//! How the interface speaks, and how large it is: a choice and a slider of the help window.

use super::theme;
use crate::settings::{SCALE_MAX, SCALE_MIN, Settings};
use bevy::prelude::*;
use bevy_egui::egui;
use words::{Language, say};

/// Screen points that the interface needs at its usual size, across and down: what the window is never smaller than.
pub const ROOM_POINTS: Vec2 = Vec2::new(300.0, 240.0);
/// Steps of the slider, in percent.
const STEP: f64 = 5.0;

/// A window in which the interface has its usual size. In one of twice its sides it has twice that: such a window fills a
/// screen whose points are small, and whose system does not say so.
const USUAL_POINTS: Vec2 = Vec2::new(1920.0, 1080.0);
/// Where it would grow by less than this it stays: a large window is there to hold more.
const GROWS_FROM: f32 = 1.5;

/// How many screen points each of the interface's is: as chosen, but never so many that a small window has no room for
/// what one would need to choose anew.
pub fn scale(settings: &Settings, window: Vec2) -> f32 {
    let fits = (window / ROOM_POINTS).min_element().max(1.0);
    (percent(settings, window) as f32 / 100.0).min(fits)
}

/// How large the interface is in a window of this size, in percent of its usual size: as chosen, or else by the window.
fn percent(settings: &Settings, window: Vec2) -> u32 {
    let by_size = ((window / USUAL_POINTS).min_element() * 4.0).floor() / 4.0;
    let by_size = if by_size < GROWS_FROM { 1.0 } else { by_size };
    settings.scale.unwrap_or((by_size * 100.0) as u32).clamp(SCALE_MIN, SCALE_MAX)
}

/// The choice of the language, each in its own words, and the slider.
pub(super) fn show(ui: &mut egui::Ui, settings: &mut ResMut<Settings>) {
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(say("language")).color(theme::ACCENT));
        for language in Language::ALL {
            if ui.radio(words::spoken() == language, language.name()).clicked() {
                settings.language = Some(language.tag().to_owned());
            }
        }
    });
    ui.horizontal(|ui| {
        let name = ui.label(egui::RichText::new(say("interface-size")).color(theme::ACCENT));
        // It is applied when the slider is let go: before that it would run away from below the pointer.
        let id = egui::Id::new("interface-size");
        let window = ui.ctx().content_rect().size() * ui.ctx().zoom_factor();
        let now = percent(settings, Vec2::new(window.x, window.y));
        let mut percent = ui.data(|data| data.get_temp(id)).unwrap_or(now);
        ui.spacing_mut().slider_width = 110.0;
        let slider = egui::Slider::new(&mut percent, SCALE_MIN..=SCALE_MAX).step_by(STEP).suffix(" %");
        let slider = ui.add(theme::numbered(slider)).labelled_by(name.id);
        if slider.dragged() {
            ui.data_mut(|data| data.insert_temp(id, percent));
            return;
        }
        ui.data_mut(|data| data.remove_temp::<u32>(id));
        if percent != now {
            settings.scale = Some(percent);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_is_as_large_as_chosen_where_it_fits() {
        let chosen = |percent| Settings { scale: Some(percent), ..Settings::default() };
        let desktop = Vec2::new(1280.0, 800.0);
        assert_eq!(scale(&Settings::default(), desktop), 1.0);
        assert_eq!([75, 150, 200].map(|percent| scale(&chosen(percent), desktop)), [0.75, 1.5, 2.0]);
        // On a phone it grows until it is as crowded as in the smallest window.
        assert_eq!(scale(&chosen(200), Vec2::new(390.0, 844.0)), 1.3);
        assert_eq!(scale(&chosen(200), Vec2::new(300.0, 240.0)), 1.0);
        assert_eq!(scale(&chosen(75), Vec2::new(100.0, 100.0)), 0.75);
    }

    #[test]
    fn on_a_screen_of_small_points_it_is_large_until_something_else_is_chosen() {
        let usual = |width, height| scale(&Settings::default(), Vec2::new(width, height));
        assert_eq!([usual(1920.0, 1080.0), usual(2560.0, 1440.0), usual(3840.0, 1100.0)], [1.0; 3]);
        assert_eq!([usual(3840.0, 2160.0), usual(7680.0, 4320.0)], [2.0; 2]);
        assert_eq!(usual(3840.0, 2060.0), 1.75, "less what the desktop takes");
        let read = |chosen| percent(&Settings { scale: Some(chosen), ..Settings::default() }, USUAL_POINTS);
        assert_eq!([150, 3, 9000].map(read), [150, SCALE_MIN, SCALE_MAX]);
        assert_eq!(scale(&Settings { scale: Some(100), ..Settings::default() }, Vec2::new(3840.0, 2160.0)), 1.0);
    }
}
