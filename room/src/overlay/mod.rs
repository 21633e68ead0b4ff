//! Links as this peer measures them: the transport's round trip and delivery rate, and whether that rate is
//! what the link can carry or only what there was to carry. Beside them, relays around links that are missing or bad.
//!
//! A transport sees only what is sent. Its rate says something about a link's limit when more was waiting,
//! and the room knows when that was: it hands the bytes over. The snapshots, a burst every few seconds, keep
//! the figure honest even where borders are quiet.

pub mod messages;
mod relays;

pub(crate) use self::messages::{LinkFigures, Relay};
pub(crate) use self::relays::{between, first_hop, relay};

use crate::api::{Micros, PeerId};
use crate::roster::{PEOPLE_MAX, Roster};
use crate::timers::{Timer, Timers};
use std::collections::BTreeMap;

/// The most relays around links that one message names.
pub(crate) const RELAYS_MAX: usize = 256;
/// Bytes handed over within this time are one load.
const LOAD_US: u64 = 50_000;
/// The heaviest load of this long, and of as long before, counts.
const SPAN_US: u64 = 5_000_000;
/// Lighter loads say nothing.
const LOAD_BYTES_MIN: u64 = 4096;
/// How often changed figures go to the leader.
const FIGURES_US: u64 = 1_000_000;
/// A longer silence is none that anybody should get used to.
const SILENCE_MAX_US: u64 = 1_500_000;

/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Looks whether the links' figures changed, so that the leader is told.
    Figures,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            Self::Figures => false,
        }
    }
}

/// What is known of a link.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    /// Microseconds there and back.
    rtt_us: u32,
    /// The transport's delivery rate in bytes a second; 0 when unknown.
    goodput: u32,
    load: u64,
    load_at: Micros,
    heaviest: [u64; 2],
    span_at: Micros,
    full: bool,
}

impl Link {
    /// Bytes go to the transport.
    fn sent(&mut self, now: Micros, bytes: usize) {
        if now >= self.load_at + LOAD_US {
            (self.load, self.load_at) = (0, now);
        }
        if now >= self.span_at + SPAN_US {
            (self.heaviest, self.span_at) = ([0, self.heaviest[0]], now);
        }
        self.load += bytes as u64;
        self.heaviest[0] = self.heaviest[0].max(self.load);
    }

    /// The transport's figures.
    fn measured(&mut self, rtt_us: u32, goodput: u32) {
        (self.rtt_us, self.goodput) = (rtt_us, goodput);
        let load = self.heaviest[0].max(self.heaviest[1]);
        // A link with room to spare delivers a load in the time that it took to hand it over, and a round trip.
        let spare_us = 2 * LOAD_US + u64::from(rtt_us);
        let carried = u64::from(goodput).saturating_mul(spare_us) / 1_000_000;
        self.full = goodput > 0 && load >= LOAD_BYTES_MIN && load > carried;
    }

    /// What may be reckoned with where nothing was found full: its rate says only what there was to carry.
    pub fn carries(&self, unknown: u32) -> u32 {
        if self.full { self.goodput } else { self.goodput.max(unknown) }
    }

    /// Microseconds there and back; 0 when unknown.
    pub fn rtt_us(&self) -> u32 {
        self.rtt_us
    }

    /// As the leader is told.
    fn figures(&self, peer: PeerId) -> LinkFigures {
        LinkFigures { peer, rtt_us: self.rtt_us, goodput: self.goodput, full: self.full }
    }
}

/// Whether a change is worth a message.
fn differs(a: &LinkFigures, b: &LinkFigures) -> bool {
    let far = |x: u32, y: u32, least: u32| x.abs_diff(y) > (x.min(y) / 8).max(least);
    a.peer != b.peer
        || a.full != b.full
        || far(a.rtt_us, b.rtt_us, 1000)
        || (a.full || b.full) && far(a.goodput, b.goodput, 1000)
}

/// When a peer was last heard, and the longest usual silence of its before that.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    at: Micros,
    usual_us: u64,
}

impl Heard {
    /// When anything was last heard.
    pub fn at(&self) -> Micros {
        self.at
    }

    /// The longest usual silence.
    pub fn usual_us(&self) -> u64 {
        self.usual_us
    }
}

/// The peers that this one has links to, what the links carry, and when each was last heard.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    links: BTreeMap<PeerId, Link>,
    heard: BTreeMap<PeerId, Heard>,
    /// How many times the leader was told, and what it was told last.
    told_count: u32,
    told: Vec<LinkFigures>,
    timers: Timers<Due>,
    /// The leader was told before it was heard to lead: perhaps it did not know yet that it does.
    told_early: bool,
}

impl Overlay {
    /// A link is up.
    pub fn peer_up(&mut self, peer: PeerId) {
        self.links.entry(peer).or_default();
    }

    /// A link is gone; whether there was one.
    pub fn peer_down(&mut self, peer: PeerId) -> bool {
        self.heard.remove(&peer);
        self.links.remove(&peer).is_some()
    }

    /// Whether there is a link to a peer.
    pub fn has(&self, peer: PeerId) -> bool {
        self.links.contains_key(&peer)
    }

    /// All peers that are linked, in order.
    pub fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.links.keys().copied()
    }

    /// The link to a peer.
    pub fn link(&self, peer: PeerId) -> Option<&Link> {
        self.links.get(&peer)
    }

    /// Microseconds there and back; 0 when unknown, or where there is no link.
    pub fn rtt_us(&self, peer: PeerId) -> u32 {
        self.links.get(&peer).map_or(0, |l| l.rtt_us)
    }

    /// A message goes to the transport; whether there is a link for it. View frames say nothing of a link's load.
    pub fn sends(&mut self, to: PeerId, now: Micros, bytes: usize, is_load: bool) -> bool {
        let Some(link) = self.links.get_mut(&to) else { return false };
        if is_load {
            link.sent(now, bytes);
        }
        true
    }

    /// The transport's figures of a link.
    pub fn measured(&mut self, peer: PeerId, rtt_us: u32, goodput: u32) {
        if let Some(link) = self.links.get_mut(&peer) {
            link.measured(rtt_us, goodput);
        }
    }

    /// A message of a peer arrived.
    pub fn hears(&mut self, peer: PeerId, now: Micros) {
        let old = self.heard.get(&peer).copied().unwrap_or(Heard { at: now, usual_us: 0 });
        let silence = now.saturating_sub(old.at).min(SILENCE_MAX_US);
        let usual_us = silence.max(old.usual_us - old.usual_us / 64);
        self.heard.insert(peer, Heard { at: now, usual_us });
    }

    /// When a peer was last heard.
    pub fn heard(&self, peer: PeerId) -> Option<Heard> {
        self.heard.get(&peer).copied()
    }

    /// This peer slept; that time is nobody's silence.
    pub fn slept(&mut self, us: u64) {
        self.heard.values_mut().for_each(|h| h.at += us);
        self.timers.slept(us);
    }

    /// The leader is told before it was heard to lead.
    pub fn tells_early(&mut self) {
        self.told_early = true;
    }

    /// The leader is heard; whether it has to be told again.
    pub fn was_early(&mut self) -> bool {
        std::mem::take(&mut self.told_early)
    }

    /// As many links as the leader can be told of. Of more than that, members' come first: no crowd at the door hides
    /// one of them.
    fn listed(&self, roster: &Roster) -> Vec<LinkFigures> {
        let all = || self.links.iter().map(|(&p, l)| l.figures(p));
        if self.links.len() <= PEOPLE_MAX {
            return all().collect();
        }
        let members = all().filter(|l| roster.has(l.peer));
        members.chain(all().filter(|l| !roster.has(l.peer))).take(PEOPLE_MAX).collect()
    }

    /// What the leader is to be told now of the links: a number that grows, and the figures.
    pub fn figures(&mut self, roster: &Roster, now: Micros) -> (u32, Vec<LinkFigures>) {
        self.told = self.listed(roster);
        self.told_count += 1;
        self.timers.set(Due::Figures, now + FIGURES_US);
        (self.told_count, self.told.clone())
    }

    /// The same, where the figures differ from those told before. Looks once a second.
    pub fn changed_figures(&mut self, roster: &Roster, now: Micros) -> Option<(u32, Vec<LinkFigures>)> {
        if !self.timers.repeats(Due::Figures, now, FIGURES_US) {
            return None;
        }
        let new = self.listed(roster);
        let changed = new.len() != self.told.len() || new.iter().zip(&self.told).any(|(new, told)| differs(new, told));
        changed.then(|| self.figures(roster, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_link_is_not_taken_for_a_thin_one() {
        let mut link = Link::default();
        // 20 KB every 200 ms over 100 ms: the transport sees 200 KB a second, and nothing ever waited.
        for i in 0..50u64 {
            link.sent(i * 200_000, 20_000);
            link.measured(100_000, 200_000);
            assert!(!link.full);
        }
        assert_eq!(link.carries(500_000), 500_000);
        assert_eq!(link.carries(1000), 200_000);
    }

    #[test]
    fn a_thin_link_is_found_full_and_recovers() {
        let mut link = Link::default();
        link.sent(0, 3000);
        link.measured(40_000, 1000);
        assert!(!link.full, "a greeting proves nothing");
        for i in 0..20u64 {
            link.sent(i * 33_000, 20_000);
        }
        link.measured(40_000, 100_000);
        assert!(link.full);
        assert_eq!(link.carries(500_000), 100_000);
        link.measured(40_000, 2_000_000);
        assert!(!link.full);
        // Long after, with little to carry, the old load no longer counts.
        for i in 1..4u64 {
            link.sent(i * 6_000_000, 5000);
        }
        link.measured(40_000, 100_000);
        assert!(!link.full);
    }

    #[test]
    fn a_crowd_hides_no_member_from_the_leader() {
        let mut overlay = Overlay::default();
        (0..200).for_each(|id| overlay.peer_up(PeerId(id)));
        let profile = crate::api::Profile { name: "P".into(), lend: true, backend: "none".into(), throughput: 0 };
        let roster = Roster { people: [180, 70].map(|id| (PeerId(id), profile.clone())).to_vec(), voters: vec![] };
        let told = overlay.figures(&roster, 0).1;
        assert_eq!(told.len(), PEOPLE_MAX);
        assert!(roster.people.iter().all(|(id, _)| told.iter().any(|l| l.peer == *id)));
        assert!(overlay.changed_figures(&roster, FIGURES_US).is_none(), "nothing is new");
    }

    #[test]
    fn a_sleep_is_nobodys_silence_and_figures_are_looked_at_after_it() {
        let peer = PeerId(2);
        let (mut overlay, roster) = (Overlay::default(), Roster::default());
        overlay.peer_up(peer);
        overlay.hears(peer, 10);
        assert!(overlay.changed_figures(&roster, 10).is_some(), "there is a link that the leader was not told of");
        overlay.measured(peer, 40_000, 0);
        overlay.slept(FIGURES_US / 2);
        assert_eq!(overlay.heard(peer).map(|h| h.at()), Some(10 + FIGURES_US / 2));
        assert!(
            overlay.changed_figures(&roster, 9 + FIGURES_US).is_none()
                && overlay.changed_figures(&roster, 10 + FIGURES_US).is_some()
        );
    }
}
