//! Who is host when the host goes: terms and votes, as in Raft. A voter gives one vote a term, to a log at least
//! as complete as its own; whoever has a majority is host and goes on from its log. A room whose majority cannot
//! be reached goes on as a fork: a lineage of its own, which gives way when the two meet again.

pub(crate) mod hard_state;

use crate::api::{Channel, Micros, PeerId};
use crate::leader::Host;
use crate::notice::{Announcement, Someone};
use crate::room::{Phase, Room};
use crate::wire::{LogMsg, Msg, Roster, Segment};
use sim_kernels::digest::hash4;
use std::collections::BTreeSet;

/// How long a host may be silent at least before a voter stands for election.
const LEAST_US: u64 = 60_000;
/// And at most.
const MOST_US: u64 = 1_000_000;
/// Spread over voters, so that seldom two stand at once.
const SPREAD_US: u64 = 40_000;
/// A voter that heard its host this recently gives its vote to nobody else.
const LOYAL_US: u64 = 60_000;
/// So long without a majority, and the room goes on with those who are here, if they have all of the world.
pub(crate) const FORK_US: u64 = 700_000;
/// So long without a host or a majority, and it goes on as well, whoever is heard and whatever they have.
pub(crate) const HOPELESS_US: u64 = 5_000_000;
/// Elections that this peer may have missed at most. A term that is further ahead is nobody's.
const TERM_AHEAD_MAX: u64 = 1 << 16;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Election {
    /// The newest vote: in which lineage and term, and for whom.
    voted: Option<(u64, u64, PeerId)>,
    /// Who voted for this peer in the current term, while it stands.
    votes: Option<BTreeSet<PeerId>>,
    /// Who would vote for this peer in the next term, while it asks.
    trial: Option<BTreeSet<PeerId>>,
    /// When it stands (again).
    due: Micros,
    /// Since when there has been no host.
    hostless_since: Option<Micros>,
    /// When a fork would last have lost something that may yet come.
    costly_at: Option<Micros>,
    /// When somebody who has more of the log, and is without a host too, was last heard.
    better_at: Option<Micros>,
    /// The longest usual silence between two words of the host.
    silence_us: u64,
}

impl Election {
    /// Begins anew; a vote that was given stays given.
    pub fn again(&mut self) {
        *self = Self { voted: self.voted, ..Self::default() };
    }

    /// This peer was asleep for so long.
    pub fn slept(&mut self, us: u64) {
        self.due += us;
        for at in [&mut self.hostless_since, &mut self.costly_at, &mut self.better_at].into_iter().flatten() {
            *at += us;
        }
    }

    /// The host was heard, and before that at `last`.
    pub fn heard(&mut self, now: Micros, last: Micros) {
        let silence = now.saturating_sub(last).min(MOST_US / 2);
        self.silence_us = silence.max(self.silence_us - self.silence_us / 16);
        (self.hostless_since, self.costly_at, self.better_at) = (None, None, None);
        (self.votes, self.trial) = (None, None);
        self.due = 0;
    }
}

impl Room {
    /// Stands for election when the host has been silent for too long.
    pub(crate) fn election_turn(&mut self) {
        if self.host.is_some() || !matches!(self.phase, Phase::In | Phase::Leaving) || self.log.is_none() {
            return;
        }
        let rtt = self.host_id.map_or(0, |h| u64::from(self.overlay.rtt_us(h)));
        let linked = self.host_id.is_some_and(|h| self.overlay.has(h));
        let least = if linked { (LEAST_US + 2 * self.election.silence_us + rtt).min(MOST_US + rtt) } else { 0 };
        let spread = u64::from(hash4([self.me.0 as u32, self.term as u32, (self.me.0 >> 32) as u32, 7])[0]) % SPREAD_US;
        let due = (self.beat_at + least + spread).max(self.election.due);
        if self.now < due {
            return self.wake_at(due);
        }
        let since = *self.election.hostless_since.get_or_insert(self.now);
        self.election.due = self.now + LEAST_US + spread + rtt;
        self.wake_at(self.election.due);
        if self.would_lose() {
            self.election.costly_at = Some(self.now);
        }
        let free = self.election.costly_at.map_or(since, |at| at.max(since));
        // Who has most goes first, so that the others can follow.
        let follows = self.election.better_at.is_some_and(|at| self.now < at + FORK_US / 2);
        let patience = if follows { 2 * FORK_US } else { FORK_US } + spread;
        // Those who are heard may be in another history, or trouble each other's elections.
        let hopeless = self.now >= since + HOPELESS_US + patience;
        if hopeless || self.now >= free + patience && !self.has_majority() {
            return self.fork();
        }
        if self.roster.voters.contains(&self.me) && !self.is_short() {
            self.try_out();
        }
    }

    /// Asks whether there would be votes: a peer that nobody would vote for must not push the term on, or it
    /// would trouble a room that is well each time that it is cut off for a while.
    fn try_out(&mut self) {
        self.election.trial = Some([self.me].into());
        self.ask_voters(self.term + 1, false, true);
        self.count_trial();
    }

    fn count_trial(&mut self) {
        let Some(trial) = self.election.trial.as_ref().filter(|_| self.host.is_none()) else { return };
        if self.roster.voters.iter().filter(|v| trial.contains(v)).count() >= self.roster.majority() {
            self.election.trial = None;
            self.stand(false);
        }
    }

    fn ask_voters(&mut self, term: u64, asked: bool, trial: bool) {
        let Some(log) = &self.log else { return };
        let (lineage, end, last_term) = (log.lineage, log.end(), log.last_term());
        for voter in self.roster.voters.clone() {
            if voter != self.me {
                self.send(voter, Channel::Log, &Msg::Vote { lineage, term, end, last_term, asked, trial }, &[]);
            }
        }
    }

    /// Somebody asks whether it would get this peer's vote.
    pub(crate) fn trial_from(&mut self, from: PeerId, lineage: u64, term: u64, theirs: (u64, u64)) {
        let Some(log) = &self.log else { return };
        if lineage != log.lineage || !self.roster.has(from) {
            return;
        }
        let mine = (log.last_term(), log.end());
        if theirs > mine || theirs == mine && from < self.me {
            self.election.better_at = Some(self.now);
        }
        let granted = !self.is_loyal(from) && !self.is_short() && term > self.term && theirs >= mine;
        self.send(from, Channel::Log, &Msg::Voted { lineage, term: self.term, granted, trial: true }, &[]);
    }

    /// Whether this peer has a host whom it hears, or is one who hears the others.
    fn is_loyal(&self, but: PeerId) -> bool {
        if self.host.is_some() {
            self.has_majority()
        } else {
            self.host_id.is_some_and(|h| h != but) && self.now < self.beat_at + LOYAL_US
        }
    }

    /// The link to the host is gone: no need to wait for its silence.
    pub(crate) fn host_gone(&mut self) {
        self.election.due = 0;
        self.election_turn();
    }

    /// Whether a term is one that elections may have come to: nobody can push the room's terms towards their end.
    pub(crate) fn is_near(&self, term: u64) -> bool {
        term <= self.term + TERM_AHEAD_MAX
    }

    /// Asks for votes.
    pub(crate) fn stand(&mut self, asked: bool) {
        let Some(log) = &self.log else { return };
        self.term += 1;
        self.pledges.note(log.lineage, self.term, 0);
        self.host_id = None;
        self.election.voted = Some((log.lineage, self.term, self.me));
        self.election.votes = Some([self.me].into());
        self.ask_voters(self.term, asked, false);
        self.count_votes();
    }

    fn count_votes(&mut self) {
        let Some(votes) = &self.election.votes else { return };
        let count = self.roster.voters.iter().filter(|v| votes.contains(v)).count();
        if count >= self.roster.majority() {
            self.become_host();
        }
    }

    /// Somebody stands.
    pub(crate) fn vote_from(&mut self, from: PeerId, lineage: u64, term: u64, theirs: (u64, u64), asked: bool) {
        let Some(log) = &self.log else { return };
        if lineage != log.lineage || !self.roster.has(from) || !self.is_near(term) {
            return;
        }
        let mine = (log.last_term(), log.end());
        let loyal = self.is_loyal(from);
        if term > self.term && loyal && !asked {
            return self.send(
                from,
                Channel::Log,
                &Msg::Voted { lineage, term: self.term, granted: false, trial: false },
                &[],
            );
        }
        if term > self.term {
            self.term = term;
            self.host = None;
            self.host_id = None;
            self.election.votes = None;
        }
        // One vote a term; in a history that it left and came back to, none for the terms in which it spoke before.
        let free = match self.election.voted {
            Some((l, t, who)) if l == lineage => t < term || (t, who) == (term, from),
            _ => term > self.pledges.term(lineage),
        };
        let granted = !self.is_short()
            && term == self.term
            && self.host.is_none()
            && self.host_id.is_none()
            && free
            && theirs >= mine;
        if granted {
            self.election.voted = Some((lineage, term, from));
            self.pledges.note(lineage, term, 0);
            // Time for the winner to be heard.
            self.election.due = self.now + LEAST_US;
        }
        self.send(from, Channel::Log, &Msg::Voted { lineage, term: self.term, granted, trial: false }, &[]);
    }

    /// An answer.
    pub(crate) fn voted_from(&mut self, from: PeerId, lineage: u64, term: u64, granted: bool, trial: bool) {
        if self.log.as_ref().is_none_or(|l| l.lineage != lineage) || !self.is_near(term) {
            return;
        }
        if term > self.term {
            self.step_down(term);
        } else if trial {
            if granted && let Some(trial) = &mut self.election.trial {
                trial.insert(from);
                self.count_trial();
            }
        } else if granted
            && term == self.term
            && let Some(votes) = &mut self.election.votes
        {
            votes.insert(from);
            self.count_votes();
        }
    }

    /// There is a newer term than this peer's.
    pub(crate) fn step_down(&mut self, term: u64) {
        self.term = term;
        self.host = None;
        self.host_id = None;
        (self.election.votes, self.election.trial) = (None, None);
    }

    /// This peer is host from here on.
    pub(crate) fn become_host(&mut self) {
        self.host_id = Some(self.me);
        (self.election.votes, self.election.trial) = (None, None);
        self.election.hostless_since = None;
        self.host = Some(Box::new(Host::successor(self.beat.paused, self.now)));
        // What its predecessor said of the room goes on only as far as the log here bears it out.
        if let Some(log) = &self.log {
            if self.beat.frontier > log.next {
                (self.beat.frontier, self.beat.frontier_tick) = (log.next, log.globals.tick);
            }
            let end = (log.era_end(), log.tick_end());
            self.beat.digest.take_if(|d| (d.0, d.1) > end);
        }
        let people: Vec<PeerId> = self.roster.people.iter().map(|p| p.0).collect();
        people.into_iter().for_each(|id| self.host_person(id));
        self.count_inherited();
        self.opening_inherited();
        self.player.resend();
        self.profile_at = 0;
        // An entry of its own term is what makes its predecessors' entries count.
        self.note(Segment::default());
        self.send_links();
        self.send_report();
    }

    /// Whether a fork would go back to a cut, since all who hold some strip are silent, and somebody of them may only
    /// be slow: a link still counts as one. To wait costs less then.
    pub(crate) fn would_lose(&self) -> bool {
        let Some(log) = &self.log else { return false };
        let has = |strip: u32, id: PeerId| if id == self.me { self.replicas.holds(strip) } else { self.is_heard(id) };
        let strips = &log.partition_end().strips;
        let mut silent = strips.iter().filter(|s| !s.holders().any(|id| has(s.id, id)));
        silent.any(|s| s.holders().any(|id| self.overlay.has(id)))
    }

    /// The room goes on with those who are here, as a fork.
    pub(crate) fn fork(&mut self) {
        let heard = |id: PeerId| {
            let votes = self.election.votes.as_ref().is_none_or(|v| v.contains(&id));
            id == self.me || self.is_heard(id) && (self.host.is_some() || votes)
        };
        let gone = self.roster.people.iter().filter(|p| !heard(p.0)).map(|p| self.someone(p.0));
        let (left, cut_off): (Vec<Someone>, Vec<Someone>) = gone.partition(|p| self.has_left(p.id));
        let people: Vec<_> = self.roster.people.iter().filter(|p| heard(p.0)).cloned().collect();
        let voters: Vec<PeerId> = people.iter().map(|p| p.0).take(crate::wire::VOTERS_MAX).collect();
        let Some(log) = &mut self.log else { return };
        // A peer may fork more than once from the same place; its clock tells the forks apart.
        let h = hash4([
            log.lineage as u32,
            (log.lineage >> 32) as u32,
            self.me.0 as u32 ^ self.term as u32,
            self.now as u32,
        ]);
        log.parent = log.lineage;
        log.lineage = u64::from(h[0]) << 32 | u64::from(h[1]);
        let (next, end, last_term) = (log.next, log.end(), log.last_term());
        log.agree(end);
        self.other_lineage(next);
        self.term += 1;
        self.beat.digest = None;
        self.become_host();
        self.note(Segment { roster: Some(Roster { people, voters }), ..Segment::default() });
        self.roster_follows();
        let Some(log) = &self.log else { return };
        let fork = Msg::Fork { lineage: log.lineage, parent: log.parent, term: self.term, end, last_term };
        for peer in self.roster.people.iter().map(|p| p.0).filter(|&p| p != self.me).collect::<Vec<_>>() {
            self.send(peer, Channel::Log, &fork, &[]);
        }
        let alone = self.roster.people.len() == 1;
        if let Some(log) = &mut self.log
            && alone
        {
            let end = log.end();
            log.agree(end);
        }
        self.log_grew();
        left.into_iter().for_each(|someone| self.announce(Announcement::Left(someone)));
        if !cut_off.is_empty() {
            self.announce(Announcement::CutOff(cut_off));
        }
    }

    /// The host goes on as a fork, or somebody else who is without a host too; and this peer with it.
    pub(crate) fn fork_from(&mut self, from: PeerId, (lineage, parent): (u64, u64), term: u64, theirs: (u64, u64)) {
        let hostless = self.host_id.is_none() || self.election.hostless_since.is_some();
        let whole = self.log.as_ref().is_some_and(|l| theirs >= (l.last_term(), l.end()));
        let follows = self.host.is_none() && self.is_near(term) && (self.host_id == Some(from) || hostless && whole);
        let Some(log) = &mut self.log else { return };
        if self.phase == Phase::Joining || log.lineage != parent || term <= self.term || !follows {
            return;
        }
        (log.lineage, log.parent) = (lineage, parent);
        let next = log.next;
        self.other_lineage(next);
        self.step_down(term);
        self.beat_at = self.now;
        self.follows(from);
    }

    /// Whether someone was heard lately; by a host, as a member of its own room.
    fn is_heard(&self, peer: PeerId) -> bool {
        let Some(rtt) = self.overlay.link(peer).map(|l| u64::from(l.rtt_us())) else { return false };
        let heard = self.overlay.heard(peer);
        let at = match &self.host {
            Some(host) => host.people.get(&peer).map(|p| p.heard_at),
            None => heard.map(|h| h.at()),
        };
        // Busy machines are silent for a while without being gone.
        let usual = heard.map_or(0, |h| h.usual_us());
        at.is_some_and(|at| self.now < at + FORK_US / 2 + rtt + usual)
    }

    /// Whether a majority has been heard lately.
    pub(crate) fn has_majority(&self) -> bool {
        let heard = |v: &&PeerId| **v == self.me || self.is_heard(**v);
        self.roster.voters.iter().filter(heard).count() >= self.roster.majority()
    }

    /// The history is another one from a step on: what was kept for that step and later ones is of the old one.
    pub(crate) fn other_lineage(&mut self, step: u64) {
        self.replicas.forget_bands_from(step);
        self.cuts.forget_from(step);
        self.beat.digest = None;
    }

    /// Whether this peer said that it holds more of this lineage's log than it does now: it lost its state, and
    /// its vote could make the room forget what was agreed.
    fn is_short(&self) -> bool {
        self.log.as_ref().is_none_or(|l| l.end() < self.pledges.known(l.lineage))
    }

    /// Whether a message is the host's; a higher term makes its sender host.
    pub(crate) fn is_from_host(&mut self, from: PeerId, msg: &LogMsg) -> bool {
        let Some(log) = &self.log else { return false };
        let known = msg.lineage == log.lineage;
        if !matches!(self.phase, Phase::In | Phase::Leaving) || !known || !self.is_near(msg.term) {
            return false;
        }
        if msg.term < self.term {
            // It does not know yet that its term is over.
            let (lineage, term) = (msg.lineage, self.term);
            self.send(from, Channel::Log, &Msg::Voted { lineage, term, granted: false, trial: false }, &[]);
            return false;
        }
        if msg.term > self.term || self.host_id.is_none() {
            self.step_down(msg.term);
            self.follows(from);
        }
        self.host_id == Some(from)
    }
}
