//! Being host: who is in, what is sealed when, who computes what, and what happens when someone goes.
//! The role is small on purpose: any member can take it over from its own log and the others' reports.

mod balance;
mod seal;
mod succession;

use crate::api::{Channel, Micros, Pace, PeerId, Profile};
use crate::member::constants;
use crate::partition::{Partition, balanced, equal, worth_it};
use crate::room::{Phase, Room};
use crate::wire::{
    Begin, Control, Handover, LogMsg, Msg, Origin, PEOPLE_MAX, Report, Roster, SEGMENTS_MAX, Sealed, Segment, SnapId,
    TICKS_MAX,
};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The most particles in a room.
pub(crate) const PARTICLES_MAX: u64 = 4_000_000;
/// Sealed steps that may be incomplete: one runs, one has its bands on the way, one is known ahead.
const AHEAD_STEPS: u64 = 3;
/// Added to half a round trip when a segment is sealed ahead of its start.
const LEAD_MARGIN_US: u64 = 5_000;
const SNAPSHOT_EVERY_US: u64 = 5_000_000;
const SNAPSHOT_PATIENCE_US: u64 = 20_000_000;
const BEAT_US: u64 = 200_000;
/// How long the beginning of an epoch may be on its way to a member.
const MISSED_US: u64 = 10_000_000;
const NEWS_US: u64 = 30_000;
const LATE_US: u64 = 250_000;
/// How long two executors may be without a link: one of them may only be the first to notice a third's end.
const APART_US: u64 = 2_000_000;
/// Ticks between looks at the balance.
const BALANCE_TICKS: u64 = 120;
/// Player's commands taken into one segment; the rest waits.
const PLAYER_COMMANDS_MAX: usize = 256;
/// The most commands that wait.
const PENDING_MAX: usize = 2048;
/// A follower further behind than this starts anew from the present.
const BEHIND_MAX: u64 = 256;
/// Worlds up to this many cells have their digest taken at every step, others about twice a second.
const DIGEST_CELLS_MAX: usize = 512 * 1024;

/// What the host knows of a member.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub report: Report,
    /// Whether anything was reported to this host.
    heard: bool,
    links: BTreeSet<PeerId>,
    links_number: u32,
    leaving: bool,
    failed: bool,
    welcomed_at: Micros,
    /// Particle-ticks a second, smoothed.
    speed: u64,
}

/// The host's own state.
#[derive(Debug, Default)]
pub(crate) struct Host {
    pub people: BTreeMap<PeerId, Person>,
    /// Members whose word is awaited before the room is set back.
    collecting: BTreeSet<PeerId>,
    lost: Vec<String>,
    pending: VecDeque<(PeerId, u64, Command)>,
    seqs: BTreeMap<PeerId, u64>,
    started: bool,
    paused: bool,
    singles: u32,
    /// The tick and the time from which starts are reckoned.
    base: (u64, Micros),
    sums: BTreeMap<u64, BTreeMap<PeerId, Digest>>,
    taking: Option<(SnapId, Vec<PeerId>, Micros)>,
    common: Option<SnapId>,
    snapshot_at: Micros,
    balanced_at: u64,
    beat_at: Micros,
    dirty: bool,
    stalled_since: Option<Micros>,
    progress: VecDeque<(Micros, u64)>,
    notice: Option<String>,
    /// Two executors that cannot reach each other, and since when.
    apart: Option<(PeerId, PeerId, Micros)>,
}

impl Room {
    /// Opens a room.
    pub(crate) fn found(&mut self, scene: Scene) {
        self.term = 1;
        self.host_id = Some(self.me);
        self.phase = Phase::In;
        self.roster = Roster { term: 1, version: 1, people: vec![(self.me, self.cfg.profile.clone())] };
        self.host = Some(Box::default());
        self.host_person(self.me);
        let partition = self.fresh_partition(&scene);
        self.begin_epoch(Origin::Scene, 0, scene, None, partition);
    }

    /// What the host does of itself.
    pub(crate) fn host_turn(&mut self) {
        if self.host.is_none() {
            return;
        }
        self.host_frontier();
        self.host_apart();
        self.host_goodbyes();
        // A set-back that is due is finished first: the successor would not know of it.
        if self.phase == Phase::Leaving && self.host.as_ref().is_some_and(|h| h.collecting.is_empty()) {
            self.hand_over();
        }
        let idle = self.host.as_ref().is_some_and(|h| h.started && h.collecting.is_empty())
            && self.log.as_ref().is_some_and(|l| l.partition.strips.is_empty());
        if idle && !self.lenders().is_empty() {
            self.set_back("nobody was computing".into());
        }
        // Few at a time: each may make the next possible, and a broken condition must not spin.
        for _ in 0..2 * AHEAD_STEPS {
            if self.host.is_none() || !self.seal() {
                break;
            }
            self.send_log(true);
            self.exec_turn();
        }
        self.send_log(false);
    }

    /// A newcomer.
    pub(crate) fn hello(&mut self, from: PeerId, theirs: [u32; 4], profile: Profile) {
        let now = self.now;
        let Some(host) = &mut self.host else { return };
        if theirs != constants() {
            let words = "your kernels have other constants than this room's: use the same release".into();
            return self.send(from, Channel::Log, &Msg::Refused(words), &[]);
        }
        if let Some(person) = host.people.get(&from) {
            if now < person.welcomed_at + 10_000_000 {
                return;
            }
            self.remove_person(from, true);
        } else if self.roster.people.len() >= PEOPLE_MAX {
            return self.send(from, Channel::Log, &Msg::Refused("this room is full".into()), &[]);
        }
        if self.host.is_none() {
            return;
        }
        self.roster.people.push((from, profile));
        self.host_person(from);
        self.send_roster();
        self.welcome(from);
    }

    fn host_person(&mut self, peer: PeerId) {
        if let Some(host) = &mut self.host {
            host.people.insert(peer, Person { welcomed_at: self.now, ..Person::default() });
        }
    }

    /// Lets someone into the epoch as it is.
    fn welcome(&mut self, to: PeerId) {
        let (Some(log), Some(scene), Some(host)) = (&self.log, &self.scene, &mut self.host) else { return };
        let begin = Begin {
            term: self.term,
            epoch: log.epoch,
            step: log.next,
            origin: Origin::Live,
            scene: scene.clone(),
            globals: Some(log.globals.clone()),
            partition: (*log.partition).clone(),
            seqs: log.seqs.iter().map(|(&p, &s)| (p, s)).rev().take(PEOPLE_MAX).collect(),
            fast: self.cfg.pace == Pace::Fast,
            roster: self.roster.clone(),
        };
        if let Some(person) = host.people.get_mut(&to) {
            person.report = Report { epoch: begin.epoch, known: begin.step, done: begin.step, ..Report::default() };
        }
        self.send_large(to, &Msg::Begin(Box::new(begin)));
    }

    /// Worlds with much terrain do not belong on the channel of small messages.
    pub(crate) fn send_large(&mut self, to: PeerId, msg: &Msg) {
        self.send(to, Channel::Log, msg, &[]);
        if let Some(crate::api::Output::Send { channel, bytes, .. }) = self.out.back_mut()
            && bytes.len() > 16_384
        {
            *channel = Channel::Bulk;
        }
    }

    fn others(&self) -> Vec<PeerId> {
        self.roster.people.iter().map(|p| p.0).filter(|&p| p != self.me).collect()
    }

    fn send_roster(&mut self) {
        self.roster.version += 1;
        self.roster.term = self.term;
        let msg = Msg::Roster(self.roster.clone());
        self.others().into_iter().for_each(|to| self.send(to, Channel::Log, &msg, &[]));
        self.news();
    }

    fn news(&mut self) {
        if let Some(host) = &mut self.host {
            host.dirty = true;
        }
    }

    /// Begins an epoch for everyone.
    fn begin_epoch(&mut self, origin: Origin, step: u64, scene: Scene, globals: Option<Globals>, partition: Partition) {
        let heard = self.host.iter().flat_map(|h| h.people.values()).map(|p| p.report.epoch).max().unwrap_or(0);
        let epoch = self.log.as_ref().map_or(0, |l| l.epoch).max(heard).saturating_add(1);
        let seqs = self.log.as_ref().map(|l| l.seqs.clone()).unwrap_or_default();
        let tick = globals.as_ref().map_or(0, |g| g.tick);
        let begin = Begin {
            term: self.term,
            epoch,
            step,
            origin,
            scene,
            globals,
            partition,
            seqs: seqs.into_iter().rev().take(4 * PEOPLE_MAX).collect(),
            fast: self.cfg.pace == Pace::Fast,
            roster: self.roster.clone(),
        };
        if let Some(host) = &mut self.host {
            for person in host.people.values_mut() {
                person.welcomed_at = self.now;
                let snapshots = std::mem::take(&mut person.report.snapshots);
                person.report = Report { epoch, known: step, done: step, snapshots, ..Report::default() };
            }
            host.sums.clear();
            host.taking = None;
            host.common = if let Origin::Snapshot(id) = origin { Some(id) } else { None };
            host.snapshot_at = self.now;
            host.base = (tick, 0);
            host.balanced_at = tick;
            host.stalled_since = None;
            host.progress.clear();
            host.pending.retain(|_| origin != Origin::Scene);
        }
        let msg = Msg::Begin(Box::new(begin));
        self.others().into_iter().for_each(|to| self.send_large(to, &msg));
        if let Msg::Begin(begin) = msg {
            self.begin(*begin);
        }
        self.news();
    }

    /// A member's word.
    pub(crate) fn host_message(&mut self, from: PeerId, msg: Msg) {
        let Some(host) = &mut self.host else {
            // The role has gone on; what cannot be said again follows it.
            if let Msg::Control(_) = msg {
                self.tell_host(&msg);
            }
            return;
        };
        let Some(person) = host.people.get_mut(&from) else { return };
        match msg {
            Msg::Report(report) => self.host_report(from, *report),
            Msg::Links { number, peers } if number > person.links_number => {
                person.links_number = number;
                person.links = peers.into_iter().collect();
            }
            Msg::Links { .. } => {} // Overtaken by a newer one.
            Msg::Leaving => {
                person.leaving = true;
                host.dirty = true;
            }
            Msg::Profile(profile) => {
                person.failed &= !profile.lend;
                if let Some(entry) = self.roster.people.iter_mut().find(|p| p.0 == from) {
                    entry.1 = profile;
                    self.send_roster();
                }
            }
            Msg::Commands(list) => {
                for (seq, command) in list {
                    self.host_command(from, seq, command);
                }
            }
            Msg::Control(control) => self.host_control(control),
            _ => {}
        }
    }

    fn host_report(&mut self, from: PeerId, report: Report) {
        let term = self.term;
        let (Some(host), Some(log)) = (&mut self.host, &self.log) else { return };
        let Some(person) = host.people.get_mut(&from) else { return };
        if report.term == term && host.collecting.remove(&from) {
            person.report = report;
            person.heard = true;
            self.host_collected();
            return;
        }
        if report.term == term && report.epoch < log.epoch && self.now > person.welcomed_at + MISSED_US {
            // It missed an epoch's beginning, which was sent long ago.
            person.welcomed_at = self.now;
            if log.partition.has(from) {
                let words = format!("{} missed the start", self.name(from));
                self.set_back(words);
            } else {
                self.welcome(from);
            }
            return;
        }
        if report.epoch != log.epoch || report.done > log.next || report.known > log.next {
            return;
        }
        if let Some(digest) = report.digest
            && report.done > 0
            && log.steps.contains_key(&(report.done - 1))
        {
            host.sums.entry(report.done - 1).or_default().insert(from, digest);
        }
        let work = report.particles.saturating_mul(u64::from(report.ticks)).saturating_mul(1_000_000);
        if report.particles >= 1000 && report.ticks > 0 && report.done > person.report.done {
            let speed = work / u64::from(report.compute_us.max(1));
            person.speed = if person.speed == 0 { speed } else { (person.speed * 15 + speed) / 16 };
        }
        let failed = report.failed.clone();
        person.heard = true;
        let old = &person.report;
        // Reports overtake each other.
        if (report.done, report.known, report.snapshots.len()) >= (old.done, 0, 0) {
            let known = old.known.max(report.known);
            person.report = Report { known, ..report };
        }
        if let Some(words) = failed {
            person.failed = true;
            let words = format!("{} stopped computing: {words}", self.name(from));
            if self.holds_state(from) {
                self.set_back(words);
            }
        }
    }

    fn host_command(&mut self, from: PeerId, seq: u64, command: Command) {
        let particles = self.beat.particles;
        let (Some(host), Some(log)) = (&mut self.host, &self.log) else { return };
        let newest = log.seqs.get(&from).copied().unwrap_or(0);
        let taken = host.seqs.entry(from).or_insert(newest);
        *taken = newest.max(*taken);
        if seq != *taken + 1 || host.pending.len() >= PENDING_MAX {
            return;
        }
        *taken = seq;
        let area = |rect: Rect| rect.area() as u64 * 4;
        let valid = command.is_valid(log.globals.size());
        let added = match &command {
            _ if !valid => 0,
            Command::Pour { stroke, .. } => {
                let side = |k: usize| {
                    (stroke.to[k] - stroke.from[k]).unsigned_abs() as u64 + 2 * stroke.radius.max(0) as u64 + 1
                };
                side(0).saturating_mul(side(1)).saturating_mul(4)
            }
            Command::Fill { rect, .. } => area(*rect),
            Command::Emit(e) => area(e.rect),
            _ => 0,
        };
        let full = added > 0 && particles + added > PARTICLES_MAX;
        if full {
            host.notice = Some(format!("the room is full: {PARTICLES_MAX} particles are the most"));
        }
        // A refused command keeps its place in its author's order, as something that does nothing.
        let kept = if valid && !full { command } else { Command::Gravity(log.globals.gravity) };
        host.pending.push_back((from, seq, kept));
    }

    fn host_control(&mut self, control: Control) {
        let Some(host) = &mut self.host else { return };
        match control {
            Control::Pause => host.paused = true,
            Control::Resume => {
                host.paused = false;
                host.singles = 0;
                host.base.1 = 0;
            }
            Control::Step if host.paused => host.singles = (host.singles + 1).min(600),
            Control::Step => {}
            Control::Load(scene) => {
                host.paused = false;
                host.singles = 0;
                let partition = self.fresh_partition(&scene);
                self.begin_epoch(Origin::Scene, 0, *scene, None, partition);
            }
        }
        self.news();
    }

    /// How far all executors are, the room's digest, and the snapshot that all have.
    fn host_frontier(&mut self) {
        let (Some(host), Some(log)) = (&mut self.host, &mut self.log) else { return };
        let done = |peer: PeerId| host.people.get(&peer).map_or(0, |p| p.report.done);
        let frontier = log.partition.executors().map(done).min().unwrap_or(log.next);
        if frontier > self.beat.frontier
            && let Some(tick) = log.tick_at(frontier)
        {
            self.beat.frontier = frontier;
            self.beat.frontier_tick = tick;
            host.dirty = true;
        }
        let particles = log.partition.executors().filter_map(|p| host.people.get(&p)).map(|p| p.report.particles).sum();
        self.beat.particles = particles;
        let mut complete = Vec::new();
        for (&step, parts) in &host.sums {
            let Some(known) = log.steps.get(&step) else { continue };
            if let Some(globals) = known.globals_digest
                && known.new.executors().all(|p| parts.contains_key(&p))
            {
                let mut sum = globals;
                known.new.executors().filter_map(|p| parts.get(&p)).for_each(|&d| sum.add(d));
                complete.push((step, known.segment.tick + u64::from(known.segment.ticks), sum));
            }
        }
        for (step, tick, sum) in complete {
            host.sums.remove(&step);
            if self.beat.digest.is_none_or(|d| d.0 <= tick) {
                self.beat.digest = Some((tick, sum));
                host.dirty = true;
            }
        }
        let now = self.now;
        let holds = |p: &PeerId, id: &SnapId| host.people.get(p).is_none_or(|p| p.report.snapshots.contains(id));
        match &host.taking {
            Some((id, to, _)) if to.iter().all(|p| holds(p, id)) => {
                host.common = Some(*id);
                host.taking = None;
            }
            Some((_, _, since)) if now > since + SNAPSHOT_PATIENCE_US => host.taking = None,
            _ => {}
        }
        self.beat.snapshot = host.common;
        if let Some(id) = host.common {
            self.snaps.forget_before(id);
        }
        // What nobody needs any more.
        let behind = log.next.saturating_sub(BEHIND_MAX);
        let known = host.people.values().map(|p| p.report.known).min().unwrap_or(log.next).max(behind);
        let needed = known.min(self.exec.at).min(frontier.max(behind)).saturating_sub(1);
        log.forget_before(needed);
        host.sums = host.sums.split_off(&needed);
        while host.progress.front().is_some_and(|p| now > p.0 + 2_000_000) {
            host.progress.pop_front();
        }
        if host.progress.back().is_none_or(|p| now >= p.0 + 50_000) {
            host.progress.push_back((now, self.beat.frontier_tick));
        }
        if let Some(&(since, tick)) = host.progress.front()
            && now > since
        {
            let ticks = self.beat.frontier_tick.saturating_sub(tick);
            self.beat.speed_percent = (ticks * 100_000_000 / 60 / (now - since)).min(100_000) as u32;
        }
    }
}
