//! A device computes so many times slower from here on.

use super::{Act, Draw, Fault, Planned};
use crate::returns::Whom;
use crate::stage::Stage;
use room::api::Micros;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("slow", 1, |draw: &mut Draw<'_>| slow(draw.who, draw.rng.range(1, 20)));

#[derive(Debug)]
struct Slow(usize, u64);

/// This device computes so many times slower from here on.
pub fn slow(who: usize, times: u64) -> Planned {
    Arc::new(Slow(who, times))
}

impl Act for Slow {
    fn happen(&self, stage: &mut Stage) {
        let &Self(who, times) = self;
        let Some(id) = stage.peer(who) else { return };
        if let Some(peer) = stage.world.peers.get_mut(&id) {
            peer.tick_us = (peer.tick_us * times).min(30_000);
            stage.fault(FAULT.name, false, Micros::MAX, Whom::One(id));
            stage.count(FAULT.name);
        }
    }
}
