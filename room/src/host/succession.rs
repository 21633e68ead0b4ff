//! The role of host itself: who takes it when the host goes, and executors that cannot reach each other.

use super::Host;
use crate::api::{PeerId, Profile};
use crate::room::Room;
use crate::wire::{Handover, Msg, Roster, SEGMENTS_MAX};

/// How long two executors may be without a link: one of them may only be the first to notice a third's end.
const APART_US: u64 = 2_000_000;

impl Room {
    /// Two executors whose link is gone for good cannot both compute: the one who joined later stops.
    pub(super) fn host_apart(&mut self) {
        let (Some(host), Some(log)) = (&self.host, &self.log) else { return };
        let listed = |id: PeerId| self.roster.people.iter().any(|p| p.0 == id);
        let executors: Vec<PeerId> = log.partition.executors().filter(|&p| listed(p)).collect();
        let heard = |id: PeerId| id == self.me || host.people.get(&id).is_some_and(|p| p.links_number > 0);
        let mut pairs =
            executors.iter().enumerate().flat_map(|(i, &a)| executors[i + 1..].iter().map(move |&b| (a, b)));
        let broken = pairs.find(|&(a, b)| heard(a) && heard(b) && !self.linked(a, b));
        let since = host.apart.filter(|apart| broken == Some((apart.0, apart.1))).map_or(self.now, |apart| apart.2);
        if let Some(host) = &mut self.host {
            host.apart = broken.map(|(a, b)| (a, b, since));
        }
        let Some((a, b)) = broken else { return };
        if self.now < since + APART_US {
            self.wake_at(since + APART_US);
            return;
        }
        let place = |id: PeerId| self.roster.people.iter().position(|p| p.0 == id);
        let later = if place(a) > place(b) { a } else { b };
        let words = format!("{} and {} cannot reach each other", self.name(a), self.name(b));
        if let Some(person) = self.host.as_mut().and_then(|h| h.people.get_mut(&later)) {
            person.apart = Some(if later == a { b } else { a });
        }
        self.set_back(words);
    }

    /// A link of the host is gone.
    pub(crate) fn host_lost(&mut self, peer: PeerId) {
        let Some(host) = &mut self.host else { return };
        if host.people.contains_key(&peer) {
            let waited = host.collecting.remove(&peer);
            self.remove_person(peer, true);
            if waited {
                self.host_collected();
            }
        }
    }

    /// The host vanished and this peer is next: it hears everyone's state first.
    pub(crate) fn take_over(&mut self, words: String) {
        self.term += 1;
        self.host_id = Some(self.me);
        self.roster.people.retain(|p| p.0 == self.me || self.links.contains_key(&p.0));
        let mut host = Host { started: true, paused: self.beat.paused, ..Host::default() };
        host.collecting = self.roster.people.iter().map(|p| p.0).collect();
        host.lost.push(words);
        self.host = Some(Box::new(host));
        for id in self.roster.people.iter().map(|p| p.0).collect::<Vec<_>>() {
            self.host_person(id);
        }
        if let Some(log) = &mut self.log {
            log.forget_starts();
        }
        self.send_roster();
        self.send_links();
        self.send_report();
    }

    /// The leaving host names its successor and becomes a member like any other.
    pub(crate) fn hand_over(&mut self) {
        let linked = |p: &&(PeerId, Profile)| p.0 != self.me && self.links.contains_key(&p.0);
        let leaving = |id: PeerId| self.host.as_ref().and_then(|h| h.people.get(&id)).is_some_and(|p| p.leaving);
        let find = |lend: bool| {
            self.roster.people.iter().filter(linked).find(|p| (p.1.lend || !lend) && !leaving(p.0)).map(|p| p.0)
        };
        let Some(next) = find(true).or_else(|| find(false)) else {
            // The last one just goes; among leavers, the host sees the others off first.
            if self.others().is_empty() {
                self.goodbye();
            }
            return;
        };
        let (Some(host), Some(log)) = (self.host.take(), &self.log) else { return };
        self.term += 1;
        let step_us = |tick: u64| host.base.1 + (tick - host.base.0.min(tick)) * 1_000_000 / 60;
        let keep = log.next.saturating_sub(SEGMENTS_MAX as u64);
        let handover = Handover {
            term: self.term,
            epoch: log.epoch,
            segments: log.steps.range(keep..).map(|s| s.1.segment.clone()).collect(),
            pending: host.pending.into_iter().collect(),
            paused: host.paused,
            leaving: host.people.iter().filter(|(id, p)| p.leaving || **id == self.me).map(|p| *p.0).collect(),
            start_in: step_us(log.globals.tick).saturating_sub(self.now).min(1_000_000),
            roster: Roster { term: self.term, ..self.roster.clone() },
        };
        self.host_id = Some(next);
        self.clock = crate::clock::Clock::default();
        self.beat_at = self.now;
        self.send_large(next, &Msg::Handover(Box::new(handover.clone())));
        self.handing = Some((next, Box::new(handover)));
        if let Some(log) = &mut self.log {
            log.forget_starts();
        }
        self.send_links();
        self.send_report();
    }

    /// This peer is the leaving host's successor.
    pub(crate) fn handover(&mut self, h: Handover) {
        let known = self.log.as_ref().is_some_and(|l| l.epoch == h.epoch);
        if h.term <= self.term || !known {
            return;
        }
        self.term = h.term;
        self.host_id = Some(self.me);
        self.roster = h.roster;
        let pending = h.pending.into();
        let mut host = Host { started: true, paused: h.paused, pending, ..Host::default() };
        host.snapshot_at = self.now;
        self.host = Some(Box::new(host));
        for id in self.roster.people.iter().map(|p| p.0).collect::<Vec<_>>() {
            self.host_person(id);
        }
        if let Some(log) = &mut self.log {
            log.offer(h.segments);
            log.forget_starts();
            if let Some(host) = &mut self.host {
                host.seqs = log.seqs.clone();
                for (author, seq, _) in &host.pending {
                    let newest = host.seqs.entry(*author).or_default();
                    *newest = seq.max(newest).to_owned();
                }
                host.base = (log.globals.tick, self.now + h.start_in);
                host.balanced = (log.globals.tick, self.now);
                for (id, person) in &mut host.people {
                    person.report.epoch = log.epoch;
                    person.leaving = h.leaving.contains(id);
                }
            }
        }
        self.count_inherited();
        self.log_grew();
        let here = |id: PeerId| id == self.me || self.links.contains_key(&id);
        if let Some(lost) = self.roster.people.iter().map(|p| p.0).find(|&id| !here(id)) {
            // Gone while the role was on its way: nobody else will notice.
            return self.take_over(format!("{} vanished", self.name(lost)));
        }
        self.send_links();
        self.send_report();
        self.send_roster();
    }
}
