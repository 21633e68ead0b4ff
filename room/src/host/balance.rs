//! Who computes how much of the world: another partition for the host to seal, when one is due.

use crate::api::PeerId;
use crate::partition::{Partition, equal, worth_it};
use crate::room::Room;
use crate::seams::Terms;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::Scene;

/// Ticks between looks at the balance, and the time after which one is due however slow the room is.
const BALANCE_TICKS: u64 = 120;
const BALANCE_US: u64 = 5_000_000;
/// How often those are looked at who may compute and do not.
const IDLE_LENDERS_US: u64 = 250_000;
/// A region is taken from, or given back to, a lender for its links' sake only for this much more speed.
const MERGE_PERCENT: u64 = 115;
/// How long a lender whose region went to its neighbours stays without.
const MERGED_US: u64 = 30_000_000;

impl Room {
    /// Everyone who may compute from a scene's start.
    pub(super) fn fresh_partition(&self, scene: &Scene) -> Partition {
        let peers = self.mutually_linked(self.lenders());
        if self.cfg.equal_strips {
            return equal(&peers, scene.world);
        }
        let mut columns = vec![0u32; scene.world.tiles_x() as usize];
        for (x, column) in columns.iter_mut().enumerate() {
            let strip = Rect::new(x as i32 * 16, 0, x as i32 * 16 + 16, scene.world.height);
            *column = scene.liquid.iter().map(|block| block.intersect(strip).area() as u32 * 4).sum();
        }
        self.with_terms(&peers, &columns, scene.world, |terms| terms.place())
    }

    /// Who may compute, in the order of joining.
    pub(super) fn lenders(&self) -> Vec<PeerId> {
        let lends: Vec<PeerId> = self.roster.people.iter().filter(|p| p.1.lend).map(|p| p.0).collect();
        lends.into_iter().filter(|&id| self.stays(id)).collect()
    }

    /// Who may at least keep the state: present, not leaving, with a backend that works.
    pub(super) fn keepers(&self) -> Vec<PeerId> {
        self.roster.people.iter().map(|p| p.0).filter(|&id| self.stays(id)).collect()
    }

    fn stays(&self, id: PeerId) -> bool {
        let able = self.host.as_ref().and_then(|h| h.people.get(&id)).is_some_and(|p| !p.leaving && !p.failed);
        let apart = self.host.as_ref().and_then(|h| h.people.get(&id)).and_then(|p| p.apart);
        let listed = |other: PeerId| self.roster.people.iter().any(|p| p.0 == other);
        able && !apart.is_some_and(|other| listed(other) && !self.linked(id, other))
            && (id == self.me || self.links.contains_key(&id))
    }

    fn speeds(&self, peers: &[PeerId]) -> Vec<u64> {
        let profile = |id: PeerId| self.roster.people.iter().find(|p| p.0 == id).map_or(0, |p| p.1.throughput);
        let measured = |id: PeerId| self.host.as_ref().and_then(|h| h.people.get(&id)).map_or(0, |p| p.speed);
        peers.iter().map(|&id| if measured(id) > 0 { measured(id) } else { profile(id) }).collect()
    }

    /// Particles of each tile column, as reported.
    pub(super) fn column_counts(&self) -> Vec<u32> {
        let (Some(host), Some(log)) = (&self.host, &self.log) else { return Vec::new() };
        let mut columns = vec![0u32; log.globals.size().tiles_x() as usize];
        for report in log.partition.executors().filter_map(|p| host.people.get(&p)).map(|p| &p.report) {
            for (slot, &n) in columns.iter_mut().skip(usize::from(report.column)).zip(&report.columns) {
                *slot = n;
            }
        }
        columns
    }

    fn with_terms<T>(&self, peers: &[PeerId], columns: &[u32], world: WorldSize, f: impl FnOnce(&Terms<'_>) -> T) -> T {
        let speeds = self.speeds(peers);
        let ticks = match self.cfg.superstep_ticks {
            0 => self.host.as_ref().map_or(0, |h| h.length.ticks()).max(2),
            ticks => ticks,
        };
        let limit = |a: PeerId, b: PeerId| self.limit(a, b);
        f(&Terms { peers, speeds: &speeds, columns, world, ticks, limit: &limit })
    }

    /// Another partition, if one is due.
    pub(super) fn wanted_partition(&mut self) -> Option<Partition> {
        let (host, log) = (self.host.as_ref()?, self.log.as_ref()?);
        let now: Vec<PeerId> = log.partition.executors().collect();
        if now.is_empty() {
            return None;
        }
        let world = log.globals.size();
        let lenders = self.lenders();
        let mut peers: Vec<PeerId> = now.iter().copied().filter(|p| lenders.contains(p)).collect();
        let forced = peers.len() < now.len();
        // A copy of the room shows that bulk reaches the newcomer, and lets it be part of a set-back.
        let ready = |p: PeerId| host.people.get(&p).is_some_and(|p| !p.report.snapshots.is_empty());
        for &peer in &lenders {
            let in_reach = peers.iter().chain(&now).all(|&other| self.linked(peer, other));
            if !now.contains(&peer) && ready(peer) && in_reach {
                peers.push(peer);
            }
        }
        if peers.is_empty() {
            // Leavers compute on until one of those who stay can take over.
            return if lenders.is_empty() { self.kept_partition(&now) } else { None };
        }
        peers.truncate(world.tiles_x() as usize);
        let more = peers.iter().any(|p| !now.contains(p));
        if self.cfg.equal_strips {
            return (forced || more).then(|| equal(&peers, world));
        }
        let due = log.globals.tick >= host.balanced.0 + BALANCE_TICKS || self.now >= host.balanced.1 + BALANCE_US;
        let looked = host.looked == peers.len() && self.now < host.looked_at + IDLE_LENDERS_US;
        if !forced && !due && (!more || looked) {
            return None;
        }
        let plan = self.chosen_partition(&now, &peers, forced, due);
        if plan.is_none() {
            let (at, tick) = (self.now, self.log.as_ref().map_or(0, |l| l.globals.tick));
            let host = self.host.as_mut()?;
            (host.looked, host.looked_at) = (peers.len(), at);
            if due {
                host.balanced = (tick, at);
            }
        }
        plan
    }

    /// Another partition is in the log.
    pub(super) fn partition_sealed(&mut self, old: &Partition, new: &Partition, tick: u64) {
        let (now, lenders) = (self.now, self.lenders());
        let Some(host) = &mut self.host else { return };
        host.balanced = (tick, now);
        let merged: Vec<PeerId> = old.executors().filter(|p| lenders.contains(p) && !new.has(*p)).collect();
        for peer in merged {
            if let Some(person) = self.host.as_mut().and_then(|h| h.people.get_mut(&peer)) {
                person.merged_at = Some(now);
            }
            self.announce(format!(
                "{} cannot carry a border over its links: others compute its region",
                self.name(peer)
            ));
        }
    }

    /// The planner's answer, if it is worth a hand-over.
    fn chosen_partition(&self, now: &[PeerId], peers: &[PeerId], forced: bool, due: bool) -> Option<Partition> {
        let (host, log) = (self.host.as_ref()?, self.log.as_ref()?);
        let columns = self.column_counts();
        self.with_terms(peers, &columns, log.globals.size(), |terms| {
            let plan = terms.place();
            let old = &log.partition;
            let added: Vec<PeerId> = plan.executors().filter(|p| !now.contains(p)).collect();
            let dropped = now.iter().any(|p| !plan.has(*p));
            if forced {
                return Some(plan);
            }
            let merged = |p: &PeerId| host.people.get(p).and_then(|p| p.merged_at);
            let rate = |p: &Partition| terms.worth(p).0;
            let good = if added.is_empty() && !dropped {
                let quicker = worth_it(old, &plan, peers, terms.speeds, &columns) && rate(&plan) >= rate(old);
                due && (quicker || rate(&plan) * 100 > rate(old) * MERGE_PERCENT)
            } else if !dropped && added.iter().all(|p| merged(p).is_none()) {
                true
            } else {
                let settled = added.iter().all(|p| merged(p).is_none_or(|at| self.now >= at + MERGED_US));
                due && settled && rate(&plan) * 100 > rate(old) * MERGE_PERCENT
            };
            good.then_some(plan)
        })
    }

    /// Nobody lends: whoever is still here keeps the state until somebody does.
    fn kept_partition(&self, now: &[PeerId]) -> Option<Partition> {
        let world = self.log.as_ref()?.globals.size();
        let keepers = self.keepers();
        let here: Vec<PeerId> = now.iter().copied().filter(|p| keepers.contains(p)).collect();
        if here.len() == now.len() {
            return None;
        }
        if !here.is_empty() {
            return Some(equal(&here, world));
        }
        let next = keepers.into_iter().find(|&p| now.iter().all(|&other| self.linked(p, other)))?;
        Some(equal(&[next], world))
    }
}
