//! Votes, forks and meetings that are nearly right, also in the moment in which nobody leads.

use crate::common::{World, goes_on};
use crate::{Before, PeerId, STRANGER, WATCHER, is_true, lineage, next, room, say, term, ticks_in, told, unharmed};
use room::api::Channel;
use room::notice::Notice;
use room::wire::{encode, membership, raft};

#[test]
fn a_voter_that_votes_for_everybody_in_every_term_elects_nobody() {
    let mut world = room(151);
    let before = Before::of(&world);
    let ticks = ticks_in(&mut world, 4, 50, |world, i| {
        let (lineage, term) = (lineage(world), term(world) + i % 3);
        for to in [1, 2, 3] {
            // To each another story.
            for about in [1, 2, 3, 4, 99] {
                let (to, about) = (PeerId(to), PeerId((about + i as u128) % 5));
                for pre_vote in [false, true] {
                    let vote = raft::Message::Voted { lineage, term, to: about, granted: true, pre_vote };
                    if to != PeerId(3) {
                        world.forge(to, PeerId(3), Channel::Log, encode(&vote.into(), &[]));
                    }
                }
            }
        }
    });
    assert!(ticks > 4 * 60 * 9 / 10, "{ticks} ticks in 4 s");
    unharmed(&mut world, &before);
    is_true(&world);
}

/// Each of the two who are left hears another vote of the third in the same term: at most one may lead, or none for
/// a while, and the world is one.
#[test]
fn two_votes_in_one_term_while_nobody_leads() {
    for seed in 160..166 {
        let mut world = room(seed);
        world.vanish(PeerId(1));
        for _ in 0..100 {
            let (lineage, term) = (world.peers[&PeerId(2)].status.digest_of.0, told(&world, PeerId(2), "term "));
            for term in term..term + 3 {
                for to in [2, 4] {
                    let vote = raft::Message::Voted { lineage, term, to: PeerId(to), granted: true, pre_vote: false };
                    world.forge(PeerId(to), PeerId(3), Channel::Log, encode(&vote.into(), &[]));
                }
            }
            world.run_for(10_000);
        }
        world.run_for(15_000_000);
        goes_on(&mut world);
        crate::is_true_at(&world, 2);
    }
}

#[test]
fn a_storm_of_pre_votes_and_of_candidates_one_step_ahead() {
    let mut world = room(152);
    let before = Before::of(&world);
    let ticks = ticks_in(&mut world, 2, 200, |world, i| {
        let (lineage, last_term, end) = (lineage(world), term(world), next(world) + 1 + i % 3);
        for pre_vote in [true; 50].into_iter().chain([false]) {
            let term = last_term + 1;
            let vote = raft::Message::RequestVote { lineage, term, end, last_term, pre_vote };
            say(world, PeerId(3), Channel::Log, vote, &[]);
        }
    });
    assert!(ticks > 100, "{ticks} ticks in 2 s");
    unharmed(&mut world, &before);
    is_true(&world);
}

/// The leader is gone, and before another is elected somebody has left for a history of its own: to each another.
fn while_nobody_leads(seed: u64, mut attack: impl FnMut(&mut World, PeerId)) -> World {
    let mut world = room(seed);
    world.vanish(PeerId(1));
    for _ in 0..400 {
        for to in [2, 3] {
            attack(&mut world, PeerId(to));
        }
        world.run_for(2_000);
    }
    world
}

#[test]
fn a_watcher_that_claims_a_fork_splits_nobody() {
    for seed in 171..175 {
        let mut tick = 0;
        let mut world = while_nobody_leads(seed, |world, to| {
            if world.peers[&to].room.portrait().contains("leader Some(4)") {
                // Elected after all: a leader may say that its room goes on as a fork.
                return;
            }
            tick = tick.max(world.peers[&to].status.tick);
            let (parent, term) = (world.peers[&to].status.digest_of.0, told(world, to, "term "));
            let lineage = 1000 + to.0 as u64;
            let fork = raft::Message::Fork { lineage, parent, term: term + 1, end: 1 << 40, last_term: term };
            world.forge(to, WATCHER, Channel::Log, encode(&fork.into(), &[]));
        });
        let before = world.peers[&PeerId(2)].status.digest_of.0;
        world.run_for(1_000_000);
        // As after any leader that is gone.
        let now = [2, 3, 4].map(|p| world.peers[&PeerId(p)].status.tick);
        assert!(now.iter().all(|&now| now + 6 > tick + 60), "seed {seed}: from tick {tick} to {now:?} in a second");
        let leads = |p: u128| {
            let people = &world.peers[&PeerId(p)].status.people;
            (people.len(), people.iter().find(|p| p.leader).map(|p| p.id), told(&world, PeerId(p), "term "))
        };
        assert!([3, 4].iter().all(|&p| leads(p) == leads(2)), "seed {seed}: {:?}", [2, 3, 4].map(leads));
        let again = |n: &Notice| matches!(n, Notice::JoiningAgain | Notice::RoomsMerged);
        assert_eq!([2, 3, 4].map(|p| crate::heard(&world, p, again)), [0; 3], "seed {seed}");
        world.run_for(10_000_000);
        assert_eq!([2, 3, 4].map(|p| world.peers[&PeerId(p)].status.digest_of.0), [before; 3], "seed {seed}");
        goes_on(&mut world);
        crate::is_true_at(&world, 2);
    }
}

#[test]
fn a_stranger_that_claims_that_the_others_went_on_sends_nobody_away() {
    for seed in 181..185 {
        let mut world = while_nobody_leads(seed, |world, to| {
            let parent = world.peers[&to].status.digest_of.0;
            let meet = membership::Message::Meet { lineage: 77, parent, people: 3, work: 1 << 30, yours: None };
            world.forge(to, STRANGER, Channel::Log, encode(&meet.into(), &[]));
        });
        let again = |n: &Notice| matches!(n, Notice::JoiningAgain);
        assert_eq!([2, 3].map(|p| crate::heard(&world, p, again)), [0; 2], "seed {seed}");
        world.run_for(20_000_000);
        goes_on(&mut world);
        crate::is_true_at(&world, 2);
    }
}

#[test]
fn a_fork_from_a_member_while_somebody_leads_is_not_followed() {
    for (seed, from) in [(153, WATCHER), (154, PeerId(3))] {
        let mut world = room(seed);
        let before = Before::of(&world);
        ticks_in(&mut world, 2, 50, |world, i| {
            let (parent, last_term, end) = (lineage(world), term(world), next(world) + i % 3);
            for lineage in [parent, parent ^ 1, 0] {
                let fork = raft::Message::Fork { lineage, parent, term: last_term + 1, end, last_term };
                say(world, from, Channel::Log, fork, &[]);
            }
        });
        unharmed(&mut world, &before);
        is_true(&world);
    }
}
