//! The window of worlds: a gallery with pictures, the player's own saves, and a new world by size and ground. It says whom a
//! change concerns; the way back is offered afterwards (`offers`).

use super::clipboard::{self, Copying};
use super::shelf::Rows;
use super::thumbnails::{self, Thumbnails};
use super::{Screen, height_between, scrolled, theme};
use crate::directory::Directory;
use crate::notices::Notices;
use crate::panels::Panels;
use crate::saves::{Place, Shelf, ShelfRequest};
use crate::scenes::{Listed, SceneAsset, Scenes};
use crate::session::{RoomRequest, RoomStatus};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Color32, CornerRadius, FontId, Response, Sense, Stroke, StrokeKind, Ui, vec2};
use driver::scene_file::blank;
use sim_kernels::geom::WorldSize;
use words::{fill, say};

/// A picture is at least so wide, in points.
const CARD_POINTS: f32 = 140.0;
/// The line below it.
const TITLE_POINTS: f32 = 20.0;
/// The window is no wider.
const WIDTH_POINTS_MAX: f32 = 660.0;
/// How long it is said that a link was copied, or was not, in seconds.
const COPIED_S: f64 = 4.0;
/// Worlds by width and height, in cells.
const SIZES: [(&str, [i32; 2]); 4] =
    [("size-small", [192, 112]), ("size-usual", [320, 160]), ("size-wide", [640, 192]), ("size-huge", [1024, 256])];
/// What may lie on the floor.
const GROUNDS: [(&str, Option<&str>); 5] = [
    ("ground-bare", None),
    ("ground-water", Some("water")),
    ("ground-sand", Some("sand")),
    ("ground-soil", Some("soil")),
    ("ground-snow", Some("snow")),
];

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Gallery,
    Yours,
    New,
}

/// What is chosen in the window.
#[derive(Default)]
pub(super) struct Form {
    was_open: bool,
    tab: Tab,
    pictures: Thumbnails,
    /// The world that the pointer or the keyboard is at, by its place.
    at: Option<usize>,
    rows: Rows,
    size: usize,
    ground: usize,
    no_air: bool,
    copied: Option<(f64, Copying)>,
}

/// What the window reads.
#[derive(SystemParam)]
pub(super) struct Reads<'w> {
    scenes: Res<'w, Scenes>,
    shelf: Res<'w, Shelf>,
    status: Res<'w, RoomStatus>,
    directory: Res<'w, Directory>,
    time: Res<'w, Time>,
}

/// What it asks for.
#[derive(SystemParam)]
pub(super) struct Asks<'w> {
    room: MessageWriter<'w, RoomRequest>,
    shelf: MessageWriter<'w, ShelfRequest>,
    assets: ResMut<'w, Assets<SceneAsset>>,
    notices: ResMut<'w, Notices>,
}

/// Draws the window when it is open.
pub(super) fn show(ctx: Res<Screen>, mut panels: ResMut<Panels>, reads: Reads, mut asks: Asks, mut form: Local<Form>) {
    if panels.scenes && !form.was_open {
        asks.shelf.write(ShelfRequest::Look);
    }
    form.was_open = panels.scenes;
    if !panels.scenes {
        return;
    }
    let ctx = &ctx.0;
    let (mut open, mut chosen) = (true, false);
    let width = (ctx.content_rect().width() - 56.0).min(WIDTH_POINTS_MAX);
    egui::Window::new(say("scenes"))
        .open(&mut open)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .min_width(width)
        .max_width(width)
        .min_height(ctx.content_rect().height())
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            ui.label(theme::quiet(whom(&reads.status)));
            ui.horizontal(|ui| {
                for (tab, name) in
                    [(Tab::Gallery, "worlds-gallery"), (Tab::Yours, "worlds-yours"), (Tab::New, "worlds-new")]
                {
                    ui.selectable_value(&mut form.tab, tab, say(name));
                }
                if ui.button(say("past")).on_hover_text(say("past-hint")).clicked() {
                    (panels.past, chosen) = (true, true);
                }
            });
            ui.separator();
            let height = height_between(ui);
            match form.tab {
                Tab::Gallery => {
                    scrolled(ui, height, |ui| chosen |= gallery(ui, &reads, &mut asks, &mut form));
                    about(ui, &reads, &mut form);
                }
                Tab::Yours => scrolled(ui, height, |ui| chosen |= yours(ui, &reads, &mut asks, &mut form)),
                Tab::New => scrolled(ui, height, |ui| chosen |= new(ui, &mut asks, &mut form)),
            }
        });
    panels.scenes = open && !chosen;
}

/// Whom another world concerns.
fn whom(status: &RoomStatus) -> String {
    match status.0.people.len() {
        0 | 1 => say("scenes-alone"),
        count => fill("scenes-for-everyone", [("count", count.into())]),
    }
}

/// A button with a picture.
fn card(ui: &mut Ui, size: egui::Vec2, title: &str, picture: Option<&egui::TextureHandle>) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, title));
    let face = rect.with_max_y(rect.bottom() - TITLE_POINTS);
    thumbnails::paint(ui.painter(), face, picture);
    let is_at = response.hovered() || response.has_focus();
    let stroke = if is_at { Stroke::new(2.0, theme::ACCENT) } else { Stroke::new(1.0, Color32::from_white_alpha(24)) };
    ui.painter().rect_stroke(face, CornerRadius::same(6), stroke, StrokeKind::Inside);
    let ink = if is_at { theme::ACCENT } else { Color32::from_rgb(224, 231, 240) };
    let galley = ui.painter().layout(title.to_owned(), FontId::proportional(12.5), ink, f32::INFINITY);
    let left = (rect.center().x - galley.size().x / 2.0).max(rect.left());
    let clip = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    clip.galley(egui::pos2(left, face.bottom() + 3.0), galley, ink);
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    response
}

fn gallery(ui: &mut Ui, reads: &Reads, asks: &mut Asks, form: &mut Form) -> bool {
    let gap = ui.spacing().item_spacing.x;
    let columns = ((ui.available_width() + gap) / (CARD_POINTS + gap)).floor().max(2.0);
    let width = ((ui.available_width() - 8.0 + gap) / columns - gap).floor();
    let size = vec2(width, width * 0.5 + TITLE_POINTS);
    let mut chosen = None;
    let mut at = None;
    for (row, listed) in reads.scenes.all.chunks(columns as usize).enumerate() {
        ui.horizontal(|ui| {
            for (column, listed) in listed.iter().enumerate() {
                let picture = form.pictures.get(ui.ctx(), listed.name, listed.picture);
                let button = card(ui, size, &listed.shown(), picture.as_ref());
                if let Some(words) = listed.to_try() {
                    ui.ctx().accesskit_node_builder(button.id, |node| node.set_description(words));
                }
                if button.hovered() || button.has_focus() {
                    at = Some(row * columns as usize + column);
                }
                if button.clicked() {
                    chosen = Some(listed);
                }
            }
        });
    }
    form.at = at.or(form.at);
    if let Some(listed) = chosen {
        asks.room.write(RoomRequest::Load(listed.scene.clone()));
        say_what_to_try(listed, asks, reads);
    }
    chosen.is_some()
}

fn say_what_to_try(listed: &Listed, asks: &mut Asks, reads: &Reads) {
    if let Some(words) = listed.to_try() {
        asks.notices.push(words, reads.time.elapsed_secs_f64());
    }
}

/// What to try in the world that the pointer is at, and a link to it. There is always room for it, or the list would jump.
fn about(ui: &mut Ui, reads: &Reads, form: &mut Form) {
    let listed = form.at.and_then(|at| reads.scenes.all.get(at));
    let words = listed.and_then(Listed::to_try).unwrap_or_else(|| say("worlds-hint"));
    let row = vec2(ui.available_width(), 34.0);
    ui.allocate_ui_with_layout(row, egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.set_min_height(row.y);
        if let (Some(listed), Some(invite)) = (listed, &reads.directory.invite) {
            let now = reads.time.elapsed_secs_f64();
            let lately = form.copied.as_ref().filter(|(at, _)| now - at < COPIED_S);
            let name = match lately.and_then(|(_, copying)| copying.is_done()) {
                Some(true) => "copied",
                Some(false) => "copy-failed",
                None => "copy-link",
            };
            if ui.button(say(name)).on_hover_text(say("world-link-hint")).clicked() {
                form.copied = Some((now, clipboard::copy(&scene_link(&invite.link, listed.name))));
            }
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(theme::quiet(words)).wrap());
        });
    });
}

/// A link to the page that begins with a scene of the gallery.
fn scene_link(invitation: &str, name: &str) -> String {
    let page = invitation.split(['?', '#']).next().unwrap_or(invitation);
    format!("{page}?scene={name}")
}

fn yours(ui: &mut Ui, reads: &Reads, asks: &mut Asks, form: &mut Form) -> bool {
    let mut chosen = false;
    ui.horizontal_wrapped(|ui| {
        if ui.add(theme::main_button(&say("save"))).on_hover_text(say("save-hint")).clicked() {
            asks.room.write(RoomRequest::Save);
            chosen = true;
        }
        #[cfg(target_arch = "wasm32")]
        if ui.button(say("open")).on_hover_text(say("open-hint")).clicked() {
            asks.shelf.write(ShelfRequest::Choose);
            chosen = true;
        }
        // Fingers drop no files.
        if !theme::has_fingers(ui.ctx()) {
            ui.label(theme::quiet(say("saves-drop")));
        }
    });
    Rows::thrown_away(ui, &reads.shelf, Place::Named, &mut asks.shelf);
    if reads.shelf.saves.is_empty() {
        ui.label(theme::quiet(say("saves-none")));
    }
    chosen | form.rows.show(ui, &reads.shelf.saves, &say("open-hint"), &mut asks.shelf)
}

fn new(ui: &mut Ui, asks: &mut Asks, form: &mut Form) -> bool {
    let choose = |ui: &mut Ui, label: &str, names: Vec<String>, chosen: &mut usize| {
        ui.label(say(label));
        ui.horizontal_wrapped(|ui| {
            for (index, name) in names.into_iter().enumerate() {
                ui.radio_value(chosen, index, name);
            }
        });
    };
    let sizes = SIZES
        .iter()
        .map(|(name, [width, height])| fill(name, [("width", (*width).into()), ("height", (*height).into())]));
    // The usual one first.
    let mut size = (form.size + 1) % SIZES.len();
    choose(ui, "new-size", sizes.collect(), &mut size);
    form.size = (size + SIZES.len() - 1) % SIZES.len();
    let grounds = GROUNDS.iter().map(|(name, _)| say(name)).collect();
    choose(ui, "new-ground", grounds, &mut form.ground);
    let mut air = !form.no_air;
    ui.checkbox(&mut air, say("new-air")).on_hover_text(say("new-air-hint"));
    form.no_air = !air;
    ui.add_space(6.0);
    if !ui.add(theme::main_button(&say("new-begin"))).clicked() {
        return false;
    }
    let [width, height] = SIZES[size].1;
    let Some(world) = WorldSize::new(width, height) else { return false };
    let scene = blank(&say("new-title"), world, GROUNDS[form.ground].1, air);
    asks.room.write(RoomRequest::Load(asks.assets.add(SceneAsset { scene })));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_the_page_and_the_scene_alone() {
        let link = scene_link("https://192.168.1.2:3537/tide/?room=cove", "sand-clock");
        assert_eq!(link, "https://192.168.1.2:3537/tide/?scene=sand-clock");
    }

    #[test]
    fn every_size_is_one_that_a_world_can_have() {
        for (name, [width, height]) in SIZES {
            let world = WorldSize::new(width, height).expect(name);
            for (_, ground) in GROUNDS {
                assert_eq!(blank("x", world, ground, true).problem(), None, "{name}");
            }
        }
    }
}
