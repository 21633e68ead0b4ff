//! What is offered without standing before play: going on with the last visit's world, and going back to the one that was
//! replaced. Small cards below the notices.

use super::letters::{self, Style};
use super::shelf::ago;
use super::thumbnails::{self, Thumbnails};
use super::{Screen, theme};
use crate::saves::{Shelf, ShelfRequest, seconds};
use crate::session::{Replaced, RoomGlobals, RoomRequest, RoomStatus, Session, WayBack, is_alone};
use bevy::prelude::*;
use bevy_egui::egui::{self, Sense, Ui, vec2};
use words::{fill, say};

/// The cards' name among egui's areas.
pub(super) const AREA: &str = "offers";
/// How wide a card's words are at most, in points.
const WIDTH_POINTS: f32 = 280.0;

/// What has just come in the place of something else is not pressed by the second press of a double click: so long, in seconds.
const COMES_S: f64 = 0.5;

/// Draws the cards.
pub(super) fn show(
    ctx: Res<Screen>,
    mut shelf: ResMut<Shelf>,
    mut way: ResMut<WayBack>,
    (session, status, globals): (Res<Session>, Res<RoomStatus>, Res<RoomGlobals>),
    (mut requests, mut asks): (MessageWriter<RoomRequest>, MessageWriter<ShelfRequest>),
    (mut pictures, time): (Local<Thumbnails>, Res<Time>),
) {
    // A room with others has a world already.
    let alone = globals.0.is_some() && (session.room().is_none() || is_alone(&status.0));
    let restores = shelf.offer.is_some() && alone;
    if !restores && way.kept.is_none() {
        return;
    }
    let ctx = &ctx.0;
    let bottom = |name: &'static str| ctx.memory(|memory| memory.area_rect(name)).map(|area| area.bottom());
    let below = bottom(super::status::NOTICES).or(bottom(super::status::STATUS)).unwrap_or(60.0);
    egui::Area::new(AREA.into()).anchor(egui::Align2::LEFT_TOP, [10.0, below + 6.0]).show(ctx, |ui| {
        if let Some(kept) = &way.kept {
            let words = match kept.by {
                Replaced::Scene => "replaced-scene",
                Replaced::Cleared => "replaced-cleared",
                Replaced::Save => "replaced-save",
                Replaced::Back => "replaced-back",
            };
            let whom =
                if kept.people < 2 { String::new() } else { fill("replaced-for", [("count", kept.people.into())]) };
            let words = fill(words, [("whom", whom.into())]);
            let go = if kept.by == Replaced::Back { "way-forth" } else { "way-back" };
            let comes = time.elapsed_secs_f64() - kept.since < COMES_S;
            match card(ui, &words, None, &say(go)).filter(|_| !comes) {
                Some(true) => drop(requests.write(RoomRequest::GoBack)),
                Some(false) => way.kept = None,
                None => {}
            }
        }
        if restores && let Some(offer) = shelf.offer.clone() {
            let key = format!("{} {}", offer.name, offer.seconds);
            let picture = pictures.get(ui.ctx(), &key, offer.picture.as_deref());
            let words = fill("restore-question", [("ago", ago(offer.seconds, seconds()).into())]);
            match card(ui, &words, Some(picture.as_ref()), &say("restore")) {
                Some(true) => drop(asks.write(ShelfRequest::Open(offer.place, offer.name))),
                Some(false) => shelf.offer = None,
                None => {}
            }
        }
    });
}

/// A card with a way to accept (true) and one to decline (false).
pub(super) fn card(
    ui: &mut Ui,
    words: &str,
    picture: Option<Option<&egui::TextureHandle>>,
    accept: &str,
) -> Option<bool> {
    let shown = theme::panel().show(ui, |ui| {
        ui.set_max_width(WIDTH_POINTS);
        ui.horizontal(|ui| {
            if let Some(picture) = picture {
                let (rect, _) = ui.allocate_exact_size(vec2(80.0, 50.0), Sense::hover());
                thumbnails::paint(ui.painter(), rect, picture);
            }
            ui.vertical(|ui| {
                let style = Style { size: 14.0, colour: ui.visuals().text_color(), strong: false };
                letters::label(ui, words, style);
                ui.horizontal(|ui| {
                    let yes = ui.add(theme::main_button(accept)).clicked();
                    let no = ui.button(say("no-thanks")).clicked();
                    if yes || no { Some(yes) } else { None }
                })
                .inner
            })
            .inner
        })
        .inner
    });
    shown.inner
}
