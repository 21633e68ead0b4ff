//! Elections and forks: what the raft machine is told, and what it wants done.

use super::Room;
use crate::api::{Channel, Micros, PeerId};
use crate::leader::Leader;
use crate::membership::Phase;
use crate::notice::{Announcement, Someone};
use crate::overlay::Overlay;
use crate::raft::messages::Message;
use crate::raft::{FORK_US, Output, Position, Raft, Reads, is_near};
use crate::roster::{Roster, VOTERS_MAX};
use crate::timeline::Segment;
use crate::timeline::Timeline;
use sim_kernels::digest::hash4;
use std::collections::BTreeSet;

/// Whether someone was heard lately; by a leader, as a member of its own room.
fn is_heard(overlay: &Overlay, leader: Option<&Leader>, now: Micros, peer: PeerId) -> bool {
    // A round trip that took longer took in somebody's sleep.
    let Some(rtt) = overlay.link(peer).map(|l| u64::from(l.rtt_us()).min(FORK_US)) else { return false };
    let heard = overlay.heard(peer);
    let at = leader.map_or(heard.map(|h| h.at()), |leader| leader.heard_at(peer));
    // Busy machines are silent for a while without being gone.
    let usual = heard.map_or(0, |h| h.usual_us());
    at.is_some_and(|at| now < at + FORK_US / 2 + rtt + usual)
}

fn position(log: &Timeline) -> Position {
    Position { lineage: log.lineage(), last_term: log.last_term(), end: log.end() }
}

/// What elections read, while they themselves change.
macro_rules! with_reads {
    ($room:ident, $reads:ident => $what:expr) => {{
        let (overlay, leader, log, now) = (&$room.overlay, $room.leader.as_deref(), $room.log.as_ref(), $room.now);
        let $reads = &Reads {
            now,
            me: $room.me,
            is_in: $room.membership.is_in(),
            position: log.map(position),
            roster: &$room.roster,
            rosters: &|| log.map_or_else(Vec::new, |l| l.rosters().collect()),
            overlay,
            heartbeat_at: $room.heartbeats.heard_at(),
            is_heard: &|peer| is_heard(overlay, leader, now, peer),
        };
        $what
    }};
}

impl Room {
    /// Lets the raft machine do something, and then does what it wants done.
    fn raft<T>(&mut self, f: impl FnOnce(&mut Raft, &Reads<'_>) -> T) -> T {
        let answer = with_reads!(self, reads => f(&mut self.raft, reads));
        self.drain_raft();
        answer
    }

    /// Stands for election when the leader has been silent for too long.
    pub(super) fn election_turn(&mut self) {
        if self.raft(|raft, reads| raft.is_election_due(reads)) {
            let would_lose = self.would_lose();
            self.raft(|raft, reads| raft.elect(would_lose, reads));
            if let Some((from, lineages, term, theirs)) = self.raft.ripe_claim(self.now) {
                self.fork_from(from, lineages, term, theirs);
            }
        }
    }

    /// The link to the leader is gone: no need to wait for its silence.
    pub(crate) fn leader_gone(&mut self) {
        self.raft.leader_is_gone();
        self.election_turn();
    }

    /// Whether a majority has been heard lately.
    pub(crate) fn has_majority(&self) -> bool {
        with_reads!(self, reads => self.raft.has_majority(reads))
    }

    /// Whether the voters went on without this peer.
    pub(super) fn is_outrun(&self) -> bool {
        with_reads!(self, reads => self.raft.is_outrun(reads))
    }

    /// Whether somebody who is gone went of their own will: with a goodbye, or after they told this leader that they
    /// wish to leave. A page that is closed meanwhile may have no time for the goodbye.
    fn has_left(&self, peer: PeerId) -> bool {
        self.membership.parted().contains(&peer) || self.leader.as_ref().is_some_and(|leader| leader.is_leaving(peer))
    }

    fn is_heard(&self, peer: PeerId) -> bool {
        is_heard(&self.overlay, self.leader.as_deref(), self.now, peer)
    }

    /// Of elections and forks.
    pub(super) fn raft_from(&mut self, from: PeerId, message: Message) {
        if let Message::Fork { lineage, parent, term, end, last_term } = message {
            return self.fork_from(from, (lineage, parent), term, (last_term, end));
        }
        self.raft(|raft, reads| raft.handle(from, message, reads));
    }

    /// Somebody is in a newer term.
    pub(super) fn outranked(&mut self, from: PeerId, term: u64) {
        self.raft(|raft, reads| raft.outranked(from, term, reads));
    }

    /// Whether entries come from the leader; one whom a majority elected becomes it.
    pub(crate) fn is_from_leader(&mut self, from: PeerId, lineage: u64, term: u64, votes: &[PeerId]) -> bool {
        self.raft(|raft, reads| raft.is_leader(from, lineage, term, votes, reads))
    }

    /// Tells one who may not have been linked when it was given for whom this peer voted.
    pub(crate) fn tell_vote_to(&mut self, peer: PeerId) {
        self.raft.tell_vote_to(peer);
        self.drain_raft();
    }

    /// Tells somebody that there is no vote for it, and in which term this peer spoke in a history.
    pub(super) fn refuse_vote_in(&mut self, to: PeerId, lineage: u64, term: u64) {
        self.raft.refuse_vote_in(to, lineage, term);
        self.drain_raft();
    }

    pub(crate) fn drain_raft(&mut self) {
        while let Some(output) = self.raft.poll() {
            match output {
                Output::Send(to, message) => self.send(to, Channel::Log, message, &[]),
                Output::Unseat => self.leader = None,
                Output::Lead(votes) => self.become_leader(votes),
                Output::Follow(leader) => self.follows(leader),
                Output::Elected => {
                    self.heartbeats.heard(self.now);
                    self.overlay.tells_early();
                }
                Output::Fork => self.fork(),
                Output::Wake(at) => self.wake_at(at),
            }
        }
    }

    /// This peer leads from here on; these voted for it.
    fn become_leader(&mut self, votes: BTreeSet<PeerId>) {
        let votes = votes.into_iter().filter(|v| self.roster.voters.contains(v)).collect();
        self.leader = Some(Box::new(Leader::successor(self.heartbeats.newest(), self.now, votes)));
        // What its predecessor said of the room goes on only as far as the log here bears it out.
        if let Some(log) = &self.log {
            let committed = (log.commit_index(), log.globals().tick);
            self.heartbeats.inherit(committed, (log.epoch_end(), log.tick_end()));
        }
        let people: Vec<PeerId> = self.roster.people.iter().map(|p| p.0).collect();
        people.into_iter().for_each(|id| self.leader_person(id));
        self.inherit();
        self.player.resend();
        self.membership.profile_changed();
        // An entry of its own term is what makes its predecessors' entries count.
        self.note(Segment::default());
        self.send_links();
        self.send_report();
    }

    /// Whether somebody would be in a fork that began now: a member who is heard, acknowledges, and votes for this peer
    /// if it stands.
    fn goes_along(&self, id: PeerId) -> bool {
        let votes = self.leader.is_some() || self.raft.votes().is_none_or(|v| v.contains(&id));
        id == self.me || self.roster.has(id) && votes && self.is_heard(id) && !self.raft.was_mute(id, self.now)
    }

    /// Whether a fork would go back to a checkpoint, since of all who hold some strip nobody would be in it, and
    /// somebody of them may only be slow: a link still counts as one. To wait costs less then.
    pub(super) fn would_lose(&self) -> bool {
        let Some(log) = &self.log else { return false };
        let has = |strip, id| if id == self.me { self.replicas.holds(strip) } else { self.goes_along(id) };
        let strips = &log.partition_end().strips;
        let mut lost = strips.iter().filter(|s| !s.holders().any(|id| has(s.id, id)));
        lost.any(|s| s.holders().any(|id| self.overlay.has(id)))
    }

    /// The room goes on with those who are here, as a fork.
    pub(crate) fn fork(&mut self) {
        let gone = self.roster.people.iter().filter(|p| !self.goes_along(p.0)).map(|p| self.someone(p.0));
        let (left, cut_off): (Vec<Someone>, Vec<Someone>) = gone.partition(|p| self.has_left(p.id));
        let people: Vec<_> = self.roster.people.iter().filter(|p| self.goes_along(p.0)).cloned().collect();
        let voters: Vec<PeerId> = people.iter().map(|p| p.0).take(VOTERS_MAX).collect();
        let Some(log) = &mut self.log else { return };
        // A peer may fork more than once from the same place; its clock tells the forks apart.
        let h = hash4([
            log.lineage() as u32,
            (log.lineage() >> 32) as u32,
            self.me.0 as u32 ^ self.raft.term() as u32,
            self.now as u32,
        ]);
        log.fork(u64::from(h[0]) << 32 | u64::from(h[1]));
        let (next, end, last_term) = (log.commit_index(), log.end(), log.last_term());
        log.commit(end);
        self.other_lineage(next);
        self.heartbeats.forget_digest();
        let votes = self.raft.fork(self.me);
        self.become_leader(votes);
        self.note(Segment { roster: Some(Roster { people, voters }), ..Segment::default() });
        self.roster_follows();
        let Some(log) = &self.log else { return };
        let fork =
            Message::Fork { lineage: log.lineage(), parent: log.parent(), term: self.raft.term(), end, last_term };
        for peer in self.roster.people.iter().map(|p| p.0).filter(|&p| p != self.me).collect::<Vec<_>>() {
            self.send(peer, Channel::Log, fork.clone(), &[]);
        }
        let alone = self.roster.people.len() == 1;
        if let Some(log) = &mut self.log
            && alone
        {
            let end = log.end();
            log.commit(end);
        }
        self.log_grew();
        left.into_iter().for_each(|someone| self.announce(Announcement::Left(someone)));
        if !cut_off.is_empty() {
            self.announce(Announcement::CutOff(cut_off));
        }
    }

    /// The leader goes on as a fork, or somebody else who is without a leader too; and this peer with it.
    pub(super) fn fork_from(&mut self, from: PeerId, (lineage, parent): (u64, u64), term: u64, theirs: (u64, u64)) {
        let Some(log) = &mut self.log else { return };
        let whole = theirs >= (log.last_term(), log.end());
        let by_leader = self.raft.leader() == Some(from);
        let follows = self.leader.is_none()
            && is_near(self.raft.term(), term)
            && (by_leader || self.raft.is_leaderless() && whole);
        if self.membership.phase() == Phase::Joining || log.lineage() != parent || term <= self.raft.term() || !follows
        {
            return;
        }
        if !by_leader && !self.raft.may_follow((from, (lineage, parent), term, theirs), self.now) {
            return;
        }
        log.fork(lineage);
        let next = log.commit_index();
        self.other_lineage(next);
        self.raft.step_down(term);
        self.drain_raft();
        self.heartbeats.heard(self.now);
        self.follows(from);
    }

    /// The history is another one from a step on: what was kept for that step and later ones is of the old one.
    fn other_lineage(&mut self, step: u64) {
        self.replicas.forget_bands_from(step);
        self.checkpoints.forget_from(step);
        self.heartbeats.forget_digest();
    }
}
