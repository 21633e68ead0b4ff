//! A picture that is held over the world: how it will look there, and what it is to become.

use super::Screen;
use super::theme::{self, ACCENT, FINGER_POINTS};
use crate::camera::Viewport;
use crate::stencil::{Becomes, Stencil};
use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, TextureHandle, TextureOptions};
use words::say;

/// The choices' name among egui's areas.
const AREA: &str = "stencil";

/// The preview's texture, and of which cells it is.
#[derive(Default)]
pub(super) struct Preview(Option<(u64, TextureHandle)>);

/// Draws the preview below all windows, and the choices above.
pub(super) fn show(
    ctx: Res<Screen>,
    viewport: Res<Viewport>,
    mut stencil: ResMut<Stencil>,
    mut preview: Local<Preview>,
) {
    let Some(held) = stencil.bypass_change_detection().held_mut() else {
        preview.0 = None;
        return;
    };
    let (view, ctx) = (ctx.view(&viewport), &ctx.0);
    if preview.0.as_ref().is_none_or(|shown| shown.0 != held.version) {
        let size = [held.cells.width as usize, held.cells.height as usize];
        let image = egui::ColorImage::from_rgba_unmultiplied(size, &held.cells.preview());
        preview.0 = Some((held.version, ctx.load_texture(AREA, image, TextureOptions::NEAREST)));
    }
    let corner = |x: i32, y: i32| {
        let at = view.to_screen(Vec2::new(x as f32, y as f32));
        egui::pos2(at.x, at.y)
    };
    let place = egui::Rect::from_two_pos(corner(held.place.x0, held.place.y0), corner(held.place.x1, held.place.y1));
    if let Some((_, texture)) = &preview.0 {
        let painter = ctx.layer_painter(egui::LayerId::background());
        let all = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        painter.image(texture.id(), place, all, Color32::from_white_alpha(200));
        painter.rect_stroke(place, 0.0, egui::Stroke::new(1.4, ACCENT), egui::StrokeKind::Outside);
    }
    let mut dropped = false;
    let (align, offset) = super::place_of_choices(ctx);
    egui::Area::new(AREA.into()).anchor(align, offset).show(ctx, |ui| {
        theme::panel().show(ui, |ui| {
            ui.label(theme::quiet(say("stencil-hint")));
            ui.horizontal(|ui| {
                for (becomes, name) in Becomes::ALL {
                    let chosen = held.becomes == becomes;
                    let button = egui::Button::selectable(chosen, say(name));
                    if ui.add(button.min_size(egui::vec2(0.0, FINGER_POINTS))).clicked() {
                        held.becomes = becomes;
                    }
                }
                let button = egui::Button::new(say("stencil-drop")).min_size(egui::vec2(0.0, FINGER_POINTS));
                dropped = ui.add(button).clicked();
            });
        });
    });
    if dropped {
        stencil.drop_it();
    }
}
