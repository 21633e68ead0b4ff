//! What was said lately, above the bar at the bottom, and the field in which one says something.

use super::Screen;
use super::letters::{self, Style};
use super::theme::{self, QUIET};
use crate::camera::ScreenInsets;
use crate::people::{Chat, Line, Muted, Pointing};
use crate::session::{RoomRequest, RoomStatus};
use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, Key};
use room::api::Status;
use room::shown::SAID_MAX;
use words::{fill, say};

/// How long a line stays in sight while the field is closed, in seconds.
const SHOWN_S: f64 = 12.0;
/// The most lines in sight.
const SHOWN_MAX: usize = 6;
/// As wide as it gets, in points.
const WIDTH: f32 = 320.0;

/// Draws the lines and the field.
pub(super) fn show(
    ctx: Res<Screen>,
    mut chat: ResMut<Chat>,
    mut pointing: ResMut<Pointing>,
    mut requests: MessageWriter<RoomRequest>,
    (muted, insets): (Res<Muted>, Res<ScreenInsets>),
    status: Res<RoomStatus>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    if status.0.people.len() < 2 && chat.draft.is_some() {
        chat.draft = None;
    }
    let open = chat.draft.is_some();
    let is_shown =
        |line: &&Line| (open || now - line.since < SHOWN_S) && line.from.is_none_or(|from| !muted.0.contains(&from));
    let lines: Vec<Line> = chat.lines.iter().rev().filter(is_shown).take(SHOWN_MAX).cloned().collect();
    if lines.is_empty() && !open {
        return;
    }
    let ctx = &ctx.0;
    let width = WIDTH.min(ctx.content_rect().width() - 20.0);
    let above = -insets.bottom / ctx.zoom_factor() - 12.0;
    // While one types, no window covers what is typed.
    let order = if open { egui::Order::Foreground } else { egui::Order::Middle };
    let area = egui::Area::new("chat".into()).order(order).interactable(open);
    area.anchor(egui::Align2::LEFT_BOTTOM, [10.0, above]).show(ctx, |ui| {
        theme::panel().show(ui, |ui| {
            ui.set_max_width(width);
            for line in lines.iter().rev() {
                ui.horizontal_wrapped(|ui| {
                    let (name, colour) = speaker(&status.0, line);
                    letters::label(ui, &name, Style { size: 14.0, colour, strong: true });
                    let plain = ui.visuals().text_color();
                    letters::label(ui, &line.text, Style { size: 14.0, colour: plain, strong: false });
                });
            }
            if open {
                field(ui, width, &mut chat, &mut pointing, &mut requests, now);
            }
        });
    });
}

/// What is typed, and what becomes of it.
fn field(
    ui: &mut egui::Ui,
    width: f32,
    chat: &mut Chat,
    pointing: &mut Pointing,
    requests: &mut MessageWriter<RoomRequest>,
    now: f64,
) {
    let mut send = false;
    let Some(draft) = &mut chat.draft else { return };
    let id = egui::Id::new("say");
    let typed = egui::TextEdit::singleline(draft)
        .id(id)
        .desired_width(width - 20.0)
        .char_limit(SAID_MAX)
        .hint_text(say("say-hint"));
    let typed = theme::field(ui, typed);
    typed.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, say("say")));
    letters::typed(ui, &typed, draft);
    // It opens to be typed in; who goes on from there may go.
    if theme::is_new(ui, id) {
        theme::lead_to(ui, id);
    }
    // Enter sends or, with nothing there, closes it.
    send |= typed.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let closes = ui.input(|input| input.key_pressed(Key::Escape));
    ui.horizontal(|ui| {
        send |= ui.add(theme::main_button(&say("say-send"))).clicked();
        if ui.button(say("point")).on_hover_text(say("point-hint")).clicked() {
            *pointing = Pointing::NextPress;
            chat.draft = None;
        }
    });
    if send {
        if let Some(text) = chat.take_draft() {
            chat.add(Line { from: None, name: say("person-you"), text: text.clone(), since: now });
            requests.write(RoomRequest::Say(text));
        }
    } else if closes {
        chat.draft = None;
    }
}

/// Whose line it is, and in which colour.
fn speaker(status: &Status, line: &Line) -> (String, Color32) {
    let place = status.people.iter().position(|person| line.from.map_or(person.me, |from| person.id == from));
    let name = if line.name.is_empty() { say("person-nameless") } else { line.name.clone() };
    (fill("said-by", [("name", name.into())]), place.map_or(QUIET, theme::peer_colour))
}
