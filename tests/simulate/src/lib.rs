//! Deterministic simulation: one seed chooses a scene, people, a network and faults; the real room protocol runs
//! over the real links in virtual time; and checks from outside hold it against one machine. The way of
//! FoundationDB and TigerBeetle: what happens once in a year of evenings happens here in a minute, and again
//! whenever the seed is given.

pub mod check;
pub mod faults;
pub mod kernel;
mod mixed;
pub mod plan;
pub mod reference;
pub mod returns;
pub mod run;
pub mod stage;
pub mod trace;
pub mod world;
