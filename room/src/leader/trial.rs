//! What is found out of who computes: a strip that made the room slower than it was is taken back, and so is that of
//! somebody far away where the others are foreseen to be clearly faster than a room that lags.
//!
//! What counts is what the room did before and after, which nobody can claim, and everything is tried against that:
//! taking a strip back, too. Where nothing is gained by it, whoever it was may have one again, and it is long until the
//! next one's is taken back for its distance alone. So nobody can have others left out by making the room slow, and strips
//! come and go at most so often as the times below say.

use super::cluster::ClusterView;
use super::decide::Decision;
use super::enough::{KEEPS_PERCENT, MORE_PERCENT};
use super::progress::Total;
use super::{pace, places};
use crate::api::{Micros, PeerId};
use crate::partition::Partition;
use crate::partition::seams::REAL_TIME;
use std::collections::VecDeque;

/// Between two marks of what the room did, and how many are kept: of 40 s.
const MARK_US: Micros = 500_000;
const MARKS_MAX: usize = 80;
/// A room's speed is that of this time, and of no less than so much of it.
const RECENT_US: Micros = 20_000_000;
const LEAST_US: Micros = 2_000_000;
/// After a change of executors so long is not measured: strips change hands, and supersteps their length.
const SETTLE_US: Micros = 4_000_000;
/// A room lags that does less than so much of what is due, in thousandths, for so long.
const LAGS: u64 = 950;
const LAGS_US: Micros = 6_000_000;
/// For so long it is looked at whether who was given a strip makes the room slower than it was before; and by how much,
/// in thousandths, it must be so after which time. The frontier moves by whole supersteps: what was measured for long is
/// more exact.
const TRIAL_US: Micros = 60_000_000;
const TRIED: [(Micros, u64); 3] = [(30_000_000, 15), (10_000_000, 40), (LAGS_US, 100)];
/// The most trials at a time.
const TRIALS_MAX: usize = 8;
/// Without somebody a room that lags must be foreseen to be so much faster than it is, in percent.
const FEWER_PERCENT: u64 = 115;
/// Bands that are on their way for less than this part of a superstep, in percent, slow nobody down.
const WAY_PERCENT: u64 = 25;
/// Who turned out to be one too many gets no strip for so long, and each time for twice as long.
pub(super) const TAKEN_US: Micros = 180_000_000;
/// After so long without somebody it is looked at what was gained; a gain is this much, in percent.
const PROOF_US: Micros = 10_000_000;
const GAIN_PERCENT: u64 = 103;
/// A strip that was not given back by then stays where it is.
const GIVES_UP_US: Micros = 30_000_000;
/// A newcomer's links are measured within this time, and those of all who begin a world within that, or it is judged without.
const UNKNOWN_US: Micros = 5_000_000;
const BEGINS_US: Micros = 2_000_000;
/// Where nothing was gained the next one's is not taken back for its distance for so long, and each time for twice as long.
const VAIN_US: Micros = 120_000_000;
const VAIN_TIMES_MAX: u32 = 3;

/// Somebody who was given a strip.
#[derive(Clone, Copy, Debug)]
struct Trial {
    who: PeerId,
    /// When that was decided; and when it got it, nothing while it is not current yet.
    chosen_at: Micros,
    since: Option<Micros>,
    /// Of what was due the room did this before, in thousandths, where that was measured; and with how many particles.
    rate: Option<u64>,
    particles: u64,
}

/// Somebody whose strip is taken back.
#[derive(Clone, Copy, Debug)]
struct Taken {
    who: PeerId,
    since: Micros,
    /// What the room did with it, in thousandths of what was due; since when it has been without, and with how many who
    /// compute.
    rate: u64,
    gone: Option<(Micros, usize)>,
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    marks: VecDeque<(Micros, Total)>,
    /// Those who compute have been the same since then.
    changed_at: Micros,
    trials: Vec<Trial>,
    taken: Option<Taken>,
    /// How often in turn nothing was gained; until when nobody's strip is taken back for its distance.
    vain: u32,
    vain_until: Micros,
    /// Whose round trips are not known yet, since when.
    unknown: Option<(PeerId, Micros)>,
    /// Since when a world might begin but for them.
    begins_since: Option<Micros>,
}

impl Memory {
    /// Those who compute are others from now on.
    pub fn changed(&mut self, now: Micros) {
        self.changed_at = now;
    }

    /// Another world: how fast the one before was says nothing of it.
    pub fn begin_world(&mut self) {
        self.marks.clear();
        self.trials.clear();
        self.taken = None;
    }

    /// What the room did of what was due since then, in thousandths, where at least so much of that time was measured.
    fn did(&self, since: Micros, least_us: Micros) -> Option<u64> {
        let first = self.marks.iter().find(|mark| mark.0 >= since)?;
        let last = self.marks.back()?;
        (last.0 >= first.0 + least_us.max(1)).then(|| last.1.share_since(first.1)).flatten()
    }

    /// The same of the last while in which the same computed.
    pub fn lately(&self, now: Micros) -> Option<u64> {
        let settled = self.changed_at + SETTLE_US;
        let recent = now.saturating_sub(RECENT_US);
        self.did(recent.max(settled), LEAST_US).or_else(|| self.did(recent, LEAST_US)).map(|share| share.min(1000))
    }

    /// Whether somebody's links may be measured soon: it is judged then.
    pub fn waits_for_figures(&mut self, who: PeerId, is_unknown: bool, now: Micros) -> bool {
        if !is_unknown {
            self.unknown = self.unknown.filter(|u| u.0 != who);
            return false;
        }
        let since = self.unknown.filter(|u| u.0 == who).map_or(now, |u| u.1);
        self.unknown = Some((who, since));
        now < since + UNKNOWN_US
    }

    /// Whether a world that might begin but for figures waits for them.
    pub fn waits_to_begin(&mut self, now: Micros) -> bool {
        now < *self.begins_since.get_or_insert(now) + BEGINS_US
    }

    /// Whether somebody is to get a strip, as was decided.
    pub fn is_to_get_one(&self, who: PeerId) -> bool {
        self.trials.iter().any(|t| t.who == who && t.since.is_none())
    }

    /// Whether somebody has had a strip for so short a time that it is on trial.
    fn is_tried(&self, who: PeerId, now: Micros) -> bool {
        self.trials.iter().any(|t| t.who == who && t.since.is_some_and(|since| now < since + TRIAL_US))
    }
}

impl ClusterView<'_> {
    /// Marks how far the room is.
    pub(super) fn mark(&self, memory: &mut Memory, now: Micros) {
        if self.paused {
            return memory.marks.clear();
        }
        if memory.marks.back().is_none_or(|last| now >= last.0 + MARK_US) {
            memory.marks.push_back((now, self.total));
            if memory.marks.len() > MARKS_MAX {
                memory.marks.pop_front();
            }
        }
        memory.trials.retain(|t| now < t.since.unwrap_or(t.chosen_at) + TRIAL_US && self.roster.has(t.who));
    }

    /// What the room does, in thousandths of a tick a second.
    pub(super) fn does(&self, memory: &Memory, now: Micros) -> Option<u64> {
        memory.lately(now).map(|share| self.clock() * share / 1000)
    }

    /// Somebody is to get a strip: what the room did until now is what it is measured against.
    pub(super) fn tries(&self, who: PeerId, memory: &mut Memory, now: Micros) {
        let particles = self.columns().iter().map(|&n| u64::from(n)).sum();
        memory.trials.retain(|t| t.who != who);
        if memory.trials.len() == TRIALS_MAX {
            memory.trials.remove(0);
        }
        memory.trials.push(Trial { who, chosen_at: now, since: None, rate: memory.lately(now), particles });
    }

    /// It has the strip.
    pub(super) fn gave(&self, who: PeerId, memory: &mut Memory, places: &mut places::Memory, now: Micros) {
        if !memory.trials.iter().any(|t| t.who == who) {
            self.tries(who, memory, now);
        }
        for trial in memory.trials.iter_mut().filter(|t| t.who == who) {
            trial.since = Some(now);
        }
        places.gave(who, now);
    }

    /// Somebody's strip went to its stand-in, who was ahead: it gets none for a while, and for longer where it has only
    /// just got it.
    pub(super) fn was_late(&self, who: PeerId, memory: &mut Memory, places: &mut places::Memory, now: Micros) {
        if !self.chooses() {
            return;
        }
        if memory.is_tried(who, now) {
            places.keep_apart(who, now, TAKEN_US);
        } else {
            places.was_late(who, now);
        }
        memory.trials.retain(|t| t.who != who);
    }

    /// Whether a room that lags would do better without somebody: who is given that strip in the long run is remembered,
    /// and everyone is told.
    pub(super) fn look_for_one_too_many(
        &self,
        plan: &Partition,
        memory: &mut Memory,
        places: &mut places::Memory,
        now: Micros,
    ) -> Option<Decision> {
        let mut peers: Vec<PeerId> = plan.executors().collect();
        peers.sort_unstable();
        peers.dedup();
        if !self.chooses() || self.paused {
            return None;
        }
        self.look_at_proof(&peers, memory, places, now);
        // Somebody has two strips for a while, or something is tried already.
        if memory.taken.is_some() || peers.len() < plan.strips.len() || peers.len() < 2 {
            return None;
        }
        let rate = memory.lately(now)?;
        // Links that carry too little are the order's matter (`leader/places.rs`).
        let fits = self.with_terms(&peers, &self.columns(), self.world, now, |terms| terms.link_rate(plan));
        if fits * 100 < self.clock().min(REAL_TIME) * KEEPS_PERCENT {
            return None;
        }
        let who = self.made_it_slower(&peers, memory, now).or_else(|| self.is_too_far(plan, &peers, memory, now))?;
        memory.trials.retain(|t| t.who != who);
        if !places.give_up(plan, who, now) {
            return None;
        }
        memory.taken = Some(Taken { who, since: now, rate, gone: None });
        let said = places.keep_apart(who, now, TAKEN_US);
        said.then(|| self.says_enough(peers.len() as u32 - 1))
    }

    /// What the others do without somebody, as is foreseen.
    fn without(&self, who: PeerId, peers: &[PeerId], memory: &Memory, now: Micros) -> u64 {
        let fewer: Vec<PeerId> = peers.iter().copied().filter(|&p| p != who).collect();
        self.foreseen_of(&fewer, &self.columns(), self.does(memory, now), now)
    }

    /// The last one of those who were given a strip since when the room has been slower, though it has no more to compute;
    /// of several one who is far.
    fn made_it_slower(&self, peers: &[PeerId], memory: &Memory, now: Micros) -> Option<PeerId> {
        let particles: u64 = self.columns().iter().map(|&n| u64::from(n)).sum();
        let is_slower = |trial: &&Trial| {
            let Some(since) = trial.since.filter(|_| peers.contains(&trial.who)) else { return false };
            let Some(rate) = trial.rate.filter(|_| particles * 100 <= trial.particles * MORE_PERCENT) else {
                return false;
            };
            let settled = (since + SETTLE_US).max(memory.changed_at + SETTLE_US);
            let slower = |&(us, by): &(Micros, u64)| {
                let did = memory.did(settled.max(now.saturating_sub(us + MARK_US)), us)?;
                (did * 1000 < rate * (1000 - by)).then_some(did)
            };
            let did = TRIED.iter().find_map(slower);
            did.is_some_and(|did| self.without(trial.who, peers, memory, now) * 1000 >= self.clock() * did)
        };
        let far = |trial: &&Trial| (self.is_felt(self.way_to_us(trial.who)), trial.since);
        memory.trials.iter().filter(is_slower).max_by_key(far).map(|trial| trial.who)
    }

    /// The farthest one, where its bands' way is felt, the room lags, and the others would be clearly faster.
    fn is_too_far(&self, plan: &Partition, peers: &[PeerId], memory: &Memory, now: Micros) -> Option<PeerId> {
        let settled = memory.changed_at + SETTLE_US;
        let did = memory.did(settled.max(now.saturating_sub(LAGS_US + MARK_US)), LAGS_US)?;
        if did >= LAGS || now < memory.vain_until {
            return None;
        }
        let far = self.farthest(peers)?;
        let without = self.without(far, peers, memory, now);
        let is_felt = plan.has(far) && self.is_felt(self.way_to_us(far));
        (is_felt && without * 100_000 > self.clock() * did * FEWER_PERCENT).then_some(far)
    }

    /// The longest way of bands between somebody and its neighbours.
    fn way_to_us(&self, who: PeerId) -> u64 {
        let borders = self.partition.strips.windows(2).map(|w| (w[0].peer, w[1].peer));
        let own = borders.filter(|&(a, b)| a != b && (a == who || b == who));
        own.map(|(a, b)| pace::exchange_us(self.border_rtt_us(a, b))).max().unwrap_or(0)
    }

    fn is_felt(&self, way_us: u64) -> bool {
        let superstep_us = u64::from(self.superstep_ticks.max(1)) * 1_000_000_000 / self.clock().max(1);
        way_us * 100 >= superstep_us * WAY_PERCENT
    }

    /// Whether something was gained by taking a strip back.
    fn look_at_proof(&self, peers: &[PeerId], memory: &mut Memory, places: &mut places::Memory, now: Micros) {
        let Some(taken) = memory.taken.as_mut() else { return };
        if peers.contains(&taken.who) {
            if now > taken.since + GIVES_UP_US {
                memory.taken = None;
            }
            return;
        }
        let (at, count) = *taken.gone.get_or_insert((now, peers.len()));
        let Taken { who, rate, .. } = *taken;
        if now < at + SETTLE_US + PROOF_US {
            return;
        }
        let Some(did) = memory.did(at + SETTLE_US, PROOF_US - MARK_US) else {
            if now > at + GIVES_UP_US {
                memory.taken = None;
            }
            return;
        };
        memory.taken = None;
        if did * 100 >= 1000 * KEEPS_PERCENT || did * 100 >= rate * GAIN_PERCENT {
            memory.vain = 0;
        } else if peers.len() == count {
            places.may_again(who, now);
            memory.vain_until = now + (VAIN_US << memory.vain);
            memory.vain = (memory.vain + 1).min(VAIN_TIMES_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::enough::tests::{far, room};
    use crate::leader::testing::{Cluster, NOW, roles};
    use crate::notice::Announcement;

    const S: Micros = 1_000_000;

    /// Of a room that did so much of what was due, in thousandths, for so many seconds each, until now.
    fn did(spans: &[(u64, u64)]) -> Memory {
        let mut at = NOW - spans.iter().map(|span| span.0).sum::<u64>() * S;
        let (mut parts, mut memory) = (0, Memory::default());
        let mut total = Total::default();
        memory.marks.push_back((at, total));
        for &(seconds, share) in spans {
            for _ in 0..seconds * 2 {
                at += MARK_US;
                parts += 60 * MARK_US * share / 1000;
                total = Total { ticks: parts / S, due: total.due + 60 * MARK_US };
                memory.marks.push_back((at, total));
            }
        }
        memory
    }

    /// The same, and somebody got a strip so many seconds ago, when the room did so much.
    fn given(who: u128, rate: u64, ago: u64, spans: &[(u64, u64)]) -> Memory {
        let mut memory = did(spans);
        let (who, since) = (PeerId(who), NOW - ago * S);
        memory.changed_at = since;
        memory.trials.push(Trial { who, chosen_at: since, since: Some(since), rate: Some(rate), particles: 16_000 });
        memory
    }

    fn looks(cluster: &Cluster, memory: &mut Memory, places: &mut places::Memory, now: Micros) -> Option<Decision> {
        let view = cluster.view();
        view.look_for_one_too_many(view.partition, memory, places, now)
    }

    #[test]
    fn a_room_that_lags_does_without_one() {
        let away = || far(3, 2, 60_000, room(3, 16_000));
        let near = || room(3, 16_000);
        let vain = |until| Memory { vain_until: until, ..did(&[(10, 800)]) };
        let changed = |ago| Memory { changed_at: NOW - ago, ..did(&[(10, 800)]) };
        let more = || near().particles(|_| 425);
        let said = Some(Decision::Announce(Announcement::EnoughCompute { computing: 2, others: 1 }));
        for (name, cluster, mut memory, goal) in [
            ("it keeps its clock", away(), did(&[(10, 960)]), None),
            ("not long enough", away(), did(&[(10, 1000), (1, 800)]), None),
            ("the far one", away(), did(&[(10, 800)]), Some(&[1, 1, 3][..])),
            ("others compute since then", away(), changed(SETTLE_US + LAGS_US), Some(&[1, 1, 3])),
            ("not for long", away(), changed(SETTLE_US + LAGS_US - 1), None),
            ("too little is gained", away(), did(&[(10, 900)]), None),
            ("all are near", near(), did(&[(10, 800)]), None),
            ("it is much to compute", far(3, 2, 60_000, room(3, 45_000)), did(&[(10, 850)]), None),
            ("it was no use, the last time", away(), vain(NOW + 1), None),
            ("long ago", away(), vain(NOW), Some(&[1, 1, 3])),
            ("it stands still", away().paused(0), did(&[(10, 800)]), None),
            ("no clock", away().configured(|c| c.pace = crate::api::Pace::Fast), did(&[(10, 800)]), None),
            // Who was given a strip.
            ("much slower since then", near(), given(3, 1000, 11, &[(20, 1000), (11, 850)]), Some(&[1, 2, 2])),
            ("so soon", near(), given(3, 1000, 9, &[(20, 1000), (9, 850)]), None),
            ("slower", near(), given(3, 1000, 15, &[(20, 1000), (15, 950)]), Some(&[1, 2, 2])),
            ("that is told later", near(), given(3, 1000, 15, &[(20, 1000), (15, 970)]), None),
            ("a little slower", near(), given(3, 1000, 35, &[(35, 980)]), Some(&[1, 2, 2])),
            ("too little to tell", near(), given(3, 1000, 35, &[(35, 988)]), None),
            ("as slow as before", near(), given(3, 900, 35, &[(35, 900)]), None),
            ("faster, if not fast", near(), given(3, 700, 35, &[(35, 800)]), None),
            ("there is more", more(), given(3, 1000, 35, &[(35, 900)]), None),
            ("others cannot", room(3, 60_000), given(3, 800, 35, &[(35, 600)]), None),
            ("how it was is not known", near(), Memory { trials: vec![], ..given(3, 0, 35, &[(35, 900)]) }, None),
        ] {
            let mut places = places::Memory::default();
            let decision = looks(&cluster, &mut memory, &mut places, NOW);
            let ids = places.goal().map(|g| g.iter().map(|p| p.0).collect::<Vec<_>>());
            assert_eq!(ids.as_deref(), goal, "{name}");
            assert_eq!(decision, said.clone().filter(|_| goal.is_some()), "{name}");
            let who = goal.map(|g| (1..=3).find(|p| !g.contains(p)).expect("one has none"));
            assert!(who.is_none_or(|who| places.keeps_apart(PeerId(who), NOW + TAKEN_US - 1)), "{name}");
        }
        assert_eq!(roles(away().view().partition), "1/2 2/3 3/1");
    }

    #[test]
    fn a_strip_that_was_taken_back_in_vain_is_given_again() {
        for (name, spans, again) in [
            ("faster now", [(20, 800), (15, 900)], false),
            ("it keeps its clock", [(20, 960), (15, 975)], false),
            ("as slow", [(20, 800), (15, 810)], true),
            ("slower", [(20, 800), (15, 600)], true),
        ] {
            let (mut memory, mut places) = (did(&spans), places::Memory::default());
            let gone = Some((NOW - SETTLE_US - PROOF_US, 2));
            memory.taken = Some(Taken { who: PeerId(3), since: NOW - 20 * S, rate: spans[0].1, gone });
            places.keep_apart(PeerId(3), NOW - 20 * S, TAKEN_US);
            let two = room(2, 16_000).joins(3);
            assert_eq!(looks(&two, &mut memory, &mut places, NOW), None, "{name}");
            assert_eq!(places.keeps_apart(PeerId(3), NOW), !again, "{name}");
            assert_eq!(memory.vain_until > NOW, again, "{name}");
        }
    }

    #[test]
    fn nobody_has_all_others_left_out_by_lagging() {
        // 4 makes the room slow and says that it is fast: one after the other is far enough to be taken for the reason.
        let cluster = far(4, 2, 60_000, far(4, 3, 60_000, room(4, 16_000)));
        let (mut memory, mut places) = (did(&[(20, 700)]), places::Memory::default());
        let (mut taken, mut now) = (0, NOW);
        let mut without = None;
        for _ in 0..2 * 600 {
            now += MARK_US;
            let last = memory.marks.back().expect("it was marked").1;
            memory.marks.push_back((now, Total { ticks: last.ticks + 21, due: last.due + 60 * MARK_US }));
            memory.marks.pop_front();
            let view = cluster.view();
            let mut plan = view.partition.clone();
            if let Some(gone) = without {
                plan.strips.retain(|s| s.peer != gone);
            }
            view.look_for_one_too_many(&plan, &mut memory, &mut places, now);
            match memory.taken {
                Some(Taken { who, gone: None, .. }) => (without, taken) = (Some(who), taken + 1),
                Some(_) => {}
                None => without = without.filter(|&who| places.keeps_apart(who, now)),
            }
            places.begin();
        }
        assert!((1..=3).contains(&taken), "{taken} times in ten minutes");
        assert_eq!(without, None);
    }

    #[test]
    fn who_was_late_gets_none_for_a_while() {
        let cluster = room(3, 16_000);
        let view = cluster.view();
        for (name, mut memory, us) in
            [("late", did(&[(20, 1000)]), 30 * S), ("on trial", given(3, 1000, 9, &[]), TAKEN_US)]
        {
            let mut places = places::Memory::default();
            view.was_late(PeerId(3), &mut memory, &mut places, NOW);
            assert!(places.keeps_apart(PeerId(3), NOW + us - 1), "{name}");
            assert!(!places.keeps_apart(PeerId(3), NOW + us), "{name}");
        }
    }

    #[test]
    fn figures_are_waited_for_and_not_for_ever() {
        let mut memory = Memory::default();
        let mut waits = |who, is_unknown, now| memory.waits_for_figures(PeerId(who), is_unknown, now);
        assert!(!waits(4, false, NOW));
        assert!(waits(4, true, NOW) && waits(4, true, NOW + UNKNOWN_US - 1));
        assert!(!waits(4, true, NOW + UNKNOWN_US));
        assert!(waits(5, true, NOW + UNKNOWN_US), "another's");
        let mut begins = |now| memory.waits_to_begin(now);
        assert!(begins(NOW) && begins(NOW + BEGINS_US - 1) && !begins(NOW + BEGINS_US));
    }
}
