//! Choices of the brush's tip and of the way of drawing, and their icons.

use super::theme::small_button;
use crate::tools::tool::at;
use crate::tools::{Brush, Drawing, Tip};
use bevy_egui::egui::{Color32, Painter, Rect, Shape, Stroke, StrokeKind, Ui};
use words::say;

/// A row of tips and one of ways of drawing, of buttons with this side.
pub(super) fn choices(ui: &mut Ui, brush: &mut Brush, side: f32) {
    ui.horizontal(|ui| {
        for (tip, name) in Tip::ALL {
            let face = |painter: &Painter, rect, ink| tip_icon(painter, rect, ink, tip);
            let button = small_button(ui, side, brush.tip == tip, &say(&format!("tip-{name}")), face);
            if button.on_hover_text(say(&format!("tip-{name}-hint"))).clicked() {
                brush.tip = tip;
            }
        }
    });
    ui.horizontal(|ui| {
        for (drawing, name) in Drawing::ALL {
            let face = |painter: &Painter, rect, ink| drawing_icon(painter, rect, ink, drawing);
            let button = small_button(ui, side, brush.drawing == drawing, &say(&format!("drawing-{name}")), face);
            if button.on_hover_text(say(&format!("drawing-{name}-hint"))).clicked() {
                brush.drawing = drawing;
            }
        }
    });
}

fn tip_icon(painter: &Painter, rect: Rect, ink: Color32, tip: Tip) {
    match tip {
        Tip::Round => _ = painter.circle_filled(rect.center(), rect.width() * 0.42, ink),
        Tip::Square => _ = painter.rect_filled(rect.shrink(rect.width() * 0.1), 0.0, ink),
    }
}

/// How a way of drawing looks.
pub(super) fn drawing_icon(painter: &Painter, rect: Rect, ink: Color32, drawing: Drawing) {
    let line = Stroke::new(rect.width() * 0.12, ink);
    let frame = rect.shrink2(bevy_egui::egui::vec2(0.02, 0.14) * rect.size());
    match drawing {
        Drawing::Free => {
            let wave = (0..=16).map(|i| {
                let x = i as f32 / 16.0;
                at(rect, x, 0.5 + 0.34 * (x * 7.0).sin())
            });
            painter.add(Shape::line(wave.collect(), line));
        }
        Drawing::Line => _ = painter.line_segment([at(rect, 0.04, 0.96), at(rect, 0.96, 0.04)], line),
        Drawing::Box => _ = painter.rect_filled(frame, 0.0, ink),
        Drawing::Frame => _ = painter.rect_stroke(frame, 0.0, line, StrokeKind::Inside),
        Drawing::Fill => {
            let bucket = [(0.42, 0.08), (0.9, 0.52), (0.5, 0.92), (0.04, 0.5)].map(|(x, y)| at(rect, x, y));
            painter.add(Shape::closed_line(bucket.to_vec(), line));
            let half = [(0.14, 0.56), (0.84, 0.56), (0.5, 0.9)].map(|(x, y)| at(rect, x, y));
            painter.add(Shape::convex_polygon(half.to_vec(), ink, Stroke::NONE));
            painter.circle_filled(at(rect, 0.95, 0.86), rect.width() * 0.09, ink);
        }
    }
}
