//! Who is in: newcomers, the roster, and those who go in order.

use super::Person;
use crate::api::{Channel, Pace, PeerId, Profile};
use crate::member::constants;
use crate::room::{Phase, Room};
use crate::wire::{Begin, Msg, Origin, PEOPLE_MAX, Report};

impl Room {
    /// A newcomer.
    pub(crate) fn hello(&mut self, from: PeerId, theirs: [u32; 4], profile: Profile) {
        let now = self.now;
        let Some(host) = &mut self.host else { return };
        if theirs != constants() {
            let words = "your kernels have other constants than this room's: use the same release".into();
            return self.send(from, Channel::Log, &Msg::Refused(words), &[]);
        }
        if let Some(person) = host.people.get(&from) {
            if now < person.welcomed_at + 10_000_000 {
                return;
            }
            self.remove_person(from, true);
        } else if self.roster.people.len() >= PEOPLE_MAX {
            return self.send(from, Channel::Log, &Msg::Refused("this room is full".into()), &[]);
        }
        if self.host.is_none() {
            return;
        }
        self.notice(format!("{} joined", profile.name));
        self.roster.people.push((from, profile));
        self.host_person(from);
        self.send_roster();
        self.welcome(from);
    }

    pub(super) fn host_person(&mut self, peer: PeerId) {
        if let Some(host) = &mut self.host {
            host.people.insert(peer, Person { welcomed_at: self.now, ..Person::default() });
        }
    }

    /// Lets someone into the epoch as it is.
    pub(super) fn welcome(&mut self, to: PeerId) {
        let (Some(log), Some(scene), Some(host)) = (&self.log, &self.scene, &mut self.host) else { return };
        let begin = Begin {
            term: self.term,
            epoch: log.epoch,
            step: log.next,
            origin: Origin::Live,
            scene: scene.clone(),
            globals: Some(log.globals.clone()),
            partition: (*log.partition).clone(),
            seqs: log.seqs.iter().map(|(&p, &s)| (p, s)).rev().take(PEOPLE_MAX).collect(),
            fast: self.cfg.pace == Pace::Fast,
            roster: self.roster.clone(),
        };
        if let Some(person) = host.people.get_mut(&to) {
            person.report = Report { epoch: begin.epoch, known: begin.step, done: begin.step, ..Report::default() };
        }
        self.send_large(to, &Msg::Begin(Box::new(begin)));
    }

    /// Worlds with much terrain do not belong on the channel of small messages.
    pub(crate) fn send_large(&mut self, to: PeerId, msg: &Msg) {
        self.send(to, Channel::Log, msg, &[]);
        if let Some(crate::api::Output::Send { channel, bytes, .. }) = self.out.back_mut()
            && bytes.len() > 16_384
        {
            *channel = Channel::Bulk;
        }
    }

    pub(super) fn send_roster(&mut self) {
        self.roster.version += 1;
        self.roster.term = self.term;
        let msg = Msg::Roster(self.roster.clone());
        self.others().into_iter().for_each(|to| self.send(to, Channel::Log, &msg, &[]));
        self.news();
    }

    /// Says so when nobody lends a device: then whoever is left keeps the world as it is.
    pub(super) fn host_nobody(&mut self) {
        let nobody = self.lenders().is_empty();
        let Some(host) = &mut self.host else { return };
        if host.nobody == nobody || !host.collecting.is_empty() || self.phase == Phase::Leaving {
            return;
        }
        host.nobody = nobody;
        host.dirty = true;
        if nobody {
            self.announce("nobody computes: lend a device, and the room goes on".into());
        }
    }

    /// Lets leavers go once their part is in other hands.
    pub(super) fn host_goodbyes(&mut self) {
        let Some(host) = &self.host else { return };
        if !host.collecting.is_empty() {
            return;
        }
        let free: Vec<PeerId> = host
            .people
            .iter()
            .filter(|(id, p)| p.leaving && **id != self.me && !self.holds_state(**id))
            .map(|p| *p.0)
            .collect();
        for peer in free {
            self.send(peer, Channel::Log, &Msg::Goodbye, &[]);
            self.remove_person(peer, false);
        }
    }

    pub(super) fn remove_person(&mut self, peer: PeerId, vanished: bool) {
        let name = self.name(peer);
        self.roster.people.retain(|p| p.0 != peer);
        let Some(host) = &mut self.host else { return };
        let leaving = host.people.remove(&peer).is_some_and(|p| p.leaving);
        let mattered = vanished && self.holds_state(peer);
        self.send_roster();
        if mattered {
            self.set_back(format!("{name} vanished"));
        } else {
            self.announce(format!("{name} {}", if vanished && !leaving { "vanished" } else { "left" }));
        }
    }

    /// Whether a peer has, or has yet to hand over, a part of the state.
    pub(super) fn holds_state(&self, peer: PeerId) -> bool {
        let frontier = self.beat.frontier;
        self.log.as_ref().is_some_and(|log| {
            let recent = log.steps.range(frontier.min(log.next)..);
            log.partition.has(peer) || recent.into_iter().any(|(_, s)| s.old.has(peer) || s.new.has(peer))
        })
    }
}
