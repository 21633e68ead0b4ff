//! The window of all materials: found by any part of their name, marked as favourites, each with its card.

use super::palette::swatch;
use super::theme::{self, small_button};
use super::{Screen, cards, height_between, icons, letters, scrolled};
use crate::panels::Panels;
use crate::settings::Settings;
use crate::tools::Brush;
use bevy::prelude::*;
use bevy_egui::egui;
use sim_kernels::materials::{self, Group, NAMES};
use words::say;

/// Side of the button of a star, in points.
const STAR_SIDE: f32 = 34.0;
/// How wide the window is at most, in points.
const WIDTH_MAX: f32 = 340.0;

/// Whether a material is among the favourites.
pub(super) fn is_favourite(settings: &Settings, code: u8) -> bool {
    settings.favourites.iter().any(|name| name == NAMES[usize::from(code)])
}

/// Draws the window.
pub(super) fn show(
    ctx: Res<Screen>,
    mut panels: ResMut<Panels>,
    mut brush: ResMut<Brush>,
    mut settings: ResMut<Settings>,
    // What was typed, and whether the field had the keys.
    mut typed: Local<(String, bool)>,
) {
    if !panels.materials {
        *typed = default();
        return;
    }
    let (ctx, mut open) = (&ctx.0, true);
    let width = (ctx.content_rect().width() - 40.0).min(WIDTH_MAX);
    egui::Window::new(say("materials"))
        .open(&mut open)
        .anchor(egui::Align2::CENTER_CENTER, [0.0, 0.0])
        .min_height(ctx.content_rect().height())
        .default_width(width)
        .max_width(width)
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            let (text, had_keys) = &mut *typed;
            let field =
                ui.add(egui::TextEdit::singleline(text).hint_text(say("materials-search")).desired_width(width));
            letters::typed(ui, &field, text);
            let name = say("materials-search");
            field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, &name));
            *had_keys = *had_keys || theme::opens_typing(&field);
            let found = found(text, &settings);
            if field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
                found.first().into_iter().for_each(|code| brush.take(*code));
            }
            if found.is_empty() {
                ui.label(theme::quiet(say("materials-none")));
            }
            scrolled(ui, height_between(ui), |ui| {
                found.into_iter().for_each(|code| row(ui, code, &mut brush, &mut settings));
            });
        });
    panels.materials = open;
}

/// A material: its button, a star, and its card where it is in hand.
fn row(ui: &mut egui::Ui, code: u8, brush: &mut Brush, settings: &mut Settings) {
    let (name, starred, in_hand) = (cards::name_of(code), is_favourite(settings, code), brush.material == code);
    ui.horizontal(|ui| {
        let (place, _) = ui.allocate_exact_size(egui::vec2(STAR_SIDE * 0.6, STAR_SIDE), egui::Sense::hover());
        let drop = egui::Rect::from_center_size(place.center(), egui::Vec2::splat(STAR_SIDE * 0.5));
        swatch(ui.painter(), drop, materials::material(u32::from(code)).look);
        let size = egui::vec2(ui.available_width() - STAR_SIDE - 12.0, STAR_SIDE);
        let button = egui::Button::selectable(in_hand, name.as_str()).right_text("").min_size(size);
        let button = ui.add(button);
        // Without the space that keeps its text to the left.
        button.widget_info(|| egui::WidgetInfo::selected(egui::WidgetType::Button, true, in_hand, &name));
        if button.on_hover_text(cards::hint_of(code)).clicked() {
            brush.take(code);
        }
        let face = |painter: &egui::Painter, rect, ink| icons::star(painter, rect, ink, starred);
        let label = format!("{}: {name}", say("favourite"));
        if small_button(ui, STAR_SIDE, starred, &label, face).on_hover_text(say("favourite-hint")).clicked() {
            let name = NAMES[usize::from(code)];
            if starred {
                settings.favourites.retain(|other| other != name);
            } else {
                settings.favourites.push(name.to_owned());
            }
        }
    });
    if in_hand {
        ui.indent(name, |ui| cards::card(ui, code));
    }
}

/// Those that answer what was typed: the best first, favourites before others, and then in the order of the groups.
fn found(typed: &str, settings: &Settings) -> Vec<u8> {
    let group = |code: u8| {
        let of = materials::material(u32::from(code)).group;
        Group::SHOWN.iter().position(|shown| shown.0 == of)
    };
    let answer = |code: u8| {
        let answers = cards::answers(&cards::name_of(code), typed)?;
        Some((answers, !is_favourite(settings, code), group(code), code))
    };
    let mut all: Vec<_> = materials::palette().filter_map(answer).collect();
    all.sort_unstable();
    all.into_iter().map(|(.., code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lava_finds_lava_and_nothing_finds_all() {
        let code = |name: &str| materials::named(name).unwrap();
        let settings = Settings { favourites: vec!["sand".into(), "gone".into()], ..Settings::default() };
        assert_eq!(found("lava", &settings), [code("lava")]);
        let all = found("", &settings);
        assert_eq!((all.len(), all[0]), (materials::palette().count(), code("sand")));
        assert!(found("no such thing", &settings).is_empty());
    }
}
