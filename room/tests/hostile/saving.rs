//! Saves that nobody has, and pieces of checkpoints that are not their sender's.

use crate::common::{World, scene};
use crate::{
    Before, PeerId, WATCHER, heard, is_true, lineage, next, refused, room, say, stood_in_by, strip_of, ticks_in, told,
    unharmed,
};
use room::api::{Channel, Request};
use room::bandcode;
use room::notice::{Announcement, Notice};
use room::save::{self, Save};
use room::wire::entry::CheckpointId;
use room::wire::{checkpoint, player};
use sim_kernels::digest::Digest;
use sim_kernels::particle::{Fields, Particle};

fn particles(count: usize) -> Vec<Particle> {
    vec![Particle::pack(Fields { x: 5 << 12, y: 5 << 12, ..Fields::default() }); count]
}

/// A small world, saved.
fn small_save() -> Vec<u8> {
    let scene = scene(64);
    Save::of(&scene, &scene.globals(), &[(2, particles(40)), (4, Vec::new())]).unwrap()
}

fn offer(world: &mut World, from: PeerId, by: PeerId, wish: u64) {
    let head = Box::new(save::head(&small_save()).unwrap());
    say(world, from, Channel::Bulk, checkpoint::Message::Save { wish, by, head }, &[]);
}

fn opens(n: &Notice) -> bool {
    matches!(n, Notice::Announced(Announcement::OpensSave { .. } | Announcement::SaveNotOpened { .. }))
}

#[test]
fn a_save_in_the_name_of_another_is_refused() {
    let mut world = room(201);
    let before = Before::of(&world);
    for wish in 0..100 {
        offer(&mut world, WATCHER, PeerId(2), wish);
        world.run_for(30_000);
    }
    for peer in [1, 2, 3] {
        assert_eq!(heard(&world, peer, opens), 0);
        assert!(refused(&world, peer) > 50, "{peer}: {}", refused(&world, peer));
    }
    unharmed(&mut world, &before);
    is_true(&world);
}

/// Offers at the most of the rate, of which nothing comes since the pieces are not what was asked for.
#[test]
fn saves_that_never_come_fill_nobodys_screen_and_keep_no_other_out() {
    let mut world = room(202);
    let before = Before::of(&world);
    let id = save::head(&small_save()).unwrap().id();
    let ticks = ticks_in(&mut world, 10, 30, |world, i| {
        offer(world, WATCHER, WATCHER, i);
        for number in [0, 1, 2, u32::MAX] {
            let piece = checkpoint::Message::SavePiece { id, number };
            say(world, WATCHER, Channel::Bulk, piece, &bandcode::encode(&particles(41)));
        }
    });
    assert!(ticks > 10 * 60 * 9 / 10, "{ticks} ticks in 10 s");
    let told = heard(&world, 2, opens);
    assert!(told <= 2 * 18, "told {told} times in 10 s");
    unharmed(&mut world, &before);
    is_true(&world);
}

/// Pieces of the right size in every way but the right one.
#[test]
fn pieces_of_checkpoints_that_are_not_their_senders() {
    let mut world = room(203);
    let before = Before::of(&world);
    // Whoever stands in does not take the checkpoint either.
    let foreign = stood_in_by(&world, PeerId(3));
    let code = bandcode::encode(&particles(8192));
    let sum = Digest::of_all(&particles(8192));
    for _ in 0..40 {
        let (lineage, step) = (lineage(&world), next(&world));
        for from in [WATCHER, PeerId(3)] {
            // Of the epoch and step that are, were, and may be.
            for (epoch, step) in [(2, step), (2, step - 1), (2, step + 1), (3, step + 1), (4, step), (2, step + 400)] {
                let id = CheckpointId { epoch, step };
                let piece = checkpoint::Message::Piece { lineage, id, strip: foreign, index: 0, count: 1, sum };
                say(&mut world, from, Channel::Bulk, piece, &code);
            }
        }
        world.run_for(20_000);
    }
    assert!(refused(&world, 2) >= 400, "{}", refused(&world, 2));
    unharmed(&mut world, &before);
    is_true(&world);
}

fn newest_checkpoint(world: &World, peer: u128) -> String {
    let portrait = world.peers[&PeerId(peer)].room.portrait();
    let held = portrait.split(" checkpoints ").nth(1).unwrap_or_default();
    held.split(" links").next().unwrap_or_default().to_owned()
}

/// Its own strip's, of steps at which no checkpoint is taken: as many as there is room for.
#[test]
fn an_executor_that_sends_checkpoints_nobody_took_leaves_room_for_those_that_are() {
    let mut world = room(204);
    let before = Before::of(&world);
    let own = strip_of(&world, PeerId(3));
    // As large as a piece may be, and never the last one of its strip.
    let mut code = bandcode::encode(&particles(1));
    let spread: Vec<Particle> = (0..8192u32)
        .map(|i| {
            let wild = |n: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(n)) as i32;
            let cell = |n: u32| (((wild(n) as u32) >> 8) % (120 << 12)) as i32;
            Particle::pack(Fields { x: cell(7), y: cell(99) % (60 << 12), ..Fields::default() })
        })
        .collect();
    let large = bandcode::encode(&spread);
    if large.len() > code.len() {
        code = large;
    }
    let (lineage, step) = (lineage(&world), next(&world));
    let sum = Digest::default();
    for index in 0..1023u16 {
        for ahead in 0..4 {
            let id = CheckpointId { epoch: 3, step: step + 300 + ahead };
            let piece = checkpoint::Message::Piece { lineage, id, strip: own, index, count: 1024, sum };
            say(&mut world, PeerId(3), Channel::Bulk, piece, &code);
        }
        if index.is_multiple_of(100) {
            world.run_for(10_000);
        }
    }
    let held = [1, 2].map(|p| told(&world, PeerId(p), "keeps "));
    assert!(held.into_iter().all(|bytes| (1 << 20..40 << 20).contains(&bytes)), "{held:?} bytes");
    world.run_for(7_000_000);
    let first = [1, 2].map(|p| newest_checkpoint(&world, p));
    world.run_for(7_000_000);
    let later = [1, 2].map(|p| newest_checkpoint(&world, p));
    assert!(first != later && later.iter().all(|held| held.contains("step")), "{first:?} {later:?}");
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn who_asks_for_a_checkpoint_at_the_most_of_the_rate_slows_nobody() {
    let mut world = room(205);
    let before = Before::of(&world);
    let bulk = |w: &World| w.peers[&PeerId(1)].sent.get(&Channel::Bulk).copied().unwrap_or(0);
    let sent = bulk(&world);
    let ticks = ticks_in(&mut world, 10, 40, |world, _| {
        say(world, WATCHER, Channel::Log, player::Message::Control(player::Control::Save), &[]);
    });
    assert!(ticks > 10 * 60 * 9 / 10, "{ticks} ticks in 10 s");
    println!("{} bytes of checkpoints", bulk(&world) - sent);
    unharmed(&mut world, &before);
    is_true(&world);
}

/// The save of one player is opened although another offers without end.
#[test]
fn who_offers_without_end_does_not_keep_another_from_opening() {
    let mut world = room(206);
    let scene = scene(128);
    let water: Vec<Particle> = scene.particles(scene.world.rect());
    let save = Save::of(&scene, &scene.globals(), &[(8, water)]).unwrap();
    let mut asked = false;
    for i in 0..2_000u64 {
        offer(&mut world, WATCHER, WATCHER, i);
        world.run_for(15_000);
        if i % 200 == 100 && world.peers[&PeerId(2)].opened == 0 {
            world.ask(PeerId(2), Request::Restore(save.clone()));
            asked = true;
        }
    }
    assert!(asked && world.peers[&PeerId(2)].opened > 0, "{:?}", world.peers[&PeerId(2)].notices.len());
}
