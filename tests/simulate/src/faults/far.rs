//! Datagrams between two alone take longer from here on.

use super::{Act, Draw, Fault, Planned};
use crate::returns::Whom;
use crate::stage::Stage;
use netsim::Netem;
use room::api::Micros;
use std::sync::Arc;

pub(super) const FAULT: Fault =
    Fault::new("far", 1, |draw: &mut Draw<'_>| far(draw.who, draw.another(), draw.rng.range(50_000, 500_000)));

#[derive(Debug)]
struct Far(usize, usize, u64);

/// Datagrams between these two alone take so much longer, from here on.
pub fn far(a: usize, b: usize, by: u64) -> Planned {
    Arc::new(Far(a, b, by))
}

impl Act for Far {
    fn happen(&self, stage: &mut Stage) {
        if let Some((a, b)) = stage.pair(self.0, self.1) {
            let base = stage.world.network.netem;
            let far = Netem { latency_us: base.latency_us + self.2, ..base };
            stage.world.network.links.extend([((a, b), far), ((b, a), far)]);
            stage.fault(FAULT.name, false, Micros::MAX, Whom::Between(vec![a], vec![b]));
            stage.count(FAULT.name);
        }
    }
}
