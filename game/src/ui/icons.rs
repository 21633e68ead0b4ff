//! Icons of buttons that are no tools, painted: they are sharp at every scale and need no files.

use crate::tools::tool::at;
use bevy_egui::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke};
use std::f32::consts::TAU;

/// Two bars.
pub fn pause(painter: &Painter, rect: Rect, ink: Color32) {
    for x in [0.12, 0.58] {
        painter.rect_filled(Rect::from_min_max(at(rect, x, 0.06), at(rect, x + 0.3, 0.94)), 2.0, ink);
    }
}

/// A frame with mountains and a sun.
pub fn picture(painter: &Painter, rect: Rect, ink: Color32) {
    let line = Stroke::new(rect.width() * 0.09, ink);
    let corners = [(0.04, 0.12), (0.96, 0.12), (0.96, 0.88), (0.04, 0.88)].map(|(x, y)| at(rect, x, y));
    painter.add(Shape::closed_line(corners.to_vec(), line));
    let mountains = [(0.12, 0.8), (0.38, 0.42), (0.55, 0.64), (0.66, 0.52), (0.88, 0.8)].map(|(x, y)| at(rect, x, y));
    painter.add(Shape::line(mountains.to_vec(), line));
    painter.circle_filled(at(rect, 0.7, 0.34), rect.width() * 0.09, ink);
}

/// A clock whose hand goes back.
pub fn past(painter: &Painter, rect: Rect, ink: Color32) {
    let line = Stroke::new(rect.width() * 0.09, ink);
    let arc = (0..=24).map(|i| {
        let angle = -2.6 + 5.4 * i as f32 / 24.0;
        at(rect, 0.5 + 0.4 * angle.cos(), 0.52 + 0.4 * angle.sin())
    });
    painter.add(Shape::line(arc.collect(), line));
    let head = [at(rect, 0.02, 0.14), at(rect, 0.34, 0.2), at(rect, 0.08, 0.46)];
    painter.add(Shape::convex_polygon(head.to_vec(), ink, Stroke::NONE));
    painter.add(Shape::line([(0.5, 0.28), (0.5, 0.54), (0.68, 0.62)].map(|(x, y)| at(rect, x, y)).to_vec(), line));
}

/// A triangle.
pub fn play(painter: &Painter, rect: Rect, ink: Color32) {
    painter.add(Shape::convex_polygon(
        vec![at(rect, 0.14, 0.02), at(rect, 0.98, 0.5), at(rect, 0.14, 0.98)],
        ink,
        Stroke::NONE,
    ));
}

/// A clock's face.
pub fn tempo(painter: &Painter, rect: Rect, ink: Color32) {
    let line = Stroke::new(rect.width() * 0.1, ink);
    painter.circle_stroke(rect.center(), rect.width() * 0.46, line);
    painter.line_segment([at(rect, 0.5, 0.5), at(rect, 0.5, 0.2)], line);
    painter.line_segment([at(rect, 0.5, 0.5), at(rect, 0.72, 0.6)], line);
}

/// An arrow that bends back: to the left, or mirrored.
pub fn back(painter: &Painter, rect: Rect, ink: Color32, mirrored: bool) {
    let place = |x: f32, y: f32| at(rect, if mirrored { 1.0 - x } else { x }, y);
    let line = Stroke::new(rect.width() * 0.12, ink);
    let arc = (0..=14).map(|i| {
        let angle = -1.4 + 2.9 * i as f32 / 14.0;
        place(0.58 + 0.3 * angle.cos(), 0.56 + 0.3 * angle.sin())
    });
    painter.add(Shape::line([place(0.18, 0.26)].into_iter().chain(arc).chain([place(0.24, 0.86)]).collect(), line));
    painter.add(Shape::convex_polygon(
        vec![place(0.02, 0.26), place(0.34, 0.04), place(0.34, 0.48)],
        ink,
        Stroke::NONE,
    ));
}

/// A bin.
pub fn clear(painter: &Painter, rect: Rect, ink: Color32) {
    let line = Stroke::new(rect.width() * 0.1, ink);
    painter.line_segment([at(rect, 0.06, 0.2), at(rect, 0.94, 0.2)], line);
    painter.line_segment([at(rect, 0.36, 0.06), at(rect, 0.64, 0.06)], line);
    painter.add(Shape::line(
        vec![at(rect, 0.18, 0.22), at(rect, 0.26, 0.96), at(rect, 0.74, 0.96), at(rect, 0.82, 0.22)],
        line,
    ));
    for x in [0.42, 0.58] {
        painter.line_segment([at(rect, x, 0.38), at(rect, x, 0.8)], Stroke::new(rect.width() * 0.07, ink));
    }
}

/// An arrow along `direction` (y upwards), or a ring for none.
pub fn arrow(painter: &Painter, rect: Rect, ink: Color32, direction: [i32; 2]) {
    let line = Stroke::new(rect.width() * 0.13, ink);
    if direction == [0, 0] {
        painter.circle_stroke(rect.center(), rect.width() * 0.36, line);
        return;
    }
    let (dx, dy) = (direction[0].signum() as f32 * 0.46, -direction[1].signum() as f32 * 0.46);
    let point = |along: f32, across: f32| at(rect, 0.5 + dx * along - dy * across, 0.5 + dy * along + dx * across);
    painter.line_segment([point(-1.0, 0.0), point(0.9, 0.0)], line);
    painter.add(Shape::line(vec![point(0.15, -0.75), point(1.0, 0.0), point(0.15, 0.75)], line));
}

/// A star: full, or its outline.
pub fn star(painter: &Painter, rect: Rect, ink: Color32, full: bool) {
    let point = |i: i32| {
        let (angle, r) = (TAU * (i as f32 / 10.0 - 0.25), if i % 2 == 0 { 0.52 } else { 0.22 });
        at(rect, 0.5 + r * angle.cos(), 0.53 + r * angle.sin())
    };
    if full {
        // A star is not convex, but the triangles from its middle are.
        for i in 0..10 {
            let triangle = vec![rect.center(), point(i), point(i + 1)];
            painter.add(Shape::convex_polygon(triangle, ink, Stroke::NONE));
        }
    }
    painter.add(Shape::closed_line((0..10).map(point).collect(), Stroke::new(rect.width() * 0.08, ink)));
}

/// A magnifier.
pub fn search(painter: &Painter, rect: Rect, ink: Color32) {
    let line = Stroke::new(rect.width() * 0.13, ink);
    painter.circle_stroke(at(rect, 0.4, 0.4), rect.width() * 0.32, line);
    painter.line_segment([at(rect, 0.63, 0.63), at(rect, 0.98, 0.98)], line);
}

/// Four small pictures.
pub fn scenes(painter: &Painter, rect: Rect, ink: Color32) {
    for (x, y) in [(0.04, 0.1), (0.54, 0.1), (0.04, 0.56), (0.54, 0.56)] {
        painter.rect_filled(Rect::from_min_max(at(rect, x, y), at(rect, x + 0.42, y + 0.36)), 2.0, ink);
    }
}

/// Two people.
pub fn people(painter: &Painter, rect: Rect, ink: Color32) {
    for (x, size) in [(0.68, 0.8), (0.34, 1.0)] {
        painter.circle_filled(at(rect, x, 0.32), rect.width() * 0.19 * size, ink);
        let body: Vec<Pos2> = (0..=12)
            .map(|i| {
                let angle = TAU / 2.0 * (1.0 + i as f32 / 12.0);
                at(rect, x + 0.33 * size * angle.cos(), 0.95 + 0.36 * size * angle.sin())
            })
            .collect();
        painter.add(Shape::convex_polygon(body, ink, Stroke::new(1.0, Color32::from_black_alpha(120))));
    }
}
