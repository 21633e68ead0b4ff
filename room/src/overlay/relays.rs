//! Ways around a link that is missing or bad, through a third participant, as the host named them. What goes this
//! way is what any participant may say for any other: bands, requests for them, and views.

use crate::api::{Channel, PeerId};
use crate::room::Room;
use crate::wire::{self, Msg};

/// Longer bands do not go on the channel of those that are urgent.
const BULK_BYTES: usize = 32 << 10;

impl Room {
    /// Through whom this peer reaches another, where it does so around their own link.
    fn way(&self, to: PeerId) -> Option<PeerId> {
        let way = self.beat.ways.iter().find(|w| [(w.a, w.b), (w.b, w.a)].contains(&(self.me, to)));
        way.map(|w| w.via).filter(|via| self.links.contains_key(via))
    }

    /// The participant whose link carries what is sent to another in any case.
    pub(crate) fn first_hop(&self, to: PeerId) -> Option<PeerId> {
        if self.links.contains_key(&to) { Some(to) } else { self.way(to) }
    }

    /// Sends by the better way, which need not be the link.
    pub(crate) fn send_around(&mut self, to: PeerId, channel: Channel, msg: &Msg, payload: &[u8]) {
        match self.way(to) {
            Some(via) => {
                let inner = wire::encode(msg, payload);
                self.send(via, channel, &Msg::Pass { from: self.me, to }, &inner);
            }
            None => self.send(to, channel, msg, payload),
        }
    }

    /// Sends over the link, where there is one.
    pub(crate) fn send_anyhow(&mut self, to: PeerId, channel: Channel, msg: &Msg, payload: &[u8]) {
        if self.links.contains_key(&to) {
            self.send(to, channel, msg, payload);
        } else {
            self.send_around(to, channel, msg, payload);
        }
    }

    /// Something that is passed on: for this peer, or through it, once.
    pub(crate) fn pass(&mut self, sender: PeerId, (from, to): (PeerId, PeerId), payload: &[u8]) {
        let Ok((msg, inner)) = wire::decode(payload) else {
            self.stats.malformed += 1;
            return;
        };
        let channel = match &msg {
            Msg::Band { .. } if inner.len() > BULK_BYTES => Channel::Bulk,
            Msg::Band { .. } | Msg::Want { .. } => Channel::Border,
            Msg::View { .. } | Msg::ViewAck(_) => Channel::View,
            _ => {
                self.stats.malformed += 1;
                return;
            }
        };
        // Only by ways that the host named: from whoever passes it on, or from its author to be passed on.
        let via = self.beat.ways.iter().find(|w| (w.a, w.b) == (from.min(to), from.max(to))).map(|w| w.via);
        if to == self.me && via == Some(sender) {
            self.take(from, msg, inner);
        } else if sender == from && via == Some(self.me) {
            self.send(to, channel, &Msg::Pass { from, to }, payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Config, Output, Pace, Profile};
    use crate::wire::Way;

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
            room.links.entry(peer).or_default();
            room.roster.people.push((peer, profile.clone()));
        }
        room
    }

    fn said(room: &mut Room) -> Vec<(PeerId, Vec<u8>)> {
        let out = std::mem::take(&mut room.out);
        let sent = |o| if let Output::Send { to, bytes, .. } = o { Some((to, bytes)) } else { None };
        out.into_iter().filter_map(sent).collect()
    }

    #[test]
    fn only_what_anyone_may_say_is_passed_on_and_only_once() {
        let mut room = between();
        room.beat.ways = vec![Way { a: A, b: B, via: room.me }];
        let want = wire::encode(&Msg::Want { lineage: 1, step: 4, from: 0, to: 1 }, &[]);
        room.pass(A, (A, B), &want);
        assert_eq!(said(&mut room), [(B, wire::encode(&Msg::Pass { from: A, to: B }, &want))]);
        // It went through somebody already; it is for nobody here; it is this peer's own.
        room.pass(B, (A, B), &want);
        room.pass(A, (A, PeerId(9)), &want);
        room.pass(A, (PeerId(1), B), &want);
        assert_eq!((said(&mut room), room.stats.malformed), (vec![], 0));
        let nested = wire::encode(&Msg::Pass { from: A, to: B }, &want);
        for bytes in [nested, wire::encode(&Msg::Goodbye, &[]), b"rubbish".to_vec()] {
            room.pass(A, (A, B), &bytes);
        }
        assert_eq!((said(&mut room), room.stats.malformed), (vec![], 3));
    }

    #[test]
    fn nothing_goes_a_way_that_the_host_did_not_name() {
        let mut room = between();
        let want = wire::encode(&Msg::Want { lineage: 1, step: 4, from: 0, to: 1 }, &[]);
        room.pass(A, (A, B), &want);
        room.beat.ways = vec![Way { a: A, b: B, via: PeerId(4) }];
        room.pass(A, (A, B), &want);
        assert_eq!(said(&mut room), []);
    }
}
