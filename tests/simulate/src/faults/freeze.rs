//! A process stops for a while, and then goes on.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use room::api::Micros;
use std::sync::Arc;

const TIMES: [Micros; 5] = [60_000, 300_000, 1_200_000, 4_000_000, 9_000_000];

pub(super) const FAULT: Fault =
    Fault::new("freeze", 3, |draw: &mut Draw<'_>| freeze(draw.who, TIMES[draw.rng.below(5) as usize]));

#[derive(Debug)]
struct Freeze(usize, Micros);

/// This one's process stops for this long.
pub fn freeze(who: usize, us: Micros) -> Planned {
    Arc::new(Freeze(who, us))
}

impl Act for Freeze {
    fn happen(&self, stage: &mut Stage) {
        if let Some(peer) = stage.peer(self.0) {
            stage.world.freeze(peer, self.1);
            stage.count(FAULT.name);
        }
    }
}
