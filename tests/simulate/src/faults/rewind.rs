//! Somebody wants the room back at a moment of its past, and the others agree or do not.

use super::{Act, Draw, Fault, Planned};
use crate::stage::{End, Stage};
use room::api::{Micros, PeerId, Request};
use std::sync::Arc;

/// They answer after this long.
const ANSWER_US: Micros = 800_000;

pub(super) const FAULT: Fault = Fault::new("rewind", 1, |draw: &mut Draw<'_>| {
    let (moment, ticks, answers) = (draw.rng.below(32), draw.rng.below(240), draw.rng.next());
    rewind(draw.who, moment, ticks, answers)
});

#[derive(Debug)]
struct Rewind {
    who: usize,
    moment: u64,
    ticks: u64,
    answers: u64,
}

/// This one wants it back at one of the moments, or so many ticks after it; a bit of `answers` for each who is asked.
pub fn rewind(who: usize, moment: u64, ticks: u64, answers: u64) -> Planned {
    Arc::new(Rewind { who, moment, ticks, answers })
}

impl Act for Rewind {
    fn happen(&self, stage: &mut Stage) {
        let Some(peer) = stage.peer(self.who) else { return };
        let moments = &stage.world.peers[&peer].status.moments;
        let Some(to) = moments.get(self.moment as usize % moments.len().max(1)).copied() else { return };
        let ticks = if to.exact { self.ticks as u32 } else { 0 };
        stage.world.ask(peer, Request::Rewind { to: (to.epoch, to.step), ticks });
        let answers = self.answers;
        stage.later(
            ANSWER_US,
            End::in_the_room(move |stage, _| {
                let number = |p: &crate::world::Peer| p.status.proposal.as_ref().filter(|_| p.alive).map(|p| p.number);
                let asked: Vec<(PeerId, u64)> =
                    stage.world.peers.iter().filter_map(|(id, p)| Some((*id, number(p)?))).collect();
                for (place, (peer, number)) in asked.into_iter().enumerate() {
                    stage.world.ask(peer, Request::Vote { number, agrees: answers >> (place % 64) & 1 == 1 });
                }
            }),
        );
        stage.count(FAULT.name);
    }
}
