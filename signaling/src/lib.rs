//! Signaling, room directory, web page: everything that participants need before they can talk to each
//! other directly, in one small server. It knows nothing of the simulation.
//!
//! It runs by itself (`tidepool-signaling`) or inside another program:
//!
//! ```no_run
//! let running = signaling::Server::start(signaling::Config::default())?;
//! println!("invite: {}", running.invite("tide"));
//! running.stop();
//! # Ok::<(), signaling::Error>(())
//! ```
//!
//! [`Server::start`] needs no async runtime of its caller; it brings its own thread.
//!
//! # How a client joins
//!
//! 1. `GET /join?room=NAME&name=PERSON` answers 200 with
//!    `{"room": "tide", "peer": "uuid", "ticket": "hex", "key": "hex", "founder": true, "expires_s": 30}`,
//!    or a refusal (see below: room full, name too long, too many requests).
//!    The request counts: ask once for each connection, never ahead of need.
//! 2. Connect a matchbox socket to `ws://HOST:3536/NAME?ticket=HEX` (or `wss://HOST:3537/...` where the
//!    page came over https). A ticket works once, for 30 s, for its own room. The peer id that matchbox
//!    then reports is the `peer` of step 1. Its last 96 bits say who this is and are room's `PeerId`, its first
//!    32 which WebSocket.
//!    Give the socket one attempt: a second one with a used ticket is refused with 403.
//! 3. `founder: true` is given to exactly one of those who join an empty room: this peer opens the room's
//!    first scene and is its host. All others wait for a host. Whoever sees no peer 5 s after connecting
//!    asks `GET /rooms/NAME`: when `founder` there is its own id, it has become the founder, since the
//!    first one never arrived; `null` means that the founder is still on its way.
//! 4. The founder (later: who holds the role) describes the room with `POST /rooms/NAME?key=KEY`, the
//!    body being JSON of any of `{"world": "dam-break, 512 x 256", "places": 16, "host": "uuid", "name":
//!    "ANNA"}`. `host` hands the role over in the directory; everyone may change their own `name`.
//!    The answer is the room's entry. A peer whose WebSocket ends leaves the directory at once.
//!
//! 5. Whoever lost its WebSocket (or its links: a closed lid) begins with step 1 again and adds `&key=KEY`: it is
//!    given an id with the same last 96 bits. That id is made from the key alone, so a server that was started
//!    again knows its people, and nobody else can be given it. An old WebSocket of the same participant ends.
//!
//! Native programs take either port. The certificate that the server makes is vouched for by nobody, so over wss
//! they are given its SHA-256 ([`Running::fingerprint`], which `tidepool-signaling` prints), or the file itself.
//!
//! Between peers the WebSocket speaks matchbox's own JSON (`PeerRequest` up, `PeerEvent` down). Those who
//! are already in the room are sent `NewPeer` and make the offer; the newcomer answers. Signals reach
//! peers of the same room only.
//!
//! # Other addresses
//!
//! | | |
//! |---|---|
//! | `GET /rooms` | `{"rooms": [{"name", "people", "names", "world", "free", "founder"}]}`; the lobby polls it |
//! | `GET /config.json` | `{"ice": {"urls": [], "username": null, "credential": null}, "http_port", "https_port", "version"}`; `ice` fits matchbox's `RtcIceServerConfig`; no servers unless `--stun` or `--turn` set them |
//! | `GET /invite.json?room=NAME` | `{"link", "others", "lan", "warning"}`: the https address on the local network, and one line about the browser's warning, left out where there is none; without a room the link to the page |
//! | `GET /invite.svg?room=NAME` | the link as a QR code |
//! | `GET /healthz`, `GET /metrics` | "ok"; counters in Prometheus' text format |
//! | everything else | the web page's files: precompressed, hashed names cached for ever, `index.html` never |
//!
//! # Refusals
//!
//! Every refusal is a 4xx or 5xx with `{"error", "code", "what", "why", "next"}`: `error` is one line for a person,
//! `code` a word for a program (`room_full`, `bad_ticket`, `too_many_requests`, ...), the rest is what happened, why, and
//! what to do next. With a wait it also has `retry_after_s` and the header `Retry-After`. A WebSocket that is ended by
//! the server is told why in its close frame.
//!
//! # Limits
//!
//! Every name, room, queue, message, rate and waiting time is bounded ([`Limits`]); what does not fit is refused
//! in words and counted. Budgets refill, so no address is locked out for longer than it takes to earn the next request,
//! and those who only hold connections make place for others. A peer that does not read what it is sent is disconnected,
//! and no peer can bring that about for another one.
//!
//! # Behind a proxy
//!
//! All requests then come from the proxy's address. Named in [`Config::trusted_proxies`], its word is taken for whose
//! they are ([`ForwardedHeader`]). With a path in [`Config::public`] everything is served below that path as well as at
//! the root, so a proxy may take the path away or leave it.

mod api;
mod api_error;
mod app;
mod cert;
mod config;
mod doors;
mod error;
mod invite;
mod listen;
mod metrics;
mod middleware;
mod names;
mod outbox;
mod page;
mod rooms;
mod router;
mod server;
mod socket;

pub use config::{
    Config, ForwardedHeader, ForwardedHeaderError, HTTP_PORT, HTTPS_PORT, Ice, IceAddress, IceAddressError, IceKind,
    Limits, PublicAddress, PublicAddressError, Rate,
};
pub use error::Error;
pub use ipnet::IpNet;
pub use names::{PersonName, RoomName, RoomNameError};
pub use server::{Running, Server};
