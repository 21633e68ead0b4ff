//! What a leader decides, apart from how it is done: [`Decision`]s follow from the cluster as it is seen
//! ([`super::cluster`]), from what is remembered of earlier decisions, and from the time, and from nothing else.

use super::relays;
use crate::notice::Announcement;
use crate::overlay::Relay;

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision {
    /// These relays are used from now on.
    Relays(Vec<Relay>),
    /// Everyone is told.
    Announce(Announcement),
}

/// What is remembered from one decision to the next, each policy's own.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub relays: relays::Memory,
}
