//! Being in a room: hello, welcome, following the log, leaving.

use crate::api::{Agreed, Channel, Event, Micros, PeerId, Region};
use crate::clock::Clock;
use crate::notice::{BackendError, Notice, Refusal};
use crate::player::RESEND_US;
use crate::raft;
use crate::room::Room;
use crate::timeline::Log;
use crate::wire::{Begin, CUTS_MAX, CutId, LogMsg, Msg, Origin, PROTOCOL_VERSION, Report};
use sim_kernels::geom::Rect;

/// How often a newcomer says hello, and a leaver that it leaves.
const HELLO_US: u64 = 1_000_000;
/// A former member that is not welcomed by anyone goes on by itself after so long.
const RESUME_US: u64 = 4_000_000;
/// A refusal counts when nobody welcomed this peer for so long after it.
const REFUSAL_US: u64 = 1_500_000;
/// Who claimed a room and welcomed nobody is not believed for so long, and each time for twice as long as before.
const UNKEPT_US: u64 = 5_000_000;
/// The most doublings of that.
const UNKEPT_TIMES_MAX: u32 = 6;
/// How often a member reports at least, while it hears the host.
const ALIVE_US: u64 = 200_000;
/// How long a host may be silent before the others name it.
const HOST_SILENT_US: u64 = 1_000_000;
/// Steps before the newest that a member keeps half of.
const BEHIND_MAX: u64 = 512;

/// How far this peer's membership is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waits for a host's word.
    Joining,
    /// In the room.
    In,
    /// In the room, and said that it wishes to leave.
    Leaving,
    /// Left or refused.
    Out,
}

/// What is held against somebody who claimed a room and did not welcome those who came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unkept {
    times: u32,
    /// Until then its claims are not believed.
    until: Micros,
}

/// What peers must have in common beside the protocol: the kernels.
pub(crate) fn constants() -> [u32; 4] {
    sim_kernels::fingerprint::peers().0
}

impl Room {
    /// What a member does of itself.
    pub(crate) fn member_turn(&mut self) {
        if self.phase == Phase::Joining {
            self.say_hello();
            return;
        }
        if self.raft.leader() != Some(self.me) {
            if self.now >= self.ping_at {
                self.ping_at = self.now + self.clock.ping_interval_us();
                self.tell_host(&Msg::Ping(self.now));
            }
            self.wake_at(self.ping_at);
        }
        if self.phase == Phase::Leaving {
            if self.now >= self.hello_at {
                self.hello_at = self.now + HELLO_US / 2;
                self.tell_host(&Msg::Leaving);
            }
            self.wake_at(self.hello_at);
        }
        if let Some((list, due)) = self.player.poll(self.now) {
            if !list.is_empty() {
                let era = self.log.as_ref().map_or(0, |l| l.era);
                self.tell_host(&Msg::Commands { era, list });
            }
            self.wake_at(due);
        }
        let mut entry = self.roster.people.iter().filter(|p| p.0 == self.me);
        if entry.any(|p| p.1 != self.cfg.profile) {
            if self.now >= self.profile_at {
                self.profile_at = self.now + RESEND_US;
                self.tell_host(&Msg::Profile(self.cfg.profile.clone()));
            }
            self.wake_at(self.profile_at);
        }
        if self.raft.leader().is_some() {
            self.player.take_controls().into_iter().for_each(|control| self.control(control));
        }
    }

    /// A link is up.
    pub(crate) fn peer_up(&mut self, peer: PeerId) {
        if peer == self.me {
            return;
        }
        self.overlay.peer_up(peer);
        self.parted.remove(&peer);
        self.tell_vote_to(peer);
        match self.phase {
            Phase::Joining => self.hello_at = 0,
            Phase::In | Phase::Leaving => {
                self.send_links();
                if !self.roster.has(peer) {
                    self.send_meet(peer, None);
                    self.host_knock();
                }
            }
            Phase::Out => {}
        }
    }

    /// A link is gone.
    pub(crate) fn peer_down(&mut self, peer: PeerId) {
        self.unkept.remove(&peer);
        self.raft.peer_down(peer);
        self.door.gone(peer);
        if !self.overlay.peer_down(peer) || matches!(self.phase, Phase::Joining | Phase::Out) {
            return;
        }
        if self.host.is_none() && self.raft.leader() == Some(peer) {
            self.host_gone();
        } else {
            self.send_links();
        }
    }

    fn say_hello(&mut self) {
        if let Some((_, why)) = self.refusal.take_if(|r| self.now >= r.0 + REFUSAL_US) {
            self.phase = Phase::Out;
            return self.event(Event::Refused(why));
        }
        if let Some((at, _)) = &self.refusal {
            self.wake_at(at + REFUSAL_US);
        }
        if self.now >= self.hello_at {
            self.hello_at = self.now + HELLO_US;
            if self.log.is_some() && self.now > self.joining_since + RESUME_US {
                return self.resume();
            }
            let hello =
                Msg::Hello { version: PROTOCOL_VERSION, constants: constants(), profile: self.cfg.profile.clone() };
            let peers: Vec<PeerId> = self.overlay.peers().collect();
            peers.into_iter().for_each(|peer| self.send(peer, Channel::Log, &hello, &[]));
        }
        self.wake_at(self.hello_at);
    }

    /// Tells a peer outside the roster that there is a room here.
    pub(crate) fn send_meet(&mut self, peer: PeerId, yours: Option<u64>) {
        if self.host.is_some()
            && let Some(log) = &self.log
        {
            let people = self.roster.people.len() as u16;
            let msg = Msg::Meet { lineage: log.lineage, parent: log.parent, people, work: log.work, yours };
            self.send(peer, Channel::Log, &msg, &[]);
        }
    }

    /// Another host. Of two rooms of one name the one in whose history less was done gives way: ticks for each who was
    /// there, and strokes. So nobody who slept overrules those who went on, whichever history is the older.
    pub(crate) fn meet(&mut self, from: PeerId, theirs: (u64, u64), work: u64, yours: Option<u64>) {
        if self.unkept.get(&from).is_some_and(|u| self.now < u.until) {
            return;
        }
        if matches!(self.phase, Phase::In | Phase::Leaving)
            && self.raft.leader().is_none_or(|h| h == from)
            && self.log.as_ref().is_some_and(|l| l.lineage == theirs.1 && l.lineage != theirs.0)
        {
            // The others went on without this peer.
            if self.phase == Phase::Leaving {
                return self.goodbye();
            }
            self.notice(Notice::JoiningAgain);
            return self.give_way(from);
        }
        let Some(log) = self.log.as_ref().filter(|l| l.lineage != theirs.0 && self.host.is_some()) else { return };
        // Both go on while they talk: who answers says with which number it compared, so that both come to the same.
        let mine = (yours.unwrap_or(log.work).min(log.work), log.lineage);
        if mine > (work, theirs.0) {
            return if yours.is_none() { self.send_meet(from, Some(work)) } else { () };
        }
        if !self.save_before(from) {
            self.yield_to(from);
        }
    }

    /// This leader's room goes into another.
    pub(crate) fn yield_to(&mut self, from: PeerId) {
        let term = self.raft.term();
        let others: Vec<PeerId> = self.roster.people.iter().map(|p| p.0).filter(|&p| p != self.me).collect();
        for to in others {
            self.send(to, Channel::Log, &Msg::Stranger { term }, &[]);
        }
        self.notice(Notice::RoomsMerged);
        self.give_way(from);
    }

    /// Joins the room that somebody claims to be the host of.
    fn give_way(&mut self, to: PeerId) {
        self.start_over();
        self.gave_way_to = Some(to);
    }

    /// The host does not know this peer (any more): it joins anew.
    pub(crate) fn stranger(&mut self, from: PeerId, term: u64) {
        if self.phase == Phase::Leaving && self.raft.leader() == Some(from) {
            self.goodbye();
        } else if self.phase == Phase::In
            && self.host.is_none()
            && raft::is_near(self.raft.term(), term)
            && term >= self.raft.term()
            && self.raft.leader() == Some(from)
        {
            self.notice(Notice::JoiningAgain);
            self.start_over();
        }
    }

    /// Joins anew. What is here is kept until there is a welcome: if nobody else has the room, this peer has it.
    pub(crate) fn start_over(&mut self) {
        self.phase = Phase::Joining;
        self.host = None;
        self.raft.start_over();
        self.hello_at = 0;
        self.joining_since = self.now;
        self.gave_way_to = None;
        self.refusal = None;
    }

    /// Nobody welcomed this peer, which has a world: it goes on with that.
    fn resume(&mut self) {
        if let Some(claimant) = self.gave_way_to.take().filter(|&p| self.overlay.has(p)) {
            let unkept = self.unkept.entry(claimant).or_default();
            unkept.until = self.now + (UNKEPT_US << unkept.times);
            unkept.times = (unkept.times + 1).min(UNKEPT_TIMES_MAX);
        }
        self.phase = Phase::In;
        self.fork();
    }

    /// Somebody says that this peer may not join. Only the host may say so, and a newcomer does not know who that
    /// is: its words count unless somebody welcomes this peer meanwhile.
    pub(crate) fn refused(&mut self, why: Refusal) {
        if self.phase == Phase::Joining && self.refusal.is_none() {
            self.refusal = Some((self.now, why));
        }
    }

    /// The log's state, from the host: this peer is in.
    pub(crate) fn begin_from(&mut self, from: PeerId, begin: Begin) {
        let (lineage, term) = (begin.lineage, self.raft.spoke(begin.lineage));
        if begin.term < term {
            // It was host, and does not know yet that its term is over.
            let voted = Msg::Voted { lineage, term, to: from, granted: false, trial: false };
            return self.send(from, Channel::Log, &voted, &[]);
        }
        let behind = |log: &Log| {
            begin.lineage == log.lineage
                && self.raft.leader() == Some(from)
                && begin.term >= self.raft.term()
                && begin.step > log.end()
        };
        let welcome = match &self.log {
            _ if self.phase == Phase::Joining => begin.roster.has(self.me),
            None => false,
            Some(log) => behind(log),
        };
        if welcome {
            self.phase = if self.phase == Phase::Leaving { Phase::Leaving } else { Phase::In };
            self.raft.welcomed(begin.term);
            self.refusal = None;
            self.gave_way_to = None;
            self.unkept.remove(&from);
            self.welcomed_at = self.now;
            if self.log.as_ref().is_some_and(|l| l.lineage == begin.lineage && l.next > begin.step) {
                // What is agreed here stays so; a new host does not know yet that all of it is.
                self.beat_at = self.now;
                self.fast = begin.fast;
                self.follows(from);
                self.send_report();
            } else {
                self.raft.begin(from);
                self.begin(begin);
            }
        }
    }

    /// Starts from a state of the log.
    pub(crate) fn begin(&mut self, begin: Begin) {
        self.beat_at = self.now;
        self.fast = begin.fast;
        self.exec_forget();
        if self.log.as_ref().is_none_or(|l| l.lineage != begin.lineage) {
            self.cuts.keep_only(None);
            self.beat = LogMsg::default();
            // What was done is said again, under new numbers.
            self.player.clear();
        }
        let anew = self.log.as_ref().is_some_and(|l| l.era != begin.era);
        self.report = Report::default();
        self.saves.log_begins();
        self.drain_saves();
        (self.beat.frontier, self.beat.frontier_tick) = (begin.step, begin.globals.tick);
        self.stats.begin();
        self.replicas.begins(self.now);
        self.views.begin();
        self.raft.matches(begin.step);
        self.grown = begin.step;
        self.player.resend();
        let log = Log::new(begin, self.me);
        if anew {
            self.player.clear();
        }
        self.player.goes_on_from(log.seq_end(self.me));
        self.roster = log.roster().clone();
        self.log = Some(log);
        self.send_links();
        self.send_report();
    }

    /// Entries and news, from the host.
    pub(crate) fn log_from(&mut self, from: PeerId, mut msg: LogMsg) {
        if !self.is_from_host(from, msg.lineage, msg.term, &msg.votes) {
            return;
        }
        self.raft.heard(self.now, self.beat_at);
        self.beat_at = self.now;
        for announcement in std::mem::take(&mut msg.announcements) {
            self.notice(announcement.into());
        }
        let Some(log) = &mut self.log else { return };
        let segments = std::mem::take(&mut msg.segments);
        let (before, end) = (self.raft.match_index(), log.end());
        let news = !segments.is_empty();
        match log.offer(msg.from, msg.before_term, segments) {
            Some(verified) => self.raft.matches(before.max(verified)),
            None => self.raft.matches(before.min(log.end()).max(log.next)),
        }
        if log.end() < end {
            self.raft.replaced(log.lineage, log.end());
        }
        let agreed = msg.agreed.min(self.raft.match_index());
        let grew = log.agree(agreed);
        if news || self.raft.match_index() != before {
            self.roster_follows();
        }
        if grew {
            self.log_grew();
        }
        // The host must hear now and then that its words arrive.
        if news || self.raft.match_index() != before || self.now >= self.reported_at + ALIVE_US {
            self.send_report();
        }
        self.beat_from(msg);
    }

    /// The roster is the log's.
    pub(crate) fn roster_follows(&mut self) {
        let Some(log) = &self.log else { return };
        if self.roster != *log.roster() {
            self.roster = log.roster().clone();
            self.parted.retain(|&p| self.roster.has(p));
        }
    }

    /// What follows from more agreement.
    pub(crate) fn log_grew(&mut self) {
        let from = self.grown;
        let Some(log) = &self.log else { return };
        let (next, lineage, parent) = (log.next, log.lineage, log.parent);
        for number in from.max(log.first())..next {
            let Some(step) = self.log.as_ref().and_then(|l| l.steps.get(&number)) else { continue };
            let agreed = Agreed {
                lineage,
                parent,
                step: number,
                era: step.era,
                tick: step.segment.tick,
                begins: step.segment.origin.is_some(),
                save: match &step.segment.origin {
                    Some(Origin::Save(opened)) => Some(opened.id),
                    _ => None,
                },
                commands: Log::commands(&step.segment),
                regions: step
                    .new
                    .strips
                    .iter()
                    .map(|s| Region { rect: s.rect(step.world), executor: s.peer, stand_in: s.stand_in })
                    .collect(),
            };
            let (begins, world) = (step.segment.origin.clone(), step.world);
            self.event(Event::Agreed(Box::new(agreed)));
            self.exec_agreed(number);
            if let Some(origin) = begins {
                let newest = self.log.as_ref().and_then(|l| l.seqs.get(&self.me).copied()).unwrap_or(0);
                self.player.begins_anew(newest, matches!(origin, Origin::Cut(..)));
                match origin {
                    Origin::Scene(_) => self.cuts.keep_only(None),
                    Origin::Cut(id, _) => self.cuts.keep_only(Some(id)),
                    Origin::Save(opened) => self.save_begins(number, &opened),
                }
                self.views.begin();
                self.beat.digest = None;
                let tick = self.log.as_ref().and_then(|l| l.tick_at(number)).unwrap_or(0);
                let region: Rect = world.rect();
                self.event(Event::View { tick, region, full: true, tiles: Vec::new() });
            }
            self.expect_cut(number);
            self.save_expects(number);
        }
        self.grown = next;
        self.give_up_behind(next);
        let needs = self.replicas.needs(self.log.as_ref());
        let Some(log) = &mut self.log else { return };
        if self.host.is_none() {
            log.forget_before(needs.min(next.saturating_sub(BEHIND_MAX / 2)).saturating_sub(1));
        }
        let newest = log.seqs.get(&self.me).copied().unwrap_or(0);
        self.player.committed(newest);
    }

    /// Tells the host how far this peer is.
    pub(crate) fn send_report(&mut self) {
        let Some(log) = &self.log else { return };
        self.reported_at = self.now;
        self.report.lineage = log.lineage;
        self.report.since = self.welcomed_at;
        self.report.term = self.raft.term();
        self.report.known = if self.host.is_some() { log.end() } else { self.raft.match_index() };
        self.raft.holds(log.lineage, self.report.known);
        self.report.replicas = self.replicas.reports();
        self.report.cuts = self.cuts.held();
        self.report.cuts.truncate(CUTS_MAX);
        self.report.save = self.saves.held();
        self.report.lazy = self.replicas.is_lazy();
        let report = Msg::Report(Box::new(self.report.clone()));
        self.tell_host(&report);
    }

    /// The backend failed.
    pub(crate) fn report_failure(&mut self, why: BackendError) {
        self.report.failed = Some(why);
        self.send_report();
        self.report.failed = None;
    }

    /// The player wishes to leave.
    pub(crate) fn leave(&mut self) {
        match self.phase {
            Phase::Joining => self.goodbye(),
            Phase::In => {
                self.phase = Phase::Leaving;
                self.hello_at = 0;
            }
            Phase::Leaving | Phase::Out => {}
        }
    }

    pub(crate) fn goodbye(&mut self) {
        self.phase = Phase::Out;
        self.raft.leave();
        self.host = None;
        self.event(Event::Left);
    }

    /// Another host than before is followed from here on.
    pub(crate) fn follows(&mut self, host: PeerId) {
        self.clock = Clock::default();
        self.ping_at = 0;
        self.player.resend();
        self.profile_at = 0;
        self.hello_at = 0;
        let next = self.log.as_ref().map_or(0, |l| l.next);
        self.raft.follow(host, next);
        self.send_links();
    }

    /// Whether this peer is in a room with others and hears those who make it one: its host, or as host a majority.
    pub fn has_company(&self) -> bool {
        let heard = if self.host.is_some() { self.has_majority() } else { self.now < self.beat_at + HOST_SILENT_US };
        let others = self.roster.people.iter().any(|p| self.overlay.has(p.0));
        matches!(self.phase, Phase::In | Phase::Leaving) && self.raft.leader().is_some() && others && heard
    }

    /// Whom the room waits for, as far as this peer knows.
    pub(crate) fn waiting_for(&self) -> Option<PeerId> {
        let silent = self.raft.leader() != Some(self.me) && self.now > self.beat_at + HOST_SILENT_US;
        let whom = if silent { self.raft.leader() } else { self.beat.waiting };
        whom.filter(|&p| p != self.me && self.roster.has(p))
    }

    /// What the step needs is known: whether this peer is to keep a checkpoint of its end.
    fn expect_cut(&mut self, number: u64) {
        let Some(log) = &self.log else { return };
        let Some(step) = log.steps.get(&number) else { return };
        if step.segment.cut.contains(&self.me)
            && let Some(globals) = step.globals_end.clone()
        {
            let id = CutId { era: step.era, step: number };
            self.cuts.expect(id, step.new.clone(), globals);
        }
    }
}
