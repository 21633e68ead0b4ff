//! The bar at the bottom: tools, brush size, time, gravity, scenes. One row on a desktop, two on a phone.

use super::theme::{self, face_button, small_button};
use super::{Panels, icons};
use crate::link::{Link, RoomGlobals, RoomStatus};
use crate::tools::{Brush, Tool, gravity_towards};
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};
use room::api::Request;
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command};

/// Narrower than this, the bar has two rows.
pub const NARROW_POINTS: f32 = 760.0;

/// Draws the bar.
pub(super) fn show(
    mut contexts: EguiContexts,
    mut brush: ResMut<Brush>,
    mut panels: ResMut<Panels>,
    link: Res<Link>,
    status: Res<RoomStatus>,
    globals: Res<RoomGlobals>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let width = ctx.content_rect().width();
    let narrow = width < NARROW_POINTS;
    // Six buttons, their gaps and the panel's edge must fit.
    let side = if narrow { ((width - 90.0) / 6.0).clamp(34.0, 46.0) } else { 44.0 };
    let gravity = globals.0.as_ref().map_or([0, 0], |g| g.gravity);
    egui::Area::new("palette".into()).anchor(egui::Align2::CENTER_BOTTOM, [0.0, -10.0]).show(ctx, |ui| {
        theme::panel().show(ui, |ui| {
            if narrow {
                ui.horizontal(|ui| {
                    tools(ui, &mut brush, side);
                });
                ui.horizontal(|ui| {
                    size(ui, &mut brush, (6.0 * side + 30.0 - 5.0 * (side + 6.0) - 4.0).clamp(30.0, 160.0), false);
                    time(ui, &link, &status, side);
                    gravity_menu(ui, &link, gravity, side);
                    scene_button(ui, &mut panels, side);
                });
            } else {
                ui.horizontal(|ui| {
                    tools(ui, &mut brush, side);
                    ui.separator();
                    size(ui, &mut brush, 120.0, true);
                    ui.separator();
                    time(ui, &link, &status, side);
                    ui.separator();
                    gravity_menu(ui, &link, gravity, side);
                    scene_button(ui, &mut panels, side);
                });
            }
        });
    });
    Ok(())
}

fn tools(ui: &mut egui::Ui, brush: &mut Brush, side: f32) {
    for (number, tool) in Tool::ALL.into_iter().enumerate() {
        let selected = brush.tool == tool;
        let button =
            face_button(ui, side, selected, tool.name(), |painter, rect, ink| icons::tool(painter, rect, ink, tool));
        if button.on_hover_text(format!("{} ({})", tool.hint(), number + 1)).clicked() {
            brush.tool = tool;
        }
    }
}

fn size(ui: &mut egui::Ui, brush: &mut Brush, width: f32, number: bool) {
    ui.spacing_mut().slider_width = width;
    let slider = egui::Slider::new(&mut brush.radius, 0..=BRUSH_RADIUS_MAX).show_value(number).logarithmic(false);
    ui.add(slider).on_hover_text("Size of the brush: radius in cells ( [ and ], or Shift and the wheel)");
}

fn time(ui: &mut egui::Ui, link: &Link, status: &RoomStatus, side: f32) {
    let paused = status.0.paused;
    let name = if paused { "Go on" } else { "Pause" };
    let button = face_button(ui, side, paused, name, |painter, rect, ink| {
        if paused { icons::play(painter, rect, ink) } else { icons::pause(painter, rect, ink) }
    });
    if button.on_hover_text(format!("{name} (Space)")).clicked() {
        link.send(if paused { Request::Resume } else { Request::Pause });
    }
    let button = face_button(ui, side, false, "Step", icons::step);
    if button.on_hover_text("Pause, then one tick at a time (N)").clicked() {
        link.send(if paused { Request::Step } else { Request::Pause });
    }
    let button = face_button(ui, side, false, "Clear", icons::clear);
    if button.on_hover_text("Remove all water, for everyone (Delete)").clicked() {
        link.send(Request::Command(Command::Clear));
    }
}

fn gravity_menu(ui: &mut egui::Ui, link: &Link, gravity: [i32; 2], side: f32) {
    let button =
        face_button(ui, side, false, "Gravity", |painter, rect, ink| icons::arrow(painter, rect, ink, gravity));
    egui::Popup::menu(&button).align(egui::RectAlign::TOP).show(|ui| {
        ui.label(theme::quiet("Gravity pulls, for everyone"));
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
                    let name = match direction {
                        [0, 0] => "no gravity",
                        [0, 1] => "up",
                        [0, _] => "down",
                        [1, _] => "to the right",
                        _ => "to the left",
                    };
                    if small_button(ui, 36.0, now == direction, name, face).on_hover_text(name).clicked() {
                        link.send(Request::Command(gravity_towards(direction, gravity)));
                    }
                }
            });
        }
    });
    button.on_hover_text("Which way everything falls");
}

fn scene_button(ui: &mut egui::Ui, panels: &mut Panels, side: f32) {
    if face_button(ui, side, panels.scenes, "Scenes", icons::scenes).on_hover_text("Begin another scene (C)").clicked()
    {
        panels.scenes = !panels.scenes;
    }
}
