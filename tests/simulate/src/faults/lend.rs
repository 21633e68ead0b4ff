//! Somebody lends no more, or again.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use room::api::{Profile, Request};
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("lend", 1, |draw: &mut Draw<'_>| lend(draw.who, draw.rng.below(2) > 0));

#[derive(Debug)]
struct Lend(usize, bool);

/// This one lends its device, or no more.
pub fn lend(who: usize, lend: bool) -> Planned {
    Arc::new(Lend(who, lend))
}

impl Act for Lend {
    fn happen(&self, stage: &mut Stage) {
        let &Self(who, lend) = self;
        if let Some(peer) = stage.peer(who).filter(|&p| lend || stage.others_lend(p, 1)) {
            let name = format!("P{}", peer.0);
            let profile = Profile { name, lend, backend: "tiny".into(), throughput: 0 };
            let heard = stage.world.ask(peer, Request::Profile(profile));
            if let Some(peer) = stage.world.peers.get_mut(&peer).filter(|_| heard) {
                peer.lends = lend;
                stage.count(FAULT.name);
            }
        }
    }
}
