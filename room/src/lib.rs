//! The room protocol, sans-IO: membership, log, partition, supersteps, hand-over.
//!
//! [`Room`] is a state machine: [`Room::handle`] takes what happened and the time, [`Room::poll`] gives what
//! is to be done. It knows no sockets, no clocks and no kernels. One participant is *host*: it orders
//! commands into segments of the log, one a superstep, and decides who computes which strip. Everyone else
//! follows the log. See `ARCHITECTURE.md` at the top of the repository.

#![deny(missing_docs)]

pub mod api;
pub mod bandcode;
mod bits;
mod clock;
mod cuts;
mod election;
mod exchange;
mod exec;
mod host;
mod links;
mod log;
mod member;
pub mod partition;
mod patience;
mod pledges;
mod room;
pub mod save;
mod saves;
mod seams;
mod status;
mod tilecode;
mod view;
mod ways;
pub mod wire;

pub use room::Room;
