//! The room's surface: what goes in, what comes out. Bytes in, bytes out, time as an argument.
//!
//! The caller loops: `handle(now, input)` for everything that happened, then `poll()` until it returns
//! [`Output::Wait`]; then sleep until that time or until something happens. Times are microseconds of any
//! monotonic clock.

pub use crate::costs::{RECORDING_TICKS_MAX, REPLAY_TICKS_MAX};
use crate::notice::{BackendError, Notice, Refusal, Someone};
pub use crate::peer::PeerId;
pub use crate::shown::Hand;
use serde::{Deserialize, Serialize};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::job::{Job, JobOutput};
use sim_kernels::scene::Scene;
use sim_kernels::view::ViewTile;

/// Microseconds of the caller's monotonic clock.
pub type Micros = u64;

/// Which channel a message takes; the transport keeps each one's promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Channel {
    /// Log, commands, membership: small, delivered, unordered.
    Log,
    /// Bands: delivered, unordered, first in the queue.
    Border,
    /// Snapshots and hand-over: delivered, paced below the others.
    Bulk,
    /// View frames: may be lost.
    View,
}

/// How a participant takes part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Shown to the others; at most 32 bytes.
    pub name: String,
    /// Lends this device for computing.
    pub lend: bool,
    /// "CPU, 2 threads" or the adapter's name; at most 64 bytes.
    pub backend: String,
    /// Particle-ticks a second, as calibrated; 0 when unknown.
    pub throughput: u64,
}

impl Profile {
    /// Whether the words are within their limits.
    pub(crate) fn is_valid(&self) -> bool {
        self.name.len() <= 32 && self.backend.len() <= 64
    }
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// A link to a peer is up: both sides may send.
    PeerUp(PeerId),
    /// A link is gone for good, without a goodbye: its heartbeat stopped for 5 s, or it broke a rule.
    PeerDown(PeerId),
    /// A link is gone for good: the other ended it with a goodbye, as a page does that is closed.
    PeerLeft(PeerId),
    /// A whole message arrived.
    Message {
        /// Its sender.
        from: PeerId,
        /// The channel that it came on.
        channel: Channel,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// Round trip and goodput (bytes a second) measured by the transport.
    Link {
        /// The other end.
        peer: PeerId,
        /// Microseconds there and back.
        rtt_us: u32,
        /// Bytes a second; 0 when unknown.
        goodput: u32,
    },
    /// The job of this number is done. On `Err` the room asks for a new load.
    Done {
        /// The job's number.
        job: u64,
        /// What the backend answered.
        result: Result<JobOutput, BackendError>,
    },
    /// The player, or the program that drives this peer.
    Player(Request),
    /// Time passed (the time that [`Output::Wait`] named).
    Wake,
}

/// What a player asks of the room.
#[derive(Clone, Debug)]
pub enum Request {
    /// Do something to the world.
    Command(Command),
    /// Stop the world's clock; `Step` moves one tick on; `Resume` starts it again.
    Pause,
    /// One tick, while paused.
    Step,
    /// Go on.
    Resume,
    /// Begin another scene in this room.
    Load(Scene),
    /// Save the room's world as of about now: the answer is [`Event::Saved`], or a notice that says why not.
    Save,
    /// Go on from a saved world in this room, for everyone; a notice says so, or why not. A recording
    /// ([`crate::save::recording`]) is played from its first checkpoint on, where one is alone in the room.
    Restore(Vec<u8>),
    /// A recording of the room from one of [`Status::moments`] on, up to now or to where that world was left: the answer
    /// is [`Event::Recorded`], or a notice that says why not. Whoever keeps that checkpoint and followed the log since has it.
    Record {
        /// The moment's epoch and step.
        from: (u32, u64),
    },
    /// Take the room back to one of [`Status::moments`], or so many ticks after it. Others who did something lately
    /// are asked first; what came of it a notice says.
    Rewind {
        /// The moment's epoch and step.
        to: (u32, u64),
        /// At most [`REPLAY_TICKS_MAX`]; while a recording plays, up to its end.
        ticks: u32,
    },
    /// Answer [`Status::proposal`].
    Vote {
        /// See [`Proposal::number`].
        number: u64,
        /// Whether the player agrees.
        agrees: bool,
    },
    /// Change name or lending.
    Profile(Profile),
    /// My pointer is here, or not over the world: the others see it.
    Hand(Option<Hand>),
    /// The others are to look here; in quarters of a cell.
    Point([u16; 2]),
    /// Something to say to everyone; what [`crate::shown::is_sayable`] refuses is not said.
    Say(String),
    /// The world's clock is to go as fast as this, for everyone.
    Tempo(Tempo),
    /// Leave in order: hand over region and role, then `Event::Left`.
    Leave,
}

/// What the caller is to do.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a job is moved seldom, and is smaller where pointers are")]
pub enum Output {
    /// Send a message.
    Send {
        /// To whom.
        to: PeerId,
        /// On which channel.
        channel: Channel,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// Do a job on this peer's backend; jobs are given one after the other and answered in order.
    Job {
        /// Named again in [`Input::Done`].
        number: u64,
        /// What to do.
        job: Job,
    },
    /// Tell the player.
    Event(Event),
    /// Nothing until this time.
    Wait(Micros),
}

/// What the player is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// The room's state, whenever it changed (at most 10 times a second).
    Status(Box<Status>),
    /// Terrain, gravity and sources were replaced or changed by commands.
    Globals(Box<Globals>),
    /// New view tiles of one region at one tick: `region`'s tiles that are absent are unchanged unless
    /// `full`, when they are empty.
    View {
        /// When it looked like this.
        tick: u64,
        /// Its owner's region.
        region: Rect,
        /// Whether tiles that are absent are empty.
        full: bool,
        /// The tiles.
        tiles: Vec<ViewTile>,
    },
    /// A step of the log is committed: what every machine computes, or computed, for these ticks. In order, each
    /// step once; what a recording or a check from outside needs.
    Committed(Box<Committed>),
    /// The save that was asked for (see [`crate::save`]).
    Saved(Vec<u8>),
    /// The recording that was asked for (see [`crate::save::recording`]).
    Recorded(Vec<u8>),
    /// Somebody's pointer is here, or gone.
    Hand {
        /// Whose.
        from: PeerId,
        /// Where, and what it holds.
        hand: Option<Hand>,
    },
    /// Somebody wants everyone to look here.
    Pointed {
        /// Who.
        from: Someone,
        /// Where, in quarters of a cell.
        at: [u16; 2],
    },
    /// Somebody says something.
    Said {
        /// Who.
        from: Someone,
        /// A line of words, at most [`crate::shown::SAID_MAX`] bytes.
        text: String,
    },
    /// Something worth a line of text.
    Notice(Notice),
    /// This peer cannot be in this room. Final.
    Refused(Refusal),
    /// The orderly leave is complete.
    Left,
}

/// Where a world that goes back goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Returns {
    /// From the end of this step.
    pub step: u64,
    /// Somebody asked for it; otherwise nobody had what came later.
    pub asked: bool,
}

/// A committed step of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// Which history this is a part of; a room that was cut in two has two for a while.
    pub lineage: u64,
    /// The history that this one forked from, or itself.
    pub parent: u64,
    /// Its number.
    pub step: u64,
    /// How often the world has begun again.
    pub epoch: u32,
    /// Its first tick.
    pub tick: u64,
    /// The world begins again here.
    pub begins: bool,
    /// It goes on from the save of this name.
    pub save: Option<Digest>,
    /// It goes on from the end of an earlier step.
    pub returns: Option<Returns>,
    /// For each of its ticks, what applies at its start.
    pub commands: Vec<Vec<Command>>,
    /// Who computes what.
    pub regions: Vec<Region>,
}

/// A region and who computes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Which part of the world.
    pub rect: Rect,
    /// Who computes it and speaks for it.
    pub executor: PeerId,
    /// Who computes it too, and speaks when the executor is late.
    pub stand_in: Option<PeerId>,
}

/// The room as the people panel shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The oldest tick that all regions have reached.
    pub tick: u64,
    /// Ticks in the current superstep.
    pub superstep_ticks: u32,
    /// Speed in percent of real time, over the last 2 s.
    pub speed_percent: u32,
    /// Whether the world's clock is stopped.
    pub paused: bool,
    /// How fast it is to go.
    pub tempo: Tempo,
    /// Who the room waits for, if it does.
    pub waiting_for: Option<PeerId>,
    /// Nobody lends a device: the world waits until somebody does.
    pub nobody_computes: bool,
    /// Particles in the room.
    pub particles: u64,
    /// The room's digest (particles and globals) at `digest_tick`, once known.
    pub digest: Option<(u64, Digest)>,
    /// The lineage and the epoch in which `digest` is.
    pub digest_of: (u64, u32),
    /// The lineage and the epoch of the world that this peer has now: they change as soon as another world begins, or an
    /// earlier moment of one does.
    pub world: (u64, u32),
    /// Everyone, this peer included, in the order of joining.
    pub people: Vec<Person>,
    /// p50 and p99 of the exchange in microseconds: from a superstep's end to having all bands of the next.
    pub exchange_us: [u32; 2],
    /// Bytes and particles of the bands sent so far, headers included.
    pub band_bytes: u64,
    /// See `band_bytes`.
    pub band_particles: u64,
    /// Bands that this peer asked others than their executors for.
    pub wants: u64,
    /// Bands that this peer sent in an executor's stead.
    pub stood_in: u64,
    /// Strips for which two machines computed different digests: a broken machine.
    pub disagreements: u64,
    /// Times that this peer, as leader, took the room back to a checkpoint because it did not get on for long.
    pub rescues: u64,
    /// Steps that this peer ran ahead on speculative bands while the true ones were late.
    pub speculations: u64,
    /// Those whose result was the true one.
    pub speculations_right: u64,
    /// Ticks of those whose result was another.
    pub ticks_rolled_back: u64,
    /// Microseconds spent on speculations.
    pub speculation_us: u64,
    /// Moments that the room can be taken back to, the oldest first.
    pub moments: Vec<Moment>,
    /// What this peer keeps of the past, in bytes.
    pub kept_bytes: u64,
    /// Somebody wants the room back at an earlier moment.
    pub proposal: Option<Proposal>,
    /// What was done is done again, up to this tick.
    pub replays_to: Option<u64>,
    /// The recording that this room plays.
    pub recording: Option<Playing>,
    /// Messages that this peer refused: they were not their senders' to say, too long, or too many.
    pub refused: u64,
}

/// A recording that a room plays, as its leader knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playing {
    /// The tick at which it begins.
    pub from: u64,
    /// Its last tick.
    pub until: u64,
    /// Digests that were the same as those told then, each tick once.
    pub compared: u32,
    /// The first tick at which the digest was another.
    pub differs: Option<u64>,
}

/// A moment that the room can be taken back to: a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The epoch in which it was taken: how often the world had begun again.
    pub epoch: u32,
    /// The step of the log at whose end it was taken.
    pub step: u64,
    /// The world's tick there.
    pub tick: u64,
    /// How long ago, in seconds.
    pub age_s: u32,
    /// Any tick after it can be had, because all that was done since then is known.
    pub exact: bool,
}

/// Somebody wants the room back at an earlier moment; of those who did something lately more than half must agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Which one: an answer names it.
    pub number: u64,
    /// Who.
    pub by: PeerId,
    /// To which moment: its epoch and its step.
    pub epoch: u32,
    /// See `epoch`.
    pub step: u64,
    /// Ticks after that moment.
    pub ticks: u32,
    /// Who is asked.
    pub asked: Vec<PeerId>,
    /// How many agreed so far.
    pub yes: u32,
    /// In how many seconds silence is taken as no.
    pub left_s: u32,
}

/// One participant in the people panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Who.
    pub id: PeerId,
    /// This peer itself.
    pub me: bool,
    /// The leader.
    pub leader: bool,
    /// Name, backend, lending.
    pub profile: Profile,
    /// The region that it computes, if any (the first, where it has several).
    pub region: Option<Rect>,
    /// Regions that it computes in another's shadow.
    pub stand_in_for: Vec<Rect>,
    /// Time to compute one tick of its region, in microseconds.
    pub tick_us: u32,
    /// Round trip from here, in microseconds.
    pub rtt_us: u32,
    /// Supersteps behind the newest sealed one.
    pub behind: u32,
}

/// How a room begins, on this peer.
#[derive(Clone, Debug)]
pub struct Config {
    /// This peer.
    pub me: PeerId,
    /// Name, backend, lending.
    pub profile: Profile,
    /// The scene to open the room with, when this peer is its founder; otherwise it waits for a leader.
    pub found: Option<Scene>,
    /// Superstep length in ticks; 0 chooses from the links (1 when alone).
    pub superstep_ticks: u32,
    /// Real time (60 ticks a second), or as fast as can be (tests, `run`).
    pub pace: Pace,
    /// Wait for this many lending peers before the first tick (tests); 0 or 1 starts at once.
    pub wait_for: u32,
    /// Partition by equal tile columns instead of throughput (tests: every shard has work).
    pub equal_strips: bool,
    /// Whether strips get stand-ins (the leader decides for the room).
    pub stand_ins: bool,
    /// Stop the clock at this tick and report the digest there.
    pub end_tick: Option<u64>,
}

/// How fast the world's clock is to go, for everyone in the room. It changes when ticks are computed, and nothing that
/// they compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tempo {
    /// A tenth of real time.
    Tenth,
    /// A quarter.
    Quarter,
    /// Half.
    Half,
    /// Real time.
    #[default]
    Full,
    /// Twice as fast, where the room can; else as fast as it can.
    Double,
}

impl Tempo {
    /// All of them, the slowest first.
    pub const ALL: [Self; 5] = [Self::Tenth, Self::Quarter, Self::Half, Self::Full, Self::Double];

    /// How many ticks a second has.
    pub const fn ticks_a_second(self) -> u64 {
        match self {
            Self::Tenth => 6,
            Self::Quarter => 15,
            Self::Half => 30,
            Self::Full => 60,
            Self::Double => 120,
        }
    }

    /// Microseconds that so many ticks take.
    pub(crate) const fn us_of(self, ticks: u64) -> Micros {
        ticks * 1_000_000 / self.ticks_a_second()
    }

    /// How fast it is, in percent of real time.
    pub const fn percent(self) -> u32 {
        (self.ticks_a_second() * 100 / Self::Full.ticks_a_second()) as u32
    }
}

/// See [`Config::pace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// 60 ticks a second, when the peers can.
    RealTime,
    /// No waiting.
    Fast,
}
