//! WebRTC through matchbox, native and in the browser: one connection to the signaling server, and the direct
//! connections that came of it.
//!
//! One channel, unordered and unreliable: matchbox's reliable ones can lose a message silently, and the
//! links above acknowledge for themselves. `PeerState` tells of new peers; whether one is alive, its link's heartbeat
//! tells, since a signaling socket that drops makes matchbox report peers as gone whose data channels still work.
//!
//! A peer's id at the signaling server says who it is and which WebSocket of its own this is; above this module only
//! the former is known. So somebody who joins again is the same peer with another way to it.
//!
//! matchbox panics on signals that the WebRTC stack refuses, so `signaling` lets none of those through. Its
//! native side panics in other places, too (no multicast route, signaling lost in the middle of a handshake): its loop
//! runs in a thread of its own and a panic there ends that thread only. The net then says [`NetEvent::NoMorePeers`].

use super::NetEvent;
use super::directory::{Ice, who};
use super::signaling::{self, Distrust, Gate, News, SignalFigures, Signaling};
use super::trust::Trust;
use futures::channel::mpsc;
use futures::{FutureExt, Stream, StreamExt};
use matchbox_socket::{ChannelConfig, PeerState, RtcIceServerConfig, WebRtcChannel, WebRtcSocket};
use room::api::PeerId;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// Peers that are remembered at most.
const PEERS_MAX: usize = 256;

/// What may wait to be told of the signaling server.
const NEWS_MAX: usize = 16;

/// One connection to a room's signaling, and what came of it.
pub struct MatchboxNet {
    socket: WebRtcSocket,
    channel: WebRtcChannel,
    peers: BTreeMap<PeerId, matchbox_socket::PeerId>,
    gate: Arc<Mutex<Gate>>,
    news: mpsc::Receiver<News>,
    over: bool,
}

impl MatchboxNet {
    /// Connects to a room: `url` is the WebSocket's, ticket included. `trust` is for native wss, `distrust` remembers
    /// who sent bad signals over earlier connections, too.
    pub(crate) fn new(url: &str, ice: &Ice, trust: &Trust, distrust: &Arc<Mutex<Distrust>>) -> Result<Self, String> {
        let servers = RtcIceServerConfig {
            urls: ice.urls.clone(),
            username: ice.username.clone(),
            credential: ice.credential.clone(),
        };
        let (mut tell, news) = mpsc::channel(NEWS_MAX);
        let gate = signaling::gate(distrust);
        let signaling = Signaling::new(trust.clone(), gate.clone(), tell.clone());
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
            let _ = tell.try_send(News::Over(why));
        });
        spawn(guarded)?;
        Ok(Self { socket, channel, peers: BTreeMap::new(), gate, news, over: false })
    }

    /// Whether a direct connection to a peer came about here.
    pub fn reaches(&self, peer: PeerId) -> bool {
        self.peers.contains_key(&peer)
    }

    /// What came of the signals of this connection.
    pub fn signals(&self) -> SignalFigures {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).figures()
    }

    /// The next event, or the wake-up of `cx` when there will be one.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<NetEvent> {
        while let Poll::Ready(Some((peer, state))) = Pin::new(&mut self.socket).poll_next(cx) {
            let id = who(peer.0.as_u128());
            if state == PeerState::Disconnected {
                // An older way to somebody who has a newer one is no loss.
                if self.peers.get(&id) == Some(&peer) {
                    return Poll::Ready(NetEvent::Gone(id));
                }
                continue;
            }
            self.gate.lock().unwrap_or_else(PoisonError::into_inner).connected(peer);
            if self.reaches(id) || self.peers.len() < PEERS_MAX {
                // The newest way to a peer is the one to take.
                self.peers.insert(id, peer);
                return Poll::Ready(NetEvent::Peer(id));
            }
        }
        if let Poll::Ready(Some((peer, bytes))) = self.channel.poll_next_unpin(cx) {
            let id = who(peer.0.as_u128());
            // A datagram may overtake the news of its sender.
            if !self.reaches(id) && self.peers.len() < PEERS_MAX {
                self.peers.insert(id, peer);
            }
            return Poll::Ready(NetEvent::Datagram { from: id, bytes: bytes.to_vec() });
        }
        if self.over {
            return Poll::Pending;
        }
        match self.news.poll_next_unpin(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(News::Open)) => Poll::Ready(NetEvent::Open),
            Poll::Ready(Some(News::Distrusted(peer))) => Poll::Ready(NetEvent::Distrusted(peer)),
            Poll::Ready(news) => {
                self.over = true;
                let why = if let Some(News::Over(why)) = news { why } else { "the network has ended".into() };
                Poll::Ready(NetEvent::NoMorePeers(why))
            }
        }
    }

    /// Sends, or silently loses.
    pub fn send(&mut self, to: PeerId, bytes: Vec<u8>) {
        if let Some(peer) = self.peers.get(&to) {
            // An error means that the loop has gone, which `news` tells.
            let _ = self.channel.try_send(bytes.into(), *peer);
        }
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
