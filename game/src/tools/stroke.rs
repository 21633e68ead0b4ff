//! From a dragged pointer to commands within the room's limits.

use super::Tool;
use bevy::math::Vec2;
use sim_kernels::command::{Command, PUSH_MAX, STROKE_MAX, Stroke};
use sim_kernels::particle::MATERIAL_WATER;

/// Substeps a second: velocities are in cells a substep.
const SUBSTEPS_A_SECOND: f32 = 240.0;
/// Q15.
const ONE: f32 = 32768.0;
/// A push gives this share of the pointer's own speed; it is repeated while the pointer moves.
const PUSH_SHARE: f32 = 0.5;
/// Speed at an explosion's centre, Q15 cells a substep.
const BURST_SPEED: i32 = 14_000;

/// A tool pressed to the world: where and when the last command was made.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    at: Vec2,
    time_s: f32,
}

impl Hand {
    /// The tool touches the world.
    pub fn down(at: Vec2, time_s: f32) -> Self {
        Self { at, time_s }
    }

    /// When the last command was made.
    pub fn since(&self) -> f32 {
        self.time_s
    }

    /// The tool moved to (or rests at) a cell: the commands for the way since the last call, which cover it
    /// without gaps however fast the pointer was.
    pub fn drag(&mut self, to: Vec2, time_s: f32, tool: Tool, radius: i32) -> Vec<Command> {
        let (from, passed) = (self.at, (time_s - self.time_s).max(0.001));
        *self = Self { at: to, time_s };
        if tool == Tool::Explode {
            return vec![Command::Explode { at: cell(to), radius: tool.reach(radius), speed: BURST_SPEED }];
        }
        let speed = (to - from) / passed / SUBSTEPS_A_SECOND * ONE * PUSH_SHARE;
        let velocity = [speed.x, speed.y].map(|v| (v as i32).clamp(-PUSH_MAX, PUSH_MAX));
        if tool == Tool::Push && velocity == [0, 0] {
            return Vec::new();
        }
        pieces(cell(from), cell(to))
            .map(|(from, to)| {
                let stroke = Stroke { from, to, radius };
                match tool {
                    Tool::Pour => Command::Pour { stroke, material: MATERIAL_WATER as u8, velocity: [0, 0] },
                    Tool::Erase => Command::Erase(stroke),
                    Tool::Wall => Command::Wall { stroke, solid: true },
                    Tool::Open => Command::Wall { stroke, solid: false },
                    Tool::Push | Tool::Explode => Command::Push { stroke, velocity },
                }
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
    use super::*;
    use sim_kernels::geom::WorldSize;

    #[test]
    fn a_fast_stroke_is_cut_into_valid_pieces_without_gaps() {
        let world = WorldSize::new(4096, 1024).unwrap();
        let mut hand = Hand::down(Vec2::new(3.0, 1000.0), 0.0);
        let commands = hand.drag(Vec2::new(4000.0, 5.0), 0.03, Tool::Pour, 4);
        assert!(commands.iter().all(|c| c.is_valid(world)));
        let strokes: Vec<_> = commands
            .iter()
            .map(|c| match c {
                Command::Pour { stroke, .. } => *stroke,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(strokes.len() >= 16);
        assert_eq!((strokes[0].from, strokes.last().unwrap().to), ([3, 1000], [4000, 5]));
        assert!(strokes.windows(2).all(|w| w[0].to == w[1].from));
    }

    #[test]
    fn a_push_follows_the_pointer_and_stays_within_the_limit() {
        let mut hand = Hand::down(Vec2::ZERO, 0.0);
        assert!(hand.drag(Vec2::ZERO, 0.1, Tool::Push, 4).is_empty());
        let commands = hand.drag(Vec2::new(500.0, -1.0), 0.11, Tool::Push, 4);
        let Command::Push { velocity, .. } = commands[0] else { panic!("{commands:?}") };
        assert_eq!(velocity[0], PUSH_MAX);
        assert!(velocity[1] < 0);
    }

    #[test]
    fn a_resting_tool_is_a_dab() {
        let mut hand = Hand::down(Vec2::new(5.5, 6.5), 0.0);
        let commands = hand.drag(Vec2::new(5.5, 6.5), 0.1, Tool::Wall, 0);
        assert_eq!(commands, [Command::Wall { stroke: Stroke { from: [5, 6], to: [5, 6], radius: 0 }, solid: true }]);
    }
}
