//! What is said on the way into a room and out of it.

use crate::api::Profile;
use crate::message::{About, Class, Messages, SMALL, WORDS, WORLD, Who, declared, messages, row};
use crate::notice::Refusal;
use crate::raft::TERM_MAX;
use crate::roster::PEOPLE_MAX;
use crate::timeline::{Snapshot, WORK_MAX};

/// The protocol's version; peers of another one are refused. Kinds, their sizes and how they are written are compared
/// beside it (`wire::fingerprint`), so it counts what those do not tell: a message that now means something else.
pub const PROTOCOL_VERSION: u32 = 8;
/// The longest words of a refusal in another version.
const FOREIGN_WORDS_MAX: usize = 500;
/// How these words begin, up to the version of the room that they come from.
const FOREIGN_WORDS: &str = "this room speaks protocol version ";

messages! {
    "What is said on the way into a room and out of it. The first two kinds are read by peers of every version.";

    /// A newcomer, to everyone: must stay the first kind, with the version first.
    Hello {
        /// The newcomer's [`PROTOCOL_VERSION`].
        version: u32,
        /// What the newcomer computes and says (see `wire::fingerprint`); the leader refuses another one than its own.
        constants: [u32; 4],
        /// How the newcomer takes part.
        profile: Profile,
    } => row(Who::Linked, Class::SELDOM, SMALL);
    /// A leader's no to a newcomer of another version, or the no of such a leader: must stay the second kind and a
    /// string, since a peer of version 5 shows it as it is. A peer of this version shows none of it (see
    /// `foreign_refusal`).
    RefusedForeign(String) => row(Who::Linked, Class::SELDOM, WORDS);
    /// The leader's no to a newcomer.
    Refused(Refusal) => row(Who::Linked, Class::SELDOM, SMALL);
    /// The leader, to a newcomer: the state of the log up to here (Raft's InstallSnapshot).
    Welcome(Box<Snapshot>) => row(Who::Welcomer, Class::LOG, 3 * WORLD);
    /// The leader, to one who takes itself for a member: you are not in this room, say hello.
    Stranger {
        /// The leader's term, below 2^48.
        term: u64,
    } => row(Who::Leader, Class::LOG, SMALL);
    /// A leader, to one who is not in its roster: if you are a leader too, one room goes into the other.
    Meet {
        /// The history of the leader's room.
        lineage: u64,
        /// The history that this one forked from, or itself.
        parent: u64,
        /// How many are in the room, at most 64.
        people: u16,
        /// What was done in its history: ticks for each who was there, and strokes; below 2^60.
        work: u64,
        /// In an answer: what was done in the other's history, as the other told it. Both compare the same two numbers.
        yours: Option<u64>,
    } => row(Who::Linked, Class::SELDOM, SMALL);
    /// To the leader: my profile changed.
    Profile(Profile) => row(Who::Subject, Class::SELDOM, SMALL);
    /// To the leader: I wish to leave.
    Leaving => row(Who::Guest, Class::SELDOM, SMALL);
    /// The leader: your part is taken over, go.
    Goodbye => row(Who::Leader, Class::SELDOM, SMALL);
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        match self {
            Self::Hello { profile, .. } | Self::Profile(profile) => profile.is_valid(),
            Self::RefusedForeign(words) => words.len() <= FOREIGN_WORDS_MAX,
            Self::Welcome(snapshot) => snapshot.is_valid(),
            Self::Stranger { term } => *term < TERM_MAX,
            Self::Meet { people, work, .. } => usize::from(*people) <= PEOPLE_MAX && *work < WORK_MAX,
            Self::Refused(_) | Self::Leaving | Self::Goodbye => true,
        }
    }

    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        let snapshot = Snapshot::sample();
        let profile = snapshot.roster.people[0].1.clone();
        let message = match kind {
            Kind::Hello => Self::Hello { version: PROTOCOL_VERSION, constants: [1; 4], profile },
            Kind::RefusedForeign => refuse_foreign(PROTOCOL_VERSION + 1),
            Kind::Refused => Self::Refused(Refusal::Kernels),
            Kind::Welcome => Self::Welcome(Box::new(snapshot)),
            Kind::Stranger => Self::Stranger { term: 1 },
            Kind::Meet => Self::Meet { lineage: 2, parent: 2, people: 60, work: 1 << 50, yours: None },
            Kind::Profile => Self::Profile(profile),
            Kind::Leaving => Self::Leaving,
            Kind::Goodbye => Self::Goodbye,
        };
        (message, Vec::new())
    }

    fn near(kind: Kind, about: &About) -> Option<(Self, Vec<u8>)> {
        let (mut message, payload) = Self::sample(kind);
        match &mut message {
            Self::Welcome(begin) => {
                (begin.lineage, begin.parent) = (about.lineage, about.lineage);
                (begin.term, begin.before_term, begin.step) = (about.term, about.term, about.step);
                (begin.epoch, begin.scene, begin.globals) = (about.epoch, about.scene.clone(), about.globals.clone());
                (begin.partition, begin.roster) = (about.partition.clone(), about.roster.clone());
            }
            Self::Stranger { term } => *term = about.term,
            // A fork in which nothing was done.
            Self::Meet { lineage, parent, work, .. } => {
                (*lineage, *parent, *work) = (about.lineage.wrapping_add(1), about.lineage, 0);
            }
            Self::Profile(_) | Self::Leaving => return None,
            // The first is of a newcomer with other kernels.
            Self::Hello { .. } | Self::RefusedForeign(_) | Self::Refused(_) | Self::Goodbye => {}
        }
        Some((message, payload))
    }
}

/// The no to a newcomer of another version, in a form that a peer of every version from 5 on can show. Peers of these
/// versions show the words as they are, which is why this crate has them.
pub(crate) fn refuse_foreign(theirs: u32) -> Message {
    Message::RefusedForeign(format!("{FOREIGN_WORDS}{PROTOCOL_VERSION}, you speak {theirs}: use the same release"))
}

/// What the no of a room of another version says: of its words, the room's version alone is taken.
pub(crate) fn foreign_refusal(words: &str) -> Refusal {
    let number = words.strip_prefix(FOREIGN_WORDS).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    Refusal::Version { room: number.and_then(|n| n.parse().ok()), mine: PROTOCOL_VERSION }
}
