//! Sealing: when the next segment is due, what it says, and how it reaches the members.

use super::cluster::ClusterView;
use super::decide::decide;
use super::due::{Due, PersonDue};
use super::pace::Length;
use super::replay::Again;
use super::{Had, Seeding, Superstep, Taking};
use crate::api::{Micros, PeerId, Tempo};
use crate::heartbeat::{ANNOUNCEMENTS_MAX, Heartbeat, SEGMENTS_MAX};
use crate::leader::Leading;
use crate::partition::Strip;
use crate::timeline::{CheckpointId, Origin, Segment};
use crate::wire::heartbeat;

/// Sealed steps that may be incomplete: one runs, one has its bands on the way, two are known ahead.
const AHEAD_STEPS: u64 = 4;
/// Added to what agreement takes when a segment is sealed ahead of its start.
const LEAD_MARGIN_US: u64 = 5_000;
/// The leader is heard this often at least.
const HEARTBEAT_US: u64 = 50_000;
/// And this often when nobody else is there.
const HEARTBEAT_ALONE_US: u64 = 200_000;
const NEWS_US: u64 = 20_000;
/// How fast everyone is interests people, and is a line for each to each.
const FIGURES_US: u64 = 500_000;
/// Nothing gets on for this long, or for two supersteps' computing: stand-ins are to hurry.
const HURRY_US: u64 = 80_000;
/// Nothing gets on for this long, or for four supersteps' computing: somebody is late.
const LATE_US: u64 = 400_000;
const LATE_US_MAX: u64 = 4_000_000;
/// Entries that are not acknowledged go again after this and two round trips; the last few go with every message.
const RESEND_US: u64 = 120_000;
const AGAIN_STEPS: u64 = 4;
/// Worlds up to this many cells have their digest taken at every step, others about twice a second.
const DIGEST_CELLS_MAX: usize = 512 * 1024;
/// So many steps a newcomer may be behind.
const NEWCOMER_STEPS: u64 = 6;
/// A follower further behind than this starts again from the present.
const BEHIND_MAX: u64 = 128;

/// How many steps may be sealed and not done: `away_us` is for agreeing and telling, and the report's way back. No more
/// than the room got done in that time lately, and again as much: each change of the partition waits behind what is
/// sealed, and a room that is held up would seal what it does only much later. `pace` is the room's, in percent.
fn steps_ahead(away_us: u64, superstep_us: u64, pace: u32) -> u64 {
    AHEAD_STEPS + (2 * away_us * u64::from(pace) / 100).min(away_us) / superstep_us
}

/// How far ahead the leader seals, and how far behind that the room is.
struct Horizon {
    /// From sealing to a committed word at some holder of every strip.
    lead: Micros,
    /// The part of it from there to the holders.
    reach: Micros,
    /// The step up to which some holder of every strip has computed; nothing without strips.
    least: Option<u64>,
}

impl ClusterView<'_> {
    fn horizon(&self) -> Horizon {
        let (commit, reach) = self.commit_and_reach_us(|p| Some(self.rtt_us(p))).unwrap_or_default();
        // A near stand-in that has no state yet does not bring the room on.
        let reach = reach.max(self.away_us() / 2);
        let done = |s: &Strip| s.holders().filter_map(|p| self.done_by(s.id, p)).max().unwrap_or(self.frontier);
        let least = self.partition.strips.iter().map(done).min();
        // Where nobody waits for the clock, a newcomer who is slow would never catch up.
        let least = least.map(|l| if self.cfg.is_fast() { l.min(self.newcomers_done()) } else { l });
        Horizon { lead: commit + reach, reach, least }
    }

    pub(super) fn rtt_us(&self, peer: PeerId) -> u64 {
        u64::from(self.overlay.rtt_us(peer).min(1_000_000))
    }

    /// The round trip to the nearest who has a strip's state, of the strip for which that is longest.
    fn away_us(&self) -> u64 {
        let away = |s: &Strip| {
            let nearest = s.holders().filter(|&p| self.has_state(s.id, p)).map(|p| self.rtt_us(p)).min();
            nearest.unwrap_or_else(|| self.rtt_us(s.peer))
        };
        self.partition.strips.iter().map(away).max().unwrap_or(0)
    }

    /// How far those may let the room go who are to get a strip and compute none yet.
    fn newcomers_done(&self) -> u64 {
        let done = |s: &Strip| {
            let newcomer = s.stand_in.filter(|p| !self.partition.has(*p))?;
            self.done_by(s.id, newcomer).map(|done| done + NEWCOMER_STEPS)
        };
        self.partition.strips.iter().filter_map(done).min().unwrap_or(u64::MAX)
    }
}

impl Leading<'_> {
    /// Seals the next segment if it is time; whether it did.
    pub(crate) fn seal(&mut self) -> bool {
        if !self.leader_started() {
            return false;
        }
        let fast = self.cfg.is_fast();
        let now = self.now;
        if self.log.last_term() != self.term || self.log.is_full() {
            return false;
        }
        if !self.leader.timers.is_due(Due::HandOver, now) {
            return false;
        }
        let (view, memory) = self.view_and_memory();
        let decisions = decide(&view, memory, now);
        let Superstep { partition: wanted, ticks, keepers, seeds } = self.apply(decisions);
        let (step, tick) = (self.log.end(), self.log.tick_end());
        if ticks > 0 && !self.replays() && self.leader.pending.waits() {
            self.leave_recording();
        }
        let replayed = self.replayed(tick, ticks);
        let ticks = replayed.as_ref().map_or(ticks, |again| again.ticks);
        let (keepers, seeds) = if ticks == 0 || self.replays() { Default::default() } else { (keepers, seeds) };
        if ticks == 0 && wanted.is_none() {
            self.unstalled();
            return false;
        }
        let superstep_us = self.leader.tempo.us_of(u64::from(ticks.max(1)));
        let Horizon { lead, reach, least } = self.view().horizon();
        self.look_for_late(step);
        let changes = wanted.is_some();
        if let Some(least) = least
            && least + steps_ahead(lead + reach, superstep_us, self.pace(least)) < step + 1
            && !changes
        {
            self.stalled(least);
            return false;
        }
        let start = if fast || ticks == 0 || self.replays() {
            0
        } else {
            let alone = self.roster.people.len() == 1;
            // In slow motion no longer than at full speed: what players do would wait.
            let ahead_us = superstep_us.min(Tempo::Full.us_of(u64::from(ticks)));
            let lead_us = if alone { 0 } else { ahead_us + lead + LEAD_MARGIN_US };
            let start = self.start(tick, lead_us, superstep_us);
            if now + lead_us < start && !changes {
                self.unstalled();
                self.wake_at(start - lead_us);
                return false;
            }
            start
        };
        self.unstalled();
        let commands = match replayed {
            Some(Again { commands, quota, .. }) => {
                self.leader.grant(step, &quota);
                commands
            }
            None => self.sealed_commands(step, tick, ticks),
        };
        let end = tick + u64::from(ticks);
        let small = self.log.scene_end().world.rect().area() <= DIGEST_CELLS_MAX;
        let digest = small || tick / 30 != end / 30 || self.cfg.end_tick == Some(end) || self.leader.paused;
        // Who keeps a checkpoint compares it with that.
        let digest = digest || !keepers.is_empty() || !seeds.is_empty() || self.replay_compares(end);
        if self.leader.paused && !self.replays() {
            self.leader.singles = self.leader.singles.saturating_sub(ticks);
        }
        if wanted.is_some() {
            self.leader.changing = step + 1;
        }
        if !keepers.is_empty() {
            let id = CheckpointId { epoch: self.log.epoch_end(), step };
            self.leader.taking = Some(Taking { id, keepers: keepers.clone(), since: now });
            self.leader.checkpoint_at = now;
        }
        if !seeds.is_empty() {
            self.leader.seeding = Some(Seeding { step, strips: seeds.clone(), since: now });
            self.leader.seeded_at = now;
        }
        let segment = Segment {
            step,
            tick,
            ticks,
            start,
            partition: wanted,
            commands,
            keepers,
            seeds,
            digest,
            ..Segment::default()
        };
        let term = self.term;
        let grew = self.log.append(term, segment);
        self.replay_sealed(tick, ticks);
        debug_assert!(grew, "the leader's own segment fits its log");
        self.send_report();
        grew
    }

    /// The room's pace in percent of what it is to be, where every strip has done the steps before this one. What the
    /// predecessor sealed started by another clock: of that, its word for the pace counts. Terms do not go back, so
    /// the oldest entry tells.
    fn pace(&self, done: u64) -> u32 {
        let inherited = self.log.entries_from(done).next().is_some_and(|(term, _)| term != self.term);
        let pace = self.heartbeat.speed_percent.max(if inherited { self.leader.pace_before } else { 0 });
        (u64::from(pace) * 100 / u64::from(self.leader.tempo.percent())).min(u64::from(u32::MAX)) as u32
    }

    /// When what begins at this tick starts, if it is sealed so long before. A stall is not chased: the clock begins
    /// again.
    fn start(&mut self, tick: u64, lead_us: u64, superstep_us: u64) -> Micros {
        let due = self.due(tick);
        if self.leader.base.1 == 0 || due + 2 * superstep_us < self.now + lead_us.saturating_sub(LEAD_MARGIN_US) {
            self.leader.base = (tick, self.now + lead_us);
        }
        self.due(tick)
    }

    /// When a tick begins by the room's clock.
    fn due(&self, tick: u64) -> Micros {
        let (from, at) = self.leader.base;
        at + self.leader.tempo.us_of(tick.saturating_sub(from))
    }

    /// The clock goes as fast as this from the end of what is sealed.
    pub(super) fn goes_at(&mut self, tempo: Tempo) {
        if tempo == self.leader.tempo {
            return;
        }
        if self.leader.base.1 != 0 {
            let tick = self.log.tick_end();
            self.leader.base = (tick, self.due(tick));
        }
        self.leader.tempo = tempo;
        // What was too short a superstep until now may do, and at once.
        self.leader.memory.length = Length::default();
    }

    /// A change of the partition that the predecessor sealed may be under way still: the next one waits for it, since
    /// nobody may hold by then what only those of the earlier partition have.
    pub(crate) fn change_inherited(&mut self) {
        let newest = self.log.entries_from(self.heartbeat.frontier).filter(|(_, s)| s.partition.is_some()).last();
        self.leader.changing = newest.map_or(0, |(_, s)| s.step + 1);
    }

    /// Strips whose stand-ins are ahead of their executors.
    fn look_for_late(&mut self, step: u64) {
        let view = self.view();
        let log = &*self.log;
        let mut late = Vec::new();
        for strip in &log.partition_end().strips {
            if let Some(stand_in) = strip.stand_in {
                let executor = view.done_by(strip.id, strip.peer).unwrap_or(0);
                let other = view.done_by(strip.id, stand_in).unwrap_or(0);
                late.push((strip.id, other > executor + 1 && view.has_state(strip.id, stand_in)));
            }
        }
        for (id, late) in late {
            let news = self.leader.memory.strips.entry(id).or_default();
            if news.looked == step {
                continue;
            }
            news.looked = step;
            news.late = if late { news.late + 1 } else { news.late.saturating_sub(2) };
        }
    }

    pub(super) fn stalled(&mut self, least: u64) {
        let now = self.now;
        let since = *self.leader.stalled_since.get_or_insert(now);
        // Slow is not late.
        let usual = |s: &Strip| {
            let report =
                self.leader.people.get(&s.peer).and_then(|p| p.report.replicas.iter().find(|r| r.strip == s.id));
            report.map_or(0, |r| u64::from(r.compute_us))
        };
        let slowest = self.log.partition_end().strips.iter().map(usual).max().unwrap_or(0).min(LATE_US_MAX / 4);
        let (hurry, late) = (since + HURRY_US.max(2 * slowest), since + LATE_US.max(4 * slowest));
        if now < hurry {
            return self.wake_at(hurry);
        }
        let view = self.view();
        // Neighbours of a strip that is late wait for its bands, and are no further than it; but they report.
        let behind = |s: &&Strip| s.holders().all(|p| view.done_by(s.id, p).unwrap_or(0) <= least);
        let heard = |p: &PeerId| self.leader.people.get(p).map_or(0, |p| p.heard_at);
        let culprit = self.log.partition_end().strips.iter().filter(behind).map(|s| s.peer).min_by_key(heard);
        if self.leader.suspect != culprit {
            self.news();
            self.leader.suspect = culprit;
        }
        if now < late {
            return self.wake_at(late);
        }
        let culprit = culprit.filter(|&p| p != self.me);
        if self.heartbeat.waiting != culprit {
            self.heartbeat.waiting = culprit;
            self.news();
        }
    }

    pub(super) fn unstalled(&mut self) {
        self.leader.stalled_since = None;
        self.leader.dirty |= self.heartbeat.waiting.is_some() || self.leader.suspect.is_some();
        self.leader.suspect = None;
        self.heartbeat.waiting = None;
    }

    /// Strips whose stand-ins will be needed.
    fn hurried(&self) -> Vec<u32> {
        let view = self.view();
        let lenders = view.lenders();
        let partition = self.log.partition_end();
        let goal = |i: usize, peer: PeerId| self.leader.memory.places.goal().is_some_and(|g| g.get(i) == Some(&peer));
        let needed = |(i, s): &(usize, &crate::partition::Strip)| {
            let going = !lenders.contains(&s.peer) || self.leader.suspect == Some(s.peer);
            // Until the executor is there again, its stand-in goes on.
            let done = |p: PeerId| view.done_by(s.id, p).unwrap_or(0);
            // Who computes nothing yet is to have it.
            let awaited = |p: PeerId| goal(*i, p) || !partition.has(p) && partition.count(s.peer) > 1;
            s.stand_in.is_some_and(|p| going || awaited(p) || done(p) > done(s.peer) + 2)
        };
        partition.strips.iter().enumerate().filter(needed).map(|(_, s)| s.id).collect()
    }

    /// Whether the room may run: as many as wanted are in.
    pub(super) fn leader_started(&mut self) -> bool {
        if self.leader.started {
            return true;
        }
        let scene = self.log.scene_end().clone();
        let view = self.view();
        let lenders = view.lenders();
        let partition = view.fresh_partition(&scene, &lenders, self.now);
        // Not all of them need get a strip.
        let wanted = (self.cfg.wait_for.max(1) as usize).min(scene.world.tiles_x() as usize);
        let enough = view.together(&lenders).len() >= wanted;
        if !enough && (self.cfg.wait_for > 1 || partition.strips.is_empty()) {
            return false;
        }
        let same = *self.log.partition_end() == partition;
        self.leader.started = true;
        if !same {
            self.begin_world(Origin::Scene(Box::new(scene)));
        }
        true
    }

    /// Tells the members what is new; `sealed`: there is a segment.
    pub(crate) fn send_log(&mut self, sealed: bool) {
        let now = self.now;
        let heartbeat = if self.roster.people.len() > 1 { HEARTBEAT_US } else { HEARTBEAT_ALONE_US };
        let due = self.leader.timers.at(if self.leader.dirty { Due::News } else { Due::Heartbeat });
        if !sealed && now < due {
            self.wake_at(due);
            return;
        }
        self.leader.timers.set(Due::Heartbeat, now + heartbeat);
        self.leader.timers.set(Due::News, now + NEWS_US);
        self.leader.dirty = false;
        *self.heartbeat_at = now;
        self.heartbeat.term = self.term;
        (self.heartbeat.paused, self.heartbeat.tempo) = (self.leader.paused, self.leader.tempo);
        let tells_moments = self.leader_moments();
        let count = self.leader.announcements.len().min(ANNOUNCEMENTS_MAX);
        self.heartbeat.announcements = self.leader.announcements.drain(..count).collect();
        self.heartbeat.nobody = self.leader.nobody_told;
        self.heartbeat.hurry = self.hurried();
        let tells_figures = self.leader.timers.repeats(Due::Figures, now, FIGURES_US);
        if tells_figures {
            self.heartbeat.people = self.figures();
        }
        let log = &*self.log;
        (self.heartbeat.lineage, self.heartbeat.parent) = (log.lineage(), log.parent());
        self.heartbeat.committed = log.commit_index();
        let (first, end) = (log.first(), log.end());
        let told = Heartbeat {
            moments: if tells_moments { self.heartbeat.moments.clone() } else { Vec::new() },
            people: if tells_figures { self.heartbeat.people.clone() } else { Vec::new() },
            ..self.heartbeat.clone()
        };
        let mut messages = Vec::new();
        let mut behind = Vec::new();
        for (&peer, person) in self.leader.people.iter_mut().filter(|p| *p.0 != self.me) {
            let heard = person.report.term == self.term;
            // A new leader does not know yet who has what: from what is committed here on, and older if asked for.
            let known = if heard { person.report.known.min(end) } else { log.commit_index() };
            if known < first || known + BEHIND_MAX < log.commit_index() {
                if person.timers.is_over(PersonDue::Welcome, now) {
                    behind.push(peer);
                }
                continue;
            }
            let patience = RESEND_US + 2 * u64::from(self.overlay.rtt_us(peer));
            if known > person.had.known || now > person.had.since + patience {
                // It got on, or what was sent has to go again.
                person.sent = if known > person.had.known { person.sent } else { known };
                person.had = Had { known, since: now };
            }
            // What is on its way need not be said again but for its end, in case that overtakes the rest.
            let from = known.max(first).max(person.sent.min(end).saturating_sub(AGAIN_STEPS));
            let before_term = if from == 0 { 0 } else { log.term_of(from - 1).unwrap_or(0) };
            let segments = log.entries(from, SEGMENTS_MAX);
            person.sent = person.sent.max(from + segments.len() as u64);
            let votes = if heard { Vec::new() } else { self.leader.votes.clone() };
            let mut msg = Heartbeat { from, before_term, segments, votes, ..told.clone() };
            if let Some(words) = person.tell.take_if(|_| msg.announcements.len() < ANNOUNCEMENTS_MAX) {
                msg.announcements.push(words);
            }
            messages.push((peer, msg));
        }
        for (peer, msg) in messages {
            let msg = heartbeat::Message::Heartbeat(Box::new(msg));
            self.send_large(peer, msg);
        }
        behind.into_iter().for_each(|peer| self.welcome(peer));
        self.wake_at(now + heartbeat);
    }

    /// What everyone takes for a tick, in microseconds, and by how many steps it is behind what is committed.
    fn figures(&self) -> Vec<(PeerId, u32, u32)> {
        let (partition, next) = (self.log.partition(), self.log.commit_index());
        let figures = |(&id, p): (&PeerId, &super::Person)| {
            // What it computes for others may wait, and says nothing of its speed.
            let executes = |strip: u32| partition.find(strip).is_some_and(|s| s.peer == id);
            let own = p.report.replicas.iter().filter(|r| executes(r.strip));
            let of = own.clone().max_by_key(|r| r.particles);
            let all = p.report.replicas.iter().map(|r| r.done);
            let done = own.map(|r| r.done).min().or(all.min()).unwrap_or(p.report.known);
            (id, of.map_or(0, |r| r.compute_us / r.ticks.max(1)), next.saturating_sub(done).min(1 << 20) as u32)
        };
        self.leader.people.iter().map(figures).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_sealed_than_the_room_gets_done() {
        for (name, pace, expected) in [
            ("at full pace", 100, 40),
            ("at half pace", 50, 40),
            ("slow", 10, 8),
            ("a predecessor's pace, from before a stall", 1, 0),
            ("it stands, or has just begun", 0, 0),
            ("it catches up", 300, 40),
        ] {
            assert_eq!(steps_ahead(40 * 33_333, 33_333, pace), AHEAD_STEPS + expected, "{name}");
        }
    }
}
