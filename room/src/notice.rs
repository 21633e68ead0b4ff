//! What people are told, as types and data: no sentence is made in this crate, and none comes over the wire.
//!
//! An [`Announcement`] is what a leader says to everyone. A [`Notice`] is what a peer tells its own player: an
//! announcement, or something that concerns this peer alone, which no other peer can make it say. The code that shows
//! them finds the sentence by the variant, the severity by [`Notice::severity`], and the names of people by their
//! ids. Where somebody may be unknown to the receiver, or gone, the name travels along as a [`Name`]: data that its
//! owner chose, to be shown as a quotation.
//!
//! These enums are exhaustive on purpose, though that is not usual for a library: where the sentences are, a match
//! without a catch-all arm makes a variant that lacks one a compile error.

use crate::peer::PeerId;
use serde::{Deserialize, Serialize};
use sim_kernels::job::KernelError;

/// The most people that one announcement names or counts: as many as a room has.
const NAMED_MAX: usize = 64;
/// Ticks and counts stay below this, as in every message.
const COUNT_MAX: u64 = 1 << 48;

/// How much something matters; colour and time on the screen follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    News,
    /// Something was lost, or is not as good as it should be.
    Warning,
    /// Something that was wanted did not happen, or somebody has to do something.
    Problem,
}

/// What somebody calls themselves: at most [`Name::BYTES_MAX`] bytes of any characters, to be shown as a quotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

impl Name {
    /// The most bytes of a name, as in a profile.
    pub const BYTES_MAX: usize = 32;

    /// A name cut to its limit, at a character's border.
    pub fn new(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(Self::BYTES_MAX)].to_owned())
    }

    /// As its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() <= Self::BYTES_MAX { Ok(Self(text)) } else { Err("a name is too long") }
    }
}

/// Somebody whom the receiver may not know yet, or not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Someone {
    /// Who.
    pub id: PeerId,
    /// As the roster of the one who says it names them.
    pub name: Name,
}

/// What a leader says to everyone in the room. Its variants' order is their code on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Announcement {
    /// Somebody came in.
    Joined(Someone),
    /// Somebody went, with a goodbye.
    Left(Someone),
    /// The link to somebody is gone without a goodbye.
    Vanished(Someone),
    /// These are not heard, and the room goes on without them, as a fork.
    CutOff(Vec<Someone>),
    /// A member's backend failed; others compute its region.
    StoppedComputing {
        /// Whose.
        who: PeerId,
        /// How.
        why: BackendError,
    },
    /// Nobody lends a device: the world stands still until somebody does.
    NobodyComputes,
    /// Two devices computed different digests of one strip: one of them is broken.
    WorldsDiffer,
    /// Two do not reach each other, and a third relays what they exchange.
    Relayed {
        /// The one.
        a: PeerId,
        /// The other.
        b: PeerId,
        /// Who relays.
        via: PeerId,
    },
    /// Somebody's links are too slow for the bands of a border: others compute its region.
    LinksTooSlow {
        /// Whose.
        who: PeerId,
    },
    /// With one more who computes the room would be slower: others watch, or stand in.
    EnoughCompute {
        /// How many compute.
        computing: u32,
        /// How many others there are.
        others: u32,
    },
    /// The room goes on from its last checkpoint, since nobody holds some newer strip.
    WentBack {
        /// Ticks that were computed after it.
        ticks_lost: u64,
    },
    /// Not even a checkpoint is held any more: the scene begins from its first tick.
    BeganAgain {
        /// Ticks that were computed before.
        ticks_lost: u64,
    },
    /// Somebody opens a saved world; it is handed to those who compute.
    OpensSave {
        /// Who.
        who: PeerId,
    },
    /// The world goes on from the save that somebody opened.
    OpenedSave {
        /// Who.
        who: PeerId,
        /// The tick at which it was saved.
        tick: u64,
    },
    /// The save that somebody opened is not loaded; the world goes on as it was.
    SaveNotOpened {
        /// Who opened it.
        who: PeerId,
        /// What stood in its way.
        why: OpenFailure,
    },
    /// Something that adds water was refused: the room holds as many particles as it may.
    RoomIsFull {
        /// The most particles of a room.
        particles_max: u64,
    },
    /// A fountain was refused.
    TooManyFountains {
        /// The most fountains of a room.
        max: u32,
    },
    /// A drain was refused.
    TooManyDrains {
        /// The most drains of a room.
        max: u32,
    },
    /// Somebody could not take hold of anything.
    TooManyGrabs {
        /// The most people who hold something at once.
        max: u32,
    },
    /// A scene was not loaded: it has, or would come to have, too many particles.
    SceneTooLarge {
        /// The most particles of a room.
        particles_max: u64,
    },
    /// To one player: more of its strokes wait than the room can do at once.
    StrokesWait,
    /// To one player: it began so many worlds in a row that this one was not.
    TooManyWorlds,
    /// Somebody took the room back to an earlier moment.
    TakenBack {
        /// Who.
        who: PeerId,
        /// By how many ticks.
        ticks_back: u64,
    },
    /// The others did not agree to go back, or did not answer.
    NotTakenBack {
        /// Who wanted it.
        who: PeerId,
    },
    /// The room is about to go back, or to go on from a save: one at a time.
    AnotherReturn,
    /// Others did not agree to go back a moment ago: the player asks again later.
    AskedLately,
    /// Nobody holds the moment any more to which the player wants to go back.
    NoSuchMoment,
    /// A recording was played to its end.
    RecordingOver {
        /// How many digests were compared with those told then.
        compared: u64,
        /// How many ticks after its beginning they were others first.
        differs: Option<u64>,
    },
    /// While a recording played somebody did something, or another leads now, who does not have it: from here on the world
    /// is another.
    RecordingLeft,
    /// The leader changed before the room went back: the player asks again.
    ReturnLost,
}

/// What a peer tells its own player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The leader said so to everyone.
    Announced(Announcement),
    /// Another is the leader from now on.
    LeaderIs {
        /// Who.
        who: PeerId,
    },
    /// This peer is the leader from now on.
    LeaderIsMe,
    /// The others wait for what this peer computes.
    OthersWait,
    /// This peer's backend failed: it computes nothing until it is lent again.
    StoppedComputing {
        /// How.
        why: BackendError,
    },
    /// The leader has acknowledged nothing for long, and this peer's queue of commands is full: one was dropped.
    LeaderDoesNotAnswer,
    /// The scene that this player asked for breaks a rule of scenes.
    SceneIsInvalid,
    /// A save is asked for while another is being made.
    SaveUnderWay,
    /// A save is asked for while there is no world yet, since nobody computes it.
    NothingToSave,
    /// The save that this player asked for was not made.
    NotSaved {
        /// What stood in its way.
        why: SaveFailure,
    },
    /// The recording that this player asked for was not made.
    NotRecorded {
        /// What stood in its way.
        why: RecordFailure,
    },
    /// A recording is opened in a room that others are in, or that another leads: it plays for one alone.
    PlaysAlone,
    /// A save is opened while this player's last one is still being opened.
    OpenUnderWay,
    /// A save is opened while somebody else's is being opened in this room.
    OpenedElsewhere,
    /// The save that this player opened cannot be read.
    CannotOpen {
        /// What is wrong with it.
        why: SaveError,
    },
    /// The room did not go on from the save that this player opened within the time for it.
    NotOpenedInTime {
        /// That time.
        seconds: u64,
    },
    /// This peer fell out of the room while a save of its player was on its way: nobody knows whether it was opened.
    OpenAgain,
    /// The others went on without this peer, which joins again.
    JoiningAgain,
    /// Two rooms of one name met, and this peer goes on in the others'.
    RoomsMerged,
    /// Somebody says again and again what it has no right to say, or too much of it: that is dropped.
    SaysWhatItMayNot(Someone),
}

/// Why somebody may not be in a room, as its leader says it. Its variants' order is their code on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The room speaks another version of the protocol than this peer.
    Version {
        /// The room's, as far as it said so.
        room: Option<u32>,
        /// This peer's.
        mine: u32,
    },
    /// This peer's kernels, commands or messages are others than the room's: it would compute another world, or not
    /// understand what is said.
    Kernels,
    /// The room has as many participants as it may.
    Full {
        /// How many these are.
        people_max: u32,
    },
}

/// How a backend failed. What its driver said of it stays in the log of its own machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum BackendError {
    /// The device was lost: reset, unplugged, out of memory; or the worker that computes ended.
    #[error("the device was lost")]
    DeviceLost,
    /// There is no adapter of the wanted kind.
    #[error("no adapter")]
    NoAdapter,
    /// The backend cannot do the job: too many particles for it, a region outside the world.
    #[error("a job that the backend cannot do")]
    BadJob,
    /// It was given no job: the checkpoint or the globals that a strip begins from are not held here.
    #[error("the state to begin from is missing")]
    NoState,
    /// Something that this version has no name for.
    #[error("an error without a name")]
    Other,
}

impl From<&KernelError> for BackendError {
    fn from(error: &KernelError) -> Self {
        match error {
            KernelError::NoAdapter(_) => Self::NoAdapter,
            KernelError::DeviceLost(_) => Self::DeviceLost,
            KernelError::BadJob(_) => Self::BadJob,
            _ => Self::Other,
        }
    }
}

/// Why a save that somebody opened is not loaded. Its variants' order is their code on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OpenFailure {
    /// Another scene was chosen meanwhile.
    AnotherScene,
    /// It did not reach the leader whole.
    NotWhole,
    /// The leader does not hold it any more.
    Forgotten,
    /// Nobody who computes got it in time.
    NobodyGotIt,
}

/// The leader's answer to one who offered a save, where the world does not go on from it. Its variants' order is their
/// code on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaveRefusal {
    /// Everyone is told why by an [`Announcement::SaveNotOpened`].
    Announced,
    /// Another save is being opened.
    AnotherOpens,
    /// It is a recording, and others are in the room.
    PlaysAlone,
}

/// Why a save cannot be read or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// It does not begin as one.
    #[error("no saved world")]
    Foreign,
    /// Of this version of the format, which is another than this program's.
    #[error("of format {0}")]
    Version(u32),
    /// A recording of this version of its format, which is another than this program's.
    #[error("a recording of format {0}")]
    Recording(u32),
    /// Of kernels with other constants: it would not go on as it would have.
    #[error("made by kernels that compute otherwise")]
    Kernels,
    /// Something is missing, changed, or makes no sense.
    #[error("damaged or incomplete")]
    Damaged,
    /// Beyond a limit.
    #[error("larger than a room can be")]
    TooLarge,
}

/// Why a save was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveFailure {
    /// Its pieces did not come together within the time for it.
    Late {
        /// That time.
        seconds: u64,
    },
    /// The pieces make no save.
    Broken(SaveError),
}

/// Why a recording was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFailure {
    /// This device keeps no checkpoint of that moment, or does not know all that was done since.
    NotHere,
    /// More time has passed since then than a recording may have.
    TooLong,
    /// The pieces make none.
    Broken(SaveError),
}

impl Announcement {
    /// Whether its numbers and lists are within their limits.
    pub(crate) fn is_valid(&self) -> bool {
        match self {
            Self::CutOff(people) => !people.is_empty() && people.len() <= NAMED_MAX,
            Self::WentBack { ticks_lost: count }
            | Self::TakenBack { ticks_back: count, .. }
            | Self::BeganAgain { ticks_lost: count }
            | Self::OpenedSave { tick: count, .. }
            | Self::RoomIsFull { particles_max: count }
            | Self::SceneTooLarge { particles_max: count } => *count < COUNT_MAX,
            Self::Joined(_) | Self::Left(_) | Self::Vanished(_) => true,
            Self::StoppedComputing { .. } | Self::NobodyComputes | Self::WorldsDiffer => true,
            Self::Relayed { .. } | Self::LinksTooSlow { .. } => true,
            Self::EnoughCompute { computing, others } => [computing, others].iter().all(|&&n| n as usize <= NAMED_MAX),
            Self::OpensSave { .. } | Self::SaveNotOpened { .. } => true,
            Self::TooManyFountains { .. } | Self::TooManyDrains { .. } | Self::TooManyGrabs { .. } => true,
            Self::StrokesWait | Self::TooManyWorlds => true,
            Self::NotTakenBack { .. } | Self::AnotherReturn | Self::AskedLately | Self::NoSuchMoment => true,
            Self::RecordingOver { compared, differs } => *compared < COUNT_MAX && differs.is_none_or(|t| t < COUNT_MAX),
            Self::RecordingLeft | Self::ReturnLost => true,
        }
    }

    /// See [`Severity`].
    pub fn severity(&self) -> Severity {
        match self {
            Self::Joined(_) | Self::Left(_) => Severity::News,
            Self::Relayed { .. } | Self::EnoughCompute { .. } => Severity::News,
            Self::OpensSave { .. } | Self::OpenedSave { .. } => Severity::News,
            Self::Vanished(_) | Self::CutOff(_) => Severity::Warning,
            Self::StoppedComputing { .. } | Self::LinksTooSlow { .. } => Severity::Warning,
            Self::WentBack { .. } | Self::BeganAgain { .. } => Severity::Warning,
            Self::NobodyComputes | Self::WorldsDiffer | Self::SaveNotOpened { .. } => Severity::Problem,
            Self::RoomIsFull { .. } | Self::TooManyFountains { .. } | Self::TooManyDrains { .. } => Severity::Problem,
            Self::TooManyGrabs { .. } | Self::SceneTooLarge { .. } | Self::TooManyWorlds => Severity::Problem,
            Self::StrokesWait => Severity::Warning,
            Self::TakenBack { .. } | Self::RecordingLeft => Severity::News,
            Self::RecordingOver { differs: None, .. } => Severity::News,
            Self::RecordingOver { differs: Some(_), .. } => Severity::Problem,
            Self::ReturnLost => Severity::Warning,
            Self::NotTakenBack { .. } | Self::AnotherReturn | Self::AskedLately | Self::NoSuchMoment => {
                Severity::Warning
            }
        }
    }
}

impl Notice {
    /// See [`Severity`].
    pub fn severity(&self) -> Severity {
        match self {
            Self::Announced(announcement) => announcement.severity(),
            Self::LeaderIs { .. } | Self::LeaderIsMe | Self::RoomsMerged => Severity::News,
            Self::OthersWait | Self::JoiningAgain | Self::SaysWhatItMayNot(_) => Severity::Warning,
            Self::SaveUnderWay | Self::OpenUnderWay => Severity::Warning,
            Self::StoppedComputing { .. } | Self::LeaderDoesNotAnswer | Self::SceneIsInvalid => Severity::Problem,
            Self::NothingToSave | Self::NotSaved { .. } | Self::OpenedElsewhere => Severity::Problem,
            Self::NotRecorded { .. } | Self::PlaysAlone => Severity::Problem,
            Self::CannotOpen { .. } | Self::NotOpenedInTime { .. } | Self::OpenAgain => Severity::Problem,
        }
    }
}

impl Notice {
    /// Of a return to a checkpoint or to the scene's beginning: how many ticks were lost.
    pub fn ticks_lost(&self) -> Option<u64> {
        match self {
            Self::Announced(Announcement::WentBack { ticks_lost } | Announcement::BeganAgain { ticks_lost }) => {
                Some(*ticks_lost)
            }
            _ => None,
        }
    }
}

impl Refusal {
    /// See [`Severity`].
    pub fn severity(&self) -> Severity {
        Severity::Problem
    }
}

impl From<Announcement> for Notice {
    fn from(announcement: Announcement) -> Self {
        Self::Announced(announcement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_between_characters() {
        assert_eq!(Name::new("Zoë").as_str(), "Zoë");
        assert_eq!(Name::new(&"é".repeat(20)).as_str(), "é".repeat(16));
        assert_eq!(Name::new(&format!("a{}", "é".repeat(20))).as_str().len(), 31);
    }

    #[test]
    fn a_name_that_is_too_long_does_not_decode() {
        let code = |name: &str| bincode::serde::encode_to_vec(name, bincode::config::standard()).unwrap();
        let read = |bytes: &[u8]| bincode::serde::decode_from_slice::<Name, _>(bytes, bincode::config::standard());
        assert_eq!(read(&code(&"x".repeat(32))).unwrap().0, Name::new(&"x".repeat(32)));
        assert!(read(&code(&"x".repeat(33))).is_err());
    }

    #[test]
    fn lists_and_numbers_are_bounded() {
        let someone = |id| Someone { id: PeerId(id), name: Name::new("A") };
        let people = |count: usize| Announcement::CutOff((0..count as u128).map(someone).collect());
        assert!(people(1).is_valid() && people(NAMED_MAX).is_valid());
        assert!(!people(0).is_valid() && !people(NAMED_MAX + 1).is_valid());
        assert!(!Announcement::WentBack { ticks_lost: COUNT_MAX }.is_valid());
    }
}
