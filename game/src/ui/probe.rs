//! The probe's card: what lies below the pointer, how warm and how fast it is, and what it reacts with. What a finger asked stays
//! told for a while after it was lifted: nobody reads below their own finger.

use super::{Screen, cards, theme};
use crate::camera::Viewport;
use crate::pointer::Pointer;
use crate::tools::tool::Way;
use crate::tools::{Brush, is_something};
use crate::view::Canvas;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Stroke, vec2};
use picture::field::Field;
use sim_kernels::materials::heat;
use words::{fill, say};

/// The card's name among egui's areas.
const AREA: &str = "probe";
/// How far the card lies from the pointer, in points, and from a finger, which is larger than its tip.
const AWAY: f32 = 22.0;
const AWAY_FROM_FINGER: f32 = 44.0;
/// How wide it is at most, and how high about, in points.
const WIDTH_MAX: f32 = 220.0;
const HEIGHT: f32 = 130.0;
/// How long it stays once a finger was lifted, in seconds.
const STAYS_S: f64 = 8.0;
/// Where that was, in points.
const MARK_RADIUS: f32 = 6.0;
/// Speeds of the view, 0 to 15, from which on something moves, and is fast.
const SLOW: u8 = 1;
const FAST: u8 = 8;

/// What a finger asked of, in cells, and when it was lifted.
#[derive(Debug)]
pub(super) struct Asked {
    at: Vec2,
    lifted: Option<f64>,
}

/// Draws the card beside the pointer, on the side where there is more room.
pub(super) fn show(
    ctx: Res<Screen>,
    (mut brush, pointer): (ResMut<Brush>, Res<Pointer>),
    (canvas, viewport): (Option<Res<Canvas>>, Res<Viewport>),
    mut asked: Local<Option<Asked>>,
    time: Res<Time>,
) {
    let Some(canvas) = canvas.filter(|_| brush.tool.way() == Way::Look) else {
        *asked = None;
        return;
    };
    let now = time.elapsed_secs_f64();
    let (at, point) = match (brush.at, pointer.at) {
        (Some(at), Some(point)) => {
            *asked = pointer.by_finger.then_some(Asked { at, lifted: None });
            (at, point)
        }
        _ => {
            asked.take_if(|asked| now - *asked.lifted.get_or_insert(now) > STAYS_S);
            let Some(Asked { at, .. }) = *asked else { return };
            (at, viewport.to_screen(at))
        }
    };
    let stays = asked.as_ref().is_some_and(|asked| asked.lifted.is_some());
    let cell = [at.x.floor() as i32, at.y.floor() as i32];
    let lines = lines(&canvas.field, cell);
    let (ctx, point) = (&ctx.0, point / ctx.0.zoom_factor());
    let screen = ctx.content_rect();
    let (left, away) = (point.x > screen.center().x, if pointer.by_finger { AWAY_FROM_FINGER } else { AWAY });
    // A hand covers what is below its finger.
    let above = point.y > if pointer.by_finger { screen.top() + HEIGHT + away } else { screen.center().y };
    let pivot = match (left, above) {
        (false, false) => Align2::LEFT_TOP,
        (true, false) => Align2::RIGHT_TOP,
        (false, true) => Align2::LEFT_BOTTOM,
        (true, true) => Align2::RIGHT_BOTTOM,
    };
    let aside = vec2(if left { -AWAY } else { AWAY }, if above { -away } else { away });
    let point = egui::pos2(point.x, point.y);
    if stays {
        let painter = ctx.layer_painter(egui::LayerId::background());
        painter.circle_stroke(point, MARK_RADIUS, Stroke::new(4.0, egui::Color32::from_black_alpha(120)));
        painter.circle_stroke(point, MARK_RADIUS, Stroke::new(2.0, theme::ACCENT));
    }
    let shown = egui::Area::new(AREA.into())
        .order(egui::Order::Tooltip)
        .interactable(stays)
        .pivot(pivot)
        .fixed_pos(point + aside)
        .show(ctx, |ui| {
            let card = theme::panel().show(ui, |ui| {
                ui.set_max_width(WIDTH_MAX);
                let mut lines = lines.into_iter();
                lines.next().into_iter().for_each(|name| _ = ui.strong(name));
                lines.for_each(|line| _ = ui.label(theme::quiet(line)));
                // A click is a look of a finger's.
                let material = canvas
                    .field
                    .material_at(cell[0], cell[1])
                    .filter(|_| stays && !canvas.field.is_solid(cell[0], cell[1]));
                material.filter(|_| ui.button(say("probe-take")).clicked())
            });
            card.inner
        });
    if let Some(material) = shown.inner {
        brush.take(material);
    }
}

/// What there is in a cell: its name, and what is to be said of it.
fn lines(field: &Field, [x, y]: [i32; 2]) -> Vec<String> {
    if field.is_solid(x, y) {
        return vec![say("probe-wall")];
    }
    let Some(seen) = field.seen_at(x, y).filter(is_something) else { return vec![say("probe-nothing")] };
    let degrees = heat::degrees_of(seen.warmth).to_string();
    let speed = match seen.speed {
        ..SLOW => "probe-still",
        SLOW..FAST => "probe-slow",
        _ => "probe-fast",
    };
    let mut lines = vec![
        cards::name_of(seen.material),
        format!("{} · {}", fill("probe-degrees", [("degrees", degrees.into())]), say(speed)),
    ];
    let others = cards::reacts_with(seen.material);
    if !others.is_empty() {
        lines.push(fill("probe-reacts", [("materials", others.join(", ").into())]));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::geom::{Rect, WorldSize};
    use sim_kernels::materials;
    use sim_kernels::terrain::Terrain;
    use sim_kernels::view::{Sample, ViewTile};

    #[test]
    fn the_probe_says_what_is_there() {
        let mut field = Field::new(WorldSize::new(64, 32).unwrap());
        let lava = materials::named("lava").unwrap();
        let sample = Sample { warmth: 13, ..Sample::of(128, 0, lava) };
        let tile = ViewTile { tile: [1, 1], cells: vec![sample.pack(); 256] };
        field.frame(10, field.size().rect(), true, &[tile], 0.5);
        let mut terrain = Terrain::new(field.size());
        terrain.fill(Rect::new(0, 0, 64, 4), true);
        field.set_terrain(&terrain);
        let lava = lines(&field, [20, 20]);
        assert_eq!(lava[..2], ["Lava", "About 1020 °C · at rest"]);
        assert_eq!([lines(&field, [2, 2]), lines(&field, [2, 20])], [["Wall"], ["Nothing"]]);
    }
}
