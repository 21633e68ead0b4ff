//! The driver: socket, kernels and clock around the room protocol. Used by the window, the page and the
//! headless program alike; knows nothing of Bevy.
//!
//! [`start`] begins a participant and gives a [`Handle`]. Below it, [`node::Node`] is the participant
//! without its machine (rooms over links, sans-IO), [`link`] the transport, [`net`] the pipes, [`backend`]
//! the kernels, [`scene_file`] the scenes.

pub mod backend;
pub mod events;
pub mod link;
pub mod net;
pub mod node;
pub mod scene_file;
mod start;
#[cfg(target_arch = "wasm32")]
pub mod web;

pub use events::Event;
pub use start::{DriverConfig, Handle, Place, start};
