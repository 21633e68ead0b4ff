//! Seams move towards their balanced places, a little at a time.

use super::cluster::ClusterView;
use crate::api::{Micros, PeerId};
use crate::partition::{Partition, equal, worth_it};

/// Ticks between two moves of seams.
const BALANCE_TICKS: u64 = 60;
/// Between two looks at seams that stay where they are.
const SEAMS_US: u64 = 250_000;
/// A seam moves for its link's sake only for this much more speed.
pub(super) const GAIN_PERCENT: u64 = 115;
/// The most columns that a seam moves at a time.
const MOVE_COLUMNS: i32 = 2;

/// When seams, or anything else of the partition, were last moved, and when they are looked at again.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The tick of the last change.
    balanced_at: u64,
    due: Micros,
}

impl Memory {
    /// The world begins again, and its ticks with it.
    pub fn begin(&mut self) {
        self.balanced_at = 0;
    }

    /// The partition changes at this tick.
    pub fn changed(&mut self, tick: u64) {
        self.balanced_at = tick;
    }
}

/// Moves the seams of a plan, where it is time.
pub(super) fn decide(view: &ClusterView<'_>, memory: &mut Memory, now: Micros, plan: &mut Partition, able: &[PeerId]) {
    if !view.cfg.equal_strips && now < memory.due {
        return;
    }
    let before = plan.seams();
    view.plan_seams(plan, able, memory, now);
    if plan.seams() == before {
        memory.due = now + SEAMS_US;
    }
}

impl ClusterView<'_> {
    /// Seams move towards their balanced places, a little at a time.
    fn plan_seams(&self, plan: &mut Partition, able: &[PeerId], memory: &Memory, now: Micros) {
        if self.tick < memory.balanced_at + BALANCE_TICKS && !self.cfg.equal_strips {
            return;
        }
        if able.len() < 2 {
            return;
        }
        let world = self.world;
        let peers: Vec<PeerId> = plan.executors().collect();
        let columns = self.columns();
        let target = if self.cfg.equal_strips {
            equal(&peers, world)
        } else {
            let mut once = peers.clone();
            once.sort_unstable();
            once.dedup();
            if once.len() < peers.len() {
                return; // Somebody has two strips for a while.
            }
            let old = &*plan;
            let better = self.with_terms(&peers, &columns, world, now, |terms| {
                let target = terms.in_order();
                let rate = |p: &Partition| terms.worth(p).0;
                let quicker = worth_it(old, &target, &peers, terms.speeds, &columns) && rate(&target) >= rate(old);
                (quicker || rate(&target) * 100 > rate(old) * GAIN_PERCENT).then_some(target)
            });
            let Some(target) = better else { return };
            target
        };
        let (old, new) = (plan.seams(), target.seams());
        if old.len() != new.len() {
            return;
        }
        let step = |(&from, &to): (&u16, &u16)| {
            let by = (i32::from(to) - i32::from(from)).clamp(-MOVE_COLUMNS, MOVE_COLUMNS);
            (i32::from(from) + by) as u16
        };
        let seams: Vec<u16> = old.iter().zip(&new).map(step).collect();
        for (i, &seam) in seams.iter().enumerate() {
            plan.strips[i].to = seam;
            plan.strips[i + 1].from = seam;
        }
        if plan.strips.iter().any(|s| s.to <= s.from) {
            for (i, &seam) in old.iter().enumerate() {
                plan.strips[i].to = seam;
                plan.strips[i + 1].from = seam;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::testing::{Cluster, NOW};

    /// Two strips of 40 columns together, the seam here.
    fn two(seam: u16) -> Cluster {
        Cluster::of(2).seams(&[seam])
    }

    /// A full link, and a quiet stretch away from the middle.
    fn thin(bytes: u32) -> Cluster {
        two(20).particles(|x| if (30..33).contains(&x) { 0 } else { 1000 }).limit(1, 2, bytes)
    }

    fn changed(ticks: u64) -> Memory {
        Memory { balanced_at: Cluster::of(1).view().tick - ticks, due: 0 }
    }

    #[test]
    fn seams() {
        let due = |due| Memory { balanced_at: 0, due };
        let equal = |seam| two(seam).configured(|c| c.equal_strips = true);
        for (name, cluster, mut memory, expected) in [
            ("as it should be", two(20), due(0), vec![20]),
            ("towards the left", two(30), due(0), vec![30 - MOVE_COLUMNS as u16]),
            ("towards the right", two(10), due(0), vec![10 + MOVE_COLUMNS as u16]),
            ("worth it", two(25), due(0), vec![23]),
            ("not worth it", two(24), due(0), vec![24]),
            ("long after the last change", two(30), changed(BALANCE_TICKS), vec![28]),
            ("too soon after it", two(30), changed(BALANCE_TICKS - 1), vec![30]),
            ("looked at again", two(30), due(NOW), vec![28]),
            ("not yet", two(30), due(NOW + 1), vec![30]),
            ("one is three times as fast", two(20).speed(1, 3 << 20).speed(2, 1 << 20), due(0), vec![22]),
            ("nobody to share with", two(30).watches(2), due(0), vec![30]),
            ("somebody has two", Cluster::of(2).roles(&[(1, 0), (1, 0), (2, 0)]).seams(&[5, 9]), due(0), vec![5, 9]),
            ("equal strips: all the way", equal(21), due(0), vec![20]),
            ("equal strips: at any time", equal(30), Memory { due: NOW + 1, ..changed(0) }, vec![28]),
            // 15100 bytes each way for two ticks: the room would go a little less, or more, than 15 % faster.
            ("the link wants it", thin(656_510), due(0), vec![22]),
            ("the link wants it too little", thin(656_523), due(0), vec![20]),
        ] {
            let view = cluster.view();
            let (mut plan, before) = (view.partition.clone(), view.partition.seams());
            let was = memory.due;
            decide(&view, &mut memory, NOW, &mut plan, &view.lenders());
            assert_eq!(plan.seams(), expected, "{name}");
            assert!(plan.is_valid(view.world), "{name}");
            let looked = view.cfg.equal_strips || was <= NOW;
            assert_eq!(memory.due, if looked && expected == before { NOW + SEAMS_US } else { was }, "{name}");
        }
    }
}
