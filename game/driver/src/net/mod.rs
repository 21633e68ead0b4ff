//! Where datagrams go: one trait, and what stands behind it.
//!
//! [`sockets::Sockets`] is WebRTC through [`matchbox`], native and in the browser, and outlives the signaling server;
//! [`netem::Shaped`] adds latency, jitter and loss above it. None of them promises delivery, order or single copies:
//! the links above do that.

#[cfg(feature = "sockets")]
pub mod directory;
#[cfg(feature = "sockets")]
pub mod http;
#[cfg(feature = "sockets")]
pub mod matchbox;
#[cfg(feature = "netem")]
pub mod netem;
#[cfg(feature = "sockets")]
mod signaling;
#[cfg(feature = "sockets")]
pub mod sockets;
#[cfg(all(feature = "sockets", not(target_arch = "wasm32")))]
mod tls;
#[cfg(feature = "sockets")]
pub mod trust;

#[cfg(feature = "sockets")]
pub use signaling::SignalFigures;

use room::api::{Micros, PeerId};
use std::task::{Context, Poll};

/// What a participant sends and gets everything through.
#[cfg(all(feature = "sockets", feature = "netem"))]
pub(crate) type Line = netem::Shaped<sockets::Sockets>;
/// What a participant sends and gets everything through.
#[cfg(all(feature = "sockets", not(feature = "netem")))]
pub(crate) type Line = sockets::Sockets;

/// The sockets below it.
#[cfg(feature = "sockets")]
pub(crate) fn sockets_of(line: &mut Line) -> &mut sockets::Sockets {
    #[cfg(feature = "netem")]
    return line.net_mut();
    #[cfg(not(feature = "netem"))]
    line
}

/// What a net tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetEvent {
    /// A peer can be sent to, or can be in another way than before.
    Peer(PeerId),
    /// A peer has gone, as far as the net can tell: perhaps only its way to the signaling server.
    Gone(PeerId),
    /// A datagram came.
    Datagram {
        /// From whom.
        from: PeerId,
        /// What.
        bytes: Vec<u8>,
    },
    /// The signaling server has let this peer in: others can find it.
    Open,
    /// A participant sent too many malformed signals: it is not connected to any more.
    Distrusted(PeerId),
    /// No further peer can come, with the reason in words; existing ones may go on.
    NoMorePeers(String),
}

/// A pipe of datagrams to any number of peers.
pub trait Net {
    /// The next event, or the wake-up of `cx` when there will be one.
    fn poll(&mut self, cx: &mut Context<'_>, now: Micros) -> Poll<NetEvent>;
    /// Sends, or silently loses.
    fn send(&mut self, now: Micros, to: PeerId, bytes: Vec<u8>);
    /// When `poll` wants to be called without being woken.
    fn next_timeout(&self) -> Option<Micros> {
        None
    }
    /// Carries nothing to or from a peer until a time (tests; only netem can).
    fn mute(&mut self, _peer: PeerId, _until: Micros) {}
}

impl<N: Net + ?Sized> Net for Box<N> {
    fn poll(&mut self, cx: &mut Context<'_>, now: Micros) -> Poll<NetEvent> {
        (**self).poll(cx, now)
    }

    fn send(&mut self, now: Micros, to: PeerId, bytes: Vec<u8>) {
        (**self).send(now, to, bytes);
    }

    fn next_timeout(&self) -> Option<Micros> {
        (**self).next_timeout()
    }

    fn mute(&mut self, peer: PeerId, until: Micros) {
        (**self).mute(peer, until);
    }
}
