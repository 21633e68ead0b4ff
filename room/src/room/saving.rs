//! Saves: what is asked of them, and what they ask for.

use super::Room;
use crate::api::{Event, PeerId};
use crate::checkpoint::messages::{Kind, Message};
use crate::checkpoint::saves::{Output, Reads, WishKey};
use crate::message::Reason;
use crate::player::Control;
use crate::save::Head;
use crate::timeline::{CheckpointId, Opened};
use crate::wire::{self, player};
use std::sync::Arc;

/// What is refused here.
const SAVE: wire::Kind = wire::Kind::Checkpoint(Kind::Save);

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

    /// The player wants a recording.
    pub(super) fn recording_wanted(&mut self, from: CheckpointId) {
        self.saves.recording_wanted(from, &self.checkpoints, &reads!(self));
        self.drain_saves();
    }

    /// The player opens a save.
    pub(super) fn restore_wanted(&mut self, bytes: Vec<u8>) {
        let is_alone = self.leader.is_some() && self.roster.people.len() == 1;
        self.saves.restore_wanted(bytes, is_alone);
        self.drain_saves();
    }

    /// What a member does about saves of itself.
    pub(super) fn saves_turn(&mut self) {
        self.saves.turn_own(&reads!(self));
        self.drain_saves();
        self.saves.turn(&mut self.checkpoints, &reads!(self));
        self.drain_saves();
        let yields = self.saves.yields(self.leader.is_some(), &reads!(self));
        self.drain_saves();
        // Meanwhile that one may have come into this room.
        let came =
            |to| self.roster.has(to) && self.leader.as_ref().is_some_and(|leader| !leader.is_silent(to, self.now));
        if let Some(to) = yields.filter(|&to| !came(to)) {
            self.yield_to(to);
        }
    }

    /// Of checkpoints and saves.
    pub(super) fn checkpoint_from(&mut self, from: PeerId, message: Message, payload: &[u8]) {
        match message {
            Message::Piece { lineage, id, strip, index, count, sum } => {
                self.checkpoint_part_from(from, (lineage, id, strip), (index, count), sum, payload);
            }
            Message::Head { lineage, id, partition, globals } => {
                if self.log.as_ref().is_some_and(|l| l.lineage() == lineage) {
                    self.checkpoints.expect(id, Arc::new(partition), globals);
                }
            }
            Message::Save { wish, by, head } => self.save_from(from, (by, wish), *head),
            Message::SaveAsk { id, pieces } => self.saves.asked(from, id, &pieces, &reads!(self)),
            Message::SavePiece { id, number } => self.saves.piece_from(from, id, number, payload, self.now),
            Message::SaveRefused { wish, why } => self.saves.refused(wish, why),
        }
        self.drain_saves();
    }

    /// A member offers a save to this leader, or the leader to this member.
    fn save_from(&mut self, from: PeerId, wish: WishKey, head: Head) {
        let leads = self.leader.is_some();
        let author = if leads { from == wish.0 } else { self.raft.leader() == Some(from) };
        if !author {
            return self.refuse(from, SAVE, Reason::Standing);
        }
        if (!leads || self.leader_takes_save(wish)) && self.saves.offered(from, wish, head, self.now) {
            self.drain_saves();
            if leads {
                self.leader_opens_save(wish);
            }
        }
    }

    /// The world goes on from a save.
    pub(crate) fn save_begins(&mut self, number: u64, opened: &Opened) {
        self.saves.begins(number, opened, &mut self.checkpoints, &reads!(self));
        self.drain_saves();
    }

    /// A step is committed: perhaps one of whose end this peer is to keep a checkpoint.
    pub(crate) fn save_expects(&mut self, number: u64) {
        self.saves.committed(number, &mut self.checkpoints, &reads!(self));
        self.drain_saves();
    }

    /// Does what saves ask for.
    pub(crate) fn drain_saves(&mut self) {
        while let Some(output) = self.saves.poll() {
            match output {
                Output::Tell(notice) => self.notice(notice),
                Output::Send { to, channel, msg, payload } => self.send(to, channel, msg, &payload),
                Output::AskCheckpoint => self.tell_leader(player::Message::Control(Control::Save)),
                Output::Report => self.send_report(),
                Output::Saved(bytes) => self.event(Event::Saved(bytes)),
                Output::Recorded(bytes) => self.event(Event::Recorded(bytes)),
                Output::OfferOwn(wish) => {
                    if self.leader_takes_save(wish) {
                        self.saves.hold_own(wish, self.now);
                        self.drain_saves();
                        self.leader_opens_save(wish);
                    }
                }
                Output::Opened(wish) => self.opening_done(wish),
                Output::Malformed => self.malformed += 1,
                Output::Wake(at) => self.wake_at(at),
            }
        }
    }
}
