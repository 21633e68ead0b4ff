//! Whether a room had to go back to a checkpoint. It has to when all who held some part of the world are gone or out
//! of the reach of the peer that decides; otherwise somebody who is well has that part, and what players did was thrown
//! away for nothing.

use room::api::{Committed, Micros, PeerId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A fault shorter than this is a moment's pause, for which a room waits.
const MOMENT_US: Micros = 900_000;
/// A fault that ended this long ago may still be why: a return is decided before it is committed and told.
const RECENT_US: Micros = 5_000_000;
/// Who holds a part of the world for less than this may not have its state yet.
const FRESH_US: Micros = 12_000_000;

/// A link's end is noticed this long after the fault: silence, and the rest of a long way.
const NOTICE_US: Micros = 7_000_000;
/// A peer is in another history, or given up, without a link that ended: a fork, an election, and the wait for strips
/// that nobody brings.
const GIVEN_UP_US: Micros = 20_000_000;
/// A room waits for this long for the peer that is linked and holds what it lacks.
const PATIENCE_US: Micros = 5_000_000;

/// Whom a fault concerns.
#[derive(Clone, Debug)]
pub enum Whom {
    /// One participant.
    One(PeerId),
    /// Everyone of the first with everyone of the second.
    Between(Vec<PeerId>, Vec<PeerId>),
    /// All.
    All,
}

/// A fault that was injected.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Its kind.
    pub kind: &'static str,
    /// Whether it takes somebody out of reach; the others only make it slow.
    pub hard: bool,
    /// From when on.
    pub from: Micros,
    /// Until when; `Micros::MAX` for good.
    pub until: Micros,
    /// Whom it concerns.
    pub whom: Whom,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |us: Micros| us as f64 / 1e6;
        let Self { kind, from, until, whom, .. } = self;
        let until = if *until == Micros::MAX { "ever".to_owned() } else { format!("{:.3} s", s(*until)) };
        write!(f, "{:8.3} s to {until}: {kind} {whom:?}", s(*from))
    }
}

/// All faults of a run.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// One more.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// All of them, in the order in which they were injected.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// Whether a fault concerned somebody so shortly before that its link may have been lost by it.
    fn lost_by(&self, at: Micros, peer: PeerId, within: Micros) -> bool {
        self.0.iter().any(|fault| {
            let whom = match &fault.whom {
                Whom::One(one) => *one == peer,
                Whom::Between(a, b) => a.contains(&peer) || b.contains(&peer),
                Whom::All => true,
            };
            whom && fault.from <= at && fault.until.saturating_add(within) >= at
        })
    }

    /// A fault of the network that kept two apart for as long as a room waits. One who is dead or asleep leads nobody.
    fn apart(&self, now: Micros, a: PeerId, b: PeerId) -> Option<&Fault> {
        let lasted = |fault: &&Fault| fault.until.min(now).saturating_sub(fault.from) >= PATIENCE_US;
        let network = |fault: &&Fault| matches!(fault.whom, Whom::Between(..));
        self.between(now, a, b, true).filter(network).find(lasted)
    }

    /// Faults between one who decides and somebody else that may be why it goes back at `now`.
    fn between(&self, now: Micros, decider: PeerId, other: PeerId, hard: bool) -> impl Iterator<Item = &Fault> {
        self.0.iter().filter(move |fault| {
            let lasted = fault.until.min(now).saturating_sub(fault.from);
            let whom = match &fault.whom {
                Whom::One(peer) => *peer == other,
                Whom::Between(a, b) => {
                    a.contains(&decider) && b.contains(&other) || b.contains(&decider) && a.contains(&other)
                }
                Whom::All => true,
            };
            let gone = fault.until == Micros::MAX;
            let recent = fault.until.saturating_add(RECENT_US) >= now;
            fault.hard == hard && whom && fault.from <= now && (gone || lasted >= MOMENT_US && recent)
        })
    }
}

/// Why a room went back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// All holders of a part were taken out by faults of these kinds.
    Forced(BTreeSet<&'static str>),
    /// The only ones left held that part for a short time, and may not have had its state.
    Fresh(BTreeSet<&'static str>),
    /// Nobody computed at all.
    Nobody,
    /// Somebody who was well held each part. With the faults that made somebody slow.
    Unforced(BTreeSet<&'static str>),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = |kinds: &BTreeSet<&'static str>| kinds.iter().copied().collect::<Vec<_>>().join(" + ");
        match self {
            Self::Forced(by) => write!(f, "forced by {}", kinds(by)),
            Self::Fresh(by) if by.is_empty() => f.write_str("nobody held it long"),
            Self::Fresh(by) => write!(f, "only new holders left after {}", kinds(by)),
            Self::Nobody => f.write_str("nobody computed"),
            Self::Unforced(by) if by.is_empty() => f.write_str("UNFORCED"),
            Self::Unforced(by) => write!(f, "UNFORCED, slow by {}", kinds(by)),
        }
    }
}

/// What a return is judged by.
pub struct Case<'a> {
    /// When it was told.
    pub now: Micros,
    /// Who told it first: the peer that decided it.
    pub decider: PeerId,
    /// The lineage's steps up to it, and when each was told.
    pub steps: &'a BTreeMap<u64, (Micros, Committed)>,
    /// The tick that all parts had reached.
    pub tick: u64,
    /// Participants to whom the decider has no link, who are in another lineage, or whom the room has given up.
    pub elsewhere: &'a BTreeSet<PeerId>,
    /// Since when each is in the lineage without a gap.
    pub joined: &'a BTreeMap<PeerId, Micros>,
    /// When a participant last lost its link to another.
    pub lost: &'a BTreeMap<(PeerId, PeerId), Micros>,
    /// Whom each participant followed, and when it last did.
    pub followed: &'a BTreeMap<(PeerId, PeerId), Micros>,
    /// What was injected.
    pub faults: &'a Faults,
}

impl Case<'_> {
    /// Why the room went back.
    pub fn why(&self) -> Why {
        // Where the room stands: a step that is not whole yet, perhaps of an older partition than the newest.
        let stands = self.steps.values().rev().take_while(|s| s.1.tick >= self.tick && !s.1.begins).last();
        let stands_at = stands.map_or(self.now, |s| s.0).min(self.now);
        let recent = |age: Micros| {
            let since = stands_at.saturating_sub(age);
            // And the one before, whose partition stood at that time.
            let mut older = false;
            let steps = self.steps.values().rev().filter(|s| !s.1.regions.is_empty());
            steps.take_while(move |s| !std::mem::replace(&mut older, s.0 < since)).map(|s| &s.1)
        };
        let Some(newest) = recent(0).next() else { return Why::Nobody };
        // Of the newest partitions, since one is on its way to the next, and each was a step's that must be whole.
        let mut why: Option<Why> = None;
        for step in recent(RECENT_US) {
            for region in &step.regions {
                let holders: BTreeSet<PeerId> =
                    [Some(region.executor), region.stand_in].into_iter().flatten().collect();
                if let Some(by) = self.all_out(&holders) {
                    let here = Why::Forced(by);
                    why = Some(why.map_or(here.clone(), |w| w.min(here)));
                }
            }
            if why.is_some() {
                return why.unwrap_or(Why::Nobody);
            }
        }
        // A peer that holds a column all the while has its state.
        for column in (0..newest.regions.iter().map(|r| r.rect.x1).max().unwrap_or(0)).step_by(16) {
            let at = |step: &Committed| -> BTreeSet<PeerId> {
                let here = step.regions.iter().filter(|r| r.rect.x0 <= column && column < r.rect.x1);
                here.flat_map(|r| [Some(r.executor), r.stand_in]).flatten().collect()
            };
            let mut lasting = recent(FRESH_US).map(at).reduce(|a, b| &a & &b).unwrap_or_default();
            let fresh = |p: &PeerId| self.joined.get(p).is_some_and(|&at| at + FRESH_US > stands_at);
            lasting.retain(|p| !fresh(p));
            if let Some(by) = self.all_out(&lasting) {
                return Why::Fresh(by);
            }
        }
        let all = newest.regions.iter().flat_map(|r| [Some(r.executor), r.stand_in]).flatten();
        let slow = all.flat_map(|p| self.faults.between(self.now, self.decider, p, false)).map(|f| f.kind);
        Why::Unforced(slow.collect())
    }

    /// The kinds of faults that took all of these out; nothing when one of them is well.
    fn all_out(&self, holders: &BTreeSet<PeerId>) -> Option<BTreeSet<&'static str>> {
        let mut by = BTreeSet::new();
        for &holder in holders {
            by.insert(self.out(holder)?);
        }
        Some(by)
    }

    fn out(&self, holder: PeerId) -> Option<&'static str> {
        let fault = self.faults.between(self.now, self.decider, holder, true).next().map(|f| f.kind);
        // No link is lost, and nobody given up, without a fault shortly before.
        let link = |a, b| self.lost.get(&(a, b)).map(|&at| (at, NOTICE_US));
        let (a, b) = (self.decider, holder);
        let (at, within) = link(a, b).max(link(b, a)).unwrap_or((self.now, GIVEN_UP_US));
        let lost = a != b && self.elsewhere.contains(&b) && self.faults.lost_by(at, b, within);
        fault.or(lost.then_some("lost link")).or_else(|| self.out_with_its_leader(b)).or_else(|| self.given_up(b))
    }

    /// Whom somebody follows, or followed until a moment ago.
    fn leaders_of(&self, peer: PeerId) -> impl Iterator<Item = PeerId> {
        let followed = self.followed.range((peer, PeerId(0))..=(peer, PeerId(u128::MAX)));
        followed.filter(|(_, at)| **at + RECENT_US >= self.now).map(|((_, leader), _)| *leader)
    }

    /// Whether somebody follows, or followed until a moment ago, a leader whom the decider does not reach: nobody is in
    /// a room without a link to its leader. A room waits for the peer that is linked, so it has to be so for as long.
    fn out_with_its_leader(&self, holder: PeerId) -> Option<&'static str> {
        let apart = |leader| self.faults.apart(self.now, self.decider, leader).map(|f| f.kind);
        if holder == self.decider { None } else { self.leaders_of(holder).find_map(apart) }
    }

    /// Whether the leader whom the decider follows, or followed until a moment ago, did not reach somebody for as long as a
    /// room waits: it gave that one up in the name of all, however well the decider reaches it.
    fn given_up(&self, holder: PeerId) -> Option<&'static str> {
        let apart = |leader| self.faults.apart(self.now, leader, holder).map(|f| f.kind);
        self.leaders_of(self.decider).filter(|leader| *leader != holder).find_map(apart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::api::Region;
    use sim_kernels::geom::Rect;
    use std::slice;

    const S: Micros = 1_000_000;

    fn step(step: u64, holders: [(u128, u128); 2]) -> Committed {
        let region = |(i, (a, b)): (usize, &(u128, u128))| Region {
            rect: Rect::new(64 * i as i32, 0, 64 * (i as i32 + 1), 32),
            executor: PeerId(*a),
            stand_in: Some(PeerId(*b)),
        };
        Committed {
            lineage: 1,
            parent: 1,
            step,
            epoch: 1,
            tick: step,
            begins: false,
            save: None,
            returns: None,
            commands: vec![vec![]],
            regions: holders.iter().enumerate().map(region).collect(),
        }
    }

    fn why_with(
        steps: &[(Micros, [(u128, u128); 2])],
        faults: &[(&'static str, Micros, Micros, Whom)],
        elsewhere: &[u128],
        joined: &[(u128, Micros)],
    ) -> Why {
        why_led(steps, faults, elsewhere, joined, &[])
    }

    fn why_led(
        steps: &[(Micros, [(u128, u128); 2])],
        faults: &[(&'static str, Micros, Micros, Whom)],
        elsewhere: &[u128],
        joined: &[(u128, Micros)],
        followed: &[(u128, u128, Micros)],
    ) -> Why {
        let steps = steps.iter().enumerate().map(|(i, s)| (i as u64, (s.0, step(i as u64, s.1)))).collect();
        let mut all = Faults::default();
        for (kind, from, until, whom) in faults.iter().cloned() {
            all.push(Fault { kind, hard: kind != "slow", from, until, whom });
        }
        let case = Case {
            now: 30 * S,
            decider: PeerId(1),
            tick: 99,
            steps: &steps,
            elsewhere: &elsewhere.iter().map(|&p| PeerId(p)).collect(),
            joined: &joined.iter().map(|&(p, at)| (PeerId(p), at)).collect(),
            lost: &BTreeMap::new(),
            followed: &followed.iter().map(|&(p, leader, at)| ((PeerId(p), PeerId(leader)), at)).collect(),
            faults: &all,
        };
        case.why()
    }

    fn why(steps: &[(Micros, [(u128, u128); 2])], faults: &[(&'static str, Micros, Micros, Whom)]) -> Why {
        why_with(steps, faults, &[], &[])
    }

    #[test]
    fn a_return_is_forced_when_all_who_held_a_part_are_gone() {
        let steps = [(2 * S, [(1, 2), (2, 3)]), (29 * S, [(1, 2), (2, 3)])];
        let kill = |id| ("kill", 20 * S, Micros::MAX, Whom::One(PeerId(id)));
        assert_eq!(why(&steps, &[kill(2)]), Why::Unforced(BTreeSet::new()));
        assert_eq!(why(&steps, &[kill(2), kill(3)]), Why::Forced(["kill"].into()));
        let cut = |from, until| ("cut", from, until, Whom::Between(vec![PeerId(1)], vec![PeerId(2), PeerId(3)]));
        assert_eq!(why(&steps, &[cut(25 * S, 40 * S)]), Why::Forced(["cut"].into()));
        assert_eq!(why(&steps, &[cut(29_500_000, 40 * S)]), Why::Unforced(BTreeSet::new()), "a moment");
        assert_eq!(why(&steps, &[cut(2 * S, 9 * S)]), Why::Unforced(BTreeSet::new()), "long ago");
        let slow = ("slow", 2 * S, Micros::MAX, Whom::One(PeerId(3)));
        assert_eq!(why(&steps, &[kill(2), slow]), Why::Unforced(["slow"].into()));
    }

    #[test]
    fn whoever_holds_a_part_for_a_short_time_may_not_have_it() {
        let steps = [(2 * S, [(1, 2), (2, 3)]), (21 * S, [(1, 4), (3, 4)]), (29 * S, [(1, 4), (4, 1)])];
        let kill = |id| ("kill", 20 * S, Micros::MAX, Whom::One(PeerId(id)));
        assert_eq!(why(&steps, &[kill(2), kill(3)]), Why::Fresh(BTreeSet::new()));
    }

    #[test]
    fn whoever_joined_anew_has_nothing_and_links_are_lost_by_faults_only() {
        let steps = [(2 * S, [(1, 2), (2, 3)]), (29 * S, [(1, 2), (2, 3)])];
        let kill = ("kill", 20 * S, Micros::MAX, Whom::One(PeerId(2)));
        let joined = |at| why_with(&steps, slice::from_ref(&kill), &[], &[(3, at)]);
        assert_eq!((joined(25 * S), joined(2 * S)), (Why::Fresh(["kill"].into()), Why::Unforced(BTreeSet::new())));
        let slow = ("slow", 2 * S, Micros::MAX, Whom::One(PeerId(3)));
        assert_eq!(why_with(&steps, slice::from_ref(&kill), &[3], &[]), Why::Unforced(BTreeSet::new()));
        assert_eq!(why_with(&steps, &[kill, slow], &[3], &[]), Why::Forced(["kill", "lost link"].into()));
    }

    #[test]
    fn whoever_follows_a_leader_out_of_reach_is_out_of_reach() {
        let steps = [(2 * S, [(1, 2), (2, 3)]), (29 * S, [(1, 2), (2, 3)])];
        let part = |us| ("part", 30 * S - us, 40 * S, Whom::Between(vec![PeerId(1)], vec![PeerId(4)]));
        let why = |fault, followed: &[_]| why_led(&steps, &[fault], &[], &[], followed);
        let (both, long) = ([(2, 4, 30 * S), (3, 4, 30 * S)], PATIENCE_US);
        let unforced = Why::Unforced(BTreeSet::new());
        assert_eq!(why(part(long), &both), Why::Forced(["part"].into()));
        assert_eq!(why(part(long - 1), &both), unforced, "for such a time a room waits");
        assert_eq!(why(part(long), &both[..1]), unforced, "one follows nobody else");
        assert_eq!(why(part(long), &[both[0], (3, 4, 24 * S)]), unforced, "not any more");
        assert_eq!(why(part(long), &[(2, 5, 30 * S), (3, 5, 30 * S)]), unforced, "a leader within reach");
        let killed = ("kill", 20 * S, Micros::MAX, Whom::One(PeerId(4)));
        assert_eq!(why(killed, &both), unforced, "whoever followed one who is dead follows another");
    }

    #[test]
    fn whom_the_leader_before_did_not_reach_is_given_up() {
        let steps = [(2 * S, [(1, 2), (2, 3)]), (29 * S, [(1, 2), (2, 3)])];
        let of_both = |us| ("cut", 30 * S - us, 40 * S, Whom::Between(vec![PeerId(4)], vec![PeerId(2), PeerId(3)]));
        let of_one = ("cut", 20 * S, 40 * S, Whom::Between(vec![PeerId(4)], vec![PeerId(2)]));
        let why = |fault, followed: &[_]| why_led(&steps, &[fault], &[], &[], followed);
        let unforced = Why::Unforced(BTreeSet::new());
        assert_eq!(why(of_both(PATIENCE_US), &[(1, 4, 26 * S)]), Why::Forced(["cut"].into()));
        assert_eq!(why(of_both(PATIENCE_US - 1), &[(1, 4, 26 * S)]), unforced, "for such a time a room waits");
        assert_eq!(why(of_both(PATIENCE_US), &[(1, 4, 24 * S)]), unforced, "long ago");
        assert_eq!(why(of_both(PATIENCE_US), &[(1, 5, 30 * S)]), unforced, "another leader");
        assert_eq!(why(of_one, &[(1, 4, 30 * S)]), unforced, "the other was reached");
    }
}
