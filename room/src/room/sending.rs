//! How messages leave: over links, around them, and to the leader.

use super::Room;
use crate::api::{Channel, Output, PeerId};
use crate::message::Reason;
use crate::overlay::{between, relay};
use crate::player::Control;
use crate::wire::{self, Msg, overlay, player};

/// Longer messages do not belong on the channel of small ones.
const LOG_BYTES_MAX: usize = 16_384;
/// Longer bands do not go on the channel of those that are urgent.
const BULK_BYTES: usize = 32 << 10;

/// What is refused here.
const RELAY: wire::Kind = wire::Kind::Overlay(overlay::Kind::Relay);

/// The channel on which a message is relayed; nothing for what may not be.
fn relayed_channel(kind: wire::Kind, payload_bytes: usize) -> Option<Channel> {
    match kind.row().relayed? {
        Channel::Border if payload_bytes > BULK_BYTES => Some(Channel::Bulk),
        channel => Some(channel),
    }
}

impl Room {
    /// Sends over the link, if there is one.
    pub(crate) fn send(&mut self, to: PeerId, channel: Channel, msg: impl Into<Msg>, payload: &[u8]) {
        debug_assert_ne!(to, self.me);
        if !self.overlay.has(to) {
            return;
        }
        let bytes = wire::encode(&msg.into(), payload);
        if self.overlay.sends(to, self.now, bytes.len(), channel != Channel::View) {
            self.out.push_back(Output::Send { to, channel, bytes });
        }
    }

    /// Worlds with much terrain do not belong on the channel of small messages.
    pub(crate) fn send_large(&mut self, to: PeerId, msg: impl Into<Msg>) {
        self.send(to, Channel::Log, msg, &[]);
        if let Some(Output::Send { channel, bytes, .. }) = self.out.back_mut()
            && bytes.len() > LOG_BYTES_MAX
        {
            *channel = Channel::Bulk;
        }
    }

    /// Sends by the better way, which need not be the link.
    pub(crate) fn send_around(&mut self, to: PeerId, channel: Channel, msg: impl Into<Msg>, payload: &[u8]) {
        let msg = msg.into();
        debug_assert!(msg.kind().row().relayed.is_some(), "a relay refuses {:?}", msg.kind());
        match relay(&self.overlay, &self.heartbeats.newest().relays, self.me, to) {
            Some(via) => {
                let inner = wire::encode(&msg, payload);
                self.send(via, channel, overlay::Message::Relay { from: self.me, to }, &inner);
            }
            None => self.send(to, channel, msg, payload),
        }
    }

    /// Sends over the link, where there is one, and around it otherwise.
    pub(crate) fn send_anyhow(&mut self, to: PeerId, channel: Channel, msg: impl Into<Msg>, payload: &[u8]) {
        if self.overlay.has(to) {
            self.send(to, channel, msg, payload);
        } else {
            self.send_around(to, channel, msg, payload);
        }
    }

    /// A member's links, to this leader; or something that is relayed.
    pub(super) fn overlay_from(&mut self, from: PeerId, message: overlay::Message, payload: &[u8]) {
        match message {
            overlay::Message::Links { number, peers } => self.links_from(from, number, &peers),
            overlay::Message::Relay { from: author, to } => self.pass(from, (author, to), payload),
        }
    }

    /// Something that is relayed: for this peer, or through it, once.
    fn pass(&mut self, sender: PeerId, (from, to): (PeerId, PeerId), payload: &[u8]) {
        let known = wire::decode(payload).ok();
        let relayed = known.and_then(|(msg, inner)| Some((relayed_channel(msg.kind(), inner.len())?, msg, inner)));
        let Some((channel, msg, inner)) = relayed else {
            return self.refuse(sender, RELAY, Reason::Malformed);
        };
        // Only by relays that the leader named: from the relay, or from its author to be relayed.
        let via = between(&self.heartbeats.newest().relays, from, to);
        if to == self.me && via == Some(sender) {
            self.relayed = true;
            if self.admits(sender, from, payload) {
                self.take(from, msg, inner);
            }
            self.relayed = false;
        } else if sender == from && via == Some(self.me) {
            self.send(to, channel, overlay::Message::Relay { from, to }, payload);
        }
    }

    /// To the leader, which may be this peer.
    pub(crate) fn tell_leader(&mut self, msg: impl Into<Msg>) {
        match self.raft.leader() {
            Some(id) if id == self.me => self.take(id, msg.into(), &[]),
            Some(id) => self.send(id, Channel::Log, msg, &[]),
            None => {}
        }
    }

    /// A button for the whole room, which waits where there is no leader just now.
    pub(crate) fn control(&mut self, control: Control) {
        if self.raft.leader().is_some() {
            self.tell_leader(player::Message::Control(control));
        } else {
            self.player.push_control(control);
        }
    }

    /// Tells the leader whom this peer reaches, and how well.
    pub(crate) fn send_links(&mut self) {
        let (number, peers) = self.overlay.figures(&self.roster, self.now);
        self.tell_leader(overlay::Message::Links { number, peers });
    }

    /// Tells the leader again where the figures changed.
    pub(super) fn links_turn(&mut self) {
        if let Some((number, peers)) = self.overlay.changed_figures(&self.roster, self.now) {
            self.tell_leader(overlay::Message::Links { number, peers });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Config, Pace, Profile};
    use crate::overlay::Relay;
    use crate::wire::{membership, replica};

    const A: PeerId = PeerId(2);
    const B: PeerId = PeerId(3);

    fn between() -> Room {
        let profile = Profile { name: "P".into(), lend: true, backend: "none".into(), throughput: 0 };
        let config = Config {
            me: PeerId(1),
            profile: profile.clone(),
            found: None,
            superstep_ticks: 2,
            pace: Pace::RealTime,
            wait_for: 0,
            equal_strips: true,
            stand_ins: true,
            end_tick: None,
        };
        let mut room = Room::new(config, 0);
        for peer in [A, B] {
            room.overlay.peer_up(peer);
            room.roster.people.push((peer, profile.clone()));
        }
        room
    }

    fn want() -> Vec<u8> {
        wire::encode(&replica::Message::Want { lineage: 1, step: 4, from: 0, to: 1 }.into(), &[])
    }

    fn said(room: &mut Room) -> Vec<(PeerId, Vec<u8>)> {
        let out = std::mem::take(&mut room.out);
        let sent = |o| if let Output::Send { to, bytes, .. } = o { Some((to, bytes)) } else { None };
        out.into_iter().filter_map(sent).collect()
    }

    #[test]
    fn only_what_anyone_may_say_is_passed_on_and_only_once() {
        let mut room = between();
        room.heartbeats.lead().0.relays = vec![Relay { a: A, b: B, via: room.me }];
        let want = want();
        room.pass(A, (A, B), &want);
        assert_eq!(said(&mut room), [(B, wire::encode(&overlay::Message::Relay { from: A, to: B }.into(), &want))]);
        // It went through somebody already; it is for nobody here; it is this peer's own.
        room.pass(B, (A, B), &want);
        room.pass(A, (A, PeerId(9)), &want);
        room.pass(A, (PeerId(1), B), &want);
        assert_eq!((said(&mut room), room.malformed), (vec![], 0));
        let nested = wire::encode(&overlay::Message::Relay { from: A, to: B }.into(), &want);
        for bytes in [nested, wire::encode(&membership::Message::Goodbye.into(), &[]), b"rubbish".to_vec()] {
            room.pass(A, (A, B), &bytes);
        }
        assert_eq!((said(&mut room), room.malformed), (vec![], 3));
    }

    /// Who has left is nobody's leader, though it was its own: what it asks for does not come back to it for ever.
    #[test]
    fn whoever_led_and_leads_no_more_asks_itself_for_nothing() {
        let mut room = between();
        room.raft.found(room.me);
        room.control(Control::Pause);
        assert_eq!(said(&mut room), []);
    }

    #[test]
    fn nothing_goes_a_way_that_the_leader_did_not_name() {
        let mut room = between();
        let want = want();
        room.pass(A, (A, B), &want);
        room.heartbeats.lead().0.relays = vec![Relay { a: A, b: B, via: PeerId(4) }];
        room.pass(A, (A, B), &want);
        assert_eq!(said(&mut room), []);
    }
}
