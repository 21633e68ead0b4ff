//! The room window: invitation, people, lending, and the other rooms that one may join.

use super::clipboard::{self, Copying};
use super::letters::{self, Style};
use super::theme::{self, ACCENT, WARM};
use super::{Screen, height_below, people, qr::Qr, scrolled, side_window};
use crate::directory::Directory;
use crate::panels::Panels;
use crate::people::{Chat, Followed, Muted};
use crate::power::Power;
use crate::session::names::{ROOM_NAME_BYTES_MAX, room_name};
use crate::session::{Options, RoomGlobals, RoomRequest, RoomStatus, Session, chosen_name, is_alone};
use crate::settings::{NAME_BYTES_MAX, Settings};
use bevy::prelude::*;
use bevy_egui::egui;
use driver::share::Share;
use room::api::Status;
use words::{fill, say};

/// How long it is said that the link was copied, or was not, in seconds.
const COPIED_S: f64 = 4.0;

/// What is typed, and what was copied.
#[derive(Resource, Default)]
pub struct Form {
    room: String,
    name: Option<String>,
    /// What was copied last, and when.
    copied: Option<(f64, Copying)>,
    show_qr: bool,
    qr: Qr,
}

/// Draws the window when it is open.
pub(super) fn show(
    ctx: Res<Screen>,
    mut panels: ResMut<Panels>,
    mut form: ResMut<Form>,
    (mut settings, mut options): (ResMut<Settings>, ResMut<Options>),
    (session, power): (Res<Session>, Res<Power>),
    mut requests: MessageWriter<RoomRequest>,
    directory: Res<Directory>,
    (status, globals): (Res<RoomStatus>, Res<RoomGlobals>),
    time: Res<Time>,
    (mut chat, mut muted, mut followed): (ResMut<Chat>, ResMut<Muted>, ResMut<Followed>),
) {
    if !panels.room {
        return;
    }
    let ctx = &ctx.0;
    let (mut open, mut says) = (true, false);
    side_window(ctx, &say("room"), &mut open).show(ctx, |ui| {
        let height = height_below(ui);
        scrolled(ui, height, |ui| {
            let alone = session.room().is_none() || is_alone(&status.0);
            you(ui, &mut form, &mut settings, &mut options);
            device(ui, &mut settings, &power, &session, &status.0);
            ui.separator();
            ui.horizontal_wrapped(|ui| {
                ui.label(egui::RichText::new(session.place()).strong());
                // Up here, in sight on a phone, too: below the people one would scroll for it, the further the more there are.
                if !is_alone(&status.0) && ui.button(say("say")).on_hover_text(say("say-hint")).clicked() {
                    chat.draft = Some(String::new());
                    says = true;
                }
            });
            invitation(ui, &mut form, &directory, &session, time.elapsed_secs_f64());
            let width = globals.0.as_ref().map_or(0, |g| g.size().width);
            people::show(ui, &status.0, width, &mut muted, &mut followed);
            ui.checkbox(&mut settings.strips, say("show-strips")).on_hover_text(say("show-strips-hint"));
            if !session.is_solo() {
                ui.separator();
                rooms(ui, &mut form, &directory, &session, alone, &mut requests);
            }
        });
    });
    // What is typed then is at the left, where on a phone this window lies, too.
    panels.room = open && !says;
}

fn you(ui: &mut egui::Ui, form: &mut Form, settings: &mut Settings, options: &mut ResMut<Options>) {
    ui.horizontal(|ui| {
        let label = ui.label(say("your-name"));
        let known = chosen_name(options, settings);
        let typed = form.name.get_or_insert_with(|| known.clone().unwrap_or_default());
        let field = egui::TextEdit::singleline(typed)
            .id(egui::Id::new("your-name"))
            .desired_width(150.0)
            .char_limit(NAME_BYTES_MAX)
            .hint_text(say("nameless"));
        // Told to the others when it is complete, not letter by letter.
        let field = theme::field(ui, field).labelled_by(label.id);
        letters::typed(ui, &field, typed);
        if field.lost_focus() {
            *typed = Settings::tidy_name(typed);
            // The command line's name is for this visit; one that is typed is kept, and holds from now on.
            if known.unwrap_or_default() != *typed {
                settings.name.clone_from(typed);
                options.name = None;
            }
        }
    });
}

/// What this device does for the room.
fn device(ui: &mut egui::Ui, settings: &mut ResMut<Settings>, power: &Power, session: &Session, status: &Status) {
    let alone = session.room().is_none() || is_alone(status);
    let mut lend = settings.lend.unwrap_or(session.room().is_none() || session.is_founder());
    if ui.checkbox(&mut lend, say("lend")).changed() {
        settings.lend = Some(lend);
    }
    if lend {
        let mut percent = settings.share().percent();
        ui.spacing_mut().slider_width = 120.0;
        let slider = egui::Slider::new(&mut percent, Share::PERCENT_MIN..=100).step_by(5.0).suffix(" %");
        let what = say(if session.backend().starts_with("CPU") { "share-of-cpu" } else { "share-of-gpu" });
        let slider = ui.add(theme::numbered(slider.text(what)));
        if slider.on_hover_text(say("share-hint")).changed() {
            settings.share = Some(percent);
        }
    }
    let mut saves = settings.power_saver.unwrap_or(power.is_saving());
    if ui.checkbox(&mut saves, say("power-saver")).on_hover_text(say("power-saver-hint")).changed() {
        settings.power_saver = Some(saves);
    }
    if let Some(words) = device_words(lend, settings.power_saver, power, alone, status.nobody_computes) {
        ui.label(theme::quiet(say(words)));
    }
}

/// The sentence that says why this device does or does not compute, where that is not plain.
fn device_words(
    lend: bool,
    chosen: Option<bool>,
    power: &Power,
    alone: bool,
    nobody_computes: bool,
) -> Option<&'static str> {
    let watches = power.is_saving() || !lend;
    match (power.is_saving(), chosen) {
        _ if alone => (watches || chosen == Some(true)).then_some("device-alone"),
        _ if nobody_computes => watches.then_some("device-nobody-computes"),
        (true, None) => Some("device-saves-by-itself"),
        (false, None) if lend && power.is_on_battery() => Some("device-on-battery"),
        _ => watches.then_some("device-watches"),
    }
}

fn invitation(ui: &mut egui::Ui, form: &mut Form, directory: &Directory, session: &Session, now: f64) {
    let Some(invite) = &directory.invite else {
        if session.room().is_none() && !session.is_solo() {
            ui.label(say("invite-by-room"));
        }
        return;
    };
    ui.horizontal_wrapped(|ui| {
        ui.add(egui::Label::new(egui::RichText::new(&invite.link).color(ACCENT).small()).selectable(true));
    });
    ui.horizontal(|ui| {
        let lately = form.copied.as_ref().filter(|(at, _)| now - at < COPIED_S);
        let words = match lately.and_then(|(_, copying)| copying.is_done()) {
            Some(true) => "copied",
            Some(false) => "copy-failed",
            None => "copy-link",
        };
        if ui.button(say(words)).clicked() {
            form.copied = Some((now, clipboard::copy(&invite.link)));
        }
        if ui.add(egui::Button::new(say("qr-code")).selected(form.show_qr)).clicked() {
            form.show_qr = !form.show_qr;
        }
    });
    if form.show_qr {
        let side = ui.available_width().min(220.0);
        form.qr.of(&invite.link).show(ui, side);
    }
    if session.lacks_page() {
        ui.label(egui::RichText::new(say("no-page")).color(WARM).small());
        if let Some(command) = native_command(&invite.link, session) {
            ui.label(theme::quiet(command));
        }
    }
    if !invite.lan {
        ui.label(theme::quiet(say("only-here")));
    } else if let Some(warning) = invite.warning.as_ref().filter(|_| !session.lacks_page()) {
        ui.label(theme::quiet(warning.as_str()));
    }
}

/// How the program itself joins this room from another machine: the invitation's host, and the plain port.
fn native_command(invitation: &str, session: &Session) -> Option<String> {
    let host = invitation.split_once("://")?.1.rsplit_once(':')?.0;
    let (_, port) = session.signaling()?.trim_end_matches('/').rsplit_once(':')?;
    Some(format!("tidepool --signaling ws://{host}:{port} --room {}", session.room()?))
}

fn rooms(
    ui: &mut egui::Ui,
    form: &mut Form,
    directory: &Directory,
    session: &Session,
    alone: bool,
    requests: &mut MessageWriter<RoomRequest>,
) {
    ui.label(egui::RichText::new(say("other-rooms")).strong());
    if let Some(problem) = &directory.problem {
        ui.label(egui::RichText::new(fill("rooms-unknown", [("why", problem.as_str().into())])).color(WARM).small());
    }
    let others: Vec<_> = directory.rooms.iter().filter(|r| Some(&r.name) != session.room()).collect();
    if others.is_empty() && directory.problem.is_none() {
        ui.label(theme::quiet(say("rooms-none")));
    }
    if alone && !others.is_empty() {
        ui.label(theme::quiet(say("join-leaves-world")));
    }
    for room in others {
        ui.horizontal(|ui| {
            if ui.add_enabled(room.free > 0, egui::Button::new(say("join"))).clicked() {
                requests.write(leave_for(room.name.clone(), alone));
            }
            ui.label(&room.name);
            let people = fill("room-people", [("count", room.people.into())]);
            let colour = ui.visuals().text_color();
            ui.label(theme::quiet(people)).on_hover_ui(|ui| {
                _ = letters::label(ui, &room.names.join(", "), Style { size: 14.0, colour, strong: false });
            });
        });
        if !room.world.is_empty() {
            letters::label(ui, &room.world, Style { size: 11.5, colour: theme::QUIET, strong: false });
        }
    }
    ui.horizontal(|ui| {
        // Not by its place: rooms that come and go above would take the keys from it.
        let field = egui::TextEdit::singleline(&mut form.room)
            .id(egui::Id::new("room-name"))
            .desired_width(150.0)
            .char_limit(ROOM_NAME_BYTES_MAX)
            .hint_text(say("room-name"));
        let field = theme::field(ui, field);
        field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, say("room-name")));
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let name = wanted_room(&form.room, session.room());
        let pressed = ui.add_enabled(name.is_ok(), egui::Button::new(say("open-or-join"))).clicked();
        if let (Ok(name), true) = (name, pressed || entered) {
            requests.write(leave_for(name, alone));
            form.room.clear();
        }
    });
    if let (Err(why), false) = (wanted_room(&form.room, session.room()), form.room.trim().is_empty()) {
        ui.label(egui::RichText::new(say(why)).color(WARM).small());
    }
}

/// Who is alone takes the world along.
fn leave_for(room: String, alone: bool) -> RoomRequest {
    if alone { RoomRequest::MoveTo(room) } else { RoomRequest::Join(room) }
}

/// The room that is meant, or the sentence that says why one cannot leave the present one for it.
fn wanted_room(typed: &str, here: Option<&String>) -> Result<String, &'static str> {
    let name = room_name(typed)?;
    if here == Some(&name) { Err("you-are-here") } else { Ok(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_leaves_for_a_room_that_cannot_be() {
        let here = "tide".to_owned();
        assert!(wanted_room("my room!", Some(&here)).is_err());
        assert!(wanted_room("Tide ", Some(&here)).is_err());
        assert_eq!(wanted_room("Reef", Some(&here)).unwrap(), "reef");
    }

    #[test]
    fn what_this_device_does_is_said_where_it_is_not_plain() {
        let words =
            |lend, alone, nobody| device_words(lend, None, &Power::default(), alone, nobody).unwrap_or_default();
        assert_eq!(words(true, false, false), "");
        assert_eq!(words(false, false, false), "device-watches");
        assert_eq!(words(false, false, true), "device-nobody-computes");
        assert_eq!(words(false, true, false), "device-alone");
    }
}
