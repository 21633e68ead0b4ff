//! The bar at the bottom: materials above tools, brush size, time, gravity, scenes. Below the materials there is one row
//! on a desktop, and two on a phone.

use super::theme::{self, ACCENT, FINGER_POINTS, Mark, face_button, small_button, wide_button};
use super::{Screen, cards, icons, looks, shapes, stock};
use crate::camera::ScreenInsets;
use crate::panels::Panels;
use crate::session::{RoomGlobals, RoomRequest, RoomStatus};
use crate::settings::Settings;
use crate::tools::{Brush, Drawing, History, Make, Revise, TOOLS, gravity_towards, key_label};
use bevy::prelude::*;
use bevy_egui::egui;
use room::api::Tempo;
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command};
use sim_kernels::materials::{self, Group};
use words::{fill, say};

/// The bar's name among egui's areas.
pub(super) const AREA: &str = "palette";
/// Narrower than this, the bar has two rows.
const NARROW_POINTS: f32 = 1200.0;
/// Lower than this, a narrow bar has one row all the same, of smaller buttons: two would take a third of the height.
const LOW_POINTS: f32 = 480.0;
/// Of the tools so many must be in sight where the others are scrolled to.
const TOOLS_IN_SIGHT_MIN: f32 = 4.5;
/// What is between two buttons, and what separators and the panel's edge take.
const GAP: f32 = 8.0;
const EDGES: f32 = 66.0;
/// The same of a bar of two rows, which has no separators.
const EDGES_OF_TWO: f32 = 34.0;
/// Buttons of the bar besides the tools: material, size, undo, redo, pause, tempo, clear, gravity, scenes.
const BUTTONS_BESIDES: usize = 9;
/// Narrower than this, the groups of materials are behind a button.
const GROUPS_WIDTH: f32 = 900.0;
/// Side of a material's button, and what their row takes of the screen.
const MATERIAL_SIDE: f32 = 38.0;
const MATERIALS_HEIGHT: f32 = 56.0;
/// Screen points that the bars take: the line at the top, and this one with one row or two, without the materials.
const INSET_TOP: f32 = 62.0;
const INSET_BOTTOM: [f32; 2] = [90.0, 152.0];
/// The shade at the end of a row that goes on.
const MORE_POINTS: f32 = 26.0;
/// The largest side of a button, and the smallest.
const SIDE_POINTS_MAX: f32 = 44.0;
const SIDE_POINTS_MIN: f32 = FINGER_POINTS;
/// How far a finger is dragged for a step of the brush's size.
const SIZE_STEP_POINTS: f32 = 9.0;
/// From the middle of the smallest button to the middle of the next.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(super) const NEXT_POINTS: f32 = SIDE_POINTS_MIN + GAP;

/// Draws the bar.
pub(super) fn show(
    ctx: Res<Screen>,
    mut brush: ResMut<Brush>,
    mut panels: ResMut<Panels>,
    status: Res<RoomStatus>,
    globals: Res<RoomGlobals>,
    mut requests: MessageWriter<RoomRequest>,
    settings: Res<Settings>,
    (history, mut revise, mut make): (Res<History>, MessageWriter<Revise>, MessageWriter<Make>),
    clock: Res<Time>,
) {
    let ctx = &ctx.0;
    let screen = ctx.content_rect();
    let layout = layout(screen.width(), screen.height());
    let side = layout.side;
    let gravity = globals.0.as_ref().map_or([0, 0], |g| g.gravity);
    let now = clock.elapsed_secs_f64();
    let can_undo = globals.0.as_ref().is_some_and(|globals| history.can_undo(globals, &status.0, now));
    egui::Area::new(AREA.into()).anchor(egui::Align2::CENTER_BOTTOM, [0.0, -10.0]).show(ctx, |ui| {
        theme::panel().show(ui, |ui| {
            if !layout.is_low {
                // As wide as the row below, or it would widen the bar.
                row(ui, MATERIAL_SIDE, |ui| {
                    materials_row(ui, &mut brush, &mut panels, &settings, screen.width() - 60.0);
                });
            }
            if layout.rows == 2 {
                row(ui, side, |ui| {
                    tools(ui, &mut brush, layout);
                });
                row(ui, side, |ui| {
                    if layout.is_low {
                        material_menu(ui, &mut brush, &mut panels, &settings, side);
                    }
                    size_menu(ui, &mut brush, side);
                    // Low and narrow, there is no room for another one.
                    revise_button(ui, &mut revise, Revise::Undo, can_undo, side);
                    if !layout.is_low {
                        revise_button(ui, &mut revise, Revise::Redo, history.can_redo(), side);
                    }
                    time(ui, &mut requests, &mut make, &mut panels, &status, side);
                    gravity_menu(ui, &mut requests, gravity, side);
                    scene_button(ui, &mut panels, side);
                });
            } else {
                row(ui, side, |ui| {
                    if layout.is_low {
                        material_menu(ui, &mut brush, &mut panels, &settings, side);
                    }
                    tools(ui, &mut brush, layout);
                    ui.separator();
                    size_menu(ui, &mut brush, side);
                    ui.separator();
                    revise_button(ui, &mut revise, Revise::Undo, can_undo, side);
                    revise_button(ui, &mut revise, Revise::Redo, history.can_redo(), side);
                    time(ui, &mut requests, &mut make, &mut panels, &status, side);
                    ui.separator();
                    gravity_menu(ui, &mut requests, gravity, side);
                    scene_button(ui, &mut panels, side);
                });
            }
        });
    });
}

/// A row as high as its buttons from the start: what scrolls begins at its top, and the others would stand higher.
fn row(ui: &mut egui::Ui, side: f32, contents: impl FnOnce(&mut egui::Ui)) {
    let size = egui::vec2(ui.available_width(), theme::face_height(side));
    ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), contents);
}

fn tools(ui: &mut egui::Ui, brush: &mut Brush, layout: Layout) {
    let Some(width) = layout.tools_width else { return each_tool(ui, brush, layout.side) };
    let shown = egui::ScrollArea::horizontal()
        .id_salt("tools")
        .max_width(width)
        .show(ui, |ui| row(ui, layout.side, |ui| each_tool(ui, brush, layout.side)));
    show_more(ui, &shown);
}

fn each_tool(ui: &mut egui::Ui, brush: &mut Brush, side: f32) {
    for tool in TOOLS {
        let selected = brush.holds(*tool);
        let button = face_button(ui, side, selected, &tool.name(), |painter, rect, ink| tool.icon(painter, rect, ink));
        keep_in_sight(ui, &button, selected);
        if theme::hint(button, with_key(tool.hint(), &key_label(tool.key()))).clicked() {
            brush.tool = *tool;
        }
    }
}

/// Scrolls to what was just taken in hand or got the keys. Whoever looks for another one is not led back: a finger would never get there.
fn keep_in_sight(ui: &egui::Ui, button: &egui::Response, selected: bool) {
    let id = button.id.with("in hand");
    let before = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default(id), selected));
    if (selected && !before || button.gained_focus()) && !ui.is_rect_visible(button.rect) {
        button.scroll_to_me(None);
    }
}

/// Shows at the ends of a row that it goes on there.
fn show_more<R>(ui: &egui::Ui, row: &egui::containers::scroll_area::ScrollAreaOutput<R>) {
    let (rect, at) = (row.inner_rect, row.state.offset.x);
    let ends = [(rect.left(), 1.0, at > 1.0), (rect.right(), -1.0, at + rect.width() < row.content_size.x - 1.0)];
    for (x, inwards, _) in ends.into_iter().filter(|end| end.2) {
        let mut shade = egui::Mesh::default();
        for (x, ink) in [(x, theme::PANEL), (x + inwards * MORE_POINTS, egui::Color32::TRANSPARENT)] {
            shade.colored_vertex(egui::pos2(x, rect.top()), ink);
            shade.colored_vertex(egui::pos2(x, rect.bottom()), ink);
        }
        shade.add_triangle(0, 1, 2);
        shade.add_triangle(1, 2, 3);
        ui.painter().add(shade);
        let tip = egui::pos2(x + inwards * 3.0, rect.center().y);
        let arms = [-6.0, 6.0].map(|y| tip + egui::vec2(inwards * 5.0, y));
        ui.painter().line(vec![arms[0], tip, arms[1]], egui::Stroke::new(2.0, ACCENT));
    }
}

/// The groups of materials, and a button for each material of the one that is shown, in its colour.
fn materials_row(ui: &mut egui::Ui, brush: &mut Brush, panels: &mut Panels, settings: &Settings, width: f32) {
    // The last one is that of the favourites, where there are any.
    let favourites: Vec<u8> = materials::palette().filter(|&code| stock::is_favourite(settings, code)).collect();
    let groups = Group::SHOWN.len() + usize::from(!favourites.is_empty());
    let of = |code: u8| materials::material(u32::from(code)).group;
    let is_in = |group: usize, code: u8| match Group::SHOWN.get(group) {
        Some(shown) => of(code) == shown.0,
        None => favourites.contains(&code),
    };
    // The group of what is in hand, until another is chosen while that is in hand.
    let id = egui::Id::new("material group");
    let chosen = ui.data(|data| data.get_temp::<(u8, usize)>(id));
    let chosen = chosen.filter(|&(code, group)| code == brush.material && group < groups);
    let own = Group::SHOWN.iter().position(|shown| shown.0 == of(brush.material)).unwrap_or(0);
    let mut shown = chosen.map_or(own, |chosen| chosen.1);
    let name = |group: usize| say(&format!("group-{}", Group::SHOWN.get(group).map_or("favourites", |shown| shown.1)));
    let is_narrow = width < GROUPS_WIDTH;
    let mut left = width;
    if is_narrow {
        // It does not scroll away with what it chooses from.
        let button = ui.add(egui::Button::new(name(shown)).min_size(egui::Vec2::splat(SIDE_POINTS_MIN)));
        theme::menu(&button, &name(shown), egui::PopupCloseBehavior::CloseOnClick, |ui| {
            for group in 0..groups {
                ui.spacing_mut().interact_size.y = SIDE_POINTS_MIN;
                if ui.selectable_value(&mut shown, group, name(group)).clicked() {
                    ui.close();
                }
            }
        });
        left -= button.rect.width() + GAP;
        button.on_hover_text(say("group-hint"));
    }
    // Each group is scrolled by itself.
    let salt = ("materials", shown);
    let all = egui::ScrollArea::horizontal().id_salt(salt).max_width(left).auto_shrink(true).show(ui, |ui| {
        row(ui, MATERIAL_SIDE, |ui| {
            if !is_narrow {
                for group in 0..groups {
                    ui.selectable_value(&mut shown, group, name(group)).on_hover_text(say("group-hint"));
                }
            }
            let search = small_button(ui, SIDE_POINTS_MIN, panels.materials, &say("materials"), icons::search);
            if search.on_hover_text(say("materials-hint")).clicked() {
                panels.materials = !panels.materials;
            }
            ui.separator();
            for code in materials::palette().filter(|&code| is_in(shown, code)) {
                if material_button(ui, brush, code).clicked() {
                    brush.take(code);
                }
            }
        });
    });
    show_more(ui, &all);
    ui.data_mut(|data| data.insert_temp(id, (brush.material, shown)));
}

/// Where there is no room for the row, a button in the colour of what is in hand opens it.
fn material_menu(ui: &mut egui::Ui, brush: &mut Brush, panels: &mut Panels, settings: &Settings, side: f32) {
    let look = materials::material(u32::from(brush.material)).look;
    let button = face_button(ui, side, Mark::Acts, &cards::name_of(brush.material), |painter, rect, _| {
        swatch(painter, rect, look);
    });
    let name = fill("material-in-hand", [("material", cards::name_of(brush.material).into())]);
    button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
    theme::menu(&button, &name, egui::PopupCloseBehavior::CloseOnClick, |ui| {
        let before = brush.material;
        row(ui, MATERIAL_SIDE, |ui| materials_row(ui, brush, panels, settings, 600.0));
        if brush.material != before {
            ui.close();
        }
    });
    button.on_hover_text(say("material-hint"));
}

fn material_button(ui: &mut egui::Ui, brush: &Brush, code: u8) -> egui::Response {
    let m = materials::material(u32::from(code));
    let selected = brush.material == code;
    let button = wide_button(ui, MATERIAL_SIDE, selected, &cards::name_of(code), |painter, rect, _| {
        swatch(painter, rect, m.look);
        if let Some(way) = way_of(m.name) {
            icons::arrow(painter, rect.shrink(rect.width() * 0.12), egui::Color32::BLACK, way);
        }
    });
    keep_in_sight(ui, &button, selected);
    theme::hint(button, with_key(cards::hint_of(code), &say("key-material")))
}

/// Which way it drives things, of what does: those look alike besides.
fn way_of(name: &str) -> Option<[i32; 2]> {
    let ways = [("_up", [0, 1]), ("_left", [-1, 0]), ("_right", [1, 0])];
    ways.into_iter().find(|(end, _)| name.ends_with(end)).map(|(_, way)| way)
}

/// A drop of it: its colour at rest, and a light in the upper part in that of haste.
pub(super) fn swatch(painter: &egui::Painter, rect: egui::Rect, look: materials::Look) {
    let ink = |[r, g, b]: [u8; 3]| egui::Color32::from_rgb(r, g, b);
    let radius = rect.height() * 0.56;
    painter.circle_filled(rect.center(), radius, ink(look.body));
    painter.circle_filled(rect.center() + egui::vec2(-0.3, -0.36) * radius, radius * 0.3, ink(look.fast));
}

/// What a button does, and the key that does the same.
pub(super) fn with_key(what: String, key: &str) -> String {
    fill("with-key", [("what", what.into()), ("key", key.into())])
}

/// Says what the bars take of the window, before the view is fitted to the rest.
pub(super) fn reserve(window: Query<&Window>, settings: Res<Settings>, mut insets: ResMut<ScreenInsets>) {
    let Ok(window) = window.single() else { return };
    let scale = looks::scale(&settings, window.size());
    let Layout { rows, is_low, .. } = layout(window.width() / scale, window.height() / scale);
    let materials = if is_low { 0.0 } else { MATERIALS_HEIGHT };
    let bottom = INSET_BOTTOM[usize::from(rows == 2)] + materials;
    insets.set_if_neq(ScreenInsets { top: INSET_TOP * scale, bottom: bottom * scale });
}

/// How the bar lies on a screen.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Layout {
    rows: u8,
    /// Side of a button.
    side: f32,
    /// The materials are behind a button, not in a row of their own.
    is_low: bool,
    /// How wide the tools are, where they are scrolled.
    tools_width: Option<f32>,
}

fn layout(width: f32, height: f32) -> Layout {
    let is_low = height < LOW_POINTS;
    // The button for materials takes the slider's room where it is in the bar, too.
    // Buttons, their gaps, separators and the panel's edge must fit.
    let buttons = (TOOLS.len() + BUTTONS_BESIDES) as f32;
    let in_one_row = (width - GAP * buttons - EDGES) / buttons;
    let all = Layout { rows: 1, side: in_one_row.min(SIDE_POINTS_MAX), is_low, tools_width: None };
    if in_one_row >= SIDE_POINTS_MIN && (is_low || width >= NARROW_POINTS) {
        return all;
    }
    // What is left to the tools where all are as small as they may be.
    let left = width - EDGES - (SIDE_POINTS_MIN + GAP) * BUTTONS_BESIDES as f32;
    if is_low && left >= (SIDE_POINTS_MIN + GAP) * TOOLS_IN_SIGHT_MIN {
        return Layout { side: SIDE_POINTS_MIN, tools_width: Some(left), ..all };
    }
    let left = width - EDGES_OF_TWO;
    let side = left / TOOLS.len() as f32 - GAP;
    let tools_width = (side < SIDE_POINTS_MIN).then_some(left);
    Layout { rows: 2, side: side.clamp(SIDE_POINTS_MIN, 46.0), tools_width, ..all }
}

/// A button that tells the brush's size and tip opens what changes them, and the ways of drawing.
fn size_menu(ui: &mut egui::Ui, brush: &mut Brush, side: f32) {
    let (radius, drawing) = (brush.radius.to_string(), brush.drawing);
    let name = fill("size-is", [("size", radius.as_str().into())]);
    let button = face_button(ui, side, Mark::Acts, &say("size"), |painter, rect, ink| {
        if drawing != Drawing::Free {
            return shapes::drawing_icon(painter, rect, ink, drawing);
        }
        let font = egui::FontId::proportional(rect.height() * 0.9);
        painter.text(rect.center(), egui::Align2::CENTER_CENTER, radius, font, ink);
    });
    button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
    let button = button.interact(egui::Sense::click_and_drag());
    drag_size(ui, brush, &button);
    theme::menu(&button, &say("size"), egui::PopupCloseBehavior::CloseOnClickOutside, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = SIDE_POINTS_MIN;
            let step = |ui: &mut egui::Ui, sign: &str| {
                ui.add(egui::Button::new(sign).min_size(egui::Vec2::splat(SIDE_POINTS_MIN))).clicked()
            };
            if step(ui, "-") {
                brush.resize(-1);
            }
            ui.spacing_mut().slider_width = 130.0;
            let slider = ui.add(egui::Slider::new(&mut brush.radius, 0..=BRUSH_RADIUS_MAX).show_value(false));
            slider.widget_info(|| egui::WidgetInfo::slider(true, brush.radius.into(), say("size")));
            if step(ui, "+") {
                brush.resize(1);
            }
        });
        shapes::choices(ui, brush, SIDE_POINTS_MAX);
    });
    button.on_hover_text(say("size-hint"));
}

/// Two fingers on the world move and enlarge the view, so that a finger which is dragged over this button gives the brush its
/// size: to the right or up it grows.
fn drag_size(ui: &egui::Ui, brush: &mut Brush, button: &egui::Response) {
    let id = button.id.with("drag");
    if !button.dragged() {
        ui.data_mut(|data| data.remove_temp::<f32>(id));
        return;
    }
    let way = button.drag_delta();
    let points = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(0.0) + way.x - way.y;
    let steps = (points / SIZE_STEP_POINTS).trunc();
    brush.resize(steps as i32);
    ui.data_mut(|data| data.insert_temp(id, points - steps * SIZE_STEP_POINTS));
}

/// Takes a stroke back, or does it again.
fn revise_button(ui: &mut egui::Ui, written: &mut MessageWriter<Revise>, revise: Revise, can: bool, side: f32) {
    let (name, hint, key, nothing) = match revise {
        Revise::Undo => (say("undo"), say("undo-hint"), say("key-undo"), say("undo-nothing")),
        Revise::Redo => (say("redo"), say("redo-hint"), say("key-redo"), say("redo-nothing")),
    };
    ui.add_enabled_ui(can, |ui| {
        let face = |painter: &egui::Painter, rect, ink| icons::back(painter, rect, ink, revise == Revise::Redo);
        let button = face_button(ui, side, Mark::Acts, &name, face).on_disabled_hover_text(nothing);
        if button.on_hover_text(with_key(hint, &key)).clicked() {
            written.write(revise);
        }
    });
}

fn time(
    ui: &mut egui::Ui,
    requests: &mut MessageWriter<RoomRequest>,
    make: &mut MessageWriter<Make>,
    panels: &mut Panels,
    status: &RoomStatus,
    side: f32,
) {
    let paused = status.0.paused;
    let name = say(if paused { "go-on" } else { "pause" });
    let button = face_button(ui, side, Mark::Acts, &name, |painter, rect, ink| {
        if paused { icons::play(painter, rect, ink) } else { icons::pause(painter, rect, ink) }
    });
    if button.on_hover_text(with_key(name, &say("key-pause"))).clicked() {
        requests.write(if paused { RoomRequest::Resume } else { RoomRequest::Pause });
    }
    tempo_menu(ui, requests, panels, status, side);
    let button = face_button(ui, side, Mark::Acts, &say("clear"), icons::clear);
    if button.on_hover_text(with_key(say("clear-hint"), &say("key-clear"))).clicked() {
        make.write(Make(vec![Command::Clear]));
    }
}

/// How fast the world's clock goes, which the button tells where that is not real time; a tick at a time; and the way back,
/// which on a phone has no button of its own.
fn tempo_menu(
    ui: &mut egui::Ui,
    requests: &mut MessageWriter<RoomRequest>,
    panels: &mut Panels,
    status: &RoomStatus,
    side: f32,
) {
    let tempo = status.0.tempo;
    let button = face_button(ui, side, Mark::Acts, &say("tempo"), |painter, rect, ink| {
        if tempo == Tempo::Full {
            return icons::tempo(painter, rect, ink);
        }
        let font = egui::FontId::proportional(rect.height() * 0.7);
        painter.text(rect.center(), egui::Align2::CENTER_CENTER, tempo_text(tempo), font, ACCENT);
    });
    let name = fill("tempo-is", [("tempo", tempo_text(tempo).into())]);
    button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
    theme::menu(&button, &say("tempo"), egui::PopupCloseBehavior::CloseOnClickOutside, |ui| {
        ui.label(theme::quiet(say("tempo-for-all")));
        ui.horizontal(|ui| {
            for each in Tempo::ALL {
                let choice = egui::Button::selectable(each == tempo, tempo_text(each));
                if ui.add(choice.min_size(egui::Vec2::splat(SIDE_POINTS_MIN))).clicked() {
                    requests.write(RoomRequest::Tempo(each));
                }
            }
        });
        let step = ui.add(egui::Button::new(say("step")).min_size(egui::vec2(0.0, SIDE_POINTS_MIN)));
        if step.on_hover_text(with_key(say("step-hint"), &say("key-step"))).clicked() {
            requests.write(if status.0.paused { RoomRequest::Step } else { RoomRequest::Pause });
        }
        let past = ui.add(egui::Button::new(say("past")).min_size(egui::vec2(0.0, SIDE_POINTS_MIN)));
        if past.on_hover_text(with_key(say("past-hint"), &say("key-past"))).clicked() {
            panels.past = true;
            ui.close();
        }
    });
    button.on_hover_text(with_key(say("tempo-hint"), &say("key-tempo")));
}

/// A tempo as a share of real time.
pub(super) fn tempo_text(tempo: Tempo) -> &'static str {
    match tempo {
        Tempo::Tenth => "1/10",
        Tempo::Quarter => "1/4",
        Tempo::Half => "1/2",
        Tempo::Full => "1",
        Tempo::Double => "2x",
    }
}

fn gravity_menu(ui: &mut egui::Ui, requests: &mut MessageWriter<RoomRequest>, gravity: [i32; 2], side: f32) {
    let button = face_button(ui, side, Mark::Acts, &say("gravity"), |painter, rect, ink| {
        icons::arrow(painter, rect, ink, gravity);
    });
    theme::menu(&button, &say("gravity"), egui::PopupCloseBehavior::CloseOnClick, |ui| {
        ui.label(theme::quiet(say("gravity-pulls")));
        let now = gravity.map(i32::signum);
        for row in
            [[None, Some([0, 1]), None], [Some([-1, 0]), Some([0, 0]), Some([1, 0])], [None, Some([0, -1]), None]]
        {
            ui.horizontal(|ui| {
                for direction in row {
                    let Some(direction) = direction else {
                        ui.allocate_space(egui::Vec2::splat(36.0));
                        continue;
                    };
                    let face = |painter: &egui::Painter, rect, ink| icons::arrow(painter, rect, ink, direction);
                    let name = say(match direction {
                        [0, 0] => "gravity-none",
                        [0, 1] => "gravity-up",
                        [0, _] => "gravity-down",
                        [1, _] => "gravity-right",
                        _ => "gravity-left",
                    });
                    if small_button(ui, 36.0, now == direction, &name, face).on_hover_text(name).clicked() {
                        requests.write(RoomRequest::Command(gravity_towards(direction, gravity)));
                        ui.close();
                    }
                }
            });
        }
    });
    button.on_hover_text(say("gravity-hint"));
}

fn scene_button(ui: &mut egui::Ui, panels: &mut Panels, side: f32) {
    let button = face_button(ui, side, Mark::Opens(panels.scenes), &say("scenes"), icons::scenes);
    if button.on_hover_text(with_key(say("scenes-hint"), &say("key-scenes"))).clicked() {
        panels.scenes = !panels.scenes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_has_as_many_rows_as_the_screen_is_wide_and_high_for() {
        let wide = layout(1280.0, 800.0);
        assert!(wide.rows == 1 && wide.side > SIDE_POINTS_MIN + 0.5 && wide.tools_width.is_none(), "{wide:?}");
        let phone = layout(360.0, 740.0);
        assert!(phone.rows == 2 && phone.side >= SIDE_POINTS_MIN, "{phone:?}");
        let in_sight = |layout: &Layout| layout.tools_width.map_or(0.0, |width| width / (layout.side + GAP));
        assert!(in_sight(&phone) > 6.0, "{phone:?}");
        assert_eq!(layout(840.0, 740.0).tools_width, None, "they are not scrolled where they fit");
        // A phone on its side; on a small one the tools are scrolled, and some are in sight.
        let low = layout(640.0, 400.0);
        assert!(low.rows == 1 && low.side >= SIDE_POINTS_MIN, "{low:?}");
        assert!(low.tools_width.is_some_and(|width| width > 5.0 * low.side), "{low:?}");
        assert!(in_sight(&layout(844.0, 390.0)) > 9.0, "{:?}", layout(844.0, 390.0));
        assert_eq!(layout(320.0, 400.0).rows, 2, "too narrow for one row");
        assert!([320.0, 570.0, 640.0, 800.0, 900.0].into_iter().all(|width| layout(width, 360.0).is_low));
    }
}
