//! Sound by what happens on the screen, in two halves that share a [`scape::Scape`], a few numbers told twenty times a
//! second:
//!
//! - [`ear`] listens to the tiles of the view that were told of and are in sight, and says how loud each kind of noise is
//!   and where it comes from;
//! - [`synth`] makes samples of that, at any rate and in blocks of any length.
//!
//! No samples are kept in files. Nothing here knows of Bevy, of a device or of a browser. Nothing that is heard feeds back
//! into the simulation, and floats are free; the synthesiser uses only operations that are the same on every machine, so
//! that a seed gives the same bits everywhere. `docs/sound.md` has the model and what it costs.

#[cfg(feature = "ear")]
pub mod ear;
pub mod scape;
pub mod synth;
