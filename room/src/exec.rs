//! Computing one's own region: bands out, bands in, one job at a time.

use crate::api::{Channel, Micros, Output, PeerId};
use crate::bandcode;
use crate::exchange::{incoming, outgoing};
use crate::log::Log;
use crate::room::Room;
use crate::snapshot::Outgoing;
use crate::wire::{Begin, Msg, Origin, SnapId};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::job::{Job, JobOutput, Load, StepJob};
use sim_kernels::particle::Particle;
use std::collections::VecDeque;

/// How long a band may be missing before its owner is named.
const LATE_US: u64 = 250_000;

/// Between the pieces of a snapshot, so that it does not crowd out what is urgent.
const PIECE_EVERY_US: u64 = 2_000;
/// Pieces at one look at most: each takes well under a millisecond to code.
const PIECES_A_TURN: u64 = 6;
/// Snapshots on their way at most; an older one makes room.
const SNAPSHOTS_MAX: usize = 2;

/// What the backend is doing.
#[derive(Debug)]
enum Doing {
    Load,
    Extract { epoch: u32, to: Vec<PeerId> },
    Step { epoch: u32, step: u64, bands_for: Option<Vec<PeerId>>, snapshot: bool },
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Exec {
    /// The next step to run; the held state is that at its start.
    pub at: u64,
    /// Whether the bands for `at` are sent.
    sent: bool,
    /// Whether all bands for `at` were here already.
    complete: bool,
    /// A whole new state to load before anything else.
    load: Option<Load>,
    doing: Option<(u64, Doing)>,
    jobs: u64,
    /// Snapshots of this region on their way.
    snapshots: VecDeque<Outgoing>,
    /// When the last piece went.
    piece_at: Micros,
    /// The backend failed: nothing more until the next epoch.
    broken: bool,
    /// Since when everything but bands was ready.
    ready_at: Option<Micros>,
}

impl Room {
    /// Starts again from an epoch's beginning.
    pub(crate) fn exec_begin(&mut self, begin: &Begin) {
        self.exec.at = begin.step;
        self.exec.complete = false;
        self.exec.sent = false;
        self.exec.ready_at = None;
        self.exec.load = None;
        self.exec.snapshots.clear();
        self.exec.broken = false;
        let world = begin.scene.world;
        let Some(region) = begin.partition.region(self.me, world) else { return };
        let particles = match begin.origin {
            Origin::Live => return,
            Origin::Scene => Some(begin.scene.particles(region)),
            Origin::Snapshot(id) => self.snaps.particles(id, region),
        };
        let globals = begin.globals.clone().unwrap_or_else(|| begin.scene.globals());
        match particles {
            Some(particles) => self.exec.load = Some(Load { globals, region, particles }),
            None => self.fail("the snapshot that the room goes back to is not here".into()),
        }
    }

    /// Forgets the region; what the backend still does is not waited for.
    pub(crate) fn exec_forget(&mut self) {
        self.exec = Exec { jobs: self.exec.jobs, doing: self.exec.doing.take(), ..Exec::default() };
    }

    /// Goes on as far as it can.
    pub(crate) fn exec_turn(&mut self) {
        while self.exec.doing.is_none() && !self.exec.broken && self.exec_once() {}
    }

    /// One thing; whether another may follow at once.
    fn exec_once(&mut self) -> bool {
        if let Some(load) = self.exec.load.take() {
            self.job(Job::Load(load), Doing::Load);
            return false;
        }
        let (me, at) = (self.me, self.exec.at);
        let Some(log) = &self.log else { return false };
        let Some(step) = log.steps.get(&at) else { return false };
        let (world, epoch) = (log.globals.size(), log.epoch);
        if !self.exec.sent {
            let bands = outgoing(step, me, world);
            if !bands.is_empty() {
                let (to, rects) = bands.into_iter().unzip();
                self.job(Job::Extract(rects), Doing::Extract { epoch, to });
                return false;
            }
            self.exec.sent = true;
        }
        let Some(region) = step.new.region(me, world) else {
            self.completed(at + 1);
            return true;
        };
        let wanted = incoming(step, me, world);
        if let Some(peer) = self.bands.missing(epoch, at, &wanted) {
            let since = *self.exec.ready_at.get_or_insert(self.now);
            let late = self.now >= since + LATE_US;
            if late && self.report.missing != Some(peer) {
                self.report.missing = Some(peer);
                self.send_report();
            }
            if !late {
                self.wake_at(since + LATE_US);
            }
            return false;
        }
        if !std::mem::replace(&mut self.exec.complete, true) && !wanted.is_empty() {
            self.stats.exchanged(self.now);
        }
        if let Some(at) = self.start_of(at)
            && at > self.now
        {
            self.wake_at(at);
            return false;
        }
        self.report.missing = None;
        self.exec.ready_at = None;
        self.run_step(region, world, &wanted);
        false
    }

    /// When a step may start, by this peer's own clock.
    fn start_of(&mut self, step: u64) -> Option<Micros> {
        let start = self.log.as_ref()?.steps.get(&step)?.segment.start;
        if start == 0 || self.fast {
            return None;
        }
        if self.host.is_some() {
            return Some(start);
        }
        match self.clock.host_time(self.now) {
            Some(host_now) => Some(self.now + start.saturating_sub(host_now).min(1_000_000)),
            None => None,
        }
    }

    fn run_step(&mut self, region: Rect, world: WorldSize, wanted: &[(PeerId, Rect)]) {
        let at = self.exec.at;
        let Some(log) = &mut self.log else { return };
        let epoch = log.epoch;
        let Some(step) = log.steps.get_mut(&at) else { return };
        let mut particles = self.bands.take(epoch, at, wanted);
        let mut load = None;
        if let Some(globals) = step.globals_start.take() {
            // A region gained: what lies inside is the new state, the rest the band around it.
            let inside = |p: &Particle| region.contains(p.cell().0, p.cell().1);
            let (own, around) = particles.into_iter().partition(inside);
            particles = around;
            load = Some(Load { globals: *globals, region, particles: own });
        }
        let step = &log.steps[&at];
        let snapshot = !step.segment.snapshot.is_empty();
        let mut extract = Vec::new();
        let mut bands_for = None;
        if let Some(next) = log.steps.get(&(at + 1)) {
            let (to, rects): (Vec<PeerId>, Vec<Rect>) = outgoing(next, self.me, world).into_iter().unzip();
            extract = rects;
            bands_for = Some(to);
        }
        if snapshot {
            extract.push(region);
        }
        let job = StepJob {
            region,
            incoming: particles,
            commands: Log::commands(&step.segment),
            extract,
            digest: step.segment.digest,
            view: self.stats.view_due(self.now, self.fast),
        };
        if let Some(load) = load {
            self.exec.jobs += 1;
            self.out.push_back(Output::Job { number: self.exec.jobs, job: Job::Load(load) });
        }
        self.job(Job::Step(job), Doing::Step { epoch, step: at, bands_for, snapshot });
    }

    fn job(&mut self, job: Job, doing: Doing) {
        self.exec.jobs += 1;
        self.exec.doing = Some((self.exec.jobs, doing));
        self.out.push_back(Output::Job { number: self.exec.jobs, job });
    }

    /// A job's answer.
    pub(crate) fn job_done(&mut self, number: u64, result: Result<JobOutput, String>) {
        let output = match result {
            Ok(output) => output,
            Err(words) => {
                self.exec.doing = None;
                return self.fail(words);
            }
        };
        if self.exec.doing.as_ref().is_none_or(|d| d.0 != number) {
            return; // The load before a gained region's first step.
        }
        let Some((_, doing)) = self.exec.doing.take() else { return };
        let current = self.log.as_ref().map(|l| l.epoch);
        match doing {
            Doing::Load => {}
            Doing::Extract { epoch, to } if Some(epoch) == current => {
                self.send_bands(epoch, self.exec.at, &to, &output.extracts);
                self.exec.sent = true;
            }
            Doing::Step { epoch, step, bands_for, snapshot } if Some(epoch) == current && step == self.exec.at => {
                self.step_done(output, epoch, step, bands_for, snapshot);
            }
            // Of an epoch that is over.
            Doing::Extract { .. } | Doing::Step { .. } => {}
        }
    }

    fn step_done(
        &mut self,
        mut output: JobOutput,
        epoch: u32,
        step: u64,
        bands_for: Option<Vec<PeerId>>,
        snapshot: bool,
    ) {
        let whole = if snapshot { output.extracts.pop() } else { None };
        self.stats.step_end_at = self.now;
        if let Some(to) = &bands_for {
            self.send_bands(epoch, step + 1, to, &output.extracts);
        }
        let Some(log) = &self.log else { return };
        let Some(done) = log.steps.get(&step) else { return };
        let world = log.globals.size();
        let ticks = done.segment.ticks;
        let tick = done.segment.tick + u64::from(ticks);
        let to = done.segment.snapshot.clone();
        if let Some(whole) = whole {
            while self.exec.snapshots.len() >= SNAPSHOTS_MAX {
                self.exec.snapshots.pop_front();
            }
            self.exec.snapshots.push_back(Outgoing::new(SnapId { epoch, step }, to, whole));
        }
        let Some(region) =
            self.log.as_ref().and_then(|l| l.steps.get(&step)).and_then(|s| s.new.region(self.me, world))
        else {
            return;
        };
        self.report.digest = output.digest;
        self.report.particles = output.particles;
        self.report.columns = output.columns;
        self.report.column = (region.x0 / sim_kernels::geom::TILE_CELLS) as u16;
        self.report.compute_us = output.compute_us.min(u64::from(u32::MAX)) as u32;
        self.report.ticks = ticks;
        self.completed(step + 1);
        self.exec.sent = bands_for.is_some();
        self.send_report();
        self.own_view(tick, region, output.view);
    }

    /// Everything before `at` is done here.
    fn completed(&mut self, at: u64) {
        self.exec.at = at;
        self.exec.sent = false;
        self.exec.complete = false;
        self.exec.ready_at = None;
        self.report.done = at;
        if let Some(log) = &mut self.log {
            self.bands.forget_before(log.epoch, at);
            if self.host.is_none() {
                log.forget_before(at.saturating_sub(1));
            }
        }
    }

    fn send_bands(&mut self, epoch: u32, step: u64, to: &[PeerId], extracts: &[Vec<Particle>]) {
        for (&peer, particles) in to.iter().zip(extracts) {
            let code = bandcode::encode(particles);
            let before = self.out.len();
            self.send(peer, Channel::Border, &Msg::Band { epoch, step }, &code);
            if self.out.len() > before {
                self.stats.band_particles += particles.len() as u64;
                self.stats.band_bytes += code.len() as u64 + 8;
            }
        }
    }

    /// Codes and sends what is due of a snapshot: a piece a time slice, a few where computing held this peer up.
    pub(crate) fn snapshot_turn(&mut self) {
        if self.exec.snapshots.is_empty() {
            self.exec.piece_at = self.now;
            return;
        }
        let slices = self.now.saturating_sub(self.exec.piece_at) / PIECE_EVERY_US;
        if slices > 0 {
            self.exec.piece_at = self.now;
        }
        for _ in 0..slices.min(PIECES_A_TURN) {
            self.snapshot_piece();
        }
        if !self.exec.snapshots.is_empty() {
            self.wake_at(self.exec.piece_at + PIECE_EVERY_US);
        }
    }

    fn snapshot_piece(&mut self) {
        let Some(out) = self.exec.snapshots.front_mut() else { return };
        let (id, to) = (out.id, out.to.clone());
        match out.piece() {
            Some((index, count, code)) => {
                for peer in to {
                    if peer == self.me {
                        self.snapshot_from(peer, id, index, count, &code);
                    } else {
                        self.send(peer, Channel::Bulk, &Msg::SnapPart { id, index, count }, &code);
                    }
                }
            }
            None => {
                self.exec.snapshots.pop_front();
            }
        }
    }

    /// Keeps a piece of a snapshot, and says when one is whole.
    pub(crate) fn snapshot_from(&mut self, from: PeerId, id: SnapId, index: u16, count: u16, code: &[u8]) {
        self.snaps.put(id, from, index, count, code);
        if self.snaps.held() != self.report.snapshots {
            self.send_report();
        }
    }

    /// Keeps a neighbour's band.
    pub(crate) fn band_from(&mut self, from: PeerId, epoch: u32, step: u64, code: &[u8]) {
        let Some(log) = &self.log else { return };
        let now = (log.epoch, self.exec.at);
        match bandcode::decode(code) {
            Some(particles) => self.bands.put(epoch, step, from, particles, now),
            None => self.stats.malformed += 1,
        }
    }

    /// The region is lost here: the host must give it to another.
    fn fail(&mut self, words: String) {
        let words: String = words.chars().take(200).collect();
        self.exec.broken = true;
        self.notice(format!("this device stopped computing: {words}"));
        self.report.failed = Some(words.chars().take(70).collect());
        self.send_report();
        self.report.failed = None;
    }
}
