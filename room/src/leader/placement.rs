//! Who is executor of a strip and who stands in for it: executors that are gone, leaving or late, and strips without a
//! stand-in. A peer becomes stand-in first, and changes places with the executor once it is current.

use super::StripNews;
use super::cluster::ClusterView;
use crate::api::{Micros, PeerId};
use crate::partition::{Partition, Strip};
use std::collections::BTreeMap;

/// What is kept of the strips, by name.
pub(super) type Strips = BTreeMap<u32, StripNews>;

/// A replica this many steps behind the frontier still counts as current.
const CURRENT_STEPS: u64 = 2;
/// The same in a room that waits for no clock, where the peer that is slower is always some way behind.
const CURRENT_STEPS_FAST: u64 = 12;
/// A stand-in this many steps behind is given up.
const HOPELESS_STEPS: u64 = 120;
/// A new stand-in has this long to come this far.
const PATIENCE_US: u64 = 12_000_000;
/// One that knows the log as far as the room is, and holds nothing of the strip, has this long to begin with it: it may
/// have given the state up, and gets it again only where it is named again.
const LACKS_US: u64 = 1_000_000;
/// One that is to have the strip and is this many steps behind after this long takes its state again.
pub(super) const FAR_STEPS: u64 = 24;
pub(super) const ANEW_US: u64 = 5_000_000;
/// An executor that has not its strip's state for this long is as good as gone.
const EMPTY_US: u64 = 2_000_000;
/// Looks at which a strip's stand-in was ahead of its executor, before they change places.
pub(super) const LATE_LOOKS: u32 = 12;
/// After a change of executor the strip stays as it is for so many steps.
const DWELL_STEPS: u64 = 90;
/// A stand-in may slow the links down to this much of what they carry without it.
const STAND_IN_PERCENT: u64 = 95;

impl ClusterView<'_> {
    /// Whether a peer's replica of a strip is as good as its executor's.
    pub(super) fn is_current(&self, strip: u32, peer: PeerId) -> bool {
        let behind = if self.cfg.is_fast() { CURRENT_STEPS_FAST } else { CURRENT_STEPS };
        self.has_state(strip, peer) && self.done_by(strip, peer).is_some_and(|d| d + behind >= self.frontier)
    }

    /// Whether a stand-in has been one for a while and is nowhere near.
    pub(super) fn is_far_behind(&self, strip: u32, peer: PeerId, strips: &Strips, now: Micros) -> bool {
        let since = strips.get(&strip).map_or(0, |n| n.stand_in_since).max(self.since);
        let behind = self.done_by(strip, peer).is_none_or(|d| d + FAR_STEPS < self.frontier);
        behind && now > since + ANEW_US
    }

    /// Executors that are gone, leaving or late change places with their stand-ins; useless stand-ins go.
    pub(super) fn plan_executors(&self, plan: &mut Partition, able: &[PeerId], strips: &Strips, now: Micros) {
        let step = self.step;
        for strip in &mut plan.strips {
            let news = strips.get(&strip.id);
            let empty = news.and_then(|n| n.empty_since).is_some_and(|since| now > since + EMPTY_US);
            let here = self.is_present(strip.peer) && !empty;
            let willing = here && able.contains(&strip.peer);
            let late = news.is_some_and(|n| n.late >= LATE_LOOKS && step > n.changed + DWELL_STEPS);
            let Some(stand_in) = strip.stand_in else { continue };
            let current = self.is_present(stand_in) && self.is_current(strip.id, stand_in);
            if current && (!here || able.contains(&stand_in) && (!willing || late)) {
                // A peer that wishes to go holds the strip too, until another does.
                let keeps = willing || here && self.cfg.stand_ins;
                (strip.peer, strip.stand_in) = (stand_in, keeps.then_some(strip.peer));
            } else if here {
                let since = news.map_or(0, |n| n.stand_in_since).max(self.since);
                let behind = self.done_by(strip.id, stand_in).is_none_or(|d| d + HOPELESS_STEPS < self.frontier);
                let patience = if self.lacks(strip.id, stand_in) { LACKS_US } else { PATIENCE_US };
                if !self.is_present(stand_in) || behind && now > since + patience {
                    strip.stand_in = None;
                }
            }
        }
    }

    /// Who is here and wishes not to compute gives its strips to those with the fewest.
    pub(super) fn plan_heirs(&self, plan: &mut Partition, able: &[PeerId]) {
        let open = |s: &Strip| s.stand_in.is_none() && !able.contains(&s.peer);
        let Some(i) = plan.strips.iter().position(open) else { return };
        let reach = |c: PeerId| plan.strips.iter().flat_map(Strip::holders).all(|other| self.reaches(c, other));
        plan.strips[i].stand_in = able.iter().copied().filter(|&p| reach(p)).min_by_key(|&p| plan.count(p));
    }

    /// A strip without a stand-in, or with one who wishes to go, gets one: the peer that stands in least, a neighbour
    /// rather than another. First the strip for which the room waits.
    pub(super) fn plan_stand_in(&self, plan: &mut Partition, able: &[PeerId], now: Micros) {
        let bare = |s: &Strip| s.stand_in.is_none_or(|p| !able.contains(&p));
        let mut order: Vec<usize> = (0..plan.strips.len()).collect();
        order.sort_by_key(|&i| self.waiting != Some(plan.strips[i].peer));
        for i in order {
            let old = plan.strips[i].stand_in;
            if bare(&plan.strips[i]) {
                self.stand_in_for(plan, able, i, now);
            }
            // One at a time, for the links' sake; but a room that stands still waits for each change.
            if plan.strips[i].stand_in != old && self.waiting.is_none() && self.suspect.is_none() {
                return;
            }
        }
    }

    fn stand_in_for(&self, plan: &mut Partition, able: &[PeerId], i: usize, now: Micros) {
        let Strip { id, peer: executor, stand_in: old, .. } = plan.strips[i];
        let near = |p: PeerId| {
            let beside = [i.checked_sub(1), Some(i + 1)].into_iter().flatten().filter_map(|j| plan.strips.get(j));
            beside.into_iter().any(|s| s.peer == p)
        };
        let roles = |p: PeerId| plan.strips.iter().filter(|s| s.stand_in == Some(p)).count();
        let reach = |c: PeerId| plan.executors().all(|other| self.reaches(c, other));
        let choice = able.iter().copied().filter(|&p| p != executor && reach(p));
        let mut choice: Vec<PeerId> = choice.collect();
        choice.sort_unstable_by_key(|&p| (roles(p), !near(p), p));
        // What a stand-in gets passes over links, too.
        let columns = self.columns();
        let rate = |plan: &Partition| self.with_terms(able, &columns, self.world, now, |t| t.link_rate(plan));
        let before = rate(plan);
        for peer in choice {
            plan.strips[i].stand_in = Some(peer);
            if rate(plan) * 100 >= before * STAND_IN_PERCENT {
                return;
            }
        }
        // One who wishes to go may be the only one left who has the state.
        let safe = self.is_present(executor) && self.has_state(id, executor);
        plan.strips[i].stand_in = old.filter(|&p| !safe && self.is_present(p));
    }

    /// Whether the state of every strip is in two hands that stay, as far as there are so many.
    pub(super) fn is_safe(&self) -> bool {
        let lenders = self.lenders();
        if !self.cfg.stand_ins {
            return true;
        }
        let hands = |s: &Strip| s.holders().filter(|&p| lenders.contains(&p) && self.has_state(s.id, p)).count();
        self.partition.strips.iter().all(|s| hands(s) >= lenders.len().min(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Pace;
    use crate::leader::testing::{Cluster, NOW, STEP, roles};

    /// What is kept of strip 1.
    fn news(news: StripNews) -> Strips {
        [(1, news)].into()
    }

    fn stands_in_since(stand_in_since: Micros) -> Strips {
        news(StripNews { stand_in_since, ..StripNews::default() })
    }

    fn late(late: u32, steps: u64) -> Strips {
        let step = Cluster::of(3).view().step;
        news(StripNews { late, changed: step - steps, ..StripNews::default() })
    }

    fn empty_since(at: Micros) -> Strips {
        news(StripNews { empty_since: Some(at), ..StripNews::default() })
    }

    fn check_executors(rows: Vec<(&str, Cluster, Strips, &str)>) {
        for (name, cluster, strips, expected) in rows {
            let view = cluster.view();
            let mut plan = view.partition.clone();
            view.plan_executors(&mut plan, &view.lenders(), &strips, NOW);
            assert_eq!(roles(&plan), expected, "{name}");
        }
    }

    #[test]
    fn executors() {
        let behind = |steps| Cluster::of(3).loses(2).done(1, 3, STEP - steps);
        let behind_fast = |steps| behind(steps).configured(|cfg| cfg.pace = Pace::Fast);
        let (all, new) = ("1/2 2/3 3/1", Strips::new);
        check_executors(vec![
            ("all is well", Cluster::of(3), new(), all),
            // Gone.
            ("its stand-in is current", behind(CURRENT_STEPS), new(), "1/- 3/- 3/1"),
            ("its stand-in is not", behind(CURRENT_STEPS + 1), new(), "1/- 2/3 3/1"),
            ("fast: is current", behind_fast(CURRENT_STEPS_FAST), new(), "1/- 3/- 3/1"),
            ("fast: is not", behind_fast(CURRENT_STEPS_FAST + 1), new(), "1/- 2/3 3/1"),
            ("its stand-in's state is on its way", Cluster::of(3).loses(2).fresh(1, 3), new(), "1/- 2/3 3/1"),
            ("its backend broke", Cluster::of(3).fails(2), new(), "1/- 3/- 3/1"),
            ("its stand-in is gone too", Cluster::of(3).loses(2).loses(3), new(), "1/- 2/3 1/-"),
            ("its stand-in leaves", Cluster::of(3).loses(2).leaves(3), new(), "1/- 3/- 1/3"),
            // Not willing.
            ("leaves", Cluster::of(3).leaves(2), new(), "1/2 3/2 3/1"),
            ("watches", Cluster::of(3).watches(2), new(), "1/2 3/2 3/1"),
            ("leaves, without stand-ins", Cluster::of(3).leaves(2).configured(|c| c.stand_ins = false), new(), {
                "1/2 3/- 3/1"
            }),
            ("its stand-in is no better", Cluster::of(3).leaves(2).leaves(3), new(), "1/2 2/3 1/3"),
            // Late, as often as it takes, and long after the last change.
            ("late", Cluster::of(3), late(LATE_LOOKS, DWELL_STEPS + 1), "1/2 3/2 3/1"),
            ("not late enough", Cluster::of(3), late(LATE_LOOKS - 1, DWELL_STEPS + 1), all),
            ("changed just now", Cluster::of(3), late(LATE_LOOKS, DWELL_STEPS), all),
            ("late, its stand-in leaves", Cluster::of(3).leaves(3), late(LATE_LOOKS, DWELL_STEPS + 1), "1/2 2/3 1/3"),
            // Without its strip's state.
            ("waits for it", Cluster::of(3), empty_since(NOW - EMPTY_US), all),
            ("waits too long", Cluster::of(3), empty_since(NOW - EMPTY_US - 1), "1/2 3/- 3/1"),
        ]);
    }

    #[test]
    fn useless_stand_ins() {
        let hopeless = |steps| Cluster::of(3).done(1, 3, STEP - steps);
        let (all, new) = ("1/2 2/3 3/1", Strips::new);
        check_executors(vec![
            ("is gone", Cluster::of(3).loses(3), new(), "1/2 2/- 1/-"),
            ("gets nowhere", hopeless(HOPELESS_STEPS + 1), new(), "1/2 2/- 3/1"),
            ("gets somewhere", hopeless(HOPELESS_STEPS), new(), all),
            ("has nothing", Cluster::of(3).lacks(1, 3), new(), "1/2 2/- 3/1"),
            ("gave its state up", Cluster::of(3).lacks(1, 3), stands_in_since(NOW - LACKS_US - 1), "1/2 2/- 3/1"),
            ("may be about to begin", Cluster::of(3).lacks(1, 3), stands_in_since(NOW - LACKS_US), all),
            (
                "does not know of it yet",
                Cluster::of(3).lacks(1, 3).knows(3, STEP),
                stands_in_since(NOW - LACKS_US - 1),
                all,
            ),
            ("is new", hopeless(HOPELESS_STEPS + 1), stands_in_since(NOW - PATIENCE_US), all),
            ("is not new", hopeless(HOPELESS_STEPS + 1), stands_in_since(NOW - PATIENCE_US - 1), "1/2 2/- 3/1"),
            ("the leader is new", hopeless(HOPELESS_STEPS + 1).since(NOW - PATIENCE_US), new(), all),
        ]);
    }

    #[test]
    fn heirs() {
        let two = || Cluster::of(3).roles(&[(1, 0), (1, 0), (2, 0), (3, 0)]).watches(2);
        for (name, cluster, expected) in [
            ("all compute", Cluster::of(2).roles(&[(1, 0), (2, 0)]), "1/- 2/-"),
            ("one does not", Cluster::of(2).roles(&[(1, 0), (2, 0)]).watches(2), "1/- 2/1"),
            ("it has a stand-in", Cluster::of(2).roles(&[(1, 0), (2, 1)]).watches(2), "1/- 2/1"),
            ("who has least", two(), "1/- 1/- 2/3 3/-"),
            ("who reaches all", two().apart(2, 3), "1/- 1/- 2/1 3/-"),
        ] {
            let view = cluster.view();
            let mut plan = view.partition.clone();
            view.plan_heirs(&mut plan, &view.lenders());
            assert_eq!(roles(&plan), expected, "{name}");
        }
    }

    #[test]
    fn stand_ins() {
        let bare = || Cluster::of(3).roles(&[(1, 2), (2, 0), (3, 1)]);
        // A peer that stands in for 2 gets what 1 and 3 say, over the link between them: 800 bytes a tick.
        let thin = |bytes| bare().limit(1, 3, bytes);
        let enough = (800 * 60 * 100 / 60) * STAND_IN_PERCENT as u32 / 100;
        for (name, cluster, expected) in [
            ("all have one", Cluster::of(3), "1/2 2/3 3/1"),
            ("who stands in least", bare(), "1/2 2/3 3/1"),
            ("a neighbour", Cluster::of(3).roles(&[(2, 0), (3, 0), (1, 0)]), "2/3 3/- 1/-"),
            ("one at a time", Cluster::of(3).roles(&[(1, 0), (2, 0), (3, 0)]), "1/2 2/- 3/-"),
            (
                "all at once where the room waits",
                Cluster::of(3).roles(&[(1, 0), (2, 0), (3, 0)]).waits(3),
                "1/3 2/1 3/2",
            ),
            ("alone", Cluster::of(1), "1/-"),
            ("a watcher is none", Cluster::of(1).joins(2).watches(2), "1/-"),
            ("a newcomer may be", Cluster::of(1).joins(2), "1/2"),
            ("who reaches all executors", Cluster::of(1).joins(2).joins(3).apart(1, 2).says_nothing(2), "1/3"),
            ("it leaves", Cluster::of(3).leaves(3), "1/2 2/1 3/1"),
            ("it leaves, nobody else is here", Cluster::of(2).leaves(2), "1/- 2/1"),
            ("it leaves with the only state", Cluster::of(2).leaves(2).fresh(0, 1), "1/2 2/1"),
            ("it watches", Cluster::of(3).watches(3), "1/2 2/1 3/1"),
            ("its backend broke", Cluster::of(3).fails(3), "1/2 2/1 3/1"),
            ("the link carries it", thin(enough), "1/2 2/3 3/1"),
            ("the link does not", thin(enough - 1), "1/2 2/- 3/1"),
        ] {
            let view = cluster.view();
            let mut plan = view.partition.clone();
            view.plan_stand_in(&mut plan, &view.lenders(), NOW);
            assert_eq!(roles(&plan), expected, "{name}");
        }
    }

    #[test]
    fn two_hands_are_safe() {
        for (name, cluster, expected) in [
            ("all is well", Cluster::of(3), true),
            ("on its way", Cluster::of(3).fresh(1, 3), false),
            ("lacks it", Cluster::of(3).lacks(1, 2), false),
            ("leaves", Cluster::of(3).leaves(3), false),
            ("a watcher's is none", Cluster::of(3).watches(3), false),
            ("no more hands than one", Cluster::of(1), true),
            ("the other watches", Cluster::of(2).roles(&[(1, 0)]).watches(2), true),
            ("the other might", Cluster::of(2).roles(&[(1, 0)]), false),
            ("no stand-ins wanted", Cluster::of(3).fresh(1, 3).configured(|c| c.stand_ins = false), true),
        ] {
            assert_eq!(cluster.view().is_safe(), expected, "{name}");
        }
    }
}
