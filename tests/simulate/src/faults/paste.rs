//! A player brings a stamp and pastes it, turned and mirrored, once or twice; or pastes one of which the end never comes.

use super::{Act, Draw, Fault, Planned};
use crate::stage::{End, Stage};
use room::api::{Micros, Request};
use sim_kernels::command::{Command, Paste};
use sim_kernels::geom::Rect;
use sim_kernels::stamp::{PART_BYTES_MAX, Stamp};
use std::sync::Arc;

/// What is brought is pasted this long after, a second time after as long again, and taken back after that.
const EVERY_US: Micros = 300_000;

pub(super) const FAULT: Fault = Fault::new("paste", 3, |draw: &mut Draw<'_>| {
    let (from, size) = (draw.rng.below(3) as usize, [draw.rng.range(2, 16) as i32, draw.rng.range(2, 8) as i32]);
    let at = [draw.rng.below(draw.world.width as u64) as i32, draw.rng.below(28) as i32];
    let (laid, whole, undone) = (draw.rng.below(8) as u8, draw.rng.below(8) > 0, draw.rng.below(3) == 0);
    paste(draw.who, (from, size), at, Way { turns: laid % 4, mirrored: laid > 3, whole, undone })
});

/// How it is done.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// To the left by so many quarters.
    pub turns: u8,
    /// Left and right change places before that.
    pub mirrored: bool,
    /// All of its code is brought.
    pub whole: bool,
    /// It is taken back at last.
    pub undone: bool,
}

#[derive(Debug)]
struct Pastes {
    who: usize,
    of: (usize, [i32; 2]),
    at: [i32; 2],
    way: Way,
}

/// This one pastes what lay at the beginning where this block of the scene has its lower left corner, in so many cells
/// each way, at a cell and once more beside it.
pub fn paste(who: usize, of: (usize, [i32; 2]), at: [i32; 2], way: Way) -> Planned {
    Arc::new(Pastes { who, of, at, way })
}

impl Act for Pastes {
    fn happen(&self, stage: &mut Stage) {
        let Self { who, of: (block, [w, h]), at, way } = *self;
        let scene = stage.scene();
        let block = scene.blocks.get(block % scene.blocks.len().max(1)).map_or(Rect::new(0, 0, 1, 1), |b| b.rect());
        let rect = Rect::new(block.x0, block.y0, block.x0 + w, block.y0 + h).intersect(scene.world.rect());
        let stamp = Stamp::cut(rect, &scene.globals().terrain, &scene.particles(rect));
        let (Some(peer), Ok(stamp)) = (stage.peer(who), stamp) else { return };
        if stage.is_crowded() {
            return;
        }
        let code = stamp.encode();
        let (name, total, particles) = (Stamp::name(&code), code.len() as u32, stamp.particles().len() as u32);
        let brought = if way.whole { &code } else { &code[..code.len() / 2] };
        let mut says = vec![(0, Command::Begin)];
        for (k, part) in brought.chunks(PART_BYTES_MAX).enumerate() {
            let from = (k * PART_BYTES_MAX) as u32;
            says.push((0, Command::Bring { stamp: name, total, from, part: part.to_vec() }));
        }
        for k in 0..2 {
            let at = [at[0] + k * w, at[1]];
            let paste =
                Paste { stamp: name, at, size: stamp.size(), particles, turns: way.turns, mirrored: way.mirrored };
            says.push((k as u64 * EVERY_US, Command::Paste(paste)));
        }
        says.extend(way.undone.then_some((2 * EVERY_US, Command::Undo)));
        for (us, command) in says {
            let say = move |stage: &mut Stage, _| {
                if stage.world.peers.get(&peer).is_some_and(|peer| peer.alive) {
                    stage.world.ask(peer, Request::Command(command));
                }
            };
            if us == 0 {
                say(stage, 0);
            } else {
                stage.later(us, End::in_the_room(say));
            }
        }
        stage.count(FAULT.name);
    }
}
