//! The room protocol, sans-IO: membership, log, partition, supersteps, hand-over.

pub mod api;
