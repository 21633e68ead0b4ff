//! What is said about links, and around them.

use crate::api::PeerId;
use crate::message::{About, Class, LIST, Messages, SMALL, Who, declared, messages, row};
use crate::roster::PEOPLE_MAX;
use serde::{Deserialize, Serialize};

/// The longest message that is relayed: a band at its longest, and its head.
const RELAYED: usize = (64 << 20) + SMALL;

/// What two exchange goes through a third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// One of the two, the one of the lesser number.
    pub a: PeerId,
    /// The other, of the greater number.
    pub b: PeerId,
    /// Who passes it on.
    pub via: PeerId,
}

impl Relay {
    /// Whether these are three, in their order.
    pub(crate) fn is_valid(&self) -> bool {
        self.a < self.b && self.via != self.a && self.via != self.b
    }
}

/// One end's view of a link, as its transport measured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkFigures {
    /// The other end.
    pub peer: PeerId,
    /// Microseconds there and back; 0 when unknown.
    pub rtt_us: u32,
    /// Bytes a second at best, lately; 0 when unknown.
    pub goodput: u32,
    /// There was more to carry than that: it is the link's limit.
    pub full: bool,
}

messages! {
    "What is said about links, and around them.";

    /// To the leader: whom I am linked to; the highest number counts.
    Links {
        /// Counts these messages of one sender.
        number: u32,
        /// One for each link of the sender; at most 64.
        peers: Vec<LinkFigures>,
    } => row(Who::Subject, Class::LOG, LIST);
    /// Around a link that is missing or bad: payload: a whole message, which is `from`'s to `to`.
    Relay {
        /// Who says what is in the payload.
        from: PeerId,
        /// For whom it is.
        to: PeerId,
    } => row(Who::Member, Class::BORDER, SMALL).with_payload(RELAYED);
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        match self {
            Self::Links { peers, .. } => peers.len() <= PEOPLE_MAX,
            Self::Relay { .. } => true,
        }
    }

    /// What is relayed here is no message: the peer that relays needs no more than its names.
    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        match kind {
            Kind::Links => (Self::Links { number: 1, peers: Vec::new() }, Vec::new()),
            Kind::Relay => (Self::Relay { from: PeerId(3), to: PeerId(1) }, vec![0]),
        }
    }

    fn near(kind: Kind, about: &About) -> Option<(Self, Vec<u8>)> {
        let (mut message, mut payload) = Self::sample(kind);
        match &mut message {
            Self::Links { number, peers } => {
                *number = 9;
                *peers = vec![LinkFigures { peer: PeerId(1), rtt_us: 5, goodput: 6, full: true }];
            }
            Self::Relay { .. } => payload.clone_from(&about.said),
        }
        Some((message, payload))
    }
}
