//! What players are told, and a room in which nobody computes.

mod common;

use common::{Net, World, config, someone};
use room::api::{Config, Pace, PeerId, Profile, Request};
use room::notice::{Announcement, Notice};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::Stub;

fn scene() -> Scene {
    Scene {
        title: "words".into(),
        world: WorldSize::new(128, 64).unwrap(),
        gravity: [0, -4],
        terrain: vec![],
        blocks: vec![Block::water(Rect::new(4, 4, 124, 8))],
        commands: vec![],
    }
}

fn cfg(id: u128, lend: bool) -> Config {
    let scene = (id == 1).then(scene);
    let plain = config(id, scene.as_ref());
    Config { pace: Pace::RealTime, profile: Profile { lend, ..plain.profile.clone() }, ..plain }
}

/// Peer 1 founds; `lend` says who lends.
fn room(lend: &[bool], seed: u64) -> World {
    let mut world = World::new(Net { seed, ..Net::default() }, Stub::boxed);
    for (i, &lend) in lend.iter().enumerate() {
        world.join(cfg(i as u128 + 1, lend));
        world.run_for(3_000_000);
    }
    world
}

fn told(world: &World, id: u128, announcement: &Announcement) -> usize {
    world.peers[&PeerId(id)].heard(announcement)
}

fn alive(world: &World) -> Vec<u128> {
    world.peers.iter().filter(|p| p.1.alive).map(|p| p.0.0).collect()
}

fn all_told(world: &World, announcement: &Announcement) -> bool {
    alive(world).into_iter().all(|id| told(world, id, announcement) == 1)
}

fn tick(world: &World, id: u128) -> u64 {
    world.peers[&PeerId(id)].status.tick
}

fn goes_on(world: &mut World) {
    let ids = alive(world);
    let from = ids.iter().map(|&id| tick(world, id)).max().unwrap();
    world.until("goes on", 20, |w| ids.iter().all(|&id| tick(w, id) > from + 60));
}

#[test]
fn comings_and_goings_are_named_once() {
    let mut world = room(&[true, true, false], 1);
    let joined = |id| Announcement::Joined(someone(id));
    assert_eq!((told(&world, 1, &joined(2)), told(&world, 1, &joined(3))), (1, 1));
    assert_eq!((told(&world, 2, &joined(2)), told(&world, 2, &joined(3))), (0, 1));
    world.join(cfg(4, false));
    world.run_for(2_000_000);
    world.ask(PeerId(4), Request::Leave);
    world.run_for(2_000_000);
    assert!(all_told(&world, &Announcement::Left(someone(4))), "{:?}", world.peers[&PeerId(2)].notices);
    // A watcher's end costs nothing.
    world.vanish(PeerId(3));
    world.run_for(7_000_000);
    assert!(all_told(&world, &Announcement::Vanished(someone(3))));
    assert!(world.peers.values().all(|p| !p.lost_ticks()));
    goes_on(&mut world);
}

/// One that said that it leaves, and goes before it is let go, is not out of reach.
#[test]
fn a_leaver_that_does_not_wait_for_its_goodbye_has_left() {
    for (people, seed) in [(2, 7), (3, 8)] {
        for after in [20_000, 60_000, 120_000] {
            let mut world = room(&vec![true; people], seed);
            let leaver = PeerId(people as u128);
            world.ask(leaver, Request::Leave);
            world.run_for(after);
            let early = !world.peers[&leaver].left;
            world.vanish(leaver);
            world.run_for(7_000_000);
            let left = Announcement::Left(someone(leaver.0));
            assert!(early || after > 20_000, "it was let go at once");
            assert!(all_told(&world, &left), "{people} after {after}: {:?}", world.peers[&PeerId(1)].notices);
            let gone = |n: &Notice| matches!(n, Notice::Announced(Announcement::CutOff(_) | Announcement::Vanished(_)));
            assert!(world.peers.values().all(|p| !p.notices.iter().any(gone)), "{people} after {after}");
            goes_on(&mut world);
        }
    }
}

#[test]
fn another_leader_is_named() {
    let mut world = room(&[true, true, true], 2);
    world.ask(PeerId(1), Request::Leave);
    world.until("left", 10, |w| w.peers[&PeerId(1)].left);
    world.run_for(2_000_000);
    assert!(all_told(&world, &Announcement::Left(someone(1))));
    let leader = world.peers[&PeerId(2)].status.people.iter().find(|p| p.leader).unwrap().id.0;
    for id in 2..=3 {
        let peer = &world.peers[&PeerId(id)];
        let new = if id == leader { Notice::LeaderIsMe } else { Notice::LeaderIs { who: PeerId(leader) } };
        assert_eq!(peer.told(&new), 1, "{:?}", world.peers[&PeerId(id)].notices);
    }
    goes_on(&mut world);
}

#[test]
fn nobody_waits_for_itself() {
    let mut world = World::new(Net { seed: 3, ..Net::default() }, Stub::boxed);
    for id in 1..=2 {
        world.join(Config { stand_ins: false, ..cfg(id, true) });
        world.run_for(3_000_000);
    }
    world.peers.get_mut(&PeerId(2)).unwrap().slow = 700;
    let mut waited = 0;
    for _ in 0..80 {
        world.run_for(100_000);
        for peer in world.peers.values() {
            let me = peer.status.people.iter().find(|p| p.me).map(|p| p.id);
            assert!(peer.status.waiting_for.is_none() || peer.status.waiting_for != me);
        }
        waited += u32::from(world.peers[&PeerId(1)].status.waiting_for == Some(PeerId(2)));
    }
    assert!(waited > 0, "nobody was told whom the room waits for");
    assert!(world.peers[&PeerId(2)].told(&Notice::OthersWait) > 0);
}

const NOBODY: &Announcement = &Announcement::NobodyComputes;

/// The world stands still and keeps its water, until a device is lent.
fn stands_and_resumes(world: &mut World) {
    world.run_for(3_000_000);
    let ids = alive(world);
    let before: Vec<(u64, u64)> =
        ids.iter().map(|&id| (tick(world, id), world.peers[&PeerId(id)].status.particles)).collect();
    assert!(before.iter().all(|b| b.1 == 120 * 4 * 4), "{before:?}");
    world.run_for(5_000_000);
    for (&id, before) in ids.iter().zip(&before) {
        let peer = &world.peers[&PeerId(id)];
        assert_eq!((peer.status.tick, peer.status.particles), *before);
        assert!(peer.status.nobody_computes && told(world, id, NOBODY) >= 1, "{:?}", peer.notices);
    }
    world.join(cfg(9, true));
    world.run_for(3_000_000);
    goes_on(world);
    assert!(world.peers[&PeerId(9)].status.particles == 120 * 4 * 4);
    let computing: Vec<u128> =
        world.peers[&PeerId(9)].status.people.iter().filter(|p| p.region.is_some()).map(|p| p.id.0).collect();
    assert_eq!(computing, vec![9]);
    assert!(world.peers.values().filter(|p| p.alive).all(|p| !p.status.nobody_computes));
}

#[test]
fn a_room_whose_last_lender_leaves_keeps_its_state() {
    for seed in 0..3 {
        let mut world = room(&[true, false, false], seed);
        let before = tick(&world, 2);
        world.ask(PeerId(1), Request::Leave);
        world.until("left", 10, |w| w.peers[&PeerId(1)].left);
        stands_and_resumes(&mut world);
        assert!(tick(&world, 9) > before);
        assert!(world.peers.values().all(|p| !p.lost_ticks()));
    }
}

#[test]
fn a_room_whose_lenders_only_watch_keeps_its_state() {
    let mut world = room(&[true, true], 4);
    for id in [1, 2] {
        world.ask(PeerId(id), Request::Profile(cfg(id, false).profile));
    }
    stands_and_resumes(&mut world);
    assert!(world.peers.values().all(|p| !p.lost_ticks()));
}

#[test]
fn a_room_whose_last_lender_vanishes_goes_on_from_its_cut() {
    for founder_lends in [false, true] {
        let mut world = room(&[founder_lends, !founder_lends, false], 5);
        world.run_for(6_000_000);
        let (lender, other) = if founder_lends { (1, 2) } else { (2, 1) };
        let before = tick(&world, other);
        world.vanish(PeerId(lender));
        world.run_for(7_000_000);
        assert!(
            alive(&world).iter().all(|&id| told(&world, id, NOBODY) >= 1),
            "{:?}",
            world.peers[&PeerId(other)].notices
        );
        world.join(cfg(9, true));
        world.until("goes back", 10, |w| w.peers[&PeerId(other)].lost_ticks());
        let back = |n: &Notice| matches!(n, Notice::Announced(Announcement::WentBack { ticks_lost: ..400 }));
        let peer = &world.peers[&PeerId(other)];
        assert_eq!(
            peer.notices.iter().filter(|n| n.ticks_lost().is_some() && !back(n)).count(),
            0,
            "{:?}",
            peer.notices
        );
        goes_on(&mut world);
        let now = tick(&world, other);
        assert!(now + 400 > before, "{now}, before {before}: seconds were lost, not all");
        assert_eq!(world.peers[&PeerId(9)].status.particles, 120 * 4 * 4);
    }
}

/// One that is about to have the world to itself takes it over from the last who had it.
#[test]
fn the_last_to_leave_waits_for_whoever_is_at_the_door() {
    for seed in 0..8 {
        let mut world = room(&[true], seed);
        world.join(cfg(2, true));
        world.until("somebody is at the door", 1, |w| w.peers[&PeerId(1)].room.is_linked(PeerId(2)));
        world.ask(PeerId(1), Request::Leave);
        world.until("the last is gone", 10, |w| w.peers[&PeerId(1)].left);
        let from = tick(&world, 2);
        assert!(from >= 100, "{from}");
        world.until("the newcomer has the world", 10, |w| tick(w, 2) > from + 60);
    }
    // Nobody comes: then nobody is waited for for long.
    let mut world = room(&[true], 1);
    world.link(PeerId(9));
    world.ask(PeerId(1), Request::Leave);
    world.until("the last is gone", 2, |w| w.peers[&PeerId(1)].left);
}
