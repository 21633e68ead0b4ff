//! Being host: who is in, what is sealed when, who computes what, and what happens when someone goes.
//! The role is small on purpose: any member can take it over from its own log and the others' reports.

use crate::api::{Channel, Micros, Pace, PeerId, Profile};
use crate::log::Log;
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
                self.to_host(&msg);
            }
            return;
        };
        let Some(person) = host.people.get_mut(&from) else { return };
        match msg {
            Msg::Report(report) => self.host_report(from, *report),
            Msg::Links { number, peers } => {
                if number > person.links_number {
                    person.links_number = number;
                    person.links = peers.into_iter().collect();
                }
            }
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
            if self.log.as_ref().is_some_and(|l| l.partition.has(from)) {
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
                let side = |k: usize| (stroke.to[k] - stroke.from[k]).unsigned_abs() as u64 + 2 * stroke.radius.max(0) as u64 + 1;
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
            Control::Step => {
                if host.paused {
                    host.singles = (host.singles + 1).min(600);
                }
            }
            Control::Load(scene) => {
                host.paused = false;
                host.singles = 0;
                let partition = self.fresh_partition(&scene);
                self.begin_epoch(Origin::Scene, 0, *scene, None, partition);
            }
        }
        self.news();
    }

    /// Everyone who may compute from a scene's start.
    fn fresh_partition(&self, scene: &Scene) -> Partition {
        let mut peers: Vec<PeerId> = Vec::new();
        for peer in self.lenders() {
            if peers.iter().all(|&other| self.linked(peer, other)) {
                peers.push(peer);
            }
        }
        if self.cfg.equal_strips {
            return equal(&peers, scene.world);
        }
        let mut columns = vec![0u32; scene.world.tiles_x() as usize];
        for (x, column) in columns.iter_mut().enumerate() {
            let strip = Rect::new(x as i32 * 16, 0, x as i32 * 16 + 16, scene.world.height);
            *column = scene.liquid.iter().map(|block| block.intersect(strip).area() as u32 * 4).sum();
        }
        balanced(&peers, &self.speeds(&peers), &columns, scene.world)
    }

    /// In the order of joining.
    fn lenders(&self) -> Vec<PeerId> {
        let Some(host) = &self.host else { return Vec::new() };
        let able = |id: PeerId| host.people.get(&id).is_some_and(|p| !p.leaving && !p.failed);
        let linked = |id: PeerId| id == self.me || self.links.contains_key(&id);
        self.roster.people.iter().filter(|(id, p)| p.lend && able(*id) && linked(*id)).map(|p| p.0).collect()
    }

    fn linked(&self, a: PeerId, b: PeerId) -> bool {
        let Some(host) = &self.host else { return false };
        let says = |x: PeerId, y: PeerId| {
            if x == self.me { self.links.contains_key(&y) } else { host.people.get(&x).is_some_and(|p| p.links.contains(&y)) }
        };
        a == b || says(a, b) && says(b, a)
    }

    fn speeds(&self, peers: &[PeerId]) -> Vec<u64> {
        let profile = |id: PeerId| self.roster.people.iter().find(|p| p.0 == id).map_or(0, |p| p.1.throughput);
        let measured = |id: PeerId| self.host.as_ref().and_then(|h| h.people.get(&id)).map_or(0, |p| p.speed);
        peers.iter().map(|&id| if measured(id) > 0 { measured(id) } else { profile(id) }).collect()
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

    /// Two executors whose link is gone for good cannot both compute: the one who joined later stops.
    fn host_apart(&mut self) {
        let (Some(host), Some(log)) = (&self.host, &self.log) else { return };
        let listed = |id: PeerId| self.roster.people.iter().any(|p| p.0 == id);
        let executors: Vec<PeerId> = log.partition.executors().filter(|&p| listed(p)).collect();
        let heard = |id: PeerId| id == self.me || host.people.get(&id).is_some_and(|p| p.links_number > 0);
        let mut pairs = executors.iter().enumerate().flat_map(|(i, &a)| executors[i + 1..].iter().map(move |&b| (a, b)));
        let broken = pairs.find(|&(a, b)| heard(a) && heard(b) && !self.linked(a, b));
        let since = host.apart.filter(|apart| broken == Some((apart.0, apart.1))).map_or(self.now, |apart| apart.2);
        if let Some(host) = &mut self.host {
            host.apart = broken.map(|(a, b)| (a, b, since));
        }
        let Some((a, b)) = broken else { return };
        if self.now < since + APART_US {
            self.wake_at(since + APART_US);
            return;
        }
        let place = |id: PeerId| self.roster.people.iter().position(|p| p.0 == id);
        let later = if place(a) > place(b) { a } else { b };
        let words = format!("{} and {} cannot reach each other", self.name(a), self.name(b));
        if let Some(person) = self.host.as_mut().and_then(|h| h.people.get_mut(&later)) {
            person.failed = true;
        }
        self.set_back(words);
    }

    /// Lets leavers go once their part is in other hands.
    fn host_goodbyes(&mut self) {
        let (Some(host), Some(log)) = (&self.host, &self.log) else { return };
        if !host.collecting.is_empty() {
            return;
        }
        let frontier = self.beat.frontier;
        let bound = |id: &PeerId| {
            log.partition.has(*id) || log.steps.range(frontier..).any(|(_, s)| s.old.has(*id) || s.new.has(*id))
        };
        let free: Vec<PeerId> =
            host.people.iter().filter(|(id, p)| p.leaving && **id != self.me && !bound(id)).map(|p| *p.0).collect();
        for peer in free {
            self.send(peer, Channel::Log, &Msg::Goodbye, &[]);
            self.remove_person(peer, false);
        }
    }

    fn remove_person(&mut self, peer: PeerId, vanished: bool) {
        let name = self.name(peer);
        self.roster.people.retain(|p| p.0 != peer);
        let Some(host) = &mut self.host else { return };
        host.people.remove(&peer);
        let frontier = self.beat.frontier.min(self.log.as_ref().map_or(0, |l| l.next));
        let held = |log: &Log| {
            log.partition.has(peer) || log.steps.range(frontier..).any(|(_, s)| s.old.has(peer) || s.new.has(peer))
        };
        let mattered = vanished && self.log.as_ref().is_some_and(held);
        self.send_roster();
        if mattered {
            self.set_back(format!("{name} vanished"));
        }
    }

    /// A link of the host is gone.
    pub(crate) fn host_lost(&mut self, peer: PeerId) {
        let Some(host) = &mut self.host else { return };
        if host.people.contains_key(&peer) {
            let waited = host.collecting.remove(&peer);
            self.remove_person(peer, true);
            if waited {
                self.host_collected();
            }
        }
    }

    /// The host vanished and this peer is next: it hears everyone's state first.
    pub(crate) fn take_over(&mut self, words: String) {
        self.term += 1;
        self.host_id = Some(self.me);
        self.roster.people.retain(|p| p.0 == self.me || self.links.contains_key(&p.0));
        let mut host = Host { started: true, paused: self.beat.paused, ..Host::default() };
        host.collecting = self.roster.people.iter().map(|p| p.0).collect();
        host.lost.push(words);
        self.host = Some(Box::new(host));
        for id in self.roster.people.iter().map(|p| p.0).collect::<Vec<_>>() {
            self.host_person(id);
        }
        if let Some(log) = &mut self.log {
            log.forget_starts();
        }
        self.send_roster();
        self.send_links();
        self.send_report();
    }

    fn host_collected(&mut self) {
        let Some(host) = &mut self.host else { return };
        if host.collecting.is_empty() && !host.lost.is_empty() {
            let words = std::mem::take(&mut host.lost).join(", ");
            self.set_back(words);
        }
    }

    /// Sends the room back to the newest snapshot that serves, or to the scene's start.
    fn set_back(&mut self, words: String) {
        let me = self.me;
        let Some(host) = &mut self.host else { return };
        // What the others hold decides; a new host has not heard all of them yet.
        host.collecting.extend(host.people.iter().filter(|(id, p)| !p.heard && **id != me).map(|p| *p.0));
        if !host.collecting.is_empty() {
            host.lost.push(words);
            return;
        }
        let Some(log) = &self.log else { return };
        let (tick, computing) = (log.globals.tick, Arc::clone(&log.partition));
        let Some(scene) = self.scene.clone() else { return };
        let lenders = self.lenders();
        let holders = |id: SnapId| -> Vec<PeerId> {
            let held = |p: PeerId| self.host.as_ref().and_then(|h| h.people.get(&p)).is_some_and(|p| p.report.snapshots.contains(&id));
            let mine = self.snaps.held();
            lenders.iter().copied().filter(|&p| if p == self.me { mine.contains(&id) } else { held(p) }).collect()
        };
        // All that computed hold the last common one; a newer one that only some hold is worth less than their work.
        let all = |id: &SnapId| lenders.iter().filter(|&&p| computing.has(p)).all(|p| holders(*id).contains(p));
        let mine = self.snaps.held();
        let usable = |id: &&SnapId| !holders(**id).is_empty();
        let best = mine.iter().rev().filter(usable).find(|id| all(id)).or_else(|| mine.iter().rev().find(usable)).copied();
        let lost_s = |from: u64| format!("{:.1}", tick.saturating_sub(from) as f64 / 60.0);
        if let Some(id) = best
            && let Some(globals) = self.snaps.globals(id).cloned()
        {
            let peers = self.mutually_linked(holders(id));
            let partition = equal(&peers, scene.world);
            let notice = format!("{words}: {} s were lost", lost_s(globals.tick));
            self.begin_epoch(Origin::Snapshot(id), id.step + 1, scene, Some(globals), partition);
            self.announce(notice);
        } else {
            let partition = self.fresh_partition(&scene);
            self.begin_epoch(Origin::Scene, 0, scene, None, partition);
            self.announce(format!("{words}: the scene begins again, {} s were lost", lost_s(0)));
        }
    }

    fn mutually_linked(&self, peers: Vec<PeerId>) -> Vec<PeerId> {
        let mut kept: Vec<PeerId> = Vec::new();
        for peer in peers {
            if kept.iter().all(|&other| self.linked(peer, other)) {
                kept.push(peer);
            }
        }
        kept
    }

    fn announce(&mut self, words: String) {
        self.notice(words.clone());
        if let Some(host) = &mut self.host {
            host.notice = Some(words.chars().take(200).collect());
            host.dirty = true;
        }
    }

    /// The leaving host names its successor and becomes a member like any other.
    pub(crate) fn hand_over(&mut self) {
        let linked = |p: &&(PeerId, Profile)| p.0 != self.me && self.links.contains_key(&p.0);
        let leaving = |id: PeerId| self.host.as_ref().and_then(|h| h.people.get(&id)).is_some_and(|p| p.leaving);
        let find = |lend: bool| self.roster.people.iter().filter(linked).find(|p| (p.1.lend || !lend) && !leaving(p.0)).map(|p| p.0);
        let Some(next) = find(true).or_else(|| find(false)) else {
            // The last one just goes; among leavers, the host sees the others off first.
            if self.others().is_empty() {
                self.goodbye();
            }
            return;
        };
        let (Some(host), Some(log)) = (self.host.take(), &self.log) else { return };
        self.term += 1;
        let step_us = |tick: u64| host.base.1 + (tick - host.base.0.min(tick)) * 1_000_000 / 60;
        let keep = log.next.saturating_sub(SEGMENTS_MAX as u64);
        let handover = Handover {
            term: self.term,
            epoch: log.epoch,
            segments: log.steps.range(keep..).map(|s| s.1.segment.clone()).collect(),
            pending: host.pending.into_iter().collect(),
            paused: host.paused,
            leaving: host.people.iter().filter(|(id, p)| p.leaving || **id == self.me).map(|p| *p.0).collect(),
            start_in: step_us(log.globals.tick).saturating_sub(self.now).min(1_000_000),
            roster: Roster { term: self.term, ..self.roster.clone() },
        };
        self.host_id = Some(next);
        self.clock = crate::clock::Clock::default();
        self.beat_at = self.now;
        self.send_large(next, &Msg::Handover(Box::new(handover.clone())));
        self.handing = Some((next, Box::new(handover)));
        if let Some(log) = &mut self.log {
            log.forget_starts();
        }
        self.send_links();
        self.send_report();
    }

    /// This peer is the leaving host's successor.
    pub(crate) fn handover(&mut self, h: Handover) {
        let known = self.log.as_ref().is_some_and(|l| l.epoch == h.epoch);
        if h.term <= self.term || !known {
            return;
        }
        self.term = h.term;
        self.host_id = Some(self.me);
        self.roster = h.roster;
        let pending = h.pending.into();
        let mut host = Host { started: true, paused: h.paused, pending, ..Host::default() };
        host.snapshot_at = self.now;
        self.host = Some(Box::new(host));
        for id in self.roster.people.iter().map(|p| p.0).collect::<Vec<_>>() {
            self.host_person(id);
        }
        if let Some(log) = &mut self.log {
            log.offer(h.segments);
            log.forget_starts();
            if let Some(host) = &mut self.host {
                host.seqs = log.seqs.clone();
                for (author, seq, _) in &host.pending {
                    let newest = host.seqs.entry(*author).or_default();
                    *newest = seq.max(newest).to_owned();
                }
                host.base = (log.globals.tick, self.now + h.start_in);
                host.balanced_at = log.globals.tick;
                for (id, person) in &mut host.people {
                    person.report.epoch = log.epoch;
                    person.leaving = h.leaving.contains(id);
                }
            }
        }
        self.log_grew();
        let here = |id: PeerId| id == self.me || self.links.contains_key(&id);
        if let Some(lost) = self.roster.people.iter().map(|p| p.0).find(|&id| !here(id)) {
            // Gone while the role was on its way: nobody else will notice.
            return self.take_over(format!("{} vanished", self.name(lost)));
        }
        self.send_links();
        self.send_report();
        self.send_roster();
    }
}


/// Sealing.
impl Room {
    fn superstep_ticks(&self, executors: usize) -> u32 {
        match self.cfg.superstep_ticks {
            0 if executors <= 1 => 1,
            0 => {
                // Long enough that an exchange takes less than half of it; two at least, so that one late
                // packet does not stop the room.
                let exchange_us = u64::from(self.rtt_max_us()) / 2 + 4_000;
                (exchange_us * 2).div_ceil(16_667).clamp(2, 8) as u32
            }
            ticks => ticks.min(TICKS_MAX),
        }
    }

    fn rtt_max_us(&self) -> u32 {
        // Who only watches may be late.
        let computes = |id: &PeerId| self.log.as_ref().is_some_and(|l| l.partition.has(*id));
        let links = self.links.iter().filter(|(id, _)| computes(id));
        links.map(|(_, l)| l.rtt_us.min(1_000_000)).max().unwrap_or(0)
    }

    /// Seals the next segment if it is time; whether it did.
    fn seal(&mut self) -> bool {
        if !self.host_started() {
            return false;
        }
        let fast = self.cfg.pace == Pace::Fast;
        let rtt_us = u64::from(self.rtt_max_us());
        let now = self.now;
        let wanted = self.wanted_partition();
        let (Some(host), Some(log)) = (&self.host, &self.log) else { return false };
        let (step, tick) = (log.next, log.globals.tick);
        let executors = wanted.as_ref().unwrap_or(&log.partition).strips.len();
        let mut ticks = self.superstep_ticks(executors);
        if let Some(end) = self.cfg.end_tick {
            ticks = ticks.min(end.saturating_sub(tick).min(64) as u32);
        }
        if host.paused {
            ticks = ticks.min(1).min(host.singles);
        }
        if executors == 0 {
            ticks = 0;
        }
        let snapshot = self.wanted_snapshot(executors);
        if ticks == 0 && wanted.is_none() && snapshot.is_empty() {
            self.unstalled();
            return false;
        }
        let superstep_us = u64::from(ticks.max(1)) * 1_000_000 / 60;
        let ahead = AHEAD_STEPS + if fast { 1 } else { rtt_us / superstep_us };
        let (Some(host), Some(log)) = (&mut self.host, &self.log) else { return false };
        let done = |peer: PeerId| host.people.get(&peer).map_or(step, |p| p.report.done);
        let slowest = log.partition.executors().map(|p| (done(p), p)).min();
        if let Some((least, _)) = slowest
            && least + ahead < step + 1
        {
            self.stalled(least);
            return false;
        }
        let alone = executors == 1 && wanted.as_ref().unwrap_or(&log.partition).has(self.me);
        let lead_us = if alone { 0 } else { superstep_us + rtt_us / 2 + LEAD_MARGIN_US };
        let mut start = 0;
        if !fast && ticks > 0 {
            let due = |base: (u64, Micros)| base.1 + (tick - base.0.min(tick)) * 1_000_000 / 60;
            if host.base.1 == 0 || due(host.base) + 2 * superstep_us < now + lead_us.saturating_sub(LEAD_MARGIN_US) {
                // A stall is not chased: the clock begins anew.
                host.base = (tick, now + lead_us);
            }
            start = due(host.base);
            if now + lead_us < start {
                let at = start - lead_us;
                self.unstalled();
                self.wake_at(at);
                return false;
            }
        }
        self.unstalled();
        let commands = self.sealed_commands(tick, ticks);
        let (Some(host), Some(log)) = (&mut self.host, &mut self.log) else { return false };
        let end = tick + u64::from(ticks);
        let world = log.globals.size();
        let small = world.rect().area() <= DIGEST_CELLS_MAX;
        let digest = small || tick / 30 != end / 30 || self.cfg.end_tick == Some(end) || host.paused;
        if host.paused {
            host.singles = host.singles.saturating_sub(ticks);
        }
        if wanted.is_some() {
            host.balanced_at = tick;
        }
        if !snapshot.is_empty() {
            host.taking = Some((SnapId { epoch: log.epoch, step }, snapshot.clone(), now));
            host.snapshot_at = now;
        }
        let segment = Segment { step, tick, ticks, start, partition: wanted, commands, snapshot, digest };
        let grew = log.offer(vec![segment]);
        debug_assert!(grew, "the host's own segment fits its log");
        self.log_grew();
        self.send_own_known();
        grew
    }

    /// The host's own report of a longer log needs no message.
    fn send_own_known(&mut self) {
        let next = self.log.as_ref().map_or(0, |l| l.next);
        if let Some(me) = self.host.as_mut().and_then(|h| h.people.get_mut(&self.me)) {
            me.report.known = next;
        }
    }

    fn stalled(&mut self, least: u64) {
        let now = self.now;
        let (Some(host), Some(log)) = (&mut self.host, &self.log) else { return };
        let since = *host.stalled_since.get_or_insert(now);
        if now < since + LATE_US {
            self.wake_at(since + LATE_US);
            return;
        }
        let late = |p: &PeerId| host.people.get(p).is_some_and(|p| p.report.done == least);
        let waits = |p: &PeerId| host.people.get(p).is_some_and(|p| p.report.missing.is_some());
        let slow: Vec<PeerId> = log.partition.executors().filter(late).collect();
        let culprit = slow.iter().find(|p| !waits(p)).or(slow.first()).copied();
        if self.beat.waiting != culprit {
            self.beat.waiting = culprit;
            self.news();
        }
    }

    fn unstalled(&mut self) {
        if let Some(host) = &mut self.host {
            host.stalled_since = None;
            host.dirty |= self.beat.waiting.is_some();
            self.beat.waiting = None;
        }
    }

    /// Whether the room may run: everyone is heard, and as many as wanted are in.
    fn host_started(&mut self) -> bool {
        let Some(host) = &self.host else { return false };
        if !host.collecting.is_empty() {
            return false;
        }
        if host.started {
            return true;
        }
        let Some(scene) = self.scene.clone() else { return false };
        let partition = self.fresh_partition(&scene);
        let enough = partition.strips.len() >= (self.cfg.wait_for.max(1) as usize).min(scene.world.tiles_x() as usize);
        if !enough && (self.cfg.wait_for > 1 || partition.strips.is_empty()) {
            return false;
        }
        if let Some(host) = &mut self.host {
            host.started = true;
        }
        if self.log.as_ref().is_some_and(|l| *l.partition != partition) {
            self.begin_epoch(Origin::Scene, 0, scene, None, partition);
        }
        true
    }

    /// Another partition, if one is due.
    fn wanted_partition(&self) -> Option<Partition> {
        let (host, log) = (self.host.as_ref()?, self.log.as_ref()?);
        let now: Vec<PeerId> = log.partition.executors().collect();
        let lenders = self.lenders();
        let holds = |p: PeerId| {
            host.common.is_some_and(|id| host.people.get(&p).is_some_and(|p| p.report.snapshots.contains(&id)))
        };
        let mut peers: Vec<PeerId> = now.iter().copied().filter(|p| lenders.contains(p)).collect();
        for &peer in &lenders {
            let in_reach = peers.iter().chain(&now).all(|&other| self.linked(peer, other));
            if !now.contains(&peer) && !now.is_empty() && holds(peer) && in_reach {
                peers.push(peer);
            }
        }
        if peers.is_empty() && !lenders.is_empty() {
            // Leavers compute on until one of those who stay can take over.
            return None;
        }
        let world = log.globals.size();
        peers.truncate(world.tiles_x() as usize);
        let same = peers.len() == now.len() && now.iter().all(|p| peers.contains(p));
        let due = !self.cfg.equal_strips && log.globals.tick >= host.balanced_at + BALANCE_TICKS;
        if same && !due {
            return None;
        }
        if self.cfg.equal_strips {
            return Some(equal(&peers, world));
        }
        let mut columns = vec![0u32; world.tiles_x() as usize];
        for report in now.iter().filter_map(|p| host.people.get(p)).map(|p| &p.report) {
            for (slot, &n) in columns.iter_mut().skip(usize::from(report.column)).zip(&report.columns) {
                *slot = n;
            }
        }
        let speeds = self.speeds(&peers);
        let plan = balanced(&peers, &speeds, &columns, world);
        (!same || worth_it(&log.partition, &plan, &peers, &speeds, &columns)).then_some(plan)
    }

    /// Who is to get a snapshot now, if one is due.
    fn wanted_snapshot(&self, executors: usize) -> Vec<PeerId> {
        let (Some(host), Some(log)) = (&self.host, &self.log) else { return Vec::new() };
        let mut lenders = self.lenders();
        let newcomer = lenders.iter().any(|p| !log.partition.has(*p)) && log.partition.strips.len() < log.globals.size().tiles_x() as usize;
        let missing = newcomer
            && lenders.iter().any(|p| {
                !log.partition.has(*p)
                    && !host.common.is_some_and(|id| host.people.get(p).is_some_and(|p| p.report.snapshots.contains(&id)))
            });
        let quiet = host.paused || self.cfg.end_tick.is_some_and(|end| log.globals.tick >= end);
        let due = !quiet && self.now >= host.snapshot_at + SNAPSHOT_EVERY_US && lenders.len() > 1;
        if host.taking.is_some() || executors == 0 || !(missing || due) {
            return Vec::new();
        }
        if !lenders.contains(&self.me) {
            lenders.push(self.me);
        }
        lenders
    }

    /// What applies in the next segment: the scene's commands at their ticks, the players' at its start.
    fn sealed_commands(&mut self, tick: u64, ticks: u32) -> Vec<Sealed> {
        let (Some(host), Some(scene)) = (&mut self.host, &self.scene) else { return Vec::new() };
        let mut sealed = Vec::new();
        for offset in 0..ticks {
            let at = scene.commands_at(tick + u64::from(offset));
            sealed.extend(at.map(|c| Sealed { author: None, offset: offset as u8, command: c.clone() }));
        }
        if ticks > 0 {
            let count = host.pending.len().min(PLAYER_COMMANDS_MAX);
            let players = host.pending.drain(..count);
            sealed.extend(players.map(|(who, seq, command)| Sealed { author: Some((who, seq)), offset: 0, command }));
            // Past the cap the emitters' own cells are drained for a while.
            if self.beat.particles > PARTICLES_MAX && tick.is_multiple_of(60)
                && let Some(log) = &self.log
            {
                sealed.extend(log.globals.emitters.iter().map(|e| Sealed {
                    author: None,
                    offset: 0,
                    command: Command::Drain { rect: e.rect, until: tick + 60 },
                }));
            }
        }
        sealed
    }

    /// Tells the members what is new; `sealed`: there is a segment.
    fn send_log(&mut self, sealed: bool) {
        let now = self.now;
        let Some(host) = &mut self.host else { return };
        let due = host.beat_at + if host.dirty { NEWS_US } else { BEAT_US };
        if !sealed && now < due {
            self.wake_at(due);
            return;
        }
        host.beat_at = now;
        host.dirty = false;
        self.beat.term = self.term;
        self.beat.paused = host.paused;
        self.beat.notice = host.notice.take();
        let tick_us = |r: &Report| r.compute_us / r.ticks.max(1);
        self.beat.people = host.people.iter().map(|(&id, p)| (id, tick_us(&p.report), p.report.done)).collect();
        let Some(log) = &self.log else { return };
        self.beat.epoch = log.epoch;
        self.beat_at = now;
        let next = log.next;
        let mut messages = Vec::new();
        let mut behind = Vec::new();
        for (&peer, person) in host.people.iter().filter(|p| *p.0 != self.me) {
            let known = person.report.known;
            let first = log.steps.first_key_value().map_or(next, |s| *s.0);
            if person.heard && person.report.epoch == log.epoch && known + BEHIND_MAX / 2 < next && known < first {
                behind.push(peer);
                continue;
            }
            // A new host does not know yet who has what: the newest may be missing, the older is asked for.
            let from = if person.heard { known.min(next) } else { next.saturating_sub(SEGMENTS_MAX as u64) };
            let segments = log.steps.range(from..).take(SEGMENTS_MAX).map(|s| s.1.segment.clone()).collect();
            // A roster may have overtaken the welcome.
            let stale = !sealed && person.report.roster < self.roster.version;
            messages.push((peer, Msg::Log(Box::new(LogMsg { segments, ..self.beat.clone() })), stale));
        }
        let roster = Msg::Roster(self.roster.clone());
        for (peer, msg, stale) in messages {
            self.send(peer, Channel::Log, &msg, &[]);
            if stale {
                self.send(peer, Channel::Log, &roster, &[]);
            }
        }
        behind.into_iter().for_each(|peer| self.welcome(peer));
        self.wake_at(now + BEAT_US);
    }
}
