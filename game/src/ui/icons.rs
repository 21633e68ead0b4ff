//! The palette's icons, painted: they are sharp at every scale and need no files.

use crate::tools::Tool;
use bevy_egui::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2};
use std::f32::consts::TAU;

/// Paints a tool's icon into a square.
pub fn tool(painter: &Painter, rect: Rect, ink: Color32, tool: Tool) {
    match tool {
        Tool::Pour => drop(painter, rect, ink),
        Tool::Erase => eraser(painter, rect, ink),
        Tool::Wall => bricks(painter, rect, ink),
        Tool::Open => dig(painter, rect, ink),
        Tool::Push => push(painter, rect, ink),
        Tool::Explode => burst(painter, rect, ink),
    }
}

/// Two bars.
pub fn pause(painter: &Painter, rect: Rect, ink: Color32) {
    for x in [0.12, 0.58] {
        painter.rect_filled(Rect::from_min_max(at(rect, x, 0.06), at(rect, x + 0.3, 0.94)), 2.0, ink);
    }
}

/// A triangle.
pub fn play(painter: &Painter, rect: Rect, ink: Color32) {
    painter.add(Shape::convex_polygon(
        vec![at(rect, 0.14, 0.02), at(rect, 0.98, 0.5), at(rect, 0.14, 0.98)],
        ink,
        Stroke::NONE,
    ));
}

/// A triangle against a bar.
pub fn step(painter: &Painter, rect: Rect, ink: Color32) {
    painter.add(Shape::convex_polygon(
        vec![at(rect, 0.05, 0.08), at(rect, 0.66, 0.5), at(rect, 0.05, 0.92)],
        ink,
        Stroke::NONE,
    ));
    painter.rect_filled(Rect::from_min_max(at(rect, 0.74, 0.08), at(rect, 0.96, 0.92)), 2.0, ink);
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

fn at(rect: Rect, x: f32, y: f32) -> Pos2 {
    pos2(rect.left() + rect.width() * x, rect.top() + rect.height() * y)
}

fn drop(painter: &Painter, rect: Rect, ink: Color32) {
    let mut outline = vec![at(rect, 0.5, 0.0)];
    outline.extend((0..=20).map(|i| {
        let angle = -0.55 + (TAU / 2.0 + 1.1) * i as f32 / 20.0;
        at(rect, 0.5 + 0.36 * angle.cos(), 0.63 + 0.36 * angle.sin())
    }));
    painter.add(Shape::convex_polygon(outline, ink, Stroke::NONE));
}

fn eraser(painter: &Painter, rect: Rect, ink: Color32) {
    let body = |a: f32, b: f32| {
        vec![
            at(rect, a, 0.62 - a * 0.62),
            at(rect, a + 0.38, 1.0 - a * 0.62),
            at(rect, b + 0.38, 1.0 - b * 0.62),
            at(rect, b, 0.62 - b * 0.62),
        ]
    };
    painter.add(Shape::convex_polygon(body(0.26, 0.62), ink, Stroke::NONE));
    painter.add(Shape::closed_line(body(0.02, 0.62), Stroke::new(rect.width() * 0.08, ink)));
    painter.line_segment([at(rect, 0.45, 0.99), at(rect, 1.0, 0.99)], Stroke::new(rect.width() * 0.08, ink));
}

fn bricks(painter: &Painter, rect: Rect, ink: Color32) {
    for (y, shift) in [(0.08, 0.0), (0.38, -0.25), (0.68, 0.0)] {
        for x in [shift, shift + 0.52, shift + 1.04] {
            let brick = Rect::from_min_max(at(rect, x, y), at(rect, x + 0.46, y + 0.24)).intersect(rect);
            if brick.is_positive() {
                painter.rect_filled(brick, 1.5, ink);
            }
        }
    }
}

fn dig(painter: &Painter, rect: Rect, ink: Color32) {
    let line = Stroke::new(rect.width() * 0.12, ink);
    painter.line_segment([at(rect, 0.06, 0.96), at(rect, 0.72, 0.3)], line);
    let head: Vec<Pos2> = (0..=12)
        .map(|i| {
            let angle = -2.45 + 1.75 * i as f32 / 12.0 + 0.8;
            at(rect, 0.36 + 0.62 * angle.cos(), 0.68 + 0.62 * angle.sin())
        })
        .collect();
    painter.add(Shape::line(head, line));
}

fn push(painter: &Painter, rect: Rect, ink: Color32) {
    let line = Stroke::new(rect.width() * 0.11, ink);
    for (y, from) in [(0.2, 0.16), (0.5, 0.0), (0.8, 0.16)] {
        painter.line_segment([at(rect, from, y), at(rect, 0.72, y)], line);
    }
    painter.add(Shape::line(vec![at(rect, 0.62, 0.12), at(rect, 1.0, 0.5), at(rect, 0.62, 0.88)], line));
}

fn burst(painter: &Painter, rect: Rect, ink: Color32) {
    let line = Stroke::new(rect.width() * 0.1, ink);
    for i in 0..8 {
        let angle = TAU * i as f32 / 8.0;
        let reach = if i % 2 == 0 { 0.52 } else { 0.4 };
        let point = |r: f32| at(rect, 0.5 + r * angle.cos(), 0.5 + r * angle.sin());
        painter.line_segment([point(0.24), point(reach)], line);
    }
    painter.circle_filled(rect.center(), rect.width() * 0.13, ink);
}
