//! The whole network changes.

use super::{Act, Draw, Fault, Planned};
use crate::returns::Whom;
use crate::stage::Stage;
use netsim::{Netem, Rng};
use room::api::Micros;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("netem", 1, |draw: &mut Draw<'_>| netem(network_of(draw.rng)));

#[derive(Debug)]
struct Change(Netem);

/// The whole network becomes another.
pub fn netem(netem: Netem) -> Planned {
    Arc::new(Change(netem))
}

impl Act for Change {
    fn happen(&self, stage: &mut Stage) {
        stage.world.network.netem = self.0;
        stage.fault(FAULT.name, false, Micros::MAX, Whom::All);
        stage.count(FAULT.name);
    }
}

/// Any network.
pub(crate) fn network_of(rng: &mut Rng) -> Netem {
    match rng.below(5) {
        0 | 1 => Netem { latency_us: 500, jitter_us: 1_000, ..Netem::default() },
        2 => Netem {
            latency_us: 20_000,
            jitter_us: 8_000,
            loss_ppm: 3_000,
            copy_ppm: 0,
            corrupt_ppm: 0,
            bytes_per_s: 2_500_000,
            inbound_us: 0,
        },
        3 => Netem {
            latency_us: 75_000,
            jitter_us: 20_000,
            loss_ppm: 10_000,
            copy_ppm: 1_000,
            corrupt_ppm: 0,
            bytes_per_s: 0,
            inbound_us: 0,
        },
        _ => Netem {
            latency_us: rng.below(60_000),
            jitter_us: rng.below(60_000),
            loss_ppm: rng.below(50_000) as u32,
            copy_ppm: rng.below(20_000) as u32,
            corrupt_ppm: 0,
            bytes_per_s: 0,
            inbound_us: 0,
        },
    }
}
