//! The driver: socket, kernels and clock around the room protocol. Used by the window, the page and the
//! headless program alike; knows nothing of Bevy.
//!
//! [`start`] begins a participant and gives a [`Handle`]. Below it, [`node::Node`] is the participant
//! without its machine (rooms over links, sans-IO), [`link`] the transport, [`net`] the pipes, [`backend`]
//! the kernels, [`scene_file`] the scenes.

pub mod backend;
mod calibrate;
mod company;
mod config;
pub mod events;
mod handle;
pub mod link;
pub mod net;
pub mod node;
pub mod scene_file;
mod start;
mod task;
mod trace;
mod turn;
#[cfg(not(target_arch = "wasm32"))]
pub mod virtual_time;
#[cfg(target_arch = "wasm32")]
pub mod web;

pub use config::{DriverConfig, Place};
pub use events::Event;
pub use handle::{Handle, Step};
pub use start::start;
