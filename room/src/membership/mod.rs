//! Whether this peer is in a room, on its way into one, or on its way out; and what is held against those who claimed a
//! room that was none.

pub mod messages;

use crate::api::{Micros, PeerId};
use crate::notice::Refusal;
use crate::player::RESEND_US;
use crate::roster::Roster;
use crate::timers::{Timer, Timers};
use std::collections::{BTreeMap, BTreeSet};

/// How often a newcomer says hello, and (half of it) a leaver that it leaves.
const HELLO_US: u64 = 1_000_000;
/// A former member that is not welcomed by anyone goes on by itself after this time.
const RESUME_US: u64 = 4_000_000;
/// A refusal counts when nobody welcomed this peer for this time after it.
const REFUSAL_US: u64 = 1_500_000;
/// Who claimed a room and welcomed nobody is not believed for this time, and each time for twice as long as before.
const DISTRUST_US: u64 = 5_000_000;
/// The most doublings of that.
const DISTRUST_TIMES_MAX: u32 = 6;
/// The same of everybody else, who may be the same one under another name, or linked again: shorter, since a link that
/// fails while two rooms meet looks the same.
const VAIN_US: u64 = 1_000_000;
/// The most doublings of that.
const VAIN_TIMES_MAX: u32 = 3;
/// Between two words to those outside the roster.
const MEET_US: u64 = 1_000_000;

/// A peer that was told that more was done here has this long to give way before the two compare again.
const VERDICT_US: u64 = 3_000_000;

/// How far this peer's membership is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waits for a leader's word.
    #[default]
    Joining,
    /// In the room.
    In,
    /// In the room, and said that it wishes to leave.
    Leaving,
    /// Left or refused.
    Out,
}

/// What is held against somebody who claimed a room and did not welcome those who came.
#[derive(Clone, Copy, Debug, Default)]
struct Distrust {
    times: u32,
    /// Until then its claims are not believed.
    until: Micros,
}

impl Distrust {
    /// A claim came to nothing.
    fn grow(&mut self, now: Micros, us: Micros, times_max: u32) {
        self.until = now + (us << self.times);
        self.times = (self.times + 1).min(times_max);
    }
}

/// Whose no counts for a member that joins again: it has its world to lose, and it knows who spoke for its room. To go
/// on with that world costs less than to believe somebody else.
#[derive(Debug)]
struct Former {
    /// The leader that it followed.
    leader: Option<PeerId>,
    roster: Roster,
    /// Those of the voters who said no.
    noes: BTreeSet<PeerId>,
}

impl Former {
    /// Somebody says no; whether that counts now.
    fn refused(&mut self, from: PeerId) -> bool {
        if self.roster.voters.contains(&from) {
            self.noes.insert(from);
        }
        self.leader == Some(from) || self.noes.len() >= self.roster.majority()
    }
}

/// What a newcomer does next.
#[derive(Debug)]
pub(crate) enum Joining {
    /// It was refused, and nobody welcomed it since.
    Refused(Refusal),
    /// Nobody welcomed it, and it has a world: it goes on with that.
    Resume,
    /// It says hello to everyone.
    Hello,
    /// It waits.
    Wait,
}

/// What follows from a player's wish to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// There is nothing to hand over.
    AtOnce,
    /// The leader is asked, or the wish is known already.
    Asked,
}

/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// A newcomer says hello (again), or a leaver that it leaves.
    Hello,
    /// The leader is told (again) what the roster does not yet say of this peer.
    Profile,
    /// Those outside the roster are told (again) that there is a room here.
    Meet,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            Self::Hello | Self::Profile | Self::Meet => false,
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    phase: Phase,
    joining_since: Micros,
    /// The room that this peer was in, while it joins again.
    former: Option<Former>,
    /// For whose room this peer left its own, until somebody welcomes it.
    gave_way_to: Option<PeerId>,
    /// Those linked who claimed a room and did not welcome this peer.
    distrusted: BTreeMap<PeerId, Distrust>,
    /// What is held against all whom this peer does not know yet, since claims came to nothing one after the other.
    vain: Distrust,
    /// The leader and the history that were told to give way to this room, and until when that stands.
    verdict: Option<(PeerId, u64, Micros)>,
    /// Those of the roster whose links ended with a goodbye: the peer that leads next says that they left.
    parted: BTreeSet<PeerId>,
    /// When somebody welcomed this peer.
    welcomed_at: Micros,
    /// When somebody refused this newcomer, and why.
    refusal: Option<(Micros, Refusal)>,
    timers: Timers<Due>,
}

impl Membership {
    /// A peer that waits for a link to a room.
    pub fn new(now: Micros) -> Self {
        Self { joining_since: now, ..Self::default() }
    }

    /// How far this peer's membership is.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether this peer is a member.
    pub fn is_in(&self) -> bool {
        matches!(self.phase, Phase::In | Phase::Leaving)
    }

    /// When somebody welcomed this peer, by its own clock.
    pub fn welcomed_at(&self) -> Micros {
        self.welcomed_at
    }

    /// Members whose links ended with a goodbye.
    pub fn parted(&self) -> &BTreeSet<PeerId> {
        &self.parted
    }

    /// This peer opens a room.
    pub fn found(&mut self) {
        self.phase = Phase::In;
    }

    /// A link is up.
    pub fn peer_up(&mut self, peer: PeerId) {
        self.parted.remove(&peer);
        if self.phase == Phase::Joining {
            self.timers.hurry(Due::Hello);
        }
    }

    /// A link ended with a goodbye.
    pub fn parts(&mut self, peer: PeerId) {
        self.parted.insert(peer);
    }

    /// A link is gone.
    pub fn peer_down(&mut self, peer: PeerId) {
        self.distrusted.remove(&peer);
    }

    /// The roster is another one.
    pub fn roster_changed(&mut self, roster: &Roster) {
        self.parted.retain(|&p| roster.has(p));
    }

    /// What this peer slept through is nobody's silence: who could welcome it, or is to give way, has as long as
    /// before.
    pub fn slept(&mut self, us: Micros) {
        self.joining_since += us;
        self.timers.slept(us);
        self.verdict.iter_mut().for_each(|verdict| verdict.2 += us);
    }

    /// What a newcomer does now, and when it looks again. `has_world`: whether it was in a room before.
    pub fn join(&mut self, now: Micros, has_world: bool) -> (Joining, Micros) {
        if let Some((_, why)) = self.refusal.take_if(|r| now >= r.0 + REFUSAL_US) {
            self.phase = Phase::Out;
            return (Joining::Refused(why), Micros::MAX);
        }
        let mut what = Joining::Wait;
        if self.timers.repeats(Due::Hello, now, HELLO_US) {
            let resumes = has_world && now > self.joining_since + RESUME_US;
            what = if resumes { Joining::Resume } else { Joining::Hello };
        }
        let hello = self.timers.at(Due::Hello);
        let wake = self.refusal.as_ref().map_or(hello, |r| hello.min(r.0 + REFUSAL_US));
        (what, wake)
    }

    /// Whether a leaver says (again) that it leaves; and when it looks again.
    pub fn leaves(&mut self, now: Micros) -> (bool, Micros) {
        (self.timers.repeats(Due::Hello, now, HELLO_US / 2), self.timers.at(Due::Hello))
    }

    /// Whether the leader is told (again) what the roster does not say of this peer yet; and when this looks again.
    pub fn profile_due(&mut self, now: Micros) -> (bool, Micros) {
        (self.timers.repeats(Due::Profile, now, RESEND_US), self.timers.at(Due::Profile))
    }

    /// What this peer says of itself is told at once.
    pub fn profile_changed(&mut self) {
        self.timers.hurry(Due::Profile);
    }

    /// Whether those outside the roster are told (again) of this room; and when this looks again.
    pub fn meet_due(&mut self, now: Micros) -> (bool, Micros) {
        (self.timers.repeats(Due::Meet, now, MEET_US), self.timers.at(Due::Meet))
    }

    /// Whether somebody who claims a room is believed.
    pub fn believes(&self, peer: PeerId, now: Micros) -> bool {
        now >= self.vain.until && self.distrusted.get(&peer).is_none_or(|d| now >= d.until)
    }

    /// The other room is told to give way to this one.
    pub fn outdoes(&mut self, leader: PeerId, lineage: u64, now: Micros) {
        self.verdict = Some((leader, lineage, now + VERDICT_US));
    }

    /// Whether it was told so, and may be on its way: what is compared again could come out otherwise, for both to give
    /// way.
    pub fn has_outdone(&self, leader: PeerId, lineage: u64, now: Micros) -> bool {
        self.verdict.is_some_and(|v| (v.0, v.1) == (leader, lineage) && now < v.2)
    }

    /// Joins again, after it followed this leader in a room of this roster. What is here is kept until there is a
    /// welcome: if nobody else has the room, this peer has it.
    pub fn start_over(&mut self, now: Micros, leader: Option<PeerId>, roster: Roster) {
        self.phase = Phase::Joining;
        self.former = Some(Former { leader, roster, noes: BTreeSet::new() });
        self.timers.hurry(Due::Hello);
        self.joining_since = now;
        self.gave_way_to = None;
        self.refusal = None;
    }

    /// The room of this one is joined.
    pub fn give_way_to(&mut self, to: PeerId) {
        self.gave_way_to = Some(to);
    }

    /// Nobody welcomed this peer, which goes on with its own world. Who claimed a room is not believed for a while.
    pub fn resume(&mut self, now: Micros, is_linked: impl Fn(PeerId) -> bool) {
        if let Some(claimant) = self.gave_way_to.take() {
            self.vain.grow(now, VAIN_US, VAIN_TIMES_MAX);
            if is_linked(claimant) {
                self.distrusted.entry(claimant).or_default().grow(now, DISTRUST_US, DISTRUST_TIMES_MAX);
            }
        }
        self.phase = Phase::In;
        self.former = None;
    }

    /// Somebody says that this peer may not join. Only the leader may say so, and a newcomer does not know who that
    /// is: its words count unless somebody welcomes this peer meanwhile. One that joins again knows who may have
    /// become leader.
    pub fn refused(&mut self, from: PeerId, now: Micros, why: Refusal) {
        let joins = self.phase == Phase::Joining && self.refusal.is_none();
        if joins && self.former.as_mut().is_none_or(|former| former.refused(from)) {
            self.refusal = Some((now, why));
        }
    }

    /// Somebody welcomes this peer.
    pub fn welcomed(&mut self, from: PeerId, now: Micros) {
        self.phase = if self.phase == Phase::Leaving { Phase::Leaving } else { Phase::In };
        self.refusal = None;
        self.former = None;
        self.gave_way_to = None;
        self.distrusted.remove(&from);
        self.vain = Distrust::default();
        self.welcomed_at = now;
    }

    /// Another leader is followed: it is told what this peer says of itself, and that it leaves if it does.
    pub fn follows(&mut self) {
        self.timers.hurry(Due::Profile);
        self.timers.hurry(Due::Hello);
    }

    /// The player wishes to leave.
    pub fn leave(&mut self) -> Leave {
        match self.phase {
            Phase::Joining => return Leave::AtOnce,
            Phase::In => {
                self.phase = Phase::Leaving;
                self.timers.hurry(Due::Hello);
            }
            Phase::Leaving | Phase::Out => {}
        }
        Leave::Asked
    }

    /// This peer is out.
    pub fn left(&mut self) {
        self.phase = Phase::Out;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PeerId = PeerId(1);

    #[test]
    fn whoever_claims_a_room_and_welcomes_nobody_is_believed_less_each_time() {
        let mut membership = Membership::new(0);
        let mut now = 0;
        for times in 0..10u32 {
            assert!(membership.believes(A, now));
            membership.start_over(now, None, Roster::default());
            membership.give_way_to(A);
            now += RESUME_US + 1;
            assert!(matches!(membership.join(now, true).0, Joining::Resume));
            membership.resume(now, |_| true);
            let wait = DISTRUST_US << times.min(DISTRUST_TIMES_MAX);
            assert!(!membership.believes(A, now + wait - 1));
            now += wait;
        }
        membership.welcomed(A, now);
        assert!(membership.believes(A, now));
    }

    #[test]
    fn claims_of_many_in_turn_are_believed_less_each_time() {
        let mut membership = Membership::new(0);
        let mut now = 0;
        for times in 0..10u32 {
            let stranger = PeerId(100 + u128::from(times));
            assert!(membership.believes(stranger, now));
            membership.give_way_to(stranger);
            membership.resume(now, |_| false);
            let wait = VAIN_US << times.min(VAIN_TIMES_MAX);
            assert!(!membership.believes(PeerId(99), now + wait - 1));
            now += wait;
        }
        membership.welcomed(A, now);
        membership.give_way_to(A);
        membership.resume(now, |_| false);
        assert!(membership.believes(A, now + VAIN_US), "it begins again");
    }

    #[test]
    fn what_this_peer_slept_through_is_nobodys_silence() {
        let mut membership = Membership::new(0);
        membership.start_over(100, None, Roster::default());
        assert!(matches!(membership.join(100, true).0, Joining::Hello));
        let sleep = 9 * RESUME_US;
        membership.slept(sleep);
        assert!(matches!(membership.join(100 + sleep + 1, true).0, Joining::Hello), "others may have welcomed it");
        let over = 100 + sleep + RESUME_US + 1;
        assert!(matches!(membership.join(over, true).0, Joining::Resume));
    }

    #[test]
    fn a_refusal_counts_unless_somebody_welcomes() {
        let mut membership = Membership::new(0);
        assert!(matches!(membership.join(0, false).0, Joining::Hello));
        membership.refused(A, 10, Refusal::Kernels);
        assert!(matches!(membership.join(20, false).0, Joining::Wait));
        membership.welcomed(A, 30);
        assert_eq!(membership.phase(), Phase::In);
        let mut membership = Membership::new(40);
        membership.refused(A, 50, Refusal::Kernels);
        assert!(matches!(membership.join(50 + REFUSAL_US, false).0, Joining::Refused(Refusal::Kernels)));
        assert_eq!(membership.phase(), Phase::Out);
    }

    fn four_voters() -> Roster {
        Roster { voters: (1..=4).map(PeerId).collect(), ..Roster::default() }
    }

    #[test]
    fn a_member_that_joins_again_believes_the_no_of_its_leader_or_of_a_majority_of_voters() {
        // It is the fourth of these voters itself.
        let believes = |noes: &[u128]| {
            let mut membership = Membership::new(0);
            membership.start_over(0, Some(A), four_voters());
            noes.iter().for_each(|&from| membership.refused(PeerId(from), 10, Refusal::Kernels));
            matches!(membership.join(10 + REFUSAL_US, true).0, Joining::Refused(_))
        };
        for (noes, expected) in [
            (&[][..], false),
            (&[1], true),
            (&[9, 8, 7, 6, 5], false),
            (&[2, 3], false),
            (&[2, 2, 2, 9, 3, 3], false),
            (&[2, 3, 4], true),
        ] {
            assert_eq!(believes(noes), expected, "{noes:?}");
        }
    }

    #[test]
    fn a_member_that_is_in_again_has_no_noes_left() {
        let mut membership = Membership::new(0);
        for _ in 0..3 {
            membership.start_over(0, None, four_voters());
            membership.refused(PeerId(2), 10, Refusal::Kernels);
            membership.refused(PeerId(3), 10, Refusal::Kernels);
            membership.resume(20, |_| true);
        }
        membership.start_over(30, None, four_voters());
        membership.refused(PeerId(1), 40, Refusal::Kernels);
        assert!(!matches!(membership.join(40 + REFUSAL_US, true).0, Joining::Refused(_)));
    }
}
