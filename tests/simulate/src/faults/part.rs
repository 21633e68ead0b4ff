//! The network is cut between two alone.

use super::{Act, Draw, Fault, Planned};
use crate::returns::Whom;
use crate::stage::End;
use crate::stage::Stage;
use room::api::Micros;
use std::sync::Arc;

const TIMES: [Micros; 3] = [400_000, 3_500_000, 15_000_000];

pub(super) const FAULT: Fault =
    Fault::new("part", 1, |draw: &mut Draw<'_>| part(draw.who, draw.another(), TIMES[draw.rng.below(3) as usize]));

#[derive(Debug)]
struct Part(usize, usize, Micros);

/// The network is cut between these two alone, for this long.
pub fn part(a: usize, b: usize, us: Micros) -> Planned {
    Arc::new(Part(a, b, us))
}

impl Act for Part {
    fn happen(&self, stage: &mut Stage) {
        if let Some((a, b)) = stage.pair(self.0, self.1) {
            stage.world.network.cut(stage.world.now(), &[a], &[b], true);
            stage.fault(FAULT.name, true, self.2, Whom::Between(vec![a], vec![b]));
            stage.later(self.2, End::of_a_fault(move |stage, now| stage.world.network.cut(now, &[a], &[b], false)));
            stage.count(FAULT.name);
        }
    }
}
