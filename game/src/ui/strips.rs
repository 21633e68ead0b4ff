//! Whose strip is whose, over the world, while colours say who computes it: a name on each, as far as it is wide enough on
//! the screen, so that none lies over a neighbour's.

use super::Screen;
use super::letters::{self, Style};
use super::theme;
use crate::camera::Viewport;
use crate::session::RoomStatus;
use crate::settings::Settings;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, Color32, Rangef, pos2, vec2};
use room::api::{Person, Status};
use words::{fill, say};

/// Letters' size, in points.
const SIZE: f32 = 13.0;
/// Around the name on its plate, in points.
const AROUND: egui::Vec2 = vec2(8.0, 4.0);
/// To the strip's edges at least, in points.
const BESIDE: f32 = 3.0;
/// Below the bars or the world's upper edge, in points.
const BELOW: f32 = 12.0;

/// Draws below all windows.
pub(super) fn show(ctx: Res<Screen>, status: Res<RoomStatus>, settings: Res<Settings>, viewport: Res<Viewport>) {
    if !settings.strips || status.0.nobody_computes {
        return;
    }
    let view = ctx.view(&viewport);
    let painter = ctx.0.layer_painter(egui::LayerId::background());
    let top = (view.insets.top / ctx.0.zoom_factor()).max(view.to_screen(Vec2::new(0.0, view.world.y)).y) + BELOW;
    for (place, person, across) in in_sight(&status.0, &view) {
        let name = name_of(person);
        let style = Style { size: SIZE, colour: theme::peer_colour(place), strong: true };
        let size = letters::measure(&painter, &name, style) + 2.0 * AROUND;
        if let Some(left) = place_in(across, size.x) {
            let plate = egui::Rect::from_min_size(pos2(left, top), size);
            painter.rect_filled(plate, 6.0, Color32::from_black_alpha(170));
            letters::paint(&painter, plate.center(), Align2::CENTER_CENTER, &name, style, 1.0);
        }
    }
}

fn name_of(person: &Person) -> String {
    let name = &person.profile.name;
    match (person.me, name.is_empty()) {
        (true, true) => say("person-you"),
        (true, false) => fill("strip-own", [("name", name.clone().into())]),
        (false, true) => say("person-nameless"),
        (false, false) => name.clone(),
    }
}

/// Who has a strip in the window, and from where to where it is seen.
fn in_sight<'a>(status: &'a Status, view: &Viewport) -> impl Iterator<Item = (usize, &'a Person, Rangef)> {
    let view = *view;
    status.people.iter().enumerate().filter_map(move |(place, person)| {
        let region = person.region?;
        let edge = |x: i32| view.to_screen(Vec2::new(x as f32, 0.0)).x.clamp(0.0, view.window.x);
        let across = Rangef::new(edge(region.x0), edge(region.x1));
        (across.span() > 0.0).then_some((place, person, across))
    })
}

/// The left edge of something so wide in the middle of a strip; none where it would lie over the strip's own edges.
fn place_in(across: Rangef, width: f32) -> Option<f32> {
    (width + 2.0 * BESIDE <= across.span()).then(|| across.center() - width / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::api::{PeerId, Profile};
    use sim_kernels::geom::Rect;

    fn person(id: u128, name: &str, strip: Option<[i32; 2]>) -> Person {
        Person {
            id: PeerId(id),
            me: id == 1,
            leader: false,
            profile: Profile { name: name.into(), lend: true, backend: String::new(), throughput: 0 },
            region: strip.map(|[x0, x1]| Rect::new(x0, 0, x1, 128)),
            stand_in_for: Vec::new(),
            tick_us: 0,
            rtt_us: 0,
            behind: 0,
        }
    }

    #[test]
    fn names_lie_in_their_strips_and_never_over_a_neighbours() {
        let strips = [Some([0, 96]), Some([96, 112]), None, Some([112, 256])];
        let people = strips.iter().enumerate().map(|(i, strip)| person(i as u128 + 1, "Anna", *strip)).collect();
        let status = Status { people, ..Status::default() };
        let usual = Viewport::default();
        for cells_per_pixel in [0.05, 0.2, 1.0, 4.0] {
            let mut view = usual;
            view.cells_per_pixel = cells_per_pixel;
            let seen: Vec<_> = in_sight(&status, &view).collect();
            let placed = seen.iter().filter_map(|(place, _, across)| Some((*place, place_in(*across, 80.0)?, across)));
            for (_, left, across) in placed.clone() {
                assert!(left >= across.min && left + 80.0 <= across.max && left >= 0.0 && left + 80.0 <= 1280.0);
            }
            let order: Vec<f32> = placed.clone().map(|(_, left, _)| left).collect();
            assert!(order.windows(2).all(|pair| pair[0] + 80.0 <= pair[1]), "{order:?}");
            // At 5 points a cell the narrow strip has 80: not enough. At a quarter of one nothing has.
            let names: Vec<usize> = placed.map(|(place, ..)| place).collect();
            match cells_per_pixel {
                0.2 => assert_eq!(names, [0, 3]),
                4.0 => assert!(names.is_empty()),
                _ => {}
            }
        }
    }

    #[test]
    fn ones_own_says_so() {
        assert_eq!(
            [person(1, "Anna", None), person(1, "", None), person(2, "Ben", None)].map(|p| name_of(&p)),
            ["Anna (you)", "you", "Ben"]
        );
    }
}
