//! The room window: invitation, people, lending, and the other rooms that one may join.

use super::theme::{self, ACCENT};
use super::{Panels, people, qr::Qr, scrolled, side_window};
use crate::directory::Directory;
use crate::link::{Link, RoomGlobals, RoomStatus};
use crate::power::Power;
use crate::settings::{NAME_BYTES_MAX, Settings};
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};
use driver::share::Share;

/// What is typed, and what was copied.
#[derive(Resource, Default)]
pub struct Form {
    room: String,
    name: Option<String>,
    copied_at: Option<f32>,
    show_qr: bool,
    qr: Qr,
}

/// Draws the window when it is open.
pub(super) fn show(
    mut contexts: EguiContexts,
    mut panels: ResMut<Panels>,
    mut form: ResMut<Form>,
    mut settings: ResMut<Settings>,
    mut link: ResMut<Link>,
    power: Res<Power>,
    directory: Res<Directory>,
    status: Res<RoomStatus>,
    globals: Res<RoomGlobals>,
    time: Res<Time>,
) -> Result {
    if !panels.room {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let mut open = true;
    side_window(ctx, "Room", &mut open).show(ctx, |ui| {
        scrolled(ui, |ui| {
            you(ui, &mut form, &mut settings);
            device(ui, &mut settings, &power, &link);
            ui.separator();
            ui.label(egui::RichText::new(link.place()).strong());
            invitation(ui, &mut form, &directory, time.elapsed_secs());
            let width = globals.0.as_ref().map_or(0, |g| g.size().width);
            people::show(ui, &status.0, width);
            ui.checkbox(&mut settings.strips, "Show who computes what")
                .on_hover_text("Tints each strip of the world by whose device computes it (T)");
            if !link.is_solo() {
                ui.separator();
                rooms(ui, &mut form, &directory, &mut link);
            }
        });
    });
    panels.room = open;
    Ok(())
}

fn you(ui: &mut egui::Ui, form: &mut Form, settings: &mut Settings) {
    ui.horizontal(|ui| {
        ui.label("Your name");
        let typed = form.name.get_or_insert_with(|| settings.name.clone());
        let field = egui::TextEdit::singleline(typed).desired_width(150.0).char_limit(NAME_BYTES_MAX).hint_text("name");
        // Told to the others when it is complete, not letter by letter.
        if ui.add(field).lost_focus() {
            *typed = Settings::tidy_name(typed);
            settings.name.clone_from(typed);
        }
    });
}

/// What this device does for the room.
fn device(ui: &mut egui::Ui, settings: &mut ResMut<Settings>, power: &Power, link: &Link) {
    let mut lend = settings.lend.unwrap_or(link.room().is_none());
    if ui.checkbox(&mut lend, "Lend this device to the room").changed() {
        settings.lend = Some(lend);
    }
    if lend {
        let mut percent = settings.share().percent();
        ui.spacing_mut().slider_width = 120.0;
        let slider = egui::Slider::new(&mut percent, Share::PERCENT_MIN..=100).step_by(5.0).suffix(" %");
        let what = if link.backend().starts_with("CPU") { "of its CPU" } else { "of its GPU" };
        let slider = ui.add(slider.text(what));
        if slider.on_hover_text("It rests in between, and the room gives it less to compute").changed() {
            settings.share = Some(percent);
        }
    }
    let mut saves = settings.power_saver.unwrap_or(power.is_saving());
    if ui.checkbox(&mut saves, "Power saver").on_hover_text("Play and watch, compute nothing").changed() {
        settings.power_saver = Some(saves);
    }
    if let Some(words) = device_words(lend, settings.power_saver, power, link.room().is_some()) {
        ui.label(theme::quiet(words));
    }
}

/// Why this device does or does not compute, where that is not plain.
fn device_words(lend: bool, chosen: Option<bool>, power: &Power, in_room: bool) -> Option<&'static str> {
    match (in_room, power.is_saving(), chosen) {
        (false, _, Some(true)) => Some("Alone in its world this device computes all the same."),
        (true, true, None) => Some("On battery: the power saver came on by itself. Computing is left to others."),
        (true, true, Some(_)) => Some("You play and watch; computing is left to others."),
        (true, false, None) if lend && power.is_on_battery() => Some("On battery, but nobody else computes."),
        (true, false, _) if !lend => Some("You play and watch; computing is left to others."),
        _ => None,
    }
}

fn invitation(ui: &mut egui::Ui, form: &mut Form, directory: &Directory, now: f32) {
    let Some(invite) = &directory.invite else {
        if let Some(problem) = &directory.problem {
            ui.label(theme::quiet(problem.as_str()));
        }
        return;
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(egui::RichText::new(&invite.link).color(ACCENT).small());
    });
    ui.horizontal(|ui| {
        let copied = form.copied_at.is_some_and(|at| now - at < 2.0);
        if ui.button(if copied { "Copied" } else { "Copy link" }).clicked() {
            crate::clipboard::copy(&invite.link);
            form.copied_at = Some(now);
        }
        ui.toggle_value(&mut form.show_qr, "QR code");
    });
    if form.show_qr {
        let side = ui.available_width().min(220.0);
        form.qr.of(&invite.link).show(ui, side);
    }
    if !invite.warning.is_empty() {
        ui.label(theme::quiet(invite.warning.as_str()));
    }
}

fn rooms(ui: &mut egui::Ui, form: &mut Form, directory: &Directory, link: &mut Link) {
    ui.label(egui::RichText::new("Other rooms").strong());
    let others: Vec<_> = directory.rooms.iter().filter(|r| Some(&r.name) != link.room()).collect();
    if others.is_empty() {
        ui.label(theme::quiet("None is open right now."));
    }
    for room in others {
        ui.horizontal(|ui| {
            if ui.add_enabled(room.free > 0, egui::Button::new("Join")).clicked() {
                link.join(&room.name);
            }
            ui.label(&room.name);
            let people = if room.people == 1 { "1 person".into() } else { format!("{} people", room.people) };
            ui.label(theme::quiet(people)).on_hover_text(room.names.join(", "));
        });
        if !room.world.is_empty() {
            ui.label(theme::quiet(room.world.as_str()));
        }
    }
    ui.horizontal(|ui| {
        let field =
            egui::TextEdit::singleline(&mut form.room).desired_width(150.0).char_limit(32).hint_text("room name");
        let entered = ui.add(field).lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let name = form.room.trim().to_owned();
        if (ui.add_enabled(!name.is_empty(), egui::Button::new("Open or join")).clicked() || entered)
            && !name.is_empty()
        {
            link.join(&name);
            form.room.clear();
        }
    });
}
