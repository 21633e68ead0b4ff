//! Following the host's word: epochs, roster, log, and who is host when the host goes.

use crate::api::{Event, PeerId, Profile};
use crate::clock::Clock;
use crate::log::Log;
use crate::room::{Phase, Room};
use crate::wire::{Begin, LogMsg, Origin, Report, Roster, SnapId};

impl Room {
    /// The host vanished: the first in the roster who lends takes over; everyone reckons alike.
    pub(super) fn host_gone(&mut self, gone: PeerId, how: &str) {
        let here = |p: &&(PeerId, Profile)| p.0 != gone && (p.0 == self.me || self.links.contains_key(&p.0));
        let first = |lend: bool| self.roster.people.iter().filter(here).find(|p| p.1.lend || !lend).map(|p| p.0);
        let next = first(true).or_else(|| first(false)).unwrap_or(self.me);
        self.host_id = Some(next);
        self.beat_at = self.now;
        self.clock = Clock::default();
        if next == self.me {
            self.take_over(format!("{} (the host) {how}", self.name(gone)));
        } else {
            self.ping_at = self.now;
        }
    }

    /// Whether a message of this term and sender is the host's; a higher term makes its sender host.
    pub(super) fn is_from_host(&mut self, from: PeerId, term: u32) -> bool {
        if self.phase == Phase::Out || term < self.term {
            return false;
        }
        if self.handing.as_ref().is_some_and(|h| h.1.term < term || h.0 == from) {
            self.handing = None;
        }
        if term == self.term {
            if self.host.is_some() && from != self.me && from < self.me {
                // Two took the role over at once: the higher name takes it again, above both.
                self.take_over("two hosts met".into());
            }
            return self.host_id == Some(from) && self.phase != Phase::Joining;
        }
        if self.phase == Phase::Joining {
            return false;
        }
        self.term = term;
        self.host_id = Some(from);
        self.host = None;
        self.clock = Clock::default();
        self.ping_at = 0;
        self.outbox_at = 0;
        if let Some(log) = &mut self.log {
            log.forget_starts();
        }
        self.send_links();
        self.send_report();
        true
    }

    /// An epoch, from the host.
    pub(crate) fn begin_from(&mut self, from: PeerId, begin: Begin) {
        if self.phase == Phase::Joining {
            self.term = begin.term;
            self.host_id = Some(from);
            self.phase = Phase::In;
        } else if !self.is_from_host(from, begin.term) {
            // The last epoch of a host that has handed the role on may arrive after its successor's first word.
            let overtaken = begin.term < self.term && self.roster.people.iter().any(|p| p.0 == from);
            if !overtaken || self.host.is_some() {
                return;
            }
        }
        // The present of a running epoch is for those who have no part in it.
        let newer = |log: &Log| {
            let live = begin.origin == Origin::Live && begin.step > log.next && !log.partition.has(self.me);
            begin.epoch > log.epoch || begin.epoch == log.epoch && live
        };
        if self.log.as_ref().is_none_or(newer) {
            self.begin(begin);
        }
    }

    /// Starts an epoch here.
    pub(crate) fn begin(&mut self, begin: Begin) {
        self.newer_roster(&begin.roster);
        self.beat_at = self.now;
        self.fast = begin.fast;
        self.bands.forget_before(begin.epoch, begin.step);
        self.exec_begin(&begin);
        match begin.origin {
            Origin::Scene => self.snaps.keep_only(None),
            Origin::Snapshot(id) => self.snaps.keep_only(Some(id)),
            Origin::Live => {}
        }
        self.report = Report { epoch: begin.epoch, done: begin.step, ..Report::default() };
        self.log = Some(Log::new(&begin, self.me));
        // What an earlier epoch's frontier says is nothing here.
        let tick = begin.globals.as_ref().map_or(0, |g| g.tick);
        (self.beat.epoch, self.beat.frontier, self.beat.frontier_tick) = (begin.epoch, begin.step, tick);
        self.beat.digest = None;
        self.stats.begin(self.now);
        self.views.begin();
        if begin.origin != Origin::Live {
            let region = begin.scene.world.rect();
            let tick = begin.globals.as_ref().map_or(0, |g| g.tick);
            self.event(Event::View { tick, region, full: true, tiles: Vec::new() });
        }
        self.scene = Some(begin.scene);
        self.outbox_at = 0;
        self.log_grew();
        self.send_links();
        self.send_report();
    }

    /// The roster, from the host.
    pub(crate) fn roster_from(&mut self, from: PeerId, roster: Roster) {
        if self.phase == Phase::Joining || !self.is_from_host(from, roster.term) {
            return;
        }
        if self.newer_roster(&roster) {
            self.send_links();
            self.send_report();
        }
    }

    pub(super) fn newer_roster(&mut self, roster: &Roster) -> bool {
        let newer = (roster.term, roster.version) > (self.roster.term, self.roster.version);
        if newer {
            let old = std::mem::replace(&mut self.roster, roster.clone());
            let known = |id: PeerId| id == self.me || old.people.iter().any(|p| p.0 == id);
            let came = roster.people.iter().filter(|p| !old.people.is_empty() && !known(p.0));
            let words: Vec<String> = came.map(|p| format!("{} joined", p.1.name)).collect();
            words.into_iter().for_each(|w| self.notice(w));
        }
        newer
    }

    /// Segments and news, from the host.
    pub(crate) fn log_from(&mut self, from: PeerId, mut msg: LogMsg) {
        if !self.is_from_host(from, msg.term) {
            return;
        }
        self.beat_at = self.now;
        // Words are said once, whatever epoch they overtook.
        for words in std::mem::take(&mut msg.notices) {
            self.notice(words);
        }
        let Some(log) = &mut self.log else { return };
        if msg.epoch != log.epoch {
            return self.send_report();
        }
        let segments = std::mem::take(&mut msg.segments);
        // Known ones or a gap: the host has another notion of what is known here.
        let again = segments.iter().any(|s| s.step < log.next) || segments.first().is_some_and(|s| s.step > log.next);
        let grew = log.offer(segments);
        if grew {
            self.log_grew();
        }
        let computes = self.log.as_ref().is_some_and(|l| l.partition.has(self.me));
        if again || grew && !computes {
            self.send_report();
        }
        self.beat_from(msg);
    }

    /// What follows from a longer log.
    pub(crate) fn log_grew(&mut self) {
        let Some(log) = &mut self.log else { return };
        let epoch = log.epoch;
        for (&step, known) in log.steps.range_mut(self.report.known.max(1) - 1..) {
            if known.segment.snapshot.contains(&self.me)
                && let Some(globals) = known.globals_end.take()
            {
                self.snaps.expect(SnapId { epoch, step }, known.new.clone(), globals);
            }
        }
        self.report.known = log.next;
        let newest = log.seqs.get(&self.me).copied().unwrap_or(0);
        // After coming back under the same name, numbers go on where the log has them.
        self.outbox_seq = self.outbox_seq.max(newest);
        while self.outbox.front().is_some_and(|c| c.0 <= newest) {
            self.outbox.pop_front();
        }
    }
}
