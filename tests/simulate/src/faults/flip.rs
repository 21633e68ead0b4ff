//! A bit of a device's memory flips: its replica is another from here on.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault { spoils: true, ..Fault::new("flip", 1, |draw: &mut Draw<'_>| flip(draw.who)) };

#[derive(Debug)]
struct Flip(usize);

/// A bit of this device's memory flips.
pub fn flip(who: usize) -> Planned {
    Arc::new(Flip(who))
}

impl Act for Flip {
    fn happen(&self, stage: &mut Stage) {
        if let Some(peer) = stage.peer(self.0).and_then(|p| stage.world.peers.get_mut(&p)) {
            peer.flips = true;
            stage.count(FAULT.name);
        }
    }
}
