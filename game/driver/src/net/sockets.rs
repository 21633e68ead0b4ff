//! The net of one room, for as long as the room is played: through one connection to the signaling server after the
//! other.
//!
//! A matchbox socket whose signaling is gone keeps its data channels and finds nobody new. So another one is opened
//! beside it, and each peer is sent to in the newest way there is. Links do not notice by which way a datagram comes.
//! The older socket ends once nobody needs it.

use super::matchbox::MatchboxNet;
use super::{Net, NetEvent};
use room::api::{Micros, PeerId};
use std::task::{Context, Poll};

/// Sockets at a time; the oldest goes.
const SOCKETS_MAX: usize = 3;
/// So long after nobody here needs a socket any more it ends: others may know of the newer way a moment later.
const SPARE_US: u64 = 5_000_000;

/// See the module. Without a socket, it is the net of a room of one.
#[derive(Default)]
pub struct Sockets {
    /// The oldest first.
    sockets: Vec<MatchboxNet>,
    /// Since when the older ones have not been needed.
    spare_since: Option<Micros>,
}

impl Sockets {
    /// Uses another socket from here on.
    pub fn open(&mut self, socket: MatchboxNet) {
        if self.sockets.len() == SOCKETS_MAX {
            self.sockets.remove(0);
        }
        self.sockets.push(socket);
        self.spare_since = None;
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
            self.sockets.drain(..self.sockets.len() - 1);
        }
    }
}

impl Net for Sockets {
    fn poll(&mut self, cx: &mut Context<'_>, _now: Micros) -> Poll<NetEvent> {
        for (age, socket) in self.sockets.iter_mut().rev().enumerate() {
            while let Poll::Ready(event) = socket.poll(cx) {
                // What becomes of an older one's signaling is no news.
                if age == 0 || matches!(event, NetEvent::Peer(_) | NetEvent::Datagram { .. }) {
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
