//! A leader that is far from everyone makes everything late: what players do waits for its word and for a
//! majority's. Where another is clearly nearer to all, the role goes there.

use crate::api::{Micros, PeerId};
use crate::leader::Leading;
use crate::partition::Strip;

/// Nearer than this, in microseconds from a stroke to everybody's word of it, is near enough.
const NEAR_US: u64 = 120_000;
/// Another must be nearer by this factor, for so long.
const FACTOR: u64 = 2;
const SURE_US: u64 = 2_000_000;
/// Between two looks, and between two requests to take the role over.
const LOOK_US: u64 = 250_000;
const AGAIN_US: u64 = 3_000_000;
/// A successor may lack so much of the log: what is not committed is said again.
const LACKS_STEPS: u64 = 64;

impl Leading<'_> {
    /// How long a majority takes to agree, and how long a word takes to some holder of every strip, from where these
    /// round trips are measured; nothing while one of them is unknown. Whoever is far does not count, as long as
    /// somebody nearer stands in.
    pub(super) fn commit_and_reach_us(&self, rtt: impl Fn(PeerId) -> Option<Micros>) -> Option<(Micros, Micros)> {
        let mut rtts: Vec<Micros> = self.roster.voters.iter().map(|&v| rtt(v)).collect::<Option<_>>()?;
        rtts.sort_unstable();
        let commit = *rtts.get(self.roster.majority() - 1)?;
        let nearest = |s: &Strip| s.holders().filter_map(&rtt).min();
        let strips = &self.log.partition_end().strips;
        let reach = strips.iter().map(nearest).collect::<Option<Vec<_>>>()?.into_iter().max().unwrap_or(0);
        Some((commit, reach / 2))
    }

    /// From a leader's sealing to a committed word at every strip, were this peer the leader.
    fn distance_us(&self, leader: PeerId) -> Option<Micros> {
        let rtt = |other: PeerId| match self.view().rtt_between(leader, other) {
            _ if other == leader => Some(0),
            0 => None,
            rtt => Some(u64::from(rtt)),
        };
        self.commit_and_reach_us(rtt).map(|(commit, reach)| commit + reach)
    }

    /// Asks who is clearly nearer to take the role over.
    pub(super) fn leader_hands_on(&mut self) {
        let now = self.now;
        let (leader, log) = (&*self.leader, &*self.log);
        if now < leader.far_at || now < leader.since + SURE_US || self.roster.voters.len() < 3 {
            return;
        }
        let far = self.distance_us(self.me).filter(|&far| far > NEAR_US);
        let nearer = far.and_then(|far| {
            let fits = self.view().successors(log.commit_index().saturating_sub(LACKS_STEPS)).into_iter();
            let lends = |p: &PeerId| self.roster.people.iter().any(|q| q.0 == *p && q.1.lend);
            let all = fits.filter(lends).filter_map(|p| Some((self.distance_us(p)?, p)));
            all.min().filter(|best| best.0 * FACTOR < far)
        });
        let leader = &mut *self.leader;
        let Some((_, next)) = nearer else {
            (leader.far_since, leader.far_at) = (None, now + LOOK_US);
            return;
        };
        let since = *leader.far_since.get_or_insert(now);
        if now < since + SURE_US {
            leader.far_at = now + LOOK_US;
            return;
        }
        leader.far_at = now + AGAIN_US;
        self.name_successor(next);
    }
}
