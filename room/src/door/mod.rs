//! The door: whether a message may come in at all. Its kind is told by its first byte, and with that who may say it,
//! how long it may be and how often. What does not fit is refused before anything of it is decoded, and counted;
//! the peer that does it again and again is named.
//!
//! Rows say what somebody must be. What depends on the message's words (the strip that a band is of, a term, a lineage)
//! is for the part that takes it; it calls [`Door::refuse`] too.

use crate::api::{Micros, PeerId};
use crate::bucket::Bucket;
use crate::message::Class;
pub use crate::message::{Reason, Who};
pub use crate::wire::Kind;
use std::collections::BTreeMap;

/// So many refusals within [`SPAN_US`] are no accident: messages cross when leaders change, but then they end.
const NAMED_REFUSALS: u32 = 64;
const SPAN_US: u64 = 10_000_000;
/// Between two times that the same peer is named.
const NAMED_AGAIN_US: u64 = 60_000_000;

/// What the sender of a message is to this peer, and this peer to the room.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    /// In the roster.
    pub member: bool,
    /// A voter by any roster that may count.
    pub voter: bool,
    /// The leader that this peer follows.
    pub leader: bool,
    /// This peer is leader.
    pub i_lead: bool,
    /// This peer is a newcomer.
    pub i_am_new: bool,
}

impl Standing {
    /// Whether this is enough.
    pub fn is(self, who: Who) -> bool {
        match who {
            Who::Linked => true,
            Who::Welcomer => self.i_am_new || self.leader,
            Who::Guest => self.i_lead || self.member,
            Who::Member => self.member,
            Who::Subject => self.i_lead && self.member,
            Who::Voter => self.voter,
            Who::LeaderOrVoter => self.leader || self.voter,
            Who::Leader => self.leader,
        }
    }
}

/// What a link has left of a class.
#[derive(Clone, Copy, Debug)]
struct Meter {
    messages: Bucket,
    bytes: Bucket,
}

impl Meter {
    fn new(class: Class, now: Micros) -> Self {
        Self { messages: Bucket::new(class.messages, now), bytes: Bucket::new(class.bytes, now) }
    }

    /// Takes a message of so many bytes, if it is there.
    fn take(&mut self, class: Class, bytes: u64, now: Micros) -> bool {
        self.messages.take(class.messages, 1, now) && self.bytes.take(class.bytes, bytes, now)
    }
}

/// What is kept of a link.
#[derive(Debug)]
struct Visitor {
    /// By the name of the class.
    meters: BTreeMap<&'static str, Meter>,
    refused: u32,
    since: Micros,
    named_at: Option<Micros>,
}

impl Visitor {
    fn new(now: Micros) -> Self {
        Self { meters: BTreeMap::new(), refused: 0, since: now, named_at: None }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Door {
    visitors: BTreeMap<PeerId, Visitor>,
    refused: BTreeMap<(Option<Kind>, Reason), u64>,
}

impl Door {
    /// Whether a message may come in, told by its first byte and its length. `how` is what its author is.
    pub fn admit(&mut self, now: Micros, from: PeerId, bytes: &[u8], how: Standing) -> Result<Kind, Refused> {
        let kind = Kind::peek(bytes).ok_or(Refused(None, Reason::Malformed))?;
        let row = kind.row();
        if !how.is(row.who) {
            return Err(Refused(Some(kind), Reason::Standing));
        }
        if bytes.len() > row.head_max + row.payload_max {
            return Err(Refused(Some(kind), Reason::Size));
        }
        let visitor = self.visitors.entry(from).or_insert_with(|| Visitor::new(now));
        let meter = visitor.meters.entry(row.class.name).or_insert_with(|| Meter::new(row.class, now));
        let fits = meter.take(row.class, bytes.len() as u64, now);
        if fits { Ok(kind) } else { Err(Refused(Some(kind), Reason::Rate)) }
    }

    /// Counts a refusal; whether its sender is to be named for it.
    pub fn refuse(&mut self, now: Micros, from: PeerId, refused: Refused) -> bool {
        self.count(refused);
        let visitor = self.visitors.entry(from).or_insert_with(|| Visitor::new(now));
        if now > visitor.since + SPAN_US {
            (visitor.refused, visitor.since) = (0, now);
        }
        visitor.refused += 1;
        let named = visitor.refused >= NAMED_REFUSALS && visitor.named_at.is_none_or(|at| now > at + NAMED_AGAIN_US);
        if named {
            visitor.named_at = Some(now);
        }
        named
    }

    /// Counts a refusal for which nobody is named.
    pub fn count(&mut self, Refused(kind, reason): Refused) {
        *self.refused.entry((kind, reason)).or_default() += 1;
    }

    /// A link is gone.
    pub fn gone(&mut self, peer: PeerId) {
        self.visitors.remove(&peer);
    }

    /// How many messages were refused.
    pub fn total(&self) -> u64 {
        self.refused.values().sum()
    }

    /// How many of each kind, and why.
    pub fn counts(&self) -> impl Iterator<Item = (Option<Kind>, Reason, u64)> {
        self.refused.iter().map(|(&(kind, reason), &count)| (kind, reason, count))
    }
}

/// A refusal: of which kind, where that could be told, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub Option<Kind>, pub Reason);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{encode, heartbeat, membership, replica};

    const A: PeerId = PeerId(2);
    const MEMBER: Standing = Standing { member: true, voter: false, leader: false, i_lead: false, i_am_new: false };

    const WANT: Kind = Kind::Replica(replica::Kind::Want);

    fn bytes(kind: Kind, length: usize) -> Vec<u8> {
        let (msg, payload) = kind.sample();
        let mut bytes = encode(&msg, &payload);
        bytes.resize(length, 0);
        bytes
    }

    #[test]
    fn standing_comes_before_size_and_size_before_rate() {
        let mut door = Door::default();
        let long = bytes(WANT, 5000);
        let mut admit = |how, bytes: &[u8]| door.admit(0, A, bytes, how);
        assert_eq!(admit(Standing::default(), &long), Err(Refused(Some(WANT), Reason::Standing)));
        assert_eq!(admit(MEMBER, &long), Err(Refused(Some(WANT), Reason::Size)));
        assert_eq!(admit(MEMBER, &bytes(WANT, 9)), Ok(WANT));
        assert_eq!(admit(MEMBER, &[]), Err(Refused(None, Reason::Malformed)));
        let hello = bytes(Kind::Membership(membership::Kind::Hello), 20);
        let passed = (0..1000).filter(|_| admit(MEMBER, &hello).is_ok()).count() as u64;
        assert_eq!(passed, Class::SELDOM.messages.burst);
        assert_eq!(admit(MEMBER, &bytes(WANT, 9)), Ok(WANT), "another class");
    }

    #[test]
    fn kinds_that_are_counted_together_have_one_rate() {
        let mut classes: BTreeMap<&str, Class> = BTreeMap::new();
        for kind in Kind::all() {
            let class = kind.row().class;
            assert_eq!(*classes.entry(class.name).or_insert(class), class, "{kind:?}");
        }
    }

    #[test]
    fn who_is_refused_often_is_named_once() {
        let mut door = Door::default();
        let refused = Refused(Some(Kind::Heartbeat(heartbeat::Kind::Heartbeat)), Reason::Standing);
        let count = |door: &mut Door, from: u64, every: u64| {
            (0..200).filter(|i| door.refuse(from + i * every, A, refused)).count()
        };
        assert_eq!(count(&mut door, 0, 1_000_000), 0, "seldom");
        assert_eq!(count(&mut door, 300_000_000, 10_000), 1);
        assert_eq!(count(&mut door, 400_000_000, 10_000), 1);
        assert_eq!(door.total(), 600);
        assert_eq!(
            door.counts().collect::<Vec<_>>(),
            [(Some(Kind::Heartbeat(heartbeat::Kind::Heartbeat)), Reason::Standing, 600)]
        );
    }
}
