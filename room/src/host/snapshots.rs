//! When snapshots are taken, for whom, and which one all that compute have.

use crate::api::{Micros, PeerId};
use crate::room::Room;
use crate::wire::SnapId;

/// Between snapshots, by the clock on the wall, however slow the world is.
const EVERY_US: u64 = 5_000_000;
/// How long the executors may take to hand one out; then the next is taken instead.
const PATIENCE_US: u64 = 30_000_000;
/// Copies that there should be, also where fewer compute.
const COPIES: usize = 3;

/// A snapshot under way.
#[derive(Debug)]
pub(super) struct Taking {
    id: SnapId,
    to: Vec<PeerId>,
    since: Micros,
}

impl Room {
    /// Follows the snapshots by the members' reports.
    pub(super) fn host_snapshots(&mut self) {
        let keepers = self.keepers();
        let (Some(host), Some(log)) = (&mut self.host, &self.log) else { return };
        let mine = self.snaps.held();
        let me = self.me;
        let holds = |p: PeerId, id: SnapId| {
            if p == me {
                mine.contains(&id)
            } else {
                host.people.get(&p).is_some_and(|p| p.report.snapshots.contains(&id))
            }
        };
        // One is common when all that compute have it: who only joins must not hold it up.
        let all = |id: SnapId| log.partition.executors().filter(|p| keepers.contains(p)).all(|p| holds(p, id));
        let newest = mine.iter().rev().copied().find(|&id| all(id));
        if newest > host.common && !log.partition.strips.is_empty() {
            host.common = newest;
        }
        let over = host.taking.as_ref().is_some_and(|t| {
            let handed_out = t.to.iter().all(|&p| !keepers.contains(&p) || holds(p, t.id));
            handed_out || host.common >= Some(t.id) || self.now >= t.since + PATIENCE_US
        });
        if over {
            host.taking = None;
        }
        self.beat.snapshot = host.common;
        if let Some(id) = host.common {
            self.snaps.forget_before(id);
        }
    }

    /// Who is to get a snapshot now, if one is due.
    pub(super) fn wanted_snapshot(&self, executors: usize) -> Vec<PeerId> {
        let (Some(host), Some(log)) = (&self.host, &self.log) else { return Vec::new() };
        if host.taking.is_some() || executors == 0 {
            return Vec::new();
        }
        let lenders = self.lenders();
        // One is on its way to them already: another would only stand in its way.
        let served = |p: PeerId| {
            let Some(person) = host.people.get(&p) else { return true };
            person.served.is_some_and(|(id, at)| {
                id.epoch == log.epoch && self.now < at + PATIENCE_US && !person.report.snapshots.contains(&id)
            })
        };
        let waits = |p: PeerId| {
            let holds = host.people.get(&p).is_some_and(|p| !p.report.snapshots.is_empty());
            !log.partition.has(p) && !holds && !served(p)
        };
        let space = log.partition.strips.len() < log.globals.size().tiles_x() as usize;
        let missing = space && lenders.iter().any(|&p| waits(p));
        let mut to: Vec<PeerId> = lenders.into_iter().filter(|&p| log.partition.has(p) || !served(p)).collect();
        if !to.contains(&self.me) {
            to.push(self.me);
        }
        let spare: Vec<PeerId> = self.keepers().into_iter().filter(|&p| !to.contains(&p) && !served(p)).collect();
        to.extend(spare.into_iter().take(COPIES.saturating_sub(to.len())));
        let quiet =
            host.paused || self.lenders().is_empty() || self.cfg.end_tick.is_some_and(|end| log.globals.tick >= end);
        let due = !quiet && self.now >= host.snapshot_at + EVERY_US && to.len() > 1;
        if missing || due { to } else { Vec::new() }
    }

    /// A snapshot is in the log.
    pub(super) fn snapshot_sealed(&mut self, id: SnapId, to: &[PeerId]) {
        let now = self.now;
        let Some(host) = &mut self.host else { return };
        for peer in to {
            if let Some(person) = host.people.get_mut(peer) {
                person.served = Some((id, now));
            }
        }
        host.taking = Some(Taking { id, to: to.to_vec(), since: now });
        host.snapshot_at = now;
    }
}
