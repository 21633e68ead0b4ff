//! What this peer shows and what the others show: view frames of their regions, pointers, words.

use super::Room;
use crate::api::{Channel, Event, PeerId};
use crate::door::Refused;
use crate::membership::Phase;
use crate::message::{Messages, Reason};
use crate::view::messages::{Kind, Message};
use crate::view::{Output, Reads};
use crate::wire::{self, presence};
use sim_kernels::geom::Rect;
use sim_kernels::view::ViewTile;

/// What view frames depend on, while they themselves change.
macro_rules! reads {
    ($room:ident) => {
        Reads {
            me: $room.me,
            log: $room.log.as_ref(),
            roster: &$room.roster,
            overlay: &$room.overlay,
            relays: &$room.heartbeats.newest().relays,
        }
    };
}

impl Room {
    /// The view of this peer's own region.
    pub(super) fn own_view(&mut self, tick: u64, region: Rect, tiles: Vec<ViewTile>) {
        self.views.own_frame(self.now, tick, region, &tiles, reads!(self));
        self.event(Event::View { tick, region, full: true, tiles });
    }

    /// Sends what is due.
    pub(super) fn view_turn(&mut self) {
        if self.membership.phase() != Phase::Joining {
            self.views.turn(self.now, reads!(self));
            self.drain_views();
        }
    }

    /// Pictures of another's regions, or word that this peer's arrived.
    pub(super) fn view_from(&mut self, from: PeerId, message: Message, payload: &[u8]) {
        match message {
            Message::Tiles { epoch, tick, id, region } => {
                if let Err(reason) = self.views.take(from, (epoch, tick, id), region, payload, reads!(self)) {
                    let kind = wire::Kind::View(Kind::Tiles);
                    match reason {
                        // Who is behind does not know the newest executor: nobody is named for that.
                        Reason::Standing => self.door.count(Refused(Some(kind), reason)),
                        _ => self.refuse(from, kind, reason),
                    }
                }
                self.drain_views();
            }
            Message::Acknowledged(ids) => self.views.acknowledged(from, &ids),
        }
    }

    /// Tells the others of this player's pointer, where that is due, and this player of those that are gone.
    pub(super) fn presence_turn(&mut self) {
        let others = self.others().len();
        let (tell, next) = self.presence.poll(self.now, others);
        if let Some(hand) = tell {
            self.tell_everyone(presence::Message::Hand(hand));
        }
        let (gone, later) = self.presence.gone(self.now, |id| self.roster.has(id));
        gone.into_iter().for_each(|from| self.event(Event::Hand { from, hand: None }));
        next.into_iter().chain(later).for_each(|at| self.wake_at(at));
    }

    /// Says to every other member what no leader need know. What is not valid is not said.
    pub(super) fn tell_everyone(&mut self, message: presence::Message) {
        if !message.is_valid() {
            return;
        }
        let channel = presence::Message::row(message.kind()).relayed.unwrap_or(Channel::View);
        for to in self.others() {
            self.send_anyhow(to, channel, message.clone(), &[]);
        }
    }

    /// The other members; nobody before this peer is one.
    fn others(&self) -> Vec<PeerId> {
        let is_in = self.membership.phase() != Phase::Joining;
        self.roster.people.iter().map(|p| p.0).filter(|&id| is_in && id != self.me).collect()
    }

    /// What another player shows or says.
    pub(super) fn presence_from(&mut self, from: PeerId, message: presence::Message) {
        match message {
            presence::Message::Hand(hand) => {
                if self.presence.hears(from, hand, self.now) {
                    self.event(Event::Hand { from, hand });
                }
            }
            presence::Message::Point(at) => self.event(Event::Pointed { from: self.someone(from), at }),
            presence::Message::Say(text) => self.event(Event::Said { from: self.someone(from), text }),
        }
    }

    fn drain_views(&mut self) {
        while let Some(output) = self.views.poll() {
            match output {
                Output::Send { to, msg, payload } => self.send_anyhow(to, Channel::View, msg, &payload),
                Output::Show { tick, region, tiles } => {
                    self.event(Event::View { tick, region, full: false, tiles });
                }
                Output::Wake(at) => self.wake_at(at),
            }
        }
    }
}
