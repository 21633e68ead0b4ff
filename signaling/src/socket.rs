//! One WebSocket: matchbox's protocol, bounded.
//!
//! The newcomer is told its id; those already in the room are told of the newcomer and make the offers.
//! Every peer has a queue of its own. A peer that does not empty its queue is disconnected rather than
//! waited for, so nobody can hold others up.

use crate::metrics::count;
use crate::names::RoomName;
use crate::rooms::{Refusal, Rooms, Token};
use crate::server::App;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use futures::{SinkExt, StreamExt};
use matchbox_protocol::{JsonPeerEvent, JsonPeerRequest, PeerId, PeerRequest};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How the server reaches a peer.
pub type Link = mpsc::Sender<Message>;

/// Uses the ticket up, takes the place, and lets the upgrade go ahead; when that fails, the place is free
/// again at once (and the client joins anew).
pub fn upgrade(app: Arc<App>, ws: WebSocketUpgrade, room: &str, query: &HashMap<String, String>) -> Response {
    let room = match RoomName::parse(room) {
        Ok(room) => room,
        Err(why) => return crate::api::refuse(axum::http::StatusCode::BAD_REQUEST, why),
    };
    let ticket = match query.get("ticket") {
        None if app.config.open => None,
        None => return refused(&app, Refusal::NoTicket),
        Some(text) => match Token::parse(text) {
            Some(token) => Some(token),
            None => return refused(&app, Refusal::BadTicket),
        },
    };
    // The place is taken now, so that a refusal can still be an http status; the queue waits meanwhile.
    let entered = enter(&app, &room, ticket.as_ref());
    let (peer, queue) = match entered {
        Ok(entered) => entered,
        Err(why) => return refused(&app, why),
    };
    let guard = Guard { app: Arc::clone(&app), room, peer };
    let max = app.config.limits.message_bytes_max;
    ws.max_message_size(max).max_frame_size(max).on_upgrade(move |socket| run(guard, socket, queue))
}

fn refused(app: &App, why: Refusal) -> Response {
    count(&app.metrics.refusals);
    crate::api::refusal(why).into_response()
}

/// Takes the peer into the room, tells it its id, and tells the others of it, in one go.
fn enter(app: &App, room: &RoomName, ticket: Option<&Token>) -> Result<(PeerId, mpsc::Receiver<Message>), Refusal> {
    let (link, queue) = mpsc::channel(app.config.limits.queue_messages_max);
    let mut rooms = app.rooms();
    let (peer, old) = rooms.enter(app.now(), room, ticket, |_| link.clone())?;
    if let Some(old) = old {
        log::info!("{old} comes back to room {room}");
        tell_others(app, &mut rooms, room, peer, &JsonPeerEvent::PeerLeft(old));
    }
    let _ = link.try_send(text(&JsonPeerEvent::IdAssigned(peer)));
    tell_others(app, &mut rooms, room, peer, &JsonPeerEvent::NewPeer(peer));
    count(&app.metrics.entries);
    log::info!("{peer} entered room {room}");
    Ok((peer, queue))
}

/// Leaves the room when dropped, however the connection ends: also when the upgrade fails.
struct Guard {
    app: Arc<App>,
    room: RoomName,
    peer: PeerId,
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave(&self.app, &mut self.app.rooms(), &self.room, self.peer);
    }
}

fn leave(app: &App, rooms: &mut Rooms<Link>, room: &RoomName, peer: PeerId) {
    if rooms.leave(room, peer) {
        log::info!("{peer} left room {room}");
        tell_others(app, rooms, room, peer, &JsonPeerEvent::PeerLeft(peer));
    }
}

fn text(event: &JsonPeerEvent) -> Message {
    Message::Text(event.to_string().into())
}

/// Queues an event for everyone else in the room. Whoever's queue is full is taken out, which the rest
/// are told in turn: at most as many rounds as there are members.
fn tell_others(app: &App, rooms: &mut Rooms<Link>, room: &RoomName, but: PeerId, event: &JsonPeerEvent) {
    let message = text(event);
    let full: Vec<PeerId> = rooms
        .others(room, but)
        .filter(|(_, link)| link.try_send(message.clone()).is_err())
        .map(|(peer, _)| peer)
        .collect();
    for peer in full {
        count(&app.metrics.peers_dropped);
        leave(app, rooms, room, peer);
    }
}

/// Passes messages until either side has had enough.
async fn run(guard: Guard, socket: WebSocket, mut queue: mpsc::Receiver<Message>) {
    let app = Arc::clone(&guard.app);
    let limits = &app.config.limits;
    let mut shutdown = app.shutdown.clone();
    let (mut sink, mut stream) = socket.split();
    let mut allowance = Allowance::new(limits.messages_per_second, limits.messages_burst);
    let mut heard = Instant::now();
    let mut ping = interval(limits.idle / 4);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let out = tokio::select! {
            // The link is dropped when this peer was taken out of the room for reading too slowly.
            next = queue.recv() => match next {
                Some(message) => message,
                None => break,
            },
            _ = ping.tick() => {
                if heard.elapsed() > limits.idle {
                    log::info!("{} fell silent", guard.peer);
                    break;
                }
                // Only into silence: matchbox sends signs of life of its own, and natively it logs a
                // warning for every ping.
                if heard.elapsed() < limits.idle / 2 {
                    continue;
                }
                Message::Ping(Vec::new().into())
            },
            () = async { let _ = shutdown.wait_for(|stop| *stop).await; } => Message::Close(None),
            next = stream.next() => {
                heard = Instant::now();
                match next {
                    Some(Ok(Message::Text(body))) if allowance.take(heard) => receive(&guard, &body),
                    Some(Ok(Message::Text(_))) => {
                        count(&app.metrics.peers_dropped);
                        log::warn!("{} sends too much", guard.peer);
                        break;
                    },
                    Some(Ok(Message::Binary(_))) => count(&app.metrics.messages_bad),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {},
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                }
                continue;
            },
        };
        let is_last = matches!(out, Message::Close(_));
        if !matches!(timeout(limits.answer, sink.send(out)).await, Ok(Ok(()))) || is_last {
            break;
        }
    }
}

/// One message of a peer: a signal for another member, or a sign of life.
fn receive(guard: &Guard, body: &str) {
    let app = &guard.app;
    match body.parse::<JsonPeerRequest>() {
        Ok(PeerRequest::KeepAlive) => {}
        Ok(PeerRequest::Signal { receiver, data }) => {
            let event = text(&JsonPeerEvent::Signal { sender: guard.peer, data });
            let mut rooms = app.rooms();
            // A member that was taken out may still be talking: it no longer reaches anyone.
            let is_member = rooms.link(&guard.room, guard.peer).is_some();
            match rooms.link(&guard.room, receiver).filter(|_| is_member).map(|link| link.try_send(event)) {
                Some(Ok(())) => count(&app.metrics.signals),
                Some(Err(_)) => {
                    count(&app.metrics.peers_dropped);
                    leave(app, &mut rooms, &guard.room, receiver);
                }
                None => count(&app.metrics.signals_astray),
            }
        }
        Err(_) => count(&app.metrics.messages_bad),
    }
}

/// A bucket of messages that refills steadily.
struct Allowance {
    per_second: f64,
    burst: f64,
    left: f64,
    at: Instant,
}

impl Allowance {
    fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: per_second.into(), burst: burst.into(), left: burst.into(), at: Instant::now() }
    }

    fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.at = now;
        self.left = (self.left + gained).min(self.burst);
        let enough = self.left >= 1.0;
        if enough {
            self.left -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn allowance_refills() {
        let mut a = Allowance::new(10, 3);
        let t = a.at;
        assert_eq!([0; 4].map(|_| a.take(t)), [true, true, true, false]);
        assert!(a.take(t + Duration::from_millis(100)));
        assert!(!a.take(t + Duration::from_millis(150)));
        assert_eq!([0; 4].map(|_| a.take(t + Duration::from_secs(60))), [true, true, true, false]);
    }
}
