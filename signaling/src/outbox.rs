//! What waits to be sent to a peer: bounded in messages and in bytes.
//!
//! Two kinds are queued. News of the room must arrive, or the peer would believe in people who are gone; where it does
//! not fit, the peer has to leave. Signals of others may be lost; they get no place of the last quarter, so that nobody
//! can throw a member out by sending to it.

use axum::extract::ws::Message;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc;

/// There is no place for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The way to a peer; it ends when this is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    sender: mpsc::Sender<Message>,
    bytes: Arc<AtomicUsize>,
    bytes_max: usize,
}

/// The other end, at the peer's WebSocket.
#[derive(Debug)]
pub(crate) struct Waiting {
    receiver: mpsc::Receiver<Message>,
    bytes: Arc<AtomicUsize>,
}

/// Both ends, for so many messages of so many bytes.
pub(crate) fn outbox(messages_max: usize, bytes_max: usize) -> (Outbox, Waiting) {
    let (sender, receiver) = mpsc::channel(messages_max.max(1));
    let bytes = Arc::new(AtomicUsize::new(0));
    (Outbox { sender, bytes: Arc::clone(&bytes), bytes_max }, Waiting { receiver, bytes })
}

impl Outbox {
    /// Queues news of the room, which is small.
    pub(crate) fn tell(&self, message: Message) -> Result<(), Full> {
        let bytes = length(&message);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.sender.try_send(message).map_err(|_| {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            Full
        })
    }

    /// Queues somebody's signal.
    pub(crate) fn pass(&self, message: Message) -> Result<(), Full> {
        let is_last_quarter = self.sender.capacity() <= self.sender.max_capacity() / 4;
        if is_last_quarter || self.bytes.load(Ordering::Relaxed) + length(&message) > self.bytes_max {
            return Err(Full);
        }
        self.tell(message)
    }
}

impl Waiting {
    /// The next one; none when the outbox is gone.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        let message = self.receiver.recv().await?;
        self.bytes.fetch_sub(length(&message), Ordering::Relaxed);
        Some(message)
    }
}

fn length(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn signals_leave_places_for_news() {
        let text = |n: usize| Message::Text("x".repeat(n).into());
        let (outbox, mut waiting) = outbox(8, 100);
        assert_eq!([(); 7].map(|()| outbox.pass(text(1)).is_ok()), [true, true, true, true, true, true, false]);
        assert!(outbox.tell(text(1)).is_ok() && outbox.tell(text(1)).is_ok());
        assert_eq!(outbox.tell(text(1)), Err(Full));
        for _ in 0..8 {
            waiting.next().await.unwrap();
        }
        assert!(outbox.pass(text(90)).is_ok());
        assert_eq!(outbox.pass(text(11)), Err(Full), "too many bytes");
        assert!(outbox.tell(text(11)).is_ok());
        waiting.next().await.unwrap();
        assert!(outbox.pass(text(80)).is_ok());
        drop(outbox);
        assert!(waiting.next().await.is_some() && waiting.next().await.is_some() && waiting.next().await.is_none());
    }
}
