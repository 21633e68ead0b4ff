//! What is said about elections.

use crate::api::PeerId;
use crate::costs::STEP_MAX;
use crate::message::{About, Class, Messages, SMALL, Who, declared, messages, row};

/// Terms stay below this, which nobody can count up to: each message takes them a little further at most.
pub(crate) const TERM_MAX: u64 = 1 << 48;

messages! {
    "What is said about elections.";

    /// To the voters: make me leader of this term.
    RequestVote {
        /// Of which history.
        lineage: u64,
        /// The term that the sender stands in, below 2^48.
        term: u64,
        /// The first step that is not in the sender's log, below 2^48.
        end: u64,
        /// The term of the last entry of the sender's log. With `end` it says how complete that log is.
        last_term: u64,
        /// I only ask whether you would.
        pre_vote: bool,
    } => row(Who::Voter, Class::LOG, SMALL);
    /// The answer. A vote that is granted is told to everyone: nobody follows a leader for whom no majority voted.
    Voted {
        /// In which history.
        lineage: u64,
        /// The term of a vote that is given; in all other answers the one that the voter is in. Below 2^48.
        term: u64,
        /// Who asked for the vote.
        to: PeerId,
        /// Whether it has the vote.
        granted: bool,
        /// The voter was only asked whether it would.
        pre_vote: bool,
    } => row(Who::Linked, Class::LOG, SMALL);
    /// The leader, to all voters: `to` is to stand for election at once, and may have their votes.
    TimeoutNow {
        /// The leader's term, below 2^48.
        term: u64,
        /// Its successor.
        to: PeerId,
    } => row(Who::Leader, Class::LOG, SMALL);
    /// The leader of a fork, to those who are in it: your history goes on as this one, from its parent.
    Fork {
        /// The new history.
        lineage: u64,
        /// The history that it forked from.
        parent: u64,
        /// The leader's term in the new one, below 2^48.
        term: u64,
        /// The step at which the new one begins, below 2^48.
        end: u64,
        /// The term of the entry before that step.
        last_term: u64,
    } => row(Who::Member, Class::LOG, SMALL);
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        match self {
            Self::RequestVote { term, end, last_term, .. } | Self::Fork { term, end, last_term, .. } => {
                *term < TERM_MAX && *last_term < TERM_MAX && *end < STEP_MAX
            }
            Self::Voted { term, .. } | Self::TimeoutNow { term, .. } => *term < TERM_MAX,
        }
    }

    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        let (lineage, last_term, term, end) = (1, 1, 2, 1 << 40);
        let message = match kind {
            Kind::RequestVote => Self::RequestVote { lineage, term, end, last_term, pre_vote: false },
            Kind::Voted => Self::Voted { lineage, term, to: PeerId(3), granted: true, pre_vote: false },
            Kind::TimeoutNow => Self::TimeoutNow { term: last_term, to: PeerId(3) },
            Kind::Fork => Self::Fork { lineage: 2, parent: lineage, term, end, last_term },
        };
        (message, Vec::new())
    }

    fn near(kind: Kind, about: &About) -> Option<(Self, Vec<u8>)> {
        let (mut message, payload) = Self::sample(kind);
        match &mut message {
            Self::RequestVote { lineage, term, end, last_term, .. } => {
                (*lineage, *term, *end, *last_term) = (about.lineage, about.term, about.step, about.term);
            }
            Self::Voted { lineage, term, .. } => (*lineage, *term) = (about.lineage, about.term),
            Self::TimeoutNow { term, .. } => *term = about.term,
            Self::Fork { lineage, parent, term, end, last_term } => {
                (*lineage, *parent) = (about.lineage.wrapping_add(1), about.lineage);
                (*term, *end, *last_term) = (about.term, about.step, about.term);
            }
        }
        Some((message, payload))
    }
}
