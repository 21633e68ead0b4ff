//! What the replicas ask for, and what reaches them.

use super::Room;
use crate::api::{Channel, Event, Output as Out, PeerId};
use crate::checkpoint::is_near;
use crate::checkpoint::messages::{Kind, Message};
use crate::codec::band;
use crate::costs::REPLICAS_MAX;
use crate::message::Reason;
use crate::notice::{BackendError, Notice};
use crate::replica::{Output, Reads};
use crate::save::PIECE_PARTICLES;
use crate::timeline::CheckpointId;
use crate::wire::{self, replica};
use sim_kernels::digest::Digest;
use sim_kernels::job::JobOutput;

/// What is refused here.
const REFUSED: wire::Kind = wire::Kind::Checkpoint(Kind::Piece);

/// What the replicas read, while they themselves change.
macro_rules! reads {
    ($room:ident) => {
        Reads {
            now: $room.now,
            me: $room.me,
            term: $room.raft.term(),
            fast: $room.fast,
            leads: $room.leader.is_some(),
            log: $room.log.as_ref(),
            heartbeat: $room.heartbeats.newest(),
            overlay: &$room.overlay,
            clock: &$room.clock,
            checkpoints: &$room.checkpoints,
        }
    };
}

impl Room {
    /// Computes what can be computed.
    pub(crate) fn exec_turn(&mut self) {
        for _ in 0..4 * REPLICAS_MAX {
            let more = self.replicas.step(&reads!(self));
            self.drain_replicas();
            if !more {
                return;
            }
        }
        self.wake_at(self.now);
    }

    /// A job's answer.
    pub(super) fn job_done(&mut self, number: u64, result: Result<JobOutput, BackendError>) {
        self.replicas.job_done(number, result, &reads!(self));
        self.drain_replicas();
    }

    /// A step is committed: replicas begin there.
    pub(crate) fn exec_committed(&mut self, number: u64) {
        self.replicas.committed(number, &reads!(self));
        self.drain_replicas();
    }

    /// Gives the replicas up.
    pub(crate) fn exec_forget(&mut self) {
        self.replicas.forget();
        self.drain_replicas();
    }

    /// From those who compute beside this peer.
    pub(super) fn replica_from(&mut self, from: PeerId, message: replica::Message, payload: &[u8]) {
        self.replicas.handle(from, &message, payload, &reads!(self));
        self.drain_replicas();
    }

    /// Replicas that are far behind the log are given up.
    pub(crate) fn give_up_behind(&mut self, next: u64) {
        while self.replicas.give_up_behind(next) {
            self.drain_replicas();
        }
    }

    /// Sends one piece of a checkpoint, if one is on its way.
    pub(super) fn checkpoint_turn(&mut self) {
        self.replicas.send_piece(self.now);
        self.drain_replicas();
    }

    /// A piece of a checkpoint from another member: kept if it can be read and may be of this history.
    pub(super) fn checkpoint_part_from(
        &mut self,
        from: PeerId,
        (lineage, id, strip): (u64, CheckpointId, u32),
        piece: (u16, u16),
        sum: Digest,
        code: &[u8],
    ) {
        let Some(log) = self.log.as_ref().filter(|l| l.lineage() == lineage) else { return };
        // Who executes a strip checkpoints it; a leader hands on what it keeps.
        let may = self.raft.leader() == Some(from) || log.may_execute(id, strip, from);
        if !is_near(id, log) || !may {
            return self.refuse(from, REFUSED, Reason::Standing);
        }
        if band::count(code) > PIECE_PARTICLES as u64 {
            return self.refuse(from, REFUSED, Reason::Size);
        }
        let Some(particles) = band::decode(code) else { return self.refuse(from, REFUSED, Reason::Malformed) };
        if !self.piece_from((id, strip), piece, code, (Digest::of_all(&particles), sum)) {
            self.refuse(from, REFUSED, Reason::Malformed);
        }
    }

    /// Keeps a piece of a checkpoint, and says when one is whole. `sums`: its digest, and that of the whole strip.
    /// False when the strip is not what its executor said.
    fn piece_from(
        &mut self,
        (id, strip): (CheckpointId, u32),
        piece: (u16, u16),
        code: &[u8],
        sums: (Digest, Digest),
    ) -> bool {
        let before = self.checkpoints.held();
        let good = self.checkpoints.put(id, strip, piece, code, Some(sums));
        if self.checkpoints.held() != before {
            self.send_report();
        }
        self.replicas.reseed(id, strip, &reads!(self));
        self.drain_replicas();
        good
    }

    fn drain_replicas(&mut self) {
        while let Some(output) = self.replicas.poll() {
            match output {
                Output::Job { number, job } => self.out.push_back(Out::Job { number, job }),
                Output::SendAround { to, channel, msg, payload } => self.send_around(to, channel, msg, &payload),
                Output::Piece { to, id, strip, piece, code, sums } if to == self.me => {
                    let _ = self.piece_from((id, strip), piece, &code, sums);
                }
                Output::Piece { to, id, strip, piece: (index, count), code, sums: (_, sum) } => {
                    let lineage = self.log.as_ref().map_or(0, |l| l.lineage());
                    let part = Message::Piece { lineage, id, strip, index, count, sum };
                    self.send(to, Channel::Bulk, part, &code);
                }
                Output::Refused { from, kind, reason } => self.refuse(from, wire::Kind::Replica(kind), reason),
                Output::Report => self.send_report(),
                Output::OwnView { tick, region, tiles } => self.own_view(tick, region, tiles),
                Output::SpeculativeView { tick, region, tiles } => {
                    self.event(Event::View { tick, region, full: true, tiles });
                }
                Output::Failed(why) => {
                    self.notice(Notice::StoppedComputing { why });
                    self.report_failure(why);
                }
                Output::Wake(at) => self.wake_at(at),
            }
        }
    }

    /// See [`Room::portrait`].
    pub(super) fn waits_for(&self) -> String {
        self.replicas.waits_for(&reads!(self))
    }
}
