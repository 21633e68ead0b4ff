//! Codes of our own for what is sent or kept in bulk: particles (`band`), view tiles (`tile`), and the bits under both.

pub mod band;
pub(crate) mod bits;
pub(crate) mod tile;
