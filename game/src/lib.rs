//! Tidepool's window: a Bevy app that shows a room and plays in it. What happens in the room is computed by
//! the `driver` beside it; nothing here computes the world, and nothing there knows of Bevy.
//!
//! Every feature is a module with one `plugin`. Features import each other one way only, from the last of this list to
//! the first; `tests/folders.rs` reads the imports and fails on a circle:
//!
//! - [`schedule`], [`panels`], [`frames`], [`settings`], [`notices`], [`scenes`]: what all may use;
//! - [`session`]: the room that one is in, the only place that touches the driver;
//! - [`directory`], [`power`]: what goes on around a room;
//! - `presses`, [`mod@pointer`], [`camera`], [`view`], `sound`, [`tools`]: seeing and hearing the world, and changing it;
//! - [`stencil`]: pictures that become part of the world;
//! - [`saves`], [`film`], [`welcome`]: worlds that are kept, pictures as files, and the first minute;
//! - [`people`]: the others' pointers and words;
//! - [`gpu`]: the first frame, and a GPU that is lost;
//! - `key_pointer`, [`keys`], [`ui`], [`access`]: keys and the interface, for those who do not see it, too;
//! - [`app`] puts them together, for the command line (`cli`) and the page (`web`).

pub mod access;
#[cfg(not(target_arch = "wasm32"))]
mod again;
pub mod app;
pub mod camera;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod directory;
#[cfg(not(target_arch = "wasm32"))]
mod files;
pub mod film;
pub mod frames;
pub mod gpu;
mod key_pointer;
pub mod keys;
pub mod notices;
#[cfg(target_arch = "wasm32")]
mod page;
pub mod panels;
mod past;
pub mod people;
mod picture_file;
mod png_file;
pub mod pointer;
pub mod power;
mod presses;
pub mod saves;
pub mod scenes;
pub mod schedule;
pub mod session;
pub mod settings;
mod sound;
pub mod stencil;
pub mod tools;
pub mod ui;
pub mod view;
#[cfg(target_arch = "wasm32")]
pub mod web;
pub mod welcome;
