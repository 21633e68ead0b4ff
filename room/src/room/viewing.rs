//! View frames: what this peer shows of its own regions, and what the others show.

use super::Room;
use crate::api::{Channel, Event, PeerId};
use crate::door::Refused;
use crate::membership::Phase;
use crate::message::Reason;
use crate::view::messages::{Kind, Message};
use crate::view::{Output, Reads};
use crate::wire;
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
