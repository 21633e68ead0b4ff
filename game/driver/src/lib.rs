//! The driver: socket, kernels and clock around the room protocol. Used by the window, the page and the
//! headless program alike; knows nothing of Bevy.

pub mod link;
pub mod scene_file;
