//! One WebSocket: matchbox's protocol, bounded.
//!
//! The newcomer is told its id; those already in the room are told of the newcomer and make the offers. Every peer has
//! an [`Outbox`] of its own, and a peer that does not empty it is disconnected rather than waited for, so nobody can hold
//! others up. What a peer sends is bounded in size and rate, in all and to each other peer.
//!
//! What a signal says is its sender's and its receiver's affair: it is passed on unread. The sender's id is this server's
//! word, and that is all a receiver has. Where peers come to sign the fingerprints in their offers, the signature travels
//! within `data`, and this server need not know.

use crate::api_error::ApiError;
use crate::app::App;
use crate::config::Limits;
use crate::doors::Source;
use crate::doors::budget::Budget;
use crate::metrics::{Metrics, count};
use crate::names::RoomName;
use crate::outbox::{Outbox, Waiting, outbox};
use crate::rooms::{Refusal, Rooms, Token};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures::{SinkExt, StreamExt};
use matchbox_protocol::{JsonPeerEvent, JsonPeerRequest, PeerId, PeerRequest};
use std::collections::HashMap;
use std::error::Error as _;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tungstenite::Error as WsError;
use tungstenite::error::ProtocolError;

/// Bytes read from a WebSocket at a time, and sent at a time: there may be thousands.
const BUFFER_BYTES: usize = 16 * 1024;
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Uses the ticket up, takes the place, and lets the upgrade go ahead; when that fails, the place is free
/// again at once (and the client joins again).
pub(crate) fn enter(
    app: Arc<App>,
    upgrade: WebSocketUpgrade,
    room: RoomName,
    ticket: Option<Token>,
    from: Source,
) -> Result<Response, ApiError> {
    // The place is taken now, so that a refusal can still be an http status; the outbox waits meanwhile.
    let is_in = if ticket.is_none() && !app.config().open {
        Err(Refusal::NoTicket)
    } else {
        take_place(&app, &room, ticket.as_ref(), from)
    };
    let (peer, waiting) = is_in.inspect_err(|_| count(&app.metrics().refusals))?;
    let member = Member { app, room, peer };
    let limits = member.app.limits();
    let bytes_max = limits.message_bytes_max;
    let upgrade = upgrade
        .max_message_size(bytes_max)
        .max_frame_size(bytes_max)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(4 * BUFFER_BYTES.max(bytes_max));
    Ok(upgrade.on_upgrade(move |socket| run(member, socket, waiting)))
}

/// Takes the peer into the room, tells it its id, and tells the others of it, in one go.
fn take_place(app: &App, room: &RoomName, ticket: Option<&Token>, from: Source) -> Result<(PeerId, Waiting), Refusal> {
    let limits = app.limits();
    let (out, waiting) = outbox(limits.queue_messages_max, limits.queue_bytes_max);
    let mut rooms = app.rooms();
    let (peer, old) = rooms.enter(app.now(), room, ticket, from, |_| out.clone())?;
    if let Some(old) = old {
        tracing::info!("{old} comes back to room {room}");
        tell_others(app, &mut rooms, room, peer, &JsonPeerEvent::PeerLeft(old));
    }
    // The outbox is empty, so this fits.
    let _ = out.tell(text(&JsonPeerEvent::IdAssigned(peer)));
    tell_others(app, &mut rooms, room, peer, &JsonPeerEvent::NewPeer(peer));
    count(&app.metrics().entries);
    tracing::info!("{peer} entered room {room}");
    Ok((peer, waiting))
}

/// Leaves the room when dropped, however the connection ends: also when the upgrade fails.
struct Member {
    app: Arc<App>,
    room: RoomName,
    peer: PeerId,
}

impl Drop for Member {
    fn drop(&mut self) {
        leave(&self.app, &mut self.app.rooms(), &self.room, self.peer);
    }
}

fn leave(app: &App, rooms: &mut Rooms<Outbox>, room: &RoomName, peer: PeerId) {
    if rooms.leave(room, peer) {
        tracing::info!("{peer} left room {room}");
        tell_others(app, rooms, room, peer, &JsonPeerEvent::PeerLeft(peer));
    }
}

fn text(event: &JsonPeerEvent) -> Message {
    Message::Text(event.to_string().into())
}

/// Queues news for everyone else in the room. Whoever's outbox is full is taken out, which the rest
/// are told in turn: at most as many rounds as there are members.
fn tell_others(app: &App, rooms: &mut Rooms<Outbox>, room: &RoomName, but: PeerId, event: &JsonPeerEvent) {
    let message = text(event);
    let full: Vec<PeerId> =
        rooms.others(room, but).filter(|(_, out)| out.tell(message.clone()).is_err()).map(|(peer, _)| peer).collect();
    for peer in full {
        count(&app.metrics().peers_too_slow);
        leave(app, rooms, room, peer);
    }
}

/// Why a WebSocket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The peer has gone.
    Left,
    /// The server stops.
    Stopping,
    /// The peer was taken out of the room: it reads too slowly, or has come in by another WebSocket.
    TakenOut,
    /// It took nothing for `stall`.
    TooSlow,
    /// It sent too many messages, or too many bytes.
    TooFast,
    /// It said nothing for `idle`.
    Silent,
    /// It sent what is no message, or too long a one.
    Broken,
}

impl Ending {
    /// What the peer is told, where it can still hear it.
    fn goodbye(self) -> Option<Message> {
        let (code, reason) = match self {
            Self::Left | Self::TooSlow => return None,
            Self::Stopping => (close_code::AWAY, "the server stops: join again later"),
            Self::TakenOut => {
                (close_code::POLICY, "another connection of yours came in, or you read too slowly: join again")
            }
            Self::TooFast => (close_code::POLICY, "you sent too much in too short a time: join again, and send less"),
            Self::Silent => (close_code::POLICY, "you said nothing for too long: join again"),
            Self::Broken => {
                (close_code::SIZE, "you sent what is no message, or too long a one: join again, and send less")
            }
        };
        Some(Message::Close(Some(CloseFrame { code, reason: reason.into() })))
    }

    fn counter(self, metrics: &Metrics) -> Option<&AtomicU64> {
        match self {
            Self::Left | Self::Stopping | Self::TakenOut => None,
            Self::TooSlow => Some(&metrics.peers_too_slow),
            Self::TooFast => Some(&metrics.peers_too_fast),
            Self::Silent => Some(&metrics.peers_silent),
            Self::Broken => Some(&metrics.peers_broken),
        }
    }
}

/// Passes messages until either side has had enough.
async fn run(member: Member, mut socket: WebSocket, waiting: Waiting) {
    let app = Arc::clone(&member.app);
    let ending = pass_messages(&member, &mut socket, waiting).await;
    if let Some(counter) = ending.counter(app.metrics()) {
        count(counter);
        tracing::info!("{} is disconnected: {ending:?}", member.peer);
    }
    // The others need not wait until it is gone.
    drop(member);
    if let Some(goodbye) = ending.goodbye() {
        // What still comes in is read until the peer answers: else its system would throw the goodbye away.
        let said = async {
            if socket.send(goodbye).await.is_ok() {
                while let Some(Ok(_)) = socket.next().await {}
            }
        };
        let _ = timeout(GOODBYE, said).await;
    }
}

async fn pass_messages(member: &Member, socket: &mut WebSocket, mut waiting: Waiting) -> Ending {
    let limits = member.app.limits();
    let mut shutdown = member.app.shutdown();
    let (mut sink, mut stream) = socket.split();
    let mut allowance = Allowance::default();
    let mut heard = Instant::now();
    let mut ping = interval(limits.idle / 4);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let out = tokio::select! {
            next = waiting.next() => match next {
                Some(message) => message,
                None => return Ending::TakenOut,
            },
            _ = ping.tick() => {
                if heard.elapsed() > limits.idle {
                    return Ending::Silent;
                }
                // Only into silence: matchbox sends signs of life of its own, and natively it logs a
                // warning for every ping.
                if heard.elapsed() < limits.idle / 2 {
                    continue;
                }
                Message::Ping(Vec::new().into())
            },
            _ = shutdown.wait_for(|stop| *stop) => return Ending::Stopping,
            next = stream.next() => {
                heard = Instant::now();
                let message = match next {
                    Some(Ok(Message::Close(_))) | None => return Ending::Left,
                    Some(Ok(message)) => message,
                    Some(Err(error)) => return ending_of(&error),
                };
                // Signs of life and what is not understood count as well: all of it is work.
                if !allowance.take(member.app.now(), &message, limits) {
                    return Ending::TooFast;
                }
                match message {
                    Message::Text(body) => receive(member, &mut allowance, &body),
                    Message::Binary(_) => count(&member.app.metrics().messages_bad),
                    _ => {}
                }
                continue;
            },
        };
        match timeout(limits.stall, sink.send(out)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return ending_of(&error),
            Err(_) => return Ending::TooSlow,
        }
    }
}

/// Whose fault it is that nothing can be read or sent any more.
fn ending_of(error: &axum::Error) -> Ending {
    match error.source().and_then(|cause| cause.downcast_ref()) {
        Some(WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => Ending::Left,
        Some(WsError::Protocol(_) | WsError::Capacity(_) | WsError::Utf8(_)) => Ending::Broken,
        // The connection's own deadline.
        Some(WsError::Io(error)) if error.kind() == ErrorKind::TimedOut => Ending::TooSlow,
        _ => Ending::Left,
    }
}

/// One message of a peer: a signal for another member, or a sign of life.
fn receive(member: &Member, allowance: &mut Allowance, body: &str) {
    let Member { app, room, peer } = member;
    let signal = match body.parse::<JsonPeerRequest>() {
        Ok(PeerRequest::KeepAlive) => return,
        Ok(PeerRequest::Signal { receiver, data }) => (receiver, data),
        Err(_) => return count(&app.metrics().messages_bad),
    };
    let (receiver, data) = signal;
    let rooms = app.rooms();
    // A member that was taken out may still be talking: it no longer reaches anyone.
    let is_member = rooms.link(room, *peer).is_some();
    let Some(out) = rooms.link(room, receiver).filter(|_| is_member) else {
        return count(&app.metrics().signals_astray);
    };
    let limits = app.limits();
    let is_passed = allowance.take_for(app.now(), receiver, limits)
        && out.pass(text(&JsonPeerEvent::Signal { sender: *peer, data })).is_ok();
    count(if is_passed { &app.metrics().signals } else { &app.metrics().signals_dropped });
}

/// What a peer may still send.
#[derive(Default)]
struct Allowance {
    messages: Budget,
    bytes: Budget,
    /// To each other peer of its room.
    to_one: HashMap<PeerId, Budget>,
}

impl Allowance {
    fn take(&mut self, now: Duration, message: &Message, limits: &Limits) -> bool {
        let bytes = match message {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
            Message::Close(_) => 0,
        };
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.messages.take(now, 1, limits.messages).is_ok() && self.bytes.take(now, bytes, limits.message_bytes).is_ok()
    }

    fn take_for(&mut self, now: Duration, receiver: PeerId, limits: &Limits) -> bool {
        // Those who have left meanwhile are forgotten all at once.
        if self.to_one.len() > 4 * limits.places_max {
            self.to_one.clear();
        }
        self.to_one.entry(receiver).or_default().take(now, 1, limits.signals_to_one).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Rate;

    #[test]
    fn messages_bytes_and_receivers_have_budgets() {
        let limits = Limits {
            messages: Rate { per_second: 10, burst: 20 },
            message_bytes: Rate { per_second: 10, burst: 100 },
            signals_to_one: Rate { per_second: 1, burst: 2 },
            ..Limits::default()
        };
        let now = Duration::from_secs(1);
        let mut peer = Allowance::default();
        let sent = |peer: &mut Allowance, n: usize, bytes: usize| {
            (0..n).filter(|_| peer.take(now, &Message::Text("x".repeat(bytes).into()), &limits)).count()
        };
        assert_eq!(sent(&mut peer, 30, 0), 20);
        assert_eq!(sent(&mut Allowance::default(), 30, 30), 3);
        let [a, b] = [1, 2].map(|n| PeerId(uuid::Uuid::from_u128(n)));
        assert_eq!([a, a, a, b].map(|to| peer.take_for(now, to, &limits)), [true, true, false, true]);
    }

    #[test]
    fn every_goodbye_fits_into_a_control_frame() {
        for ending in [Ending::Stopping, Ending::TakenOut, Ending::TooFast, Ending::Silent, Ending::Broken] {
            let Some(Message::Close(Some(frame))) = ending.goodbye() else { panic!("{ending:?} says nothing") };
            assert!(frame.reason.len() <= 123, "{ending:?}");
        }
    }
}
