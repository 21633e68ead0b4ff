//! Every kind of message, from senders of every standing, as often as they like.

use crate::common::World;
use crate::{Before, PeerId, STRANGER, WATCHER, lineage, next, room, say, term, unharmed};
use room::api::Channel;
use room::door::Reason;
use room::wire::{About, Kind, Who, encode, membership, overheard};

/// The room, so many terms and steps ahead.
fn about(world: &World, ahead: u64) -> About {
    let said = world.peers.values().flat_map(|p| &p.said).map(|(_, bytes)| &bytes[..]);
    let about = overheard(said).expect("somebody was welcomed");
    let epoch = world.peers[&PeerId(1)].status.digest_of.1;
    About { lineage: lineage(world), term: term(world) + ahead, step: next(world) + ahead, epoch, ..about }
}

/// How many messages of a kind a peer refused for a reason.
fn counted(world: &World, peer: PeerId, kind: Kind, reason: Reason) -> u64 {
    let refusals = world.peers[&peer].room.refusals();
    refusals.filter(|r| (r.0, r.1) == (Some(kind), reason)).map(|r| r.2).sum()
}

/// Somebody who may say this, and to whom.
fn right(kind: Kind) -> (PeerId, PeerId) {
    match kind.row().who {
        Who::Subject => (PeerId(2), PeerId(1)),
        Who::Linked | Who::Welcomer | Who::Guest | Who::Member | Who::Voter | Who::LeaderOrVoter | Who::Leader => {
            (PeerId(1), PeerId(2))
        }
    }
}

/// Hears this, and refuses it for this reason, once.
#[track_caller]
fn refuses(world: &mut World, (from, to): (PeerId, PeerId), kind: Kind, bytes: Vec<u8>, reason: Reason) {
    let before = counted(world, to, kind, reason);
    world.forge(to, from, Channel::Log, bytes);
    assert_eq!(counted(world, to, kind, reason), before + 1, "{kind:?} {reason:?}");
}

#[test]
fn every_kind_is_refused_from_a_stranger_unless_anybody_may_say_it() {
    let mut world = room(44);
    let before = Before::of(&world);
    for kind in Kind::all().filter(|kind| kind.row().who != Who::Linked) {
        let (msg, payload) = kind.near(&about(&world, 0)).unwrap_or_else(|| kind.sample());
        refuses(&mut world, (STRANGER, PeerId(2)), kind, encode(&msg, &payload), Reason::Standing);
    }
    unharmed(&mut world, &before);
}

#[test]
fn every_kind_is_refused_where_it_is_too_long() {
    let mut world = room(45);
    let before = Before::of(&world);
    for kind in Kind::all() {
        let (msg, payload) = kind.sample();
        let mut bytes = encode(&msg, &payload);
        bytes.resize(kind.row().head_max + kind.row().payload_max + 1, 0);
        refuses(&mut world, right(kind), kind, bytes, Reason::Size);
        if kind.row().payload_max == 0 {
            let bytes = [encode(&msg, &payload), vec![0]].concat();
            refuses(&mut world, right(kind), kind, bytes, Reason::Malformed);
        }
    }
    unharmed(&mut world, &before);
}

#[test]
fn every_kind_is_refused_beyond_its_rate() {
    let mut world = room(46);
    let before = Before::of(&world);
    for kind in Kind::all() {
        // It makes no sense, so it costs no more than the door.
        let bytes = vec![encode(&kind.sample().0, &[])[0], u8::MAX];
        let ((from, to), burst) = (right(kind), kind.row().class.messages.burst);
        let over = counted(&world, to, kind, Reason::Rate) + 1;
        let is_over = |world: &mut World| {
            world.forge(to, from, Channel::Log, bytes.clone());
            counted(world, to, kind, Reason::Rate) == over
        };
        assert!((0..=burst).any(|_| is_over(&mut world)), "{kind:?}: more than {burst} at once");
    }
    unharmed(&mut world, &before);
}

#[test]
fn no_kind_of_message_harms_a_room_from_whom_it_does_not_concern() {
    for (seed, from) in [(41, STRANGER), (42, WATCHER)] {
        let mut world = room(seed);
        let before = Before::of(&world);
        for kind in Kind::all() {
            for ahead in 0..3 {
                let Some((msg, payload)) = kind.near(&about(&world, ahead)) else { continue };
                for channel in [Channel::Log, Channel::Bulk] {
                    say(&mut world, from, channel, msg.clone(), &payload);
                }
            }
            world.run_for(100_000);
        }
        world.run_for(3_000_000);
        unharmed(&mut world, &before);
    }
}

#[test]
fn who_says_again_and_again_what_it_may_not_is_named_once() {
    let mut world = room(43);
    let before = Before::of(&world);
    for _ in 0..500 {
        let msg = membership::Message::Stranger { term: term(&world) };
        say(&mut world, WATCHER, Channel::Log, msg, &[]);
        world.run_for(10_000);
    }
    let named = |p: &crate::common::Peer| {
        p.notices
            .iter()
            .filter(|n| matches!(n, room::notice::Notice::SaysWhatItMayNot(who) if who.id == WATCHER))
            .count()
    };
    assert!([1, 2, 3].iter().all(|&p| named(&world.peers[&PeerId(p)]) == 1));
    assert!(world.peers[&PeerId(1)].status.refused >= 400);
    unharmed(&mut world, &before);
}
