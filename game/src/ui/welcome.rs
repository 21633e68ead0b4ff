//! The first minute on the screen: a hint above the bar, the ghost's hand, and the question about lending. Presses go through
//! the first two to the world, and the third is a card beside it.

use super::{Screen, palette, theme};
use crate::camera::Viewport;
use crate::settings::Settings;
use crate::welcome::{HINTS, Welcome};
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Color32, Stroke, pos2, vec2};
use words::say;

/// The hint's name among egui's areas.
pub(super) const HINT: &str = "hint";
/// The hand's size, in points.
const HAND_POINTS: f32 = 13.0;

/// Draws the hint, and below it the hand.
pub(super) fn show(ctx: Res<Screen>, welcome: Res<Welcome>, settings: Res<Settings>, viewport: Option<Res<Viewport>>) {
    let screen = &ctx.0;
    if let (Some(at), Some(viewport)) = (welcome.hand, viewport) {
        let at = ctx.view(&viewport).to_screen(at);
        hand(&screen.layer_painter(egui::LayerId::background()), pos2(at.x, at.y));
    }
    let Some(hint) = welcome.hint(&settings) else { return };
    // Above the bar, of which it speaks; at the top it would cover what is said and offered there.
    let bar = screen.memory(|memory| memory.area_rect(palette::AREA)).map_or(0.0, |area| area.height() + 10.0);
    let area = egui::Area::new(HINT.into()).interactable(false).anchor(Align2::CENTER_BOTTOM, [0.0, -bar - 10.0]);
    area.show(screen, |ui| {
        theme::panel().show(ui, |ui| {
            ui.set_max_width((screen.content_rect().width() - 60.0).min(420.0));
            ui.horizontal_wrapped(|ui| {
                ui.label(say(HINTS[hint]));
                ui.label(theme::quiet(format!("{} / {}", hint + 1, HINTS.len())));
            });
        });
    });
}

/// A pointing hand of light.
fn hand(painter: &egui::Painter, at: egui::Pos2) {
    let (ink, side) = (Color32::from_white_alpha(210), HAND_POINTS);
    painter.circle_filled(at, side * 1.5, Color32::from_white_alpha(26));
    painter.circle_stroke(at, side * 1.5, Stroke::new(1.5, Color32::from_white_alpha(120)));
    let arrow = [
        vec2(0.0, 0.0),
        vec2(0.0, 1.5),
        vec2(0.42, 1.12),
        vec2(0.72, 1.72),
        vec2(0.96, 1.6),
        vec2(0.68, 1.02),
        vec2(1.2, 0.98),
    ];
    let outline: Vec<egui::Pos2> = arrow.iter().map(|&by| at + by * side).collect();
    // In two parts: egui fills convex shapes.
    painter.add(egui::Shape::convex_polygon(
        vec![outline[0], outline[1], outline[2], outline[5], outline[6]],
        ink,
        Stroke::NONE,
    ));
    painter.add(egui::Shape::convex_polygon(vec![outline[2], outline[3], outline[4], outline[5]], ink, Stroke::NONE));
    painter.add(egui::Shape::closed_line(outline, Stroke::new(1.0, Color32::from_black_alpha(160))));
}

/// Whether this device may compute for the room, asked beside the world.
pub(super) fn question(ctx: Res<Screen>, mut settings: ResMut<Settings>, welcome: Res<Welcome>) {
    if !welcome.asks_lending || settings.lend.is_some() {
        return;
    }
    let ctx = &ctx.0;
    let width = (ctx.content_rect().width() - 40.0).min(320.0);
    egui::Area::new("lending".into()).anchor(Align2::RIGHT_TOP, [-10.0, 58.0]).show(ctx, |ui| {
        theme::panel().show(ui, |ui| {
            ui.set_max_width(width);
            ui.label(egui::RichText::new(say("share-the-work")).strong());
            ui.add(egui::Label::new(say("share-question")).wrap());
            ui.add(egui::Label::new(theme::quiet(say("share-costs"))).wrap());
            ui.horizontal_wrapped(|ui| {
                if ui.add(theme::main_button(&say("lend-this-device"))).clicked() {
                    settings.lend = Some(true);
                }
                if ui.button(say("play-and-watch")).clicked() {
                    settings.lend = Some(false);
                }
            });
        });
    });
}
