//! Real participants over real sockets on loopback: each with a driver of its own, WebRTC, a signaling server.

mod departures;
mod directory;
mod examples;
mod peer;
mod returns;
mod signals;
mod wss;
