//! WebRTC through matchbox, native and in the browser.
//!
//! One channel, unordered and unreliable: matchbox's reliable ones can lose a message silently, and the
//! links above acknowledge for themselves. `PeerState` is used to learn of new peers only; whether one is
//! alive, its link's heartbeat tells, since a signaling socket that drops makes matchbox report peers as
//! gone whose data channels still work.
//!
//! matchbox's native side panics in places (no multicast route, signaling lost in the middle of a
//! handshake). Its loop runs in a thread of its own and a panic there ends that thread only: the net then
//! says [`NetEvent::NoMorePeers`].

use super::signaling::Signaling;
use super::{Net, NetEvent};
use crate::net::directory::Ice;
use crate::net::trust::Trust;
use futures::channel::mpsc;
use futures::{FutureExt, Stream, StreamExt};
use matchbox_socket::{ChannelConfig, PeerState, RtcIceServerConfig, WebRtcChannel, WebRtcSocket};
use room::api::{Micros, PeerId};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Peers that are remembered at most.
const PEERS_MAX: usize = 256;

/// The net of one room.
pub struct MatchboxNet {
    socket: WebRtcSocket,
    channel: WebRtcChannel,
    peers: BTreeMap<PeerId, matchbox_socket::PeerId>,
    ended: mpsc::Receiver<String>,
    over: bool,
}

impl MatchboxNet {
    /// Connects to a room: `url` is the WebSocket's, ticket included. `trust` is for native wss.
    pub fn new(url: &str, ice: &Ice, trust: &Trust) -> Result<Self, String> {
        let servers = RtcIceServerConfig {
            urls: ice.urls.clone(),
            username: ice.username.clone(),
            credential: ice.credential.clone(),
        };
        let (mut tell, ended) = mpsc::channel(1);
        let signaling = Signaling { trust: trust.clone(), lost: tell.clone() };
        let (mut socket, message_loop) = WebRtcSocket::builder(url)
            .signaller_builder(Arc::new(signaling))
            .ice_server(servers)
            // A ticket works once, so a second attempt could only be refused.
            .reconnect_attempts(Some(1))
            .add_channel(ChannelConfig::unreliable())
            .build();
        let channel = socket.take_channel(0).map_err(|e| e.to_string())?;
        let guarded = std::panic::AssertUnwindSafe(message_loop).catch_unwind().map(move |result| {
            let why = match result {
                Ok(Ok(())) => "the connection to the signaling server has ended".to_string(),
                Ok(Err(error)) => format!("the signaling server cannot be reached or refused: {}", chain(&error)),
                Err(_) => {
                    "this machine has no network that direct connections could use (no route for multicast)".to_string()
                }
            };
            let _ = tell.try_send(why);
        });
        spawn(guarded)?;
        Ok(Self { socket, channel, peers: BTreeMap::new(), ended, over: false })
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let next = inner.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        source = inner.source();
    }
    text
}

#[cfg(not(target_arch = "wasm32"))]
fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Result<(), String> {
    let thread = std::thread::Builder::new().name("tidepool-webrtc".into());
    thread.spawn(move || pollster::block_on(future)).map(drop).map_err(|e| format!("no thread for the network: {e}"))
}

#[cfg(target_arch = "wasm32")]
fn spawn(future: impl Future<Output = ()> + 'static) -> Result<(), String> {
    wasm_bindgen_futures::spawn_local(future);
    Ok(())
}

impl Net for MatchboxNet {
    fn poll(&mut self, cx: &mut Context<'_>, _now: Micros) -> Poll<NetEvent> {
        while let Poll::Ready(Some((peer, state))) = Pin::new(&mut self.socket).poll_next(cx) {
            let id = PeerId(peer.0.as_u128());
            if state == PeerState::Connected && self.peers.len() < PEERS_MAX && self.peers.insert(id, peer).is_none() {
                return Poll::Ready(NetEvent::Peer(id));
            }
        }
        if let Poll::Ready(Some((peer, bytes))) = self.channel.poll_next_unpin(cx) {
            let id = PeerId(peer.0.as_u128());
            // A datagram may overtake the news of its sender.
            if !self.peers.contains_key(&id) && self.peers.len() < PEERS_MAX {
                self.peers.insert(id, peer);
            }
            return Poll::Ready(NetEvent::Datagram { from: id, bytes: bytes.to_vec() });
        }
        if !self.over
            && let Poll::Ready(why) = self.ended.poll_next_unpin(cx)
        {
            self.over = true;
            return Poll::Ready(NetEvent::NoMorePeers(why.unwrap_or_else(|| "the network has ended".into())));
        }
        Poll::Pending
    }

    fn send(&mut self, _now: Micros, to: PeerId, bytes: Vec<u8>) {
        if let Some(peer) = self.peers.get(&to) {
            // An error means that the loop has gone, which `ended` tells.
            let _ = self.channel.try_send(bytes.into(), *peer);
        }
    }
}
