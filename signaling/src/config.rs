//! What a server is started with.

use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Plain http and ws: for this machine itself and for native programs.
pub const HTTP_PORT: u16 = 3536;
/// https and wss: browsers elsewhere give WebGPU and the clipboard to secure pages only.
pub const HTTPS_PORT: u16 = 3537;

/// Everything that [`crate::Server::start`] needs to know. `Config::default()` listens on all interfaces at
/// the usual ports, with a certificate of its own, no ICE servers, and no page.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where http listens; `None` for not at all; port 0 for any free port.
    pub http: Option<SocketAddr>,
    /// Where https listens; `None` for not at all; port 0 for any free port.
    pub https: Option<SocketAddr>,
    /// When a port is taken, use any free one instead of failing (for a server inside another program).
    pub ports_may_move: bool,
    /// The folder of the built web page.
    pub web: Option<PathBuf>,
    /// Where the certificate is kept; `None` for the user's data folder.
    pub data: Option<PathBuf>,
    /// A given certificate chain and its key, both PEM, instead of one that the server makes.
    pub cert_and_key: Option<(PathBuf, PathBuf)>,
    /// The address that invitations name, such as `https://tide.example.org`, instead of the one found on
    /// the local network.
    pub public_url: Option<String>,
    /// Handed to clients.
    pub ice: Ice,
    /// Let WebSockets in without a ticket (plain matchbox clients, tests). Such a peer is never founder
    /// unless it is the first one in its room.
    pub open: bool,
    /// Bounds.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self {
            http: Some(SocketAddr::new(any, HTTP_PORT)),
            https: Some(SocketAddr::new(any, HTTPS_PORT)),
            ports_may_move: false,
            web: None,
            data: None,
            cert_and_key: None,
            public_url: None,
            ice: Ice::default(),
            open: false,
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// On 127.0.0.1 only, at free ports, http alone: for tests and for rooms within one machine.
    pub fn loopback() -> Self {
        Self { http: Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)), https: None, ..Self::default() }
    }
}

/// ICE servers in the shape that matchbox takes them: all share one credential.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ice {
    /// `stun:host:port`, `turn:host:port`.
    pub urls: Vec<String>,
    /// For TURN.
    pub username: Option<String>,
    /// For TURN.
    pub credential: Option<String>,
}

/// The bounds of everything that others can make this server hold.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Rooms at a time.
    pub rooms_max: usize,
    /// People in a room; a room's host may set fewer places.
    pub places_max: usize,
    /// WebSockets at a time, over all rooms.
    pub peers_max: usize,
    /// TCP connections at a time that are not (yet) WebSockets.
    pub connections_max: usize,
    /// Unused tickets at a time, in all and for one address.
    pub tickets_max: usize,
    /// See `tickets_max`.
    pub tickets_per_address_max: usize,
    /// How long a ticket is good.
    pub ticket_life: Duration,
    /// Bytes of one WebSocket message. An SDP with a few dozen candidates stays below 16 KiB.
    pub message_bytes_max: usize,
    /// Messages waiting for a peer that does not read; then it is disconnected.
    pub queue_messages_max: usize,
    /// Messages a second that a peer may send on average, and at once.
    pub messages_per_second: u32,
    /// See `messages_per_second`; a newcomer to a full room shakes hands with everyone at once.
    pub messages_burst: u32,
    /// Time for TLS and for a request's head.
    pub handshake: Duration,
    /// Time for the answer to a request, and for a peer to take one message.
    pub answer: Duration,
    /// A WebSocket that says nothing for this long, not even to pings, is gone.
    pub idle: Duration,
    /// Bytes of a request's body.
    pub body_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rooms_max: 1000,
            places_max: 32,
            peers_max: 4096,
            connections_max: 1024,
            tickets_max: 4096,
            tickets_per_address_max: 128,
            ticket_life: Duration::from_secs(30),
            message_bytes_max: 64 * 1024,
            queue_messages_max: 1024,
            messages_per_second: 100,
            messages_burst: 2048,
            handshake: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            body_bytes_max: 4096,
        }
    }
}
