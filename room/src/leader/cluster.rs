//! The cluster as the leader sees it at one moment: who is here, what they reported, how they are linked, and who holds
//! what at the end of the log. Policies decide from this and from what they remember ([`super::decide`]); nothing here
//! is changed by them.

use super::{Person, Seed};
use crate::api::{Config, Micros, PeerId, Tempo};
use crate::overlay::{Overlay, Relay};
use crate::partition::Partition;
use crate::roster::Roster;
use sim_kernels::geom::WorldSize;
use std::collections::BTreeMap;

/// See the module.
pub(super) struct ClusterView<'a> {
    pub me: PeerId,
    pub term: u64,
    /// Since when this peer leads.
    pub since: Micros,
    pub cfg: &'a Config,
    /// The newest roster of the log.
    pub roster: &'a Roster,
    /// The members: their reports, their links, and how fast they are.
    pub people: &'a BTreeMap<PeerId, Person>,
    /// This peer's own links.
    pub overlay: &'a Overlay,
    /// The relays in use.
    pub relays: &'a [Relay],
    /// Who holds what at the end of the log, and in which world.
    pub partition: &'a Partition,
    pub world: WorldSize,
    /// The next superstep and its first tick.
    pub step: u64,
    pub tick: u64,
    /// Steps before this one are committed.
    pub committed: u64,
    /// All strips have completed the steps before this one.
    pub frontier: u64,
    /// Whom the room waits for, as everybody is told; and whose strip nothing is heard of while it stands still.
    pub waiting: Option<PeerId>,
    pub suspect: Option<PeerId>,
    /// Until the frontier is here, a change of the partition is under way.
    pub changing: u64,
    /// Ticks of a superstep as they are now; 0 before the first is chosen.
    pub superstep_ticks: u32,
    /// The world stands still, but for so many single ticks.
    pub paused: bool,
    pub singles: u32,
    /// How fast its clock is to go, and how fast it does, in percent of real time, where that was measured.
    pub tempo: Tempo,
    pub speed_percent: Option<u32>,
    /// A checkpoint is being taken; when the last one was begun.
    pub taking: bool,
    pub checkpoint_at: Micros,
    /// Stand-ins are to get their strips' state, as was sealed in this turn; when that last was.
    pub seeding: bool,
    pub seeded_at: Micros,
    /// The last ones of strips.
    pub seeds: &'a BTreeMap<u32, Seed>,
}

impl ClusterView<'_> {
    /// Whether somebody is in the room and reached, and their device works.
    pub fn is_present(&self, peer: PeerId) -> bool {
        let failed = self.people.get(&peer).is_none_or(|p| p.failed);
        !failed && self.roster.has(peer) && (peer == self.me || self.overlay.has(peer))
    }

    /// Whether a member says that it has the state of a strip.
    pub fn has_state(&self, strip: u32, id: PeerId) -> bool {
        let person = self.people.get(&id);
        person.is_some_and(|p| {
            p.report.term == self.term && p.report.replicas.iter().any(|r| r.strip == strip && !r.fresh)
        })
    }

    /// How far a peer is with a strip, or where it is to begin with it; nothing when it does not hold it.
    pub fn done_by(&self, strip: u32, peer: PeerId) -> Option<u64> {
        let person = self.people.get(&peer)?;
        if person.report.term != self.term {
            return None;
        }
        person.report.replicas.iter().filter(|r| r.strip == strip).map(|r| r.done).max()
    }

    /// Whether a peer knows the log as far as the room is, and holds nothing of a strip.
    pub fn lacks(&self, strip: u32, peer: PeerId) -> bool {
        let knows = |p: &Person| p.report.term == self.term && p.report.known > self.frontier;
        self.people.get(&peer).is_some_and(knows) && self.done_by(strip, peer).is_none()
    }

    /// Voters whose log reaches a step, and who stay.
    pub fn successors(&self, known: u64) -> Vec<PeerId> {
        let stays = |p: &Person| !p.leaving && p.report.term == self.term && p.report.known >= known;
        let fit = |id: &PeerId| self.overlay.has(*id) && self.people.get(id).is_some_and(stays);
        self.roster.voters.iter().copied().filter(|id| *id != self.me && fit(id)).collect()
    }
}
