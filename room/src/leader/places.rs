//! In which order executors sit side by side: where the links would let the room go clearly faster with the strips in
//! another order, or with fewer of them, that order is striven for.

use super::cluster::ClusterView;
use super::decide::Decision;
use super::seams::GAIN_PERCENT;
use crate::api::{Micros, PeerId};
use crate::notice::Announcement;
use crate::partition::{Partition, Strip};
use std::collections::BTreeMap;

/// Between two looks at the order of the strips.
const PLACES_US: u64 = 1_000_000;
/// Another order is striven for during this time.
const GOAL_US: u64 = 20_000_000;
/// During this time a peer whose links carry no border stays without a strip; each time for twice as long, up to the longest.
const APART_US: u64 = 60_000_000;
const LONGEST_US: u64 = 960_000_000;
/// That somebody gets no strip is said again after so long without.
const AGAIN_US: u64 = 60_000_000;

/// The order that is striven for, and what is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The order of executors that is striven for, since when.
    goal: Option<(Vec<PeerId>, Micros)>,
    looked_at: Micros,
    /// Who gets no strip for now, because its links carry no border, or because the room is slower with it.
    apart: BTreeMap<PeerId, Apart>,
}

/// Until when somebody gets no strip, and how often it was taken back.
#[derive(Clone, Copy, Debug, Default)]
struct Apart {
    until: Micros,
    times: u32,
}

impl Memory {
    /// The executors that are striven for, left to right.
    pub fn goal(&self) -> Option<&[PeerId]> {
        self.goal.as_ref().map(|g| &g.0[..])
    }

    /// Whether somebody gets no strip for now.
    pub fn keeps_apart(&self, peer: PeerId, now: Micros) -> bool {
        self.apart.get(&peer).is_some_and(|apart| now < apart.until)
    }

    /// Somebody's strip is taken back: it gets none for so long, and each time for twice as long. Whether that is new.
    pub fn keep_apart(&mut self, peer: PeerId, now: Micros, time: Micros) -> bool {
        let apart = self.apart.entry(peer).or_default();
        apart.until = now + (time << apart.times).min(LONGEST_US);
        apart.times = (apart.times + 1).min(8);
        apart.times == 1
    }

    /// Somebody gets no strip for so long. Whether that is new, or was long ago.
    pub fn refuse(&mut self, peer: PeerId, now: Micros, time: Micros) -> bool {
        let apart = self.apart.entry(peer).or_default();
        let is_new = apart.until + AGAIN_US < now || apart.until == 0;
        apart.until = now + time;
        is_new
    }

    /// What was long ago is forgotten.
    pub fn forget(&mut self, now: Micros) {
        self.apart.retain(|_, apart| now < apart.until + LONGEST_US);
    }

    /// Who is to have no strip gives it to a neighbour, and the two strips become one. False where another order is
    /// striven for already.
    pub fn give_up(&mut self, plan: &Partition, who: PeerId, now: Micros) -> bool {
        let peers: Vec<PeerId> = plan.executors().collect();
        let is_free = self.goal.is_none();
        if is_free {
            self.goal = Some((heirs(&peers, &[who]), now));
        }
        is_free
    }
}

/// Who computes each strip where some are to compute none: a neighbour.
fn heirs(peers: &[PeerId], gone: &[PeerId]) -> Vec<PeerId> {
    let mut goal = peers.to_vec();
    for (i, heir) in goal.iter_mut().enumerate().filter(|(_, p)| gone.contains(p)) {
        let beside = [i.checked_sub(1), Some(i + 1)].into_iter().flatten().filter_map(|j| peers.get(j));
        *heir = beside.copied().find(|p| !gone.contains(p)).unwrap_or(*heir);
    }
    goal
}

impl ClusterView<'_> {
    /// Towards the order that the links want: the peer that is to have a strip becomes its stand-in, and its executor
    /// once it is current.
    pub(super) fn plan_goal(&self, plan: &mut Partition, able: &[PeerId], memory: &mut Memory, now: Micros) {
        let Some((goal, since)) = memory.goal.clone() else { return };
        let executors: Vec<PeerId> = plan.executors().collect();
        let over = now > since + GOAL_US || !goal.iter().all(|p| able.contains(p));
        let there = executors == goal;
        if over || there || executors.len() != goal.len() {
            memory.goal = None;
            return;
        }
        let keeps = self.cfg.stand_ins;
        // One that is current first; otherwise the first that is not yet where it should be.
        let open: Vec<usize> = (0..goal.len()).filter(|&i| executors[i] != goal[i]).collect();
        let ready =
            |&&i: &&usize| plan.strips[i].stand_in == Some(goal[i]) && self.is_current(plan.strips[i].id, goal[i]);
        if let Some(&i) = open.iter().find(ready) {
            let strip = &mut plan.strips[i];
            (strip.peer, strip.stand_in) = (goal[i], keeps.then_some(strip.peer));
        } else if let Some(&i) = open.iter().find(|&&i| plan.strips[i].stand_in != Some(goal[i])) {
            plan.strips[i].stand_in = Some(goal[i]);
        }
    }

    /// Whether the links would let the room go clearly faster with strips in another order, or with fewer.
    pub(super) fn look_for_places(
        &self,
        plan: &Partition,
        able: &[PeerId],
        memory: &mut Memory,
        now: Micros,
    ) -> Vec<Decision> {
        let mut decisions = Vec::new();
        if now < memory.looked_at + PLACES_US || self.cfg.equal_strips || plan.strips.len() < 2 {
            return decisions;
        }
        memory.looked_at = now;
        let peers: Vec<PeerId> = plan.executors().collect();
        let mut once = peers.clone();
        once.sort_unstable();
        once.dedup();
        if once.len() < peers.len() || !peers.iter().all(|p| able.contains(p)) {
            return decisions;
        }
        let columns = self.columns();
        // Stand-ins follow their strips; what is judged is who computes beside whom.
        let bare = |plan: &Partition| {
            let strips = plan.strips.iter().map(|s| Strip { stand_in: None, ..*s }).collect();
            Partition { strips }
        };
        let (target, gain) = self.with_terms(&peers, &columns, self.world, now, |terms| {
            let target = terms.place();
            let rate = |p: &Partition| terms.worth(&bare(p)).0;
            let gain = rate(&target) * 100 > rate(plan) * GAIN_PERCENT;
            (target, gain)
        });
        let mut goal: Vec<PeerId> = target.executors().collect();
        if !gain || goal == peers {
            return decisions;
        }
        if goal.len() < peers.len() {
            // A peer that is to have none gives its strip to a neighbour, and the two strips become one.
            let gone: Vec<PeerId> = peers.iter().copied().filter(|&p| !target.has(p)).collect();
            goal = heirs(&peers, &gone);
            for peer in gone {
                if memory.keep_apart(peer, now, APART_US) {
                    decisions.push(Decision::Announce(Announcement::LinksTooSlow { who: peer }));
                }
            }
        }
        memory.goal = Some((goal, now));
        decisions
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::leader::testing::{Cluster, NOW, STEP, roles};

    pub fn strives(goal: &[u128], since: Micros) -> Memory {
        Memory { goal: Some((goal.iter().map(|&p| PeerId(p)).collect(), since)), ..Memory::default() }
    }

    pub fn apart(peer: u128, until: Micros) -> Memory {
        Memory { apart: [(PeerId(peer), Apart { until, times: 1 })].into(), ..Memory::default() }
    }

    fn goal(memory: &Memory) -> Vec<u128> {
        memory.goal().unwrap_or_default().iter().map(|p| p.0).collect()
    }

    #[test]
    fn an_order_is_found() {
        let looked = |looked_at| Memory { looked_at, ..Memory::default() };
        let too_slow = |who| vec![Decision::Announce(Announcement::LinksTooSlow { who: PeerId(who) })];
        // 800 bytes a tick each way: the room would go a little more, or less, than 15 % faster.
        let thin = |bytes| Cluster::of(3).limit(1, 2, bytes);
        let alone = || Cluster::of(2).limit(1, 2, 10_000);
        let equal = || thin(69_565).configured(|c| c.equal_strips = true);
        let two = || Cluster::of(3).roles(&[(1, 0), (2, 0), (1, 0)]).limit(1, 2, 10_000);
        for (name, cluster, mut memory, said, expected) in [
            ("all is well", Cluster::of(3), looked(0), vec![], &[][..]),
            ("worth it", thin(69_565), looked(0), vec![], &[1, 3, 2]),
            ("not worth it", thin(69_566), looked(0), vec![], &[]),
            ("looked at again", thin(69_565), looked(NOW - PLACES_US), vec![], &[1, 3, 2]),
            ("not yet", thin(69_565), looked(NOW - PLACES_US + 1), vec![], &[]),
            ("equal strips stay", equal(), looked(0), vec![], &[]),
            ("somebody leaves", thin(69_565).leaves(3), looked(0), vec![], &[]),
            ("somebody has two", two(), looked(0), vec![], &[]),
            ("no order helps: fewer", alone(), looked(0), too_slow(2), &[1, 1]),
            ("said once", alone(), apart(2, NOW), vec![], &[1, 1]),
        ] {
            let view = cluster.view();
            let decisions = view.look_for_places(view.partition, &view.lenders(), &mut memory, NOW);
            assert_eq!((decisions, &goal(&memory)[..]), (said, expected), "{name}");
            for (peer, Apart { until, times }) in memory.apart {
                assert_eq!((peer, until), (PeerId(2), NOW + (APART_US << (times - 1))), "{name}");
            }
        }
    }

    #[test]
    fn an_order_is_striven_for() {
        let order = [1, 3, 2];
        let next = || Cluster::of(3).roles(&[(1, 2), (3, 2), (3, 1)]);
        let last = |behind| Cluster::of(3).roles(&[(1, 2), (3, 2), (3, 2)]).done(2, 2, STEP - behind);
        let bare = || Cluster::of(3).configured(|c| c.stand_ins = false);
        for (name, cluster, mut memory, expected, goes_on) in [
            ("who is current", Cluster::of(3), strives(&order, NOW), "1/2 3/2 3/1", true),
            ("without stand-ins", bare(), strives(&order, NOW), "1/2 3/- 3/1", true),
            ("who is to be", next(), strives(&order, NOW), "1/2 3/2 3/2", true),
            ("is current", last(2), strives(&order, NOW), "1/2 3/2 2/3", true),
            ("is not current yet", last(3), strives(&order, NOW), "1/2 3/2 3/2", true),
            ("there", Cluster::of(3), strives(&[1, 2, 3], NOW), "1/2 2/3 3/1", false),
            ("not for ever", next(), strives(&order, NOW - GOAL_US), "1/2 3/2 3/2", true),
            ("given up", next(), strives(&order, NOW - GOAL_US - 1), "1/2 3/2 3/1", false),
            ("somebody leaves", next().leaves(2), strives(&order, NOW), "1/2 3/2 3/1", false),
            ("there are more strips", next(), strives(&[1, 3], NOW), "1/2 3/2 3/1", false),
            ("none", next(), Memory::default(), "1/2 3/2 3/1", false),
        ] {
            let view = cluster.view();
            let mut plan = view.partition.clone();
            view.plan_goal(&mut plan, &view.lenders(), &mut memory, NOW);
            assert_eq!((&roles(&plan)[..], memory.goal().is_some()), (expected, goes_on), "{name}");
        }
    }

    #[test]
    fn apart_until() {
        assert!(apart(4, NOW + 1).keeps_apart(PeerId(4), NOW));
        assert!(!apart(4, NOW).keeps_apart(PeerId(4), NOW));
        assert!(!apart(4, NOW + 1).keeps_apart(PeerId(3), NOW));
    }
}
