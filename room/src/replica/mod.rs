//! Computing: this peer's replicas of strips, each a step at a time; bands out, bands in, one job at a time.
//!
//! A replica is a strip's state in a slot of the backend. Its executor speaks for the strip; a stand-in
//! computes the same and speaks when it is asked to, which happens when the executor is late.

pub(crate) mod bands;
pub(crate) mod rto;
mod speculation;

use self::speculation::{Guess, Last, WINDOW_SLOT};
use crate::api::{Channel, Micros, Output, PeerId};
use crate::checkpoint::{Outgoing, PIECE_PARTICLES, REPLAY_US};
use crate::codec::band;
use crate::partition::Partition;
use crate::replica::bands::{AHEAD_MAX, BandKey, Said, incoming, outgoing, speaker};
use crate::replica::rto::Patience;
use crate::room::Room;
use crate::timeline::Log;
use crate::wire::{CutId, Msg, Origin, REPLICAS_MAX, ReplicaReport};
use sim_kernels::geom::Rect;
use sim_kernels::job::{Job, JobOutput, Load, StepJob};
use sim_kernels::particle::Particle;
use std::collections::{BTreeMap, VecDeque};

/// Between the pieces of a cut, so that it does not crowd out what is urgent.
const PIECE_EVERY_US: u64 = 2_000;
/// Between two requests for the same band.
const WANT_EVERY_US: u64 = 60_000;
/// A stand-in is in no hurry: it asks for a band only after so long, and seldom again, because what it lacks may
/// be a whole strip on a slow link.
const STAND_IN_PATIENCE_US: u64 = 400_000;
const STAND_IN_WANT_EVERY_US: u64 = 1_500_000;
/// A stand-in that lacks what nobody whom it reaches ever held waits for so long, then takes the state anew.
const OUT_OF_REACH_US: u64 = 1_000_000;
/// The same where somebody should have it and does not answer.
const UNANSWERED_US: u64 = 4_000_000;
/// How many steps a request for a strip's bands stays in force.
const WANT_STEPS: u64 = 32;
/// Bands that go at once to one who asks again.
const AGAIN_BANDS: usize = 4;
/// The most requests kept.
const WANTS_MAX: usize = 256;
/// A device whose strips take more than this of real time is lazy where it stands in, until they take less.
const HEAVY_PERCENT: u64 = 80;
const LIGHT_PERCENT: u64 = 55;
/// One that is so far behind takes a cut, lazy or not, however quick it is.
const FAR_STEPS: u64 = 24;
/// Bands larger than this, in particles, do not go on the channel of those that are urgent, where a stand-in
/// is all that they are for.
const BULK_PARTICLES: usize = 4096;

/// What the backend is doing for a replica.
#[derive(Debug)]
enum Doing {
    /// The bands of a step.
    Extract {
        step: u64,
        to: Vec<(u32, Vec<PeerId>)>,
    },
    Step {
        step: u64,
        bands: Destinations,
        cut: bool,
    },
    /// A window around a seam is stepped forward, for a guess.
    Window {
        step: u64,
        from: u32,
    },
    /// A step is run on guessed bands.
    Ahead {
        step: u64,
        bands: Destinations,
    },
}

/// For whom a step's bands are, strip by strip; nothing where the next step is not known yet.
type Destinations = Option<Vec<(u32, Vec<PeerId>)>>;

/// A replica: a strip, and the step at which this peer began to hold it.
pub(crate) type ReplicaKey = (u32, u64);

/// One strip's state in a slot of the backend.
#[derive(Debug)]
pub(crate) struct Replica {
    slot: u8,
    /// The next step to run; the held state is that at its start.
    pub at: u64,
    /// The state is yet to come from others, or from the world's new beginning.
    fresh: bool,
    /// Whether the bands for `at` are made.
    sent: bool,
    /// Whether all bands for `at` were here already.
    complete: bool,
    /// Since when everything but bands was ready.
    ready_at: Option<Micros>,
    wanted_at: Micros,
    last: Last,
    /// The step for which a guess was begun: one is enough.
    guessed: u64,
    /// Microseconds a tick, smoothed: one step may have been held up by something else.
    tick_us: u64,
    pub report: ReplicaReport,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Exec {
    pub replicas: BTreeMap<ReplicaKey, Replica>,
    doing: Option<(u64, ReplicaKey, Doing)>,
    jobs: u64,
    /// The slot that the backend's next job is about.
    selected: u8,
    said: Said,
    /// Who asked for which strip's bands for which strip, until which step.
    wants: BTreeMap<(u32, u32, PeerId), u64>,
    /// Parts of cuts on their way.
    cuts: VecDeque<Outgoing>,
    /// The backend failed: nothing more until the profile is given again.
    pub broken: bool,
    patience: Patience,
    /// This device has enough to do with its own strips: what it holds for others waits until it is needed.
    pub lazy: bool,
    guess: Option<Guess>,
    /// Something was guessed, and its slots hold memory.
    guessed: bool,
    /// The slot for what runs ahead.
    spare: u8,
}

impl Default for Exec {
    fn default() -> Self {
        Self {
            replicas: BTreeMap::new(),
            doing: None,
            jobs: 0,
            selected: 0,
            said: Said::default(),
            wants: BTreeMap::new(),
            cuts: VecDeque::new(),
            broken: false,
            patience: Patience::default(),
            lazy: false,
            guess: None,
            guessed: false,
            spare: REPLICAS_MAX as u8,
        }
    }
}

impl Exec {
    /// See [`Room::portrait`].
    pub fn portrait(&self) -> String {
        let replicas: Vec<String> =
            self.replicas.iter().map(|(k, r)| format!("{}@{} sent {} fresh {}", k.0, r.at, r.sent, r.fresh)).collect();
        format!(
            "replicas {replicas:?} jobs {} doing {:?} lazy {} broken {}",
            self.jobs, self.doing, self.lazy, self.broken
        )
    }

    /// Whether this peer has a strip's state.
    pub fn holds(&self, strip: u32) -> bool {
        self.replicas.iter().any(|(key, replica)| key.0 == strip && !replica.fresh)
    }

    /// Gives the backend a job for one of its states; the job's number.
    fn put(&mut self, out: &mut VecDeque<Output>, slot: u8, job: Job) -> u64 {
        if self.selected != slot {
            self.selected = slot;
            self.jobs += 1;
            out.push_back(Output::Job { number: self.jobs, job: Job::Select(slot) });
        }
        self.jobs += 1;
        out.push_back(Output::Job { number: self.jobs, job });
        self.jobs
    }
}

impl Room {
    /// Which bands each replica waits for (see [`Room::portrait`]).
    pub(crate) fn waits_for(&self) -> String {
        let Some(log) = &self.log else { return String::new() };
        let missing = |(key, r): (&ReplicaKey, &Replica)| {
            let Some(step) = log.steps.get(&r.at) else { return format!("{} step unknown", key.0) };
            let wanted = incoming(step, self.me, key.0, step.world);
            let missing: Vec<(u32, Vec<u128>)> = wanted
                .iter()
                .filter(|w| !self.bands.has((r.at, w.0, key.0)))
                .map(|w| (w.0, step.old.find(w.0).map_or(vec![], |s| s.holders().map(|p| p.0).collect())))
                .collect();
            format!("{}@{} lacks {missing:?}", key.0, r.at)
        };
        self.exec.replicas.iter().map(missing).collect::<Vec<_>>().join(", ")
    }

    /// A step is agreed: replicas begin here.
    pub(crate) fn exec_agreed(&mut self, number: u64) {
        let me = self.me;
        let anew =
            self.log.as_ref().and_then(|l| l.steps.get(&number)).is_some_and(|step| step.segment.origin.is_some());
        if anew {
            self.free_slots();
            self.exec.replicas.clear();
            self.exec.said.clear();
            self.exec.wants.clear();
            self.exec.cuts.clear();
            self.bands.clear();
        }
        if self.exec.broken {
            return;
        }
        let Some(step) = self.log.as_ref().and_then(|l| l.steps.get(&number)) else { return };
        let begins: Vec<u32> = step
            .new
            .strips
            .iter()
            .filter(|s| s.is_held_by(me) && (anew || !step.old.holds(s.id, me)))
            .map(|s| s.id)
            .collect();
        for id in begins {
            let used: Vec<u8> = self.exec.replicas.values().map(|r| r.slot).chain([self.exec.spare]).collect();
            let Some(slot) = (0..WINDOW_SLOT).find(|s| !used.contains(s)) else { return };
            let replica = Replica {
                slot,
                at: number,
                fresh: true,
                sent: false,
                complete: false,
                ready_at: None,
                wanted_at: 0,
                last: Last::default(),
                guessed: 0,
                tick_us: 0,
                report: ReplicaReport { strip: id, done: number, fresh: true, ..ReplicaReport::default() },
            };
            self.exec.replicas.insert((id, number), replica);
        }
    }

    /// Forgets all replicas; what the backend still does is not waited for.
    pub(crate) fn exec_forget(&mut self) {
        self.free_slots();
        let (jobs, selected) = (self.exec.jobs, self.exec.selected);
        self.exec = Exec { jobs, selected, doing: self.exec.doing.take(), ..Exec::default() };
        self.bands.clear();
    }

    /// The step before which nothing is needed here any more.
    pub(crate) fn exec_needs(&self) -> u64 {
        let next = self.log.as_ref().map_or(0, |l| l.next);
        self.exec.replicas.values().map(|r| r.at).min().unwrap_or(next)
    }

    /// Goes on as far as it can: executors' strips first, then stand-ins', those that are waited for and then the one
    /// that is furthest back first.
    pub(crate) fn exec_turn(&mut self) {
        for _ in 0..4 * REPLICAS_MAX {
            if self.exec.doing.is_some() || self.exec.broken {
                return;
            }
            let Some(log) = &self.log else { return };
            // What one executes at any step that is still to come must be computed, and spoken for.
            let mine = |p: &Partition, strip: u32| p.find(strip).is_some_and(|s| s.peer == self.me);
            let executes = |key: &ReplicaKey, r: &Replica| {
                mine(&log.partition, key.0)
                    || log.steps.range(r.at..).any(|(_, s)| mine(&s.new, key.0) || mine(&s.old, key.0))
            };
            // What one stands in for, until all that it stood in for is done.
            let frontier = self.beat.frontier;
            let held = |key: &ReplicaKey, r: &Replica| {
                let holds = |p: &Partition| p.holds(key.0, self.me);
                holds(&log.partition)
                    || log.steps.range(r.at.max(frontier)..).any(|(_, s)| holds(&s.new) || holds(&s.old))
            };
            let useless = self.exec.replicas.iter().find(|(k, r)| !held(k, r) && !executes(k, r));
            if let Some(key) = useless.map(|(k, _)| *k) {
                self.drop_replica(key);
                continue;
            }
            // The host can hurry only what its newest partition has.
            let hurry = |key: &ReplicaKey| self.beat.hurry.contains(&key.0);
            let waits = |key: &ReplicaKey, r: &Replica| {
                let spare = self.exec.lazy && !r.fresh && log.partition.holds(key.0, self.me);
                spare && !executes(key, r) && !hurry(key)
            };
            let replicas = self.exec.replicas.iter().filter(|(k, r)| !waits(k, r));
            let mut order: Vec<_> = replicas.map(|(k, r)| (!executes(k, r), !hurry(k), r.at, *k)).collect();
            order.sort_unstable();
            if !order.into_iter().any(|(.., key)| self.exec_once(key)) {
                return;
            }
        }
        self.wake_at(self.now);
    }

    /// Whether this device has time to stand in for others: measured by what its strips take of real time.
    fn weigh_load(&mut self) {
        let (me, fast) = (self.me, self.fast);
        let Some(log) = &self.log else { return };
        let own = self.exec.replicas.keys().any(|k| log.partition.find(k.0).is_some_and(|s| s.peer == me));
        // What is not computed now may take less by the time that it is.
        let lazy = self.exec.lazy;
        for (key, replica) in &mut self.exec.replicas {
            if lazy && log.partition.find(key.0).is_some_and(|s| s.peer != me) {
                replica.tick_us -= replica.tick_us / 16;
            }
        }
        let percent: u64 = self.exec.replicas.values().map(|r| r.tick_us * 60 * 100 / 1_000_000).sum();
        let most = if self.exec.lazy { LIGHT_PERCENT } else { HEAVY_PERCENT };
        self.exec.lazy = own && (fast || percent > most);
    }

    /// A cut brings what waits up to its time, without computing.
    fn reseed(&mut self, id: CutId, strip: u32) {
        let (me, lazy) = (self.me, self.exec.lazy);
        let Some(log) = &self.log else { return };
        let Some(step) = log.steps.get(&id.step).filter(|s| s.era == id.era) else { return };
        let (Some(held), Some(globals)) = (step.new.find(strip), &step.globals_end) else { return };
        let region = held.rect(step.world);
        let behind = |(k, r): &(&ReplicaKey, &mut Replica)| k.0 == strip && !r.fresh && r.at <= id.step;
        let Some((key, replica)) = self.exec.replicas.iter_mut().find(behind) else { return };
        let steps = id.step + 1 - replica.at;
        let far = steps > FAR_STEPS || steps * u64::from(replica.report.compute_us) > REPLAY_US;
        if !lazy && !far || held.peer == me || self.exec.doing.as_ref().is_some_and(|d| d.1 == *key) {
            return;
        }
        let Some(particles) = self.cuts.strip(id, strip, region) else { return };
        (replica.at, replica.sent, replica.complete, replica.ready_at) = (id.step + 1, false, false, None);
        let tiles = sim_kernels::geom::TILE_CELLS;
        let column = region.x0 / tiles;
        let mut columns = vec![0; (region.width() / tiles) as usize];
        particles.iter().for_each(|p| columns[(p.cell().0 / tiles - column) as usize] += 1);
        replica.report = ReplicaReport {
            done: id.step + 1,
            digest: None,
            particles: particles.len() as u64,
            columns,
            column: column as u16,
            ..replica.report.clone()
        };
        let (slot, globals) = (replica.slot, (**globals).clone());
        self.exec.put(&mut self.out, slot, Job::Load(Load { globals, region, particles }));
        self.forget_bands();
        self.send_report();
    }

    /// One thing for one replica; whether something was done.
    fn exec_once(&mut self, key: ReplicaKey) -> bool {
        let me = self.me;
        let (Some(log), Some(replica)) = (&self.log, self.exec.replicas.get_mut(&key)) else { return false };
        let at = replica.at;
        let Some(step) = log.steps.get(&at) else { return false };
        let world = step.world;
        if !replica.sent && !replica.fresh {
            let bands = outgoing(step, key.0, world);
            if !bands.is_empty() {
                let rects = bands.iter().map(|b| b.rect).collect();
                let to = bands.into_iter().map(|b| (b.to, b.peers)).collect();
                self.job(key, Job::Extract(rects), Doing::Extract { step: at, to });
                return true;
            }
        }
        let Some(replica) = self.exec.replicas.get_mut(&key) else { return false };
        replica.sent = true;
        let Some(strip) = step.new.find(key.0).filter(|s| s.is_held_by(me)).copied() else {
            self.drop_replica(key);
            return true;
        };
        let wanted = incoming(step, me, key.0, world);
        let mut missing: Vec<u32> =
            wanted.iter().map(|w| w.0).filter(|&from| !self.bands.has((at, from, key.0))).collect();
        // This peer may have made a band before it had a use for it.
        missing.retain(|&from| {
            let own = self.exec.said.get((at, from, key.0)).and_then(|code| band::decode(code));
            own.is_none_or(|particles| !self.bands.put((at, from, key.0), particles))
        });
        if !missing.is_empty() {
            self.miss(key, strip.peer == me, &missing);
            return strip.peer == me && self.guess(key, &missing);
        }
        if !std::mem::replace(&mut replica.complete, true) && !wanted.is_empty() && strip.peer == me {
            let waited = replica.ready_at.map_or(0, |since| self.now.saturating_sub(since));
            self.exec.patience.waited(waited);
            self.stats.exchanged(self.now);
        }
        if let Some(due) = self.start_of(at)
            && due > self.now
        {
            self.wake_at(due);
            return false;
        }
        if !self.guess_holds(key, &wanted) {
            self.run_step(key, &wanted);
        }
        true
    }

    /// Bands are missing: after a while, others than their speakers are asked for them.
    fn miss(&mut self, key: ReplicaKey, executes: bool, missing: &[u32]) {
        let now = self.now;
        let (Some(log), Some(replica)) = (&self.log, self.exec.replicas.get_mut(&key)) else { return };
        // A state that is yet to come may be large.
        let urgent = executes || !replica.fresh && self.beat.hurry.contains(&key.0);
        let (patience, again) = if urgent {
            (self.exec.patience.deadline_us(), WANT_EVERY_US)
        } else {
            (STAND_IN_PATIENCE_US, STAND_IN_WANT_EVERY_US)
        };
        let since = *replica.ready_at.get_or_insert(now);
        let due = (since + patience).max(if replica.wanted_at > since { replica.wanted_at + again } else { 0 });
        if now < due {
            return self.wake_at(due);
        }
        // At first the speaker is only late; later what it sent may have been dropped here.
        let asked = replica.wanted_at > since;
        replica.wanted_at = now;
        let (at, fresh) = (replica.at, replica.fresh);
        let Some(step) = log.steps.get(&at) else { return };
        let reached = |from: &u32| {
            let old = step.old.find(*from);
            old.is_some_and(|s| s.holders().any(|p| p == self.me || self.first_hop(p).is_some()))
        };
        let gone = now > since + OUT_OF_REACH_US && !missing.iter().all(reached);
        let unanswered = now > since + UNANSWERED_US && !fresh;
        if !executes && (gone || unanswered) {
            return self.drop_replica(key);
        }
        let mut ask = Vec::new();
        for &from in missing {
            let Some(old) = step.old.find(from) else { continue };
            let speaker = speaker(step, from);
            ask.extend(old.holders().filter(|&p| p != self.me && (asked || Some(p) != speaker)).map(|p| (p, from)));
        }
        let lineage = log.lineage;
        for (peer, from) in ask {
            self.stats.wants += 1;
            let want = Msg::Want { lineage, step: at, from, to: key.0 };
            self.send_around(peer, Channel::Border, &want, &[]);
        }
        self.wake_at(now + again);
    }

    /// When a step may start, by this peer's own clock.
    fn start_of(&mut self, number: u64) -> Option<Micros> {
        let step = self.log.as_ref()?.steps.get(&number)?;
        let (start, term) = (step.segment.start, step.term);
        // Another host has another clock: what its predecessor sealed may start at once.
        if start == 0 || self.fast || term != self.term {
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

    /// A step's job but for what comes in, with its region and for whom its bands are.
    fn step_job(&mut self, key: ReplicaKey, cut: bool) -> Option<(Rect, StepJob, Destinations)> {
        let (log, replica) = (self.log.as_ref()?, self.exec.replicas.get(&key)?);
        let step = log.steps.get(&replica.at)?;
        let strip = step.new.find(key.0)?;
        let (region, world) = (strip.rect(step.world), step.world);
        let mut extract = Vec::new();
        let mut bands = None;
        if let Some(next) = log.steps.get(&(replica.at + 1))
            && next.segment.origin.is_none()
        {
            let out = outgoing(next, key.0, world);
            extract = out.iter().map(|b| b.rect).collect();
            bands = Some(out.into_iter().map(|b| (b.to, b.peers)).collect());
        }
        if cut {
            extract.push(region);
        }
        let view = strip.peer == self.me && self.stats.view_due(self.now, self.fast);
        let (commands, digest) = (Log::commands(&step.segment), step.segment.digest);
        Some((region, StepJob { region, incoming: Vec::new(), commands, extract, digest, view }, bands))
    }

    /// The bands that a step uses; what a guess about the next one could begin with is kept.
    fn take_bands(&mut self, key: ReplicaKey, wanted: &[(u32, Rect)]) -> Vec<Particle> {
        let Some(replica) = self.exec.replicas.get_mut(&key) else { return Vec::new() };
        let bands: BTreeMap<u32, Vec<Particle>> =
            wanted.iter().map(|w| (w.0, self.bands.take(replica.at, key.0, *w))).collect();
        let all = bands.values().flatten().copied().collect();
        replica.last = Last { step: replica.at, bands };
        all
    }

    fn run_step(&mut self, key: ReplicaKey, wanted: &[(u32, Rect)]) {
        let me = self.me;
        let mut particles = self.take_bands(key, wanted);
        let (Some(log), Some(replica)) = (&mut self.log, self.exec.replicas.get_mut(&key)) else { return };
        let at = replica.at;
        let Some(step) = log.steps.get_mut(&at) else { return };
        let Some(strip) = step.new.find(key.0).copied() else { return };
        let (region, world) = (strip.rect(step.world), step.world);
        let inside = |p: &Particle| region.contains(p.cell().0, p.cell().1);
        if replica.fresh {
            let reach = crate::partition::padded(region, step.segment.ticks, world);
            match &step.segment.origin {
                None => {}
                Some(Origin::Scene(scene)) => particles = scene.particles(reach),
                Some(Origin::Cut(id, _)) => match self.cuts.particles(*id, reach) {
                    Some(held) => particles = held,
                    None => return self.fail("the cut that the room goes back to is not here".into()),
                },
                Some(Origin::Save(_)) => match self.cuts.particles(CutId { era: step.era, step: at }, reach) {
                    Some(held) => particles = held,
                    // It was here when the host looked; whoever has it still takes this peer's place.
                    None => return self.drop_replica(key),
                },
            }
            let Some(globals) = step.globals_start.clone() else {
                return self.fail("the world's state at the beginning of a strip is not here".into());
            };
            let (own, around) = particles.into_iter().partition(inside);
            particles = around;
            replica.fresh = false;
            let slot = replica.slot;
            let job = Job::Load(Load { globals: *globals, region, particles: own });
            self.exec.put(&mut self.out, slot, job);
        }
        let cut = !step.segment.cut.is_empty() && strip.peer == me;
        let compared = self.guess_waits(key, at);
        let Some((_, job, bands)) = self.step_job(key, cut) else { return };
        let job = StepJob { incoming: particles, digest: job.digest || compared, ..job };
        self.job(key, Job::Step(job), Doing::Step { step: at, bands, cut });
    }

    fn job(&mut self, key: ReplicaKey, job: Job, doing: Doing) {
        let Some(slot) = self.exec.replicas.get(&key).map(|r| r.slot) else { return };
        let number = self.exec.put(&mut self.out, slot, job);
        self.exec.doing = Some((number, key, doing));
    }

    /// Gives the backend's memory back.
    fn free_slots(&mut self) {
        let slots: Vec<u8> = self.exec.replicas.values().map(|r| r.slot).collect();
        let guessed = self.exec.guessed.then_some([self.exec.spare, WINDOW_SLOT]);
        for slot in slots.into_iter().chain(guessed.into_iter().flatten()) {
            self.exec.put(&mut self.out, slot, Job::Forget);
        }
        (self.exec.guess, self.exec.guessed) = (None, false);
    }

    /// A job's answer.
    pub(crate) fn job_done(&mut self, number: u64, result: Result<JobOutput, String>) {
        let output = match result {
            Ok(output) => output,
            Err(words) => {
                if self.exec.doing.as_ref().is_some_and(|d| d.0 == number) {
                    self.exec.doing = None;
                }
                return self.fail(words);
            }
        };
        if self.exec.doing.as_ref().is_none_or(|d| d.0 != number) {
            return; // Not waited for: a load before a step, a choice of slot.
        }
        let Some((_, key, doing)) = self.exec.doing.take() else { return };
        // Of a replica that is gone: nothing to do.
        let Some(replica) = self.exec.replicas.get_mut(&key) else { return };
        match doing {
            Doing::Extract { step, to } if step == replica.at => {
                replica.sent = true;
                self.say(key.0, step, to, output.extracts);
            }
            Doing::Step { step, bands, cut } if step == replica.at => {
                let ticks = self.log.as_ref().and_then(|l| l.steps.get(&step)).map_or(0, |s| s.segment.ticks);
                self.guess_compare(key, step, &output, ticks);
                self.step_done(key, output, bands, cut);
            }
            Doing::Window { step, from } => self.guess_window(key, step, from, output),
            Doing::Ahead { step, bands } => self.guess_ahead(key, step, output, bands),
            Doing::Extract { .. } | Doing::Step { .. } => {}
        }
    }

    fn step_done(&mut self, key: ReplicaKey, mut output: JobOutput, bands: Destinations, cut: bool) {
        let Some(replica) = self.exec.replicas.get_mut(&key) else { return };
        let number = replica.at;
        let Some(step) = self.log.as_ref().and_then(|l| l.steps.get(&number)) else { return };
        let Some(strip) = step.new.find(key.0) else { return };
        let (region, executes) = (strip.rect(step.world), strip.peer == self.me);
        let ticks = step.segment.ticks;
        let tick = step.segment.tick + u64::from(ticks);
        let (mut keepers, era) = (step.segment.cut.clone(), step.era);
        keepers.extend(strip.stand_in.filter(|p| !step.segment.cut.contains(p)));
        replica.report = ReplicaReport {
            strip: key.0,
            done: number + 1,
            fresh: false,
            digest: output.digest,
            particles: output.particles,
            columns: std::mem::take(&mut output.columns),
            column: (region.x0 / sim_kernels::geom::TILE_CELLS) as u16,
            compute_us: output.compute_us.min(u64::from(u32::MAX)) as u32,
            ticks,
        };
        if ticks > 0 {
            let tick_us = output.compute_us / u64::from(ticks);
            replica.tick_us = if replica.tick_us == 0 { tick_us } else { (replica.tick_us * 7 + tick_us) / 8 };
        }
        replica.at = number + 1;
        replica.sent = bands.is_some();
        replica.complete = false;
        replica.ready_at = None;
        replica.wanted_at = 0;
        if cut && let Some(whole) = output.extracts.pop() {
            let id = CutId { era, step: number };
            self.exec.cuts.push_back(Outgoing::new(id, key.0, keepers, whole));
        }
        if executes {
            self.stats.step_end_at = self.now;
        }
        self.weigh_load();
        if let Some(to) = bands {
            self.say(key.0, number + 1, to, output.extracts);
        }
        self.send_report();
        if executes {
            self.own_view(tick, region, output.view);
        }
        self.forget_bands();
    }

    /// Bands of strip `from` are made: kept, and sent to whom they are due from here.
    fn say(&mut self, from: u32, step: u64, to: Vec<(u32, Vec<PeerId>)>, extracts: Vec<Vec<Particle>>) {
        let Some(log) = &self.log else { return };
        let lineage = log.lineage;
        let Some(known) = log.steps.get(&step) else { return };
        let speaks = speaker(known, from) == Some(self.me);
        for ((to, peers), particles) in to.into_iter().zip(extracts) {
            let key: BandKey = (step, from, to);
            let code = band::encode(&particles);
            for peer in peers {
                if peer == self.me {
                    continue;
                }
                let asked = self.exec.wants.get(&(from, to, peer)).is_some_and(|&until| step < until);
                if speaks || asked {
                    self.stats.band_particles += particles.len() as u64;
                    self.stats.band_bytes += code.len() as u64 + 12;
                    self.stats.stood_in += u64::from(!speaks);
                    let channel = if particles.len() > BULK_PARTICLES { Channel::Bulk } else { Channel::Border };
                    self.send_around(peer, channel, &Msg::Band { lineage, step, from, to }, &code);
                }
            }
            if self.exec.replicas.keys().any(|k| k.0 == to) {
                self.bands.put(key, particles);
            }
            self.exec.said.put(key, code);
        }
    }

    /// A neighbour's band.
    pub(crate) fn band_from(&mut self, lineage: u64, key: BandKey, code: &[u8]) {
        let Some(log) = &self.log else { return };
        // What waits may be far behind the others.
        let at = self.exec.replicas.iter().filter(|(k, _)| k.0 == key.2).map(|(_, r)| r.at).min();
        let least = at.unwrap_or(log.next).min(log.next);
        if lineage != log.lineage || key.0 < least || key.0 > least + AHEAD_MAX || self.bands.has(key) {
            return;
        }
        match band::decode(code) {
            Some(particles) => {
                self.bands.put(key, particles);
            }
            None => self.stats.malformed += 1,
        }
    }

    /// Somebody waits for a strip's bands that this peer makes too.
    pub(crate) fn want_from(&mut self, peer: PeerId, lineage: u64, (step, from, to): BandKey) {
        if self.log.as_ref().is_none_or(|l| l.lineage != lineage || step > l.next + AHEAD_MAX) {
            return;
        }
        let key = (from, to, peer);
        let known = self.exec.wants.get(&key).copied();
        if known.is_some() || self.exec.wants.len() < WANTS_MAX {
            self.exec.wants.insert(key, known.unwrap_or(0).max(step + WANT_STEPS));
        }
        // Who asks again lost little; what came after is on its way.
        let count = if known.is_some_and(|until| until + WANT_STEPS > step) { AGAIN_BANDS } else { usize::MAX };
        let ready: Vec<(u64, Vec<u8>)> =
            self.exec.said.since((step, from, to)).take(count).map(|(s, code)| (s, code.clone())).collect();
        for (step, code) in ready {
            self.stats.stood_in += 1;
            self.stats.band_bytes += code.len() as u64 + 12;
            self.send_around(peer, Channel::Border, &Msg::Band { lineage, step, from, to }, &code);
        }
    }

    /// Bands that nobody here waits for go.
    fn forget_bands(&mut self) {
        let next = self.log.as_ref().map_or(0, |l| l.next);
        let at: BTreeMap<u32, u64> = self.exec.replicas.iter().map(|(k, r)| (k.0, r.at)).collect();
        self.bands.retain(|(step, _, to)| at.get(&to).map_or(step + 4 >= next, |&at| step >= at));
        self.exec.wants.retain(|_, until| *until >= next);
    }

    pub(crate) fn drop_replica(&mut self, key: ReplicaKey) {
        self.exec.guess.take_if(|g| g.key == key);
        if let Some(replica) = self.exec.replicas.remove(&key) {
            self.exec.put(&mut self.out, replica.slot, Job::Forget);
            self.send_report();
        }
    }

    /// Codes and sends one piece of a cut, if one is on its way.
    pub(crate) fn cut_turn(&mut self) {
        let Some(out) = self.exec.cuts.front_mut() else { return };
        let (id, strip, to) = (out.id, out.strip, out.to.clone());
        match out.piece() {
            Some((index, count, code)) => {
                for peer in to {
                    if peer == self.me {
                        self.cut_from(id, strip, index, count, &code);
                    } else {
                        self.send(peer, Channel::Bulk, &Msg::CutPart { id, strip, index, count }, &code);
                    }
                }
            }
            None => {
                self.exec.cuts.pop_front();
            }
        }
        if !self.exec.cuts.is_empty() {
            self.wake_at(self.now + PIECE_EVERY_US);
        }
    }

    /// A piece of a cut from another member: kept if it can be read and may be of this history.
    pub(crate) fn cut_part_from(
        &mut self,
        from: PeerId,
        (id, strip): (CutId, u32),
        (index, count): (u16, u16),
        code: &[u8],
    ) {
        let Some(log) = &self.log else { return };
        let near = id.era <= log.era_end() + 1 && id.step < log.end() + AHEAD_MAX;
        // Who executes a strip cuts it; a host hands on what it keeps.
        let step = log.steps.get(&id.step).filter(|s| s.era == id.era);
        let may = self.host_id == Some(from)
            || step.is_none_or(|s| s.new.find(strip).is_some_and(|strip| strip.peer == from));
        if near && may && band::decode(code).is_some_and(|particles| particles.len() <= PIECE_PARTICLES) {
            self.cut_from(id, strip, index, count, code);
        } else {
            self.stats.malformed += 1;
        }
    }

    /// Keeps a piece of a cut, and says when one is whole.
    pub(crate) fn cut_from(&mut self, id: CutId, strip: u32, index: u16, count: u16, code: &[u8]) {
        let before = self.cuts.held();
        self.cuts.put(id, strip, index, count, code);
        if self.cuts.held() != before {
            self.send_report();
        }
        self.reseed(id, strip);
    }

    /// What the step needs is known: who is to keep a cut of its end.
    pub(crate) fn expect_cut(&mut self, number: u64) {
        let Some(log) = &mut self.log else { return };
        let Some(step) = log.steps.get_mut(&number) else { return };
        if step.segment.cut.contains(&self.me)
            && let Some(globals) = step.globals_end.clone()
        {
            let id = CutId { era: step.era, step: number };
            self.cuts.expect(id, step.new.clone(), globals);
        }
    }

    /// The replicas are lost here.
    fn fail(&mut self, words: String) {
        let words: String = words.chars().take(200).collect();
        self.exec_forget();
        self.exec.broken = true;
        self.notice(format!("this device stopped computing: {words}"));
        self.report_failure(words.chars().take(70).collect());
    }
}
