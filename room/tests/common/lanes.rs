//! Links of a limited rate, and the figures that a transport would measure on them.

use super::{What, World};
use room::api::{Channel, Input, Micros, PeerId};

/// A link of a limited rate: bulk does not hold up the rest, and nothing holds up the log.
#[derive(Default)]
pub struct Lanes {
    rate: u64,
    /// On top of the net's latency, each way.
    extra_us: u64,
    free: [Micros; 3],
}

impl World {
    /// From now on the link carries so many bytes a second, each way.
    pub fn limit(&mut self, a: u128, b: u128, rate: u64) {
        self.lane(a, b, rate, 0);
    }

    /// From now on the link takes so much longer, each way.
    pub fn far(&mut self, a: u128, b: u128, extra_us: u64) {
        self.lane(a, b, 1 << 40, extra_us);
    }

    fn lane(&mut self, a: u128, b: u128, rate: u64, extra_us: u64) {
        for (x, y) in [(PeerId(a), PeerId(b)), (PeerId(b), PeerId(a))] {
            let timed = self.lanes.keys().any(|k| k.0 == x);
            self.lanes.insert((x, y), Lanes { rate, extra_us, ..Lanes::default() });
            if !timed {
                self.push(self.now + 500_000, x, What::Figures);
            }
        }
    }

    /// When the last byte is out.
    pub(super) fn transferred(&mut self, from: PeerId, to: PeerId, channel: Channel, bytes: u64) -> Micros {
        let now = self.now;
        let Some(lanes) = self.lanes.get_mut(&(from, to)) else { return now };
        let lane = match channel {
            Channel::Log => 0,
            Channel::Border | Channel::View => 1,
            Channel::Bulk => 2,
        };
        let free = &mut lanes.free[lane];
        *free = now.max(*free) + bytes * 1_000_000 / lanes.rate;
        *free + lanes.extra_us
    }

    pub(super) fn figures(&mut self, id: PeerId) {
        let (now, rtt_us) = (self.now, (2 * self.net.latency_us + self.net.jitter_us) as u32);
        let peer = self.peers.get_mut(&id).unwrap();
        for ((_, to), lanes) in self.lanes.range_mut((id, PeerId(0))..=(id, PeerId(u128::MAX))) {
            // Bursts that pass show a transport what a link carries.
            let goodput = lanes.rate.min(10_000_000) as u32;
            let rtt_us = rtt_us + 2 * lanes.extra_us as u32;
            peer.room.handle(now + peer.clock_ahead, Input::Link { peer: *to, rtt_us, goodput });
        }
        self.push(now + 500_000, id, What::Figures);
        self.drain(id);
    }
}
