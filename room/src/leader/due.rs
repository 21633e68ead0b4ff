//! What a leader does at its time: of its own, and for each member.
//!
//! What the policies look at now and then is in their memories; what lasts for a while before it counts ("since") is
//! no deadline, because more than one limit is set by it.

use super::{Leader, Person};
use crate::api::Micros;
use crate::timers::Timer;

/// A leader's deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// Tells the members how far the room is.
    Heartbeat,
    /// The same, where there is news.
    News,
    /// Asks a successor (again), where this leader leaves or has no checkpoint to go back to.
    TakeOver,
    /// Seals again, though somebody was asked to take the role over: before, it would lack what is sealed.
    HandOver,
    /// Expects nobody any more who was linked, or said hello, from outside the roster.
    Knock,
    /// Says to everyone that nobody lends a device.
    Nobody,
    /// Tells the players again that something was refused.
    Refused,
    /// Takes another checkpoint for a save.
    Save,
    /// Tells the members of the moments that they can go back to.
    Moments,
    /// Tells the members how fast everyone is.
    Figures,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            Self::TakeOver | Self::HandOver | Self::Knock | Self::Nobody => true,
            Self::Heartbeat | Self::News | Self::Refused | Self::Save | Self::Moments | Self::Figures => false,
        }
    }
}

/// The deadlines of what a leader does for a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PersonDue {
    /// Welcomes it again.
    Welcome,
    /// Sends a checkpoint to it again.
    Give,
    /// Lets it go, whatever that may cost the others.
    Leave,
    /// Lets it open a save again, after some that came to nothing.
    Open,
    /// Lets it ask again whether the room goes back, after others did not agree.
    Rewind,
}

impl Timer for PersonDue {
    fn waits_for_others(self) -> bool {
        match self {
            Self::Welcome | Self::Give | Self::Leave => true,
            Self::Open | Self::Rewind => false,
        }
    }
}

impl Person {
    fn slept(&mut self, us: Micros) {
        self.heard_at += us;
        self.active_at = self.active_at.map(|at| at + us);
        self.timers.slept(us);
    }
}

impl Leader {
    /// What this leader slept through says nothing of the others.
    pub(crate) fn slept(&mut self, us: Micros) {
        self.timers.slept(us);
        self.people.values_mut().for_each(|p| p.slept(us));
        self.uncommitted.iter_mut().for_each(|u| u.1 += us);
        self.stuck.1 += us;
        self.rewind.iter_mut().for_each(|rewind| rewind.slept(us));
        self.replay.iter_mut().for_each(|replay| replay.slept(us));
        let unheld = self.memory.strips.values_mut().flat_map(|n| [&mut n.unheld_since, &mut n.empty_since]);
        for since in unheld.chain([&mut self.alone_since, &mut self.stalled_since]).flatten() {
            *since += us;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::PeerId;

    #[test]
    fn a_sleep_moves_what_others_may_have_done_meanwhile() {
        let mut leader = Leader { stuck: (3, 10), alone_since: Some(10), ..Leader::default() };
        let mut person = Person { heard_at: 10, ..Person::default() };
        person.timers.set(PersonDue::Leave, 10);
        person.timers.set(PersonDue::Open, 10);
        leader.people.insert(PeerId(2), person);
        leader.timers.set(Due::HandOver, 10);
        leader.timers.set(Due::Heartbeat, 10);
        leader.slept(5);
        assert_eq!((leader.stuck, leader.alone_since), ((3, 15), Some(15)));
        assert_eq!((leader.timers.at(Due::HandOver), leader.timers.at(Due::Heartbeat)), (15, 10));
        let person = &leader.people[&PeerId(2)];
        assert_eq!(person.heard_at, 15);
        assert_eq!((person.timers.at(PersonDue::Leave), person.timers.at(PersonDue::Open)), (15, 10));
    }
}
