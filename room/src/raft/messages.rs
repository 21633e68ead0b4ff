//! What is said about elections.

#![expect(missing_docs, reason = "fields that their type and name say all about")]

use crate::api::PeerId;
use crate::costs::STEP_MAX;
use crate::message::{Class, Messages, SMALL, Who, declared, messages, row};

/// Terms stay below this, which nobody can count up to: each message takes them a little further at most.
pub(crate) const TERM_MAX: u64 = 1 << 48;

messages! {
    "What is said about elections.";

    /// To the voters: make me leader of this term. `end` and `last_term` say how complete my log is. `pre_vote`: I
    /// only ask whether you would.
    RequestVote { lineage: u64, term: u64, end: u64, last_term: u64, pre_vote: bool }
        => row(Who::Voter, Class::Log, SMALL);
    /// The answer. A vote that is granted is told to everyone: nobody follows a leader for whom no majority voted.
    Voted { lineage: u64, term: u64, to: PeerId, granted: bool, pre_vote: bool }
        => row(Who::Linked, Class::Log, SMALL);
    /// The leader, to all voters: `to` is to stand for election at once, and may have their votes.
    TimeoutNow { term: u64, to: PeerId } => row(Who::Leader, Class::Log, SMALL);
    /// The leader of a fork, to those who are in it: your history goes on as this one, from its parent.
    Fork { lineage: u64, parent: u64, term: u64, end: u64, last_term: u64 }
        => row(Who::Member, Class::Log, SMALL);
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
}
