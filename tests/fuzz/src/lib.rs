//! Bytes from an enemy: a target for every decoder, and for the room's input, each a function of bytes that
//! must return. `cargo run -p fuzz` changes known messages at random; under `libfuzzer` the same targets run
//! with coverage's guidance. What was once wrong stays in `corpus`.

pub mod change;
pub mod kinds;
pub mod small;
pub mod targets;
