//! Who holds which strip from the next step on. Everything happens by the same two moves: a peer becomes
//! stand-in of a strip, which it then computes in the shadow of its executor; and when it is current, the two
//! change places. No state is handed over while anybody waits for it.

use crate::api::PeerId;
use crate::leader::Leading;
use crate::notice::Announcement;
use crate::partition::{EXECUTORS_MAX, Partition, Strip, equal, worth_it};

/// A replica this many steps behind the frontier still counts as current.
const CURRENT_STEPS: u64 = 2;
/// The same in a room that waits for no clock, where whoever is slower is always some way behind.
const CURRENT_STEPS_FAST: u64 = 12;
/// A stand-in this many steps behind is given up.
const HOPELESS_STEPS: u64 = 120;
/// A new stand-in has so long to come this far.
const PATIENCE_US: u64 = 12_000_000;
/// One that is to have the strip and is this many steps behind after so long takes its state anew.
const FAR_STEPS: u64 = 24;
const ANEW_US: u64 = 5_000_000;
/// An executor that has not its strip's state for so long is as good as gone.
const EMPTY_US: u64 = 2_000_000;
/// Looks at which a strip's stand-in was ahead of its executor, before they change places.
pub(super) const LATE_LOOKS: u32 = 12;
/// After a change of executor the strip stays as it is for so many steps.
const DWELL_STEPS: u64 = 90;
/// Ticks between two moves of seams.
const BALANCE_TICKS: u64 = 60;
/// Between two looks at seams that stay where they are.
const SEAMS_US: u64 = 250_000;
/// A seam moves for its link's sake only for this much more speed.
const GAIN_PERCENT: u64 = 115;
/// A stand-in may slow the links down to this much of what they carry without it.
const STAND_IN_PERCENT: u64 = 95;
/// Between two looks at the order of the strips.
const PLACES_US: u64 = 1_000_000;
/// So long another order is striven for.
const GOAL_US: u64 = 20_000_000;
/// So long a peer whose links carry no border stays without a strip.
const APART_US: u64 = 60_000_000;
/// The most columns that a seam moves at a time.
const MOVE_COLUMNS: i32 = 2;

impl Leading<'_> {
    /// Whether a peer's replica of a strip is as good as its executor's.
    fn is_current(&self, strip: u32, peer: PeerId) -> bool {
        let behind = if self.cfg.is_fast() { CURRENT_STEPS_FAST } else { CURRENT_STEPS };
        self.has_state(strip, peer) && self.done_by(strip, peer).is_some_and(|d| d + behind >= self.heartbeat.frontier)
    }

    /// Whether a stand-in has been one for a while and is nowhere near.
    fn is_far_behind(&self, strip: u32, peer: PeerId) -> bool {
        let leader = &*self.leader;
        let since = leader.strips.get(&strip).map_or(0, |n| n.stand_in_since).max(leader.since);
        let behind = self.done_by(strip, peer).is_none_or(|d| d + FAR_STEPS < self.heartbeat.frontier);
        behind && self.now > since + ANEW_US
    }

    pub(super) fn is_present(&self, peer: PeerId) -> bool {
        let failed = self.leader.people.get(&peer).is_none_or(|p| p.failed);
        !failed && self.roster.has(peer) && (peer == self.me || self.overlay.has(peer))
    }

    /// Another partition, if one is due.
    pub(super) fn plan(&mut self) -> Option<Partition> {
        let (frontier, time) = (self.heartbeat.frontier, self.now);
        let (leader, log) = (&*self.leader, &*self.log);
        if leader.changing > frontier || log.partition_end().strips.is_empty() {
            return None;
        }
        let now = log.partition_end().clone();
        let mut plan = now.clone();
        let lenders = self.lenders();
        // When nobody lends, whoever is here keeps the state.
        let able = if lenders.is_empty() { self.able() } else { lenders };
        self.plan_executors(&mut plan, &able);
        let free = self.leader.goal.is_none();
        if self.cfg.stand_ins && free {
            // Two who hold a strip come before everything else: one of them may be gone the next moment.
            self.plan_stand_in(&mut plan, &able);
        }
        if plan == now {
            self.plan_heirs(&mut plan, &able);
        }
        if plan == now && self.leader.goal.is_some() {
            self.plan_goal(&mut plan, &able);
        } else if plan == now {
            self.plan_newcomer(&mut plan, &able);
        }
        let free = self.leader.goal.is_none();
        let seams_due = self.cfg.equal_strips || time >= self.leader.seams_due;
        if plan == now && free && seams_due {
            self.plan_seams(&mut plan, &able);
            if plan == now {
                self.leader.seams_due = time + SEAMS_US;
            }
        }
        if plan == now && free {
            self.look_for_places(&plan, &able);
        }
        if plan == now {
            return None;
        }
        let (step, tick) = (self.log.end(), self.log.tick_end());
        {
            let leader = &mut *self.leader;
            leader.balanced_at = tick;
            for strip in &plan.strips {
                let old = now.find(strip.id);
                let news = leader.strips.entry(strip.id).or_default();
                if old.is_none_or(|o| o.peer != strip.peer) {
                    (news.late, news.changed) = (0, step);
                }
                if old.is_none_or(|o| o.stand_in != strip.stand_in) {
                    news.stand_in_since = time;
                }
            }
            leader.strips.retain(|id, _| plan.find(*id).is_some());
        }
        Some(plan)
    }

    /// Executors that are gone, leaving or late change places with their stand-ins; useless stand-ins go.
    fn plan_executors(&self, plan: &mut Partition, able: &[PeerId]) {
        let (leader, log) = (&*self.leader, &*self.log);
        let step = log.end();
        for strip in &mut plan.strips {
            let news = leader.strips.get(&strip.id);
            let empty = news.and_then(|n| n.empty_since).is_some_and(|since| self.now > since + EMPTY_US);
            let here = self.is_present(strip.peer) && !empty;
            let willing = here && able.contains(&strip.peer);
            let late = news.is_some_and(|n| n.late >= LATE_LOOKS && step > n.changed + DWELL_STEPS);
            let Some(stand_in) = strip.stand_in else { continue };
            let current = self.is_present(stand_in) && self.is_current(strip.id, stand_in);
            if current && (!here || able.contains(&stand_in) && (!willing || late)) {
                // Whoever wishes to go holds the strip too, until another does.
                let keeps = willing || here && self.cfg.stand_ins;
                (strip.peer, strip.stand_in) = (stand_in, keeps.then_some(strip.peer));
            } else if here {
                let since = news.map_or(0, |n| n.stand_in_since).max(leader.since);
                let behind =
                    self.done_by(strip.id, stand_in).is_none_or(|d| d + HOPELESS_STEPS < self.heartbeat.frontier);
                if !self.is_present(stand_in) || behind && self.now > since + PATIENCE_US {
                    strip.stand_in = None;
                }
            }
        }
    }

    /// Who is here and wishes not to compute gives its strips to those with the fewest.
    fn plan_heirs(&self, plan: &mut Partition, able: &[PeerId]) {
        let open = |s: &Strip| s.stand_in.is_none() && !able.contains(&s.peer);
        let Some(i) = plan.strips.iter().position(open) else { return };
        let reach = |c: PeerId| plan.strips.iter().flat_map(Strip::holders).all(|other| self.reaches(c, other));
        plan.strips[i].stand_in = able.iter().copied().filter(|&p| reach(p)).min_by_key(|&p| plan.count(p));
    }

    /// Someone who lends and computes nothing gets a strip: one whose executor has several, or half of the
    /// heaviest.
    fn plan_newcomer(&self, plan: &mut Partition, able: &[PeerId]) {
        let apart = |p: PeerId| self.leader.apart.get(&p).is_some_and(|&at| self.now < at);
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
                } else if self.is_far_behind(id, next) {
                    // It gets the present state sooner than it could compute it.
                    plan.strips[i].stand_in = None;
                }
                return;
            }
        }
        let reach = |c: PeerId| plan.strips.iter().flat_map(Strip::holders).all(|other| self.reaches(c, other));
        let Some(newcomer) = idle.into_iter().find(|&c| reach(c)) else {
            return self.merge(plan);
        };
        // What somebody holds who wishes not to compute, or what is one too many for its executor.
        let free = |s: &Strip| !able.contains(&s.peer) || plan.count(s.peer) > 1;
        if let Some(strip) = plan.strips.iter().position(free) {
            plan.strips[strip].stand_in = Some(newcomer);
            return;
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
            let id = plan.next_id();
            plan.strips[i].to = middle;
            plan.strips.insert(i + 1, Strip { id, from: middle, stand_in: Some(newcomer), ..strip });
        }
    }

    /// Neighbouring strips of one executor become one.
    fn merge(&self, plan: &mut Partition) {
        let pair = plan.strips.windows(2).position(|w| w[0].peer == w[1].peer);
        if let Some(i) = pair {
            let right = plan.strips.remove(i + 1);
            plan.strips[i].to = right.to;
        }
    }

    /// A strip without a stand-in, or with one who wishes to go, gets one: whoever stands in least, a neighbour
    /// rather than another. First the strip for which the room waits.
    fn plan_stand_in(&self, plan: &mut Partition, able: &[PeerId]) {
        let bare = |s: &Strip| s.stand_in.is_none_or(|p| !able.contains(&p));
        let mut order: Vec<usize> = (0..plan.strips.len()).collect();
        order.sort_by_key(|&i| self.heartbeat.waiting != Some(plan.strips[i].peer));
        for i in order {
            let old = plan.strips[i].stand_in;
            if bare(&plan.strips[i]) {
                self.stand_in_for(plan, able, i);
            }
            // One at a time, for the links' sake; but a room that stands still waits for each change.
            if plan.strips[i].stand_in != old && self.heartbeat.waiting.is_none() && self.leader.suspect.is_none() {
                return;
            }
        }
    }

    /// Whether the state of every strip is in two hands that stay, as far as there are so many.
    pub(super) fn is_safe(&self) -> bool {
        let lenders = self.lenders();
        if !self.cfg.stand_ins {
            return true;
        }
        let hands = |s: &Strip| s.holders().filter(|&p| lenders.contains(&p) && self.has_state(s.id, p)).count();
        self.log.partition_end().strips.iter().all(|s| hands(s) >= lenders.len().min(2))
    }

    fn stand_in_for(&self, plan: &mut Partition, able: &[PeerId], i: usize) {
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
        let world = self.log.scene_end().world;
        let rate = |plan: &Partition| self.with_terms(able, &columns, world, |t| t.link_rate(plan));
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

    /// Towards the order that the links want: whoever is to have a strip becomes its stand-in, and its executor
    /// once it is current.
    fn plan_goal(&mut self, plan: &mut Partition, able: &[PeerId]) {
        let Some((goal, since)) = self.leader.goal.clone() else { return };
        let executors: Vec<PeerId> = plan.executors().collect();
        let over = self.now > since + GOAL_US || !goal.iter().all(|p| able.contains(p));
        let there = executors == goal;
        if over || there || executors.len() != goal.len() {
            self.leader.goal = None;
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
    fn look_for_places(&mut self, plan: &Partition, able: &[PeerId]) {
        let now = self.now;
        let (leader, log) = (&mut *self.leader, &*self.log);
        if now < leader.placed_at + PLACES_US || self.cfg.equal_strips || plan.strips.len() < 2 {
            return;
        }
        leader.placed_at = now;
        let peers: Vec<PeerId> = plan.executors().collect();
        let mut once = peers.clone();
        once.sort_unstable();
        once.dedup();
        if once.len() < peers.len() || !peers.iter().all(|p| able.contains(p)) {
            return;
        }
        let world = log.scene_end().world;
        let columns = self.columns();
        // Stand-ins follow their strips; what is judged is who computes beside whom.
        let bare = |plan: &Partition| {
            let strips = plan.strips.iter().map(|s| Strip { stand_in: None, ..*s }).collect();
            Partition { strips }
        };
        let (target, gain) = self.with_terms(&peers, &columns, world, |terms| {
            let target = terms.place();
            let rate = |p: &Partition| terms.worth(&bare(p)).0;
            let gain = rate(&target) * 100 > rate(plan) * GAIN_PERCENT;
            (target, gain)
        });
        let mut goal: Vec<PeerId> = target.executors().collect();
        if !gain || goal == peers {
            return;
        }
        if goal.len() < peers.len() {
            // Whoever is to have none gives its strip to a neighbour, and the two strips become one.
            goal = peers.clone();
            let gone: Vec<PeerId> = peers.iter().copied().filter(|&p| !target.has(p)).collect();
            for (i, heir) in goal.iter_mut().enumerate().filter(|(_, p)| gone.contains(p)) {
                let beside = [i.checked_sub(1), Some(i + 1)].into_iter().flatten().filter_map(|j| peers.get(j));
                *heir = beside.copied().find(|p| !gone.contains(p)).unwrap_or(*heir);
            }
            for peer in gone {
                let again = self.leader.apart.insert(peer, now + APART_US).is_some();
                if !again {
                    self.announce(Announcement::LinksTooSlow { who: peer });
                }
            }
        }
        self.leader.goal = Some((goal, now));
    }

    /// Seams move towards their balanced places, a little at a time.
    fn plan_seams(&self, plan: &mut Partition, able: &[PeerId]) {
        let (leader, log) = (&*self.leader, &*self.log);
        if log.tick_end() < leader.balanced_at + BALANCE_TICKS && !self.cfg.equal_strips {
            return;
        }
        if able.len() < 2 {
            return;
        }
        let world = log.scene_end().world;
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
            let now = &*plan;
            let better = self.with_terms(&peers, &columns, world, |terms| {
                let target = terms.in_order();
                let rate = |p: &Partition| terms.worth(p).0;
                let quicker = worth_it(now, &target, &peers, terms.speeds, &columns) && rate(&target) >= rate(now);
                (quicker || rate(&target) * 100 > rate(now) * GAIN_PERCENT).then_some(target)
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
