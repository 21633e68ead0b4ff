//! The window in which one goes back in time, with everyone in the room, or goes through a recording; and what is asked
//! and said meanwhile.

use super::letters::{self, Style};
use super::offers::card;
use super::thumbnails::paint_whole;
use super::{Screen, theme};
use crate::panels::Panels;
use crate::past::{Past, Stop, StopKey};
use crate::png_file::Pixels;
use crate::session::{RoomRequest, RoomStatus};
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Sense, TextureHandle, TextureOptions, vec2};
use room::api::{PeerId, Playing, Proposal, Status};
use std::sync::Arc;
use words::{fill, say};

/// How wide the window's contents are at most, in points.
const WIDTH_POINTS: f32 = 420.0;
/// A picture's height, of its width.
const HEIGHT_SHARE: f32 = 0.5;
/// What stands above and below the picture, at most, in points.
const OTHERS_POINTS: f32 = 240.0;

/// What is looked at.
#[derive(Default)]
pub(super) struct Look {
    /// Which stop, and when it was, in seconds (see [`Stop::when`]): it stays that one while others come and go. Nothing: the newest.
    at: Option<(StopKey, f64)>,
    shown: Option<(Arc<Pixels>, TextureHandle)>,
    /// The next picture, and the pass that it came in: the first that draws with it has it only blank.
    coming: Option<(Arc<Pixels>, TextureHandle, u64)>,
}

impl Look {
    /// The place of the stop that is looked at, or of the nearest where it is gone; else the one of now.
    fn place(&self, stops: &[Stop], at: Option<f64>, now: f64) -> Option<usize> {
        let last = stops.len().checked_sub(1)?;
        let Some((key, at_s)) = self.at else {
            let played = stops.partition_point(|stop| stop.recorded_s <= at);
            return Some(if at.is_some() { played.saturating_sub(1) } else { last });
        };
        let far = |place: &usize| (stops[*place].when(now) - at_s).abs();
        let nearest = || (0..stops.len()).min_by(|a, b| far(a).total_cmp(&far(b)));
        stops.iter().position(|stop| stop.key() == key).or_else(nearest)
    }

    /// A picture to be painted: the one before, until this one can be.
    fn texture(&mut self, ctx: &egui::Context, picture: &Arc<Pixels>) -> TextureHandle {
        // A frame may take several passes, and only the next one has the texture.
        let frame = ctx.cumulative_frame_nr();
        if let Some((picture, texture, _)) = self.coming.take_if(|(_, _, since)| *since < frame) {
            self.shown = Some((picture, texture));
        }
        if let Some((known, texture)) = &self.shown
            && (Arc::ptr_eq(known, picture) || self.coming.is_some())
        {
            return texture.clone();
        }
        let size = [picture.width as usize, picture.height as usize];
        let image = egui::ColorImage::from_rgba_unmultiplied(size, &picture.rgba);
        let texture = ctx.load_texture("past", image, TextureOptions::LINEAR);
        self.coming = Some((picture.clone(), texture.clone(), frame));
        self.shown.as_ref().map_or(texture, |(_, before)| before.clone())
    }
}

/// Draws the window when it is open.
pub(super) fn show(
    ctx: Res<Screen>,
    mut panels: ResMut<Panels>,
    (past, status): (Res<Past>, Res<RoomStatus>),
    mut requests: MessageWriter<RoomRequest>,
    mut look: Local<Look>,
    time: Res<Time<Real>>,
) {
    if !panels.past {
        *look = Look::default();
        return;
    }
    let now = time.elapsed_secs_f64();
    let status = &status.0;
    let playing = status.recording;
    let stops = match &playing {
        Some(playing) => past.recorded(&status.moments, playing),
        None => past.stops(&status.moments, now),
    };
    let at = playing.map(|playing| seconds_of(status.tick, playing.from));
    let ctx = &ctx.0;
    let width = (ctx.content_rect().width() - 56.0).min(WIDTH_POINTS);
    let (mut open, mut goes) = (true, false);
    egui::Window::new(say("past"))
        .open(&mut open)
        .anchor(Align2::CENTER_CENTER, [0.0, -20.0])
        .min_width(width)
        .max_width(width)
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            #[cfg(not(target_arch = "wasm32"))]
            super::entering::is_window(ui);
            let Some(shown) = look.place(&stops, at, now) else {
                ui.label(say("past-nothing"));
                return;
            };
            let (last, stop) = (stops.len() - 1, &stops[shown]);
            // What the window's margins leave.
            let width = ui.available_width();
            let height = (width * HEIGHT_SHARE).min(ui.ctx().content_rect().height() - OTHERS_POINTS).max(0.0);
            let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
            let picture = stop.picture.as_ref().map(|picture| look.texture(ui.ctx(), picture));
            paint_whole(ui.painter(), rect, picture.as_ref());
            if picture.is_none() {
                ui.put(rect, egui::Label::new(say("past-no-picture")).selectable(false));
            } else {
                // What follows keeps its name, and the keys.
                ui.skip_ahead_auto_ids(1);
            }
            // To the right is now.
            let mut place = shown;
            ui.spacing_mut().slider_width = width - 16.0;
            let slider = egui::Slider::new(&mut place, 0..=last).show_value(false);
            let slider = ui.add_enabled(last > 0, slider);
            slider.widget_info(|| {
                egui::WidgetInfo::slider(last > 0, shown as f64, format!("{}: {}", say("past-when"), ago(stop)))
            });
            if place != shown {
                let is_now = place == last && playing.is_none();
                look.at = (!is_now).then(|| (stops[place].key(), stops[place].when(now)));
            }
            ui.horizontal(|ui| {
                ui.label(egui::RichText::new(ago(stop)).strong());
                let newest = status.moments.iter().map(|moment| moment.epoch).max();
                if newest > Some(stop.moment.epoch) && playing.is_none() {
                    ui.label(theme::quiet(say("past-left")));
                }
            });
            ui.label(theme::quiet(if playing.is_some() { say("past-recorded") } else { whom(status) }));
            let free = status.proposal.is_none() && status.replays_to.is_none();
            let Stop { moment, ticks, .. } = stop;
            let (moment, ticks) = ((moment.epoch, moment.step), *ticks);
            let go = say(if playing.is_some() { "past-play" } else { "past-go" });
            ui.horizontal_wrapped(|ui| {
                if ui.add_enabled(free, theme::main_button(&go)).clicked() {
                    requests.write(RoomRequest::Rewind { to: moment, ticks });
                    // A recording is gone through further.
                    goes = playing.is_none();
                    look.at = None;
                }
                let mut records = || {
                    let button = ui.add_enabled(has_since(status, stop), egui::Button::new(say("past-record")));
                    button.on_hover_text(say("past-record-hint")).on_disabled_hover_text(say("past-record-nothing"))
                };
                if playing.is_none() && records().clicked() {
                    requests.write(RoomRequest::Record { from: moment });
                }
            });
        });
    panels.past = open && !goes;
}

/// Whether there is anything to record from there to now: of what is called 0 s ago there is not, nor while the world stands.
fn has_since(status: &Status, stop: &Stop) -> bool {
    let is_left = stop.moment.epoch != status.digest_of.1;
    stop.ago_s.round() > 0.0 && (is_left || status.tick > stop.moment.tick)
}

/// Whom it concerns.
fn whom(status: &Status) -> String {
    match status.people.len() {
        0 | 1 => say("past-alone"),
        count => fill("past-all", [("count", count.into())]),
    }
}

fn ago(stop: &Stop) -> String {
    match stop.recorded_s {
        Some(at) => fill("past-recorded-at", [("at", clock(at).into()), ("end", clock(at + stop.ago_s).into())]),
        None => seconds_ago(stop.ago_s.round() as u64),
    }
}

/// How long after a recording's beginning a tick is, in seconds.
fn seconds_of(tick: u64, from: u64) -> f64 {
    tick.saturating_sub(from) as f64 / 60.0
}

/// Minutes and seconds.
fn clock(seconds: f64) -> String {
    let seconds = seconds as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn seconds_ago(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => fill("past-seconds", [("seconds", seconds.into())]),
        (minutes, seconds) => fill("past-minutes", [("minutes", minutes.into()), ("seconds", seconds.into())]),
    }
}

/// What is asked of this player, and how far a return is.
pub(super) fn news(
    ctx: Res<Screen>,
    status: Res<RoomStatus>,
    mut requests: MessageWriter<RoomRequest>,
    mut answered: Local<Option<u64>>,
    mut began: Local<Option<(u64, u64)>>,
) {
    let status = &status.0;
    // Where it began, so that there is a share of the way.
    *began =
        status.replays_to.map(|to| (to, began.filter(|b| b.0 == to).map_or(status.tick, |b| b.1.min(status.tick))));
    let me = status.people.iter().find(|person| person.me).map(|person| person.id);
    let words = progress(status, *began).or_else(|| proposal(status, me)).or_else(|| recording(status));
    let Some(words) = words else { return };
    let asked = status.proposal.as_ref().filter(|p| me.is_some_and(|me| p.asked.contains(&me)));
    let asked = asked.filter(|p| *answered != Some(p.number));
    egui::Area::new("past-news".into()).order(egui::Order::Foreground).anchor(Align2::CENTER_TOP, [0.0, 64.0]).show(
        &ctx.0,
        |ui| {
            let Some(proposal) = asked else {
                let style = Style { size: 14.0, colour: ui.visuals().text_color(), strong: false };
                return theme::panel().show(ui, |ui| _ = letters::label(ui, &words, style)).inner;
            };
            if let Some(agrees) = card(ui, &words, None, &say("past-agree")) {
                *answered = Some(proposal.number);
                requests.write(RoomRequest::Vote { number: proposal.number, agrees });
            }
        },
    );
}

fn progress(status: &Status, began: Option<(u64, u64)>) -> Option<String> {
    let (to, from) = began?;
    let share = status.tick.saturating_sub(from) * 100 / to.saturating_sub(from).max(1);
    Some(fill("past-replays", [("percent", share.min(100).into())]))
}

/// How far a recording is that is played, and whether it is what was recorded.
fn recording(status: &Status) -> Option<String> {
    let Playing { from, until, compared, differs } = status.recording?;
    let [at, end] = [status.tick, until].map(|tick| clock(seconds_of(tick, from)));
    let (at, end) = (("at", at.into()), ("end", end.into()));
    Some(match differs {
        None => fill("recording-plays", [at, end, ("count", compared.into())]),
        Some(tick) => fill("recording-plays-otherwise", [at, end, ("time", clock(seconds_of(tick, from)).into())]),
    })
}

fn proposal(status: &Status, me: Option<PeerId>) -> Option<String> {
    let Proposal { by, epoch, step, ticks, asked, yes, left_s, .. } = status.proposal.as_ref()?;
    let moment = status.moments.iter().find(|m| (m.epoch, m.step) == (*epoch, *step));
    let age = moment.map_or(0, |m| u64::from(m.age_s).saturating_sub(u64::from(*ticks) / 60));
    if !me.is_some_and(|me| asked.contains(&me)) {
        let agree = [("yes", (*yes).into()), ("count", asked.len().into()), ("left", (*left_s).into())];
        return Some(fill("past-waits", agree));
    }
    let name = status.people.iter().find(|person| person.id == *by).map(|person| person.profile.name.clone());
    let who = name.filter(|name| !name.is_empty()).unwrap_or_else(|| say("person-nameless"));
    let args = [("who", who.into()), ("ago", seconds_ago(age).into()), ("left", (*left_s).into())];
    Some(fill("past-proposal", args))
}
