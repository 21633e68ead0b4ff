//! Who reaches whom, and how well, as both ends report it.

use super::Person;
use super::cluster::ClusterView;
use crate::api::{Micros, PeerId};
use crate::overlay::LinkFigures;

/// How long a link's limit counts after the link was last found full; then it is tried again.
const LIMIT_US: u64 = 120_000_000;

/// One direction of a link.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// Microseconds there and back.
    pub rtt_us: u32,
    limit: u32,
    limit_at: Micros,
}

impl Reach {
    fn take(&mut self, figures: &LinkFigures, now: Micros) {
        self.rtt_us = figures.rtt_us;
        if figures.full {
            (self.limit, self.limit_at) = (figures.goodput.max(1), now);
        } else if figures.goodput >= self.limit {
            self.limit = 0;
        }
    }

    /// Bytes a second; 0 when nothing is known of a limit.
    fn limit(&self, now: Micros) -> u32 {
        if now < self.limit_at + LIMIT_US { self.limit } else { 0 }
    }
}

impl Person {
    /// All links of this member, as it reports them.
    pub(super) fn take_links(&mut self, figures: &[LinkFigures], now: Micros) {
        let mut old = std::mem::take(&mut self.links);
        for figure in figures {
            let mut reach = old.remove(&figure.peer).unwrap_or_default();
            reach.take(figure, now);
            self.links.insert(figure.peer, reach);
        }
    }
}

impl ClusterView<'_> {
    /// Whether both ends say that they reach each other.
    pub(super) fn linked(&self, a: PeerId, b: PeerId) -> bool {
        let says = |x: PeerId, y: PeerId| {
            if x == self.me {
                self.overlay.has(y)
            } else {
                self.people.get(&x).is_some_and(|p| p.links.contains_key(&y))
            }
        };
        a == b || says(a, b) && says(b, a)
    }

    /// Whether both have said whom they reach, and one of them does not reach the other.
    pub(super) fn known_apart(&self, a: PeerId, b: PeerId) -> bool {
        let known = |x: PeerId| x == self.me || self.people.get(&x).is_some_and(|p| p.links_number > 0);
        known(a) && known(b) && !self.linked(a, b)
    }

    fn reach(&self, a: PeerId, b: PeerId) -> Reach {
        let person = self.people.get(&a);
        person.and_then(|p| p.links.get(&b)).copied().unwrap_or_default()
    }

    /// What the link carries from one to the other; 0 when nothing is known of a limit.
    fn limit(&self, from: PeerId, to: PeerId, now: Micros) -> u32 {
        self.reach(from, to).limit(now)
    }

    /// The same on the way that bands take.
    pub(super) fn limit_on_route(&self, from: PeerId, to: PeerId, now: Micros) -> u32 {
        self.hops(from, to).map(|(a, b)| self.limit(a, b, now)).filter(|&l| l > 0).min().unwrap_or(0)
    }

    /// The round trip on the way that bands take.
    pub(super) fn rtt_on_route(&self, a: PeerId, b: PeerId) -> u32 {
        self.hops(a, b).map(|(a, b)| self.rtt_between(a, b)).fold(0, u32::saturating_add)
    }

    /// The round trip to somebody, as one measured it; 0 while it has not.
    pub(super) fn says_rtt_us(&self, from: PeerId, to: PeerId) -> u32 {
        self.reach(from, to).rtt_us
    }

    /// The round trip between two, the longer one of what they measured.
    pub(super) fn rtt_between(&self, a: PeerId, b: PeerId) -> u32 {
        self.reach(a, b).rtt_us.max(self.reach(b, a).rtt_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_for_a_while_and_falls_when_more_got_through() {
        let mut person = Person::default();
        let figures = |goodput, full| [LinkFigures { peer: PeerId(2), rtt_us: 9, goodput, full }];
        person.take_links(&figures(5000, false), 0);
        assert_eq!(person.links[&PeerId(2)].limit(0), 0);
        person.take_links(&figures(5000, true), 0);
        person.take_links(&figures(100, false), 1);
        assert_eq!(person.links[&PeerId(2)].limit(1), 5000, "quiet is not wide");
        assert_eq!(person.links[&PeerId(2)].limit(LIMIT_US), 0);
        person.take_links(&figures(9000, false), 2);
        assert_eq!(person.links[&PeerId(2)].limit(2), 0);
        person.take_links(&[], 3);
        assert!(person.links.is_empty());
    }
}
