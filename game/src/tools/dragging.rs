//! What is held by the pointer: the room is told where to, a few times a second, until it is let go.
//!
//! A body is held as a whole, and nothing beside it, as far as a grab reaches: who holds a part of it would tear that off. Of
//! all else what lies within the brush is held.

use super::tool::Way;
use super::{Brush, History, drawing, hand};
use crate::camera::Viewport;
use crate::pointer::Pointer;
use crate::session::{RoomGlobals, RoomRequest, RoomStatus};
use crate::view::Canvas;
use bevy::prelude::*;
use picture::field::Field;
use sim_kernels::area::Area;
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command};
use sim_kernels::materials::{self, Group};

/// The room is told of another place at most this often, in seconds.
const TOLD_EVERY_S: f64 = 0.05;
/// And of the same again after this long: a grab ends 30 ticks after it was last renewed, which in the fastest room is 0.25 s.
const RENEWED_EVERY_S: f64 = 0.12;
/// How much further a body is held than it reaches, in percent: so it is held firmly at its ends, too.
const BEYOND: i32 = 130;

/// What the pointer holds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Held {
    /// How much of what is there, in cells around the pointer.
    radius: i32,
    /// Of which material; of all where none is named.
    only: Option<u8>,
    /// What the room was told last, and when, in seconds.
    told: Option<([i32; 2], f64)>,
}

/// What the pointer holds, if it does.
#[derive(Resource, Debug, Default)]
pub struct Dragging {
    held: Option<Held>,
    /// This press holds nothing any more.
    over: bool,
}

impl Held {
    /// What is held of what lies at a cell.
    fn at(field: Option<&Field>, cell: [i32; 2], brush: &Brush) -> Self {
        let loose = Self { radius: brush.tool.reach(brush.radius), only: None, told: None };
        let body = field.and_then(|field| {
            let code = field.material_at(cell[0], cell[1])?;
            let is_body = materials::material(code.into()).group == Group::Body;
            is_body.then_some((code, drawing::fill(field, cell)?))
        });
        let Some((code, area)) = body else { return loose };
        let radius = (farthest(&area, cell) * BEYOND / 100 + 2).min(BRUSH_RADIUS_MAX);
        Self { radius, only: Some(code), ..loose }
    }

    /// Whether the room is to be told, and of what. While it stands still nothing of what it is told happens, but waits: it
    /// hears that something is held, and where to once it goes on.
    fn tell(&mut self, at: [i32; 2], now: f64, paused: bool) -> Option<Command> {
        let due = self.told.is_none_or(|(before, when)| {
            let again = if before == at { RENEWED_EVERY_S } else { TOLD_EVERY_S };
            now - when >= again && !paused
        });
        due.then(|| {
            self.told = Some((at, now));
            Command::Grab { at, radius: self.radius, only: self.only }
        })
    }
}

impl Dragging {
    /// How much is held around the pointer, in cells; none where nothing is.
    pub fn radius(&self) -> Option<i32> {
        self.held.map(|held| held.radius)
    }
}

/// How far cells that are named go from one, in whole cells.
fn farthest(area: &Area, [x, y]: [i32; 2]) -> i32 {
    let Area::Cells(runs) = area else { return 0 };
    let ends = runs.iter().flat_map(|run| {
        let first = i32::from(run.x);
        [first, first + i32::from(run.cells) - 1].map(|end| (end - x).pow(2) + (i32::from(run.y) - y).pow(2))
    });
    ends.max().map_or(0, |square| (square as u32).isqrt() as i32 + 1)
}

/// Holds, and lets go.
pub(super) fn hold(
    brush: Res<Brush>,
    pointer: Res<Pointer>,
    viewport: Res<Viewport>,
    (globals, status): (Res<RoomGlobals>, Res<RoomStatus>),
    canvas: Option<Res<Canvas>>,
    windows: Query<&Window>,
    mut dragging: ResMut<Dragging>,
    mut history: ResMut<History>,
    mut requests: MessageWriter<RoomRequest>,
    time: Res<Time>,
) {
    let Dragging { held, over } = dragging.bypass_change_detection();
    // Of a window that lost the focus nobody hears when the button goes up.
    let here = !pointer.cancelled && windows.iter().all(|window| window.focused);
    let at = pointer.at.filter(|_| pointer.pressed && here && brush.tool.way() == Way::Hold);
    *over = pointer.pressed && (*over || (held.is_some() && at.is_none()));
    let (Some(globals), Some(at), false) = (globals.0.as_ref(), at, *over) else {
        if held.take().is_some_and(|held| held.told.is_some()) {
            requests.write(RoomRequest::Command(Command::Release));
        }
        return;
    };
    let (now, all) = (time.elapsed_secs_f64(), globals.size().rect());
    let [x, y] = hand::cell(viewport.to_world(at));
    let field = canvas.as_ref().map(|canvas| &canvas.field);
    if held.is_none() && !all.contains(x, y) {
        return;
    }
    let held = held.get_or_insert_with(|| Held::at(field, [x, y], &brush));
    // Whoever drags over the world's rim holds on to it there.
    let place = [x.clamp(all.x0, all.x1 - 1), y.clamp(all.y0, all.y1 - 1)];
    let first = held.told.is_none();
    if let Some(command) = held.tell(place, now, status.0.paused) {
        if first {
            // It is no stroke: what was dragged stays where it comes to.
            history.begin(&command, now);
        }
        requests.write(RoomRequest::Command(command));
    }
}

/// Whoever leaves a room holds nothing in the next one, also where the button is still down.
pub(super) fn leave(mut dragging: ResMut<Dragging>) {
    *dragging = Dragging { held: None, over: true };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Phase;
    use crate::tools::tests::{requested, window};
    use crate::tools::{TOOLS, Tool};
    use sim_kernels::geom::WorldSize;
    use sim_kernels::view::{Sample, ViewTile};
    use std::thread::sleep;
    use std::time::Duration;

    fn drag() -> &'static dyn Tool {
        *TOOLS.iter().find(|tool| tool.way() == Way::Hold).unwrap()
    }

    fn press(app: &mut App, at: Option<Vec2>) {
        let middle = app.world().resource::<Viewport>().window / 2.0;
        let mut pointer = app.world_mut().resource_mut::<Pointer>();
        (pointer.at, pointer.pressed) = (Some(middle + at.unwrap_or_default()), at.is_some());
    }

    #[test]
    fn what_is_held_is_told_again_and_let_go() {
        let mut app = window(Phase::Playing);
        app.world_mut().resource_mut::<Brush>().tool = drag();
        press(&mut app, Some(Vec2::ZERO));
        let [Command::Grab { at, radius, only: None }] = requested(&mut app)[..] else { panic!("it is held") };
        assert!(radius >= 4);
        press(&mut app, Some(Vec2::new(90.0, 0.0)));
        sleep(Duration::from_millis(60));
        let [Command::Grab { at: then, .. }] = requested(&mut app)[..] else { panic!("it is told where to") };
        assert!(then[0] > at[0] && then[1] == at[1]);
        sleep(Duration::from_millis(130));
        assert_eq!(requested(&mut app), [Command::Grab { at: then, radius, only: None }], "renewed");
        press(&mut app, None);
        assert_eq!(requested(&mut app), [Command::Release]);
        assert!(requested(&mut app).is_empty());
    }

    #[test]
    fn the_room_is_told_no_more_than_it_needs() {
        let mut held = Held { radius: 4, only: None, told: None };
        let mut told = |at: [i32; 2], now: f64, paused: bool| held.tell(at, now, paused).is_some();
        assert!(told([1, 1], 0.0, false) && !told([2, 1], 0.04, false) && told([2, 1], 0.06, false));
        assert!(!told([2, 1], 0.16, false) && told([2, 1], 0.19, false), "renewed");
        // What stands still ends nothing, and takes nothing anywhere until it goes on.
        assert!(!told([2, 1], 9.0, true) && !told([3, 1], 9.5, true) && told([3, 1], 9.6, false));
        let mut held = Held { radius: 4, only: None, told: None };
        assert!(held.tell([1, 1], 0.0, true).is_some() && held.tell([2, 1], 1.0, true).is_none(), "the first");
    }

    #[test]
    fn who_leaves_a_room_holds_nothing_in_the_next() {
        let mut app = window(Phase::Playing);
        app.world_mut().resource_mut::<Brush>().tool = drag();
        press(&mut app, Some(Vec2::ZERO));
        assert_eq!(requested(&mut app).len(), 1);
        for phase in [Phase::Lobby, Phase::Playing] {
            app.world_mut().resource_mut::<NextState<Phase>>().set(phase);
            sleep(Duration::from_millis(130));
            assert!(requested(&mut app).is_empty(), "{phase:?}");
            assert_eq!(app.world().resource::<Dragging>().radius(), None);
        }
        press(&mut app, None);
        assert!(requested(&mut app).is_empty());
        press(&mut app, Some(Vec2::ZERO));
        assert_eq!(requested(&mut app).len(), 1, "by another press");
    }

    #[test]
    fn what_is_cancelled_or_put_away_is_let_go_and_not_taken_again_by_the_same_press() {
        for end in ["cancel", "tool", "pointer"] {
            let mut app = window(Phase::Playing);
            app.world_mut().resource_mut::<Brush>().tool = drag();
            press(&mut app, Some(Vec2::ZERO));
            assert_eq!(requested(&mut app).len(), 1);
            match end {
                "cancel" => app.world_mut().resource_mut::<Pointer>().cancelled = true,
                "tool" => app.world_mut().resource_mut::<Brush>().tool = TOOLS[0],
                _ => app.world_mut().resource_mut::<Pointer>().at = None,
            }
            assert!(requested(&mut app).contains(&Command::Release), "{end}");
            app.world_mut().resource_mut::<Pointer>().cancelled = false;
            app.world_mut().resource_mut::<Brush>().tool = drag();
            press(&mut app, Some(Vec2::ZERO));
            assert!(requested(&mut app).is_empty(), "{end}");
        }
    }

    #[test]
    fn a_body_is_held_as_a_whole_and_alone() {
        let mut field = Field::new(WorldSize::new(1024, 512).unwrap());
        let wood = materials::named("wood").unwrap();
        let tile = |x: u16, material| ViewTile { tile: [x, 1], cells: vec![Sample::of(128, 0, material).pack(); 256] };
        field.frame(10, field.size().rect(), true, &[tile(1, wood), tile(2, 0)], 0.5);
        let brush = Brush { tool: drag(), ..Brush::default() };
        let held = Held::at(Some(&field), [24, 24], &brush);
        assert_eq!((held.only, held.radius), (Some(wood), 12 * 130 / 100 + 2));
        // By a corner it takes as much as is there.
        assert!(Held::at(Some(&field), [17, 17], &brush).radius > 24);
        for cell in [[40, 24], [300, 300]] {
            assert_eq!(Held::at(Some(&field), cell, &brush).only, None);
        }
    }
}
