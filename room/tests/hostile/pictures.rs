//! Pictures of regions that are not their sender's to show.

use crate::common::World;
use crate::{Before, PeerId, WATCHER, heard, is_true, refused, room, say, unharmed};
use room::api::{Channel, Event};
use room::notice::Notice;
use room::wire::{self, Msg, view};
use sim_kernels::geom::Rect;

const WORLD: Rect = Rect { x0: 0, y0: 0, x1: 128, y1: 64 };

/// The bodies of pictures that a member sent of what it computes.
fn bodies(world: &World, of: PeerId) -> Vec<Vec<u8>> {
    let tiles = |(_, bytes): &(Channel, Vec<u8>)| match wire::decode(bytes) {
        Ok((Msg::View(view::Message::Tiles { .. }), body)) if !body.is_empty() => Some(body.to_vec()),
        _ => None,
    };
    world.peers[&of].said.iter().filter_map(tiles).collect()
}

fn show(world: &mut World, from: PeerId, (epoch, ahead, id): (u32, u64, u32), body: &[u8]) {
    let tick = world.peers[&PeerId(1)].status.tick + ahead;
    say(world, from, Channel::View, view::Message::Tiles { epoch, tick, id, region: WORLD }, body);
}

/// How many pictures of ticks that the room has not reached by far a peer was shown.
fn ahead(world: &World, peer: u128) -> usize {
    let now = world.peers[&PeerId(1)].status.tick;
    let far = |e: &&Event| matches!(e, Event::View { tick, .. } if *tick > now + 200);
    world.peers[&PeerId(peer)].views.iter().filter(far).count()
}

#[test]
fn nobody_draws_over_what_another_computes() {
    for (seed, from) in [(111, WATCHER), (112, PeerId(3))] {
        let mut world = room(seed);
        let before = Before::of(&world);
        let body = bodies(&world, PeerId(2)).pop().expect("it shows its region");
        for id in 0..40 {
            // Of now; as far ahead as is believed, and by one more; of the epochs before and after.
            for (epoch, ahead) in [(2, 2), (2, 500), (2, 590), (2, 1 << 40), (1, 500), (3, 500)] {
                show(&mut world, from, (epoch, ahead, id), &body);
            }
            world.run_for(25_000);
        }
        assert_eq!([1, 2, 3].map(|p| ahead(&world, p)), [0; 3], "of {from:?}'s making");
        unharmed(&mut world, &before);
        is_true(&world);
    }
}

#[test]
fn a_right_head_and_a_body_that_cannot_be_read_at_the_most_of_the_rate() {
    let mut world = room(113);
    let before = Before::of(&world);
    let mut body = bodies(&world, PeerId(3)).pop().expect("it shows its region");
    body.truncate(body.len() - 1);
    for id in 0..4_000 {
        show(&mut world, PeerId(3), (2, 0, id), &body);
        if id.is_multiple_of(40) {
            world.run_for(10_000);
        }
    }
    assert!(refused(&world, 1) >= 3_000, "{}", refused(&world, 1));
    assert_eq!(heard(&world, 1, |n| matches!(n, Notice::SaysWhatItMayNot(who) if who.id == PeerId(3))), 1);
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn who_computes_a_region_shows_it_after_seams_moved_too() {
    // Honest pictures must not be caught: everyone's picture of every region goes on while executors change.
    let mut world = room(114);
    world.peers.values_mut().for_each(|p| p.views.clear());
    world.vanish(PeerId(3));
    world.run_for(12_000_000);
    let stroke = sim_kernels::command::Stroke { from: [120, 30], to: [122, 30], radius: 2 };
    let pour = sim_kernels::command::Command::Pour { stroke, material: 0, velocity: [0, 0] };
    world.ask(PeerId(2), room::api::Request::Command(pour));
    world.peers.values_mut().for_each(|p| p.views.clear());
    world.run_for(2_000_000);
    let columns = |p: u128| {
        let tiles = world.peers[&PeerId(p)].views.iter().filter_map(|e| match e {
            Event::View { tiles, .. } => Some(tiles),
            _ => None,
        });
        tiles.flatten().map(|t| t.tile[0]).max()
    };
    assert_eq!([1, 2, 4].map(columns), [Some(7); 3]);
}
