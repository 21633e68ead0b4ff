//! Taking the room back to a moment of its past: whom it is asked of, the checkpoint of the present that is taken
//! first, and doing again what was done between an earlier checkpoint and that moment.
//!
//! The world that is left stays among the checkpoints, so that one can go back to it as well.

use super::due::{Due, PersonDue};
use crate::api::{Micros, Moment, PeerId, Proposal};
use crate::checkpoint::CHECKPOINTS_MAX;
use crate::costs::REPLAY_TICKS_MAX;
use crate::leader::{Leading, Output};
use crate::notice::Announcement;
use crate::timeline::past::Deed;
use crate::timeline::{CheckpointId, Origin, Return, Sealed};
use std::collections::{BTreeSet, VecDeque};

/// Who did something within this time is asked.
const ACTIVE_US: Micros = 60_000_000;
/// They have this long to answer; silence is no.
const ANSWER_US: Micros = 10_000_000;
/// Who was not agreed with asks no more for this long: the question lies on everyone's screen.
const ASK_AGAIN_US: Micros = 30_000_000;
/// The checkpoint of the present is waited for this long.
const PRESENT_US: Micros = 3_000_000;
/// Between two times that the members are told of the moments.
const MOMENTS_US: Micros = 1_000_000;
/// Doing again what was done may take so long without getting anywhere; then the room goes on from there.
const REPLAY_STUCK_US: Micros = 20_000_000;

/// How far a return is.
#[derive(Debug)]
enum Stage {
    /// Those who were active are asked.
    Asked { until: Micros, asked: BTreeSet<PeerId>, yes: BTreeSet<PeerId>, no: BTreeSet<PeerId> },
    /// A checkpoint of the present is being taken.
    Keeps { until: Micros, since: Option<u64> },
}

/// A return that somebody wants.
#[derive(Debug)]
pub(super) struct Rewind {
    number: u64,
    by: PeerId,
    to: CheckpointId,
    ticks: u32,
    /// The epoch in which it was asked for.
    epoch: u32,
    stage: Stage,
}

/// What is done again.
#[derive(Debug)]
pub(super) struct Replay {
    /// In which epoch it was done first.
    epoch: u32,
    deeds: VecDeque<Deed>,
    /// Up to this tick.
    until: u64,
    /// The tick last reached, and when.
    reached: (u64, Micros),
    /// Another world was computed than then.
    differs: bool,
    /// The step with which it began.
    since: u64,
}

impl Rewind {
    /// What this peer slept through is nobody's silence.
    pub(super) fn slept(&mut self, us: Micros) {
        match &mut self.stage {
            Stage::Asked { until, .. } | Stage::Keeps { until, .. } => *until += us,
        }
    }
}

impl Replay {
    /// What the next superstep is that begins at a tick: at most `most` ticks, and what is done in it. It ends where
    /// the next step begins in which something was done, so that none has more commands than one had then.
    fn next(&self, tick: u64, most: u32) -> (u32, Vec<Sealed>) {
        let left = |until: u64| until.saturating_sub(tick).min(u64::from(most)) as u32;
        match self.deeds.front() {
            Some(deed) if deed.tick <= tick => {
                let ticks = deed.ticks.min(left(self.until));
                (ticks, deed.commands.iter().filter(|c| u32::from(c.offset) < ticks).cloned().collect())
            }
            Some(deed) => (left(deed.tick.min(self.until)), Vec::new()),
            None => (left(self.until), Vec::new()),
        }
    }

    /// What was done before a tick is done already.
    fn skip(&mut self, tick: u64) {
        while let Some(deed) = self.deeds.front().filter(|deed| deed.tick < tick) {
            let (from, ticks) = (deed.tick, deed.ticks);
            self.sealed(from, (tick - from).min(u64::from(ticks)) as u32);
        }
    }

    /// What this peer slept through is nobody's silence.
    pub(super) fn slept(&mut self, us: Micros) {
        self.reached.1 += us;
    }

    /// So many ticks from a tick on are sealed.
    fn sealed(&mut self, tick: u64, ticks: u32) {
        let Some(deed) = self.deeds.front_mut().filter(|deed| deed.tick <= tick) else { return };
        deed.commands.retain_mut(|command| {
            let left = u32::from(command.offset).checked_sub(ticks);
            command.offset = left.unwrap_or(0) as u8;
            left.is_some()
        });
        (deed.tick, deed.ticks) = (deed.tick + u64::from(ticks), deed.ticks - ticks.min(deed.ticks));
        if deed.ticks == 0 {
            self.deeds.pop_front();
        }
    }
}

impl Leading<'_> {
    /// Moments that the room can be taken back to, the oldest first.
    fn moments(&self) -> Vec<Moment> {
        let world = self.log.scene_end().world;
        let moment = |id: CheckpointId| {
            let globals = self.checkpoints.globals(id).filter(|g| g.size() == world)?;
            let age_s = (self.checkpoints.age(id, self.now) / 1_000_000) as u32;
            let exact = self.log.past().knows_since(id);
            Some(Moment { epoch: id.epoch, step: id.step, tick: globals.tick, age_s, exact })
        };
        let mut all: Vec<Moment> = self.checkpoints.held().into_iter().filter_map(moment).collect();
        all.drain(..all.len().saturating_sub(CHECKPOINTS_MAX));
        all
    }

    /// A member's player wants the room back at a checkpoint, or at so many ticks after it.
    pub(super) fn leader_rewind(&mut self, by: PeerId, to: CheckpointId, ticks: u32) {
        let now = self.now;
        if self.leader.people.get(&by).is_some_and(|p| !p.timers.is_due(PersonDue::Rewind, now)) {
            return self.tell(by, Announcement::AskedLately);
        }
        // A world that is about to begin takes what is kept with it.
        let begins = self.log.epoch_end() != self.log.epoch();
        if self.leader.rewind.is_some() || self.replays() || self.leader.opening.is_some() || begins {
            return self.tell(by, Announcement::AnotherReturn);
        }
        let moment = self.moments().into_iter().find(|m| (m.epoch, m.step) == (to.epoch, to.step));
        let Some(moment) = moment.filter(|m| !self.keepers(to).is_empty() && (m.exact || ticks == 0)) else {
            return self.tell(by, Announcement::NoSuchMoment);
        };
        // No further than that world came.
        let ticks = u64::from(ticks).min(self.log.past().end(to.epoch).saturating_sub(moment.tick)) as u32;
        // A new leader knows by the log alone who did something before.
        let lately = self.log.tick_end().saturating_sub(ACTIVE_US * 60 / 1_000_000);
        let authors: BTreeSet<PeerId> = self.log.past().authors_since(self.log.epoch(), lately).collect();
        let active = |(id, p): &(&PeerId, &super::Person)| {
            **id != by
                && self.roster.has(**id)
                && (authors.contains(id) || p.active_at.is_some_and(|at| now < at + ACTIVE_US))
        };
        let asked: BTreeSet<PeerId> = self.leader.people.iter().filter(active).map(|(id, _)| *id).collect();
        let stage = if asked.is_empty() {
            Stage::Keeps { until: now + PRESENT_US, since: None }
        } else {
            Stage::Asked { until: now + ANSWER_US, asked, yes: BTreeSet::new(), no: BTreeSet::new() }
        };
        self.leader.rewind = Some(Rewind { number: now, by, to, ticks, epoch: self.log.epoch_end(), stage });
        self.wake_at(now);
        self.news();
    }

    /// A member's player answers.
    pub(super) fn leader_vote(&mut self, from: PeerId, number: u64, agrees: bool) {
        let Some(rewind) = self.leader.rewind.as_mut().filter(|r| r.number == number) else { return };
        if let Stage::Asked { asked, yes, no, .. } = &mut rewind.stage
            && asked.contains(&from)
        {
            yes.remove(&from);
            no.remove(&from);
            if agrees {
                yes.insert(from)
            } else {
                no.insert(from)
            };
            self.wake_at(self.now);
            self.news();
        }
    }

    /// What is to be told of moments and of a return that is asked for. Answers whether the members are told of the
    /// moments now.
    pub(super) fn leader_moments(&mut self) -> bool {
        let now = self.now;
        self.heartbeat.proposal = self.leader.rewind.as_ref().and_then(|rewind| match &rewind.stage {
            Stage::Asked { until, asked, yes, .. } => Some(Proposal {
                number: rewind.number,
                by: rewind.by,
                epoch: rewind.to.epoch,
                step: rewind.to.step,
                ticks: rewind.ticks,
                asked: asked.iter().copied().collect(),
                yes: yes.len() as u32,
                left_s: until.saturating_sub(now).div_ceil(1_000_000) as u32,
            }),
            Stage::Keeps { .. } => None,
        });
        self.heartbeat.goes_to = self.leader.rewind.as_ref().map(|rewind| rewind.to);
        self.heartbeat.replays_to = self.leader.replay.as_ref().map(|replay| replay.until);
        let tells = self.leader.timers.repeats(Due::Moments, now, MOMENTS_US);
        if tells {
            self.heartbeat.moments = self.moments();
        }
        tells
    }

    /// Brings a return on.
    pub(crate) fn leader_rewinds(&mut self) {
        let (now, step) = (self.now, self.log.end());
        self.look_at_replay();
        let over = |r: &mut Rewind| !self.roster.has(r.by) || self.log.epoch_end() != r.epoch;
        self.leader.rewind.take_if(over);
        let Some(rewind) = &mut self.leader.rewind else { return };
        match &mut rewind.stage {
            Stage::Asked { until, asked, yes, no } => {
                let (roster, until) = (&*self.roster, *until);
                asked.retain(|id| roster.has(*id));
                yes.retain(|id| asked.contains(id));
                no.retain(|id| asked.contains(id));
                let agreed = 2 * yes.len() > asked.len() || asked.is_empty();
                let refused = now >= until || 2 * no.len() >= asked.len();
                if agreed {
                    rewind.stage = Stage::Keeps { until: now + PRESENT_US, since: None };
                } else if refused {
                    let by = rewind.by;
                    self.leader.rewind = None;
                    if let Some(person) = self.leader.people.get_mut(&by) {
                        person.timers.set(PersonDue::Rewind, now + ASK_AGAIN_US);
                    }
                    self.announce(Announcement::NotTakenBack { who: by });
                    return;
                } else {
                    return self.wake_at(until);
                }
                self.wake_at(now);
                self.news();
            }
            Stage::Keeps { until, since: None } => {
                // What is sealed next is the last that the room can be brought forward to again.
                *until = now + PRESENT_US;
                rewind.stage = Stage::Keeps { until: now + PRESENT_US, since: Some(step) };
                let me = self.me;
                self.leader.savers.insert(me);
                self.wake_at(now);
            }
            Stage::Keeps { until, since: Some(since) } => {
                let (until, since) = (*until, *since);
                let kept = self.leader.common.is_some_and(|id| id.step >= since) && self.leader.taking.is_none();
                let rests = self.log.partition_end().strips.is_empty();
                if !kept && !rests && now < until {
                    return self.wake_at(until);
                }
                self.leader_goes_back();
            }
        }
    }

    fn leader_goes_back(&mut self) {
        let Some(Rewind { by, to, ticks, .. }) = self.leader.rewind.take() else { return };
        let globals = self.checkpoints.globals(to).filter(|_| !self.keepers(to).is_empty()).cloned();
        let was = self.log.tick_end();
        let begins =
            globals.and_then(|globals| Some((self.replay_from(to, globals.tick, ticks, globals.tick)?, globals)));
        let Some((replay, globals)) = begins else {
            return self.tell(by, Announcement::NoSuchMoment);
        };
        let ticks_back = was.saturating_sub(replay.until);
        let goes_on = replay.until > globals.tick;
        if self.begin_world(Origin::Checkpoint(to, Box::new(globals), Return::Asked)) {
            self.leader.replay = Some(replay).filter(|_| goes_on);
            self.announce(Announcement::TakenBack { who: by, ticks_back });
        }
    }

    /// What is done again of so many ticks after a checkpoint, from a tick on; nothing where not all of it is known.
    fn replay_from(&self, to: CheckpointId, began: u64, ticks: u32, tick: u64) -> Option<Replay> {
        let until = began + u64::from(ticks.min(REPLAY_TICKS_MAX));
        let until = until.min(self.log.past().end(to.epoch)).max(began);
        let deeds = if until > tick { self.log.past().deeds_since(to, until)? } else { VecDeque::new() };
        let mut replay =
            Replay { epoch: to.epoch, deeds, until, reached: (tick, self.now), differs: false, since: self.log.end() };
        replay.skip(tick);
        Some(replay)
    }

    /// A new leader does again what its predecessor had not done yet, as far as it knows of it.
    pub(crate) fn replay_inherited(&mut self) {
        let tick = self.log.tick_end();
        let (Some(until), Some(to)) = (self.heartbeat.replays_to, self.log.went_back_to()) else { return };
        let Some(began) = self.checkpoints.globals(to).map(|globals| globals.tick) else { return };
        let ticks = until.saturating_sub(began).min(u64::from(REPLAY_TICKS_MAX)) as u32;
        self.leader.replay = self.replay_from(to, began, ticks, tick).filter(|replay| replay.until > tick);
    }

    /// Whether the digest at a tick is known from then.
    pub(super) fn replay_compares(&self, tick: u64) -> bool {
        self.leader.replay.as_ref().is_some_and(|replay| self.log.past().digest(replay.epoch, tick).is_some())
    }

    /// The next superstep where something is done again: its ticks, and what is done in it. Nothing: the room goes on.
    pub(super) fn replayed(&self, tick: u64, most: u32) -> Option<(u32, Vec<Sealed>)> {
        self.leader.replay.as_ref().map(|replay| replay.next(tick, most))
    }

    /// A superstep of it is sealed.
    pub(super) fn replay_sealed(&mut self, tick: u64, ticks: u32) {
        if let Some(replay) = &mut self.leader.replay {
            replay.sealed(tick, ticks);
        }
    }

    /// Compares what is done again with what was, and ends it where it is done, or stuck.
    fn look_at_replay(&mut self) {
        let now = self.now;
        let (frontier, digest) = (self.heartbeat.frontier_tick, self.heartbeat.digest);
        let epoch = self.log.epoch_end();
        let Some(replay) = &mut self.leader.replay else { return };
        if let Some((of, tick, sum)) = digest.filter(|d| d.0 == epoch && d.1 <= replay.until)
            && let Some(then) = self.log.past().digest(replay.epoch, tick)
            && of != replay.epoch
        {
            replay.differs |= then != sum;
        }
        if frontier != replay.reached.0 {
            replay.reached = (frontier, now);
        }
        // The frontier's tick may be that of the world before.
        let begun = self.heartbeat.frontier > replay.since;
        let done = begun && self.log.tick_end() >= replay.until && frontier >= replay.until;
        if !done && now < replay.reached.1 + REPLAY_STUCK_US {
            return;
        }
        let differs = replay.differs;
        self.leader.replay = None;
        self.leader.base = (0, 0);
        if differs {
            self.announce(Announcement::WorldsDiffer);
        }
        self.leader.out.push_back(Output::Wake(now));
        self.news();
    }

    /// Whether the room's past is being done again: meanwhile nothing else is sealed.
    pub(super) fn replays(&self) -> bool {
        self.leader.replay.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::command::Command;

    #[test]
    fn all_that_was_done_is_done_again_at_its_tick() {
        let command = |offset| Sealed { author: None, offset, command: Command::Clear };
        let deed = |tick, ticks, offsets: &[u8]| Deed {
            epoch: 1,
            step: tick,
            tick,
            ticks,
            commands: offsets.iter().map(|&offset| command(offset)).collect(),
        };
        let done = |most: u32, until| {
            let deeds = VecDeque::from([deed(10, 3, &[0, 2]), deed(40, 8, &[0, 3, 3, 7])]);
            let mut replay = Replay { epoch: 1, deeds, until, reached: (0, 0), differs: false, since: 0 };
            let (mut tick, mut at) = (0, Vec::new());
            loop {
                let (ticks, commands) = replay.next(tick, most);
                if ticks == 0 {
                    return (tick, at);
                }
                assert!(ticks <= most && commands.iter().all(|c| u32::from(c.offset) < ticks));
                at.extend(commands.iter().map(|c| tick + u64::from(c.offset)));
                replay.sealed(tick, ticks);
                tick += u64::from(ticks);
            }
        };
        for most in [1, 2, 3, 5, 8, 16] {
            assert_eq!(done(most, 100), (100, vec![10, 12, 40, 43, 43, 47]), "{most}");
            assert_eq!(done(most, 44), (44, vec![10, 12, 40, 43, 43]), "no further than wanted");
        }
        assert_eq!(done(0, 100), (0, vec![]), "nobody computes");
        // Another leader goes on in the middle of a step.
        let deeds = VecDeque::from([deed(10, 3, &[0, 2]), deed(40, 8, &[0, 5])]);
        let mut replay = Replay { epoch: 1, deeds, until: 100, reached: (0, 0), differs: false, since: 0 };
        replay.skip(44);
        assert_eq!(replay.next(44, 16), (4, vec![command(1)]));
    }
}
