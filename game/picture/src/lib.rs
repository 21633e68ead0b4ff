//! Draws a room: what comes of its view is kept in a [`field::Field`], uploaded where it changed, made into smooth fields
//! by passes at the resolution of cells, and into a picture by one pass a pixel that only reads these.
//!
//! Nothing here knows of Bevy: a device, a queue and a target are arguments, so that tests and examples draw what the game
//! draws. Nothing that is drawn feeds back into the simulation, and floats are free. `docs/picture.md` says what the passes
//! do and cost.

pub mod detail;
pub mod field;
pub mod finish;
pub mod painter;
pub mod pulse;
pub mod shaders;
pub mod shot;
pub mod stretch;
