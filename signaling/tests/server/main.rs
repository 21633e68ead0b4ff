//! The real server on loopback, seen by raw clients.

mod addresses;
mod client;
mod doors;
mod page;
mod rooms;
