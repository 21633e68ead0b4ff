//! The one test world: a virtual network, a clock that jumps from event to event, and faults.
//!
//! It carries opaque bytes between nodes of any name and depends on no crate of the project, so that every test uses
//! the same one: the room's, the links', the simulator's, the fuzzers', and the headless program's faults on real
//! sockets. One seed drives every choice, through streams of numbers by name ([`Rng`]).
//!
//! | module | what |
//! |---|---|
//! | [`rng`] | numbers by seed and stream |
//! | [`odds`] | how likely each kind of fault is, drawn for each seed |
//! | [`schedule`] | virtual time and what is due when; nodes that are frozen |
//! | [`skew`] | a node's own clock |
//! | [`netem`] | what a link does to datagrams |
//! | [`network`] | links between nodes: netem, cuts, rates, counts |
//! | [`lanes`] | links of a limited rate that deliver everything, lane by lane |
//! | [`shaper`] | netem for one node above a real transport |
//!
//! It knows nothing of rooms: what a node does with bytes and time is the harness's part.

pub mod lanes;
pub mod netem;
pub mod network;
pub mod odds;
pub mod rng;
pub mod schedule;
pub mod shaper;
pub mod skew;

pub use netem::Netem;
pub use network::Network;
pub use odds::Odds;
pub use rng::Rng;
pub use schedule::Schedule;
pub use shaper::Shaper;
pub use skew::Skew;

/// Microseconds of virtual time, or of any monotonic clock.
pub type Micros = u64;
