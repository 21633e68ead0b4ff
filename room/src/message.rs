//! What every kind of message has beside its words: a row that says who may say it, in what size and how often. Each
//! folder declares its own kinds with [`messages!`], a row beside each; `wire` collects them.

use crate::api::Channel;
use crate::codec::band;
use crate::partition::Partition;
use crate::roster::Roster;
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;

/// What somebody must be to say something. What only the message itself tells, such as the strip that a band is of,
/// the machine that takes it asks once it has read the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody who is linked.
    Linked,
    /// Anybody who is linked, as far as this peer is a newcomer; the leader of this peer's term otherwise.
    Welcomer,
    /// Anybody who is linked, where this peer is leader; a member otherwise.
    Guest,
    /// Somebody in the roster.
    Member,
    /// Somebody in the roster, to the leader.
    Subject,
    /// A voter of this history, as far as it is known here.
    Voter,
    /// The leader of this peer's term, or a voter, who may have become it.
    LeaderOrVoter,
    /// The leader of this peer's term.
    Leader,
}

/// So much at once, so much a second after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The most at once.
    pub burst: u64,
    /// Earned a second.
    pub per_second: u64,
}

/// What one link may bring of some kinds, counted together. A kind that is to be counted alone has a class of its own
/// in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Kinds whose classes have one name are counted together.
    pub name: &'static str,
    /// How many messages. After a sleep of 10 s all that was sent meanwhile comes at once.
    pub messages: Rate,
    /// How many bytes.
    pub bytes: Rate,
}

const MB: u64 = 1 << 20;

impl Class {
    /// The log, reports and votes. A room that waits for no clock seals up to a few thousand steps a second, each said
    /// to all and by all. A new world's terrain goes with every word until it is acknowledged.
    pub(crate) const LOG: Self = Self::new("log", (200_000, 20_000), (256 * MB, 64 * MB));
    /// What is said seldom: greetings, profiles, the clock's buttons.
    pub(crate) const SELDOM: Self = Self::new("seldom", (400, 40), (8 * MB, MB));
    /// A player's strokes: with each frame all that is not in the log yet goes again.
    pub(crate) const COMMANDS: Self = Self::new("commands", (2_000, 200), (32 * MB, 4 * MB));
    /// Bands and requests for them, as often as the log.
    pub(crate) const BORDER: Self = Self::new("border", (200_000, 20_000), (1024 * MB, 256 * MB));
    /// Checkpoints and saves.
    pub(crate) const BULK: Self = Self::new("bulk", (20_000, 4_000), (1024 * MB, 256 * MB));
    /// Pictures: thirty frames a second of some ten messages, perhaps for several others on their way.
    pub(crate) const VIEW: Self = Self::new("view", (40_000, 4_000), (64 * MB, 16 * MB));

    /// So many messages and so many bytes, each at once and a second.
    pub(crate) const fn new(name: &'static str, messages: (u64, u64), bytes: (u64, u64)) -> Self {
        let messages = Rate { burst: messages.0, per_second: messages.1 };
        Self { name, messages, bytes: Rate { burst: bytes.0, per_second: bytes.1 } }
    }
}

/// Why a message was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It was not its sender's to say.
    Standing,
    /// Longer than its kind may be.
    Size,
    /// More than one link may bring.
    Rate,
    /// It makes no sense.
    Malformed,
}

/// What a kind of message is allowed: who may say it, how often, how long it may be, and whether a third passes it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What its sender must be.
    pub who: Who,
    /// How often, and with which kinds it is counted.
    pub class: Class,
    /// The longest head, in bytes.
    pub head_max: usize,
    /// The longest payload, in bytes; 0 for a kind that has none.
    pub payload_max: usize,
    /// The channel on which a third passes it on, where its two have no link; nothing for what may not be passed on.
    pub relayed: Option<Channel>,
}

/// A row of a kind without a payload.
pub(crate) const fn row(who: Who, class: Class, head_max: usize) -> Row {
    Row { who, class, head_max, payload_max: 0, relayed: None }
}

impl Row {
    /// The same with a payload of so many bytes at most.
    pub(crate) const fn with_payload(self, payload_max: usize) -> Self {
        Self { payload_max, ..self }
    }

    /// The same for what any member may say to any other, through a third too, on this channel.
    pub(crate) const fn relayed_on(self, channel: Channel) -> Self {
        Self { relayed: Some(channel), ..self }
    }
}

/// Numbers and names of participants, but no lists.
pub(crate) const SMALL: usize = 256;
/// Words, or a few numbers and names.
pub(crate) const WORDS: usize = 512;
/// Lists of what participants, strips or voters there may be.
pub(crate) const LIST: usize = 16 << 10;
/// A full world's terrain takes up to 640 KiB, as much the stamps that it keeps, a scene's commands up to 256.
pub(crate) const WORLD: usize = 1 << 20;

/// The kinds of messages of one folder.
pub(crate) trait Messages: Sized {
    /// Names a kind.
    type Kind: Copy + 'static;
    /// All kinds, in their order on the wire: a new one comes last.
    const KINDS: &'static [Self::Kind];

    /// Which kind this is.
    fn kind(&self) -> Self::Kind;

    /// What it takes to say something of a kind.
    fn row(kind: Self::Kind) -> Row;

    /// Whether every number and list is within its limit.
    fn is_valid(&self) -> bool;

    /// A message of a kind with its payload, for tests and fuzz targets to begin with: so each kind is reached by them.
    fn sample(kind: Self::Kind) -> (Self, Vec<u8>);

    /// The same as near to a right one as an enemy can make it: about this room, at this term and step. A peer that is
    /// not to be heard on it does no harm with it, and neither does a member who may say it. Nothing for a kind whose
    /// sender is taken at its word, whatever it says.
    fn near(kind: Self::Kind, about: &About) -> Option<(Self, Vec<u8>)>;
}

/// A room as an enemy knows it, which listens.
#[derive(Clone, Debug)]
pub struct About {
    /// Its history.
    pub lineage: u64,
    /// Its leader's term.
    pub term: u64,
    /// The step that is sealed next.
    pub step: u64,
    /// How often its world has begun again.
    pub epoch: u32,
    /// The scene of the epoch.
    pub scene: Scene,
    /// The globals, as last told whole.
    pub globals: Globals,
    /// Who holds what.
    pub partition: Partition,
    /// Who is there.
    pub roster: Roster,
    /// A message that somebody said.
    pub said: Vec<u8>,
}

impl About {
    /// The particles that the world began with, in their code.
    pub(crate) fn particles(&self) -> Vec<u8> {
        band::encode(&self.scene.particles(self.scene.world.rect()))
    }
}

/// Declares the messages of a folder: an enum `Message`, its kinds, and a row for each.
macro_rules! messages {
    ($about:literal; $(
        $(#[$doc:meta])*
        $kind:ident $({ $($fields:tt)* })? $(( $($tuple:tt)* ))? => $row:expr;
    )*) => {
        #[doc = $about]
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum Message { $($(#[$doc])* $kind $({ $($fields)* })? $(( $($tuple)* ))?,)* }

        /// Names the kinds of [`Message`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Message {
            const fn kind_of(&self) -> Kind {
                match self { $(Self::$kind { .. } => Kind::$kind,)* }
            }
        }

        impl Kind {
            const ALL: &[Self] = &[$(Self::$kind,)*];

            const fn row_of(self) -> $crate::message::Row {
                match self { $(Self::$kind => $row,)* }
            }
        }
    };
}
pub(crate) use messages;

/// The parts of [`Messages`] that the declaration knows.
macro_rules! declared {
    () => {
        type Kind = Kind;
        const KINDS: &'static [Kind] = Kind::ALL;

        fn kind(&self) -> Kind {
            self.kind_of()
        }

        fn row(kind: Kind) -> $crate::message::Row {
            kind.row_of()
        }
    };
}
pub(crate) use declared;
