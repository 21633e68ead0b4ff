//! Being in a room: hello, welcome, following the log, leaving, and who is host when the host goes.

use crate::api::{Channel, Event, PeerId, Profile};
use crate::clock::Clock;
use crate::log::Log;
use crate::room::{Phase, Room};
use crate::wire::{Begin, COMMANDS_MAX, LogMsg, Msg, Origin, PROTOCOL_VERSION, Report, Roster, SnapId};
use sim_kernels::digest::hash4;
use sim_kernels::particle::Particle;

/// How often a newcomer says hello, and a leaver that it leaves.
const HELLO_US: u64 = 1_000_000;
/// How often commands that are not in the log are sent again.
const OUTBOX_US: u64 = 300_000;
/// How long a host may be silent before the others name it.
const HOST_SILENT_US: u64 = 1_000_000;

/// How long a linked host may be silent before another takes over: it may have dropped the role on the way.
const HOST_DEAF_US: u64 = 10_000_000;

/// What peers must have in common beside the protocol: the kernels' constants.
pub(crate) fn constants() -> [u32; 4] {
    let hash = sim_kernels::constants::constants_hash();
    hash4([hash as u32, (hash >> 32) as u32, sim_kernels::particle::POS_BITS, size_of::<Particle>() as u32])
}

impl Room {
    /// What a member does of itself.
    pub(crate) fn member_turn(&mut self) {
        if self.phase == Phase::Joining {
            self.say_hello();
            return;
        }
        if self.host_id != Some(self.me) {
            if self.now >= self.ping_at {
                self.ping_at = self.now + self.clock.ping_interval_us();
                self.tell_host(&Msg::Ping(self.now));
            }
            self.wake_at(self.ping_at);
            if let Some(host) = self.host_id
                && self.now > self.beat_at + HOST_DEAF_US
            {
                self.host_gone(host, "fell silent");
            }
        }
        if self.phase == Phase::Leaving && self.now >= self.hello_at {
            self.hello_at = self.now + HELLO_US / 2;
            self.tell_host(&Msg::Leaving);
            // A successor that lags behind drops the role until it has caught up.
            if let Some((to, handover)) = self.handing.clone() {
                self.send_large(to, &Msg::Handover(handover));
            }
        }
        if !self.outbox.is_empty() {
            if self.now >= self.outbox_at {
                self.outbox_at = self.now + OUTBOX_US;
                let list = self.outbox.iter().take(COMMANDS_MAX).cloned().collect();
                self.tell_host(&Msg::Commands(list));
            }
            self.wake_at(self.outbox_at);
        }
    }

    /// A link is up.
    pub(crate) fn peer_up(&mut self, peer: PeerId) {
        if peer == self.me {
            return;
        }
        self.links.entry(peer).or_default();
        match self.phase {
            Phase::Joining => self.hello_at = 0,
            Phase::In | Phase::Leaving => {
                self.send_links();
                self.send_meet(peer);
            }
            Phase::Out => {}
        }
    }

    /// A link is gone.
    pub(crate) fn peer_down(&mut self, peer: PeerId) {
        if self.links.remove(&peer).is_none() || matches!(self.phase, Phase::Joining | Phase::Out) {
            return;
        }
        if self.handing.take_if(|h| h.0 == peer).is_some() {
            // The role did not arrive anywhere: it falls back to this peer.
            self.take_over(format!("{} vanished", self.name(peer)));
        } else if self.host.is_some() {
            self.host_lost(peer);
        } else if self.host_id == Some(peer) {
            self.host_gone(peer, "vanished");
        } else {
            self.send_links();
        }
    }

    /// The host vanished: the first in the roster who lends takes over; everyone reckons alike.
    fn host_gone(&mut self, gone: PeerId, how: &str) {
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

    fn say_hello(&mut self) {
        if self.now >= self.hello_at {
            self.hello_at = self.now + HELLO_US;
            let hello =
                Msg::Hello { version: PROTOCOL_VERSION, constants: constants(), profile: self.cfg.profile.clone() };
            let peers: Vec<PeerId> = self.links.keys().copied().collect();
            peers.into_iter().for_each(|peer| self.send(peer, Channel::Log, &hello, &[]));
        }
        self.wake_at(self.hello_at);
    }

    /// Tells a peer outside the roster that there is a room here.
    fn send_meet(&mut self, peer: PeerId) {
        if self.host.is_some() && self.roster.people.iter().all(|p| p.0 != peer) {
            let people = self.roster.people.len() as u16;
            self.send(peer, Channel::Log, &Msg::Meet { people, term: self.term }, &[]);
        }
    }

    /// Another host: of two rooms of one name the smaller goes into the larger.
    pub(crate) fn meet(&mut self, from: PeerId, people: u16, term: u32) {
        if self.host.is_none() || self.roster.people.iter().any(|p| p.0 == from) {
            return;
        }
        let mine = (self.roster.people.len() as u16, self.term, self.me);
        if mine < (people, term, from) {
            let others: Vec<PeerId> = self.roster.people.iter().map(|p| p.0).filter(|&p| p != self.me).collect();
            // A term above both is believed by those who followed this host.
            let term = self.term;
            others.into_iter().for_each(|to| self.send(to, Channel::Log, &Msg::Stranger { term }, &[]));
            self.notice("there was another room of this name: joining it".into());
            self.start_over();
        } else {
            self.send_meet(from);
        }
    }

    /// The host does not know this peer (any more): it joins anew.
    pub(crate) fn stranger(&mut self, from: PeerId, term: u32) {
        if self.phase == Phase::Leaving && self.host_id == Some(from) {
            self.goodbye();
        } else if self.phase == Phase::In && self.host.is_none() && (self.host_id == Some(from) || term > self.term) {
            self.notice("the room went on without this device: joining again".into());
            self.start_over();
        }
    }

    fn start_over(&mut self) {
        self.phase = Phase::Joining;
        self.host = None;
        self.host_id = None;
        self.log = None;
        self.roster = Roster::default();
        self.beat = LogMsg::default();
        self.exec_forget();
        self.snaps.keep_only(None);
        self.views.begin();
        self.hello_at = 0;
    }

    pub(crate) fn refused(&mut self, words: String) {
        if self.phase == Phase::Joining {
            self.phase = Phase::Out;
            self.event(Event::Refused(words));
        }
    }

    /// Whether a message of this term and sender is the host's; a higher term makes its sender host.
    fn is_from_host(&mut self, from: PeerId, term: u32) -> bool {
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

    fn newer_roster(&mut self, roster: &Roster) -> bool {
        let newer = (roster.term, roster.version) > (self.roster.term, self.roster.version);
        if newer {
            self.roster = roster.clone();
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
        if let Some(words) = msg.notice.take() {
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

    /// Tells the host how far this peer is.
    pub(crate) fn send_report(&mut self) {
        let Some(log) = &self.log else { return };
        self.report.term = self.term;
        self.report.epoch = log.epoch;
        self.report.known = log.next;
        self.report.roster = self.roster.version;
        self.report.snapshots = self.snaps.held();
        self.report.snapshots.truncate(8);
        let report = Msg::Report(Box::new(self.report.clone()));
        self.tell_host(&report);
    }

    pub(crate) fn send_links(&mut self) {
        let peers = self.links.keys().copied().take(crate::wire::PEOPLE_MAX).collect();
        self.links_sent += 1;
        self.tell_host(&Msg::Links { number: self.links_sent, peers });
    }

    /// The player wishes to leave.
    pub(crate) fn leave(&mut self) {
        match self.phase {
            Phase::Joining => self.goodbye(),
            Phase::In => {
                self.phase = Phase::Leaving;
                self.hello_at = 0;
                self.tell_host(&Msg::Leaving);
            }
            Phase::Leaving | Phase::Out => {}
        }
    }

    pub(crate) fn goodbye(&mut self) {
        self.phase = Phase::Out;
        self.host = None;
        self.event(Event::Left);
    }

    /// Whom the room waits for, as far as this peer knows.
    pub(crate) fn waiting_for(&self) -> Option<PeerId> {
        let silent = self.host_id != Some(self.me) && self.now > self.beat_at + HOST_SILENT_US;
        if silent { self.host_id } else { self.beat.waiting }
    }
}
