//! The probe's card: what lies below the pointer, how warm and how fast it is, and what it reacts with.

use super::{Screen, cards, theme};
use crate::pointer::Pointer;
use crate::tools::tool::Way;
use crate::tools::{Brush, is_something};
use crate::view::Canvas;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, vec2};
use picture::field::Field;
use sim_kernels::materials::heat;
use words::{fill, say};

/// The card's name among egui's areas.
const AREA: &str = "probe";
/// How far the card lies from the pointer, in points: a finger is larger than its tip.
const AWAY: f32 = 22.0;
/// How wide it is at most, in points.
const WIDTH_MAX: f32 = 220.0;
/// Speeds of the view, 0 to 15, from which on something moves, and is fast.
const SLOW: u8 = 1;
const FAST: u8 = 8;

/// Draws the card beside the pointer, on the side where there is more room.
pub(super) fn show(ctx: Res<Screen>, brush: Res<Brush>, pointer: Res<Pointer>, canvas: Option<Res<Canvas>>) {
    if brush.tool.way() != Way::Look {
        return;
    }
    let (Some(at), Some(point), Some(canvas)) = (brush.at, pointer.at, canvas) else { return };
    let lines = lines(&canvas.field, [at.x.floor() as i32, at.y.floor() as i32]);
    let (ctx, point) = (&ctx.0, point / ctx.0.zoom_factor());
    let middle = ctx.content_rect().center();
    let (left, above) = (point.x > middle.x, point.y > middle.y);
    let pivot = match (left, above) {
        (false, false) => Align2::LEFT_TOP,
        (true, false) => Align2::RIGHT_TOP,
        (false, true) => Align2::LEFT_BOTTOM,
        (true, true) => Align2::RIGHT_BOTTOM,
    };
    let away = vec2(if left { -AWAY } else { AWAY }, if above { -AWAY } else { AWAY });
    egui::Area::new(AREA.into())
        .order(egui::Order::Tooltip)
        .interactable(false)
        .pivot(pivot)
        .fixed_pos(egui::pos2(point.x, point.y) + away)
        .show(ctx, |ui| {
            theme::panel().show(ui, |ui| {
                ui.set_max_width(WIDTH_MAX);
                let mut lines = lines.into_iter();
                lines.next().into_iter().for_each(|name| _ = ui.strong(name));
                lines.for_each(|line| _ = ui.label(theme::quiet(line)));
            });
        });
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
