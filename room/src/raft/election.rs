//! Standing for election, and voting.

use super::messages::Message;
use super::{
    Ballot, Due, ELECTION_US_MAX, ELECTION_US_MIN, FORK_US, HOPELESS_US, LOYAL_US, Output, RAISES, RENEW_TIMES_MAX,
    RENEW_US, Raft, Reads, SPREAD_US, is_near,
};
use crate::api::{Micros, PeerId};
use crate::bucket::Bucket;
use sim_kernels::digest::hash4;

impl Raft {
    /// When this peer stands for election if the leader stays silent, and the spread that it added for this term.
    fn election_due(&self, r: &Reads<'_>) -> (Micros, Micros) {
        // A round trip that took longer took in somebody's sleep.
        let rtt = self.leader.map_or(0, |h| u64::from(r.overlay.rtt_us(h)).min(ELECTION_US_MAX));
        let linked = self.leader.is_some_and(|h| r.overlay.has(h));
        let silent = ELECTION_US_MIN + 2 * self.silence_us + rtt;
        let least = if linked { silent.min(ELECTION_US_MAX + rtt) } else { 0 };
        let spread = u64::from(hash4([r.me.0 as u32, self.term as u32, (r.me.0 >> 32) as u32, 7])[0]) % SPREAD_US;
        ((r.heartbeat_at + least + spread).max(self.timers.at(Due::Election)), spread)
    }

    /// Whether the leader has been silent for too long. Where it has not, this says when to look again.
    pub fn is_election_due(&mut self, r: &Reads<'_>) -> bool {
        if self.leads || !r.is_in || r.position.is_none() {
            return false;
        }
        let (due, _) = self.election_due(r);
        if r.now < due {
            self.out.push_back(Output::Wake(due));
        }
        r.now >= due
    }

    /// The leader has been silent for too long: stands for election, or forks. `would_lose`: whether a fork would lose
    /// something that may yet come.
    pub fn elect(&mut self, would_lose: bool, r: &Reads<'_>) {
        let (_, spread) = self.election_due(r);
        let since = *self.leaderless_since.get_or_insert(r.now);
        self.wait_for_answers(r);
        if would_lose {
            self.costly_at = Some(r.now);
        }
        let free = self.costly_at.map_or(since, |at| at.max(since));
        // Who has most goes first, so that the others can follow.
        let follows = self.better_at.is_some_and(|at| r.now < at + FORK_US / 2);
        let patience = if follows { 2 * FORK_US } else { FORK_US } + spread;
        // Those who are heard may be in another history, or trouble each other's elections.
        let hopeless = r.now >= since + HOPELESS_US + patience;
        if hopeless || r.now >= free + patience && !self.has_majority(r) {
            return self.out.push_back(Output::Fork);
        }
        if r.roster.voters.contains(&r.me) && !self.is_short(r) {
            self.ask_pre_votes(r);
        }
    }

    /// The next try is not before a majority can have answered this one: over long links each try would otherwise be
    /// over before its answers are here.
    fn wait_for_answers(&mut self, r: &Reads<'_>) {
        let (_, spread) = self.election_due(r);
        let rtt = |v: &PeerId| if *v == r.me { 0 } else { u64::from(r.overlay.rtt_us(*v)) };
        let mut rtts: Vec<Micros> = r.roster.voters.iter().map(rtt).collect();
        rtts.sort_unstable();
        let majority = rtts.get(r.roster.majority() - 1).copied().unwrap_or(0);
        let leader = self.leader.map_or(0, |h| u64::from(r.overlay.rtt_us(h)));
        let due = r.now + ELECTION_US_MIN + spread + leader.max(majority + majority / 4).min(ELECTION_US_MAX);
        self.timers.set(Due::Election, due);
        self.out.push_back(Output::Wake(due));
    }

    /// The link to the leader is gone: no need to wait for its silence.
    pub fn leader_is_gone(&mut self) {
        self.timers.hurry(Due::Election);
    }

    /// Whether a majority has been heard lately.
    pub fn has_majority(&self, r: &Reads<'_>) -> bool {
        let heard = |v: &&PeerId| **v == r.me || (r.is_heard)(**v) && !self.was_mute(**v, r.now);
        r.roster.voters.iter().filter(heard).count() >= r.roster.majority()
    }

    /// Whether this peer said that it holds more of this lineage's log than it does now: it lost its state, and
    /// its vote could make the room forget what was committed.
    fn is_short(&self, r: &Reads<'_>) -> bool {
        r.position.is_none_or(|p| p.end < self.hard_state.known(p.lineage))
    }

    /// Whether this peer has a leader whom it hears, or is one who hears the others.
    fn is_loyal(&self, but: PeerId, r: &Reads<'_>) -> bool {
        if self.leads {
            self.has_majority(r)
        } else {
            self.leader.is_some_and(|h| h != but) && r.now < r.heartbeat_at + LOYAL_US
        }
    }

    /// Asks whether there would be votes: a peer that nobody would vote for must not push the term on, or it
    /// would trouble a room that is well each time that it is cut off for a while.
    fn ask_pre_votes(&mut self, r: &Reads<'_>) {
        let term = self.next_term();
        self.pre_votes = Some((term, [r.me].into()));
        self.ask_voters(term, true, r);
        self.count_pre_votes(r);
    }

    /// The term in which this peer stands next: newer than its own, and than those of which voters told it.
    fn next_term(&self) -> u64 {
        self.term.max(self.newer) + 1
    }

    /// How far a voter's word of a newer term is believed: each has so many terms to tell of, so that nobody's word
    /// alone takes a peer further than the others' words can follow.
    fn believed_term(&mut self, from: PeerId, term: u64, r: &Reads<'_>) -> u64 {
        let known = self.term.max(self.newer);
        self.raises.retain(|id, _| r.is_voter(*id) || r.roster.has(*id));
        let left = self.raises.entry(from).or_insert_with(|| Bucket::new(RAISES, r.now));
        let by = (1..=term.saturating_sub(known).min(RAISES.burst)).rev().find(|&by| left.take(RAISES, by, r.now));
        known + by.unwrap_or(0)
    }

    fn count_pre_votes(&mut self, r: &Reads<'_>) {
        let Some((_, votes)) = self.pre_votes.as_ref().filter(|_| !self.leads) else { return };
        if r.roster.voters.iter().filter(|v| votes.contains(v)).count() >= r.roster.majority() {
            self.pre_votes = None;
            self.stand(r);
        }
    }

    fn ask_voters(&mut self, term: u64, pre_vote: bool, r: &Reads<'_>) {
        let Some(p) = r.position else { return };
        for &voter in r.roster.voters.iter().filter(|&&v| v != r.me) {
            let vote = Message::RequestVote { lineage: p.lineage, term, end: p.end, last_term: p.last_term, pre_vote };
            self.out.push_back(Output::Send(voter, vote));
        }
    }

    /// Asks for votes.
    fn stand(&mut self, r: &Reads<'_>) {
        let Some(p) = r.position else { return };
        self.term = self.next_term();
        self.hard_state.note(p.lineage, self.term, 0);
        self.leader = None;
        self.voted = Some((p.lineage, self.term, r.me));
        self.votes = Some([r.me].into());
        self.ask_voters(self.term, false, r);
        self.wait_for_answers(r);
        self.tell_vote(r);
        self.count_votes(r);
    }

    fn count_votes(&mut self, r: &Reads<'_>) {
        let Some(votes) = &self.votes else { return };
        if r.roster.voters.iter().filter(|v| votes.contains(v)).count() >= r.roster.majority() {
            let votes = self.lead(r.me);
            self.out.push_back(Output::Lead(votes));
        }
    }

    /// Tells everyone for whom this peer voted.
    fn tell_vote(&mut self, r: &Reads<'_>) {
        r.overlay.peers().for_each(|peer| self.tell_vote_to(peer));
    }

    /// Tells one who may not have been linked when it was given.
    pub fn tell_vote_to(&mut self, peer: PeerId) {
        if let Some((lineage, term, to)) = self.voted {
            self.out
                .push_back(Output::Send(peer, Message::Voted { lineage, term, to, granted: true, pre_vote: false }));
        }
    }

    /// Tells somebody that there is no vote for it, and this peer's term.
    pub fn refuse_vote(&mut self, to: PeerId, lineage: u64) {
        self.refuse_vote_in(to, lineage, self.term);
    }

    /// The same, with the term in which this peer spoke in a history.
    pub fn refuse_vote_in(&mut self, to: PeerId, lineage: u64, term: u64) {
        self.out.push_back(Output::Send(to, Message::Voted { lineage, term, to, granted: false, pre_vote: false }));
    }

    /// What somebody says of elections. A fork is the room's to judge.
    pub fn handle(&mut self, from: PeerId, message: Message, r: &Reads<'_>) {
        match message {
            Message::RequestVote { lineage, term, end, last_term, pre_vote: true } => {
                self.pre_vote_from(from, lineage, term, (last_term, end), r);
            }
            Message::RequestVote { lineage, term, end, last_term, pre_vote: false } => {
                self.vote_from(from, lineage, term, (last_term, end), r);
            }
            Message::Voted { lineage, term, to, granted, pre_vote } => {
                self.voted_from(from, (lineage, term, to), granted, pre_vote, r);
            }
            Message::TimeoutNow { term, to } => self.timeout_now_from(from, term, to, r),
            Message::Fork { .. } => {}
        }
    }

    /// Somebody asks whether it would get this peer's vote.
    pub fn pre_vote_from(&mut self, from: PeerId, lineage: u64, term: u64, theirs: (u64, u64), r: &Reads<'_>) {
        let Some(p) = r.position.filter(|p| p.lineage == lineage && r.is_voter(from)) else { return };
        let mine = p.completeness();
        if theirs > mine || theirs == mine && from < r.me {
            self.better_at = Some(r.now);
        }
        let granted = !self.is_loyal(from, r) && !self.is_short(r) && term > self.term && theirs >= mine;
        let voted = Message::Voted { lineage, term: self.term, to: from, granted, pre_vote: true };
        self.out.push_back(Output::Send(from, voted));
    }

    /// Whether the leader of this term wants somebody as its successor.
    fn is_named(&self, peer: PeerId, now: Micros) -> bool {
        self.named.is_some_and(|(term, to, until)| (term, to) == (self.term, peer) && now < until)
    }

    /// The leader names its successor.
    pub fn timeout_now_from(&mut self, from: PeerId, term: u64, to: PeerId, r: &Reads<'_>) {
        if term != self.term || self.leader != Some(from) || self.leads {
            return;
        }
        self.name(to, r.now);
        if to == r.me {
            return self.stand(r);
        }
        if let Some((candidate, (lineage, term, _), theirs)) = self.refused.take_if(|refused| refused.0 == to) {
            self.vote_from(candidate, lineage, term, theirs, r);
        }
    }

    /// Somebody stands.
    pub fn vote_from(&mut self, from: PeerId, lineage: u64, term: u64, theirs: (u64, u64), r: &Reads<'_>) {
        let Some(p) = r.position.filter(|p| p.lineage == lineage) else { return };
        if !r.is_voter(from) || !is_near(self.term, term) {
            return;
        }
        if term > self.term && self.is_loyal(from, r) && !self.is_named(from, r.now) {
            self.refused = Some((from, (lineage, term, from), theirs));
            return self.refuse_vote(from, lineage);
        }
        if term > self.term {
            if !self.is_named(from, r.now) {
                let believed = self.believed_term(from, term, r);
                // There is no vote for it in any case, so that what this peer is at is not ended.
                let lacks = theirs < p.completeness();
                if lacks || believed < term {
                    self.newer = self.newer.max(believed);
                    return self.refuse_vote(from, lineage);
                }
            }
            self.term = term;
            self.votes = None;
            self.unseat();
        }
        // One vote a term; in a history that it left and came back to, none for the terms in which it spoke before.
        let free = match self.voted {
            Some((l, t, who)) if l == lineage => t < term || (t, who) == (term, from),
            _ => term > self.hard_state.term(lineage),
        };
        let free = free && !self.leads && self.leader.is_none();
        let granted = !self.is_short(r) && term == self.term && free && theirs >= p.completeness();
        if !granted {
            return self.refuse_vote(from, lineage);
        }
        self.voted = Some((lineage, term, from));
        self.hard_state.note(lineage, term, 0);
        // Time for the winner to be heard.
        self.timers.set(Due::Election, r.now + ELECTION_US_MIN);
        self.tell_vote(r);
        self.follow_elected((lineage, term, from), r);
    }

    /// An answer, or the news of one.
    pub fn voted_from(&mut self, from: PeerId, ballot: Ballot, granted: bool, pre_vote: bool, r: &Reads<'_>) {
        let (lineage, term, to) = ballot;
        if granted && !pre_vote {
            // A voter has one vote a term: what it said first counts.
            let told = self.told.entry(from).or_insert(ballot);
            if told.0 != lineage || term > told.1 {
                *told = ballot;
            }
        }
        let known = r.position.is_some_and(|p| p.lineage == lineage) && is_near(self.term, term);
        if !known || !r.roster.has(from) {
            return;
        }
        if to != r.me {
            if granted && !pre_vote {
                self.follow_elected(ballot, r);
            }
            return;
        }
        if pre_vote
            && granted
            && let Some((_, votes)) = self.pre_votes.as_mut().filter(|asked| term < asked.0)
        {
            votes.insert(from);
            self.count_pre_votes(r);
        } else if term > self.term {
            if !granted {
                self.outranked(from, term, r);
            }
        } else if !pre_vote
            && granted
            && term == self.term
            && self.told.get(&from) == Some(&ballot)
            && let Some(votes) = &mut self.votes
        {
            votes.insert(from);
            self.count_votes(r);
        }
    }

    /// Whether a majority of the voters made somebody the leader of a term: by what each said over its own link; for
    /// those to whom there is none, by `votes`, what the candidate says of them.
    fn is_elected(&self, ballot: Ballot, votes: &[PeerId], r: &Reads<'_>) -> bool {
        if r.position.is_none_or(|p| p.lineage != ballot.0) {
            return false;
        }
        let voted = |v: &&PeerId| {
            if **v == r.me {
                self.voted == Some(ballot)
            } else if r.overlay.has(**v) {
                **v == ballot.2 || self.told.get(v) == Some(&ballot)
            } else {
                votes.contains(v)
            }
        };
        (r.rosters)().iter().any(|roster| roster.voters.iter().filter(voted).count() >= roster.majority())
    }

    /// Whether a majority of the voters that this peer knows voted in newer terms than its own: they went on. Who leads
    /// them may have been elected by a roster that this peer never heard of.
    pub fn is_outrun(&self, r: &Reads<'_>) -> bool {
        let newer = |b: &Ballot| r.position.is_some_and(|p| p.lineage == b.0) && b.1 > self.term;
        let voters = r.roster.voters.iter().filter(|v| self.told.get(v).is_some_and(newer));
        voters.count() >= r.roster.majority()
    }

    /// Follows the peer that was elected, if one was; in the order in which votes come there may be no log of theirs
    /// yet.
    fn follow_elected(&mut self, ballot: Ballot, r: &Reads<'_>) {
        let (_, term, to) = ballot;
        let news = term > self.term || term == self.term && self.leader.is_none() && !self.leads;
        let here = r.is_in && r.overlay.has(to);
        if news && here && is_near(self.term, term) && self.is_elected(ballot, &[], r) {
            self.step_down(term);
            self.out.extend([Output::Elected, Output::Follow(to)]);
        }
    }

    /// Whether somebody who appends entries is the leader; one whom a majority elected becomes it.
    pub fn is_leader(&mut self, from: PeerId, lineage: u64, term: u64, votes: &[PeerId], r: &Reads<'_>) -> bool {
        let known = r.position.is_some_and(|p| p.lineage == lineage);
        if !r.is_in || !known || !is_near(self.term, term) {
            return false;
        }
        if term < self.term {
            // It does not know yet that its term is over.
            self.refuse_vote(from, lineage);
            return false;
        }
        if term > self.term || self.leader.is_none() {
            let votes = if r.roster.has(from) { votes } else { &[] };
            if !self.is_elected((lineage, term, from), votes, r) {
                return false;
            }
            self.step_down(term);
            self.leader = Some(from);
            self.out.push_back(Output::Follow(from));
        }
        self.leader == Some(from)
    }

    /// Somebody is in a newer term. One that has no leader stands in one that is newer still, once what it is at is
    /// over: no word ends a candidacy. A leader that hears a majority of its own stands again, in a term that is newer
    /// still, so that nobody is left behind and nobody unseats it by saying so.
    pub fn outranked(&mut self, from: PeerId, term: u64, r: &Reads<'_>) {
        if !self.leads {
            // A peer that stands has asked voters alone.
            let stands = self.votes.is_some() || self.pre_votes.is_some();
            if (self.leader.is_none() || stands) && r.is_voter(from) {
                self.newer = self.believed_term(from, term, r);
            }
            return;
        }
        if !r.is_voter(from) && !r.roster.has(from) {
            return;
        }
        let (at, times) = self.renewed.unwrap_or((0, 0));
        let wait = RENEW_US << times;
        if at > 0 && r.now < at + wait {
            return;
        }
        let quiet = (r.now.saturating_sub(at) / (wait * 4)).min(8) as u32;
        let times = if at == 0 { 0 } else { (times + 1).saturating_sub(quiet).min(RENEW_TIMES_MAX) };
        self.renewed = Some((r.now, times));
        let has = self.has_majority(r);
        let believed = self.believed_term(from, term, r);
        self.step_down(believed);
        if has && r.roster.voters.contains(&r.me) && !self.is_short(r) {
            self.stand(r);
        }
    }

    /// There is a newer term than this peer's.
    pub fn step_down(&mut self, term: u64) {
        self.term = term;
        (self.votes, self.pre_votes) = (None, None);
        self.unseat();
    }

    fn unseat(&mut self) {
        self.leader = None;
        self.leads = false;
        self.out.push_back(Output::Unseat);
    }
}
