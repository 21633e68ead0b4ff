//! Into a room, and out of it: hello, welcome, rooms that meet, leaving.

use super::Room;
use crate::api::{Channel, Event, PeerId};
use crate::clock::Clock;
use crate::membership::messages::{Message, PROTOCOL_VERSION, foreign_refusal};
use crate::membership::{Joining, Leave, Phase};
use crate::notice::{Notice, Refusal};
use crate::raft;
use crate::timeline::Snapshot;
use crate::timeline::Timeline;
use crate::wire::{clock, fingerprint, player};

impl Room {
    /// What a member does of itself.
    pub(super) fn member_turn(&mut self) {
        if self.membership.phase() == Phase::Joining {
            return self.say_hello();
        }
        if self.raft.leader() != Some(self.me) {
            if self.clock.ping_due(self.now) {
                self.tell_leader(clock::Message::Ping(self.now));
            }
            self.wake_at(self.clock.ping_at());
        }
        if self.membership.phase() == Phase::Leaving {
            let (due, wake) = self.membership.leaves(self.now);
            if due {
                self.tell_leader(Message::Leaving);
            }
            self.wake_at(wake);
        }
        if let Some((list, due)) = self.player.poll(self.now) {
            if !list.is_empty() {
                let epoch = self.log.as_ref().map_or(0, |l| l.epoch());
                self.tell_leader(player::Message::Commands { epoch, list });
            }
            self.wake_at(due);
        }
        let mut entry = self.roster.people.iter().filter(|p| p.0 == self.me);
        if entry.any(|p| p.1 != self.cfg.profile) {
            let (due, wake) = self.membership.profile_due(self.now);
            if due {
                self.tell_leader(Message::Profile(self.cfg.profile.clone()));
            }
            self.wake_at(wake);
        }
        if self.raft.leader().is_some() {
            self.player.take_controls().into_iter().for_each(|control| self.control(control));
        }
    }

    /// Into the room and out of it.
    pub(super) fn membership_from(&mut self, from: PeerId, message: Message) {
        match message {
            Message::Hello { constants, profile, .. } => self.hello(from, constants, profile),
            Message::Refused(why) => self.refused(from, why),
            Message::RefusedForeign(words) => self.refused(from, foreign_refusal(&words)),
            Message::Welcome(snapshot) => self.begin_from(from, *snapshot),
            Message::Stranger { term } => self.stranger(from, term),
            Message::Meet { lineage, parent, work, yours, .. } => self.meet(from, (lineage, parent), work, yours),
            Message::Profile(profile) => self.profile_from(from, profile),
            Message::Leaving if self.is_stranger(from) => self.tell_stranger(from),
            Message::Leaving => self.leaving_from(from),
            Message::Goodbye => self.goodbye(),
        }
    }

    /// Whether somebody takes itself for a member of the room that this peer leads, and is none.
    pub(super) fn is_stranger(&self, from: PeerId) -> bool {
        self.leader.is_some() && from != self.me && !self.roster.has(from)
    }

    /// Tells one so.
    pub(super) fn tell_stranger(&mut self, to: PeerId) {
        self.send(to, Channel::Log, Message::Stranger { term: self.raft.term() }, &[]);
    }

    /// A link is up.
    pub(super) fn peer_up(&mut self, peer: PeerId) {
        if peer == self.me {
            return;
        }
        self.overlay.peer_up(peer);
        self.membership.peer_up(peer);
        self.tell_vote_to(peer);
        if self.membership.is_in() {
            self.send_links();
            if !self.roster.has(peer) {
                self.send_meet(peer, None);
                self.leader_knock();
            }
        }
    }

    /// A link is gone.
    pub(super) fn peer_down(&mut self, peer: PeerId) {
        self.membership.peer_down(peer);
        self.raft.peer_down(peer);
        self.door.gone(peer);
        if !self.overlay.peer_down(peer) || !self.membership.is_in() {
            return;
        }
        if self.leader.is_none() && self.raft.leader() == Some(peer) {
            self.leader_gone();
        } else {
            self.send_links();
        }
    }

    fn say_hello(&mut self) {
        let (next, wake) = self.membership.join(self.now, self.log.is_some());
        match next {
            Joining::Refused(why) => return self.event(Event::Refused(why)),
            Joining::Resume => return self.resume(),
            Joining::Hello => {
                let profile = self.cfg.profile.clone();
                let hello = Message::Hello { version: PROTOCOL_VERSION, constants: fingerprint(), profile };
                let peers: Vec<PeerId> = self.overlay.peers().collect();
                peers.into_iter().for_each(|peer| self.send(peer, Channel::Log, hello.clone(), &[]));
            }
            Joining::Wait => {}
        }
        self.wake_at(wake);
    }

    /// Tells a peer outside the roster that there is a room here.
    pub(super) fn send_meet(&mut self, peer: PeerId, yours: Option<u64>) {
        if self.leader.is_some()
            && let Some(log) = &self.log
        {
            let people = self.roster.people.len() as u16;
            let msg = Message::Meet { lineage: log.lineage(), parent: log.parent(), people, work: log.work(), yours };
            self.send(peer, Channel::Log, msg, &[]);
        }
    }

    /// Another leader. Of two rooms of one name the one in whose history less was done gives way: ticks for each who
    /// was there, and strokes. So nobody who slept overrules those who went on, whichever history is the older.
    pub(super) fn meet(&mut self, from: PeerId, theirs: (u64, u64), work: u64, yours: Option<u64>) {
        if !self.membership.believes(from, self.now) {
            return;
        }
        let goes_on = |l: &Timeline| match l.lineage() {
            mine if mine == theirs.0 => self.is_outrun(),
            mine => mine == theirs.1,
        };
        if self.membership.is_in()
            && (self.raft.leader() == Some(from) || self.raft.is_abandoned(self.now))
            && self.log.as_ref().is_some_and(goes_on)
        {
            // The others went on without this peer.
            if self.membership.phase() == Phase::Leaving {
                return self.goodbye();
            }
            self.notice(Notice::JoiningAgain);
            return self.give_way(from);
        }
        let Some(log) = self.log.as_ref().filter(|l| l.lineage() != theirs.0 && self.leader.is_some()) else { return };
        // Both go on while they talk. So one of the two asks, and the other compares and says with which number, for
        // both to come to the same: if both compared, each could give way to the other.
        let asks = log.lineage() < theirs.0;
        match yours {
            None if asks => return self.send_meet(from, None),
            Some(_) if !asks => return,
            _ => {}
        }
        if self.membership.has_outdone(from, theirs.0, self.now) {
            return;
        }
        let mine = (yours.unwrap_or(log.work()).min(log.work()), log.lineage());
        if mine > (work, theirs.0) {
            if yours.is_none() {
                self.membership.outdoes(from, theirs.0, self.now);
                self.send_meet(from, Some(work));
            }
            return;
        }
        if !self.save_before(from) {
            self.yield_to(from);
        }
    }

    /// This leader's room goes into another.
    pub(super) fn yield_to(&mut self, from: PeerId) {
        let term = self.raft.term();
        let others: Vec<PeerId> = self.roster.people.iter().map(|p| p.0).filter(|&p| p != self.me).collect();
        for to in others {
            self.send(to, Channel::Log, Message::Stranger { term }, &[]);
        }
        self.notice(Notice::RoomsMerged);
        self.give_way(from);
    }

    /// Joins the room that somebody claims to lead.
    fn give_way(&mut self, to: PeerId) {
        self.start_over();
        self.membership.give_way_to(to);
    }

    /// The leader does not know this peer (any more): it joins again.
    pub(super) fn stranger(&mut self, from: PeerId, term: u64) {
        if self.membership.phase() == Phase::Leaving && self.raft.leader() == Some(from) {
            self.goodbye();
        } else if self.membership.phase() == Phase::In
            && self.leader.is_none()
            && raft::is_near(self.raft.term(), term)
            && term >= self.raft.term()
            && self.raft.leader() == Some(from)
        {
            self.notice(Notice::JoiningAgain);
            self.start_over();
        }
    }

    /// Joins again. What is here is kept until there is a welcome: if nobody else has the room, this peer has it.
    fn start_over(&mut self) {
        self.membership.start_over(self.now, self.raft.leader(), self.roster.clone());
        self.leader = None;
        self.raft.start_over();
    }

    /// Nobody welcomed this peer, which has a world: it goes on with that.
    fn resume(&mut self) {
        self.membership.resume(self.now, |peer| self.overlay.has(peer));
        self.fork();
    }

    /// Somebody says that this peer may not join.
    pub(super) fn refused(&mut self, from: PeerId, why: Refusal) {
        self.membership.refused(from, self.now, why);
    }

    /// The log's state, from the leader: this peer is in.
    pub(super) fn begin_from(&mut self, from: PeerId, begin: Snapshot) {
        let (lineage, term) = (begin.lineage, self.raft.spoke(begin.lineage));
        if begin.term < term {
            // It was leader, and does not know yet that its term is over.
            return self.refuse_vote_in(from, lineage, term);
        }
        let behind = |log: &Timeline| {
            begin.lineage == log.lineage()
                && self.raft.leader() == Some(from)
                && begin.term >= self.raft.term()
                && begin.step > log.end()
        };
        let welcome = match &self.log {
            _ if self.membership.phase() == Phase::Joining => begin.roster.has(self.me),
            None => false,
            Some(log) => behind(log),
        };
        if welcome {
            self.raft.welcomed(begin.term);
            self.membership.welcomed(from, self.now);
            if self.log.as_ref().is_some_and(|l| l.lineage() == begin.lineage && l.commit_index() > begin.step) {
                // What is committed here stays so; a new leader does not know yet that all of it is.
                self.heartbeats.heard(self.now);
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
    pub(super) fn begin(&mut self, begin: Snapshot) {
        self.fast = begin.fast;
        self.exec_forget();
        let other = self.log.as_ref().is_none_or(|l| l.lineage() != begin.lineage);
        self.heartbeats.begin(self.now, begin.step, begin.globals.tick, other);
        let begins = self.log.as_ref().is_some_and(|l| l.epoch() != begin.epoch);
        if other || begins {
            // They may be of another scene.
            self.checkpoints.clear();
        }
        if other {
            // What was done is said again, under new numbers.
            self.player.clear();
        }
        self.saves.log_begins();
        self.drain_saves();
        self.stats.begin();
        self.replicas.begins(self.now);
        self.views.begin();
        self.raft.matches(begin.step);
        self.grown = begin.step;
        self.player.resend();
        let log = Timeline::new(begin, self.me);
        if begins {
            self.player.clear();
        }
        self.player.goes_on_from(log.seq_end(self.me));
        self.roster = log.roster().clone();
        self.log = Some(log);
        self.send_links();
        self.send_report();
    }

    /// The player wishes to leave.
    pub(super) fn leave(&mut self) {
        if self.membership.leave() == Leave::AtOnce {
            self.goodbye();
        }
    }

    pub(super) fn goodbye(&mut self) {
        self.membership.left();
        self.raft.leave();
        self.leader = None;
        self.event(Event::Left);
    }

    /// Another leader than before is followed from here on.
    pub(super) fn follows(&mut self, leader: PeerId) {
        let next = self.log.as_ref().map_or(0, |l| l.commit_index());
        self.raft.follow(leader, next);
        self.clock = Clock::default();
        self.player.resend();
        self.membership.follows();
        self.send_links();
    }
}
