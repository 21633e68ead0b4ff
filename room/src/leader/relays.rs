//! Who passes on what two others exchange, where they do not reach each other or their link is much slower than
//! the way through a third. That comes before anything else that could be done about a late neighbour: no
//! strip moves for it.

use crate::api::{Micros, PeerId};
use crate::leader::Leading;
use crate::notice::Announcement;
use crate::overlay;
use crate::overlay::{RELAYS_MAX, Relay};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs that do not reach each other, and since when.
pub(super) type Apart = BTreeMap<(PeerId, PeerId), Micros>;

/// Between two looks.
const LOOK_US: u64 = 250_000;
/// Two who compute nothing yet may still be about to reach each other for so long.
const APART_US: u64 = 3_000_000;
/// After so long everyone is told.
const TELL_US: u64 = 3_000_000;
/// A link with a shorter round trip is good enough.
const SLOW_US: u32 = 60_000;
/// Another way must take less than this share of the link's round trip, in percent; once chosen, less than that.
const BETTER_PERCENT: u64 = 60;
const STILL_BETTER_PERCENT: u64 = 85;
/// A way is given up for one that takes less than this share of it, in percent.
const OTHER_PERCENT: u64 = 70;

impl Leading<'_> {
    /// Whether two exchange what neighbours must, over their link or around it.
    pub(super) fn reaches(&self, a: PeerId, b: PeerId) -> bool {
        self.linked(a, b) || self.relay_between(a, b).is_some()
    }

    /// Who passes on what two exchange.
    fn relay_between(&self, a: PeerId, b: PeerId) -> Option<PeerId> {
        overlay::between(&self.heartbeat.relays, a, b)
    }

    /// The links that carry what one sends to the other.
    pub(super) fn hops(&self, from: PeerId, to: PeerId) -> impl Iterator<Item = (PeerId, PeerId)> {
        let via = self.relay_between(from, to);
        [Some((from, via.unwrap_or(to))), via.map(|via| (via, to))].into_iter().flatten()
    }

    /// Finds ways anew, now and then, and says so where two do not reach each other at all.
    pub(super) fn look_for_relays(&mut self) {
        let now = self.now;
        let leader = &*self.leader;
        let broken = |w: &Relay| ![w.a, w.b, w.via].iter().all(|&p| self.is_present(p));
        if now < leader.relays_at + LOOK_US && !self.heartbeat.relays.iter().any(broken) {
            return;
        }
        let (relays, apart) = self.find_relays();
        // Whoever vanishes is lost to the others one by one, which is not worth words.
        let lasts = |pair| apart.get(&pair).is_some_and(|&since| now >= since + TELL_US);
        let tell = |w: &&Relay| lasts((w.a, w.b)) && !leader.told_apart.contains(&(w.a, w.b));
        let new = relays.iter().find(tell).copied();
        let leader = &mut *self.leader;
        (leader.relays_at, leader.apart_since) = (now, apart);
        leader.told_apart.extend(new.map(|w| (w.a, w.b)));
        leader.dirty |= self.heartbeat.relays != relays;
        self.heartbeat.relays = relays;
        if let Some(Relay { a, b, via }) = new {
            self.announce(Announcement::Relayed { a, b, via });
        }
    }

    /// The ways, and since when who does not reach whom.
    fn find_relays(&self) -> (Vec<Relay>, Apart) {
        let (leader, log) = (&*self.leader, &*self.log);
        let compute: BTreeSet<PeerId> = log.partition_end().strips.iter().flat_map(|s| s.holders()).collect();
        let mut people: Vec<PeerId> = self.roster.people.iter().map(|p| p.0).filter(|&p| self.is_present(p)).collect();
        people.sort_unstable();
        let (mut relays, mut apart) = (Vec::new(), Apart::new());
        for (i, &a) in people.iter().enumerate() {
            for &b in &people[i + 1..] {
                let linked = self.linked(a, b);
                if !linked && self.known_apart(a, b) {
                    let since = leader.apart_since.get(&(a, b)).copied().unwrap_or(self.now);
                    apart.insert((a, b), since);
                    let waits = !(compute.contains(&a) && compute.contains(&b));
                    if waits && self.now < since + APART_US {
                        continue;
                    }
                } else if !linked || self.rtt_between(a, b) < SLOW_US {
                    continue;
                }
                relays.extend(self.find_relay(&people, a, b, linked));
            }
        }
        relays.truncate(RELAYS_MAX);
        (relays, apart)
    }

    fn find_relay(&self, people: &[PeerId], a: PeerId, b: PeerId, linked: bool) -> Option<Relay> {
        let old = self.relay_between(a, b);
        let takes = |c: PeerId| u64::from(self.rtt_between(a, c)) + u64::from(self.rtt_between(c, b));
        let fits = |&c: &PeerId| c != a && c != b && self.linked(a, c) && self.linked(c, b);
        let best = people.iter().copied().filter(fits).min_by_key(|&c| (takes(c), c))?;
        let via = old.filter(|c| fits(c) && takes(best) * 100 >= takes(*c) * OTHER_PERCENT).unwrap_or(best);
        let percent = if old.is_some() { STILL_BETTER_PERCENT } else { BETTER_PERCENT };
        let worth = !linked || takes(via) * 100 < u64::from(self.rtt_between(a, b)) * percent;
        worth.then_some(Relay { a, b, via })
    }
}
