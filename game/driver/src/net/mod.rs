//! Where datagrams go: one trait, and what stands behind it.
//!
//! [`matchbox::MatchboxNet`] is WebRTC through matchbox, native and in the browser; [`hub::VirtualNet`]
//! joins nodes of one thread; [`shim::Shim`] adds latency, jitter and loss above either. None of them
//! promises delivery, order or single copies: the links above do that.

pub mod directory;
#[cfg(not(target_arch = "wasm32"))]
mod http_native;
#[cfg(target_arch = "wasm32")]
mod http_web;
pub mod hub;
pub mod matchbox;
pub mod shim;
mod signaling;
#[cfg(not(target_arch = "wasm32"))]
mod socket_native;
#[cfg(target_arch = "wasm32")]
mod socket_web;
#[cfg(not(target_arch = "wasm32"))]
mod tls;
pub mod trust;

#[cfg(not(target_arch = "wasm32"))]
use http_native as http;
#[cfg(target_arch = "wasm32")]
use http_web as http;

use room::api::{Micros, PeerId};
use std::task::{Context, Poll};

/// What a net tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetEvent {
    /// A peer can be sent to.
    Peer(PeerId),
    /// A datagram came.
    Datagram {
        /// From whom.
        from: PeerId,
        /// What.
        bytes: Vec<u8>,
    },
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
}

/// No net: for a room of one. A machine without any network needs no socket for it.
#[derive(Debug, Default)]
pub struct NoNet;

impl Net for NoNet {
    fn poll(&mut self, _cx: &mut Context<'_>, _now: Micros) -> Poll<NetEvent> {
        Poll::Pending
    }

    fn send(&mut self, _now: Micros, _to: PeerId, _bytes: Vec<u8>) {}
}
