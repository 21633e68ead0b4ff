//! Computing: this peer's replicas of strips, each a step at a time; bands out, bands in, one job at a time.
//!
//! A replica is a strip's state in a slot of the backend. Its executor speaks for the strip; a stand-in
//! computes the same and speaks when it is asked to, which happens when the executor is late.

pub(crate) mod bands;
pub mod messages;
mod requests;
pub(crate) mod rto;
mod speculation;

use self::messages::{Kind, Message};
use self::requests::{Requests, WANT_EVERY_US};
use self::speculation::{Last, Speculation, WINDOW_SLOT};
use crate::api::{Channel, Micros, PeerId, Tempo};
use crate::checkpoint::{Checkpoints, Outgoing, REPLAY_US, UNFINISHED_MAX};
use crate::clock::Clock;
use crate::codec::band;
use crate::costs::{PARTICLES_MAX, REPLICAS_MAX};
use crate::heartbeat::{Heartbeat, ReplicaReport};
use crate::message::Reason;
use crate::notice::BackendError;
use crate::overlay::{self, Overlay};
use crate::partition::Partition;
use crate::replica::bands::{BandKey, Bands, Said, incoming, outgoing, speaker};
use crate::replica::rto::RtoEstimator;
use crate::timeline::{AHEAD_MAX, CheckpointId, Origin, Step, Timeline};
use crate::timers::{Timer, Timers};
use sim_kernels::digest::Digest;
use sim_kernels::geom::Rect;
use sim_kernels::job::{Job, JobOutput, Load, StepJob};
use sim_kernels::particle::Particle;
use sim_kernels::view::ViewTile;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The most doublings of that.
const ASKS_MAX: u32 = 4;
/// A stand-in is in no hurry: it asks for a band only after this long, and seldom again, because what it lacks may
/// be a whole strip on a slow link.
const STAND_IN_PATIENCE_US: u64 = 400_000;
const STAND_IN_WANT_EVERY_US: u64 = 1_500_000;
/// A stand-in that lacks what nobody whom it reaches ever held waits for this long, then takes the state again.
const OUT_OF_REACH_US: u64 = 1_000_000;
/// The same where somebody should have it and does not answer. Longer than it takes until a link counts as lost:
/// the peer that gives its state away because others have it must know that they are there.
const UNANSWERED_US: u64 = 8_000_000;
/// Another holder of whom nothing was heard for this long may be gone, though its link does not count as lost yet.
const HOLDER_SILENT_US: u64 = 1_000_000;
/// A device whose strips take more than this of the room's time is lazy where it stands in, until they take less.
const HEAVY_PERCENT: u64 = 80;
const LIGHT_PERCENT: u64 = 65;
/// Of what a strip took that is not computed now, this part is forgotten with each step.
const FORGET_LOAD: u64 = 512;
/// One that is so far behind takes a checkpoint, lazy or not, however quick it is.
const FAR_STEPS: u64 = 24;
/// Where nothing of a step could be computed before its bands were there, so many steps are not begun: a GPU begins none, and
/// nobody takes things away in one step only.
const NOT_BEGUN_STEPS: u64 = 32;
/// Bands larger than this, in particles, do not go on the channel of those that are urgent, where a stand-in
/// is all that they are for.
const BULK_PARTICLES: usize = 4096;
/// Larger ones in bytes never do: that channel takes no messages as large as a hand-over of a full strip may be, and
/// a link that refuses one is lost.
const BORDER_BYTES: usize = 16 << 20;
/// A replica further behind the log than this is given up.
const BEHIND_MAX: u64 = 512;
/// Exchanges over which the percentiles are taken.
const EXCHANGES_MAX: usize = 512;
/// Between two view fields of a region where nobody waits for the clock.
const VIEW_EVERY_US: u64 = 33_000;

/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Makes the next view field, where nobody waits for the clock.
    View,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            Self::View => false,
        }
    }
}

/// When a stand-in that lacks bands gives its state up. When bands are asked for is no timer: it follows from how long
/// they are waited for and from what is usual just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum GiveUp {
    /// Nobody whom it reaches ever held what it lacks.
    OutOfReach,
    /// Somebody should have it and does not answer.
    Unanswered,
}

impl Timer for GiveUp {
    fn waits_for_others(self) -> bool {
        match self {
            Self::OutOfReach | Self::Unanswered => true,
        }
    }
}

/// What computing depends on, beside the time.
pub(crate) struct Reads<'a> {
    pub now: Micros,
    pub me: PeerId,
    pub term: u64,
    /// Nobody waits for the clock.
    pub fast: bool,
    /// Whether this peer leads the room, so that steps start by its own clock.
    pub leads: bool,
    pub log: Option<&'a Timeline>,
    pub heartbeat: &'a Heartbeat,
    pub overlay: &'a Overlay,
    pub clock: &'a Clock,
    pub checkpoints: &'a Checkpoints,
}

impl Reads<'_> {
    fn is_reached(&self, peer: PeerId) -> bool {
        peer == self.me || overlay::first_hop(self.overlay, &self.heartbeat.relays, self.me, peer).is_some()
    }
}

/// What is to be done about computing.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a job is moved seldom, and is smaller where pointers are")]
pub(crate) enum Output {
    /// A job for the backend.
    Job { number: u64, job: Job },
    /// Send this to another participant by the better way, which need not be the link.
    SendAround { to: PeerId, channel: Channel, msg: Message, payload: Vec<u8> },
    /// A piece of a strip's part in a checkpoint, for a keeper (this peer perhaps): which, of how many, and the digests
    /// of the piece and of the whole strip.
    Piece { to: PeerId, id: CheckpointId, strip: u32, piece: (u16, u16), code: Vec<u8>, sums: (Digest, Digest) },
    /// Somebody said what was not its to say, or made no sense.
    Refused { from: PeerId, kind: Kind, reason: Reason },
    /// The leader is to be told how far this peer is.
    Report,
    /// A new picture of a region that this peer executes.
    OwnView { tick: u64, region: Rect, tiles: Vec<ViewTile> },
    /// The same, on bands that were only speculative: for this peer's player.
    SpeculativeView { tick: u64, region: Rect, tiles: Vec<ViewTile> },
    /// This device computes no more, and why.
    Failed(BackendError),
    /// Look again at this time.
    Wake(Micros),
}

/// Figures for the people panel.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub malformed: u64,
    /// Bands that came for strips of which this peer is the executor.
    pub own_bands: u64,
    pub band_bytes: u64,
    pub band_particles: u64,
    pub wants: u64,
    pub stood_in: u64,
    pub speculations: u64,
    pub speculations_right: u64,
    pub ticks_rolled_back: u64,
    pub speculation_us: u64,
    /// When the last superstep ended here.
    step_end_at: Micros,
    exchanges: VecDeque<u32>,
}

impl Figures {
    /// All bands of a step are here.
    fn exchanged(&mut self, now: Micros) {
        if self.exchanges.len() == EXCHANGES_MAX {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(now.saturating_sub(self.step_end_at).min(u64::from(u32::MAX)) as u32);
    }

    /// p50 and p99 of the exchange, in microseconds.
    pub fn exchange_us(&self) -> [u32; 2] {
        let mut sorted: Vec<u32> = self.exchanges.iter().copied().collect();
        sorted.sort_unstable();
        let at = |percent: usize| sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or(0);
        [at(50), at(99)]
    }
}

/// What the backend is doing for a replica.
#[derive(Debug)]
enum Doing {
    /// The bands of a step.
    Extract {
        step: u64,
        to: Vec<(u32, Vec<PeerId>)>,
    },
    /// The inside of a step, while its bands are on their way.
    Begin {
        step: u64,
    },
    Step {
        step: u64,
        bands: Destinations,
        checkpoint: bool,
    },
    /// A window around a seam is stepped forward, for a speculation.
    Window {
        step: u64,
        from: u32,
    },
    /// A step is run on speculative bands.
    Ahead {
        step: u64,
        bands: Destinations,
    },
}

/// For whom a step's bands are, strip by strip; nothing where the next step is not known yet.
type Destinations = Option<Vec<(u32, Vec<PeerId>)>>;

/// A replica: a strip, and the step at which this peer began to hold it.
type ReplicaKey = (u32, u64);

/// One strip's state in a slot of the backend.
#[derive(Debug)]
struct Replica {
    slot: u8,
    /// The next step to run; the held state is that at its start.
    at: u64,
    /// The state is yet to come from others, or from the world's new beginning.
    fresh: bool,
    /// Whether the bands for `at` are made.
    sent: bool,
    /// Whether all bands for `at` were here already.
    complete: bool,
    /// Since when everything but bands was ready.
    ready_at: Option<Micros>,
    /// When the newest of the bands for `at` came.
    came_at: Micros,
    /// What was computed of a step before its bands were there, and the step from which on that is tried (again).
    begun: Option<Begun>,
    begins_from: u64,
    /// When bands were last asked for.
    wanted_at: Micros,
    timers: Timers<GiveUp>,
    /// How often bands were asked for since `ready_at`: each time with twice the pause before the next.
    asks: u32,
    last: Last,
    /// A state that a checkpoint brought, to be loaded when something is to be computed from it: mostly the next one comes
    /// before that.
    waits: Option<Box<Load>>,
    /// The step for which a speculation was begun: one is enough.
    speculated: u64,
    /// Microseconds a tick, smoothed: one step may have been held up by something else.
    tick_us: u64,
    /// Of the bands for other strips that were made for a step, and of those that a step took, the hashes summed up.
    said: (u64, u64),
    heard: (u64, u64),
    report: ReplicaReport,
}

/// A step of which the inside was computed, and how long that took.
#[derive(Clone, Copy, Debug)]
struct Begun {
    step: u64,
    compute_us: u64,
}

/// How long bands are waited for before they are asked for, and before they are asked for again.
#[derive(Clone, Copy, Debug)]
struct Patience {
    first: Micros,
    again: Micros,
}

/// Bands are asked for: whether for the first time, and the pause that follows at least.
#[derive(Clone, Copy, Debug)]
struct Round {
    first: bool,
    again: Micros,
}

impl Replica {
    /// A strip whose state is yet to come, in a slot, from a step on.
    fn new(slot: u8, strip: u32, at: u64) -> Self {
        Self {
            slot,
            at,
            fresh: true,
            sent: false,
            complete: false,
            ready_at: None,
            came_at: 0,
            begun: None,
            begins_from: 0,
            wanted_at: 0,
            timers: Timers::default(),
            asks: 0,
            last: Last::default(),
            waits: None,
            speculated: 0,
            tick_us: 0,
            said: (u64::MAX, 0),
            heard: (u64::MAX, 0),
            report: ReplicaReport { strip, done: at, fresh: true, ..ReplicaReport::default() },
        }
    }

    /// Bands are missing; since when they are waited for.
    fn waits_since(&mut self, now: Micros) -> Micros {
        *self.ready_at.get_or_insert_with(|| {
            self.timers.set(GiveUp::OutOfReach, now + OUT_OF_REACH_US);
            self.timers.set(GiveUp::Unanswered, now + UNANSWERED_US);
            now
        })
    }

    /// Whether it is time to ask for the bands that are missing, and in which round; or else when it will be. Who is asked
    /// too often has its link full of answers, so the pauses double.
    fn asks(&mut self, patience: Patience, now: Micros) -> Result<Round, Micros> {
        let since = self.waits_since(now);
        let again = patience.again << self.asks.saturating_sub(1).min(ASKS_MAX);
        let first = self.wanted_at <= since;
        let due = (since + patience.first).max(if first { 0 } else { self.wanted_at + again });
        if now < due {
            return Err(due);
        }
        self.wanted_at = now;
        self.asks += 1;
        Ok(Round { first, again })
    }

    /// Whether a strip that others execute is given up: a holder of what is missing is out of reach, or nobody answers,
    /// or nobody keeps it any more, and somebody else has the state for certain.
    fn is_hopeless(&self, strip: u32, step: &Step, missing: &[u32], r: &Reads<'_>) -> bool {
        let reached = |from: &u32| step.old.find(*from).is_some_and(|s| s.holders().any(|p| r.is_reached(p)));
        let gone = self.timers.is_due(GiveUp::OutOfReach, r.now) && !missing.iter().all(reached);
        let unanswered = self.timers.is_due(GiveUp::Unanswered, r.now) && !self.fresh;
        // A peer that does not reach another holder, or reaches only one for whom the room waits or who has just fallen
        // silent, may be the last who has the state.
        let is_heard = |p: PeerId| r.overlay.heard(p).is_none_or(|heard| r.now < heard.at() + HOLDER_SILENT_US);
        let is_there = |p: PeerId| p != r.me && r.is_reached(p) && r.heartbeat.waiting != Some(p) && is_heard(p);
        let last = !self.fresh && !step.new.find(strip).is_some_and(|s| s.holders().any(is_there));
        // Somebody has done more of every strip than bands are kept for. A state that is yet to come may be large, its link
        // slow, and the bands on their way.
        let patience = if self.fresh { GiveUp::Unanswered } else { GiveUp::OutOfReach };
        let lost = self.at + Said::STEPS < r.heartbeat.frontier && self.timers.is_due(patience, r.now);
        lost || (gone || unanswered) && !last
    }

    /// What this peer slept through is nobody's silence.
    fn slept(&mut self, us: Micros) {
        self.timers.slept(us);
        if let Some(since) = &mut self.ready_at {
            *since += us;
            self.wanted_at += us;
        }
    }
}

/// The channel of a band that somebody waits for.
fn urgent(bytes: usize) -> Channel {
    if bytes > BORDER_BYTES { Channel::Bulk } else { Channel::Border }
}

/// What strips take, each so many microseconds a tick, in percent of the time that the room's clock gives them.
fn load_percent(ticks_us: impl Iterator<Item = u64>, tempo: Tempo) -> u64 {
    ticks_us.map(|tick_us| tick_us * tempo.ticks_a_second() * 100 / 1_000_000).sum()
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Replicas {
    out: VecDeque<Output>,
    timers: Timers<Due>,
    figures: Figures,
    replicas: BTreeMap<ReplicaKey, Replica>,
    /// Bands that arrived, or that this peer made for itself.
    bands: Bands,
    doing: Option<(u64, ReplicaKey, Doing)>,
    jobs: u64,
    /// The slot that the backend's next job is about.
    selected: u8,
    said: Said,
    requests: Requests,
    /// Parts of checkpoints on their way, and when the last piece of one was coded.
    checkpoints: VecDeque<Outgoing>,
    piece_at: Micros,
    /// The backend failed: nothing more until the profile is given again.
    broken: bool,
    rto: RtoEstimator,
    /// This device has enough to do with its own strips: what it holds for others waits until it is needed.
    lazy: bool,
    speculation: Option<Speculation>,
    /// Something was speculated, and its slots hold memory.
    speculated: bool,
    /// The slot for what runs ahead.
    spare: u8,
}

impl Default for Replicas {
    fn default() -> Self {
        Self {
            out: VecDeque::new(),
            timers: Timers::default(),
            figures: Figures::default(),
            replicas: BTreeMap::new(),
            bands: Bands::default(),
            doing: None,
            jobs: 0,
            selected: 0,
            said: Said::default(),
            requests: Requests::default(),
            checkpoints: VecDeque::new(),
            piece_at: 0,
            broken: false,
            rto: RtoEstimator::default(),
            lazy: false,
            speculation: None,
            speculated: false,
            spare: REPLICAS_MAX as u8,
        }
    }
}

impl Replicas {
    /// See [`crate::Room::portrait`].
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

    /// Whether a strip's state here is older than that at the end of a step.
    pub fn waits_before(&self, strip: u32, step: u64) -> bool {
        self.replicas.iter().any(|(key, replica)| key.0 == strip && !replica.fresh && replica.at <= step)
    }

    /// Gives the backend a job for one of its states; the job's number.
    fn put(&mut self, slot: u8, job: Job) -> u64 {
        if self.selected != slot {
            self.selected = slot;
            self.jobs += 1;
            self.out.push_back(Output::Job { number: self.jobs, job: Job::Select(slot) });
        }
        self.jobs += 1;
        self.out.push_back(Output::Job { number: self.jobs, job });
        self.jobs
    }

    fn send_around(&mut self, to: PeerId, channel: Channel, msg: Message, payload: Vec<u8>) {
        self.out.push_back(Output::SendAround { to, channel, msg, payload });
    }

    fn send_report(&mut self) {
        self.out.push_back(Output::Report);
    }

    fn wake_at(&mut self, at: Micros) {
        self.out.push_back(Output::Wake(at));
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// The replicas of strips, as the leader is told of them.
    pub fn reports(&self) -> Vec<ReplicaReport> {
        self.replicas.values().map(|r| r.report.clone()).collect()
    }

    /// Whether what is held for others waits until it is needed.
    pub fn is_lazy(&self) -> bool {
        self.lazy
    }

    /// The device is lent (again): a backend that failed gets another chance.
    pub fn lent(&mut self) {
        self.broken = false;
    }

    /// Figures for the people panel.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The log begins at a new place here.
    pub fn begins(&mut self, now: Micros) {
        self.figures.step_end_at = now;
    }

    /// This peer did nothing for this long; the bands that came meanwhile are yet to be read.
    pub fn slept(&mut self, us: Micros) {
        self.timers.slept(us);
        self.replicas.values_mut().for_each(|replica| replica.slept(us));
    }

    /// Bands of steps from this one on are of another history.
    pub fn forget_bands_from(&mut self, step: u64) {
        self.bands.retain(|key| key.0 < step);
    }

    /// Replicas too far behind the log are given up, one a call.
    pub fn give_up_behind(&mut self, next: u64) -> bool {
        let behind = self.replicas.iter().find(|r| r.1.at + BEHIND_MAX < next).map(|r| *r.0);
        behind.map(|key| self.drop_replica(key)).is_some()
    }
}

impl Replicas {
    /// Which bands each replica waits for (see [`crate::Room::portrait`]).
    pub fn waits_for(&self, r: &Reads<'_>) -> String {
        let Some(log) = r.log else { return String::new() };
        let missing = |(key, replica): (&ReplicaKey, &Replica)| {
            let at = replica.at;
            let Some(step) = log.step(at) else { return format!("{} step unknown", key.0) };
            let wanted = incoming(step, r.me, key.0, step.world);
            let missing: Vec<(u32, Vec<u128>)> = wanted
                .iter()
                .filter(|w| !self.bands.has((at, w.0, key.0)))
                .map(|w| (w.0, step.old.find(w.0).map_or(vec![], |s| s.holders().map(|p| p.0).collect())))
                .collect();
            format!("{}@{at} lacks {missing:?}", key.0)
        };
        self.replicas.iter().map(missing).collect::<Vec<_>>().join(", ")
    }

    /// A step is committed: replicas begin here.
    pub fn committed(&mut self, number: u64, r: &Reads<'_>) {
        let me = r.me;
        let world_begins = r.log.and_then(|l| l.step(number)).is_some_and(|step| step.segment.origin.is_some());
        if world_begins {
            self.free_slots();
            self.replicas.clear();
            self.said.clear();
            self.requests.clear();
            self.checkpoints.clear();
            self.bands.clear();
        }
        if self.broken {
            return;
        }
        let Some(step) = r.log.and_then(|l| l.step(number)) else { return };
        let begins: Vec<u32> = step
            .new
            .strips
            .iter()
            .filter(|s| s.is_held_by(me) && (world_begins || !step.old.holds(s.id, me)))
            .map(|s| s.id)
            .collect();
        for id in begins {
            let used: Vec<u8> = self.replicas.values().map(|r| r.slot).chain([self.spare]).collect();
            let Some(slot) = (0..WINDOW_SLOT).find(|s| !used.contains(s)) else { return };
            self.replicas.insert((id, number), Replica::new(slot, id, number));
        }
    }

    /// Forgets all replicas; what the backend still does is not waited for.
    pub fn forget(&mut self) {
        self.free_slots();
        let (jobs, selected) = (self.jobs, self.selected);
        let (out, figures) = (std::mem::take(&mut self.out), std::mem::take(&mut self.figures));
        let timers = std::mem::take(&mut self.timers);
        *self = Self { out, timers, figures, jobs, selected, doing: self.doing.take(), ..Self::default() };
    }

    /// The step before which nothing is needed here any more.
    pub fn needs(&self, log: Option<&Timeline>) -> u64 {
        let next = log.map_or(0, |l| l.commit_index());
        self.replicas.values().map(|r| r.at).min().unwrap_or(next)
    }

    /// One thing for one replica: executors' strips first, then stand-ins', those that are waited for and then the one
    /// that is furthest back first. Whether something was done, so that there may be more.
    pub fn step(&mut self, r: &Reads<'_>) -> bool {
        if self.doing.is_some() || self.broken {
            return false;
        }
        let Some(log) = r.log else { return false };
        for (from, key, code) in self.bands.take_early(log.end()) {
            self.band_from(from, log.lineage(), key, &code, r);
        }
        // What one executes at any step that is still to come must be computed, and spoken for.
        let mine = |p: &Partition, strip: u32| p.find(strip).is_some_and(|s| s.peer == r.me);
        let executes = |key: &ReplicaKey, replica: &Replica| {
            mine(log.partition(), key.0)
                || log.steps_from(replica.at).any(|s| mine(&s.new, key.0) || mine(&s.old, key.0))
        };
        // What one stands in for, until all that it stood in for is done.
        let frontier = r.heartbeat.frontier;
        let held = |key: &ReplicaKey, replica: &Replica| {
            let holds = |p: &Partition| p.holds(key.0, r.me);
            holds(log.partition()) || log.steps_from(replica.at.max(frontier)).any(|s| holds(&s.new) || holds(&s.old))
        };
        let useless = self.replicas.iter().find(|(k, replica)| !held(k, replica) && !executes(k, replica));
        if let Some(key) = useless.map(|(k, _)| *k) {
            self.drop_replica(key);
            return true;
        }
        // The leader can hurry only what its newest partition has.
        let hurry = |key: &ReplicaKey| r.heartbeat.hurry.contains(&key.0);
        let own: Vec<&Replica> = self.replicas.iter().filter(|(k, rep)| executes(k, rep)).map(|(_, rep)| rep).collect();
        let waits = |key: &ReplicaKey, replica: &Replica| {
            let spare = !replica.fresh && log.partition().holds(key.0, r.me) && !executes(key, replica) && !hurry(key);
            spare && (self.lazy || !own.iter().all(|other| self.leaves_time(other, replica, r)))
        };
        let replicas = self.replicas.iter().filter(|(k, replica)| !waits(k, replica));
        let mut order: Vec<_> =
            replicas.map(|(k, replica)| (!executes(k, replica), !hurry(k), replica.at, *k)).collect();
        order.sort_unstable();
        order.into_iter().any(|(.., key)| self.advance(key, r))
    }

    /// Whether a step of what is held for another is likely to be over when an own strip is to go on: a job that has begun
    /// is not put off any more, and who waits for this device's bands would wait for both.
    fn leaves_time(&self, own: &Replica, other: &Replica, r: &Reads<'_>) -> bool {
        let ticks = r.log.and_then(|l| l.ticks_of(other.at)).unwrap_or(0);
        let over = r.now + other.tick_us * u64::from(ticks);
        let Some(start) = self.start_of(own.at, r) else { return true };
        if start > r.now {
            return over <= start;
        }
        // It could go on, but for its bands: they come when they usually do, or nobody knows when.
        let since = own.ready_at.unwrap_or(r.now);
        over <= since + self.rto.usual_us() || r.now >= since + self.rto.deadline_us()
    }

    /// Whether this device has time to stand in for others: measured by what its strips take of the room's time.
    fn weigh_load(&mut self, r: &Reads<'_>) {
        let (me, fast) = (r.me, r.fast);
        let Some(log) = r.log else { return };
        let own = self.replicas.keys().any(|k| log.partition().find(k.0).is_some_and(|s| s.peer == me));
        // What is not computed now may take less by the time that it is. But if that were believed soon, a device that
        // has no time would compute for others every other second, to find that out.
        let lazy = self.lazy;
        for (key, replica) in &mut self.replicas {
            if lazy && log.partition().find(key.0).is_some_and(|s| s.peer != me) {
                replica.tick_us -= replica.tick_us / FORGET_LOAD;
            }
        }
        let percent = load_percent(self.replicas.values().map(|replica| replica.tick_us), r.heartbeat.tempo);
        let most = if self.lazy { LIGHT_PERCENT } else { HEAVY_PERCENT };
        self.lazy = own && (fast || percent > most);
    }

    /// A checkpoint brings what waits up to its time, without computing.
    pub fn reseed(&mut self, id: CheckpointId, strip: u32, r: &Reads<'_>) {
        let (me, lazy) = (r.me, self.lazy);
        let Some(log) = r.log else { return };
        let Some(step) = log.step(id.step).filter(|s| s.epoch == id.epoch) else { return };
        let (Some(held), Some(globals)) = (step.new.find(strip), &step.globals_end) else { return };
        let region = held.rect(step.world);
        let behind =
            |(k, replica): &(&ReplicaKey, &mut Replica)| k.0 == strip && !replica.fresh && replica.at <= id.step;
        let Some((key, replica)) = self.replicas.iter_mut().find(behind) else { return };
        let steps = id.step + 1 - replica.at;
        let far = steps > FAR_STEPS || steps * u64::from(replica.report.compute_us) > REPLAY_US;
        // Who asked for a band that would be passed over may get it from nobody else.
        let passed_over = (replica.at + u64::from(replica.sent))..=id.step;
        let awaited = self.requests.asks_within(strip, passed_over);
        if !lazy && !far || awaited || held.peer == me || self.doing.as_ref().is_some_and(|d| d.1 == *key) {
            return;
        }
        let Some(particles) = r.checkpoints.strip(id, strip, region) else { return };
        (replica.at, replica.sent, replica.complete, replica.ready_at) = (id.step + 1, false, false, None);
        let tiles = sim_kernels::geom::TILE_CELLS;
        let column = region.x0 / tiles;
        let mut columns = vec![0; (region.width() / tiles) as usize];
        particles.iter().for_each(|p| columns[(p.cell().0 / tiles - column) as usize] += 1);
        replica.report = ReplicaReport {
            done: id.step + 1,
            digest: None,
            bands: None,
            particles: particles.len() as u64,
            dormant: particles.iter().filter(|p| p.is_dormant()).count() as u64,
            columns,
            column: column as u16,
            ..replica.report.clone()
        };
        let globals = (**globals).clone();
        replica.waits = Some(Box::new(Load { globals, region, particles }));
        self.forget_bands(r);
        self.send_report();
    }

    /// One thing for one replica; whether something was done.
    fn advance(&mut self, key: ReplicaKey, r: &Reads<'_>) -> bool {
        let me = r.me;
        let (Some(log), Some(replica)) = (r.log, self.replicas.get_mut(&key)) else { return false };
        let at = replica.at;
        let Some(step) = log.step(at) else { return false };
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
        let Some(replica) = self.replicas.get_mut(&key) else { return false };
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
            let name = (at, from, key.0);
            let own = self.said.get(name).and_then(|code| Some((band::decode(code)?, bands::hash(name, code))));
            own.is_none_or(|(particles, hash)| !self.bands.put(name, particles, hash))
        });
        if !missing.is_empty() {
            self.miss(key, strip.peer == me, &missing, r);
            return strip.peer == me && (self.begin_step(key, r) || self.speculate(key, &missing, r));
        }
        if !std::mem::replace(&mut replica.complete, true) && !wanted.is_empty() && strip.peer == me {
            // They may have come while something was computed.
            let waited = replica.ready_at.map_or(0, |since| replica.came_at.clamp(since, r.now) - since);
            self.figures.exchanged(replica.came_at.min(r.now));
            self.rto.waited(waited);
        }
        if let Some(due) = self.start_of(at, r)
            && due > r.now
        {
            self.wake_at(due);
            return false;
        }
        // A backend refuses more than it can hold, and would be taken for broken. No true bands have so many.
        let held =
            self.replicas.get(&key).filter(|replica| !replica.fresh).map_or(0, |replica| replica.report.particles);
        if held + self.bands.count(at, key.0) as u64 > PARTICLES_MAX {
            self.figures.malformed += 1;
            self.bands.retain(|name| name.0 != at || name.2 != key.0);
            return false;
        }
        if !self.speculation_holds(key, &wanted, r) {
            self.run_step(key, &wanted, r);
        }
        true
    }

    /// Bands are missing: after a while, others than their speakers are asked for them, and in the end a strip that
    /// others execute is given up.
    fn miss(&mut self, key: ReplicaKey, executes: bool, missing: &[u32], r: &Reads<'_>) {
        let now = r.now;
        let (Some(log), Some(replica)) = (r.log, self.replicas.get_mut(&key)) else { return };
        // A state that is yet to come may be large.
        let urgent = executes || !replica.fresh && r.heartbeat.hurry.contains(&key.0);
        let patience = if urgent {
            Patience { first: self.rto.deadline_us(), again: WANT_EVERY_US }
        } else {
            Patience { first: STAND_IN_PATIENCE_US, again: STAND_IN_WANT_EVERY_US }
        };
        let (at, asks) = (replica.at, replica.asks(patience, now));
        let Some(step) = log.step(at) else { return };
        if !executes && replica.is_hopeless(key.0, step, missing, r) {
            return self.drop_replica(key);
        }
        let deadlines = [GiveUp::OutOfReach, GiveUp::Unanswered].map(|timer| replica.timers.at(timer));
        if let Some(deadline) = deadlines.into_iter().filter(|&deadline| deadline > now).min() {
            self.wake_at(deadline);
        }
        let round = match asks {
            Ok(round) => round,
            Err(due) => return self.wake_at(due),
        };
        // At first the speaker is only late; later what it sent may have been dropped here.
        let asked = |from: u32, p: PeerId| p != r.me && (!round.first || Some(p) != speaker(step, from));
        let wants = missing.iter().filter_map(|&from| step.old.find(from)).flat_map(|old| {
            let want = Message::Want { lineage: log.lineage(), step: at, from: old.id, to: key.0 };
            old.holders().filter(move |&p| asked(old.id, p)).map(move |peer| (peer, want.clone()))
        });
        for (peer, want) in wants.collect::<Vec<_>>() {
            self.figures.wants += 1;
            self.send_around(peer, Channel::Border, want, Vec::new());
        }
        self.wake_at(now + round.again);
    }

    /// When a step may start, by this peer's own clock.
    fn start_of(&self, number: u64, r: &Reads<'_>) -> Option<Micros> {
        let step = r.log?.step(number)?;
        let (start, term) = (step.segment.start, r.log?.term_of(number)?);
        // Another leader has another clock: what its predecessor sealed may start at once.
        if start == 0 || r.fast || term != r.term {
            return None;
        }
        if r.leads {
            return Some(start);
        }
        let leader_now = r.clock.leader_time(r.now)?;
        Some(r.now + start.saturating_sub(leader_now).min(1_000_000))
    }

    /// A step's job but for what comes in, with its region and for whom its bands are.
    fn step_job(&mut self, key: ReplicaKey, checkpoint: bool, r: &Reads<'_>) -> Option<(Rect, StepJob, Destinations)> {
        let (log, replica) = (r.log?, self.replicas.get(&key)?);
        let step = log.step(replica.at)?;
        let strip = step.new.find(key.0)?;
        let (region, world) = (strip.rect(step.world), step.world);
        let mut extract = Vec::new();
        let mut bands = None;
        if let Some(next) = log.step(replica.at + 1)
            && next.segment.origin.is_none()
        {
            let out = outgoing(next, key.0, world);
            extract = out.iter().map(|b| b.rect).collect();
            bands = Some(out.into_iter().map(|b| (b.to, b.peers)).collect());
        }
        if checkpoint {
            extract.push(region);
        }
        let view = strip.peer == r.me && self.view_due(r);
        let (commands, digest) = (Timeline::commands(&step.segment), step.segment.digest);
        Some((region, StepJob { region, incoming: Vec::new(), commands, extract, digest, view }, bands))
    }

    /// Whether the next step is to make a view field: always in real time, thirty times a second otherwise.
    fn view_due(&mut self, r: &Reads<'_>) -> bool {
        let due = !r.fast || self.timers.is_due(Due::View, r.now);
        if due {
            self.timers.set(Due::View, r.now + VIEW_EVERY_US);
        }
        due
    }

    /// The bands that a step uses; what a speculation about the next one could begin with is kept.
    fn take_bands(&mut self, key: ReplicaKey, wanted: &[(u32, Rect)]) -> Vec<Particle> {
        let Some(replica) = self.replicas.get_mut(&key) else { return Vec::new() };
        let mut heard = 0u64;
        let mut bands = BTreeMap::new();
        for w in wanted {
            let (particles, hash) = self.bands.take(replica.at, key.0, *w);
            heard = heard.wrapping_add(if w.0 == key.0 { 0 } else { hash });
            bands.insert(w.0, particles);
        }
        replica.heard = (replica.at, heard);
        let all = bands.values().flatten().copied().collect();
        replica.last = Last { step: replica.at, bands };
        all
    }

    /// Bands are missing: computes what does not need them, once it is time for the step; whether there was something to do.
    fn begin_step(&mut self, key: ReplicaKey, r: &Reads<'_>) -> bool {
        let (Some(log), Some(replica)) = (r.log, self.replicas.get(&key)) else { return false };
        let at = replica.at;
        let Some(step) = log.step(at) else { return false };
        let steady = step.segment.origin.is_none() && Arc::ptr_eq(&step.old, &step.new) && step.segment.ticks > 0;
        if !steady || replica.fresh || at < replica.begins_from {
            return false;
        }
        if let Some(due) = self.start_of(at, r)
            && due > r.now
        {
            self.wake_at(due);
            return false;
        }
        let Some(strip) = step.new.find(key.0) else { return false };
        let (region, commands) = (strip.rect(step.world), Timeline::commands(&step.segment));
        let job = StepJob { region, commands, ..StepJob::default() };
        self.job(key, Job::Begin(job), Doing::Begin { step: at });
        true
    }

    fn run_step(&mut self, key: ReplicaKey, wanted: &[(u32, Rect)], r: &Reads<'_>) {
        let me = r.me;
        let mut particles = self.take_bands(key, wanted);
        let (Some(log), Some(replica)) = (r.log, self.replicas.get_mut(&key)) else { return };
        let at = replica.at;
        let Some(step) = log.step(at) else { return };
        let Some(strip) = step.new.find(key.0).copied() else { return };
        let (region, world) = (strip.rect(step.world), step.world);
        let inside = |p: &Particle| region.contains(p.cell().0, p.cell().1);
        if replica.fresh {
            let reach = crate::partition::padded(region, step.segment.ticks, world);
            match &step.segment.origin {
                None => {}
                Some(Origin::Scene(scene)) => particles = scene.particles(reach),
                Some(Origin::Checkpoint(id, ..)) => match r.checkpoints.particles(*id, reach) {
                    Some(held) => particles = held,
                    // It was here when the leader looked; the peer that has it still takes this peer's place.
                    None => return self.drop_replica(key),
                },
                Some(Origin::Save(_)) => {
                    match r.checkpoints.particles(CheckpointId { epoch: step.epoch, step: at }, reach) {
                        Some(held) => particles = held,
                        None => return self.drop_replica(key),
                    }
                }
            }
            // What others got wrong is not this device's fault.
            let fits = particles.len() as u64 <= PARTICLES_MAX;
            let Some(globals) = step.globals_start.clone().filter(|_| fits) else { return self.drop_replica(key) };
            let (own, around) = particles.into_iter().partition(inside);
            particles = around;
            replica.fresh = false;
            let slot = replica.slot;
            let job = Job::Load(Load { globals: *globals, region, particles: own });
            self.put(slot, job);
        }
        let seeds = strip.stand_in.is_some() && step.segment.seeds.contains(&key.0);
        let checkpoint = (!step.segment.keepers.is_empty() || seeds) && strip.peer == me;
        let compared = self.speculation_waits(key, at);
        let Some((_, job, bands)) = self.step_job(key, checkpoint, r) else { return };
        let job = StepJob { incoming: particles, digest: job.digest || compared, ..job };
        self.job(key, Job::Step(job), Doing::Step { step: at, bands, checkpoint });
    }

    /// The slot in which a replica's state is, from the next job on.
    fn current_slot(&mut self, key: ReplicaKey) -> Option<u8> {
        let replica = self.replicas.get_mut(&key)?;
        let slot = replica.slot;
        if let Some(load) = replica.waits.take() {
            self.put(slot, Job::Load(*load));
        }
        Some(slot)
    }

    fn job(&mut self, key: ReplicaKey, job: Job, doing: Doing) {
        let Some(slot) = self.current_slot(key) else { return };
        let number = self.put(slot, job);
        self.doing = Some((number, key, doing));
    }

    /// Gives the backend's memory back.
    fn free_slots(&mut self) {
        let slots: Vec<u8> = self.replicas.values().map(|r| r.slot).collect();
        let speculated = self.speculated.then_some([self.spare, WINDOW_SLOT]);
        for slot in slots.into_iter().chain(speculated.into_iter().flatten()) {
            self.put(slot, Job::Forget);
        }
        (self.speculation, self.speculated) = (None, false);
    }

    /// A job's answer.
    pub fn job_done(&mut self, number: u64, result: Result<JobOutput, BackendError>, r: &Reads<'_>) {
        let output = match result {
            Ok(output) => output,
            Err(why) => {
                if self.doing.as_ref().is_some_and(|d| d.0 == number) {
                    self.doing = None;
                }
                return self.fail(why);
            }
        };
        if self.doing.as_ref().is_none_or(|d| d.0 != number) {
            return; // Not waited for: a load before a step, a choice of slot.
        }
        let Some((_, key, doing)) = self.doing.take() else { return };
        // Of a replica that is gone: nothing to do.
        let Some(replica) = self.replicas.get_mut(&key) else { return };
        match doing {
            Doing::Extract { step, to } if step == replica.at => {
                replica.sent = true;
                self.say((key.0, step), to, output.extracts, r);
            }
            Doing::Begin { step } => {
                replica.begun = Some(Begun { step, compute_us: output.compute_us });
                replica.begins_from = step + if output.particles > 0 { 1 } else { NOT_BEGUN_STEPS };
            }
            Doing::Step { step, bands, checkpoint } if step == replica.at => {
                let ticks = r.log.and_then(|l| l.step(step)).map_or(0, |s| s.segment.ticks);
                self.compare_speculation(key, step, &output, ticks);
                self.step_done(key, output, bands, checkpoint, r);
            }
            Doing::Window { step, from } => self.window_done(key, step, from, output),
            Doing::Ahead { step, bands } => self.ahead_done(key, step, output, bands, r),
            Doing::Extract { .. } | Doing::Step { .. } => {}
        }
    }

    fn step_done(
        &mut self,
        key: ReplicaKey,
        mut output: JobOutput,
        bands: Destinations,
        checkpoint: bool,
        r: &Reads<'_>,
    ) {
        let Some(replica) = self.replicas.get_mut(&key) else { return };
        let number = replica.at;
        let Some(step) = r.log.and_then(|l| l.step(number)) else { return };
        let Some(strip) = step.new.find(key.0) else { return };
        let (region, executes) = (strip.rect(step.world), strip.peer == r.me);
        let begun = replica.begun.take_if(|begun| begun.step <= number).filter(|begun| begun.step == number);
        let compute_us = output.compute_us + begun.map_or(0, |begun| begun.compute_us);
        let ticks = step.segment.ticks;
        let tick = step.segment.tick + u64::from(ticks);
        let (mut keepers, epoch) = (step.segment.keepers.clone(), step.epoch);
        let seeds = keepers.is_empty();
        keepers.extend(strip.stand_in.filter(|p| !step.segment.keepers.contains(p)));
        replica.report = ReplicaReport {
            strip: key.0,
            done: number + 1,
            fresh: false,
            digest: output.digest,
            particles: output.particles,
            dormant: output.dormant,
            columns: std::mem::take(&mut output.columns),
            column: (region.x0 / sim_kernels::geom::TILE_CELLS) as u16,
            compute_us: compute_us.min(u64::from(u32::MAX)) as u32,
            ticks,
            bands: (replica.said.0 == number && replica.heard.0 == number).then_some((replica.said.1, replica.heard.1)),
        };
        if ticks > 0 {
            let tick_us = compute_us / u64::from(ticks);
            replica.tick_us = if replica.tick_us == 0 { tick_us } else { (replica.tick_us * 7 + tick_us) / 8 };
        }
        replica.at = number + 1;
        replica.sent = bands.is_some();
        replica.complete = false;
        replica.ready_at = None;
        replica.wanted_at = 0;
        replica.asks = 0;
        if checkpoint && let Some(whole) = output.extracts.pop() {
            let id = CheckpointId { epoch, step: number };
            let sum = output.digest.unwrap_or_else(|| Digest::of_all(&whole));
            // What a player waits for is taken in a step of no time.
            let at_leisure = ticks > 0 && keepers == [r.me];
            let outgoing = Outgoing::new(id, key.0, keepers, whole, sum);
            self.send_pieces(if at_leisure { outgoing.at_leisure() } else { outgoing }, seeds);
        }
        if executes {
            self.figures.step_end_at = r.now;
        }
        self.weigh_load(r);
        if let Some(to) = bands {
            self.say((key.0, number + 1), to, output.extracts, r);
        }
        self.send_report();
        if executes {
            self.out.push_back(Output::OwnView { tick, region, tiles: output.view });
        }
        self.forget_bands(r);
    }

    /// Bands of strip `from` are made: kept, and sent to whom they are due from here.
    fn say(
        &mut self,
        (from, step): (u32, u64),
        to: Vec<(u32, Vec<PeerId>)>,
        extracts: Vec<Vec<Particle>>,
        r: &Reads<'_>,
    ) {
        let Some(log) = r.log else { return };
        let lineage = log.lineage();
        let Some(known) = log.step(step) else { return };
        let speaks = speaker(known, from) == Some(r.me);
        let mut said = 0u64;
        for ((to, peers), particles) in to.into_iter().zip(extracts) {
            let key: BandKey = (step, from, to);
            let code = band::encode(&particles);
            let hash = bands::hash(key, &code);
            said = said.wrapping_add(if to == from { 0 } else { hash });
            let executor = known.new.find(to).map(|strip| strip.peer);
            for peer in peers {
                if peer == r.me {
                    continue;
                }
                let asked = self.requests.has((from, to, peer), step);
                if speaks || asked {
                    self.figures.band_particles += particles.len() as u64;
                    self.figures.band_bytes += code.len() as u64 + 12;
                    self.figures.stood_in += u64::from(!speaks);
                    // For its executor a band is urgent however many it has: behind a checkpoint's pieces it would hold
                    // the room up.
                    let at_leisure = particles.len() > BULK_PARTICLES && executor != Some(peer);
                    let channel = if at_leisure { Channel::Bulk } else { urgent(code.len()) };
                    self.send_around(peer, channel, Message::Band { lineage, step, from, to }, code.clone());
                }
            }
            if self.replicas.keys().any(|k| k.0 == to) {
                self.bands.put(key, particles, hash);
            }
            self.said.put(key, code);
        }
        for (_, replica) in self.replicas.iter_mut().filter(|(k, replica)| k.0 == from && replica.at == step) {
            replica.said = (step, said);
        }
    }

    fn refuse(&mut self, from: PeerId, kind: Kind, reason: Reason) {
        self.out.push_back(Output::Refused { from, kind, reason });
    }

    /// From those who compute beside this peer.
    pub fn handle(&mut self, from: PeerId, message: &Message, payload: &[u8], r: &Reads<'_>) {
        match *message {
            Message::Band { lineage, step, from: strip, to } => {
                self.band_from(from, lineage, (step, strip, to), payload, r);
            }
            Message::Want { lineage, step, from: strip, to } => self.want_from(from, lineage, (step, strip, to), r),
        }
    }

    /// A neighbour's band: of a holder of its strip at that step, and no larger than the strip can make it.
    fn band_from(&mut self, from: PeerId, lineage: u64, key: BandKey, code: &[u8], r: &Reads<'_>) {
        let Some(log) = r.log else { return };
        // What waits may be far behind the others.
        let at = self.replicas.iter().filter(|(k, _)| k.0 == key.2).map(|(_, replica)| replica.at).min();
        let least = at.unwrap_or(log.commit_index()).min(log.commit_index());
        if lineage != log.lineage() || key.0 < least || key.0 > least + AHEAD_MAX || self.bands.has(key) {
            return;
        }
        let (Some((old, new)), Some(ticks)) = (log.partitions_of(key.0), log.ticks_of(key.0)) else {
            return self.bands.put_early(from, key, code);
        };
        let world = log.step(key.0).map_or(log.scene_end().world, |s| s.world);
        if !old.holds(key.1, from) {
            return self.refuse(from, Kind::Band, Reason::Standing);
        }
        let most = bands::band_max((old, new), ticks, (key.1, key.2), world);
        if most.is_none_or(|most| band::count(code) > most) {
            return self.refuse(from, Kind::Band, Reason::Size);
        }
        match band::decode(code) {
            Some(particles) => {
                let kept = self.bands.put(key, particles, bands::hash(key, code));
                let of_it = |(k, replica): &(&ReplicaKey, &mut Replica)| k.0 == key.2 && replica.at == key.0;
                self.replicas.iter_mut().filter(of_it).for_each(|(_, replica)| replica.came_at = r.now);
                let own = log.partition().find(key.2).is_some_and(|strip| strip.peer == r.me);
                self.figures.own_bands += u64::from(kept && own);
            }
            None => self.refuse(from, Kind::Band, Reason::Malformed),
        }
    }

    /// Somebody waits for a strip's bands that this peer makes too.
    fn want_from(&mut self, peer: PeerId, lineage: u64, (step, from, to): BandKey, r: &Reads<'_>) {
        let Some(log) = r.log.filter(|l| l.lineage() == lineage && step <= l.commit_index() + AHEAD_MAX) else {
            return;
        };
        // Who asks may know more of the log than this peer, or be about to lose the strip.
        let holds = |p: &Partition| p.holds(to, peer);
        let known = log.partitions_of(step).is_some_and(|(old, new)| holds(old) || holds(new));
        if !known && !holds(log.partition()) && !holds(log.partition_end()) {
            return self.refuse(peer, Kind::Want, Reason::Standing);
        }
        // Nobody makes bands of a strip that is not there. One that has been joined to another since, in a step that this
        // log has forgotten, was there: its band may be all that the last holder of a neighbour lacks.
        let there = |p: &Partition| p.find(from).is_some();
        let made = self.said.get((step, from, to)).is_some();
        if !made && !log.partitions_of(step).is_some_and(|(old, _)| there(old)) && !there(log.partition()) {
            return self.refuse(peer, Kind::Want, Reason::Standing);
        }
        let Some(count) = self.requests.take((from, to, peer), step, r.now) else { return };
        let ready: Vec<(u64, Vec<u8>)> =
            self.said.since((step, from, to)).take(count).map(|(s, code)| (s, code.clone())).collect();
        for (step, code) in ready {
            self.figures.stood_in += 1;
            self.figures.band_bytes += code.len() as u64 + 12;
            self.send_around(peer, urgent(code.len()), Message::Band { lineage, step, from, to }, code);
        }
    }

    /// Bands that nobody here waits for go.
    fn forget_bands(&mut self, r: &Reads<'_>) {
        let next = r.log.map_or(0, |l| l.commit_index());
        let at: BTreeMap<u32, u64> = self.replicas.iter().map(|(k, replica)| (k.0, replica.at)).collect();
        self.bands.retain(|(step, _, to)| at.get(&to).map_or(step + 4 >= next, |&at| step >= at));
        // Who is asked may be as far behind as who asks.
        self.requests.forget_before(|strip| at.get(&strip).map_or(next, |&at| at.min(next)), r.now);
    }

    fn drop_replica(&mut self, key: ReplicaKey) {
        self.speculation.take_if(|g| g.key == key);
        if let Some(replica) = self.replicas.remove(&key) {
            self.put(replica.slot, Job::Forget);
            self.send_report();
        }
    }

    /// A strip's part in a checkpoint goes on its way, or what `seeds` its stand-in: the older one is of no use then.
    /// Who gets them keeps no more unfinished ones than there may be, so that whatever is asked for, and however slowly
    /// the pieces leave, no more than that is held of a strip here.
    fn send_pieces(&mut self, outgoing: Outgoing, seeds: bool) {
        let strip = outgoing.strip;
        self.checkpoints.retain(|older| !seeds || older.strip != strip || older.to != outgoing.to);
        let of_strip = |older: &Outgoing| older.strip == strip;
        if self.checkpoints.iter().filter(|older| of_strip(older)).count() >= UNFINISHED_MAX
            && let Some(oldest) = self.checkpoints.iter().position(of_strip)
        {
            self.checkpoints.remove(oldest);
        }
        self.checkpoints.push_back(outgoing);
    }

    /// Codes and sends one piece of a checkpoint, if one is on its way.
    pub fn send_piece(&mut self, now: Micros) {
        // What somebody waits for goes before what is taken at leisure.
        let Some(at) = (0..self.checkpoints.len()).min_by_key(|&at| self.checkpoints[at].every_us) else { return };
        let checkpoint = &mut self.checkpoints[at];
        // A room in which much is said is looked at far more often than this.
        let due = self.piece_at + checkpoint.every_us;
        if now < due {
            return self.wake_at(due);
        }
        self.piece_at = now;
        let (id, strip, to, sum) = (checkpoint.id, checkpoint.strip, checkpoint.to.clone(), checkpoint.sum);
        match checkpoint.piece() {
            Some((index, count, code, of)) => {
                let (piece, sums) = ((index, count), (of, sum));
                for to in to {
                    self.out.push_back(Output::Piece { to, id, strip, piece, code: code.clone(), sums });
                }
            }
            None => {
                self.checkpoints.remove(at);
            }
        }
        if let Some(every_us) = self.checkpoints.iter().map(|checkpoint| checkpoint.every_us).min() {
            self.wake_at(now + every_us);
        }
    }

    /// The replicas are lost here.
    fn fail(&mut self, why: BackendError) {
        self.forget();
        self.broken = true;
        self.out.push_back(Output::Failed(why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_moves_what_waits_for_bands_and_not_the_next_view_field() {
        let mut replicas = Replicas::default();
        replicas.timers.set(Due::View, 10);
        replicas.replicas.insert((0, 0), Replica::new(0, 0, 0));
        replicas.replicas.insert((1, 0), Replica::new(1, 1, 0));
        let waits = replicas.replicas.get_mut(&(0, 0)).unwrap();
        assert_eq!((waits.waits_since(100), waits.waits_since(200)), (100, 100), "from the first look on");
        waits.wanted_at = 150;
        replicas.slept(1_000);
        assert_eq!(replicas.timers.at(Due::View), 10);
        let waits = &replicas.replicas[&(0, 0)];
        assert_eq!((waits.ready_at, waits.wanted_at), (Some(1_100), 1_150));
        assert_eq!(waits.timers.at(GiveUp::OutOfReach), 1_100 + OUT_OF_REACH_US);
        assert_eq!(waits.timers.at(GiveUp::Unanswered), 1_100 + UNANSWERED_US);
        let ready = &replicas.replicas[&(1, 0)];
        assert_eq!((ready.ready_at, ready.wanted_at), (None, 0), "it waits for nothing");
    }

    #[test]
    fn a_seed_takes_the_older_ones_place_and_what_is_on_its_way_is_bounded() {
        let outgoing = |step: u64, strip: u32, to: &[u128]| {
            let to = to.iter().map(|&p| PeerId(p)).collect();
            let id = CheckpointId { epoch: 0, step };
            Outgoing::new(id, strip, to, vec![Particle::bare([0; 4])], Digest::default())
        };
        let mut replicas = Replicas::default();
        let queued = |replicas: &Replicas| -> Vec<u64> { replicas.checkpoints.iter().map(|o| o.id.step).collect() };
        for (step, strip, to, seeds, left) in [
            (1, 0, &[1, 2][..], false, &[1][..]),
            (2, 0, &[2], true, &[1, 2]),
            (3, 1, &[2], true, &[1, 2, 3]),
            (4, 0, &[2], true, &[1, 3, 4]),
            (5, 0, &[1, 2], false, &[1, 3, 4, 5]),
            (6, 0, &[1, 2], false, &[1, 3, 4, 5, 6]),
            (7, 0, &[1, 2], false, &[3, 4, 5, 6, 7]),
        ] {
            replicas.send_pieces(outgoing(step, strip, to), seeds);
            assert_eq!(queued(&replicas), left, "{step}");
        }
        (10..1000).for_each(|step| replicas.send_pieces(outgoing(step, 1, &[2]), true));
        assert_eq!(queued(&replicas), [4, 5, 6, 7, 999]);
    }

    #[test]
    fn a_load_is_weighed_by_the_rooms_clock() {
        // 40 % of real time for its own strip, and 35 % for another's.
        for (tempo, percent) in [(Tempo::Full, 74), (Tempo::Double, 149), (Tempo::Quarter, 18)] {
            assert_eq!(load_percent([6_667, 5_832].into_iter(), tempo), percent, "{tempo:?}");
        }
    }

    #[test]
    fn no_band_goes_where_it_would_be_refused() {
        for (bytes, channel) in [(0, Channel::Border), (BORDER_BYTES, Channel::Border), (64 << 20, Channel::Bulk)] {
            assert_eq!(urgent(bytes), channel, "{bytes}");
        }
    }

    #[test]
    fn what_is_waited_for_is_sent_before_what_is_taken_at_leisure() {
        let mut replicas = Replicas::default();
        let of = |step: u64, particles: usize| {
            let id = CheckpointId { epoch: 0, step };
            Outgoing::new(id, 0, vec![PeerId(1)], vec![Particle::bare([0; 4]); particles], Digest::default())
        };
        replicas.checkpoints.push_back(of(1, 1).at_leisure());
        replicas.checkpoints.push_back(of(2, 1));
        let mut sent = Vec::new();
        for look in 0..40 {
            replicas.send_piece(look * 1_000);
            while let Some(Output::Piece { id, .. }) = replicas.out.pop_front() {
                sent.push(id.step);
            }
        }
        assert_eq!(sent, [2, 1]);
        assert!(replicas.checkpoints.is_empty());
    }
}
