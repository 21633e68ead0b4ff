//! The line at the top: where one is, how fast the world runs, what the room waits for; below it the notices.

use super::Screen;
use super::letters::{self, Style};
use super::palette::{tempo_text, with_key};
use super::theme::{self, ACCENT, Mark, QUIET, WARM, small_button};
use crate::notices::Notices;
use crate::panels::Panels;
use crate::session::{HeldBack, RoomGlobals, RoomRequest, RoomStatus, Session, is_alone, lends};
use crate::settings::Settings;
use bevy::prelude::*;
use bevy_egui::egui;
use room::api::{Status, Tempo};
use room::notice::Severity;
use words::{fill, grouped, say, words};

/// Slower than this share of what it is to be, the speed is said.
const SLOW_PERCENT: u32 = 95;

/// The line's name among egui's areas.
pub(super) const STATUS: &str = "status";
/// And that of the notices.
pub(super) const NOTICES: &str = "notices";

/// Draws the line, its buttons and the notices.
pub(super) fn show(
    ctx: Res<Screen>,
    mut panels: ResMut<Panels>,
    mut notices: ResMut<Notices>,
    mut settings: ResMut<Settings>,
    (session, held_back): (Res<Session>, Res<HeldBack>),
    mut requests: MessageWriter<RoomRequest>,
    status: Res<RoomStatus>,
    globals: Res<RoomGlobals>,
    time: Res<Time>,
) {
    let ctx = &ctx.0;
    egui::Area::new(STATUS.into()).anchor(egui::Align2::LEFT_TOP, [10.0, 10.0]).show(ctx, |ui| {
        theme::panel().show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(egui::RichText::new(session.place()).strong());
                if let Some(people) = people_text(&status.0) {
                    ui.label(egui::RichText::new(people).color(QUIET));
                }
            });
            let connecting = session.connecting();
            let (text, colour) =
                state_text(&status.0, globals.0.is_some(), connecting.as_deref(), session.has_waiting());
            letters::line(ui, &text, Style { size: 11.5, colour, strong: false });
            let alone = session.room().is_none() || is_alone(&status.0);
            if alone && !session.is_solo() && !panels.room && ui.button(say("invite")).clicked() {
                panels.toggle_room();
            }
            // What stopped the world is put right where it is said.
            let watches = !lends(settings.lend, session.is_founder(), held_back.0, false);
            if status.0.nobody_computes && watches && ui.add(theme::main_button(&say("lend-this-device"))).clicked() {
                settings.lend = Some(true);
                if held_back.0 {
                    settings.power_saver = Some(false);
                }
            }
        });
    });
    let below = ctx.memory(|memory| memory.area_rect(STATUS)).map_or(0.0, |area| area.bottom());
    // No window covers them, and nothing shows through.
    egui::Area::new(NOTICES.into())
        .order(egui::Order::Foreground)
        .anchor(egui::Align2::LEFT_TOP, [10.0, below + 6.0])
        .show(ctx, |ui| {
            let now = time.elapsed_secs_f64();
            notices.age(now);
            for line in &notices.lines {
                bubble(ui, &line.text, if line.severity == Severity::News { ACCENT } else { WARM }, None);
            }
            if let Some(why) = notices.refused.clone() {
                let again = session.has_missed().then(|| say("try-again"));
                if bubble(ui, &why, WARM, again.as_deref()) {
                    notices.refused = None;
                    requests.write(RoomRequest::TryAgain);
                }
            }
        });
    egui::Area::new("buttons".into()).anchor(egui::Align2::RIGHT_TOP, [-10.0, 10.0]).show(ctx, |ui| {
        ui.horizontal(|ui| {
            let solid = |ui: &mut egui::Ui,
                         open: bool,
                         name: &str,
                         paint: &dyn Fn(&egui::Painter, egui::Rect, egui::Color32)| {
                theme::panel()
                    .inner_margin(2.0)
                    .show(ui, |ui| small_button(ui, 36.0, Mark::Opens(open), name, paint))
                    .inner
            };
            // On a phone the room's name needs the place: there it is among the worlds.
            let wide = ctx.content_rect().width() >= super::PHONE_POINTS;
            if wide
                && solid(ui, panels.past, &say("past"), &super::icons::past)
                    .on_hover_text(with_key(say("past-hint"), &say("key-past")))
                    .clicked()
            {
                panels.past = !panels.past;
            }
            if solid(ui, panels.room, &say("room"), &super::icons::people)
                .on_hover_text(with_key(say("room-hint"), &say("key-room")))
                .clicked()
            {
                panels.toggle_room();
            }
            if solid(ui, panels.picture, &say("picture"), &super::icons::picture)
                .on_hover_text(with_key(say("picture-hint"), &say("key-picture")))
                .clicked()
            {
                panels.toggle_picture();
            }
            let mark = |painter: &egui::Painter, rect: egui::Rect, ink| {
                painter.text(rect.center(), egui::Align2::CENTER_CENTER, "?", egui::FontId::proportional(22.0), ink);
            };
            if solid(ui, panels.help, &say("help"), &mark).on_hover_text(with_key(say("help"), "?")).clicked() {
                panels.toggle_help();
            }
        });
    });
}

/// A text, and below it what can be done about it; true when that was chosen.
fn bubble(ui: &mut egui::Ui, text: &str, colour: egui::Color32, action: Option<&str>) -> bool {
    let shown = theme::panel().fill(ui.visuals().window_fill).show(ui, |ui| {
        ui.set_max_width(320.0);
        letters::label(ui, text, Style { size: 14.0, colour, strong: false });
        action.is_some_and(|name| ui.add(theme::main_button(name)).clicked())
    });
    shown.inner
}

fn people_text(status: &Status) -> Option<String> {
    match status.people.len() {
        0 | 1 => None,
        n => Some(fill("people-count", [("count", n.into())])),
    }
}

/// What the world is doing, in one line.
fn state_text(status: &Status, has_world: bool, connecting: Option<&str>, waits: bool) -> (String, egui::Color32) {
    if let Some(why) = connecting {
        return (why.to_owned(), ACCENT);
    }
    if !has_world {
        return (say("state-no-world"), ACCENT);
    }
    if status.nobody_computes {
        return (say("state-nobody-computes"), WARM);
    }
    // That the others wait for this device is said by its speed.
    let me = status.people.iter().find(|p| p.me).map(|p| p.id);
    if let Some(who) = status.waiting_for.filter(|who| Some(*who) != me) {
        return (words().waiting_for(who, status), WARM);
    }
    if status.paused {
        if waits {
            return (say("state-paused-changes"), ACCENT);
        }
        return (fill("state-paused", [("tick", grouped(status.tick).into())]), ACCENT);
    }
    let (mut state, mut colour) = (fill("state-count", [("count", grouped(status.particles).into())]), QUIET);
    if status.speed_percent * 100 < SLOW_PERCENT * status.tempo.percent() && status.tick > 120 {
        let percent = status.speed_percent.into();
        (state, colour) = (fill("state-slow", [("percent", percent), ("state", state.into())]), WARM);
    }
    // Whoever chose it, everyone sees why all is slow.
    let tempo = tempo_text(status.tempo);
    match status.tempo {
        Tempo::Full => (state, colour),
        Tempo::Double => (fill("state-fast", [("tempo", tempo.into()), ("state", state.into())]), ACCENT),
        _ => (fill("state-slow-motion", [("tempo", tempo.into()), ("state", state.into())]), ACCENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::api::PeerId;

    #[test]
    fn the_line_says_what_matters_most() {
        let mut status = Status { tick: 500, speed_percent: 43, particles: 1200, ..Status::default() };
        let text = |s: &Status| state_text(s, true, None, false).0;
        assert!(text(&status).starts_with("running at 43 %"));
        status.tempo = Tempo::Quarter;
        assert_eq!(text(&status), "slow motion 1/4 \u{b7} 1\u{2009}200 particles", "it is as fast as it is to be");
        status.tempo = Tempo::Double;
        assert!(text(&status).starts_with("speed 2x \u{b7} running at 43 %"));
        status.paused = true;
        assert_eq!(text(&status), "paused at tick 500");
        // A step is seen.
        status.tick += 1;
        assert_eq!(text(&status), "paused at tick 501");
        assert!(state_text(&status, true, None, true).0.starts_with("paused: changes"));
        status.waiting_for = Some(PeerId(7));
        assert_eq!(text(&status), "waiting for somebody who is gone");
        status.nobody_computes = true;
        assert_eq!(text(&status), "stopped: nobody computes");
        assert_eq!(state_text(&status, false, None, false).0, "waiting for the room");
    }
}
