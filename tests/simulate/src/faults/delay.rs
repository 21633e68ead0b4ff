//! Datagrams to and from somebody take longer for a while.

use super::{Act, Draw, Fault, Planned};
use crate::returns::Whom;
use crate::stage::End;
use crate::stage::Stage;
use netsim::Netem;
use room::api::Micros;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("delay", 2, |draw: &mut Draw<'_>| {
    delay(draw.who, draw.rng.range(20_000, 400_000), draw.rng.range(200_000, 5_000_000))
});

#[derive(Debug)]
struct Delay(usize, u64, Micros);

/// Datagrams to and from this one take so much longer, for this long.
pub fn delay(who: usize, by: u64, us: Micros) -> Planned {
    Arc::new(Delay(who, by, us))
}

impl Act for Delay {
    fn happen(&self, stage: &mut Stage) {
        let &Self(who, by, us) = self;
        if let Some(peer) = stage.peer(who) {
            let base = stage.world.network.netem;
            let far = Netem { latency_us: base.latency_us + by, ..base };
            for other in stage.world.alive() {
                stage.world.network.links.insert((peer, other), far);
                stage.world.network.links.insert((other, peer), far);
            }
            stage.fault(FAULT.name, false, us, Whom::One(peer));
            let end =
                move |stage: &mut Stage, _| stage.world.network.links.retain(|(a, b), _| *a != peer && *b != peer);
            stage.later(us, End::of_a_fault(end));
            stage.count(FAULT.name);
        }
    }
}
