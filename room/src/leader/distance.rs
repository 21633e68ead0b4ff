//! A leader that is far from everyone makes everything late: what players do waits for its word and for a
//! majority's. Where another is clearly nearer to all, the role goes there.

use super::cluster::ClusterView;
use super::decide::Decision;
use crate::api::{Micros, PeerId};
use crate::leader::Leading;
use crate::partition::Strip;

/// Nearer than this, in microseconds from a stroke to everybody's word of it, is near enough.
const NEAR_US: u64 = 120_000;
/// Another must be nearer by this factor, for this long.
const FACTOR: u64 = 2;
const SURE_US: u64 = 2_000_000;
/// Between two looks, and between two requests to take the role over.
const LOOK_US: u64 = 250_000;
const AGAIN_US: u64 = 3_000_000;
/// A successor may lack so much of the log: what is not committed is said again.
const LACKS_STEPS: u64 = 64;

/// When another was first found to be clearly nearer to everyone, and when that is looked at again.
#[derive(Debug, Default)]
pub(super) struct Memory {
    since: Option<Micros>,
    due: Micros,
}

/// Asks who is clearly nearer to take the role over.
pub(super) fn decide(view: &ClusterView<'_>, memory: &mut Memory, now: Micros) -> Option<Decision> {
    if now < memory.due || now < view.since + SURE_US || view.roster.voters.len() < 3 {
        return None;
    }
    let far = view.distance_us(view.me).filter(|&far| far > NEAR_US);
    let nearer = far.and_then(|far| {
        let fits = view.successors(view.committed.saturating_sub(LACKS_STEPS)).into_iter();
        let lends = |p: &PeerId| view.roster.people.iter().any(|q| q.0 == *p && q.1.lend);
        let all = fits.filter(lends).filter_map(|p| Some((view.distance_us(p)?, p)));
        all.min().filter(|best| best.0 * FACTOR < far)
    });
    let Some((_, next)) = nearer else {
        (memory.since, memory.due) = (None, now + LOOK_US);
        return None;
    };
    let since = *memory.since.get_or_insert(now);
    if now < since + SURE_US {
        memory.due = now + LOOK_US;
        return None;
    }
    memory.due = now + AGAIN_US;
    Some(Decision::Successor(next))
}

impl ClusterView<'_> {
    /// How long a majority takes to agree, and how long a word takes to some holder of every strip, from where these
    /// round trips are measured; nothing while one of them is unknown. A peer that is far does not count, as long as
    /// somebody nearer stands in.
    pub(super) fn commit_and_reach_us(&self, rtt: impl Fn(PeerId) -> Option<Micros>) -> Option<(Micros, Micros)> {
        let mut rtts: Vec<Micros> = self.roster.voters.iter().map(|&v| rtt(v)).collect::<Option<_>>()?;
        rtts.sort_unstable();
        let commit = *rtts.get(self.roster.majority() - 1)?;
        let nearest = |s: &Strip| s.holders().filter_map(&rtt).min();
        let strips = &self.partition.strips;
        let reach = strips.iter().map(nearest).collect::<Option<Vec<_>>>()?.into_iter().max().unwrap_or(0);
        Some((commit, reach / 2))
    }

    /// From a leader's sealing to a committed word at every strip, were this peer the leader.
    fn distance_us(&self, leader: PeerId) -> Option<Micros> {
        let rtt = |other: PeerId| match self.rtt_between(leader, other) {
            _ if other == leader => Some(0),
            0 => None,
            rtt => Some(u64::from(rtt)),
        };
        self.commit_and_reach_us(rtt).map(|(commit, reach)| commit + reach)
    }
}

impl Leading<'_> {
    /// Asks who is clearly nearer to take the role over.
    pub(super) fn leader_hands_on(&mut self) {
        let now = self.now;
        let (view, memory) = self.view_and_memory();
        let decision = decide(&view, &mut memory.distance, now);
        self.apply(decision);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::testing::{Cluster, NOW, STEP};

    /// The leader is so far from the two others, who are 20 ms from each other.
    fn far(rtt_us: u32) -> Cluster {
        Cluster::of(3).rtt(1, 2, rtt_us).rtt(1, 3, rtt_us)
    }

    #[test]
    fn who_leads_next() {
        let sure = || Memory { since: Some(NOW - SURE_US), due: 0 };
        let (later, asked) = (NOW + LOOK_US, NOW + AGAIN_US);
        let behind = |steps| far(200_000).knows(2, STEP + 1 - steps);
        for (name, cluster, mut memory, next, due) in [
            ("all is well", Cluster::of(3), sure(), None, later),
            ("far", far(200_000), sure(), Some(2), asked),
            // From a stroke to everybody's word of it takes a round trip and a half.
            ("just far enough", far(80_002), sure(), Some(2), asked),
            ("near enough", far(80_000), sure(), None, later),
            // The others need 65 ms, or a little less.
            ("not twice as near", far(86_666).rtt(2, 3, 43_334), sure(), None, later),
            ("twice as near", far(86_667).rtt(2, 3, 43_332), sure(), Some(2), asked),
            ("not for long", far(200_000), Memory { since: Some(NOW - SURE_US + 1), due: 0 }, None, later),
            ("seen for the first time", far(200_000), Memory::default(), None, later),
            ("looked at again", far(200_000), Memory { due: NOW, ..sure() }, Some(2), asked),
            ("not yet", far(200_000), Memory { due: NOW + 1, ..sure() }, None, NOW + 1),
            ("a new leader waits", far(200_000).since(NOW - SURE_US + 1), sure(), None, 0),
            ("for no longer", far(200_000).since(NOW - SURE_US), sure(), Some(2), asked),
            ("of two none is nearer", Cluster::of(2).rtt(1, 2, 500_000), sure(), None, 0),
            ("a watcher does not lead", far(200_000).watches(2), sure(), Some(3), asked),
            ("nor does who leaves", far(200_000).leaves(2), sure(), Some(3), asked),
            ("nor who lacks much of the log", behind(LACKS_STEPS + 1), sure(), Some(3), asked),
            ("who lacks little may", behind(LACKS_STEPS), sure(), Some(2), asked),
            ("a round trip is unknown", far(200_000).rtt(2, 3, 0), sure(), None, later),
        ] {
            let decision = decide(&cluster.view(), &mut memory, NOW);
            assert_eq!(decision, next.map(|p| Decision::Successor(PeerId(p))), "{name}");
            assert_eq!(memory.due, due, "{name}");
        }
    }
}
