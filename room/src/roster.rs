//! Who is in the room, and whose word decides what is in the log.

use crate::api::{PeerId, Profile};
use serde::{Deserialize, Serialize};

/// The most participants of a room.
pub const PEOPLE_MAX: usize = 64;
/// The most whose word decides what is in the log: more would only wait for each other.
pub const VOTERS_MAX: usize = 7;

/// Everyone in the room, in the order of joining, and whose word decides what is in the log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    /// Everyone, in the order of joining.
    pub people: Vec<(PeerId, Profile)>,
    /// Those of them who vote.
    pub voters: Vec<PeerId>,
}

impl Roster {
    /// Whether nobody is in it twice, voters are in the room, and lists and names are within their limits.
    pub(crate) fn is_valid(&self) -> bool {
        let distinct = |mut ids: Vec<PeerId>| {
            ids.sort_unstable();
            ids.windows(2).all(|w| w[0] != w[1])
        };
        self.people.len() <= PEOPLE_MAX
            && self.voters.len() <= VOTERS_MAX
            && self.people.iter().all(|(_, p)| p.is_valid())
            && distinct(self.people.iter().map(|p| p.0).collect())
            && distinct(self.voters.clone())
            && self.voters.iter().all(|v| self.has(*v))
    }

    /// Whether someone is in the room.
    pub fn has(&self, peer: PeerId) -> bool {
        self.people.iter().any(|p| p.0 == peer)
    }

    /// How many voters are more than half of them.
    pub fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }
}
