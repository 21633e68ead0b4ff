//! Every kind of message, from senders of every standing, as often as they like.

use crate::common::World;
use crate::{Before, PeerId, STRANGER, WATCHER, lineage, next, room, say, term, unharmed};
use room::api::Channel;
use room::wire::player::Control;
use room::wire::{Kind, Msg, checkpoint, encode, heartbeat, membership, overlay, player, raft, replica, view};

/// A message of a kind that is as near to a right one as somebody can make it.
fn near(world: &World, kind: Kind, ahead: u64) -> (Msg, Vec<u8>) {
    let (mut msg, mut payload) = kind.sample();
    let (room, now, at) = (lineage(world), term(world) + ahead, next(world) + ahead);
    match &mut msg {
        Msg::Membership(message) => match message {
            membership::Message::Welcome(begin) => (begin.lineage, begin.term, begin.step) = (room, now, at + 1),
            membership::Message::Stranger { term } => *term = now,
            _ => {}
        },
        Msg::Raft(message) => match message {
            raft::Message::TimeoutNow { term, .. } => *term = now,
            raft::Message::RequestVote { lineage, term, end, .. } => (*lineage, *term, *end) = (room, now, at),
            raft::Message::Voted { lineage, term, .. } => (*lineage, *term) = (room, now),
            raft::Message::Fork { parent, term, end, .. } => (*parent, *term, *end) = (room, now, at),
        },
        Msg::Heartbeat(message) => match message {
            heartbeat::Message::Heartbeat(log) => {
                (log.lineage, log.term, log.from, log.committed) = (room, now, at, at);
            }
            heartbeat::Message::Report(report) => (report.lineage, report.term, report.known) = (room, now, at),
        },
        // What a member may: it stops the clock, or begins another world, and everyone sees it.
        Msg::Player(player::Message::Control(control)) => *control = Control::Resume,
        Msg::Player(player::Message::Commands { list, .. }) => list.clear(),
        Msg::Overlay(overlay::Message::Relay { .. }) => {
            payload = encode(&replica::Message::Want { lineage: room, step: at, from: 0, to: 1 }.into(), &[]);
        }
        Msg::Replica(replica::Message::Band { lineage, step, .. } | replica::Message::Want { lineage, step, .. }) => {
            (*lineage, *step) = (room, at);
        }
        Msg::Checkpoint(
            checkpoint::Message::Piece { lineage, id, .. } | checkpoint::Message::Head { lineage, id, .. },
        ) => (*lineage, id.epoch, id.step) = (room, 2, at),
        Msg::View(view::Message::Tiles { epoch, .. }) => *epoch = 2,
        Msg::Clock(_) | Msg::Overlay(_) | Msg::Checkpoint(_) | Msg::View(_) => {}
    }
    (msg, payload)
}

#[test]
fn no_kind_of_message_harms_a_room_from_whom_it_does_not_concern() {
    for (seed, from) in [(41, STRANGER), (42, WATCHER)] {
        let mut world = room(seed);
        let before = Before::of(&world);
        for kind in Kind::all() {
            // A member that says hello or goodbye, or claims another room, is taken at its word.
            let own =
                [membership::Kind::Hello, membership::Kind::Leaving, membership::Kind::Profile, membership::Kind::Meet];
            let own = own.map(Kind::Membership).contains(&kind);
            if own {
                continue;
            }
            for ahead in 0..3 {
                let (msg, payload) = near(&world, kind, ahead);
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
