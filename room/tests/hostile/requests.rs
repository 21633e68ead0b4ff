//! Bands and requests for them that are nearly right.

use crate::common::World;
use crate::{
    Before, PeerId, WATCHER, heard, is_true, lineage, next, refused, room, say, stood_in_by, strip_of, ticks_in,
    unharmed,
};
use room::api::Channel;
use room::bandcode;
use room::notice::{Announcement, Notice};
use room::wire::{Msg, encode, replica};

fn sent(world: &World, peer: u128) -> u64 {
    world.peers[&PeerId(peer)].sent[&Channel::Border]
}

/// Few bytes that make another send many: everyone's bands of every step that it still has, again and again.
#[test]
fn requests_for_every_step_make_nobody_send_more_than_a_few_times_what_it_sends_anyway() {
    for (seed, by_step) in [(121, true), (122, false)] {
        let mut world = room(seed);
        let before = Before::of(&world);
        let quiet = sent(&world, 1);
        world.run_for(2_000_000);
        let usual = sent(&world, 1) - quiet;
        let (from, to) = (strip_of(&world, PeerId(1)), strip_of(&world, PeerId(3)));
        let asked = sent(&world, 1);
        for _ in 0..2_000u64 {
            let (lineage, newest) = (lineage(&world), next(&world));
            let steps = if by_step { newest - 40..newest } else { 0..3 };
            for step in steps {
                for (from, to) in [(from, to), (from, strip_of(&world, PeerId(2)))] {
                    let want = replica::Message::Want { lineage, step, from, to };
                    world.forge(PeerId(1), PeerId(3), Channel::Border, encode(&want.into(), &[]));
                }
            }
            world.run_for(1_000);
        }
        let more = sent(&world, 1) - asked;
        assert!(more < 8 * usual, "{more} bytes where {usual} are usual");
        unharmed(&mut world, &before);
        is_true(&world);
    }
}

#[test]
fn requests_of_those_who_hold_nothing_and_for_strips_that_are_not_there() {
    let mut world = room(123);
    let before = Before::of(&world);
    for _ in 0..50 {
        let (lineage, step) = (lineage(&world), next(&world));
        for from in [0, 1, 2, 3, 4, 1000, u32::MAX] {
            for to in [0, 1, 2, 3, u32::MAX] {
                let want = |step| replica::Message::Want { lineage, step, from, to };
                for step in [step - 1, step, step + 1, step + 319, step + 321] {
                    say(&mut world, WATCHER, Channel::Border, want(step), &[]);
                }
            }
        }
        world.run_for(10_000);
    }
    assert!(refused(&world, 1) > 1000);
    unharmed(&mut world, &before);
    is_true(&world);
}

/// A holder's bands in every way but the right one: another's strip, a step that is over, one after the last that is
/// sealed, another history; each with a content that nobody computed.
#[test]
fn bands_that_are_right_but_for_one_thing() {
    let mut world = room(124);
    let before = Before::of(&world);
    let third = strip_of(&world, PeerId(3));
    // The strip of which 3 holds nothing.
    let foreign = 3 - third - stood_in_by(&world, PeerId(3));
    let code = bandcode::encode(&[]);
    for _ in 0..60 {
        let (lineage, step) = (lineage(&world), next(&world));
        let mut band = |lineage, step, from, to| {
            say(&mut world, PeerId(3), Channel::Border, replica::Message::Band { lineage, step, from, to }, &code);
        };
        for ahead in 0..4 {
            (0..3).for_each(|to| band(lineage, step + ahead, foreign, to));
        }
        for to in 0..4 {
            band(lineage, step - 40, third, to);
            band(lineage ^ 1, step + 1, third, to);
            band(lineage, step + 1, third + 1000, to);
            band(lineage, step + 100_000, third, to);
            // Whoever it is, a strip does not send to itself or to one that is not there.
            band(lineage, step + 1, third, third);
            band(lineage, step + 1, third, 1000);
        }
        world.run_for(20_000);
    }
    unharmed(&mut world, &before);
    is_true(&world);
}

/// A stand-in speaks first and says something else: who said it is not found out yet, but that somebody did is.
#[test]
fn a_stand_in_that_speaks_first_and_falsely_is_noticed() {
    let mut world = room(125);
    let second = stood_in_by(&world, PeerId(3));
    let code = bandcode::encode(&[]);
    for _ in 0..50 {
        let (lineage, step) = (lineage(&world), next(&world));
        for ahead in 0..3 {
            for to in 0..3 {
                let band = replica::Message::Band { lineage, step: step + ahead, from: second, to };
                say(&mut world, PeerId(3), Channel::Border, band, &code);
            }
        }
        world.run_for(20_000);
    }
    world.run_for(1_000_000);
    assert_eq!(heard(&world, 1, |n| *n == Notice::Announced(Announcement::WorldsDiffer)), 1);
}

/// What nobody is said to have asked for goes on being sent: a table of requests that one member fills.
#[test]
fn one_who_asks_for_strips_that_are_not_there_takes_no_place_from_others() {
    let mut world = room(126);
    let before = Before::of(&world);
    let third = strip_of(&world, PeerId(3));
    let ticks = ticks_in(&mut world, 6, 20, |world, _| {
        let (lineage, step) = (lineage(world), next(world) + 300);
        for from in 1000..1300 {
            let want = replica::Message::Want { lineage, step, from, to: third };
            world.forge(PeerId(2), PeerId(3), Channel::Border, encode(&want.into(), &[]));
        }
    });
    assert!(ticks > 300, "{ticks}");
    assert!(refused(&world, 2) > 10_000, "{}", refused(&world, 2));
    unharmed(&mut world, &before);
    is_true(&world);
}

/// An executor that says nothing of its strip to its neighbours: its stand-in speaks for it.
#[test]
fn an_executor_that_keeps_its_bands_to_itself_stops_nobody() {
    let mut world = room(127);
    let keeps = |msg: Msg, payload: Vec<u8>| match msg {
        Msg::Replica(replica::Message::Band { .. }) => vec![],
        _ => vec![(msg, payload)],
    };
    world.peers.get_mut(&PeerId(3)).unwrap().says = Some(keeps);
    let ticks = ticks_in(&mut world, 20, 1, |_, _| {});
    assert!(ticks > 20 * 60 / 2, "{ticks} ticks in 20 s");
    let before = Before::of(&world);
    unharmed(&mut world, &before);
    is_true(&world);
}
