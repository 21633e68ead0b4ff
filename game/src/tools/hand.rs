//! From a dragged pointer to commands within the room's limits.

use super::Brush;
use super::drawing::{self, Drawing, pieces};
use super::tool::{Hold, Way};
use bevy::math::Vec2;
use picture::field::Field;
use sim_kernels::area::Area;
use sim_kernels::command::{Command, Stroke};
use sim_kernels::geom::WorldSize;

/// Whoever lets go within so many cells and seconds of where the tool went down has clicked.
const CLICK_CELLS: f32 = 4.0;
const CLICK_S: f64 = 0.6;

/// A tool pressed to the world.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    /// Where it went down, and when.
    from: Vec2,
    down_s: f64,
    /// Where and when the last command was made.
    at: Vec2,
    time_s: f64,
    /// What lay there.
    below: Option<u8>,
    /// What is drawn.
    drawing: Drawing,
}

/// When a tool is held, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// In the world, in cells.
    pub(super) at: Vec2,
    /// In seconds.
    pub(super) time_s: f64,
    /// The world's tick.
    pub(super) tick: u64,
}

impl Hand {
    /// The tool touches the world, where that lies below it.
    pub(super) fn down(at: Vec2, down_s: f64, below: Option<u8>, drawing: Drawing) -> Self {
        Self { from: at, down_s, at, time_s: f64::NEG_INFINITY, below, drawing }
    }

    /// When the last command was made; long ago where none was.
    pub(super) fn since(&self) -> f64 {
        self.time_s
    }

    /// What is drawn.
    pub(super) fn drawing(&self) -> Drawing {
        self.drawing
    }

    /// The tool moved to (or rests at) a cell: the areas of the way since the last call, which cover it without gaps however
    /// fast the pointer was, each with its command.
    pub(super) fn drag(&mut self, now: Moment, brush: &Brush) -> Vec<(Area, Command)> {
        let before = *self;
        (self.at, self.time_s) = (now.at, now.time_s);
        let hold = before.hold(now, brush);
        let tool = brush.tool;
        let from = match tool.way() {
            Way::Stroke => before.at,
            Way::Dab | Way::Press | Way::Look | Way::Hold | Way::Stamp => now.at,
            Way::Pull => before.from,
        };
        let radius = tool.reach(brush.radius);
        let all = pieces(cell(from), cell(now.at)).map(|(from, to)| Stroke { from, to, radius });
        if matches!(tool.way(), Way::Stroke | Way::Pull) {
            return over(all.map(|stroke| brush.tip.along(stroke)), brush, hold);
        }
        all.filter_map(|stroke| Some((Area::Round(stroke), tool.command(stroke, hold)?))).collect()
    }

    /// The areas of the shape that is drawn from where the tool went down.
    pub(super) fn shape(&self, to: Vec2, is_straight: bool, brush: &Brush, world: WorldSize) -> Vec<Area> {
        let (from, to) = (cell(self.from), cell(to));
        let to = if is_straight { self.drawing.straight(from, to) } else { to };
        self.drawing.shape(brush.tip, brush.tool.reach(brush.radius), from, to, world)
    }

    /// What the tool does to all that hangs together below it.
    pub(super) fn fill(&mut self, field: Option<&Field>, now: Moment, brush: &Brush) -> Vec<(Area, Command)> {
        let hold = self.hold(now, brush);
        self.time_s = now.time_s;
        over(field.and_then(|field| drawing::fill(field, cell(now.at))), brush, hold)
    }

    /// What the tool does to the shape that was shown, as it is let go.
    pub(super) fn finish(
        &self,
        now: Moment,
        is_straight: bool,
        brush: &Brush,
        world: WorldSize,
    ) -> Vec<(Area, Command)> {
        over(self.shape(now.at, is_straight, brush, world), brush, self.hold(now, brush))
    }

    /// Whether the tool is let go where it went down, and soon.
    pub(super) fn is_click(&self, at: Vec2, now: f64) -> bool {
        at.distance(self.from) < CLICK_CELLS && now - self.down_s < CLICK_S
    }

    fn hold(&self, now: Moment, brush: &Brush) -> Hold {
        let since = if self.time_s.is_finite() { self.time_s } else { self.down_s };
        let passed = (now.time_s - since).max(0.001);
        Hold {
            speed: (now.at - self.at) / passed as f32,
            material: brush.material,
            tick: now.tick,
            below: self.below,
            pull: now.at - self.from,
        }
    }
}

/// What a tool does to areas.
fn over(areas: impl IntoIterator<Item = Area>, brush: &Brush, hold: Hold) -> Vec<(Area, Command)> {
    let Some(effect) = brush.tool.effect(hold) else { return Vec::new() };
    areas.into_iter().map(|area| (area.clone(), Command::over(area, effect))).collect()
}

/// The cell of a place.
pub(super) fn cell(at: Vec2) -> [i32; 2] {
    [at.x.floor() as i32, at.y.floor() as i32]
}

#[cfg(test)]
mod tests {
    use super::super::drawing::Tip;
    use super::super::{Tool, pour, push, wall, wind};
    use super::*;
    use sim_kernels::command::{Effect, PUSH_MAX};

    fn brush(tool: &'static dyn Tool, radius: i32) -> Brush {
        Brush { tool, radius, ..Brush::default() }
    }

    fn down(x: f32, y: f32) -> Hand {
        Hand::down(Vec2::new(x, y), 0.0, None, Drawing::Free)
    }

    fn moment(x: f32, y: f32, time_s: f64) -> Moment {
        Moment { at: Vec2::new(x, y), time_s, tick: 0 }
    }

    #[test]
    fn a_fast_stroke_is_cut_into_valid_pieces_without_gaps() {
        let world = WorldSize::new(4096, 1024).unwrap();
        let made = down(3.0, 1000.0).drag(moment(4000.0, 5.0, 0.03), &brush(&pour::TOOL, 4));
        assert!(made.len() >= 16 && made.iter().all(|(_, command)| command.is_valid(world)));
        let strokes: Vec<Stroke> = made
            .iter()
            .map(|(of, command)| match (of, command) {
                (Area::Round(stroke), Command::Pour { stroke: same, .. }) if stroke == same => *stroke,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!((strokes[0].from, strokes.last().unwrap().to), ([3, 1000], [4000, 5]));
        assert!(strokes.windows(2).all(|w| w[0].to == w[1].from));
    }

    #[test]
    fn a_square_brush_and_a_thin_one_are_square() {
        let square = Brush { tip: Tip::Square, ..brush(&wall::TOOL, 4) };
        for (brush, radius) in [(square, 4), (brush(&wall::TOOL, 0), 0)] {
            let made = down(3.0, 3.0).drag(moment(9.0, 5.0, 0.03), &brush);
            let area = Area::Square(Stroke { from: [3, 3], to: [9, 5], radius });
            let command = Command::Apply { area: area.clone(), effect: Effect::Wall { solid: true } };
            assert_eq!(made, [(area, command)]);
        }
    }

    #[test]
    fn a_push_follows_the_pointer_and_stays_within_the_limit() {
        let mut hand = down(0.0, 0.0);
        assert!(hand.drag(moment(0.0, 0.0, 0.1), &brush(&push::TOOL, 4)).is_empty());
        let made = hand.drag(moment(500.0, -1.0, 0.11), &brush(&push::TOOL, 4));
        let Command::Push { velocity, .. } = made[0].1 else { panic!("{made:?}") };
        assert_eq!(velocity[0], PUSH_MAX);
        assert!(velocity[1] < 0);
    }

    #[test]
    fn a_wind_blows_along_all_of_its_pull() {
        let mut hand = down(10.5, 10.5);
        hand.drag(moment(40.5, 10.5, 0.1), &brush(&wind::TOOL, 4));
        let made = hand.drag(moment(70.5, 10.5, 0.2), &brush(&wind::TOOL, 4));
        let [(Area::Round(stroke), Command::Push { velocity, .. })] = &made[..] else { panic!("{made:?}") };
        assert_eq!((stroke.from, stroke.to), ([10, 10], [70, 10]));
        assert!(velocity[0] > 0 && velocity[1] == 0);
    }

    #[test]
    fn a_resting_tool_is_a_dab() {
        let made = down(5.5, 6.5).drag(moment(5.5, 6.5, 0.1), &brush(&wall::TOOL, 0));
        let stroke = Stroke { from: [5, 6], to: [5, 6], radius: 0 };
        assert_eq!(made, [(Area::Round(stroke), Command::Wall { stroke, solid: true })]);
    }

    #[test]
    fn a_burst_happens_where_the_pointer_is() {
        let made = down(5.5, 6.5).drag(moment(1000.5, 6.5, 0.1), &brush(&super::super::burst::TOOL, 5));
        let stroke = Stroke { from: [1000, 6], to: [1000, 6], radius: 10 };
        assert!(
            matches!(&made[..], [(Area::Round(of), Command::Explode { at: [1000, 6], radius: 10, .. })] if *of == stroke)
        );
    }
}
