//! Taking the room back to a moment of its past: whom it is asked of, the checkpoint of the present that is taken
//! first, and doing again what was done between an earlier checkpoint and that moment.
//!
//! The world that is left stays among the checkpoints, so that one can go back to it as well.

use super::due::{Due, PersonDue};
use crate::api::{Micros, Moment, PeerId, Proposal};
use crate::checkpoint::CHECKPOINTS_MAX;
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
/// The most ticks after a checkpoint that are done again: longer than the longest time between two that are kept.
pub(crate) const REPLAY_TICKS_MAX: u32 = 60 * 90;

/// How far a return is.
#[derive(Debug)]
enum Stage {
    /// Those who were active are asked.
    Asked { until: Micros, asked: BTreeSet<PeerId>, yes: BTreeSet<PeerId>, no: BTreeSet<PeerId> },
    /// A checkpoint of the present is being taken.
    Keeps { until: Micros, present: Option<CheckpointId> },
}

/// A return that somebody wants.
#[derive(Debug)]
pub(super) struct Rewind {
    number: u64,
    by: PeerId,
    to: CheckpointId,
    ticks: u32,
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
    /// Digests that were the same as then, and those that were not.
    same: u64,
    other: u64,
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
            let exact = self.log.past().deeds_since(id, globals.tick).is_some();
            Some(Moment { epoch: id.epoch, step: id.step, tick: globals.tick, age_s, exact })
        };
        let mut all: Vec<Moment> = self.checkpoints.held().into_iter().filter_map(moment).collect();
        all.drain(..all.len().saturating_sub(CHECKPOINTS_MAX));
        all
    }

    /// A member's player wants the room back at a checkpoint, or at so many ticks after it.
    pub(super) fn leader_rewind(&mut self, by: PeerId, to: CheckpointId, ticks: u32) {
        let now = self.now;
        let known = self.moments().iter().any(|m| (m.epoch, m.step) == (to.epoch, to.step));
        let waits = self.leader.people.get(&by).is_some_and(|p| !p.timers.is_due(PersonDue::Rewind, now));
        if waits {
            return self.tell(by, Announcement::AskedLately);
        }
        if self.leader.rewind.is_some() || self.leader.replay.is_some() || self.leader.opening.is_some() {
            return self.tell(by, Announcement::AnotherReturn);
        }
        if !known || self.keepers(to).is_empty() {
            return self.tell(by, Announcement::NoSuchMoment);
        }
        let active = |(id, p): &(&PeerId, &super::Person)| {
            **id != by && self.roster.has(**id) && p.active_at.is_some_and(|at| now < at + ACTIVE_US)
        };
        let asked: BTreeSet<PeerId> = self.leader.people.iter().filter(active).map(|(id, _)| *id).collect();
        let stage = if asked.is_empty() {
            Stage::Keeps { until: now + PRESENT_US, present: None }
        } else {
            Stage::Asked { until: now + ANSWER_US, asked, yes: BTreeSet::new(), no: BTreeSet::new() }
        };
        self.leader.rewind = Some(Rewind { number: now, by, to, ticks, stage });
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
        let Some(rewind) = &mut self.leader.rewind else { return };
        match &mut rewind.stage {
            Stage::Asked { until, asked, yes, no } => {
                let (roster, until) = (&*self.roster, *until);
                asked.retain(|id| roster.has(*id));
                let agreed = 2 * yes.len() > asked.len() || asked.is_empty();
                let refused = now >= until || 2 * no.len() >= asked.len();
                if agreed {
                    rewind.stage = Stage::Keeps { until: now + PRESENT_US, present: None };
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
            Stage::Keeps { until, present: None } => {
                // What is sealed next is the last that the room can be brought forward to again.
                *until = now + PRESENT_US;
                rewind.stage = Stage::Keeps { until: now + PRESENT_US, present: Some(CheckpointId { epoch: 0, step }) };
                let me = self.me;
                self.leader.savers.insert(me);
                self.wake_at(now);
            }
            Stage::Keeps { until, present: Some(present) } => {
                let (until, since) = (*until, present.step);
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
        let globals = self.checkpoints.globals(to).cloned();
        let Some(globals) = globals.filter(|_| !self.keepers(to).is_empty()) else {
            return self.tell(by, Announcement::NoSuchMoment);
        };
        let tick = globals.tick;
        // No further than that world came.
        let until = (tick + u64::from(ticks)).min(self.log.past().end(to.epoch).max(tick));
        let deeds = self.log.past().deeds_since(to, until).filter(|_| until > tick);
        let was = self.log.tick_end();
        self.begin_world(Origin::Checkpoint(to, Box::new(globals), Return::Asked));
        let ticks_back = was.saturating_sub(until);
        let reached = (tick, self.now);
        self.leader.replay = deeds.map(|deeds| Replay { epoch: to.epoch, deeds, until, reached, same: 0, other: 0 });
        self.announce(Announcement::TakenBack { who: by, ticks_back });
    }

    /// A new leader does again what its predecessor had not done yet, as far as it knows of it.
    pub(crate) fn replay_inherited(&mut self) {
        let (now, tick) = (self.now, self.log.tick_end());
        let (Some(until), Some(id)) = (self.heartbeat.replays_to, self.log.origin()) else { return };
        let deeds = self.log.past().deeds_since(id, until).filter(|_| tick < until);
        self.leader.replay = deeds.map(|mut deeds| {
            deeds.retain(|d| d.tick >= tick);
            Replay { epoch: id.epoch, deeds, until, reached: (tick, now), same: 0, other: 0 }
        });
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
            replay.same += u64::from(then == sum);
            replay.other += u64::from(then != sum);
        }
        if frontier != replay.reached.0 {
            replay.reached = (frontier, now);
        }
        let done = self.log.tick_end() >= replay.until && frontier >= replay.until;
        if !done && now < replay.reached.1 + REPLAY_STUCK_US {
            return;
        }
        let differs = replay.other > 0;
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
            let mut replay = Replay { epoch: 1, deeds, until, reached: (0, 0), same: 0, other: 0 };
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
    }
}
