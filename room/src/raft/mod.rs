//! Elections, as in Raft (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014): terms,
//! one vote a term for a log at least as complete as one's own, a pre-vote before each election (Ongaro, "Consensus:
//! Bridging Theory and Practice", 2014, section 9.6), leadership transfer by `TimeoutNow`. Entries are opaque here: all
//! that counts of the log is its [`Position`].
//!
//! Votes are told to everyone, and a member follows a new leader only once a majority of the voters told it theirs. A
//! voter's word reaches it over their own link; where they have none the leader's word for it counts, for now.
//!
//! A room whose majority cannot be reached goes on as a fork: a lineage of its own, which gives way when the two meet
//! again. This machine says when; what a fork does is the room's.

mod election;
mod hard_state;
mod log;
pub mod messages;

pub(crate) use self::log::Log;
pub(crate) use self::messages::TERM_MAX;

use self::hard_state::HardState;
use self::messages::Message;
use crate::api::{Micros, PeerId};
use crate::bucket::Bucket;
use crate::message::Rate;
use crate::overlay::Overlay;
use crate::roster::Roster;
use crate::timers::{Timer, Timers};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How long a leader may be silent at least before a voter stands for election.
const ELECTION_US_MIN: u64 = 60_000;
/// And at most.
const ELECTION_US_MAX: u64 = 1_000_000;
/// Spread over voters, so that seldom two stand at once.
const SPREAD_US: u64 = 40_000;
/// A voter that heard its leader this recently gives its vote to nobody else.
const LOYAL_US: u64 = 60_000;
/// After this time without a majority the room goes on with those who are here, if they have all of the world.
pub(crate) const FORK_US: u64 = 700_000;
/// After this time without a leader or a majority it goes on as well, no matter who is heard and what they have.
pub(crate) const HOPELESS_US: u64 = 5_000_000;
/// How long a successor that the leader named gets votes from those who hear the leader.
const NAMED_US: u64 = 2_000_000;
/// Between two elections in which a leader renews its term, because a few voters are in a newer one. Doubled each time,
/// and halved again as time passes: nobody keeps a room busy with elections.
const RENEW_US: u64 = 500_000;
/// The most doublings of that.
const RENEW_TIMES_MAX: u32 = 7;
/// A voter that acknowledged nothing does not count for this time, and each time for twice as long as before.
const MUTE_US: u64 = 10_000_000;
/// The most doublings of that.
const MUTE_TIMES_MAX: u32 = 6;
/// Elections that this peer may have missed at most. A term that is further ahead is nobody's.
const TERM_AHEAD_MAX: u64 = 1 << 16;

/// So many terms a voter's word, or its candidacy, takes this peer ahead: at once, and a second after that. All other
/// newer terms are those in which a majority elected somebody.
const RAISES: Rate = Rate { burst: 16, per_second: 1 };

/// A fork that somebody says it leads: who, the new history and the one that it goes on from, the term, and how much of
/// the log it has.
pub(crate) type Claim = (PeerId, (u64, u64), u64, (u64, u64));

/// A vote that was granted: in which lineage and term, and to whom.
pub(crate) type Ballot = (u64, u64, PeerId);

/// Whether a term is one that elections may have come to since `known`: nobody can push the room's terms towards their
/// end.
pub(crate) fn is_near(known: u64, term: u64) -> bool {
    term <= known + TERM_AHEAD_MAX
}

/// What counts of a log in an election.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    /// Which history.
    pub lineage: u64,
    /// The term of the last entry.
    pub last_term: u64,
    /// The first step that is not in the log.
    pub end: u64,
}

impl Position {
    fn completeness(&self) -> (u64, u64) {
        (self.last_term, self.end)
    }
}

/// What elections depend on, beside the time.
pub(crate) struct Reads<'a> {
    pub now: Micros,
    pub me: PeerId,
    /// Whether this peer is a member of the room.
    pub is_in: bool,
    /// The log, where there is one.
    pub position: Option<Position>,
    /// The newest roster, committed or not.
    pub roster: &'a Roster,
    /// The committed roster, and those that may come after it.
    pub rosters: &'a dyn Fn() -> Vec<&'a Roster>,
    pub overlay: &'a Overlay,
    /// When the leader was last heard.
    pub heartbeat_at: Micros,
    /// Whether somebody was heard lately.
    pub is_heard: &'a dyn Fn(PeerId) -> bool,
}

impl Reads<'_> {
    fn is_voter(&self, peer: PeerId) -> bool {
        (self.rosters)().iter().any(|r| r.voters.contains(&peer))
    }
}

/// What is to be done about elections.
#[derive(Debug)]
pub(crate) enum Output {
    /// Send this over the link.
    Send(PeerId, Message),
    /// This peer leads no more.
    Unseat,
    /// This peer leads from here on; these voted for it.
    Lead(BTreeSet<PeerId>),
    /// Another leads from here on.
    Follow(PeerId),
    /// A majority made this one the leader, of which nothing was heard yet: its silence begins now.
    Elected,
    /// No majority is reached: the room goes on with those who are here.
    Fork,
    /// Look again at this time.
    Wake(Micros),
}

/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// This peer stands for election (again).
    Election,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            Self::Election => true,
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Raft {
    out: VecDeque<Output>,
    term: u64,
    leader: Option<PeerId>,
    /// Whether this peer leads.
    leads: bool,
    /// The log here is the leader's up to this step.
    match_index: u64,
    hard_state: HardState,
    /// The newest vote.
    voted: Option<Ballot>,
    /// Who voted for this peer in the current term, while it stands.
    votes: Option<BTreeSet<PeerId>>,
    /// In which term this peer would stand and who would vote for it, while it asks.
    pre_votes: Option<(u64, BTreeSet<PeerId>)>,
    /// The newest term of which voters told this peer while it had no leader: it stands in a newer one next.
    newer: u64,
    /// What is left of the terms by which each voter may take this peer ahead.
    raises: BTreeMap<PeerId, Bucket>,
    /// The newest vote of each peer that is linked.
    told: BTreeMap<PeerId, Ballot>,
    /// Whom the leader of this term wants as its successor, and until when that counts.
    named: Option<(u64, PeerId, Micros)>,
    /// The newest candidate whom this peer refused because it hears its leader, who may be about to name it.
    refused: Option<(PeerId, Ballot, (u64, u64))>,
    /// When this leader last renewed its term, and how often lately.
    renewed: Option<(Micros, u32)>,
    /// Voters who were heard and acknowledged nothing: how often, and until when they do not count.
    mute: BTreeMap<PeerId, (u32, Micros)>,
    timers: Timers<Due>,
    /// Since when there has been no leader.
    leaderless_since: Option<Micros>,
    /// The newest fork that somebody claimed while those who are left may have been electing.
    claim: Option<Claim>,
    /// When a fork would last have lost something that may yet come.
    costly_at: Option<Micros>,
    /// When somebody who has more of the log, and is without a leader too, was last heard.
    better_at: Option<Micros>,
    /// The longest usual silence between two words of the leader.
    silence_us: u64,
}

impl Raft {
    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// The newest term that is known here.
    pub fn term(&self) -> u64 {
        self.term
    }

    /// Whom this peer follows: perhaps itself.
    pub fn leader(&self) -> Option<PeerId> {
        self.leader
    }

    /// The log here is the leader's up to this step.
    pub fn match_index(&self) -> u64 {
        self.match_index
    }

    /// Sets that.
    pub fn matches(&mut self, step: u64) {
        self.match_index = step;
    }

    /// Who voted for this peer, while it stands.
    pub fn votes(&self) -> Option<&BTreeSet<PeerId>> {
        self.votes.as_ref()
    }

    /// Whether there has been no leader for a while.
    pub fn is_leaderless(&self) -> bool {
        self.leader.is_none() || self.leaderless_since.is_some()
    }

    /// Whether there has been none for long enough that others may have gone on as a fork. An election takes less.
    pub fn is_abandoned(&self, now: Micros) -> bool {
        self.leader.is_none() && self.looks_for_forks(now)
    }

    /// Whether it was looked for a leader in vain for that long, be it that the old one is not given up yet.
    fn looks_for_forks(&self, now: Micros) -> bool {
        self.leaderless_since.is_some_and(|since| now >= since + FORK_US / 2)
    }

    /// Whether a fork of somebody else than the leader is followed now, and not while those who are left may be just
    /// electing. A true one is claimed once: it is looked at again then.
    pub fn may_follow(&mut self, claim: Claim, now: Micros) -> bool {
        let may = self.looks_for_forks(now);
        self.claim = (!may).then_some(claim);
        may
    }

    /// A fork that was claimed too early, and may be followed now.
    pub fn ripe_claim(&mut self, now: Micros) -> Option<Claim> {
        if self.looks_for_forks(now) { self.claim.take() } else { None }
    }

    /// This peer opens a room.
    pub fn found(&mut self, me: PeerId) {
        (self.term, self.leader, self.leads) = (1, Some(me), true);
    }

    /// A leader of this term welcomes this peer.
    pub fn welcomed(&mut self, term: u64) {
        self.term = term;
    }

    /// This peer's log begins with what that leader sent.
    pub fn begin(&mut self, leader: PeerId) {
        self.leader = Some(leader);
    }

    /// Follows somebody.
    pub fn follow(&mut self, leader: PeerId, committed: u64) {
        self.leader = Some(leader);
        self.match_index = committed;
    }

    /// This peer leads no more, and follows nobody: it joins again. A vote that was given stays given.
    pub fn start_over(&mut self) {
        let (told, mute) = (std::mem::take(&mut self.told), std::mem::take(&mut self.mute));
        let (term, match_index) = (self.term, self.match_index);
        let (hard_state, out) = (std::mem::take(&mut self.hard_state), std::mem::take(&mut self.out));
        let (voted, renewed, raises) = (self.voted, self.renewed, std::mem::take(&mut self.raises));
        *self = Self { out, term, match_index, hard_state, voted, told, mute, renewed, raises, ..Self::default() };
    }

    /// This peer leaves.
    pub fn leave(&mut self) {
        self.leads = false;
    }

    /// This peer forks the room and leads the fork, in a term of its own; who voted for it meanwhile.
    pub fn fork(&mut self, me: PeerId) -> BTreeSet<PeerId> {
        self.term += 1;
        self.lead(me)
    }

    /// This peer leads from here on; who voted for it.
    pub fn lead(&mut self, me: PeerId) -> BTreeSet<PeerId> {
        (self.leader, self.leads) = (Some(me), true);
        (self.pre_votes, self.leaderless_since, self.newer, self.claim) = (None, None, 0, None);
        self.votes.take().unwrap_or_default()
    }

    /// A link is gone: what its end said is not heard from it any more.
    pub fn peer_down(&mut self, peer: PeerId) {
        self.told.remove(&peer);
        self.mute.remove(&peer);
    }

    /// A voter acknowledges nothing.
    pub fn is_mute(&mut self, voter: PeerId, now: Micros) {
        let (times, until) = self.mute.entry(voter).or_default();
        if now >= *until {
            *until = now + (MUTE_US << *times);
            *times = (*times + 1).min(MUTE_TIMES_MAX);
        }
    }

    /// A voter acknowledges after all.
    pub fn acknowledges(&mut self, voter: PeerId, now: Micros) {
        if let Some((_, until)) = self.mute.get_mut(&voter) {
            *until = now.min(*until);
        }
    }

    /// Whether a voter acknowledged nothing lately.
    pub fn was_mute(&self, voter: PeerId, now: Micros) -> bool {
        self.mute.get(&voter).is_some_and(|m| now < m.1)
    }

    /// This peer was asleep for this time.
    pub fn slept(&mut self, us: u64) {
        self.timers.slept(us);
        for at in [&mut self.leaderless_since, &mut self.costly_at, &mut self.better_at].into_iter().flatten() {
            *at += us;
        }
    }

    /// The leader was heard, and before that at `last`.
    pub fn heard(&mut self, now: Micros, last: Micros) {
        let silence = now.saturating_sub(last).min(ELECTION_US_MAX / 2);
        self.silence_us = silence.max(self.silence_us - self.silence_us / 16);
        (self.leaderless_since, self.costly_at, self.better_at) = (None, None, None);
        (self.votes, self.pre_votes, self.newer, self.claim) = (None, None, 0, None);
        self.timers.hurry(Due::Election);
    }

    /// This peer holds this much of a history's log, and spoke in its term.
    pub fn holds(&mut self, lineage: u64, known: u64) {
        self.hard_state.note(lineage, self.term, known);
    }

    /// What a newer leader's log replaced was never committed.
    pub fn replaced(&mut self, lineage: u64, known: u64) {
        self.hard_state.replaced(lineage, known);
    }

    /// The newest term in which this peer spoke in a history.
    pub fn spoke(&self, lineage: u64) -> u64 {
        self.hard_state.term(lineage)
    }

    /// The leader names its successor.
    pub fn name(&mut self, to: PeerId, now: Micros) {
        self.named = Some((self.term, to, now + NAMED_US));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Profile;

    /// A peer that comes back to a history that it left holds less of it than it said, and has no vote in the terms in
    /// which it spoke.
    #[test]
    fn whoever_joins_anew_is_bound_by_what_it_said() {
        let mut raft = Raft::default();
        raft.found(PeerId(1));
        raft.holds(7, 40);
        raft.start_over();
        raft.welcomed(5);
        raft.holds(8, 2);
        raft.start_over();
        assert_eq!((raft.spoke(7), raft.hard_state.known(7)), (1, 40));
        assert_eq!((raft.spoke(8), raft.hard_state.known(8)), (5, 2));
    }

    /// Three voters, the first of whom hears the others or does not, over links of this round trip.
    fn with_reads<T>(now: Micros, rtt_us: u32, hears: bool, what: impl FnOnce(&Reads<'_>) -> T) -> T {
        let [me, a, b] = [1, 2, 3].map(PeerId);
        let profile = Profile { name: String::new(), lend: true, backend: String::new(), throughput: 0 };
        let people = [me, a, b].map(|id| (id, profile.clone())).into();
        let roster = Roster { people, voters: vec![me, a, b] };
        let mut overlay = Overlay::default();
        for peer in [a, b] {
            overlay.peer_up(peer);
            overlay.measured(peer, rtt_us, 0);
        }
        what(&Reads {
            now,
            me,
            is_in: true,
            position: Some(Position { lineage: 7, last_term: 1, end: 40 }),
            roster: &roster,
            rosters: &|| vec![&roster],
            overlay: &overlay,
            heartbeat_at: 0,
            is_heard: &|_| hears,
        })
    }

    /// What a voter does who has no leader.
    fn elect(raft: &mut Raft, now: Micros, rtt_us: u32, hears: bool, would_lose: bool) -> Vec<Output> {
        with_reads(now, rtt_us, hears, |reads| raft.elect(would_lose, reads));
        std::iter::from_fn(|| raft.poll()).collect()
    }

    #[test]
    fn a_voter_asks_whether_there_would_be_votes_before_it_pushes_the_term_on() {
        let mut raft = Raft::default();
        raft.welcomed(4);
        let outputs = elect(&mut raft, 10, 1_000, true, false);
        let asks = |o: &&Output| matches!(o, Output::Send(_, Message::RequestVote { term: 5, pre_vote: true, .. }));
        assert_eq!((outputs.iter().filter(asks).count(), raft.term()), (2, 4));
    }

    fn says(raft: &mut Raft, now: Micros, from: PeerId, message: Message) -> Vec<Output> {
        with_reads(now, 1_000, true, |reads| raft.handle(from, message, reads));
        std::iter::from_fn(|| raft.poll()).collect()
    }

    fn no(term: u64) -> Message {
        Message::Voted { lineage: 7, term, to: PeerId(1), granted: false, pre_vote: true }
    }

    fn yes(term: u64, pre_vote: bool) -> Message {
        Message::Voted { lineage: 7, term, to: PeerId(1), granted: true, pre_vote }
    }

    #[test]
    fn a_word_of_newer_terms_ends_no_candidacy_and_the_next_is_newer_still() {
        let [a, b] = [2, 3].map(PeerId);
        let mut raft = Raft::default();
        raft.welcomed(4);
        elect(&mut raft, 10, 1_000, true, false);
        says(&mut raft, 20, a, no(8));
        says(&mut raft, 30, b, yes(4, true));
        assert_eq!((raft.term(), raft.votes().is_some()), (9, true), "it stands in a newer term");
        says(&mut raft, 40, a, no(11));
        assert_eq!((raft.term(), raft.votes().is_some()), (9, true), "and goes on to");
        let outputs = says(&mut raft, 50, b, yes(9, false));
        assert!(outputs.iter().any(|o| matches!(o, Output::Lead(_))), "{outputs:?}");
        // Where nothing came of it, the next is in a term of which nobody told yet.
        let mut raft = Raft::default();
        raft.welcomed(4);
        elect(&mut raft, 10, 1_000, true, false);
        says(&mut raft, 20, a, no(8));
        let outputs = elect(&mut raft, 200_000, 1_000, true, false);
        let asks = |o: &&Output| matches!(o, Output::Send(_, Message::RequestVote { term: 9, pre_vote: true, .. }));
        assert_eq!((outputs.iter().filter(asks).count(), raft.term()), (2, 4));
        // A grant of one who is in a newer term than this peer counts: it was asked for a newer one still.
        says(&mut raft, 200_010, a, yes(8, true));
        assert_eq!((raft.term(), raft.votes().is_some()), (9, true));
    }

    #[test]
    fn nobodys_word_takes_a_peer_far() {
        let (a, seconds) = (PeerId(2), 10);
        let stands = |term| Message::RequestVote { lineage: 7, term, end: 40, last_term: 1, pre_vote: false };
        let far = [1, RAISES.burst + 1, TERM_AHEAD_MAX];
        for lie in far
            .map(|by| Box::new(move |term: u64| no(term + by)) as Box<dyn Fn(u64) -> Message>)
            .into_iter()
            .chain(far.map(|by| Box::new(move |term: u64| stands(term + by)) as Box<dyn Fn(u64) -> Message>))
        {
            let mut raft = Raft::default();
            raft.welcomed(4);
            for i in 0..seconds * 100 {
                let now = 10 + i * 10_000;
                if i % 10 == 0 {
                    elect(&mut raft, now, 1_000, true, false);
                }
                let term = raft.term();
                says(&mut raft, now, a, lie(term));
            }
            let most = 4 + RAISES.burst + RAISES.per_second * seconds;
            assert!(raft.term() <= most, "{}", raft.term());
        }
    }

    #[test]
    fn there_is_one_vote_a_term() {
        let stands = |term| Message::RequestVote { lineage: 7, term, end: 40, last_term: 1, pre_vote: false };
        let votes = |outputs: Vec<Output>| {
            let vote = |o: &Output| match o {
                Output::Send(_, Message::Voted { term, to, granted: true, pre_vote: false, .. }) => Some((*term, to.0)),
                _ => None,
            };
            let mut votes: Vec<(u64, u128)> = outputs.iter().filter_map(vote).collect();
            votes.dedup();
            votes
        };
        let mut raft = Raft::default();
        raft.welcomed(4);
        assert_eq!(votes(says(&mut raft, 100_000, PeerId(2), stands(5))), [(5, 2)]);
        assert_eq!(votes(says(&mut raft, 100_000, PeerId(3), stands(5))), []);
        assert_eq!(votes(says(&mut raft, 100_000, PeerId(3), stands(6))), [(6, 3)]);
        assert_eq!(votes(says(&mut raft, 100_000, PeerId(2), stands(5))), []);
        // To stand is to vote, in a term that is newer than all of which there was word.
        says(&mut raft, 100_000, PeerId(2), no(9));
        elect(&mut raft, 200_000, 1_000, true, false);
        says(&mut raft, 200_010, PeerId(3), yes(6, true));
        assert_eq!(raft.term(), 10);
        assert_eq!(votes(says(&mut raft, 200_020, PeerId(2), stands(10))), []);
    }

    #[test]
    fn a_fork_of_another_than_the_leader_waits_until_an_election_would_be_over() {
        let claim: Claim = (PeerId(2), (8, 7), 5, (1, 40));
        let mut raft = Raft::default();
        elect(&mut raft, 10, 1_000, true, false);
        assert!(!raft.may_follow(claim, 20));
        assert_eq!(raft.ripe_claim(10 + FORK_US / 2 - 1), None);
        assert_eq!(raft.ripe_claim(10 + FORK_US / 2), Some(claim));
        assert_eq!(raft.ripe_claim(10 + FORK_US / 2), None, "once");
        assert!(raft.may_follow(claim, 10 + FORK_US / 2));
        // Somebody leads meanwhile.
        let mut raft = Raft::default();
        elect(&mut raft, 10, 1_000, true, false);
        assert!(!raft.may_follow(claim, 20));
        raft.heard(30, 10);
        elect(&mut raft, 40, 1_000, true, false);
        assert_eq!(raft.ripe_claim(40 + FORK_US), None);
    }

    #[test]
    fn a_try_is_not_over_before_a_majority_can_have_answered() {
        let outputs = elect(&mut Raft::default(), 10, 400_000, true, false);
        let wakes = outputs.iter().filter_map(|o| if let Output::Wake(at) = o { Some(*at) } else { None });
        assert!(wakes.min().is_some_and(|at| at > 10 + 400_000), "{outputs:?}");
    }

    #[test]
    fn a_majority_that_votes_in_newer_terms_went_on() {
        let mut raft = Raft::default();
        raft.welcomed(4);
        let mut says = |voter, lineage, term| {
            let ballot = (lineage, term, PeerId(9));
            with_reads(10, 1_000, true, |reads| {
                raft.voted_from(PeerId(voter), ballot, true, false, reads);
                raft.is_outrun(reads)
            })
        };
        assert!(!says(2, 7, 6), "one of three");
        assert!(!says(9, 7, 6), "no voter");
        assert!(!says(3, 7, 4), "of this term");
        assert!(!says(3, 8, 5), "of another history");
        assert!(says(3, 7, 5));
    }

    #[test]
    fn whoever_would_lose_something_that_may_yet_come_waits_before_it_forks() {
        let forks = |raft: &mut Raft, now, would_lose| {
            elect(raft, now, 1_000, false, would_lose).iter().any(|o| matches!(o, Output::Fork))
        };
        let patience = FORK_US + SPREAD_US;
        let mut raft = Raft::default();
        assert!(!forks(&mut raft, 10, false));
        assert!(forks(&mut raft, 10 + patience, false), "nothing would be lost");
        let mut raft = Raft::default();
        assert!(![10, 2_000_000].iter().any(|&now| forks(&mut raft, now, true)));
        // Somebody is heard again; it may be well in a moment.
        assert!(!forks(&mut raft, 2_000_010, false));
        assert!(forks(&mut raft, 2_000_000 + patience, false));
        let mut raft = Raft::default();
        assert!(![10, 10 + HOPELESS_US].iter().any(|&now| forks(&mut raft, now, true)));
        assert!(forks(&mut raft, 10 + HOPELESS_US + patience, true), "hopeless");
    }
}
