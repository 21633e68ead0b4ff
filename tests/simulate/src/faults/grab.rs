//! A player takes hold of something and takes it along, and lets go of it or forgets to.

use super::{Act, Draw, Fault, Planned};
use crate::stage::{End, Stage};
use room::api::{Micros, Request};
use sim_kernels::command::Command;
use std::sync::Arc;

/// The room is told where to once in so long.
const EVERY_US: Micros = 120_000;

pub(super) const FAULT: Fault = Fault::new("grab", 3, |draw: &mut Draw<'_>| {
    let mut place = || [draw.rng.below(draw.world.width as u64) as i32, draw.rng.below(28) as i32];
    let way = [place(), place()];
    grab(draw.who, way, 1 + draw.rng.below(24) as i32, draw.rng.below(30), draw.rng.below(3) > 0)
});

#[derive(Debug)]
struct Grabs {
    who: usize,
    way: [[i32; 2]; 2],
    radius: i32,
    times: u64,
    releases: bool,
}

/// This one drags from one cell to another, so many times, and lets go or not.
pub fn grab(who: usize, way: [[i32; 2]; 2], radius: i32, times: u64, releases: bool) -> Planned {
    Arc::new(Grabs { who, way, radius, times, releases })
}

impl Act for Grabs {
    fn happen(&self, stage: &mut Stage) {
        let Some(peer) = stage.peer(self.who) else { return };
        let Self { way: [from, to], radius, times, releases, .. } = *self;
        for k in 0..=times {
            let part = |a: usize| from[a] + (to[a] - from[a]) * k as i32 / (times as i32 + 1);
            let hold = Command::Grab { at: [part(0), part(1)], radius, only: None };
            let command = if k == times && releases { Command::Release } else { hold };
            let say = move |stage: &mut Stage, _| {
                if stage.world.peers.get(&peer).is_some_and(|peer| peer.alive) {
                    stage.world.ask(peer, Request::Command(command));
                }
            };
            stage.later(k * EVERY_US, End::in_the_room(say));
        }
        stage.count(FAULT.name);
    }
}
