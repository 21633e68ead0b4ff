//! What the driver tells its player beside what the room tells, as types and data; the sentences are elsewhere.

use crate::link::DownReason;
use room::api::PeerId;
use room::notice::{BackendError, Name, Severity};

/// What the driver tells its player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The link to a peer ended, or never came about, in a way that the room says nothing of.
    LinkEnded {
        /// To whom; perhaps nobody whom the room knows.
        who: PeerId,
        /// How.
        why: DownReason,
    },
    /// The signaling server is gone, or refuses this peer: those who are linked play on, newcomers cannot find it.
    ServerGone {
        /// How.
        why: DriverError,
    },
    /// The directory lists somebody in this room to whom no link comes about.
    OutOfReach {
        /// As the directory names them.
        name: Name,
    },
    /// Somebody sent malformed connection data, again and again: it is not connected to any more.
    Distrusted {
        /// Who; perhaps nobody whom the room knows.
        who: PeerId,
    },
    /// Nobody of the room is heard any more: this peer joins again.
    ConnectionLost,
    /// This peer has company again.
    BackInRoom,
    /// Nobody of the room was found again: it goes on here.
    NobodyReachable,
}

impl Notice {
    /// See [`Severity`].
    pub fn severity(&self) -> Severity {
        match self {
            Self::BackInRoom => Severity::News,
            Self::LinkEnded { .. } | Self::Distrusted { .. } | Self::ConnectionLost | Self::NobodyReachable => {
                Severity::Warning
            }
            Self::ServerGone { .. } | Self::OutOfReach { .. } => Severity::Problem,
        }
    }
}

/// Why a driver cannot begin, or go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriverError {
    /// The system gives no thread to the driver, its kernels or its network.
    #[error("no thread: {0}")]
    NoThread(Detail),
    /// What was chosen to compute with cannot be used.
    #[error("{why}: {detail}")]
    NoBackend {
        /// In which way.
        why: BackendError,
        /// What its driver says.
        detail: Detail,
    },
    /// The kernels' task ended before the driver did: an error in this program.
    #[error("the kernels' task has ended")]
    KernelsStopped,
    /// The signaling server cannot be reached, refuses this peer, or answers nonsense.
    #[error("{0}")]
    Server(Detail),
    /// The same, after a place in the room was given and before anybody of it was met.
    #[error("{0}")]
    LostBeforeMeeting(Detail),
}

/// What the system, a library or a server says of an error, in its own words: at most [`Detail::BYTES_MAX`] bytes, to
/// be shown as a quotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail(String);

impl Detail {
    /// The most bytes of it.
    pub const BYTES_MAX: usize = 600;

    /// What was said, cut to the limit.
    pub fn new(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(Self::BYTES_MAX)].to_owned())
    }

    /// As it was said.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
