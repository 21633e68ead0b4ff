//! Who passes on what two others exchange, where they do not reach each other or their link is much slower than
//! the way through a third. That comes before anything else that could be done about a late neighbour: no
//! strip moves for it.

use super::cluster::ClusterView;
use super::decide::Decision;
use crate::api::{Micros, PeerId};
use crate::leader::Leading;
use crate::notice::Announcement;
use crate::overlay;
use crate::overlay::{RELAYS_MAX, Relay};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs that do not reach each other, and since when.
type Apart = BTreeMap<(PeerId, PeerId), Micros>;

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    looked_at: Micros,
    apart_since: Apart,
    /// Pairs that do not reach each other, and everyone knows.
    told: BTreeSet<(PeerId, PeerId)>,
}

/// Between two looks.
const LOOK_US: u64 = 250_000;
/// Two who compute nothing yet may still be about to reach each other for this long.
const APART_US: u64 = 3_000_000;
/// After this long everyone is told.
const TELL_US: u64 = 3_000_000;
/// A link with a shorter round trip is good enough.
const SLOW_US: u32 = 60_000;
/// Another way must take less than this share of the link's round trip, in percent; once chosen, less than that.
const BETTER_PERCENT: u64 = 60;
const STILL_BETTER_PERCENT: u64 = 85;
/// A way is given up for one that takes less than this share of it, in percent.
const OTHER_PERCENT: u64 = 70;

/// Looks for relays now and then, and says so where two do not reach each other at all.
pub(super) fn decide(view: &ClusterView<'_>, memory: &mut Memory, now: Micros) -> Vec<Decision> {
    let broken = |w: &Relay| ![w.a, w.b, w.via].iter().all(|&p| view.is_present(p));
    if now < memory.looked_at + LOOK_US && !view.relays.iter().any(broken) {
        return Vec::new();
    }
    let (relays, apart) = view.find_relays(&memory.apart_since, now);
    // A peer that vanishes is lost to the others one by one, which is not worth words.
    let lasts = |pair| apart.get(&pair).is_some_and(|&since| now >= since + TELL_US);
    let tell = |w: &&Relay| lasts((w.a, w.b)) && !memory.told.contains(&(w.a, w.b));
    let new = relays.iter().find(tell).copied();
    (memory.looked_at, memory.apart_since) = (now, apart);
    memory.told.extend(new.map(|w| (w.a, w.b)));
    let mut decisions = Vec::new();
    if view.relays != relays {
        decisions.push(Decision::Relays(relays));
    }
    decisions.extend(new.map(|Relay { a, b, via }| Decision::Announce(Announcement::Relayed { a, b, via })));
    decisions
}

impl ClusterView<'_> {
    /// Whether two exchange what neighbours must, over their link or around it.
    pub(super) fn reaches(&self, a: PeerId, b: PeerId) -> bool {
        self.linked(a, b) || self.relay_between(a, b).is_some()
    }

    /// Who passes on what two exchange.
    fn relay_between(&self, a: PeerId, b: PeerId) -> Option<PeerId> {
        overlay::between(self.relays, a, b)
    }

    /// The links that carry what one sends to the other.
    pub(super) fn hops(&self, from: PeerId, to: PeerId) -> impl Iterator<Item = (PeerId, PeerId)> {
        let via = self.relay_between(from, to);
        [Some((from, via.unwrap_or(to))), via.map(|via| (via, to))].into_iter().flatten()
    }

    /// The ways, and since when who does not reach whom.
    fn find_relays(&self, apart_since: &Apart, now: Micros) -> (Vec<Relay>, Apart) {
        let compute: BTreeSet<PeerId> = self.partition.strips.iter().flat_map(|s| s.holders()).collect();
        let mut people: Vec<PeerId> = self.roster.people.iter().map(|p| p.0).filter(|&p| self.is_present(p)).collect();
        people.sort_unstable();
        let (mut relays, mut apart) = (Vec::new(), Apart::new());
        for (i, &a) in people.iter().enumerate() {
            for &b in &people[i + 1..] {
                let linked = self.linked(a, b);
                if !linked && self.known_apart(a, b) {
                    let since = apart_since.get(&(a, b)).copied().unwrap_or(now);
                    apart.insert((a, b), since);
                    let waits = !(compute.contains(&a) && compute.contains(&b));
                    if waits && now < since + APART_US {
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

impl Leading<'_> {
    /// Looks for relays now and then, and says so where two do not reach each other at all.
    pub(super) fn look_for_relays(&mut self) {
        let now = self.now;
        let (view, memory) = self.view_and_memory();
        let decisions = decide(&view, &mut memory.relays, now);
        self.apply(decisions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::testing::{Cluster, NOW};

    fn way(a: u128, b: u128, via: u128) -> Relay {
        Relay { a: PeerId(a), b: PeerId(b), via: PeerId(via) }
    }

    /// Peers 2 and 3 have been without each other since then.
    fn since(at: Micros) -> Memory {
        Memory { apart_since: [((PeerId(2), PeerId(3)), at)].into(), ..Memory::default() }
    }

    fn looked(at: Micros) -> Memory {
        Memory { looked_at: at, ..Memory::default() }
    }

    fn check(rows: Vec<(&str, Cluster, Memory, Vec<Decision>)>) {
        for (name, cluster, mut memory, decisions) in rows {
            assert_eq!(decide(&cluster.view(), &mut memory, NOW), decisions, "{name}");
        }
    }

    fn use_ways(relays: &[Relay]) -> Vec<Decision> {
        vec![Decision::Relays(relays.to_vec())]
    }

    fn say(mut decisions: Vec<Decision>, Relay { a, b, via }: Relay) -> Vec<Decision> {
        decisions.push(Decision::Announce(Announcement::Relayed { a, b, via }));
        decisions
    }

    #[test]
    fn who_does_not_reach_whom() {
        let apart = || Cluster::of(3).apart(2, 3);
        let around = || use_ways(&[way(2, 3, 1)]);
        let watcher = |at| {
            let pair = [((PeerId(2), PeerId(4)), at)];
            let memory = Memory { apart_since: pair.into(), ..Memory::default() };
            (Cluster::of(3).joins(4).watches(4).apart(2, 4), memory)
        };
        let (young, old) = (watcher(NOW - APART_US + 1), watcher(NOW - APART_US));
        let told = Memory { told: [(PeerId(2), PeerId(3))].into(), ..since(NOW - TELL_US) };
        check(vec![
            ("all is well", Cluster::of(3), since(0), vec![]),
            ("executors apart are relayed at once", apart(), Memory::default(), around()),
            ("not looked at too often", apart(), looked(NOW - LOOK_US + 1), vec![]),
            ("looked at again", apart(), looked(NOW - LOOK_US), around()),
            ("not worth words yet", apart(), since(NOW - TELL_US + 1), around()),
            ("worth words", apart(), since(NOW - TELL_US), say(around(), way(2, 3, 1))),
            ("said once", apart(), told, around()),
            ("the words alone", apart().relayed(2, 3, 1), since(NOW - TELL_US), say(vec![], way(2, 3, 1))),
            ("nobody reaches both", Cluster::of(3).apart(2, 3).loses(3), Memory::default(), vec![]),
            ("a watcher may be about to be linked", young.0, young.1, vec![]),
            ("a watcher that is not", old.0, old.1, say(use_ways(&[way(2, 4, 1)]), way(2, 4, 1))),
            ("linked again", Cluster::of(3).relayed(2, 3, 1), since(0), use_ways(&[])),
        ]);
    }

    #[test]
    fn whose_link_is_slow() {
        // The way through 1 takes 40 ms where a row says nothing else.
        let slow = |rtt| Cluster::of(3).rtt(2, 3, rtt);
        let near = |rtt| slow(rtt).rtt(1, 2, 10_000).rtt(1, 3, 10_000);
        let used = |leg| slow(SLOW_US).rtt(1, 2, 25_500).rtt(1, 3, leg).relayed(2, 3, 1);
        let around = || use_ways(&[way(2, 3, 1)]);
        check(vec![
            ("fast enough", near(SLOW_US - 1), Memory::default(), vec![]),
            ("too slow", near(SLOW_US), Memory::default(), around()),
            ("the way is hardly better", slow(66_666), Memory::default(), vec![]),
            ("the way is better", slow(66_667), Memory::default(), around()),
            ("the way in use is still better", used(25_499), Memory::default(), vec![]),
            ("the way in use is no better", used(25_500), Memory::default(), use_ways(&[])),
        ]);
    }

    #[test]
    fn through_whom() {
        let four = || Cluster::of(4).apart(2, 3);
        let gone = || four().relayed(2, 3, 4).loses(4).apart(4, 2);
        let other = |leg| four().relayed(2, 3, 1).rtt(4, 2, 14_000).rtt(4, 3, leg);
        check(vec![
            ("the lesser of equals", four(), Memory::default(), use_ways(&[way(2, 3, 1)])),
            ("the nearest", four().rtt(4, 2, 19_999), Memory::default(), use_ways(&[way(2, 3, 4)])),
            ("stays while the other is little nearer", other(14_000), Memory::default(), vec![]),
            ("changes where it is much nearer", other(13_999), Memory::default(), use_ways(&[way(2, 3, 4)])),
            ("is gone for the leader alone: stays", four().relayed(2, 3, 4).loses(4), looked(0), vec![]),
            ("is gone: at once", gone(), looked(NOW), use_ways(&[way(2, 3, 1)])),
            ("does not reach both", four().apart(4, 3).rtt(4, 2, 1), Memory::default(), {
                use_ways(&[way(2, 3, 1), way(3, 4, 1)])
            }),
        ]);
    }
}
