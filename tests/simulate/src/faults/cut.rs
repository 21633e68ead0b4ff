//! The network is cut between the first so many and the rest.

use super::{Act, Draw, Fault, Planned};
use crate::returns::Whom;
use crate::stage::End;
use crate::stage::Stage;
use room::api::Micros;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("cut", 2, |draw: &mut Draw<'_>| cut(draw.who.max(1), draw.cut_us));

#[derive(Debug)]
struct Cut(usize, Micros);

/// The network is cut between the first so many and the rest, for this long.
pub fn cut(first: usize, us: Micros) -> Planned {
    Arc::new(Cut(first, us))
}

impl Act for Cut {
    fn happen(&self, stage: &mut Stage) {
        let &Self(first, us) = self;
        let alive = stage.world.alive();
        if alive.len() > 1 {
            let at = 1 + first % (alive.len() - 1);
            let (a, b) = (alive[..at].to_vec(), alive[at..].to_vec());
            stage.world.network.cut(stage.world.now(), &a, &b, true);
            stage.fault(FAULT.name, true, us, Whom::Between(a.clone(), b.clone()));
            stage.later(us, End::of_a_fault(move |stage, now| stage.world.network.cut(now, &a, &b, false)));
            stage.count(FAULT.name);
        }
    }
}
