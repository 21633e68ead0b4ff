//! Who may compute, how fast they are, and when checkpoints are due.

use super::cluster::ClusterView;
use crate::api::{Micros, PeerId};
use crate::checkpoint::REPLAY_US;
use crate::partition::seams::Terms;
use crate::partition::{Partition, Strip, equal};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::Scene;

/// Checkpoints are this far apart where stand-ins compute along.
const CHECKPOINT_EVERY_US: u64 = 5_000_000;
/// Where they do not, they get their strips' state as soon as they are far behind, but not before so many times what that
/// took when it was last done have passed since: the links are for the bands.
const SEED_PAUSE: u64 = 2;
/// And not before this has passed since any strip's stand-in got it: those that were not half as far behind then are not
/// as far behind yet.
const SEED_EVERY_US: u64 = REPLAY_US / 2;
/// How many keep a checkpoint.
const KEEPERS: usize = 3;

impl ClusterView<'_> {
    /// Strips for those of `able` who can all reach each other, from a world's beginning, each with a stand-in.
    pub(super) fn fresh_partition(&self, scene: &Scene, able: &[PeerId], now: Micros) -> Partition {
        let mut columns = vec![0u32; scene.world.tiles_x() as usize];
        for (x, column) in columns.iter_mut().enumerate() {
            let strip = Rect::new(x as i32 * 16, 0, x as i32 * 16 + 16, scene.world.height);
            *column = scene.blocks.iter().map(|block| block.rect().intersect(strip).area() as u32 * 4).sum();
        }
        self.partition_over(scene.world, &columns, able, now)
    }

    /// The same, over so many particles by tile column.
    pub(super) fn partition_over(&self, world: WorldSize, columns: &[u32], able: &[PeerId], now: Micros) -> Partition {
        let peers = self.enough(&self.together(able), world, columns, now);
        let mut partition = if self.cfg.equal_strips {
            equal(&peers, world)
        } else {
            self.with_terms(&peers, columns, world, now, |terms| terms.place())
        };
        let count = partition.strips.len();
        if self.cfg.stand_ins && count > 1 {
            for i in 0..count {
                partition.strips[i].stand_in = Some(partition.strips[(i + 1) % count].peer);
            }
        }
        partition
    }

    /// Those who can all reach each other, the first ones first.
    pub(super) fn together(&self, able: &[PeerId]) -> Vec<PeerId> {
        let mut peers: Vec<PeerId> = Vec::new();
        for &peer in able {
            if peers.iter().all(|&other| self.reaches(peer, other)) {
                peers.push(peer);
            }
        }
        peers
    }

    /// Who may compute, in the order of joining.
    pub(super) fn lenders(&self) -> Vec<PeerId> {
        let lend = self.roster.people.iter().filter(|p| p.1.lend && self.stays(p.0)).map(|p| p.0);
        // Who computes exchanges bands with the others: of two that do not reach each other the younger gives way.
        let mut lenders: Vec<PeerId> = Vec::new();
        for peer in lend {
            if !lenders.iter().any(|&other| self.known_apart(peer, other) && !self.reaches(peer, other)) {
                lenders.push(peer);
            }
        }
        lenders
    }

    /// Who may at least hold the state: present, not leaving, with a backend that works.
    pub(super) fn able(&self) -> Vec<PeerId> {
        self.roster.people.iter().map(|p| p.0).filter(|&id| self.stays(id)).collect()
    }

    fn stays(&self, id: PeerId) -> bool {
        let able = self.people.get(&id).is_some_and(|p| !p.leaving && !p.failed);
        able && (id == self.me || self.overlay.has(id))
    }

    /// Particle-ticks a second, measured or as calibrated.
    pub(super) fn speeds(&self, peers: &[PeerId]) -> Vec<u64> {
        let profile = |id: PeerId| self.roster.people.iter().find(|p| p.0 == id).map_or(0, |p| p.1.throughput);
        let measured = |id: PeerId| self.people.get(&id).map_or(0, |p| p.speed);
        peers.iter().map(|&id| if measured(id) > 0 { measured(id) } else { profile(id) }).collect()
    }

    /// Particles by tile column, as last reported.
    pub(super) fn columns(&self) -> Vec<u32> {
        let mut columns = vec![0u32; self.world.tiles_x() as usize];
        for strip in &self.partition.strips {
            let replicas = strip.holders().filter_map(|p| self.people.get(&p)).flat_map(|p| &p.report.replicas);
            if let Some(report) = replicas.filter(|r| r.strip == strip.id).max_by_key(|r| r.done) {
                for (slot, &n) in columns.iter_mut().skip(usize::from(report.column)).zip(&report.columns) {
                    *slot = n;
                }
            }
        }
        columns
    }

    /// What a partition is judged by, as of now.
    pub(super) fn with_terms<T>(
        &self,
        peers: &[PeerId],
        columns: &[u32],
        world: WorldSize,
        now: Micros,
        f: impl FnOnce(&Terms<'_>) -> T,
    ) -> T {
        let speeds = self.speeds(peers);
        let ticks = match self.cfg.superstep_ticks {
            0 => self.superstep_ticks.max(2),
            ticks => ticks,
        };
        let limit = |a: PeerId, b: PeerId| self.limit_on_route(a, b, now);
        f(&Terms { peers, speeds: &speeds, columns, world, ticks, limit: &limit })
    }

    /// Who is to keep a checkpoint now, if one is due.
    pub(super) fn wanted_checkpoint(&self, now: Micros) -> Vec<PeerId> {
        let quiet = self.paused || self.cfg.end_tick.is_some_and(|end| self.tick >= end);
        if quiet || self.taking || self.partition.strips.is_empty() {
            return Vec::new();
        }
        let due = now.saturating_sub(self.checkpoint_at) >= CHECKPOINT_EVERY_US;
        // For one alone it is a way back in time, for several one to go on from, too.
        if due && !self.able().is_empty() { self.usual_keepers() } else { Vec::new() }
    }

    /// The strips whose stand-ins are to get their state now. A checkpoint brings it too, but goes to those who keep it as
    /// well: so often that would be most of what the room sends.
    ///
    /// To say so costs a stand-in nothing, and the executor a copy of its whole strip. So what it says of itself does not
    /// earn another one: it counts as no further back than the last one, and the next comes only once the executor has
    /// computed half of [`REPLAY_US`] from there, which is what a copy costs many times over. Nor does another come while
    /// the last is on its way.
    pub(super) fn wanted_seeds(&self, now: Micros) -> Vec<u32> {
        let pause = now.saturating_sub(self.seeded_at) < SEED_EVERY_US;
        // Nobody computes for others where nobody waits for the clock.
        if pause || self.paused || self.taking || self.seeding || self.cfg.is_fast() {
            return Vec::new();
        }
        let behind =
            |us: u64| self.partition.strips.iter().filter(move |s| self.replay_us(s, now).is_some_and(|r| r > us));
        // Those that are half as far behind get it with them, so that it is not one strip's turn after the other's.
        if behind(REPLAY_US).next().is_none() { Vec::new() } else { behind(REPLAY_US / 2).map(|s| s.id).collect() }
    }

    /// How long the stand-in of a strip would compute before it is where its strip is, if it waits, and not for the state
    /// that it was last to get, nor is it too soon for another.
    fn replay_us(&self, strip: &Strip, now: Micros) -> Option<u64> {
        let report = |p: PeerId| self.people.get(&p).map(|p| &p.report);
        let of = |p: PeerId| report(p)?.replicas.iter().find(|r| r.strip == strip.id && !r.fresh);
        let stand_in = strip.stand_in.filter(|&p| report(p).is_some_and(|r| r.lazy))?;
        let (executor, other) = (of(strip.peer)?, of(stand_in)?);
        let mut done = other.done;
        if let Some(seed) = self.seeds.get(&strip.id).filter(|seed| seed.stand_in == stand_in) {
            let took_us = seed.took_us?;
            if now.saturating_sub(seed.since) < SEED_PAUSE * took_us {
                return None;
            }
            done = done.max(seed.step + 1);
        }
        Some(executor.done.saturating_sub(done).saturating_mul(u64::from(executor.compute_us)))
    }

    /// Those who keep checkpoints, this leader among them.
    pub(super) fn usual_keepers(&self) -> Vec<PeerId> {
        let mut keepers = self.able();
        keepers.truncate(KEEPERS);
        if !keepers.contains(&self.me) {
            keepers.push(self.me);
        }
        keepers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::testing::{Cluster, NOW, STEP, roles};
    use sim_kernels::scene::Block;

    fn ids(peers: &[PeerId]) -> Vec<u128> {
        peers.iter().map(|p| p.0).collect()
    }

    #[test]
    fn who_may_compute() {
        let apart = || Cluster::of(3).apart(2, 3);
        for (name, cluster, lenders, able) in [
            ("all", Cluster::of(3), &[1, 2, 3][..], &[1, 2, 3][..]),
            ("a watcher may hold", Cluster::of(3).watches(2), &[1, 3], &[1, 2, 3]),
            ("who leaves", Cluster::of(3).leaves(2), &[1, 3], &[1, 3]),
            ("whose backend broke", Cluster::of(3).fails(2), &[1, 3], &[1, 3]),
            ("who is gone", Cluster::of(3).loses(2), &[1, 3], &[1, 3]),
            ("the younger gives way", apart(), &[1, 2], &[1, 2, 3]),
            ("the older watches", apart().watches(2), &[1, 3], &[1, 2, 3]),
            ("relayed", apart().relayed(2, 3, 1), &[1, 2, 3], &[1, 2, 3]),
            ("nothing is known of its links", apart().says_nothing(3), &[1, 2, 3], &[1, 2, 3]),
        ] {
            let view = cluster.view();
            assert_eq!((&ids(&view.lenders())[..], &ids(&view.able())[..]), (lenders, able), "{name}");
        }
    }

    #[test]
    fn a_world_begins() {
        let scene = |blocks: Vec<Block>| Scene {
            title: String::new(),
            world: Cluster::of(1).view().world,
            gravity: [0, 0],
            terrain: Vec::new(),
            blocks,
            commands: Vec::new(),
        };
        let (dry, left) = (scene(Vec::new()), scene(vec![Block::water(Rect::new(0, 0, 160, 64))]));
        let fast = || Cluster::of(2).calibrated(1, 3 << 20).calibrated(2, 1 << 20);
        let equal = || fast().configured(|c| c.equal_strips = true);
        let bare = || Cluster::of(3).configured(|c| c.stand_ins = false);
        for (name, cluster, scene, expected, seams) in [
            ("as many as there are", Cluster::of(3), &dry, "1/2 2/3 3/1", &[13, 27][..]),
            ("alone", Cluster::of(1), &dry, "1/-", &[]),
            ("without stand-ins", bare(), &dry, "1/- 2/- 3/-", &[13, 27]),
            ("who does not reach all", Cluster::of(3).apart(1, 3).says_nothing(3), &dry, "1/2 2/1", &[20]),
            ("the fast get more", fast(), &dry, "1/2 2/1", &[30]),
            ("equal whatever they are", equal(), &dry, "1/2 2/1", &[20]),
            ("where the water is", Cluster::of(2), &left, "1/2 2/1", &[5]),
        ] {
            let view = cluster.view();
            let partition = view.fresh_partition(scene, &view.lenders(), NOW);
            assert_eq!((&roles(&partition)[..], &partition.seams()[..]), (expected, seams), "{name}");
        }
    }

    #[test]
    fn speeds_are_measured_or_else_calibrated() {
        let cluster = Cluster::of(3).calibrated(1, 5).calibrated(2, 5).speed(2, 7);
        assert_eq!(cluster.view().speeds(&[PeerId(1), PeerId(2), PeerId(3), PeerId(4)]), [5, 7, 0, 0]);
    }

    #[test]
    fn checkpoints() {
        let due = || Cluster::of(3).checkpoint(NOW - CHECKPOINT_EVERY_US);
        for (name, cluster, keepers) in [
            ("due", due(), &[1, 2, 3][..]),
            ("not due", Cluster::of(3).checkpoint(NOW - CHECKPOINT_EVERY_US + 1), &[]),
            ("at rest", due().paused(0), &[]),
            ("one is being taken", due().taking(), &[]),
            ("at the end", due().configured(|c| c.end_tick = Some(0)), &[]),
            ("nobody holds anything", due().roles(&[]), &[]),
            ("one alone, for the way back", Cluster::of(1).checkpoint(0), &[1]),
            ("no more than needed", Cluster::of(5).checkpoint(0), &[1, 2, 3]),
            ("not who leaves", Cluster::of(5).checkpoint(0).leaves(2), &[1, 3, 4]),
            ("the leader in any case", due().leaves(1), &[2, 3, 1]),
        ] {
            assert_eq!(ids(&cluster.view().wanted_checkpoint(NOW)), keepers, "{name}");
        }
    }

    #[test]
    fn who_waits_far_back_gets_the_state() {
        // The stand-ins of strips 1 and 2 would have to compute for 100 and 50 steps, each that long, before they are where
        // their strips are.
        let lazy = |compute_us| {
            let cluster = Cluster::of(3).lazy(3).lazy(1).done(1, 3, STEP - 100).done(2, 1, STEP - 50);
            cluster.computes(1, 2, compute_us).computes(2, 3, compute_us)
        };
        let long = REPLAY_US as u32 / 100;
        // The first one's got it before, as of the end of a step, so long ago.
        let again = |step, ago, took_us| lazy(2 * long + 2).seeded(1, 3, step, NOW - ago, took_us).done(2, 1, STEP);
        let took = Some(1_000_000);
        let fast = |c: &mut crate::api::Config| c.pace = crate::api::Pace::Fast;
        for (name, cluster, strips) in [
            ("far behind, and half as far", lazy(long + 100), &[1, 2][..]),
            ("the other one not half as far", lazy(long + 1).done(2, 1, STEP - 49), &[1]),
            ("not so far", lazy(long), &[]),
            ("long after the last", again(STEP - 101, 2_000_000, took), &[1]),
            ("too soon after the last", again(STEP - 101, 1_999_999, took), &[]),
            ("too soon after another's", lazy(long + 100).seeded(0, 2, 0, NOW - SEED_EVERY_US + 1, Some(0)), &[]),
            ("not too soon after another's", lazy(long + 100).seeded(0, 2, 0, NOW - SEED_EVERY_US, Some(0)), &[1, 2]),
            ("its own is on its way", again(STEP - 101, 9_000_000, None), &[]),
            ("another's is on its way", lazy(long + 100).seeded(2, 1, 0, NOW - 2_000_000, None), &[1]),
            ("had by whoever stood in before", again(STEP - 101, 2_000_000, None).seeded(1, 2, 0, 0, None), &[1]),
            ("it says that it went back behind it", again(STEP - 50, 2_000_000, took), &[]),
            ("the executor went on from it", again(STEP - 52, 2_000_000, took), &[1]),
            ("one was sealed in this turn", lazy(long + 100).seeding(), &[]),
            ("a checkpoint brings it", lazy(long + 100).taking(), &[]),
            ("they compute along", Cluster::of(3).done(1, 3, STEP - 100).computes(1, 2, long + 1), &[]),
            ("nobody waits for the clock", lazy(long + 100).configured(fast), &[]),
        ] {
            assert_eq!(cluster.view().wanted_seeds(NOW), strips, "{name}");
        }
    }
}
