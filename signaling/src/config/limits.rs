//! The bounds of everything that others can make this server hold or do.

use std::time::Duration;

/// How often something may be done: `burst` at once, and again as it refills, `per_second`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What is given back in a second; at least 1.
    pub per_second: u32,
    /// What is there after a long rest; at least 1.
    pub burst: u32,
}

/// The bounds of a server. "An address" is that of a machine over IPv4 and of a network of 64 bits over IPv6; behind a
/// trusted proxy it is the one that the proxy names.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Rooms at a time.
    pub rooms_max: usize,
    /// Rooms that one answer lists.
    pub rooms_listed_max: usize,
    /// People in a room; a room's host may set fewer places.
    pub places_max: usize,
    /// WebSockets at a time, over all rooms.
    pub peers_max: usize,
    /// WebSockets at a time of one address.
    pub peers_per_address_max: usize,
    /// TCP connections at a time that are not (yet) WebSockets.
    pub connections_max: usize,
    /// Those of one address; a newer one then takes the place of one that waits.
    pub connections_per_address_max: usize,
    /// Unused tickets at a time; the newest takes the place of the oldest of the address that holds most.
    pub tickets_max: usize,
    /// How long a ticket is good.
    pub ticket_life: Duration,
    /// Tickets that one address may ask for.
    pub tickets: Rate,
    /// Requests of any kind that one address may make.
    pub requests: Rate,
    /// Addresses whose budgets are remembered; the one with the fullest budget is forgotten first.
    pub addresses_max: usize,
    /// WebSocket messages, of whatever kind, that a peer may send. A newcomer to a full room shakes hands with everyone
    /// at once.
    pub messages: Rate,
    /// Bytes of those.
    pub message_bytes: Rate,
    /// Signals that a peer may send to one other; more are dropped. So no member can fill another's queue.
    pub signals_to_one: Rate,
    /// Bytes of one WebSocket message. An SDP with a few dozen candidates stays below 16 KiB.
    pub message_bytes_max: usize,
    /// Messages waiting for a peer that does not read; a quarter of the places is kept for news of the room.
    pub queue_messages_max: usize,
    /// Bytes of those.
    pub queue_bytes_max: usize,
    /// How long a connection may wait: for TLS, for a request's head, between two requests.
    pub handshake: Duration,
    /// Time for the answer to a request, its body's arrival included.
    pub answer: Duration,
    /// How long a connection may take nothing of what it is sent.
    pub stall: Duration,
    /// A WebSocket that says nothing for this long, not even to pings, is gone.
    pub idle: Duration,
    /// Bytes of a request's body.
    pub body_bytes_max: usize,
    /// Bytes that the system holds for a connection that reads slowly.
    pub send_buffer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rooms_max: 1000,
            // 100 rooms of 32 people with the longest names are 240 KB: what a client reads at most is 256 KiB.
            rooms_listed_max: 100,
            places_max: 32,
            peers_max: 4096,
            peers_per_address_max: 256,
            connections_max: 1024,
            connections_per_address_max: 128,
            tickets_max: 4096,
            ticket_life: Duration::from_secs(30),
            // A class that comes back all at once after a restart.
            tickets: Rate { per_second: 8, burst: 128 },
            // A page is a dozen files, and a lobby asks once in three seconds: a school's worth of both.
            requests: Rate { per_second: 100, burst: 1000 },
            addresses_max: 4096,
            messages: Rate { per_second: 100, burst: 2048 },
            message_bytes: Rate { per_second: 128 * 1024, burst: 2 * 1024 * 1024 },
            signals_to_one: Rate { per_second: 32, burst: 256 },
            message_bytes_max: 64 * 1024,
            queue_messages_max: 1024,
            // The offers of 31 peers, 16 KiB each, at once.
            queue_bytes_max: 512 * 1024,
            handshake: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            stall: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            body_bytes_max: 4096,
            send_buffer_bytes: 256 * 1024,
        }
    }
}
