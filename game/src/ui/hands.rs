//! The others' pointers over the world, with name and tool, and the places that people point at.

use super::Screen;
use super::letters::{self, Style};
use super::theme;
use crate::camera::Viewport;
use crate::people::{Hands, POINT_S, Points};
use crate::session::RoomStatus;
use crate::tools::TOOLS;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Color32, Pos2, Stroke, vec2};
use room::api::{PeerId, Status};
use words::say;

/// How large a pointer is, in points.
const ARROW: f32 = 13.0;
/// How large the icon of a pointer's tool is, in points.
const ICON: f32 = 13.0;
/// Colour of what nobody in the list does.
const UNKNOWN: Color32 = Color32::WHITE;

/// Draws below all windows.
pub(super) fn show(
    ctx: Res<Screen>,
    hands: Res<Hands>,
    points: Res<Points>,
    status: Res<RoomStatus>,
    viewport: Res<Viewport>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    let viewport = ctx.view(&viewport);
    let painter = ctx.0.layer_painter(egui::LayerId::background());
    let on_screen = |at: Vec2| {
        let at = viewport.to_screen(at);
        egui::pos2(at.x, at.y)
    };
    for (who, at, since) in &points.0 {
        let (name, colour) = person(&status.0, *who);
        point(&painter, on_screen(*at), (now - since) / POINT_S, colour, &name);
    }
    for (id, at, hand) in hands.all(now) {
        let (name, colour) = person(&status.0, Some(id));
        let tip = on_screen(at);
        let radius = (f32::from(hand.radius) + 0.5) / viewport.cells_per_pixel;
        let (fill, width) = if hand.pressed { (0.14, 1.8) } else { (0.0, 0.8) };
        painter.circle_filled(tip, radius, colour.gamma_multiply(fill));
        painter.circle_stroke(tip, radius, Stroke::new(width, colour.gamma_multiply(0.7)));
        arrow(&painter, tip, colour);
        let icon = egui::Rect::from_min_size(tip + vec2(ARROW * 0.9, ARROW * 0.8), vec2(ICON, ICON));
        let style = Style { size: 11.5, colour: Color32::WHITE, strong: false };
        let width = letters::measure(&painter, &name, style).x;
        let plate = egui::Rect::from_min_size(icon.min - vec2(4.0, 3.0), vec2(ICON + width + 13.0, ICON + 6.0));
        painter.rect_filled(plate, 6.0, Color32::from_black_alpha(150));
        if let Some(tool) = TOOLS.get(usize::from(hand.tool)) {
            tool.icon(&painter, icon, colour);
        }
        let beside = egui::pos2(icon.right() + 4.0, icon.center().y);
        letters::paint(&painter, beside, Align2::LEFT_CENTER, &name, style, 1.0);
    }
}

/// Somebody's name and colour.
pub(super) fn person(status: &Status, id: Option<PeerId>) -> (String, Color32) {
    let place = status.people.iter().position(|person| Some(person.id) == id);
    let Some(place) = place else { return (String::new(), UNKNOWN) };
    let name = &status.people[place].profile.name;
    let name = if name.is_empty() { say("person-nameless") } else { name.clone() };
    (name, theme::peer_colour(place))
}

fn arrow(painter: &egui::Painter, tip: Pos2, colour: Color32) {
    let corner = |x: f32, y: f32| tip + vec2(x, y) * ARROW;
    // Two triangles: egui fills what is convex.
    for part in [[(0.0, 0.0), (0.0, 1.0), (0.3, 0.68)], [(0.0, 0.0), (0.3, 0.68), (0.72, 0.7)]] {
        let points = part.map(|(x, y)| corner(x, y)).to_vec();
        painter.add(egui::Shape::convex_polygon(points, colour, Stroke::NONE));
    }
    let outline = [(0.0, 0.0), (0.0, 1.0), (0.3, 0.68), (0.72, 0.7)].map(|(x, y)| corner(x, y)).to_vec();
    painter.add(egui::Shape::closed_line(outline, Stroke::new(1.0, Color32::from_black_alpha(170))));
}

/// Rings that run inwards to the place, and whose it is; `part` of its time has passed.
fn point(painter: &egui::Painter, at: Pos2, part: f64, colour: Color32, name: &str) {
    let faint = (1.0 - part).clamp(0.0, 1.0) as f32;
    for ring in 0..3 {
        let run = (part as f32 * 4.0 + ring as f32 / 3.0).fract();
        painter.circle_stroke(at, 6.0 + 34.0 * (1.0 - run), Stroke::new(2.0, colour.gamma_multiply(run * faint)));
    }
    painter.circle_filled(at, 4.0, colour.gamma_multiply(faint));
    let style = Style { size: 12.5, colour, strong: false };
    letters::paint(painter, at - vec2(0.0, 12.0), Align2::CENTER_BOTTOM, name, style, faint);
}
