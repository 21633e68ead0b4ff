//! The parts that messages are made of.

use crate::api::{PeerId, Profile};
use crate::partition::Partition;
use serde::{Deserialize, Serialize};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;

/// Names a snapshot: the end of a step in an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SnapId {
    /// The epoch in which it was taken.
    pub epoch: u32,
    /// The step at whose end it was taken.
    pub step: u64,
}

/// Where an epoch's first state comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Every executor makes its strip from the scene.
    Scene,
    /// Every executor takes its strip from its copy of a snapshot.
    Snapshot(SnapId),
    /// The epoch is under way; the receiver has no strip yet.
    Live,
}

/// The start of an epoch, or of someone's part in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// The host's term.
    pub term: u32,
    /// Its number; a higher one replaces this one.
    pub epoch: u32,
    /// The first step that follows.
    pub step: u64,
    /// Where the first state comes from.
    pub origin: Origin,
    /// The scene that the room plays.
    pub scene: Scene,
    /// The globals at the start of `step`; with [`Origin::Scene`] the scene's own.
    pub globals: Option<Globals>,
    /// Who holds which strip at the start of `step`.
    pub partition: Partition,
    /// The newest command of each author that is in the log.
    pub seqs: Vec<(PeerId, u64)>,
    /// Whether nobody waits for the clock.
    pub fast: bool,
    /// Who is here.
    pub roster: Roster,
}

/// Everyone in the room, in the order of joining.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    /// The host's term.
    pub term: u32,
    /// Counts up within a term.
    pub version: u32,
    /// In the order of joining.
    pub people: Vec<(PeerId, Profile)>,
}

/// A player's command at its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    /// Who, and the author's sequence number; nobody for a scene's own commands.
    pub author: Option<(PeerId, u64)>,
    /// Ticks after the segment's start.
    pub offset: u8,
    /// What is done.
    pub command: Command,
}

/// One superstep of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Counts up by one within an epoch.
    pub step: u64,
    /// The first tick.
    pub tick: u64,
    /// How many; 0 only moves particles from owner to owner.
    pub ticks: u32,
    /// When it starts, by the host's clock; 0: at once.
    pub start: u64,
    /// Who computes what, when that changes here.
    pub partition: Option<Partition>,
    /// In the order in which they apply.
    pub commands: Vec<Sealed>,
    /// Who is to get a snapshot of its end; nobody: none is taken.
    pub snapshot: Vec<PeerId>,
    /// The digest at its end is wanted.
    pub digest: bool,
}

/// What the host sends whenever there is news.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogMsg {
    /// The host's term.
    pub term: u32,
    /// The epoch of everything here.
    pub epoch: u32,
    /// What the receiver has not acknowledged.
    pub segments: Vec<Segment>,
    /// All executors have completed the steps before this one.
    pub frontier: u64,
    /// The tick there.
    pub frontier_tick: u64,
    /// The room's newest digest and its tick, once known.
    pub digest: Option<(u64, Digest)>,
    /// In the whole room.
    pub particles: u64,
    /// The world's clock is stopped.
    pub paused: bool,
    /// For whom the room waits.
    pub waiting: Option<PeerId>,
    /// Ticks in percent of real time.
    pub speed_percent: u32,
    /// The newest snapshot that everyone has; older ones may go.
    pub snapshot: Option<SnapId>,
    /// Microseconds a tick, and steps completed, of the executors; now and then.
    pub people: Vec<(PeerId, u32, u64)>,
    /// Words for everyone, now and then.
    pub notices: Vec<String>,
    /// Nobody lends a device: the world waits.
    pub nobody: bool,
}

/// One end's view of a link, as its transport measured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkFigures {
    /// The other end.
    pub peer: PeerId,
    /// Microseconds there and back; 0 when unknown.
    pub rtt_us: u32,
    /// Bytes a second at best, lately; 0 when unknown.
    pub goodput: u32,
    /// There was more to carry than that: it is the link's limit.
    pub full: bool,
}

/// How far a member is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The host's term, as known here.
    pub term: u32,
    /// The epoch of everything here.
    pub epoch: u32,
    /// The roster's version here.
    pub roster: u32,
    /// All steps before this one are known.
    pub known: u64,
    /// All steps before this one are completed.
    pub done: u64,
    /// The region's digest at the end of the last completed step.
    pub digest: Option<Digest>,
    /// Particles in the region.
    pub particles: u64,
    /// By tile column of the region.
    pub columns: Vec<u32>,
    /// First column.
    pub column: u16,
    /// Of the last step, and its ticks.
    pub compute_us: u32,
    /// See `compute_us`.
    pub ticks: u32,
    /// Whose band is missing for long.
    pub missing: Option<PeerId>,
    /// Snapshots held whole.
    pub snapshots: Vec<SnapId>,
    /// A backend failure, in words: the region is lost.
    pub failed: Option<String>,
}

/// What a player asks of the clock and the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Control {
    /// Stop the world's clock.
    Pause,
    /// One tick more, while it is stopped.
    Step,
    /// Go on.
    Resume,
    /// Begin another scene.
    Load(Box<Scene>),
}

/// What the next host must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    /// The successor's term.
    pub term: u32,
    /// The running epoch.
    pub epoch: u32,
    /// The newest ones, which may not have arrived everywhere.
    pub segments: Vec<Segment>,
    /// Players' commands that are not in the log yet.
    pub pending: Vec<(PeerId, u64, Command)>,
    /// The world's clock is stopped.
    pub paused: bool,
    /// When the next step starts, in microseconds from now.
    pub start_in: u64,
    /// Who is here.
    pub roster: Roster,
    /// Who wishes to leave, the sender included.
    pub leaving: Vec<PeerId>,
}
