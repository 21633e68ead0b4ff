//! Who holds which strip from the next step on. Everything happens by the same two moves: a peer becomes
//! stand-in of a strip, which it then computes in the shadow of its executor; and when it is current, the two
//! change places. No state is handed over while anybody waits for it.

use super::cluster::ClusterView;
use super::decide::{Decision, Memory};
use super::{enough, placement, places, seams};
use crate::api::{Micros, PeerId};
use crate::partition::{EXECUTORS_MAX, Partition, Strip};

/// Another partition, if one is due.
pub(super) fn decide(view: &ClusterView<'_>, memory: &mut Memory, now: Micros) -> Vec<Decision> {
    let mut decisions = Vec::new();
    if view.changing > view.frontier || view.partition.strips.is_empty() {
        return decisions;
    }
    let old = view.partition;
    let mut plan = old.clone();
    memory.places.forget(now);
    let lenders = view.lenders();
    // When nobody lends, the peer that is here keeps the state.
    let able = if lenders.is_empty() { view.able() } else { lenders };
    view.plan_executors(&mut plan, &able, &memory.strips, now);
    let free = memory.places.goal().is_none();
    if view.cfg.stand_ins && free {
        // Two who hold a strip come before everything else: one of them may be gone the next moment.
        view.plan_stand_in(&mut plan, &able, now);
    }
    if plan == *old {
        view.plan_heirs(&mut plan, &able);
    }
    if plan == *old && !free {
        view.plan_goal(&mut plan, &able, &mut memory.places, now);
    } else if plan == *old {
        let Memory { places, enough, strips, .. } = &mut *memory;
        decisions.extend(view.plan_newcomer(&mut plan, &able, (&*strips, places, enough), now));
    }
    let free = memory.places.goal().is_none();
    if plan == *old && free {
        seams::decide(view, &mut memory.seams, now, &mut plan, &able);
    }
    if plan == *old && free {
        decisions.extend(view.look_for_places(&plan, &able, &mut memory.places, now));
    }
    if plan == *old && memory.places.goal().is_none() {
        decisions.extend(view.look_for_one_too_many(&plan, &mut memory.enough, &mut memory.places, now));
    }
    if plan == *old {
        return decisions;
    }
    memory.seams.changed(view.tick);
    if enough::executors(&plan) != enough::executors(old) {
        memory.enough.changed();
    }
    for strip in &plan.strips {
        let before = old.find(strip.id);
        let news = memory.strips.entry(strip.id).or_default();
        if before.is_none_or(|o| o.peer != strip.peer) {
            (news.late, news.changed) = (0, view.step);
        }
        if before.is_none_or(|o| o.stand_in != strip.stand_in) {
            news.stand_in_since = now;
        }
    }
    memory.strips.retain(|id, _| plan.find(*id).is_some());
    decisions.push(Decision::Partition(plan));
    decisions
}

/// Neighbouring strips of one executor become one.
fn merge(plan: &mut Partition) {
    let pair = plan.strips.windows(2).position(|w| w[0].peer == w[1].peer);
    if let Some(i) = pair {
        let right = plan.strips.remove(i + 1);
        plan.strips[i].to = right.to;
    }
}

impl ClusterView<'_> {
    /// Someone who lends and computes nothing gets a strip: one whose executor has several, or half of the
    /// heaviest.
    fn plan_newcomer(
        &self,
        plan: &mut Partition,
        able: &[PeerId],
        (strips, places, enough): (&placement::Strips, &mut places::Memory, &mut enough::Memory),
        now: Micros,
    ) -> Option<Decision> {
        let apart = |p: PeerId| places.keeps_apart(p, now);
        let idle: Vec<PeerId> = able.iter().copied().filter(|&p| !plan.has(p) && !apart(p)).collect();
        // A strip that is ready to be given: the youngest first, which was cut off for this.
        let mut youngest: Vec<usize> = (0..plan.strips.len()).collect();
        youngest.sort_unstable_by_key(|&i| std::cmp::Reverse(plan.strips[i].id));
        for i in youngest {
            let Strip { id, peer, stand_in, .. } = plan.strips[i];
            if let Some(next) = stand_in
                && idle.contains(&next)
                && plan.count(peer) > 1
            {
                if self.is_current(id, next) {
                    let keeps = self.cfg.stand_ins && able.contains(&peer);
                    (plan.strips[i].peer, plan.strips[i].stand_in) = (next, keeps.then_some(peer));
                    self.gave(next, enough, now);
                } else if self.is_far_behind(id, next, strips, now) {
                    // It gets the present state sooner than it could compute it.
                    plan.strips[i].stand_in = None;
                }
                return None;
            }
        }
        let reach = |c: PeerId| plan.strips.iter().flat_map(Strip::holders).all(|other| self.reaches(c, other));
        let Some(newcomer) = idle.into_iter().find(|&c| reach(c)) else {
            merge(plan);
            return None;
        };
        // What somebody holds who wishes not to compute, or what is one too many for its executor.
        let free = |s: &Strip| !able.contains(&s.peer) || plan.count(s.peer) > 1;
        if let Some(strip) = plan.strips.iter().position(free) {
            plan.strips[strip].stand_in = Some(newcomer);
            return None;
        }
        let columns = self.columns();
        let load = |s: &Strip| -> u64 {
            let particles: u64 =
                (s.from..s.to).map(|x| columns.get(usize::from(x)).map_or(0, |&n| u64::from(n)) + 16).sum();
            let speed = self.speeds(&[s.peer])[0].max(1);
            particles.saturating_mul(1 << 20) / speed
        };
        let wide = (0..plan.strips.len()).filter(|&i| plan.strips[i].width() > 1);
        if let Some(i) = wide.max_by_key(|&i| load(&plan.strips[i]))
            && plan.strips.len() < EXECUTORS_MAX
        {
            let strip = plan.strips[i];
            // Each gets a part as large as it is fast.
            let speeds = crate::partition::known_speeds(&self.speeds(&[strip.peer, newcomer]));
            let all: u64 = (strip.from..strip.to).map(|x| u64::from(columns[usize::from(x)]) + 16).sum();
            let half =
                (u128::from(all) * u128::from(speeds[0]) / (u128::from(speeds[0]) + u128::from(speeds[1]))) as u64;
            let mut sum = 0;
            let mut middle = strip.from;
            while middle + 1 < strip.to && (sum < half || middle == strip.from) {
                sum += u64::from(columns[usize::from(middle)]) + 16;
                middle += 1;
            }
            let half = Strip { id: plan.next_id(), from: middle, stand_in: Some(newcomer), ..strip };
            let mut cut = plan.clone();
            cut.strips[i].to = middle;
            cut.strips.insert(i + 1, half);
            let mut given = cut.clone();
            given.strips[i + 1].peer = newcomer;
            if self.would_be_slower(&given, plan, &columns, now) {
                return self.refuse(newcomer, plan, places, now);
            }
            *plan = cut;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::placement::{ANEW_US, FAR_STEPS, LATE_LOOKS};
    use crate::leader::places::tests::{apart, strives};
    use crate::leader::testing::{Cluster, NOW, STEP, roles};
    use crate::leader::{StripNews, places};
    use crate::notice::Announcement;

    fn places(places: places::Memory) -> Memory {
        Memory { places, ..Memory::default() }
    }

    fn of_strip(id: u32, news: StripNews) -> Memory {
        Memory { strips: [(id, news)].into(), ..Memory::default() }
    }

    #[test]
    fn newcomers() {
        let idle = || Cluster::of(3).joins(4);
        let fast = |peers: [u64; 4]| (1..).zip(peers).fold(idle(), |c, (peer, speed)| c.speed(peer, speed << 20));
        let full = |x: u16| if (13..16).contains(&x) { 5000 } else { 10 };
        // 3 is to have the strip in the middle.
        let ready = |behind| Cluster::of(2).joins(3).roles(&[(1, 2), (1, 3), (2, 1)]).done(1, 3, STEP - behind);
        let bare = || ready(0).configured(|c| c.stand_ins = false);
        let since = |stand_in_since| of_strip(1, StripNews { stand_in_since, ..StripNews::default() });
        let twice = || Cluster::of(2).roles(&[(1, 2), (1, 2), (2, 1)]);
        let narrow = || Cluster::of(40);
        let (narrow_roles, narrow_seams) = (roles(narrow().view().partition), narrow().view().partition.seams());
        let thirds = &[13, 26][..];
        let new = Memory::default;
        for (name, cluster, memory, expected, seams) in [
            ("nobody", Cluster::of(3), new(), "1/2 2/3 3/1", thirds),
            ("half of the heaviest", idle(), new(), "1/2 2/3 3/1 3/4", &[13, 26, 33]),
            ("by particles", idle().particles(full), new(), "1/2 2/3 2/4 3/1", &[13, 15, 26]),
            ("the slow one's", fast([1, 2, 2, 1]), new(), "1/2 1/4 2/3 3/1", &[7, 13, 26]),
            ("as fast as it is", fast([1, 1, 1, 3]), new(), "1/2 2/3 3/1 3/4", &[13, 26, 30]),
            ("a watcher gets none", idle().watches(4), new(), "1/2 2/3 3/1", thirds),
            ("one that does not reach all", idle().apart(4, 2), new(), "1/2 2/3 3/1", thirds),
            ("links too slow", idle(), places(apart(4, NOW + 1)), "1/2 2/3 3/1", thirds),
            ("not any more", idle(), places(apart(4, NOW)), "1/2 2/3 3/1 3/4", &[13, 26, 33]),
            ("no strip is wide enough", narrow().joins(41), new(), &narrow_roles, &narrow_seams),
            ("a watcher's strip", Cluster::of(2).watches(2).joins(3), new(), "1/2 2/3", &[20]),
            ("one of two", twice().joins(3), new(), "1/3 1/2 2/1", thirds),
            ("two become one", twice(), new(), "1/2 2/1", &[26]),
            // Ready to be given.
            ("current", ready(2), new(), "1/2 3/1 2/1", thirds),
            ("without stand-ins", bare(), new(), "1/2 3/- 2/1", thirds),
            ("behind", ready(3), new(), "1/2 1/3 2/1", thirds),
            ("far behind", ready(FAR_STEPS + 1), new(), "1/2 1/- 2/1", thirds),
            ("not so far", ready(FAR_STEPS), new(), "1/2 1/3 2/1", thirds),
            ("not for long", ready(FAR_STEPS + 1), since(NOW - ANEW_US), "1/2 1/3 2/1", thirds),
            ("for long", ready(FAR_STEPS + 1), since(NOW - ANEW_US - 1), "1/2 1/- 2/1", thirds),
        ] {
            let view = cluster.view();
            let mut plan = view.partition.clone();
            let Memory { mut places, mut enough, strips, .. } = memory;
            view.plan_newcomer(&mut plan, &view.lenders(), (&strips, &mut places, &mut enough), NOW);
            assert_eq!((&roles(&plan)[..], &plan.seams()[..]), (expected, seams), "{name}");
            assert!(plan.is_valid(view.world), "{name}");
        }
    }

    #[test]
    fn one_more_is_refused_where_it_would_be_slower() {
        let room = |rtt_us| {
            let three = Cluster::of(3).joins(4).particles(|_| 400);
            let all = (1..=4).fold(three, |c, peer| c.speed(peer, 1_000_000));
            all.rtt(1, 4, rtt_us).rtt(2, 4, rtt_us).rtt(3, 4, rtt_us)
        };
        let enough = Decision::Announce(Announcement::EnoughCompute { computing: 3, others: 1 });
        for (name, cluster, expected) in [
            ("near", room(1_000), None),
            ("so far away", room(900_000), Some(enough)),
            ("where nobody looks at the clock", room(900_000).configured(|c| c.pace = crate::api::Pace::Fast), None),
            ("who wants strips of equal width gets them", room(900_000).configured(|c| c.equal_strips = true), None),
        ] {
            let (view, mut memory) = (cluster.view(), Memory::default());
            let mut plan = view.partition.clone();
            let mut gives = |now| {
                let Memory { places, enough, strips, .. } = &mut memory;
                let said = view.plan_newcomer(&mut plan, &view.lenders(), (&*strips, places, enough), now);
                (said, plan == *view.partition)
            };
            let refused = expected.is_some();
            assert_eq!(gives(NOW), (expected, refused), "{name}");
            assert!(!refused || gives(NOW + 20_000_000) == (None, true), "it is said once");
        }
    }

    #[test]
    fn one_thing_at_a_time() {
        let goal = || places(strives(&[1, 3, 2], NOW));
        let swap = || places(strives(&[3, 2, 1], NOW));
        let bare = || Cluster::of(3).roles(&[(1, 2), (2, 0), (3, 1)]);
        let thin = || Cluster::of(3).limit(1, 2, 10_000);
        let new = Memory::default;
        for (name, cluster, memory, expected, strived) in [
            ("all is well", Cluster::of(3), new(), None, false),
            ("a change is under way", bare().changing(STEP + 1), new(), None, false),
            ("the change is done", bare().changing(STEP), new(), Some("1/2 2/3 3/1"), false),
            ("nobody holds anything", Cluster::of(3).roles(&[]), new(), None, false),
            ("a stand-in before a newcomer", bare().joins(4), new(), Some("1/2 2/3 3/1"), false),
            ("executors at once with it", bare().loses(3), new(), Some("1/2 2/1 1/-"), false),
            ("a goal before stand-ins", bare(), swap(), Some("1/2 2/- 1/3"), true),
            ("a goal before newcomers", Cluster::of(3).joins(4), goal(), Some("1/2 3/2 3/1"), true),
            ("a newcomer before seams", Cluster::of(2).seams(&[30]).joins(3), new(), Some("1/2 1/3 2/1"), false),
            ("seams before a goal", thin().seams(&[4, 30]), new(), Some("1/2 2/3 3/1"), false),
            ("a goal is set", thin(), new(), None, true),
            ("nobody lends: who is here", Cluster::of(2).watches(1).watches(2).loses(2), new(), Some("1/- 1/-"), false),
        ] {
            let mut memory = memory;
            let decisions = decide(&cluster.view(), &mut memory, NOW);
            let plans: Vec<String> = decisions.iter().filter_map(Decision::partition).map(roles).collect();
            assert_eq!(plans.first().map(|p| &p[..]), expected, "{name}");
            assert_eq!((plans.len(), decisions.len()), (usize::from(expected.is_some()), plans.len()), "{name}");
            assert_eq!(memory.places.goal().is_some(), strived, "{name}");
        }
    }

    #[test]
    fn a_change_is_remembered() {
        // Strip 1 changes hands; strip 7 is none any more.
        let cluster = Cluster::of(3).leaves(2);
        let mut memory = of_strip(1, StripNews { late: LATE_LOOKS - 1, ..StripNews::default() });
        memory.strips.insert(7, StripNews::default());
        memory.strips.insert(2, StripNews { late: 3, stand_in_since: 5, ..StripNews::default() });
        assert_eq!(decide(&cluster.view(), &mut memory, NOW).len(), 1);
        let news = |id| memory.strips.get(&id).map(|n: &StripNews| (n.late, n.changed, n.stand_in_since));
        assert_eq!(news(1), Some((0, cluster.view().step, NOW)));
        assert_eq!(news(2), Some((3, 0, 5)));
        assert_eq!(news(7), None);
    }
}
