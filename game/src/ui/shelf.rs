//! What lies on the player's shelf, row by row: saved worlds, and stamps. Each with its picture, to be used, renamed, exported,
//! deleted and brought back.

use super::letters::{self, Style};
use super::theme;
use super::thumbnails::{self, Thumbnails};
use crate::saves::{NAME_CHARS_MAX, OnShelf, Place, Shelf, ShelfRequest, seconds};
use bevy::prelude::*;
use bevy_egui::egui::text::{CCursor, CCursorRange};
use bevy_egui::egui::{self, Sense, Ui, vec2};
use words::{fill, say};

/// How large a row's picture is, in points.
const PICTURE_POINTS: egui::Vec2 = vec2(80.0, 46.0);

/// Rows of the shelf.
#[derive(Default)]
pub(super) struct Rows {
    pictures: Thumbnails,
    renamed: Option<Renaming>,
}

/// What gets another name.
struct Renaming {
    one: OnShelf,
    /// What is typed.
    to: String,
    /// Its field has the keys: what is typed takes the place of the old name.
    has_keys: bool,
}

impl Rows {
    /// What was thrown away last of a place, to be brought back.
    pub(super) fn thrown_away(ui: &mut Ui, shelf: &Shelf, place: Place, asks: &mut MessageWriter<ShelfRequest>) {
        let Some(name) = shelf.thrown_away.get(&place) else { return };
        ui.horizontal_wrapped(|ui| {
            let style = Style { size: 14.0, colour: ui.visuals().text_color(), strong: false };
            letters::label(ui, &fill("thrown-away", [("name", name.as_str().into())]), style);
            if ui.button(say("bring-back")).clicked() {
                asks.write(ShelfRequest::BringBack(place));
            }
        });
    }

    /// Draws them; whether one was chosen. `hint` says what that does.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        all: &[OnShelf],
        hint: &str,
        asks: &mut MessageWriter<ShelfRequest>,
    ) -> bool {
        let mut chosen = false;
        for one in all {
            let key = format!("{:?} {} {}", one.place, one.name, one.seconds);
            let picture = self.pictures.get(ui.ctx(), &key, one.picture.as_deref());
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(PICTURE_POINTS, Sense::hover());
                match one.place {
                    Place::Stamps => thumbnails::paint_whole(ui.painter(), rect, picture.as_ref()),
                    Place::Named | Place::ByItself => thumbnails::paint(ui.painter(), rect, picture.as_ref()),
                }
                ui.vertical(|ui| {
                    ui.set_max_width(ui.available_width());
                    match self.renamed.take_if(|renamed| renamed.one == *one) {
                        Some(renamed) => self.renamed = rename(ui, renamed, asks),
                        None => chosen |= self.one(ui, one, hint, asks),
                    }
                    let size = fill("save-size", [("kb", one.bytes.div_ceil(1024).into())]);
                    ui.label(theme::quiet(format!("{} · {size}", ago(one.seconds, seconds()))));
                });
            });
        }
        chosen
    }

    /// A name, which is pressed to use it, and what else may be done with it.
    fn one(&mut self, ui: &mut Ui, one: &OnShelf, hint: &str, asks: &mut MessageWriter<ShelfRequest>) -> bool {
        let mut chosen = false;
        ui.horizontal_wrapped(|ui| {
            if letters::button(ui, &name_of(one)).on_hover_text(hint).clicked() {
                asks.write(ShelfRequest::Open(one.place, one.name.clone()));
                chosen = true;
            }
            let about = |what: &str| format!("{}: {}", say(what), name_of(one));
            let small = |ui: &mut Ui, what: &str| {
                let button = small_button(ui, what);
                button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, about(what)));
                button.clicked()
            };
            if small(ui, "export") {
                asks.write(ShelfRequest::Export(one.place, one.name.clone()));
            }
            if one.place != Place::ByItself {
                if small(ui, "rename") {
                    self.renamed = Some(Renaming { one: one.clone(), to: one.name.clone(), has_keys: false });
                }
                if small(ui, "throw-away") {
                    asks.write(ShelfRequest::ThrowAway(one.place, one.name.clone()));
                }
            }
        });
        chosen
    }
}

/// A button that takes little room, unless fingers are to hit it.
fn small_button(ui: &mut Ui, name: &str) -> egui::Response {
    if theme::has_fingers(ui.ctx()) { ui.button(say(name)) } else { ui.small_button(say(name)) }
}

/// Another name: what is typed, until it is done with.
fn rename(ui: &mut Ui, mut renaming: Renaming, asks: &mut MessageWriter<ShelfRequest>) -> Option<Renaming> {
    let Renaming { one, to, has_keys } = &mut renaming;
    let shown = egui::TextEdit::singleline(to).char_limit(NAME_CHARS_MAX).desired_width(180.0).show(ui);
    let (mut state, field) = (shown.state, shown.response.response);
    letters::typed(ui, &field, to);
    field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, say("rename")));
    if !*has_keys {
        *has_keys = theme::opens_typing(&field);
        let all = CCursorRange::two(CCursor::new(0), CCursor::new(to.chars().count()));
        state.cursor.set_char_range(Some(all));
        state.store(ui.ctx(), field.id);
    }
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let mut done = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Escape));
    ui.horizontal(|ui| {
        if small_button(ui, "rename").clicked() || entered {
            if one.name != *to {
                asks.write(ShelfRequest::Rename(one.place, one.name.clone(), to.clone()));
            }
            done = true;
        }
        done |= small_button(ui, "never-mind").clicked();
    });
    (!done).then_some(renaming)
}

/// How long ago something was, in words.
pub(super) fn ago(then: i64, now: i64) -> String {
    let minutes = (now - then).max(0) / 60;
    match minutes {
        0 => say("ago-now"),
        1..60 => fill("ago-minutes", [("count", minutes.into())]),
        60..2880 => fill("ago-hours", [("count", (minutes / 60).into())]),
        _ => fill("ago-days", [("count", (minutes / 1440).into())]),
    }
}

/// The name under which something is shown.
pub(super) fn name_of(one: &OnShelf) -> String {
    match one.place {
        Place::Named | Place::Stamps => one.name.clone(),
        Place::ByItself => say("kept-by-itself"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_it_was_is_said_roughly() {
        assert_eq!(ago(1000, 1030), "just now");
        assert_eq!(ago(1000, 1000 + 300), "5 min ago");
        assert_eq!(ago(1000, 1000 + 7200), "2 h ago");
        assert_eq!(ago(1000, 1000 + 3 * 86400), "3 days ago");
        assert_eq!(ago(1000, 0), "just now", "a clock that was set back");
    }
}
