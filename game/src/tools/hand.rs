//! From a dragged pointer to commands within the room's limits.

use super::Brush;
use super::tool::{Hold, Way};
use bevy::math::Vec2;
use sim_kernels::command::{Command, STROKE_MAX, Stroke};

/// A tool pressed to the world: where and when the last command was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    at: Vec2,
    time_s: f64,
}

impl Hand {
    /// The tool touches the world.
    pub(super) fn down(at: Vec2, time_s: f64) -> Self {
        Self { at, time_s }
    }

    /// When the last command was made.
    pub(super) fn since(&self) -> f64 {
        self.time_s
    }

    /// The tool moved to (or rests at) a cell: the strokes for the way since the last call, which cover it without gaps
    /// however fast the pointer was, each with its command.
    pub(super) fn drag(&mut self, to: Vec2, time_s: f64, brush: &Brush, tick: u64) -> Vec<(Stroke, Command)> {
        let (from, passed) = (self.at, (time_s - self.time_s).max(0.001));
        *self = Self { at: to, time_s };
        let speed = (to - from) / passed as f32;
        let Brush { tool, radius, material, .. } = *brush;
        let hold = Hold { speed, material, tick };
        let from = match tool.way() {
            Way::Stroke => from,
            Way::Dab | Way::Press => to,
        };
        pieces(cell(from), cell(to))
            .filter_map(|(from, to)| {
                let stroke = Stroke { from, to, radius: tool.reach(radius) };
                Some((stroke, tool.command(stroke, hold)?))
            })
            .collect()
    }
}

fn cell(at: Vec2) -> [i32; 2] {
    [at.x.floor() as i32, at.y.floor() as i32]
}

/// Cuts a way into segments no longer than [`STROKE_MAX`]; each begins where the last ended.
fn pieces(from: [i32; 2], to: [i32; 2]) -> impl Iterator<Item = ([i32; 2], [i32; 2])> {
    let delta = [to[0] - from[0], to[1] - from[1]];
    let count = (delta[0].abs().max(delta[1].abs()) + STROKE_MAX - 1).max(1) / STROKE_MAX;
    let count = count.max(1);
    let at = move |i: i32| [from[0] + delta[0] * i / count, from[1] + delta[1] * i / count];
    (0..count).map(move |i| (at(i), at(i + 1)))
}

#[cfg(test)]
mod tests {
    use super::super::{Tool, pour, push, wall};
    use super::*;
    use sim_kernels::command::PUSH_MAX;
    use sim_kernels::geom::WorldSize;

    fn brush(tool: &'static dyn Tool, radius: i32) -> Brush {
        Brush { tool, radius, ..Brush::default() }
    }

    #[test]
    fn a_fast_stroke_is_cut_into_valid_pieces_without_gaps() {
        let world = WorldSize::new(4096, 1024).unwrap();
        let mut hand = Hand::down(Vec2::new(3.0, 1000.0), 0.0);
        let made = hand.drag(Vec2::new(4000.0, 5.0), 0.03, &brush(&pour::TOOL, 4), 0);
        assert!(made.len() >= 16 && made.iter().all(|(_, command)| command.is_valid(world)));
        assert_eq!((made[0].0.from, made.last().unwrap().0.to), ([3, 1000], [4000, 5]));
        assert!(made.windows(2).all(|w| w[0].0.to == w[1].0.from));
        assert!(made.iter().all(|(of, command)| matches!(command, Command::Pour { stroke, .. } if stroke == of)));
    }

    #[test]
    fn a_push_follows_the_pointer_and_stays_within_the_limit() {
        let mut hand = Hand::down(Vec2::ZERO, 0.0);
        assert!(hand.drag(Vec2::ZERO, 0.1, &brush(&push::TOOL, 4), 0).is_empty());
        let made = hand.drag(Vec2::new(500.0, -1.0), 0.11, &brush(&push::TOOL, 4), 0);
        let Command::Push { velocity, .. } = made[0].1 else { panic!("{made:?}") };
        assert_eq!(velocity[0], PUSH_MAX);
        assert!(velocity[1] < 0);
    }

    #[test]
    fn a_resting_tool_is_a_dab() {
        let mut hand = Hand::down(Vec2::new(5.5, 6.5), 0.0);
        let made = hand.drag(Vec2::new(5.5, 6.5), 0.1, &brush(&wall::TOOL, 0), 0);
        let stroke = Stroke { from: [5, 6], to: [5, 6], radius: 0 };
        assert_eq!(made, [(stroke, Command::Wall { stroke, solid: true })]);
    }

    #[test]
    fn a_burst_happens_where_the_pointer_is() {
        let mut hand = Hand::down(Vec2::new(5.5, 6.5), 0.0);
        let made = hand.drag(Vec2::new(1000.5, 6.5), 0.1, &brush(&super::super::burst::TOOL, 5), 0);
        let stroke = Stroke { from: [1000, 6], to: [1000, 6], radius: 10 };
        assert!(matches!(made[..], [(of, Command::Explode { at: [1000, 6], radius: 10, .. })] if of == stroke));
    }
}
