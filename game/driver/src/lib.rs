//! The driver: socket, kernels and clock around the room protocol. Used by the window, the page and the
//! headless program alike; knows nothing of Bevy.
//!
//! [`start()`] begins a participant and gives a [`Handle`]. Below it, [`node::Node`] is the participant
//! without its machine (rooms over links, sans-IO), [`link`] the transport, [`net`] the pipes, [`backend`]
//! the kernels, [`scene_file`] the scenes, [`whole_file`] files that are written whole or not at all.

pub mod backend;
mod calibrate;
#[cfg(feature = "sockets")]
mod config;
#[cfg(feature = "sockets")]
mod directory_sync;
#[cfg(feature = "sockets")]
pub mod events;
#[cfg(feature = "sockets")]
mod handle;
pub mod link;
pub mod net;
pub mod node;
pub mod notice;
#[cfg(feature = "sockets")]
mod pending;
#[cfg(feature = "sockets")]
mod reach;
#[cfg(feature = "sockets")]
mod reconnect;
pub mod scene_file;
pub mod share;
#[cfg(feature = "sockets")]
mod start;
#[cfg(feature = "sockets")]
mod supersteps;
#[cfg(feature = "sockets")]
mod task;
#[cfg(feature = "sockets")]
mod turn;
#[cfg(not(target_arch = "wasm32"))]
#[cfg(feature = "netem")]
pub mod virtual_time;
#[cfg(all(feature = "sockets", target_arch = "wasm32"))]
pub mod web;
#[cfg(not(target_arch = "wasm32"))]
pub mod whole_file;

#[cfg(feature = "sockets")]
pub use config::{DriverConfig, Place};
#[cfg(feature = "sockets")]
pub use events::Event;
#[cfg(feature = "sockets")]
pub use handle::{Fault, Handle, Step};
#[cfg(feature = "sockets")]
pub use start::start;
#[cfg(all(feature = "sockets", not(target_arch = "wasm32")))]
pub use task::join_kernels;
#[cfg(feature = "sockets")]
pub use task::spawn_short;
