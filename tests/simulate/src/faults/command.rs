//! A player does something.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use netsim::Rng;
use room::api::Request;
use sim_kernels::command::{Command, Stroke};
use sim_kernels::geom::WorldSize;
use std::sync::Arc;

pub(super) const FAULT: Fault =
    Fault::new("command", 6, |draw: &mut Draw<'_>| command(draw.who, stroke_of(draw.rng, draw.world)));

#[derive(Debug)]
struct Does(usize, Command);

/// This player does this.
pub fn command(who: usize, command: Command) -> Planned {
    Arc::new(Does(who, command))
}

impl Act for Does {
    fn happen(&self, stage: &mut Stage) {
        if let Some(peer) = stage.peer(self.0) {
            let mut command = self.1.clone();
            stage.mix(&mut command);
            stage.world.ask(peer, Request::Command(command));
            stage.count(FAULT.name);
        }
    }
}

/// Any command.
pub(crate) fn stroke_of(rng: &mut Rng, world: WorldSize) -> Command {
    let x = rng.below(world.width as u64) as i32;
    let y = rng.below(28) as i32;
    let by = rng.below(20) as i32 - 10;
    let stroke = Stroke { from: [x, y], to: [x + by, y + by / 4], radius: rng.below(4) as i32 };
    let velocity = [rng.below(2000) as i32 - 1000, rng.below(2000) as i32 - 1000];
    match rng.below(12) {
        0..=3 => Command::Pour { stroke, material: 0, velocity },
        4 => Command::Erase(stroke),
        5 => Command::Wall { stroke, solid: rng.below(3) > 0 },
        6 => Command::Push { stroke, velocity },
        7 | 8 => Command::Begin,
        9 => Command::Undo,
        10 => Command::Explode { at: [x, y], radius: 1 + rng.below(12) as i32, speed: 3000 },
        _ => Command::Gravity([rng.below(16) as i32 - 8, rng.below(16) as i32 - 12]),
    }
}
