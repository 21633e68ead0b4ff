//! Saves: what is asked of them, and what they ask for.

use super::Room;
use crate::api::{Event, PeerId};
use crate::checkpoint::saves::{Output, Reads, WishKey};
use crate::save::Head;
use crate::wire::{Control, Msg, Opened};
use sim_kernels::digest::Digest;

/// What saves read, while they themselves change.
macro_rules! reads {
    ($room:ident) => {
        Reads {
            now: $room.now,
            me: $room.me,
            term: $room.raft.term(),
            leader: $room.raft.leader(),
            is_in: $room.membership.is_in(),
            log: $room.log.as_ref(),
            overlay: &$room.overlay,
        }
    };
}

impl Room {
    /// The player wants a save.
    pub(super) fn save_wanted(&mut self) {
        self.saves.save_wanted(&reads!(self));
        self.drain_saves();
    }

    /// Saves this leader's world before its room goes into another's; false when there is nothing to save.
    pub(crate) fn save_before(&mut self, to: PeerId) -> bool {
        let saves = self.saves.save_before(to, &reads!(self));
        self.drain_saves();
        saves
    }

    /// The player opens a save.
    pub(super) fn restore_wanted(&mut self, bytes: Vec<u8>) {
        self.saves.restore_wanted(bytes);
        self.drain_saves();
    }

    /// What a member does about saves of itself.
    pub(super) fn saves_turn(&mut self) {
        self.saves.turn_own(&reads!(self));
        self.drain_saves();
        self.saves.turn(&mut self.cuts, &reads!(self));
        self.drain_saves();
        let yields = self.saves.yields(self.host.is_some(), &reads!(self));
        self.drain_saves();
        if let Some(to) = yields {
            self.yield_to(to);
        }
    }

    /// A member offers a save to this leader, or the leader to this member.
    pub(super) fn save_from(&mut self, from: PeerId, wish: WishKey, head: Head) {
        let leads = self.host.is_some();
        let may = if leads { from == wish.0 && self.host_takes_save(wish) } else { self.raft.leader() == Some(from) };
        if may && self.saves.offered(from, wish, head, self.now) {
            self.drain_saves();
            if leads {
                self.host_opens_save(wish);
            }
        }
    }

    /// Somebody asks for pieces.
    pub(super) fn save_ask_from(&mut self, from: PeerId, id: Digest, pieces: &[u32]) {
        self.saves.asked(from, id, pieces, &reads!(self));
        self.drain_saves();
    }

    /// A piece that was asked for.
    pub(super) fn save_piece_from(&mut self, from: PeerId, id: Digest, number: u32, code: &[u8]) {
        self.saves.piece_from(from, id, number, code, self.now);
        self.drain_saves();
    }

    /// The world goes on from a save.
    pub(crate) fn save_begins(&mut self, number: u64, opened: &Opened) {
        self.saves.begins(number, opened, &mut self.cuts, &reads!(self));
        self.drain_saves();
    }

    /// A step is committed: perhaps one of whose end this peer is to keep a checkpoint.
    pub(crate) fn save_expects(&mut self, number: u64) {
        self.saves.committed(number, &mut self.cuts, &reads!(self));
        self.drain_saves();
    }

    /// Does what saves ask for.
    pub(crate) fn drain_saves(&mut self) {
        while let Some(output) = self.saves.poll() {
            match output {
                Output::Tell(notice) => self.notice(notice),
                Output::Send { to, channel, msg, payload } => self.send(to, channel, &msg, &payload),
                Output::AskCheckpoint => self.tell_host(&Msg::Control(Control::Save)),
                Output::Report => self.send_report(),
                Output::Saved(bytes) => self.event(Event::Saved(bytes)),
                Output::OfferOwn(wish) => {
                    if self.host_takes_save(wish) {
                        self.saves.hold_own(wish, self.now);
                        self.drain_saves();
                        self.host_opens_save(wish);
                    }
                }
                Output::Opened(wish) => self.opening_done(wish),
                Output::Malformed => self.malformed += 1,
                Output::Wake(at) => self.wake_at(at),
            }
        }
    }
}
