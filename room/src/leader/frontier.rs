//! How far everyone is: reports, the frontier, the room's digest, and what may be forgotten.

use crate::api::PeerId;
use crate::heartbeat::Report;
use crate::leader::{Leading, Output, Seed, Seeding, Taking};
use crate::message::Reason;
use crate::notice::Announcement;
use crate::raft;
use crate::timeline::{CheckpointId, Step};
use crate::wire::{Kind, heartbeat};
use std::sync::Arc;

/// What is refused here.
const REPORT: Kind = Kind::Heartbeat(heartbeat::Kind::Report);
/// Entries that are committed for longer than this are kept for nobody. More than a follower may be behind before it
/// starts again from the present, so that it still gets on while its welcome is on its way.
const KEPT_STEPS: u64 = 256;
/// A checkpoint that is not whole everywhere after this long is given up.
const CHECKPOINT_PATIENCE_US: u64 = 20_000_000;
/// Faster than any device: particles and ticks a second.
const SPEED_MAX: u64 = 1 << 44;

/// Whether the bands at a step were not the same for all: executor and stand-in of a strip made or took others, or what
/// all executors took is not what all of them made. Compared where the partition stays, once all have said it.
fn bands_differ(step: &Step, seams: &super::Seams) -> bool {
    if !Arc::ptr_eq(&step.old, &step.new) || step.segment.origin.is_some() {
        return false;
    }
    let (mut said, mut heard) = (0u64, 0u64);
    for strip in &step.new.strips {
        let Some(own) = seams.get(&(strip.id, strip.peer)) else { return false };
        let other = strip.stand_in.and_then(|p| seams.get(&(strip.id, p)));
        if other.is_some_and(|other| other != own) {
            return true;
        }
        (said, heard) = (said.wrapping_add(own.0), heard.wrapping_add(own.1));
    }
    said != heard
}

impl Leading<'_> {
    pub(crate) fn report_from(&mut self, from: PeerId, report: Report) {
        let (now, term) = (self.now, self.term);
        let near = raft::is_near(self.term, report.term);
        let Some(person) = self.leader.people.get_mut(&from) else { return };
        if report.lineage != self.log.lineage() || !near {
            return;
        }
        if report.term > term {
            return self.leader.out.push_back(Output::Outranked(from, report.term));
        }
        // Nobody has, or has computed, what is not sealed.
        if report.known > self.log.end() || report.replicas.iter().any(|r| r.done > self.log.end()) {
            return self.leader.out.push_back(Output::Refused(from, REPORT, Reason::Malformed));
        }
        person.heard_at = now;
        if report.term < term || report.since < person.report.since {
            return;
        }
        // A peer that joined again may have lost what it had before.
        let goes_on = person.report.term == term && person.report.since == report.since;
        let (mut work, mut differ) = ((0u64, 0u64), 0);
        for replica in &report.replicas {
            // What it says of a strip counts for steps in which it holds that strip.
            let done = replica.done.checked_sub(1).and_then(|done| Some((done, self.log.step(done)?)));
            let held = |s: &Step| s.new.holds(replica.strip, from) || s.old.holds(replica.strip, from);
            if let Some((done, _)) = done.filter(|(_, step)| held(step)) {
                if let Some(digest) = replica.digest {
                    let known = *self.leader.sums.entry(done).or_default().entry(replica.strip).or_insert(digest);
                    differ += u64::from(known != digest);
                }
                self.leader
                    .parts
                    .entry(done)
                    .or_default()
                    .insert((replica.strip, from), (replica.particles, replica.dormant));
                let seams = self.leader.seams.entry(done).or_default();
                if let Some(bands) = replica.bands {
                    seams.insert((replica.strip, from), bands);
                    differ += u64::from(self.log.step(done).is_some_and(|step| bands_differ(step, seams)));
                }
            }
            let old = person.report.replicas.iter().find(|r| r.strip == replica.strip).map_or(0, |r| r.done);
            if replica.particles >= 1000 && replica.ticks > 0 && replica.done > old {
                let ticks = replica.particles.saturating_mul(u64::from(replica.ticks));
                work.0 = work.0.saturating_add(ticks.saturating_mul(1_000_000));
                work.1 += u64::from(replica.compute_us.max(1));
            }
        }
        if let Some(speed) = work.0.checked_div(work.1).map(|speed| speed.min(SPEED_MAX)) {
            person.speed = if person.speed == 0 { speed } else { (person.speed * 15 + speed) / 16 };
        }
        if report.known > self.log.commit_index() && self.roster.voters.contains(&from) {
            self.leader.out.push_back(Output::Acknowledges(from));
        }
        let failed = report.failed;
        // Reports overtake each other, and a newer one never knows less.
        let known = if goes_on { person.report.known.max(report.known) } else { report.known };
        let newest = |r: &Report| r.replicas.iter().map(|r| r.done).sum::<u64>();
        let stale = goes_on
            && person.report.replicas.len() == report.replicas.len()
            && newest(&report) < newest(&person.report);
        if stale {
            person.report.known = known;
        } else {
            person.report = Report { known, ..report };
        }
        if differ > 0 && self.disagreements == 0 {
            self.announce(Announcement::WorldsDiffer);
        }
        self.leader.out.push_back(Output::Disagree(differ));
        if let Some(why) = failed
            && let Some(person) = self.leader.people.get_mut(&from)
            && !std::mem::replace(&mut person.failed, true)
        {
            self.announce(Announcement::StoppedComputing { who: from, why });
        }
    }

    /// Which stand-ins have the state that they were to get. One that has not come after long is not waited for any more;
    /// before that, another would take its place on the way.
    fn look_at_seeds(&mut self) {
        let now = self.now;
        let strips = &self.log.partition_end().strips;
        if let Some(Seeding { step, strips: seeded, since }) = self.leader.seeding.take() {
            for strip in strips.iter().filter(|s| seeded.contains(&s.id)) {
                if let Some(stand_in) = strip.stand_in {
                    self.leader.seeds.insert(strip.id, Seed { stand_in, step, since, took_us: None });
                }
            }
        }
        let mut seeds = std::mem::take(&mut self.leader.seeds);
        seeds.retain(|&id, seed| strips.iter().any(|s| s.id == id && s.stand_in == Some(seed.stand_in)));
        let view = self.view();
        for (&strip, seed) in seeds.iter_mut().filter(|(_, seed)| seed.took_us.is_none()) {
            let Seed { stand_in, step, since, .. } = *seed;
            let waits = view.has_state(strip, stand_in) && view.done_by(strip, stand_in) <= Some(step);
            let took_us = now.saturating_sub(since);
            seed.took_us = (!waits || took_us > CHECKPOINT_PATIENCE_US).then_some(took_us);
        }
        self.leader.seeds = seeds;
    }

    /// How far all strips are, the room's digest, and the checkpoint that all its keepers have.
    pub(super) fn leader_frontier(&mut self) {
        let view = self.view();
        let done = |s: &crate::partition::Strip| {
            s.holders().filter_map(|p| view.done_by(s.id, p)).max().unwrap_or(view.frontier)
        };
        let frontier = self
            .log
            .partition()
            .strips
            .iter()
            .map(done)
            .min()
            .unwrap_or(self.log.commit_index())
            .min(self.log.commit_index());
        let needs = self.replicas.needs(Some(&*self.log));
        if frontier > self.heartbeat.frontier
            && let Some(tick) = self.log.tick_at(frontier)
        {
            self.heartbeat.frontier = frontier;
            self.heartbeat.frontier_tick = tick;
            self.leader.dirty = true;
        }
        let mut complete = Vec::new();
        for (&step, parts) in self.leader.sums.range(self.leader.summed..) {
            let Some(known) = self.log.step(step) else { continue };
            if let Some(globals) = known.globals_digest
                && known.new.strips.iter().all(|s| parts.contains_key(&s.id))
            {
                let mut sum = globals;
                known.new.strips.iter().filter_map(|s| parts.get(&s.id)).for_each(|&d| sum.add(d));
                complete.push((step, known.epoch, known.segment.tick + u64::from(known.segment.ticks), sum));
            }
        }
        for (step, epoch, tick, sum) in complete {
            // What others say of it later is compared still.
            self.leader.summed = step + 1;
            if self.heartbeat.digest.is_none_or(|d| (d.0, d.1) <= (epoch, tick)) {
                self.heartbeat.digest = Some((epoch, tick, sum));
                self.replay_compare(epoch, tick, sum);
                self.log.past_mut().add_digest(epoch, tick, sum);
                self.leader.dirty = true;
            }
        }
        let now = self.now;
        let holds =
            |p: &PeerId, id: &CheckpointId| self.leader.people.get(p).is_none_or(|p| p.report.checkpoints.contains(id));
        if let Some(Taking { id, keepers, since }) = &self.leader.taking {
            let (whole, took_us) = (keepers.iter().all(|p| holds(p, id)), now.saturating_sub(*since));
            if whole {
                self.leader.common = Some(*id);
            }
            if whole || took_us > CHECKPOINT_PATIENCE_US {
                self.leader.taking = None;
            }
        }
        self.look_at_seeds();
        self.heartbeat.checkpoint = self.leader.common;
        self.leader.out.push_back(Output::Thin);
        // What nobody needs any more.
        let behind = self.log.commit_index().saturating_sub(KEPT_STEPS);
        let known =
            self.leader.people.values().map(|p| p.report.known).min().unwrap_or(self.log.commit_index()).max(behind);
        let needed = known.min(needs).min(self.heartbeat.frontier.max(behind)).saturating_sub(1);
        self.log.forget_before(needed);
        self.leader.sums = self.leader.sums.split_off(&needed);
        self.leader.parts = self.leader.parts.split_off(&needed);
        self.leader.seams = self.leader.seams.split_off(&needed);
        let reached = (self.heartbeat.frontier, self.heartbeat.frontier_tick);
        let runs = !self.leader.paused && !self.replays();
        self.leader.progress.look(now, reached, self.leader.tempo, runs);
        if let Some(percent) = self.leader.progress.speed_percent() {
            self.heartbeat.speed_percent = percent;
        }
    }
}
