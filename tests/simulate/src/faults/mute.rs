//! Somebody is not heard by the first so many, and hears them.

use super::{Act, Draw, Fault, Planned};
use crate::returns::Whom;
use crate::stage::End;
use crate::stage::Stage;
use room::api::Micros;
use room::api::PeerId;
use std::sync::Arc;

pub(super) const FAULT: Fault =
    Fault::new("mute", 1, |draw: &mut Draw<'_>| mute(draw.who, draw.rng.range(1, 7) as usize, draw.cut_us));

#[derive(Debug)]
struct Mute(usize, usize, Micros);

/// This one is not heard by the first so many others, for this long, and hears them.
pub fn mute(who: usize, first: usize, us: Micros) -> Planned {
    Arc::new(Mute(who, first, us))
}

impl Act for Mute {
    fn happen(&self, stage: &mut Stage) {
        let &Self(who, first, us) = self;
        let alive = stage.world.alive();
        if let Some(peer) = stage.peer(who) {
            let others: Vec<PeerId> = alive.into_iter().filter(|p| *p != peer).take(first).collect();
            stage.world.network.cut_one_way(stage.world.now(), &[peer], &others, true);
            stage.fault(FAULT.name, true, us, Whom::Between(vec![peer], others.clone()));
            let end = move |stage: &mut Stage, now| stage.world.network.cut_one_way(now, &[peer], &others, false);
            stage.later(us, End::of_a_fault(end));
            stage.count(FAULT.name);
        }
    }
}
