//! Machines with more to do than cores: everyone who lends computes, and the last snapshot is seconds old by
//! the clock on the wall, not by the world's own.

mod common;

use common::stub::Stub;
use common::{Net, World, config};
use room::api::{Config, Pace, PeerId};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::Scene;

fn scene() -> Scene {
    Scene {
        title: "slow".into(),
        world: WorldSize::new(640, 64).unwrap(),
        gravity: [0, -4],
        terrain: vec![],
        liquid: vec![Rect::new(4, 4, 636, 34)],
        commands: vec![],
    }
}

/// Three peers on one machine: nobody hears anything while it computes. A superstep takes `compute_us`.
fn overloaded(compute_us: u64, seed: u64) -> World {
    let net = Net { compute_us, blocking: true, seed, ..Net::default() };
    let mut world = World::new(net, Stub::boxed);
    let real = |c: Config| Config { pace: Pace::RealTime, equal_strips: false, ..c };
    world.join(real(config(1, Some(&scene()))));
    for id in 2..=3 {
        world.run_for(2_000_000);
        world.join(real(config(id, None)));
    }
    // What three on one machine have between them.
    for (a, b) in [(1, 2), (1, 3), (2, 3)] {
        world.limit(a, b, 3_000_000);
    }
    world
}

fn computing(world: &World) -> usize {
    world.peers[&PeerId(1)].status.people.iter().filter(|p| p.region.is_some()).count()
}

#[test]
fn every_lender_gets_a_region_however_slow_the_room_is() {
    for seed in 0..2 {
        let mut world = overloaded(700_000, seed);
        let began = world.now;
        world.until("all compute", 60, |w| computing(w) == 3);
        println!("after {} s", (world.now - began) / 1_000_000);
        world.run_for(15_000_000);
        assert_eq!(computing(&world), 3);
    }
}

#[test]
fn a_slow_rooms_snapshot_is_seconds_old() {
    for seed in 0..2 {
        let mut world = overloaded(700_000, seed);
        world.until("all compute", 60, |w| computing(w) == 3);
        // When each tick was reached.
        let mut reached = vec![(world.now, world.peers[&PeerId(1)].status.tick)];
        for _ in 0..300 {
            world.run_for(100_000);
            reached.push((world.now, world.peers[&PeerId(1)].status.tick));
        }
        world.vanish(PeerId(3));
        let end = world.now;
        world.until("set back", 20, |w| w.peers[&PeerId(1)].notices.iter().any(|n| n.contains("lost")));
        let words = world.peers[&PeerId(1)].notices.iter().find(|n| n.contains("lost")).unwrap().clone();
        assert!(words.starts_with("P3 vanished"), "{words}");
        let lost: f64 = words.split_whitespace().rev().nth(3).unwrap().parse().unwrap();
        let newest = world.peers[&PeerId(1)].status.tick;
        let back = newest.saturating_sub((lost * 60.0) as u64);
        let since = reached.iter().find(|r| r.1 >= back).map_or(end, |r| r.0);
        let age_s = (end - since) / 1_000_000;
        println!("{words}: tick {back}, {age_s} s before the end");
        assert!(age_s <= 11, "{words}: back to tick {back}, {age_s} s before the end");
        world.until("goes on", 30, |w| w.peers[&PeerId(1)].status.tick > newest);
    }
}
