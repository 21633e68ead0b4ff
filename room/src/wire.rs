//! What participants say to each other, and the only place that knows how it is coded: bincode 2 with limits,
//! some kinds followed by a payload in a code of our own.
//!
//! [`decode`] hands out only messages whose every size, string and rectangle is within its limit.

#![expect(missing_docs, reason = "fields that their type and name say all about")]

use crate::api::{PeerId, Profile};
use crate::partition::Partition;
use serde::{Deserialize, Serialize};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WORLD_WIDTH_MAX};
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;

/// The protocol's version; peers of another one are refused.
pub const PROTOCOL_VERSION: u32 = 1;
/// The most participants of a room.
pub const PEOPLE_MAX: usize = 64;
/// The most ticks in a superstep.
pub const TICKS_MAX: u32 = 16;
/// The most commands in one segment.
pub const SEGMENT_COMMANDS_MAX: usize = 2048;
/// The most segments in one message.
pub const SEGMENTS_MAX: usize = 32;
/// The most player's commands in one message.
pub const COMMANDS_MAX: usize = 256;
/// Terms and epochs stay below this, so that counting on never overflows.
const TERM_MAX: u32 = 1 << 30;
/// Steps and ticks stay below this.
const STEP_MAX: u64 = 1 << 48;
/// The longest message, payload included.
pub const MESSAGE_MAX: usize = 64 << 20;
/// What a decoded head may take in memory: a full world's terrain is half a megabyte.
const HEAD_MAX: usize = 8 << 20;

/// A message's head. [`Msg::Band`], [`Msg::SnapPart`] and [`Msg::View`] are followed by a payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    /// A newcomer, to everyone: must stay the first kind, with the version first.
    Hello { version: u32, constants: [u32; 4], profile: Profile },
    /// The host's no, in words.
    Refused(String),
    /// The host: an epoch begins, or a newcomer is let into it.
    Begin(Box<Begin>),
    /// The host: who is here.
    Roster(Roster),
    /// The host: sealed segments and the state of the room.
    Log(Box<LogMsg>),
    /// To the host: how far I am.
    Report(Box<Report>),
    /// To the host: what my player did, with sequence numbers.
    Commands(Vec<(u64, Command)>),
    /// To the host: the clock and the scene.
    Control(Control),
    /// To the host: my profile changed.
    Profile(Profile),
    /// To the host: whom I am linked to; the highest number counts.
    Links { number: u32, peers: Vec<PeerId> },
    /// The host, to one who takes itself for a member: you are not in this room, say hello.
    Stranger { term: u32 },
    /// A host, to one who is not in its roster: if you are a host too, the smaller room goes into the larger.
    Meet { people: u16, term: u32 },
    /// To the host: I wish to leave.
    Leaving,
    /// The host: your part is taken over, go.
    Goodbye,
    /// The leaving host, to its successor.
    Handover(Box<Handover>),
    /// To the host: what time is it?
    Ping(u64),
    /// The host's clock, beside the ping's own time.
    Pong { sent: u64, host: u64 },
    /// Particles of a band; payload: their code.
    Band { epoch: u32, step: u64 },
    /// A piece of a region's snapshot at the end of a step; payload: the particles' code.
    SnapPart { id: SnapId, index: u16, count: u16 },
    /// View tiles; payload: their code.
    View { epoch: u32, tick: u64, id: u32, region: Rect },
    /// View messages that arrived.
    ViewAck(Vec<u32>),
}

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
    pub term: u32,
    pub epoch: u32,
    /// The first step that follows.
    pub step: u64,
    pub origin: Origin,
    pub scene: Scene,
    /// The globals at the start of `step`; with [`Origin::Scene`] the scene's own.
    pub globals: Option<Globals>,
    /// Who holds which strip at the start of `step`.
    pub partition: Partition,
    /// The newest command of each author that is in the log.
    pub seqs: Vec<(PeerId, u64)>,
    /// Whether nobody waits for the clock.
    pub fast: bool,
    pub roster: Roster,
}

/// Everyone in the room, in the order of joining.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    pub term: u32,
    pub version: u32,
    pub people: Vec<(PeerId, Profile)>,
}

/// A player's command at its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    /// Who, and the author's sequence number; nobody for a scene's own commands.
    pub author: Option<(PeerId, u64)>,
    /// Ticks after the segment's start.
    pub offset: u8,
    pub command: Command,
}

/// One superstep of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
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
    pub term: u32,
    pub epoch: u32,
    /// What the receiver has not acknowledged.
    pub segments: Vec<Segment>,
    /// All executors have completed the steps before this one.
    pub frontier: u64,
    /// The tick there.
    pub frontier_tick: u64,
    pub digest: Option<(u64, Digest)>,
    pub particles: u64,
    pub paused: bool,
    pub waiting: Option<PeerId>,
    pub speed_percent: u32,
    /// The newest snapshot that everyone has; older ones may go.
    pub snapshot: Option<SnapId>,
    /// Microseconds a tick, and steps completed, of the executors; now and then.
    pub people: Vec<(PeerId, u32, u64)>,
    /// Words for everyone, now and then.
    pub notice: Option<String>,
}

/// How far a member is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub term: u32,
    pub epoch: u32,
    /// The roster's version here.
    pub roster: u32,
    /// All steps before this one are known.
    pub known: u64,
    /// All steps before this one are completed.
    pub done: u64,
    /// The region's digest at the end of the last completed step.
    pub digest: Option<Digest>,
    pub particles: u64,
    /// By tile column of the region.
    pub columns: Vec<u32>,
    /// First column.
    pub column: u16,
    /// Of the last step, and its ticks.
    pub compute_us: u32,
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
    Pause,
    Step,
    Resume,
    Load(Box<Scene>),
}

/// What the next host must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    pub term: u32,
    pub epoch: u32,
    pub segments: Vec<Segment>,
    pub pending: Vec<(PeerId, u64, Command)>,
    pub paused: bool,
    /// When the next step starts, in microseconds from now.
    pub start_in: u64,
    pub roster: Roster,
    /// Who wishes to leave, the sender included.
    pub leaving: Vec<PeerId>,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// A newcomer of another protocol version.
    #[error("protocol version {0}, not {PROTOCOL_VERSION}")]
    Version(u32),
    /// Anything else.
    #[error("a malformed message")]
    Malformed,
}

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<HEAD_MAX>()
}

/// A message with its payload (empty for most kinds).
pub fn encode(msg: &Msg, payload: &[u8]) -> Vec<u8> {
    debug_assert!(msg.has_payload() || payload.is_empty());
    let mut bytes = bincode::serde::encode_to_vec(msg, bincode::config::standard()).unwrap_or_default();
    bytes.extend_from_slice(payload);
    bytes
}

/// Parses a message and hands out its payload. Everything in the head is within its limits then.
pub fn decode(bytes: &[u8]) -> Result<(Msg, &[u8]), WireError> {
    if bytes.len() > MESSAGE_MAX {
        return Err(WireError::Malformed);
    }
    match bincode::serde::decode_from_slice::<Msg, _>(bytes, config()) {
        Ok((msg, used)) => {
            let payload = bytes.get(used..).ok_or(WireError::Malformed)?;
            if let Msg::Hello { version, .. } = &msg
                && *version != PROTOCOL_VERSION
            {
                return Err(WireError::Version(*version));
            }
            let good = (payload.is_empty() || msg.has_payload()) && msg.is_valid();
            if good { Ok((msg, payload)) } else { Err(WireError::Malformed) }
        }
        // A newcomer from another time may say hello in another form; its version comes first in all of them.
        Err(_) => match bincode::decode_from_slice::<(u8, u32), _>(bytes, config()) {
            Ok(((0, version), _)) if version != PROTOCOL_VERSION => Err(WireError::Version(version)),
            _ => Err(WireError::Malformed),
        },
    }
}

impl Msg {
    fn has_payload(&self) -> bool {
        matches!(self, Self::Band { .. } | Self::SnapPart { .. } | Self::View { .. })
    }

    fn is_valid(&self) -> bool {
        match self {
            Self::Hello { profile, .. } | Self::Profile(profile) => profile_is_valid(profile),
            Self::Refused(words) => words.len() <= 500,
            Self::Begin(b) => b.is_valid(),
            Self::Roster(r) => r.is_valid(),
            Self::Log(l) => {
                l.term < TERM_MAX
                    && l.segments.len() <= SEGMENTS_MAX
                    && l.segments.iter().all(Segment::is_valid)
                    && l.people.len() <= PEOPLE_MAX
                    && l.notice.as_ref().is_none_or(|w| w.len() <= 300)
            }
            Self::Report(r) => {
                r.term < TERM_MAX
                    && r.epoch < TERM_MAX
                    && r.columns.len() <= (WORLD_WIDTH_MAX / 16) as usize
                    && r.snapshots.len() <= 8
                    && r.failed.as_ref().is_none_or(|w| w.len() <= 300)
            }
            Self::Commands(list) => list.len() <= COMMANDS_MAX,
            Self::Control(Control::Load(scene)) => scene.problem().is_none(),
            Self::Links { peers, .. } => peers.len() <= PEOPLE_MAX,
            Self::Handover(h) => {
                h.term < TERM_MAX
                    && h.segments.len() <= 2 * SEGMENTS_MAX
                    && h.segments.iter().all(Segment::is_valid)
                    && h.pending.len() <= SEGMENT_COMMANDS_MAX
                    && h.roster.is_valid()
                    && h.leaving.len() <= PEOPLE_MAX
            }
            Self::SnapPart { index, count, .. } => index < count,
            Self::ViewAck(ids) => ids.len() <= 256,
            Self::Control(_) | Self::Leaving | Self::Goodbye | Self::Stranger { .. } | Self::Meet { .. } => true,
            Self::Ping(_) | Self::Pong { .. } | Self::Band { .. } | Self::View { .. } => true,
        }
    }
}

/// Whether a profile's strings are within their limits.
pub fn profile_is_valid(profile: &Profile) -> bool {
    profile.name.len() <= 32 && profile.backend.len() <= 64
}

impl Roster {
    fn is_valid(&self) -> bool {
        let mut ids: Vec<PeerId> = self.people.iter().map(|p| p.0).collect();
        ids.sort_unstable();
        self.people.len() <= PEOPLE_MAX
            && self.term < TERM_MAX
            && self.version < TERM_MAX
            && self.people.iter().all(|(_, p)| profile_is_valid(p))
            && ids.windows(2).all(|w| w[0] != w[1])
    }
}

impl Begin {
    fn is_valid(&self) -> bool {
        self.term < TERM_MAX
            && self.epoch < TERM_MAX
            && self.step < STEP_MAX
            && self.globals.as_ref().is_none_or(|g| g.tick < STEP_MAX)
            && self.scene.problem().is_none()
            && self.globals.as_ref().is_none_or(|g| g.is_valid() && g.size() == self.scene.world)
            && self.globals.is_none() == (self.origin == Origin::Scene)
            && self.partition.is_valid(self.scene.world)
            && self.seqs.len() <= 4 * PEOPLE_MAX
            && self.roster.is_valid()
    }
}

impl Segment {
    /// What can be told without knowing the room; the log checks the rest.
    fn is_valid(&self) -> bool {
        self.ticks <= TICKS_MAX
            && self.step < STEP_MAX
            && self.tick < STEP_MAX
            && self.start < STEP_MAX
            && self.snapshot.len() <= PEOPLE_MAX
            && self.commands.len() <= SEGMENT_COMMANDS_MAX
            && self.commands.iter().all(|c| u32::from(c.offset) < self.ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(version: u32) -> Msg {
        let profile = Profile { name: "Anna".into(), lend: true, backend: "CPU".into(), throughput: 5 };
        Msg::Hello { version, constants: [1; 4], profile }
    }

    #[test]
    fn messages_come_back_and_trailing_bytes_do_not() {
        let bytes = encode(&hello(PROTOCOL_VERSION), &[]);
        assert_eq!(decode(&bytes).unwrap().0, hello(PROTOCOL_VERSION));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(decode(&longer), Err(WireError::Malformed));
        assert_eq!(decode(&bytes[..bytes.len() - 1]), Err(WireError::Malformed));
        let band = encode(&Msg::Band { epoch: 1, step: 2 }, b"abc");
        assert_eq!(decode(&band).unwrap(), (Msg::Band { epoch: 1, step: 2 }, &b"abc"[..]));
    }

    #[test]
    fn other_versions_are_told_apart_from_rubbish() {
        assert_eq!(decode(&encode(&hello(7), &[])), Err(WireError::Version(7)));
        assert_eq!(decode(&[0, 9, 1, 2]), Err(WireError::Version(9)));
        assert_eq!(decode(&[]), Err(WireError::Malformed));
    }

    #[test]
    fn sizes_are_limited() {
        let mut long = hello(PROTOCOL_VERSION);
        if let Msg::Hello { profile, .. } = &mut long {
            profile.name = "x".repeat(33);
        }
        assert!(decode(&encode(&long, &[])).is_err());
        // A list that claims to be long must not be believed.
        assert!(decode(&[6, 253, 255, 255, 255, 255, 255, 255, 255, 127]).is_err());
    }

    #[test]
    fn rubbish_never_panics() {
        let mut seed = 9u32;
        let mut byte = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        for round in 0..40_000u32 {
            let length = round as usize % 200;
            let mut bytes: Vec<u8> = (0..length).map(|_| byte()).collect();
            if let Some(first) = bytes.first_mut() {
                *first %= 20;
            }
            let _ = decode(&bytes);
        }
    }
}
