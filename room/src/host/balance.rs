//! Who may compute, and how much of the world: strips for the host to seal, and when snapshots are due.

use crate::api::PeerId;
use crate::partition::{Partition, balanced, equal, worth_it};
use crate::room::Room;
use sim_kernels::geom::Rect;
use sim_kernels::scene::Scene;

/// Ticks between looks at the balance.
const BALANCE_TICKS: u64 = 120;
const SNAPSHOT_EVERY_US: u64 = 5_000_000;

impl Room {
    /// Everyone who may compute from a scene's start.
    pub(super) fn fresh_partition(&self, scene: &Scene) -> Partition {
        let mut peers: Vec<PeerId> = Vec::new();
        for peer in self.lenders() {
            if peers.iter().all(|&other| self.linked(peer, other)) {
                peers.push(peer);
            }
        }
        if self.cfg.equal_strips {
            return equal(&peers, scene.world);
        }
        let mut columns = vec![0u32; scene.world.tiles_x() as usize];
        for (x, column) in columns.iter_mut().enumerate() {
            let strip = Rect::new(x as i32 * 16, 0, x as i32 * 16 + 16, scene.world.height);
            *column = scene.liquid.iter().map(|block| block.intersect(strip).area() as u32 * 4).sum();
        }
        balanced(&peers, &self.speeds(&peers), &columns, scene.world)
    }

    /// In the order of joining.
    pub(super) fn lenders(&self) -> Vec<PeerId> {
        let Some(host) = &self.host else { return Vec::new() };
        let able = |id: PeerId| host.people.get(&id).is_some_and(|p| !p.leaving && !p.failed);
        let linked = |id: PeerId| id == self.me || self.links.contains_key(&id);
        self.roster.people.iter().filter(|(id, p)| p.lend && able(*id) && linked(*id)).map(|p| p.0).collect()
    }

    pub(super) fn speeds(&self, peers: &[PeerId]) -> Vec<u64> {
        let profile = |id: PeerId| self.roster.people.iter().find(|p| p.0 == id).map_or(0, |p| p.1.throughput);
        let measured = |id: PeerId| self.host.as_ref().and_then(|h| h.people.get(&id)).map_or(0, |p| p.speed);
        peers.iter().map(|&id| if measured(id) > 0 { measured(id) } else { profile(id) }).collect()
    }

    /// Another partition, if one is due.
    pub(super) fn wanted_partition(&self) -> Option<Partition> {
        let (host, log) = (self.host.as_ref()?, self.log.as_ref()?);
        let now: Vec<PeerId> = log.partition.executors().collect();
        let lenders = self.lenders();
        let holds = |p: PeerId| {
            host.common.is_some_and(|id| host.people.get(&p).is_some_and(|p| p.report.snapshots.contains(&id)))
        };
        let mut peers: Vec<PeerId> = now.iter().copied().filter(|p| lenders.contains(p)).collect();
        for &peer in &lenders {
            let in_reach = peers.iter().chain(&now).all(|&other| self.linked(peer, other));
            if !now.contains(&peer) && !now.is_empty() && holds(peer) && in_reach {
                peers.push(peer);
            }
        }
        if peers.is_empty() && !lenders.is_empty() {
            // Leavers compute on until one of those who stay can take over.
            return None;
        }
        let world = log.globals.size();
        peers.truncate(world.tiles_x() as usize);
        let same = peers.len() == now.len() && now.iter().all(|p| peers.contains(p));
        let due = !self.cfg.equal_strips && log.globals.tick >= host.balanced_at + BALANCE_TICKS;
        if same && !due {
            return None;
        }
        if self.cfg.equal_strips {
            return Some(equal(&peers, world));
        }
        let mut columns = vec![0u32; world.tiles_x() as usize];
        for report in now.iter().filter_map(|p| host.people.get(p)).map(|p| &p.report) {
            for (slot, &n) in columns.iter_mut().skip(usize::from(report.column)).zip(&report.columns) {
                *slot = n;
            }
        }
        let speeds = self.speeds(&peers);
        let plan = balanced(&peers, &speeds, &columns, world);
        (!same || worth_it(&log.partition, &plan, &peers, &speeds, &columns)).then_some(plan)
    }

    /// Who is to get a snapshot now, if one is due.
    pub(super) fn wanted_snapshot(&self, executors: usize) -> Vec<PeerId> {
        let (Some(host), Some(log)) = (&self.host, &self.log) else { return Vec::new() };
        let mut lenders = self.lenders();
        let newcomer = lenders.iter().any(|p| !log.partition.has(*p))
            && log.partition.strips.len() < log.globals.size().tiles_x() as usize;
        let missing = newcomer
            && lenders.iter().any(|p| {
                !log.partition.has(*p)
                    && !host
                        .common
                        .is_some_and(|id| host.people.get(p).is_some_and(|p| p.report.snapshots.contains(&id)))
            });
        let quiet = host.paused || self.cfg.end_tick.is_some_and(|end| log.globals.tick >= end);
        let due = !quiet && self.now >= host.snapshot_at + SNAPSHOT_EVERY_US && lenders.len() > 1;
        if host.taking.is_some() || executors == 0 || !(missing || due) {
            return Vec::new();
        }
        if !lenders.contains(&self.me) {
            lenders.push(self.me);
        }
        lenders
    }
}
