//! The window of picture and sound: what colours mean, the effects' switches, whether less is drawn where frames are slow,
//! and how loud it is.

use super::{Screen, height_below, scrolled, side_window, theme};
use crate::film::{Film, FilmRequest, SECONDS_MAX};
use crate::panels::Panels;
use crate::settings::{Colours, Settings};
use crate::view::target::Sharpness;
use bevy::prelude::*;
use bevy_egui::egui;
use picture::shot::Spared;
use words::{fill, say};

/// Draws the window when it is open.
pub(super) fn show(
    ctx: Res<Screen>,
    mut panels: ResMut<Panels>,
    mut settings: ResMut<Settings>,
    sharpness: Res<Sharpness>,
    (mut film, mut asks): (ResMut<Film>, MessageWriter<FilmRequest>),
) {
    if !panels.picture {
        return;
    }
    let mut open = true;
    let mut chosen = settings.clone();
    let title = say("picture-and-sound");
    side_window(&ctx.0, &title, &mut open).show(&ctx.0, |ui| {
        let height = height_below(ui);
        scrolled(ui, height, |ui| {
            contents(ui, &mut chosen, &sharpness);
            files(ui, &mut film, &mut asks);
        });
    });
    if *settings != chosen {
        *settings = chosen;
    }
    panels.picture = open;
}

/// What is seen, as files.
fn files(ui: &mut egui::Ui, film: &mut Film, asks: &mut MessageWriter<FilmRequest>) {
    ui.separator();
    ui.label(egui::RichText::new(say("picture-files")).strong());
    if ui.button(say("picture-png")).on_hover_text(say("picture-png-hint")).clicked() {
        asks.write(FilmRequest::Picture);
    }
    let mut on = film.on;
    let words = fill("film-on", [("count", SECONDS_MAX.into())]);
    if ui.checkbox(&mut on, words).on_hover_text(say("film-on-hint")).changed() {
        film.on = on;
    }
    if let Some(progress) = film.progress() {
        ui.add(egui::ProgressBar::new(progress).text(say("film-making")));
    } else if on {
        ui.horizontal(|ui| {
            for seconds in [2, 5, SECONDS_MAX] {
                let enough = film.seconds() >= seconds as f32 * 0.95;
                let words = fill("film-seconds", [("count", seconds.into())]);
                if ui.add_enabled(enough, egui::Button::new(words)).clicked() {
                    asks.write(FilmRequest::Film(seconds));
                }
            }
        });
    }
}

fn contents(ui: &mut egui::Ui, settings: &mut Settings, sharpness: &Sharpness) {
    ui.label(egui::RichText::new(say("colours")).strong());
    for (colours, name) in Colours::ALL {
        let on = settings.picture.colours == colours && !settings.strips;
        if ui.radio(on, say(&format!("colours-{name}"))).clicked() {
            (settings.picture.colours, settings.strips) = (colours, false);
        }
    }
    if ui.radio(settings.strips, say("colours-strips")).on_hover_text(say("show-strips-hint")).clicked() {
        (settings.picture.colours, settings.strips) = (Colours::Material, true);
    }
    ui.separator();
    ui.label(egui::RichText::new(say("effects")).strong());
    for (name, on) in settings.picture.switches() {
        ui.checkbox(on, say(&format!("effect-{name}"))).on_hover_text(say(&format!("effect-{name}-hint")));
    }
    ui.separator();
    let mut still = settings.picture.is_still();
    if ui.checkbox(&mut still, say("picture-still")).on_hover_text(say("picture-still-hint")).changed() {
        settings.picture.still = Some(still);
    }
    let mut adapts = !settings.picture.fixed;
    if ui.checkbox(&mut adapts, say("picture-adapts")).on_hover_text(say("picture-adapts-hint")).changed() {
        settings.picture.fixed = !adapts;
    }
    if adapts {
        ui.label(theme::quiet(drawn_now(sharpness)));
    }
    ui.separator();
    ui.label(egui::RichText::new(say("sound")).strong());
    ui.checkbox(&mut settings.sound.on, say("sound-on")).on_hover_text(say("sound-on-hint"));
    let volume = egui::Slider::new(&mut settings.sound.volume, 0..=100).suffix(" %").text(say("sound-volume"));
    let volume = theme::numbered(volume);
    ui.add_enabled(settings.sound.on, volume);
    ui.separator();
    ui.label(theme::quiet(say("picture-yours")));
}

/// What is left out at the moment.
fn drawn_now(sharpness: &Sharpness) -> String {
    let left_out: Vec<String> = Spared::ALL
        .into_iter()
        .filter(|&spared| spared != Spared::Nothing && spared <= sharpness.spared())
        .map(|spared| say(&format!("spared-{}", name(spared))))
        .collect();
    if left_out.is_empty() {
        return say("picture-whole");
    }
    let percent = format!("{:.0}", sharpness.scale() * 100.0);
    fill("picture-less", [("what", left_out.join(", ").into()), ("percent", percent.into())])
}

/// By which words know it.
fn name(spared: Spared) -> &'static str {
    match spared {
        Spared::Nothing => "nothing",
        Spared::Detail => "detail",
        Spared::Foam => "foam",
        Spared::Gathered => "gathered",
        Spared::Bend => "bend",
    }
}
