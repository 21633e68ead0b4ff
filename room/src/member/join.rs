//! Coming in and going: hello, refusals, two rooms of one name, leaving.

use crate::api::{Channel, Event, PeerId};
use crate::member::constants;
use crate::room::{Phase, Room};
use crate::wire::{LogMsg, Msg, PROTOCOL_VERSION, Roster};

/// How often a newcomer says hello, and a leaver that it leaves.
pub(super) const HELLO_US: u64 = 1_000_000;

impl Room {
    pub(super) fn say_hello(&mut self) {
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
    pub(super) fn send_meet(&mut self, peer: PeerId) {
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

    pub(super) fn start_over(&mut self) {
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
}
