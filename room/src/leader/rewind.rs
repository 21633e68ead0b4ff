//! Taking the room back to a moment of its past: whom it is asked of, the checkpoint of the present that is taken
//! first, and the return to an earlier checkpoint, from which on what was done is done again up to that moment (`replay`).
//!
//! The world that is left stays among the checkpoints, so that one can go back to it as well.

use super::due::{Due, PersonDue};
use crate::api::{Micros, Moment, PeerId, Proposal};
use crate::checkpoint::CHECKPOINTS_MAX;
use crate::costs::REPLAY_TICKS_MAX;
use crate::leader::Leading;
use crate::notice::Announcement;
use crate::timeline::{CheckpointId, Origin, Return};
use std::collections::BTreeSet;

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

impl Rewind {
    /// What this peer slept through is nobody's silence.
    pub(super) fn slept(&mut self, us: Micros) {
        match &mut self.stage {
            Stage::Asked { until, .. } | Stage::Keeps { until, .. } => *until += us,
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
        let tape = |tick| self.leader.tape.as_ref().and_then(|tape| tape.end_after(to, tick, ticks));
        let is_known = |m: &Moment| m.exact || ticks == 0 || tape(m.tick).is_some();
        let Some(moment) = moment.filter(|m| !self.keepers(to).is_empty() && is_known(m)) else {
            return self.tell(by, Announcement::NoSuchMoment);
        };
        // No further than that world came, or than what is recorded of it.
        let end =
            tape(moment.tick).unwrap_or(self.log.past().end(to.epoch).min(moment.tick + u64::from(REPLAY_TICKS_MAX)));
        let ticks = u64::from(ticks).min(end.saturating_sub(moment.tick)) as u32;
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
        self.heartbeat.replays_to = self.hurries_to();
        self.heartbeat.plays = self.leader.is_playing();
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
        let ticks_back = was.saturating_sub(globals.tick + u64::from(ticks));
        let goes_on = replay.until() > globals.tick;
        let tape = self.leader.tape.take_if(|tape| tape.end_after(to, globals.tick, ticks).is_some());
        if self.begin_world(Origin::Checkpoint(to, Box::new(globals), Return::Asked)) {
            (self.leader.replay, self.leader.tape) = if goes_on { (Some(replay), tape) } else { (None, None) };
            self.announce(Announcement::TakenBack { who: by, ticks_back });
        }
    }
}
