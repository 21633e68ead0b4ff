//! Those who pass on what others exchange, and those who only claim to.

use crate::common::World;
use crate::{Before, PeerId, WATCHER, heard, is_true, lineage, next, refused, room, say, term, ticks_in, unharmed};
use room::api::Channel;
use room::bandcode;
use room::notice::Notice;
use room::wire::{Msg, encode, heartbeat, membership, overlay, replica};

/// Two neighbours who do not reach each other, and whom the watcher relays: it is nearer to them than the leader.
fn relayed(seed: u64) -> World {
    let mut world = room(seed);
    world.cut(PeerId(2), PeerId(3));
    world.far(1, 2, 40_000);
    world.far(1, 3, 40_000);
    world.run_for(15_000_000);
    let relays = |b: &(Channel, Vec<u8>)| matches!(room::wire::decode(&b.1), Ok((Msg::Overlay(_), _)));
    world.peers.get_mut(&WATCHER).unwrap().said.clear();
    world.run_for(1_000_000);
    assert!(world.peers[&WATCHER].said.iter().any(relays), "{}", world.peers[&PeerId(1)].room.portrait());
    world
}

fn envelope(world: &mut World, from: PeerId, ends: (u128, u128), inner: &[u8]) {
    let msg = overlay::Message::Relay { from: PeerId(ends.0), to: PeerId(ends.1) };
    say(world, from, Channel::Border, msg, inner);
}

fn band(world: &World, from: u32, to: u32, payload: &[u8]) -> Vec<u8> {
    encode(&replica::Message::Band { lineage: lineage(world), step: next(world) + 1, from, to }.into(), payload)
}

#[test]
fn an_envelope_counts_only_on_the_way_that_the_leader_named() {
    let mut world = room(101);
    let before = Before::of(&world);
    for from in [WATCHER, PeerId(3)] {
        for _ in 0..20 {
            // Itself at both ends; a third as its author; the receiver as its author.
            for ends in [(from.0, from.0), (4, 4), (2, 3), (3, 2), (1, 2), (2, 1), (1, 1), (99, 1)] {
                for (a, b) in [(0, 1), (1, 0), (1, 2), (2, 1)] {
                    let inner = band(&world, a, b, &bandcode::encode(&[]));
                    envelope(&mut world, from, ends, &inner);
                }
            }
            world.run_for(20_000);
        }
    }
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn what_only_one_may_say_is_not_passed_on_and_its_sender_is_named() {
    let mut world = relayed(102);
    let before = Before::of(&world);
    let (lineage, term) = (lineage(&world), term(&world));
    let log = heartbeat::Heartbeat { lineage, parent: lineage, term, ..Default::default() };
    let kinds: [Msg; 4] = [
        heartbeat::Message::Heartbeat(Box::new(log)).into(),
        membership::Message::Goodbye.into(),
        membership::Message::Leaving.into(),
        membership::Message::Stranger { term }.into(),
    ];
    for _ in 0..30 {
        for msg in &kinds {
            let inner = encode(msg, &[]);
            let nested = encode(&overlay::Message::Relay { from: PeerId(2), to: PeerId(3) }.into(), &inner);
            for ends in [(2, 3), (3, 2)] {
                envelope(&mut world, WATCHER, ends, &inner);
                envelope(&mut world, WATCHER, ends, &nested);
            }
        }
        world.run_for(30_000);
    }
    for peer in [1, 2, 3] {
        assert!(refused(&world, peer) > 64, "{peer}: {}", refused(&world, peer));
        assert_eq!(heard(&world, peer, |n| matches!(n, Notice::SaysWhatItMayNot(who) if who.id == WATCHER)), 1);
    }
    unharmed(&mut world, &before);
    is_true(&world);
}

/// What a relay says instead of what it carries.
fn relay_says(msg: Msg, payload: Vec<u8>, instead: fn(Vec<u8>) -> Vec<Vec<u8>>) -> Vec<(Msg, Vec<u8>)> {
    match msg {
        Msg::Overlay(overlay::Message::Relay { .. }) => {
            instead(payload).into_iter().map(|inner| (msg.clone(), inner)).collect()
        }
        _ => vec![(msg, payload)],
    }
}

#[test]
fn a_relay_that_drops_what_it_carries_stops_nobody_for_long() {
    let mut world = relayed(103);
    world.peers.get_mut(&WATCHER).unwrap().says = Some(|msg, payload| relay_says(msg, payload, |_| vec![]));
    let before = Before::of(&world);
    let ticks = ticks_in(&mut world, 20, 1, |_, _| {});
    assert!(ticks > 20 * 60 / 2, "{ticks} ticks in 20 s: {}", world.peers[&PeerId(1)].room.portrait());
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn a_relay_that_doubles_what_it_carries_changes_nothing() {
    let mut world = relayed(104);
    world.peers.get_mut(&WATCHER).unwrap().says = Some(|msg, payload| relay_says(msg, payload, |inner| vec![inner; 3]));
    let before = Before::of(&world);
    let ticks = ticks_in(&mut world, 5, 1, |_, _| {});
    assert!(ticks > 5 * 60 * 8 / 10, "{ticks} ticks in 5 s");
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn a_relay_that_spoils_what_it_carries_has_nobody_else_named_for_it() {
    let mut world = relayed(105);
    world.peers.get_mut(&WATCHER).unwrap().says = Some(|msg, payload| {
        relay_says(msg, payload, |mut inner| {
            // The head stays as it was, and a rest that cannot be read follows.
            inner.extend([0xff; 9]);
            vec![inner]
        })
    });
    world.run_for(20_000_000);
    for peer in [2, 3] {
        let named = heard(&world, peer, |n| matches!(n, Notice::SaysWhatItMayNot(who) if who.id != WATCHER));
        assert_eq!(named, 0, "who was framed by the relay");
        assert!(refused(&world, peer) > 0);
    }
    world.peers.get_mut(&WATCHER).unwrap().says = None;
    let before = Before::of(&world);
    unharmed(&mut world, &before);
    is_true(&world);
}
