//! How messages are framed and coded, and the registry of their kinds: bincode 2 with limits, some kinds followed by a
//! payload in a code of our own.
//!
//! A message's first byte tells its kind: the folder that declares it, and its place there. Hello stays the first of
//! all, with the version after it, so that peers of every version can tell each other's.
//!
//! [`decode`] hands out only messages whose every size, string and rectangle is within its limit.

pub use crate::checkpoint::messages as checkpoint;
pub use crate::clock::messages as clock;
pub use crate::heartbeat::messages as heartbeat;
pub use crate::membership::messages as membership;
pub use crate::membership::messages::PROTOCOL_VERSION;
pub use crate::message::{About, Class, Rate, Row, Who};
pub use crate::overlay::messages as overlay;
pub use crate::player::messages as player;
pub use crate::presence::messages as presence;
pub use crate::raft::messages as raft;
pub use crate::replica::messages as replica;
pub use crate::roster::Roster;
pub use crate::timeline::entry;
pub use crate::view::messages as view;

use crate::message::Messages;
use crate::timeline::Snapshot;
use sim_kernels::digest::Digest;
use sim_kernels::fingerprint::{self as kernels, words};
use std::io::Read;
use std::sync::OnceLock;

/// The longest message, payload included.
pub const MESSAGE_MAX: usize = 64 << 20;
/// What a decoded head may take in memory: a full world's terrain is half a megabyte.
const HEAD_MAX: usize = 8 << 20;
/// Kinds that a folder may have; the rest of a message's first byte is the folder.
const KINDS_MAX: u8 = 16;

/// Makes [`Msg`] and [`Kind`] of what the folders declare.
macro_rules! registry {
    ($($number:literal $name:ident $folder:ident;)*) => {
        /// A message's head. Kinds whose row has room for one are followed by a payload.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Msg {
            $(#[doc = concat!("See [`", stringify!($folder), "`].")] $name($folder::Message),)*
        }

        /// Names a kind of message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("See [`", stringify!($folder), "`].")] $name($folder::Kind),)*
        }

        $(impl From<$folder::Message> for Msg {
            fn from(message: $folder::Message) -> Self {
                Self::$name(message)
            }
        })*

        impl Kind {
            /// All kinds, in their order on the wire.
            pub fn all() -> impl Iterator<Item = Self> {
                let all = std::iter::empty();
                $(let all = all.chain($folder::Message::KINDS.iter().map(|&kind| Self::$name(kind)));)*
                all
            }

            /// What it takes to say this.
            pub fn row(self) -> Row {
                match self { $(Self::$name(kind) => $folder::Message::row(kind),)* }
            }

            /// The kind of a message, as its first byte tells.
            pub fn peek(bytes: &[u8]) -> Option<Self> {
                let (folder, kind) = split(*bytes.first()?);
                match folder {
                    $($number => $folder::Message::KINDS.get(usize::from(kind)).map(|&kind| Self::$name(kind)),)*
                    _ => None,
                }
            }

            /// A message of this kind with its payload, for tests and fuzz targets to begin with: so each kind is
            /// reached by them, and a new one does not compile before it is.
            pub fn sample(self) -> (Msg, Vec<u8>) {
                match self {
                    $(Self::$name(kind) => {
                        let (message, payload) = $folder::Message::sample(kind);
                        (Msg::$name(message), payload)
                    })*
                }
            }

            /// The same as near to a right one as an enemy of this room can make it; nothing for a kind whose sender is
            /// taken at its word, whatever it says.
            pub fn near(self, about: &About) -> Option<(Msg, Vec<u8>)> {
                match self {
                    $(Self::$name(kind) => {
                        let (message, payload) = $folder::Message::near(kind, about)?;
                        Some((Msg::$name(message), payload))
                    })*
                }
            }
        }

        impl Msg {
            /// Which kind this is.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(message) => Kind::$name(message.kind()),)* }
            }

            fn is_valid(&self) -> bool {
                match self { $(Self::$name(message) => message.is_valid(),)* }
            }

            /// The head's code: within its folder a kind's number is the first byte.
            fn code(&self) -> Vec<u8> {
                let config = bincode::config::standard();
                let (folder, code) = match self {
                    $(Self::$name(message) => ($number, bincode::serde::encode_to_vec(message, config)),)*
                };
                let mut bytes = code.unwrap_or_default();
                if let Some(first) = bytes.first_mut() {
                    *first += folder * KINDS_MAX;
                }
                bytes
            }

            /// Reads a head, and leaves what follows it.
            fn read(bytes: &mut &[u8]) -> Option<Self> {
                let (&first, rest) = bytes.split_first()?;
                *bytes = rest;
                let (folder, kind) = split(first);
                let kind = [kind];
                let mut code = (&kind[..]).chain(bytes);
                match folder {
                    $($number => {
                        bincode::serde::decode_from_std_read(&mut code, config()).ok().map(Self::$name)
                    })*
                    _ => None,
                }
            }
        }

        $(const _: () = assert!($folder::Message::KINDS.len() <= KINDS_MAX as usize);)*
    };
}

registry! {
    0 Membership membership;
    1 Raft raft;
    2 Heartbeat heartbeat;
    3 Clock clock;
    4 Player player;
    5 Overlay overlay;
    6 Replica replica;
    7 Checkpoint checkpoint;
    8 View view;
    9 Presence presence;
}

/// A message's first byte as its folder and its place there.
const fn split(first: u8) -> (u8, u8) {
    (first / KINDS_MAX, first % KINDS_MAX)
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
    debug_assert!(payload.is_empty() || msg.kind().row().payload_max > 0);
    let mut bytes = msg.code();
    bytes.extend_from_slice(payload);
    bytes
}

/// Parses a message and hands out its payload. Everything in the head is within its limits then.
///
/// # Errors
///
/// [`WireError::Version`] for the hello of a peer of another version, [`WireError::Malformed`] for all else that no
/// peer of this version says.
pub fn decode(bytes: &[u8]) -> Result<(Msg, &[u8]), WireError> {
    if bytes.len() > MESSAGE_MAX {
        return Err(WireError::Malformed);
    }
    // A newcomer from another time may say hello in another form; its version comes first in all of them.
    if let Ok(((0, version), _)) = bincode::decode_from_slice::<(u8, u32), _>(bytes, config())
        && version != PROTOCOL_VERSION
    {
        return Err(WireError::Version(version));
    }
    let mut payload = bytes;
    let msg = Msg::read(&mut payload).ok_or(WireError::Malformed)?;
    let good = (payload.is_empty() || msg.kind().row().payload_max > 0) && msg.is_valid();
    if good { Ok((msg, payload)) } else { Err(WireError::Malformed) }
}

/// What peers must have in common: what they compute, and each kind of message with its number, its name, who may say
/// it, how long it may be, how it is passed on, and how its sample is written.
pub fn fingerprint() -> [u32; 4] {
    static FINGERPRINT: OnceLock<[u32; 4]> = OnceLock::new();
    *FINGERPRINT.get_or_init(|| of(Kind::all().map(described)))
}

/// A kind as it is compared: its name, its row and its sample.
type Described = (String, Row, Vec<u8>);

fn described(kind: Kind) -> Described {
    let (msg, payload) = kind.sample();
    (format!("{kind:?}"), kind.row(), encode(&msg, &payload))
}

/// The hash of the kernels and of these kinds.
fn of(kinds: impl Iterator<Item = Described>) -> [u32; 4] {
    let mut all = kernels::peers().0.to_vec();
    for (name, row, sample) in kinds {
        all.extend([row.who as u32, row.head_max as u32, row.payload_max as u32]);
        all.push(row.relayed.map_or(0, |channel| channel as u32 + 1));
        all.extend(words(name.as_bytes()).chain(words(&sample)));
    }
    Digest::of_words(0x3e55_a6e5, all).0
}

/// What an enemy who hears these messages knows of their room; nothing where nobody was welcomed.
pub fn overheard<'a>(said: impl IntoIterator<Item = &'a [u8]>) -> Option<About> {
    let mut about: Option<About> = None;
    for bytes in said {
        match (decode(bytes), &mut about) {
            (Ok((Msg::Membership(membership::Message::Welcome(begin)), _)), None) => {
                let Snapshot { lineage, term, step, epoch, scene, globals, partition, roster, .. } = *begin;
                let said = bytes.to_vec();
                about = Some(About { lineage, term, step, epoch, scene, globals, partition, roster, said });
            }
            (Ok((Msg::Heartbeat(heartbeat::Message::Heartbeat(log)), _)), Some(about)) => {
                about.term = about.term.max(log.term);
                about.step = about.step.max(log.from + log.segments.len() as u64);
            }
            (Ok((Msg::Replica(_), _)), Some(about)) => about.said = bytes.to_vec(),
            (Ok(_) | Err(_), _) => {}
        }
    }
    about
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Profile;

    fn hello(version: u32) -> Msg {
        let profile = Profile { name: "Anna".into(), lend: true, backend: "CPU".into(), throughput: 5 };
        membership::Message::Hello { version, constants: [1; 4], profile }.into()
    }

    #[test]
    fn messages_come_back_and_trailing_bytes_do_not() {
        let bytes = encode(&hello(PROTOCOL_VERSION), &[]);
        assert_eq!(decode(&bytes).unwrap().0, hello(PROTOCOL_VERSION));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(decode(&longer), Err(WireError::Malformed));
        assert_eq!(decode(&bytes[..bytes.len() - 1]), Err(WireError::Malformed));
        let band = Msg::from(replica::Message::Band { lineage: 9, step: 2, from: 0, to: 1 });
        assert_eq!(decode(&encode(&band, b"abc")).unwrap(), (band, &b"abc"[..]));
    }

    #[test]
    fn the_first_byte_tells_the_kind_and_every_kind_has_a_sample_within_its_row() {
        for kind in Kind::all() {
            let (msg, payload) = kind.sample();
            let bytes = encode(&msg, &payload);
            assert_eq!((msg.kind(), Kind::peek(&bytes)), (kind, Some(kind)));
            let row = kind.row();
            assert!(bytes.len() - payload.len() <= row.head_max && payload.len() <= row.payload_max, "{kind:?}");
            assert_eq!(decode(&bytes), Ok((msg, &payload[..])), "{kind:?}");
        }
        assert_eq!((Kind::peek(&[]), Kind::peek(&[15]), Kind::peek(&[255])), (None, None, None));
        let hello = Kind::Membership(membership::Kind::Hello);
        assert_eq!(Kind::peek(&[0]), Some(hello), "read by peers of every version");
    }

    #[test]
    fn what_is_relayed_is_any_member_s_to_say_and_fits_into_a_relay() {
        let relay = Kind::Overlay(overlay::Kind::Relay).row();
        for (kind, row) in Kind::all().map(|kind| (kind, kind.row())).filter(|(_, row)| row.relayed.is_some()) {
            assert_eq!(row.who, Who::Member, "{kind:?}");
            assert!(row.head_max + row.payload_max <= relay.payload_max, "{kind:?}");
        }
        assert_eq!(relay.relayed, None, "once is enough");
    }

    #[test]
    fn kinds_their_rows_and_their_form_are_in_the_fingerprint() {
        let all = || -> Vec<Described> { Kind::all().map(described).collect() };
        assert_eq!(of(all().into_iter()), fingerprint());
        let last = all().len() - 1;
        let changes: [fn(&mut Vec<Described>, usize); 7] = [
            |kinds, last| kinds.truncate(last),
            |kinds, last| kinds.swap(last, last - 1),
            |kinds, last| kinds[last].0.push('s'),
            |kinds, last| kinds[last].1.who = Who::Linked,
            |kinds, last| kinds[last].1.head_max += 1,
            |kinds, _| kinds.iter_mut().for_each(|kind| kind.1.relayed = None),
            |kinds, last| kinds[last].2.push(0),
        ];
        for (i, change) in changes.iter().enumerate() {
            let mut kinds = all();
            change(&mut kinds, last);
            assert_ne!(of(kinds.into_iter()), fingerprint(), "change {i}");
        }
    }

    #[test]
    fn near_misses_are_of_their_kind_and_within_its_row() {
        let welcome = encode(&Kind::Membership(membership::Kind::Welcome).sample().0, &[]);
        let about = overheard([&welcome[..]]).expect("somebody was welcomed");
        for kind in Kind::all() {
            let Some((msg, payload)) = kind.near(&about) else { continue };
            let (row, bytes) = (kind.row(), encode(&msg, &payload));
            assert_eq!(msg.kind(), kind);
            assert!(bytes.len() - payload.len() <= row.head_max && payload.len() <= row.payload_max, "{kind:?}");
            assert_eq!(decode(&bytes), Ok((msg, &payload[..])), "{kind:?}");
        }
    }

    #[test]
    fn other_versions_are_told_apart_from_rubbish() {
        assert_eq!(decode(&encode(&hello(6), &[])), Err(WireError::Version(6)));
        assert_eq!(decode(&[0, 9, 1, 2]), Err(WireError::Version(9)));
        assert_eq!(decode(&[]), Err(WireError::Malformed));
    }

    #[test]
    fn sizes_are_limited() {
        let mut long = hello(PROTOCOL_VERSION);
        if let Msg::Membership(membership::Message::Hello { profile, .. }) = &mut long {
            profile.name = "x".repeat(33);
        }
        assert!(decode(&encode(&long, &[])).is_err());
        // A list that claims to be long must not be believed.
        let commands = Kind::Player(player::Kind::Commands);
        let first = encode(&commands.sample().0, &[])[0];
        assert!(decode(&[first, 1, 253, 255, 255, 255, 255, 255, 255, 255, 127]).is_err());
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
                // All kinds, and numbers that are none.
                *first %= 160;
            }
            let _ = decode(&bytes);
        }
    }
}
