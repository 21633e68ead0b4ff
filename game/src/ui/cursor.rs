//! The brush over the world: a ring as large as what the tool reaches, sharp at any resolution of the picture
//! below it, and full while it is pressed.

use super::Screen;
use crate::camera::Viewport;
use crate::pointer::Pointer;
use crate::session::RoomGlobals;
use crate::tools::tool::Way;
use crate::tools::{Brush, Dragging, Stamping, Tip};
use bevy::prelude::*;
use bevy_egui::egui;
use egui::{Color32, Stroke};
use sim_kernels::area::Area;
use sim_kernels::materials;

/// The ring is never smaller than this, in points: a single cell far away must still be seen.
const RADIUS_POINTS_MIN: f32 = 3.0;

/// How long the ticks around the key pointer's ring are, and how far from it, in points.
const TICK: f32 = 11.0;
const TICK_GAP: f32 = 3.0;

/// Outlines what pours, which one can then find and erase, and what takes away; below all windows.
pub(super) fn sources(ctx: Res<Screen>, globals: Res<RoomGlobals>, viewport: Res<Viewport>) {
    let Some(globals) = globals.0.as_ref() else { return };
    let viewport = ctx.view(&viewport);
    let painter = ctx.0.layer_painter(egui::LayerId::background());
    let outline = |rect: sim_kernels::geom::Rect, ink: Color32| {
        painter.rect_stroke(
            placed(&viewport, &rect),
            2.0,
            Stroke::new(1.0, ink.gamma_multiply(0.6)),
            egui::StrokeKind::Outside,
        );
    };
    for emitter in &globals.emitters {
        let material = u32::from(emitter.material);
        let [r, g, b] = materials::material(material).look.fast;
        outline(emitter.rect, if material == materials::COPY { Color32::WHITE } else { Color32::from_rgb(r, g, b) });
    }
    globals.drains.iter().for_each(|drain| outline(drain.0, Color32::from_rgb(255, 170, 140)));
}

/// Draws the ring below all windows.
pub(super) fn show(
    ctx: Res<Screen>,
    brush: Res<Brush>,
    pointer: Res<Pointer>,
    viewport: Res<Viewport>,
    (stamping, dragging): (Res<Stamping>, Res<Dragging>),
) {
    let (Some(place), Some(at)) = (brush.at, pointer.at) else { return };
    let (viewport, at) = (ctx.view(&viewport), at / ctx.0.zoom_factor());
    let painter = ctx.0.layer_painter(egui::LayerId::background());
    let cells = brush.tool.reach(brush.radius) as f32 + 0.5;
    let radius = (cells / viewport.cells_per_pixel).max(RADIUS_POINTS_MIN);
    let centre = egui::pos2(at.x, at.y);
    brush.shown.iter().for_each(|area| outline(&painter, &viewport, area, brush.tool.deed().ink()));
    let ink = brush.tool.deed().ink();
    let (fill, width) = if pointer.pressed { (0.16, 2.2) } else { (0.07, 1.4) };
    let dark = Stroke::new(width + 2.0, Color32::from_black_alpha(90));
    if brush.tool.way() == Way::Stamp {
        if let Some((rect, cells)) = stamping.ghost(place) {
            cells.for_each(|(cells, [r, g, b])| {
                let ink = Color32::from_rgb(r, g, b).gamma_multiply(0.6);
                painter.rect_filled(placed(&viewport, &cells), 0.0, ink);
            });
            outline(&painter, &viewport, &Area::Box(rect), ink);
        }
        painter.circle_stroke(centre, RADIUS_POINTS_MIN, Stroke::new(width, ink));
        return;
    }
    if brush.tip == Tip::Square && brush.tool.way() == Way::Stroke {
        let square = egui::Rect::from_center_size(centre, egui::Vec2::splat(2.0 * radius));
        painter.rect_filled(square, 0.0, ink.gamma_multiply(fill));
        painter.rect_stroke(square, 0.0, dark, egui::StrokeKind::Middle);
        painter.rect_stroke(square, 0.0, Stroke::new(width, ink), egui::StrokeKind::Middle);
        return;
    }
    if dragging.radius().is_some() {
        // What is held is shown where it is.
        painter.circle_stroke(centre, RADIUS_POINTS_MIN, Stroke::new(width, ink));
        return;
    }
    painter.circle_filled(centre, radius, ink.gamma_multiply(fill));
    painter.circle_stroke(centre, radius, dark);
    painter.circle_stroke(centre, radius, Stroke::new(width, ink));
    if pointer.by_keys {
        cross(&painter, centre, radius, ink);
    }
}

/// Four ticks around the ring: where keys move the pointer, no arrow of the system's shows where it is.
fn cross(painter: &egui::Painter, centre: egui::Pos2, radius: f32, ink: Color32) {
    for way in [egui::vec2(1.0, 0.0), egui::vec2(-1.0, 0.0), egui::vec2(0.0, 1.0), egui::vec2(0.0, -1.0)] {
        let ends = [centre + way * (radius + TICK_GAP), centre + way * (radius + TICK_GAP + TICK)];
        painter.line_segment(ends, Stroke::new(5.0, Color32::from_black_alpha(150)));
        painter.line_segment(ends, Stroke::new(2.5, ink));
    }
    painter.circle_filled(centre, 2.0, ink);
}

/// Where cells are on the screen.
fn placed(viewport: &Viewport, cells: &sim_kernels::geom::Rect) -> egui::Rect {
    let [a, b] = [(cells.x0, cells.y0), (cells.x1, cells.y1)].map(|(x, y)| {
        let at = viewport.to_screen(Vec2::new(x as f32, y as f32));
        egui::pos2(at.x, at.y)
    });
    egui::Rect::from_two_pos(a, b)
}

/// What is made of an area when the pointer is let go.
fn outline(painter: &egui::Painter, viewport: &Viewport, area: &Area, ink: Color32) {
    let place = |x: f32, y: f32| {
        let at = viewport.to_screen(Vec2::new(x, y));
        egui::pos2(at.x, at.y)
    };
    let (fill, edge) = (ink.gamma_multiply(0.22), Stroke::new(1.4, ink));
    match area {
        Area::Round(stroke) | Area::Square(stroke) => {
            let [from, to] = [stroke.from, stroke.to].map(|[x, y]| place(x as f32 + 0.5, y as f32 + 0.5));
            let radius = ((stroke.radius as f32 + 0.5) / viewport.cells_per_pixel).max(RADIUS_POINTS_MIN / 2.0);
            painter.line_segment([from, to], Stroke::new(2.0 * radius, fill));
            painter.line_segment([from, to], edge);
            painter.circle_stroke(from, radius, edge);
        }
        Area::Box(rect) => {
            painter.rect_filled(placed(viewport, rect), 0.0, fill);
            painter.rect_stroke(placed(viewport, rect), 0.0, edge, egui::StrokeKind::Inside);
        }
        // Never shown before it is made.
        Area::Cells(_) => {}
    }
}
