//! The room protocol, sans-IO: membership, log, partition, supersteps, hand-over.
//!
//! [`Room`] is a state machine: [`Room::handle`] takes what happened and the time, [`Room::poll`] gives what
//! is to be done. It knows no sockets, no clocks and no kernels. One participant is *leader*: it orders
//! commands into segments of the log, one a superstep, and decides who computes which strip. Everyone else
//! follows the log. See `ARCHITECTURE.md` at the top of the repository.

#![deny(missing_docs)]

pub mod api;
mod bucket;
mod checkpoint;
mod clock;
mod codec;
mod costs;
pub mod door;
mod heartbeat;
mod leader;
mod membership;
mod message;
pub mod notice;
mod overlay;
pub mod partition;
mod peer;
mod player;
mod presence;
mod raft;
mod replica;
mod room;
mod roster;
pub mod save;
pub mod shown;
mod timeline;
mod timers;
mod view;
pub mod wire;

pub use codec::band as bandcode;
pub use room::Room;
