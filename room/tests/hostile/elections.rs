//! Who is leader, and who says so.

use crate::common::World;
use crate::{Before, PeerId, STRANGER, WATCHER, lineage, next, room, say, term, unharmed};
use room::api::Channel;
use room::partition::equal;
use room::wire::entry::{Origin, Segment};
use room::wire::heartbeat::{self, Heartbeat};
use room::wire::{membership, raft};
use sim_kernels::geom::WorldSize;
use sim_kernels::scene::Scene;

/// A log of the next term, in which another world begins.
fn another_world(world: &World, from: PeerId, term: u64, before_term: u64) -> heartbeat::Message {
    let size = WorldSize::new(64, 64).unwrap();
    let scene =
        Scene { title: "mine".into(), world: size, gravity: [0, 0], terrain: vec![], blocks: vec![], commands: vec![] };
    let (lineage, step) = (lineage(world), next(world));
    let segment = Segment {
        step,
        origin: Some(Origin::Scene(Box::new(scene))),
        partition: Some(equal(&[from], size)),
        ..Segment::default()
    };
    let segments = vec![(term, segment)];
    heartbeat::Message::Heartbeat(Box::new(Heartbeat {
        lineage,
        parent: lineage,
        term,
        from: step,
        before_term,
        segments,
        committed: step + 1,
        ..Heartbeat::default()
    }))
}

#[test]
fn a_log_of_the_next_term_needs_an_election() {
    for (seed, from) in [(1, STRANGER), (2, WATCHER), (3, PeerId(3))] {
        let mut world = room(seed);
        let before = Before::of(&world);
        for ahead in [1, 2, 1000] {
            let term = term(&world);
            let log = another_world(&world, from, term + ahead, term);
            say(&mut world, from, Channel::Log, log, &[]);
            world.run_for(200_000);
        }
        world.run_for(2_000_000);
        unharmed(&mut world, &before);
    }
}

#[test]
fn only_the_leader_says_who_is_a_stranger() {
    for (seed, from) in [(4, WATCHER), (5, PeerId(2)), (6, STRANGER)] {
        let mut world = room(seed);
        let before = Before::of(&world);
        for ahead in [0, 1, 2] {
            let msg = membership::Message::Stranger { term: term(&world) + ahead };
            say(&mut world, from, Channel::Log, msg, &[]);
            world.run_for(100_000);
        }
        world.run_for(6_000_000);
        unharmed(&mut world, &before);
    }
}

#[test]
fn a_vote_that_the_leader_did_not_ask_for_unseats_nobody() {
    for (seed, from) in [(7, WATCHER), (8, PeerId(3))] {
        let mut world = room(seed);
        let before = Before::of(&world);
        for _ in 0..5 {
            let (lineage, term, end) = (lineage(&world), term(&world) + 1, next(&world) + 100);
            let vote = raft::Message::RequestVote { lineage, term, end, last_term: term - 1, pre_vote: false };
            say(&mut world, from, Channel::Log, vote, &[]);
            world.run_for(300_000);
        }
        unharmed(&mut world, &before);
    }
}
