//! The net of one room, for as long as the room is played: through one connection to the signaling server after the
//! other.
//!
//! A matchbox socket whose signaling is gone keeps its data channels and finds nobody new. So another one is opened
//! beside it, and each peer is sent to in the newest way there is. Links do not notice by which way a datagram comes.
//! The older socket ends once nobody needs it.

use super::directory::Ice;
use super::matchbox::MatchboxNet;
use super::signaling::Distrust;
use super::trust::Trust;
use super::{Net, NetEvent, SignalFigures};
use room::api::{Micros, PeerId};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

/// Sockets at a time; the oldest goes.
const SOCKETS_MAX: usize = 3;
/// A socket ends this long after the last peer stopped needing it: others may know of the newer way a moment later.
const SPARE_US: u64 = 5_000_000;

/// See the module. Without a socket, it is the net of a room of one.
#[derive(Default)]
pub struct Sockets {
    /// The oldest first.
    sockets: Vec<MatchboxNet>,
    /// Since when the older ones have not been needed.
    spare_since: Option<Micros>,
    /// Who sent bad signals, over whichever of them.
    distrust: Arc<Mutex<Distrust>>,
    /// What came of the signals of sockets that have ended.
    signals: SignalFigures,
}

impl Sockets {
    /// Uses another socket from here on: `url` is the WebSocket's, ticket included.
    ///
    /// # Errors
    /// Where the system gives no thread. A server that refuses is told later, as [`NetEvent::NoMorePeers`].
    pub fn open(&mut self, url: &str, ice: &Ice, trust: &Trust) -> Result<(), String> {
        let socket = MatchboxNet::new(url, ice, trust, &self.distrust)?;
        if self.sockets.len() == SOCKETS_MAX {
            self.signals.add(&self.sockets.remove(0).signals());
        }
        self.sockets.push(socket);
        self.spare_since = None;
        Ok(())
    }

    /// What came of others' signals so far.
    pub fn signals(&self) -> SignalFigures {
        let mut figures = self.signals;
        self.sockets.iter().for_each(|socket| figures.add(&socket.signals()));
        figures
    }

    /// Ends the sockets that none of these peers is reached through alone.
    pub fn retire(&mut self, now: Micros, peers: impl Iterator<Item = PeerId>) {
        let Some((newest, older)) = self.sockets.split_last() else { return };
        if older.is_empty() {
            return;
        }
        let needed = peers.into_iter().any(|p| !newest.reaches(p) && older.iter().any(|s| s.reaches(p)));
        if needed {
            self.spare_since = None;
        } else if now >= *self.spare_since.get_or_insert(now) + SPARE_US {
            for socket in self.sockets.drain(..self.sockets.len() - 1) {
                self.signals.add(&socket.signals());
            }
        }
    }
}

impl Net for Sockets {
    fn poll(&mut self, cx: &mut Context<'_>, _now: Micros) -> Poll<NetEvent> {
        for i in (0..self.sockets.len()).rev() {
            let (older, newer) = self.sockets.split_at_mut(i + 1);
            let Some(socket) = older.last_mut() else { continue };
            while let Poll::Ready(event) = socket.poll(cx) {
                let is_news = match &event {
                    // What becomes of an older one's signaling is no news, nor who leaves it for a newer one.
                    NetEvent::Open | NetEvent::NoMorePeers(_) => newer.is_empty(),
                    NetEvent::Gone(peer) => !newer.iter().any(|socket| socket.reaches(*peer)),
                    NetEvent::Peer(_) | NetEvent::Datagram { .. } | NetEvent::Distrusted(_) => true,
                };
                if is_news {
                    return Poll::Ready(event);
                }
            }
        }
        Poll::Pending
    }

    fn send(&mut self, _now: Micros, to: PeerId, bytes: Vec<u8>) {
        if let Some(socket) = self.sockets.iter_mut().rev().find(|s| s.reaches(to)) {
            socket.send(to, bytes);
        }
    }
}
