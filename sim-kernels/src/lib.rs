//! Tidepool's kernels: an integer material point method, the same bits on every backend.
//!
//! Nothing here knows of rooms, networks or Bevy. [`job`] is the whole interface: a [`job::Backend`] holds
//! one region and does [`job::Job`]s. [`cpu`] and [`gpu`] are twins.

#![deny(missing_docs, clippy::missing_errors_doc, clippy::missing_panics_doc)]

pub mod area;
pub mod command;
pub mod constants;
pub mod cpu;
pub mod digest;
pub mod fingerprint;
pub mod fixed;
pub mod geom;
pub mod globals;
pub mod golden;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod grabs;
pub mod job;
pub mod materials;
mod order;
pub mod particle;
pub mod scene;
pub mod shade;
pub mod shader;
mod shared;
pub mod stamp;
pub mod stamp_file;
mod states;
pub mod strokes;
pub mod terrain;
pub mod view;
