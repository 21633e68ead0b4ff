//! What participants say to each other, and the only place that knows how it is coded: bincode 2 with limits,
//! some kinds followed by a payload in a code of our own.
//!
//! [`decode`] hands out only messages whose every size, string and rectangle is within its limit.

mod limits;
mod parts;

pub(crate) use limits::NOTICES_MAX;
pub use limits::profile_is_valid;
pub use parts::{Begin, Control, Handover, LinkFigures, LogMsg, Origin, Report, Roster, Sealed, Segment, SnapId};

use crate::api::Profile;
use serde::{Deserialize, Serialize};
use sim_kernels::command::Command;
use sim_kernels::geom::Rect;

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
/// The longest message, payload included.
pub const MESSAGE_MAX: usize = 64 << 20;
/// What a decoded head may take in memory: a full world's terrain is half a megabyte.
const HEAD_MAX: usize = 8 << 20;

/// A message's head. [`Msg::Band`], [`Msg::SnapPart`] and [`Msg::View`] are followed by a payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    /// A newcomer, to everyone: must stay the first kind, with the version first.
    Hello {
        /// The sender's [`PROTOCOL_VERSION`].
        version: u32,
        /// Hash of the kernels' constants: other ones compute another world.
        constants: [u32; 4],
        /// Name, backend, lending.
        profile: Profile,
    },
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
    /// To the host: whom I am linked to and how well; the highest number counts.
    Links {
        /// Counts up with every such message of its sender.
        number: u32,
        /// All its links that are up.
        peers: Vec<LinkFigures>,
    },
    /// The host, to one who takes itself for a member: you are not in this room, say hello.
    Stranger {
        /// The host's term: a higher one than the receiver's is believed.
        term: u32,
    },
    /// A host, to one who is not in its roster: if you are a host too, the smaller room goes into the larger.
    Meet {
        /// How many are in the sender's room.
        people: u16,
        /// Decides between rooms of one size.
        term: u32,
    },
    /// To the host: I wish to leave.
    Leaving,
    /// The host: your part is taken over, go.
    Goodbye,
    /// The leaving host, to its successor.
    Handover(Box<Handover>),
    /// To the host: what time is it?
    Ping(u64),
    /// The host's clock, beside the ping's own time.
    Pong {
        /// As in the ping.
        sent: u64,
        /// The host's clock when it answered.
        host: u64,
    },
    /// Particles of a band; payload: their code.
    Band {
        /// The epoch that it belongs to.
        epoch: u32,
        /// The step at whose start the particles are there.
        step: u64,
    },
    /// A piece of a region's snapshot at the end of a step; payload: the particles' code.
    SnapPart {
        /// Of which snapshot.
        id: SnapId,
        /// Which piece.
        index: u16,
        /// Pieces of this region in all.
        count: u16,
    },
    /// View tiles; payload: their code.
    View {
        /// The epoch that it belongs to.
        epoch: u32,
        /// When the world looks like this.
        tick: u64,
        /// Named in the acknowledgement.
        id: u32,
        /// Whose tiles these are some of.
        region: Rect,
    },
    /// View messages that arrived.
    ViewAck(Vec<u32>),
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
