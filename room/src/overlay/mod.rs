//! Links as this peer measures them: the transport's round trip and delivery rate, and whether that rate is
//! what the link can carry or only what there was to carry.
//!
//! A transport sees only what is sent. Its rate says something about a link's limit when more was waiting,
//! and the room knows when that was: it hands the bytes over. The snapshots, a burst every few seconds, keep
//! the figure honest even where borders are quiet.

mod relays;

use crate::api::{Micros, PeerId};
use crate::room::Room;
use crate::wire::{LinkFigures, Msg, PEOPLE_MAX};

/// Bytes handed over within this time are one load.
const LOAD_US: u64 = 50_000;
/// The heaviest load of this long, and of as long before, counts.
const SPAN_US: u64 = 5_000_000;
/// Lighter loads say nothing.
const LOAD_BYTES_MIN: u64 = 4096;
/// How often changed figures go to the host.
const FIGURES_US: u64 = 1_000_000;

/// What is known of a link.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    /// Microseconds there and back.
    pub rtt_us: u32,
    /// The transport's delivery rate in bytes a second; 0 when unknown.
    pub goodput: u32,
    load: u64,
    load_at: Micros,
    heaviest: [u64; 2],
    span_at: Micros,
    full: bool,
}

impl Link {
    /// Bytes go to the transport.
    pub fn sent(&mut self, now: Micros, bytes: usize) {
        if now >= self.load_at + LOAD_US {
            (self.load, self.load_at) = (0, now);
        }
        if now >= self.span_at + SPAN_US {
            (self.heaviest, self.span_at) = ([0, self.heaviest[0]], now);
        }
        self.load += bytes as u64;
        self.heaviest[0] = self.heaviest[0].max(self.load);
    }

    /// The transport's figures.
    pub fn measured(&mut self, rtt_us: u32, goodput: u32) {
        (self.rtt_us, self.goodput) = (rtt_us, goodput);
        let load = self.heaviest[0].max(self.heaviest[1]);
        // A link with room to spare delivers a load in the time that it took to hand it over, and a round trip.
        let spare_us = 2 * LOAD_US + u64::from(rtt_us);
        let carried = u64::from(goodput).saturating_mul(spare_us) / 1_000_000;
        self.full = goodput > 0 && load >= LOAD_BYTES_MIN && load > carried;
    }

    /// What may be reckoned with where nothing was found full: its rate says only what there was to carry.
    pub fn carries(&self, unknown: u32) -> u32 {
        if self.full { self.goodput } else { self.goodput.max(unknown) }
    }

    /// As the host is told.
    pub fn figures(&self, peer: PeerId) -> LinkFigures {
        LinkFigures { peer, rtt_us: self.rtt_us, goodput: self.goodput, full: self.full }
    }
}

/// Whether a change is worth a message.
fn differs(a: &LinkFigures, b: &LinkFigures) -> bool {
    let far = |x: u32, y: u32, least: u32| x.abs_diff(y) > (x.min(y) / 8).max(least);
    a.peer != b.peer
        || a.full != b.full
        || far(a.rtt_us, b.rtt_us, 1000)
        || (a.full || b.full) && far(a.goodput, b.goodput, 1000)
}

impl Room {
    /// Tells the host whom this peer reaches, and how well.
    pub(crate) fn send_links(&mut self) {
        let peers: Vec<LinkFigures> = self.links.iter().map(|(&p, l)| l.figures(p)).take(PEOPLE_MAX).collect();
        self.links_sent += 1;
        self.links_told = peers.clone();
        self.links_at = self.now;
        self.tell_host(&Msg::Links { number: self.links_sent, peers });
    }

    /// Tells the host again where the figures changed.
    pub(crate) fn links_turn(&mut self) {
        let due = self.links_at + FIGURES_US;
        if self.now < due {
            return;
        }
        self.links_at = self.now;
        let changed = self.links.len() != self.links_told.len()
            || self.links.iter().zip(&self.links_told).any(|((&p, l), told)| differs(&l.figures(p), told));
        if changed {
            self.send_links();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_link_is_not_taken_for_a_thin_one() {
        let mut link = Link::default();
        // 20 KB every 200 ms over 100 ms: the transport sees 200 KB a second, and nothing ever waited.
        for i in 0..50u64 {
            link.sent(i * 200_000, 20_000);
            link.measured(100_000, 200_000);
            assert!(!link.full);
        }
        assert_eq!(link.carries(500_000), 500_000);
        assert_eq!(link.carries(1000), 200_000);
    }

    #[test]
    fn a_thin_link_is_found_full_and_recovers() {
        let mut link = Link::default();
        link.sent(0, 3000);
        link.measured(40_000, 1000);
        assert!(!link.full, "a greeting proves nothing");
        for i in 0..20u64 {
            link.sent(i * 33_000, 20_000);
        }
        link.measured(40_000, 100_000);
        assert!(link.full);
        assert_eq!(link.carries(500_000), 100_000);
        link.measured(40_000, 2_000_000);
        assert!(!link.full);
        // Long after, with little to carry, the old load no longer counts.
        for i in 1..4u64 {
            link.sent(i * 6_000_000, 5000);
        }
        link.measured(40_000, 100_000);
        assert!(!link.full);
    }
}
