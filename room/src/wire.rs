//! What participants say to each other, and the only place that knows how it is coded: bincode 2 with limits,
//! some kinds followed by a payload in a code of our own.
//!
//! [`decode`] hands out only messages whose every size, string and rectangle is within its limit.

#![expect(missing_docs, reason = "fields that their type and name say all about")]

use crate::api::{PeerId, Profile};
pub use crate::costs::TICKS_MAX;
use crate::costs::scene_problem;
use crate::notice::{Announcement, BackendError, Refusal, SaveRefusal};
use crate::partition::Partition;
use crate::save::Head;
use serde::{Deserialize, Serialize};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WORLD_WIDTH_MAX};
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;

/// The protocol's version; peers of another one are refused.
pub const PROTOCOL_VERSION: u32 = 6;
/// The most participants of a room.
pub const PEOPLE_MAX: usize = 64;
/// The most commands in one segment.
pub const SEGMENT_COMMANDS_MAX: usize = 2048;
/// The most segments in one message.
pub const SEGMENTS_MAX: usize = 32;
/// The most player's commands in one message.
pub const COMMANDS_MAX: usize = 256;
/// The most whose word decides what is in the log: more would only wait for each other.
pub const VOTERS_MAX: usize = 7;
/// The most replicas that one peer holds.
pub const REPLICAS_MAX: usize = 16;
/// The most announcements in one message.
pub const ANNOUNCEMENTS_MAX: usize = 8;
/// The most cuts that one peer reports.
pub const CUTS_MAX: usize = 8;
/// The most ways around links that one message names.
pub const WAYS_MAX: usize = 256;
/// The most pieces of a save that are asked for in one message.
pub const SAVE_PIECES_MAX: usize = 8;
/// Eras stay below this, so that counting on never overflows.
const ERA_MAX: u32 = 1 << 30;
/// The same for terms, which nobody can count up to: each message takes them a little further at most.
const TERM_MAX: u64 = 1 << 48;
/// The most authors whose commands a newcomer is told of.
pub const SEQS_MAX: usize = 4 * PEOPLE_MAX;
/// What was done in a history stays below this.
const WORK_MAX: u64 = 1 << 60;
/// Steps and ticks stay below this.
pub(crate) const STEP_MAX: u64 = 1 << 48;
/// The longest words of a refusal in another version.
const FOREIGN_WORDS_MAX: usize = 500;
/// How these words begin, up to the version of the room that they come from.
const FOREIGN_WORDS: &str = "this room speaks protocol version ";
/// The longest message, payload included.
pub const MESSAGE_MAX: usize = 64 << 20;
/// What a decoded head may take in memory: a full world's terrain is half a megabyte.
const HEAD_MAX: usize = 8 << 20;

/// A message's head. [`Msg::Band`], [`Msg::CutPart`], [`Msg::View`], [`Msg::SavePiece`] and [`Msg::Pass`] are followed
/// by a payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    /// A newcomer, to everyone: must stay the first kind, with the version first.
    Hello { version: u32, constants: [u32; 4], profile: Profile },
    /// A host's no to a newcomer of another version, or the no of such a host: must stay the second kind and a
    /// string, since a peer of version 5 shows it as it is. A peer of this version shows none of it (see
    /// [`foreign_refusal`]).
    RefusedForeign(String),
    /// The host, to a newcomer: the log up to here, as its state.
    Begin(Box<Begin>),
    /// The host: entries of the log and the state of the room.
    Log(Box<LogMsg>),
    /// To the host: how far I am.
    Report(Box<Report>),
    /// To the host: what my player did to the world of this era, with sequence numbers.
    Commands { era: u32, list: Vec<(u64, Command)> },
    /// To the host: the clock and the scene.
    Control(Control),
    /// To the host: my profile changed.
    Profile(Profile),
    /// To the host: whom I am linked to; the highest number counts.
    Links { number: u32, peers: Vec<LinkFigures> },
    /// The host, to one who takes itself for a member: you are not in this room, say hello.
    Stranger { term: u64 },
    /// A host, to one who is not in its roster: if you are a host too, one room goes into the other. `work` is what
    /// was done in its history; `yours`, in an answer, what was done in the other's when it was asked.
    Meet { lineage: u64, parent: u64, people: u16, work: u64, yours: Option<u64> },
    /// To the host: I wish to leave.
    Leaving,
    /// The host: your part is taken over, go.
    Goodbye,
    /// The host, to all voters: `to` is to stand for election at once, and may have their votes.
    TakeOver { term: u64, to: PeerId },
    /// To the voters: make me host of this term. `end` and `last_term` say how complete my log is. `trial`: I only
    /// ask whether you would.
    Vote { lineage: u64, term: u64, end: u64, last_term: u64, trial: bool },
    /// The answer. A vote that is granted is told to everyone: nobody follows a host for whom no majority voted.
    Voted { lineage: u64, term: u64, to: PeerId, granted: bool, trial: bool },
    /// The host of a fork, to those who are in it: your history goes on as this one, from its parent.
    Fork { lineage: u64, parent: u64, term: u64, end: u64, last_term: u64 },
    /// To the host: what time is it?
    Ping(u64),
    /// The host's clock, beside the ping's own time.
    Pong { sent: u64, host: u64 },
    /// Particles of a band at the start of a step; payload: their code.
    Band { lineage: u64, step: u64, from: u32, to: u32 },
    /// To a holder of strip `from`: send me its bands for strip `to`, from this step on.
    Want { lineage: u64, step: u64, from: u32, to: u32 },
    /// A piece of a strip's part in a cut of this history, and the digest of all of the strip's; payload: the
    /// particles' code.
    CutPart { lineage: u64, id: CutId, strip: u32, index: u16, count: u16, sum: Digest },
    /// What a cut is beside its pieces, to one who did not keep it: who held what, and the globals.
    CutHead { lineage: u64, id: CutId, partition: Partition, globals: Box<Globals> },
    /// View tiles; payload: their code.
    View { era: u32, tick: u64, id: u32, region: Rect },
    /// View messages that arrived.
    ViewAck(Vec<u32>),
    /// To the host: my player opens this save. The host, to those who lend: get it. Its pieces are asked for.
    Save { wish: u64, by: PeerId, head: Box<Head> },
    /// To one who has a save: these of its pieces.
    SaveAsk { id: Digest, pieces: Vec<u32> },
    /// A piece of a save; payload: the particles' code.
    SavePiece { id: Digest, number: u32 },
    /// The host: the world does not go on from this save.
    SaveNo { wish: u64, why: SaveRefusal },
    /// Around a link that is missing or bad: payload: a whole message, which is `from`'s to `to`.
    Pass { from: PeerId, to: PeerId },
    /// The host's no to a newcomer.
    Refused(Refusal),
}

/// Names a cut: the end of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CutId {
    /// The era in which it was taken.
    pub era: u32,
    /// The step at whose end it was taken.
    pub step: u64,
}

/// Where the world comes from at a step that begins a new era.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// Every holder makes its strips from the scene.
    Scene(Box<Scene>),
    /// Every holder takes its strips from its copy of a cut; with the globals there.
    Cut(CutId, Box<Globals>),
    /// Every holder takes its strips from its copy of a save, which is a cut of this very step from here on.
    Save(Box<Opened>),
}

/// A save with which the world goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Whose player opened it, and that player's number for it: no wish is fulfilled twice.
    pub by: PeerId,
    /// See `by`.
    pub wish: u64,
    /// See [`Head::id`].
    pub id: Digest,
    /// The scene that goes on.
    pub scene: Scene,
    /// With the tick.
    pub globals: Globals,
}

/// The state of the log at a step, for one who has none of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    pub lineage: u64,
    /// Where this lineage forked from, or itself.
    pub parent: u64,
    pub term: u64,
    pub era: u32,
    /// The first step that follows.
    pub step: u64,
    /// The term of the entry before it.
    pub before_term: u64,
    /// What was done before `step`; see [`Msg::Meet`].
    pub work: u64,
    pub scene: Scene,
    /// The globals at the start of `step`.
    pub globals: Globals,
    /// Who holds which strip at the start of `step`.
    pub partition: Partition,
    /// The newest command of each author that is in the log.
    pub seqs: Vec<(PeerId, u64)>,
    /// Whether nobody waits for the clock.
    pub fast: bool,
    pub roster: Roster,
}

/// Everyone in the room, in the order of joining, and whose word decides what is in the log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    pub people: Vec<(PeerId, Profile)>,
    pub voters: Vec<PeerId>,
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

/// One entry of the log: a superstep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub step: u64,
    /// The first tick.
    pub tick: u64,
    /// How many; 0 only moves particles from holder to holder, or notes something.
    pub ticks: u32,
    /// When it starts, by the clock of the host of this entry's term; 0: at once.
    pub start: u64,
    /// The world begins anew here.
    pub origin: Option<Origin>,
    /// Who holds what, when that changes here.
    pub partition: Option<Partition>,
    /// Who is in the room, when that changes; it counts as soon as it is in a log, agreed or not.
    pub roster: Option<Roster>,
    /// In the order in which they apply.
    pub commands: Vec<Sealed>,
    /// Who is to keep a cut of its end; nobody: none is taken.
    pub cut: Vec<PeerId>,
    /// The digest at its end is wanted.
    pub digest: bool,
}

/// What the host sends whenever there is news.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogMsg {
    pub lineage: u64,
    pub parent: u64,
    pub term: u64,
    /// Who elected this host, to those who have not said yet that they follow it: they may not reach all voters.
    pub votes: Vec<PeerId>,
    /// The step of the first entry below (or that of the next one), and the term of the entry before it.
    pub from: u64,
    pub before_term: u64,
    /// Entries with their terms: what the receiver has not acknowledged.
    pub segments: Vec<(u64, Segment)>,
    /// Entries before this step are agreed.
    pub agreed: u64,
    /// All strips have completed the steps before this one.
    pub frontier: u64,
    /// The tick there.
    pub frontier_tick: u64,
    /// The newest whole digest, with its era and tick.
    pub digest: Option<(u32, u64, Digest)>,
    pub particles: u64,
    pub paused: bool,
    pub waiting: Option<PeerId>,
    pub speed_percent: u32,
    /// The newest cut that all its keepers have; older ones may go.
    pub cut: Option<CutId>,
    /// Microseconds a tick, and steps completed, of everyone; now and then.
    pub people: Vec<(PeerId, u32, u64)>,
    /// Strips whose stand-ins are to be as far as they can.
    pub hurry: Vec<u32>,
    /// Around which links the room goes.
    pub ways: Vec<Way>,
    /// Nobody lends a device: the world waits.
    pub nobody: bool,
    /// News for everyone.
    pub announcements: Vec<Announcement>,
}

/// What two exchange goes through a third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// One of the two, the one of the lesser number.
    pub a: PeerId,
    pub b: PeerId,
    /// Who passes it on.
    pub via: PeerId,
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

/// How far a replica of a strip is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicaReport {
    pub strip: u32,
    /// All steps before this one are completed.
    pub done: u64,
    /// Its state is yet to come from others.
    pub fresh: bool,
    /// The strip's digest at the end of the last completed step.
    pub digest: Option<Digest>,
    pub particles: u64,
    /// By tile column of the strip.
    pub columns: Vec<u32>,
    /// First column.
    pub column: u16,
    /// Of the last step, and its ticks.
    pub compute_us: u32,
    pub ticks: u32,
    /// Hashes of the bands that it made for other strips at the start of that step, and of those that it took, summed
    /// up: what was made must be what was taken. Nothing where it did not make them all.
    pub bands: Option<(u64, u64)>,
}

/// How far a member is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub lineage: u64,
    pub term: u64,
    /// When this peer was last welcomed, by its own clock: what it said before, and comes late, is void.
    pub since: u64,
    /// The log here is the host's up to this step.
    pub known: u64,
    pub replicas: Vec<ReplicaReport>,
    /// Cuts held whole.
    pub cuts: Vec<CutId>,
    /// The save held whole.
    pub save: Option<Digest>,
    /// It computes what it holds for others only when that is needed.
    pub lazy: bool,
    /// The backend failed: the replicas are lost.
    pub failed: Option<BackendError>,
}

/// What a player asks of the clock and the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Control {
    Pause,
    Step,
    Resume,
    Load(Box<Scene>),
    /// My player wants a cut, for a save.
    Save,
}

/// What peers must have in common beside the protocol: the kernels.
pub(crate) fn constants() -> [u32; 4] {
    sim_kernels::fingerprint::peers().0
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

/// The no to a newcomer of another version, in a form that a peer of every version from 5 on can show. Peers of these
/// versions show the words as they are, which is why this crate has them.
pub(crate) fn refuse_foreign(theirs: u32) -> Msg {
    Msg::RefusedForeign(format!("{FOREIGN_WORDS}{PROTOCOL_VERSION}, you speak {theirs}: use the same release"))
}

/// What the no of a room of another version says: of its words, the room's version alone is taken.
pub(crate) fn foreign_refusal(words: &str) -> Refusal {
    let number = words.strip_prefix(FOREIGN_WORDS).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    Refusal::Version { room: number.and_then(|n| n.parse().ok()), mine: PROTOCOL_VERSION }
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
        matches!(
            self,
            Self::Band { .. } | Self::CutPart { .. } | Self::View { .. } | Self::SavePiece { .. } | Self::Pass { .. }
        )
    }

    fn is_valid(&self) -> bool {
        match self {
            Self::Hello { profile, .. } | Self::Profile(profile) => profile_is_valid(profile),
            Self::RefusedForeign(words) => words.len() <= FOREIGN_WORDS_MAX,
            Self::Begin(b) => b.is_valid(),
            Self::Log(l) => {
                l.term < TERM_MAX
                    && l.before_term <= l.term
                    && [l.from, l.agreed, l.frontier, l.frontier_tick, l.particles].iter().all(|&s| s < STEP_MAX)
                    && l.segments.len() <= SEGMENTS_MAX
                    && l.segments.iter().all(|(term, s)| *term <= l.term && s.is_valid())
                    && l.people.len() <= PEOPLE_MAX
                    && l.votes.len() <= VOTERS_MAX
                    && l.hurry.len() <= REPLICAS_MAX * PEOPLE_MAX
                    && l.ways.len() <= WAYS_MAX
                    && l.announcements.len() <= ANNOUNCEMENTS_MAX
                    && l.announcements.iter().all(Announcement::is_valid)
            }
            Self::CutHead { id, partition, globals, .. } => {
                id.step < STEP_MAX && globals.is_valid() && partition.is_valid(globals.size())
            }
            Self::Report(r) => {
                r.term < TERM_MAX
                    && r.known < STEP_MAX
                    && r.replicas.len() <= REPLICAS_MAX
                    && r.replicas.iter().all(|r| {
                        r.done < STEP_MAX
                            && r.ticks <= TICKS_MAX
                            && r.particles < STEP_MAX
                            && r.columns.len() <= (WORLD_WIDTH_MAX / 16) as usize
                    })
                    && r.cuts.len() <= CUTS_MAX
            }
            Self::Commands { list, .. } => list.len() <= COMMANDS_MAX && list.iter().all(|c| c.0 < STEP_MAX),
            Self::Control(Control::Load(scene)) => scene_problem(scene).is_none(),
            Self::Links { peers, .. } => peers.len() <= PEOPLE_MAX,
            Self::CutPart { index, count, .. } => index < count,
            Self::ViewAck(ids) => ids.len() <= 256,
            Self::Vote { term, end, last_term, .. } | Self::Fork { term, end, last_term, .. } => {
                *term < TERM_MAX && *last_term < TERM_MAX && *end < STEP_MAX
            }
            Self::Voted { term, .. } | Self::TakeOver { term, .. } | Self::Stranger { term } => *term < TERM_MAX,
            Self::Band { step, .. } | Self::Want { step, .. } => *step < STEP_MAX,
            Self::Meet { people, work, .. } => usize::from(*people) <= PEOPLE_MAX && *work < WORK_MAX,
            Self::Save { head, .. } => head.check().is_ok(),
            Self::SaveAsk { pieces, .. } => pieces.len() <= SAVE_PIECES_MAX,
            Self::SavePiece { .. } | Self::SaveNo { .. } | Self::Pass { .. } | Self::Refused(_) => true,
            Self::Control(_) | Self::Leaving | Self::Goodbye => true,
            Self::Ping(_) | Self::Pong { .. } | Self::View { .. } => true,
        }
    }
}

/// Whether a profile's strings are within their limits.
pub fn profile_is_valid(profile: &Profile) -> bool {
    profile.name.len() <= 32 && profile.backend.len() <= 64
}

impl Roster {
    fn is_valid(&self) -> bool {
        let distinct = |mut ids: Vec<PeerId>| {
            ids.sort_unstable();
            ids.windows(2).all(|w| w[0] != w[1])
        };
        self.people.len() <= PEOPLE_MAX
            && self.voters.len() <= VOTERS_MAX
            && self.people.iter().all(|(_, p)| profile_is_valid(p))
            && distinct(self.people.iter().map(|p| p.0).collect())
            && distinct(self.voters.clone())
            && self.voters.iter().all(|v| self.has(*v))
    }

    /// Whether someone is in the room.
    pub fn has(&self, peer: PeerId) -> bool {
        self.people.iter().any(|p| p.0 == peer)
    }

    /// How many voters are more than half of them.
    pub fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }
}

impl Begin {
    fn is_valid(&self) -> bool {
        self.term < TERM_MAX
            && self.before_term < TERM_MAX
            && self.era < ERA_MAX
            && self.step < STEP_MAX
            && self.work < WORK_MAX
            && scene_problem(&self.scene).is_none()
            && self.globals.is_valid()
            && self.globals.size() == self.scene.world
            && self.partition.is_valid(self.scene.world)
            && self.seqs.len() <= SEQS_MAX
            && self.seqs.iter().all(|s| s.1 < STEP_MAX)
            && self.roster.is_valid()
    }
}

impl Segment {
    /// What can be told without knowing the room; the log checks the rest.
    fn is_valid(&self) -> bool {
        let origin = match &self.origin {
            None => true,
            Some(Origin::Scene(scene)) => scene_problem(scene).is_none() && self.tick == 0,
            Some(Origin::Cut(id, globals)) => {
                globals.is_valid() && globals.tick == self.tick && id.era < ERA_MAX && id.step < STEP_MAX
            }
            Some(Origin::Save(opened)) => {
                let Opened { scene, globals, .. } = &**opened;
                scene_problem(scene).is_none()
                    && globals.is_valid()
                    && globals.size() == scene.world
                    && globals.tick == self.tick
            }
        };
        origin
            && (self.origin.is_none() || self.partition.is_some())
            && self.ticks <= TICKS_MAX
            && self.step < STEP_MAX
            && self.tick < STEP_MAX
            && self.start < STEP_MAX
            && self.roster.as_ref().is_none_or(Roster::is_valid)
            && self.cut.len() <= PEOPLE_MAX
            && self.commands.len() <= SEGMENT_COMMANDS_MAX
            && self.commands.iter().all(|c| u32::from(c.offset) < self.ticks && c.author.is_none_or(|a| a.1 < STEP_MAX))
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
        let band = encode(&Msg::Band { lineage: 9, step: 2, from: 0, to: 1 }, b"abc");
        assert_eq!(decode(&band).unwrap(), (Msg::Band { lineage: 9, step: 2, from: 0, to: 1 }, &b"abc"[..]));
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
                // All kinds, and as many numbers again that are none.
                *first %= 64;
            }
            let _ = decode(&bytes);
        }
    }
}
