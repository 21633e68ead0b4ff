//! Being in a room: hello, welcome, following the log, leaving, and who is host when the host goes.

mod follow;
mod join;

use self::join::HELLO_US;
use crate::api::PeerId;
use crate::room::{Phase, Room};
use crate::wire::{COMMANDS_MAX, Msg};
use sim_kernels::digest::hash4;
use sim_kernels::particle::Particle;

/// How often commands that are not in the log are sent again.
const OUTBOX_US: u64 = 300_000;
/// How long a linked host may be silent before another takes over: it may have dropped the role on the way.
const HOST_DEAF_US: u64 = 10_000_000;
/// How long a host may be silent before the others name it.
const HOST_SILENT_US: u64 = 1_000_000;

/// What peers must have in common beside the protocol: the kernels' constants.
pub(crate) fn constants() -> [u32; 4] {
    let hash = sim_kernels::constants::constants_hash();
    hash4([hash as u32, (hash >> 32) as u32, sim_kernels::particle::POS_BITS, size_of::<Particle>() as u32])
}

impl Room {
    /// What a member does of itself.
    pub(crate) fn member_turn(&mut self) {
        if self.phase == Phase::Joining {
            self.say_hello();
            return;
        }
        self.links_turn();
        if self.host_id != Some(self.me) {
            if self.now >= self.ping_at {
                self.ping_at = self.now + self.clock.ping_interval_us();
                self.tell_host(&Msg::Ping(self.now));
            }
            self.wake_at(self.ping_at);
            if let Some(host) = self.host_id
                && self.now > self.beat_at + HOST_DEAF_US
            {
                self.host_gone(host, "fell silent");
            }
        }
        if self.phase == Phase::Leaving && self.now >= self.hello_at {
            self.hello_at = self.now + HELLO_US / 2;
            self.tell_host(&Msg::Leaving);
            // A successor that lags behind drops the role until it has caught up.
            if let Some((to, handover)) = self.handing.clone() {
                self.send_large(to, &Msg::Handover(handover));
            }
        }
        if !self.outbox.is_empty() {
            if self.now >= self.outbox_at {
                self.outbox_at = self.now + OUTBOX_US;
                let list = self.outbox.iter().take(COMMANDS_MAX).cloned().collect();
                self.tell_host(&Msg::Commands(list));
            }
            self.wake_at(self.outbox_at);
        }
    }

    /// A link is up.
    pub(crate) fn peer_up(&mut self, peer: PeerId) {
        if peer == self.me {
            return;
        }
        self.links.entry(peer).or_default();
        match self.phase {
            Phase::Joining => self.hello_at = 0,
            Phase::In | Phase::Leaving => {
                self.send_links();
                self.send_meet(peer);
            }
            Phase::Out => {}
        }
    }

    /// A link is gone.
    pub(crate) fn peer_down(&mut self, peer: PeerId) {
        if self.links.remove(&peer).is_none() || matches!(self.phase, Phase::Joining | Phase::Out) {
            return;
        }
        if self.handing.take_if(|h| h.0 == peer).is_some() {
            // The role did not arrive anywhere: it falls back to this peer.
            self.take_over(format!("{} vanished", self.name(peer)));
        } else if self.host.is_some() {
            self.host_lost(peer);
        } else if self.host_id == Some(peer) {
            self.host_gone(peer, "vanished");
        } else {
            self.send_links();
        }
    }

    /// Tells the host how far this peer is.
    pub(crate) fn send_report(&mut self) {
        let Some(log) = &self.log else { return };
        self.report.term = self.term;
        self.report.epoch = log.epoch;
        self.report.known = log.next;
        self.report.roster = self.roster.version;
        self.report.snapshots = self.snaps.held();
        self.report.snapshots.truncate(8);
        let report = Msg::Report(Box::new(self.report.clone()));
        self.tell_host(&report);
    }

    /// Whom the room waits for, as far as this peer knows.
    pub(crate) fn waiting_for(&self) -> Option<PeerId> {
        let silent = self.host_id != Some(self.me) && self.now > self.beat_at + HOST_SILENT_US;
        if silent { self.host_id } else { self.beat.waiting }.filter(|&p| p != self.me)
    }
}
