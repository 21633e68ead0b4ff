//! Who may say what: a row a kind of message. A new kind does not compile before it has its row.

use super::bucket::Rate;
use crate::wire::Msg;

/// What somebody must be to say something. What only the message itself tells, such as the strip that a band is of,
/// the part that takes it asks once it has read the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody who is linked.
    Linked,
    /// Anybody who is linked, as far as this peer is a newcomer; the host of this peer's term otherwise.
    Welcomer,
    /// Anybody who is linked, where this peer is host; a member otherwise.
    Guest,
    /// Somebody in the roster.
    Member,
    /// Somebody in the roster, to the host.
    Subject,
    /// A voter of this history, as far as it is known here.
    Voter,
    /// The host of this peer's term, or a voter, who may have become it.
    Leader,
    /// The host of this peer's term.
    Host,
}

/// What is counted together on a link.
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
    /// Cuts and saves.
    Bulk,
    /// Pictures.
    View,
}

impl Class {
    /// How many there are.
    pub const COUNT: usize = 6;

    /// Messages a second. After a sleep of 10 s all that was sent meanwhile comes at once.
    pub const fn messages(self) -> Rate {
        match self {
            // A room that waits for no clock seals up to a few thousand steps a second, each said to all and by all.
            Self::Log | Self::Border => Rate { burst: 200_000, per_second: 20_000 },
            Self::Seldom => Rate { burst: 400, per_second: 40 },
            // With each frame all that is not in the log yet goes again.
            Self::Commands => Rate { burst: 2_000, per_second: 200 },
            Self::Bulk => Rate { burst: 20_000, per_second: 4_000 },
            // Thirty frames a second of some ten messages, perhaps for several others on their way.
            Self::View => Rate { burst: 40_000, per_second: 4_000 },
        }
    }

    /// Bytes a second.
    pub const fn bytes(self) -> Rate {
        const MB: u64 = 1 << 20;
        match self {
            // A new world's terrain goes with every word until it is acknowledged.
            Self::Log => Rate { burst: 256 * MB, per_second: 64 * MB },
            Self::Seldom => Rate { burst: 8 * MB, per_second: MB },
            Self::Commands => Rate { burst: 32 * MB, per_second: 4 * MB },
            Self::Border | Self::Bulk => Rate { burst: 1024 * MB, per_second: 256 * MB },
            Self::View => Rate { burst: 64 * MB, per_second: 16 * MB },
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What its sender must be.
    pub who: Who,
    /// The longest head, in bytes.
    pub head_max: usize,
    /// The longest payload, in bytes.
    pub payload_max: usize,
    /// What it is counted with.
    pub class: Class,
}

const fn row(who: Who, class: Class, head_max: usize, payload_max: usize) -> Row {
    Row { who, head_max, payload_max, class }
}

/// Numbers and names of participants, but no lists.
const SMALL: usize = 256;
/// Lists of what participants, strips or voters there may be.
const LIST: usize = 16 << 10;
/// A full world's terrain takes up to 640 KiB, a scene up to 100.
const WORLD: usize = 1 << 20;
/// Several of these, where a log of 32 entries has a few new worlds in it.
const LOG: usize = 8 << 20;
/// Particles: 4,194,304 in a piece at most, of which each takes 9 bytes as water and 70 at worst.
const BAND: usize = 64 << 20;
/// 8,192 particles, of which each takes 70 bytes at worst.
const PIECE: usize = 1 << 20;
/// See the view's own limit.
const PICTURE: usize = 12_000;

/// Makes [`Kind`] of the kinds in their order on the wire, so that the two cannot come apart.
macro_rules! kinds {
    ($($kind:ident $pattern:tt => $row:expr;)*) => {
        /// The kinds of messages, in their order on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "named as the messages are")]
        pub enum Kind { $($kind,)* }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// What it takes to say this.
            pub const fn row(self) -> Row {
                match self { $(Self::$kind => $row,)* }
            }
        }

        impl Msg {
            /// Which kind this is.
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind $pattern => Kind::$kind,)* }
            }
        }
    };
}

kinds! {
    Hello {..} => row(Who::Linked, Class::Seldom, SMALL, 0);
    RefusedForeign (_) => row(Who::Linked, Class::Seldom, 512, 0);
    Begin (_) => row(Who::Welcomer, Class::Log, 2 * WORLD, 0);
    Log (_) => row(Who::Leader, Class::Log, LOG, 0);
    Report (_) => row(Who::Guest, Class::Log, 32 << 10, 0);
    Commands {..} => row(Who::Subject, Class::Commands, LIST, 0);
    Control (_) => row(Who::Subject, Class::Seldom, WORLD, 0);
    Profile (_) => row(Who::Subject, Class::Seldom, SMALL, 0);
    Links {..} => row(Who::Subject, Class::Log, LIST, 0);
    Stranger {..} => row(Who::Host, Class::Log, SMALL, 0);
    Meet {..} => row(Who::Linked, Class::Seldom, SMALL, 0);
    Leaving {..} => row(Who::Guest, Class::Seldom, SMALL, 0);
    Goodbye {..} => row(Who::Host, Class::Seldom, SMALL, 0);
    TakeOver {..} => row(Who::Host, Class::Log, SMALL, 0);
    Vote {..} => row(Who::Voter, Class::Log, SMALL, 0);
    Voted {..} => row(Who::Linked, Class::Log, SMALL, 0);
    Fork {..} => row(Who::Member, Class::Log, SMALL, 0);
    Ping (_) => row(Who::Guest, Class::Log, SMALL, 0);
    Pong {..} => row(Who::Host, Class::Log, SMALL, 0);
    Band {..} => row(Who::Member, Class::Border, SMALL, BAND);
    Want {..} => row(Who::Member, Class::Border, SMALL, 0);
    CutPart {..} => row(Who::Member, Class::Bulk, SMALL, PIECE);
    CutHead {..} => row(Who::Host, Class::Bulk, WORLD, 0);
    View {..} => row(Who::Member, Class::View, SMALL, PICTURE);
    ViewAck (_) => row(Who::Member, Class::View, LIST, 0);
    Save {..} => row(Who::Member, Class::Seldom, 4 * WORLD, 0);
    SaveAsk {..} => row(Who::Member, Class::Bulk, SMALL, 0);
    SavePiece {..} => row(Who::Member, Class::Bulk, SMALL, PIECE);
    SaveNo {..} => row(Who::Host, Class::Seldom, 512, 0);
    Pass {..} => row(Who::Member, Class::Border, SMALL, BAND + SMALL);
    Refused (_) => row(Who::Linked, Class::Seldom, SMALL, 0);
}

impl Kind {
    /// The kind of a message, as its first byte tells.
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        bytes.first().and_then(|&tag| Self::ALL.get(usize::from(tag))).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[test]
    fn the_first_byte_tells_the_kind() {
        for &kind in Kind::ALL {
            let (msg, payload) = crate::door::sample(kind);
            let bytes = wire::encode(&msg, &payload);
            assert_eq!((msg.kind(), Kind::peek(&bytes)), (kind, Some(kind)));
            assert_eq!(wire::decode(&bytes), Ok((msg, &payload[..])), "{kind:?}");
            let row = kind.row();
            assert!(bytes.len() - payload.len() <= row.head_max && payload.len() <= row.payload_max, "{kind:?}");
        }
        assert_eq!((Kind::peek(&[]), Kind::peek(&[Kind::ALL.len() as u8])), (None, None));
    }
}
