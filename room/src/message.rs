//! What every kind of message has beside its words: a row that says who may say it, in what size and how often. Each
//! folder declares its own kinds with [`messages!`], a row beside each; `wire` collects them.

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

/// What is counted together on a link; the door knows the rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The log, reports and votes.
    Log,
    /// What is said seldom: greetings, profiles, the clock's buttons.
    Seldom,
    /// A player's strokes.
    Commands,
    /// Bands and requests for them.
    Border,
    /// Checkpoints and saves.
    Bulk,
    /// Pictures.
    View,
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

/// What a kind of message is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What its sender must be.
    pub who: Who,
    /// What it is counted with.
    pub class: Class,
    /// The longest head, in bytes.
    pub head_max: usize,
    /// The longest payload, in bytes; 0 for a kind that has none.
    pub payload_max: usize,
}

/// A row of a kind without a payload.
pub(crate) const fn row(who: Who, class: Class, head_max: usize) -> Row {
    Row { who, class, head_max, payload_max: 0 }
}

impl Row {
    /// The same with a payload of so many bytes at most.
    pub(crate) const fn with_payload(self, payload_max: usize) -> Self {
        Self { payload_max, ..self }
    }
}

/// Numbers and names of participants, but no lists.
pub(crate) const SMALL: usize = 256;
/// Words, or a few numbers and names.
pub(crate) const WORDS: usize = 512;
/// Lists of what participants, strips or voters there may be.
pub(crate) const LIST: usize = 16 << 10;
/// A full world's terrain takes up to 640 KiB, a scene up to 100.
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
