//! One peer or many, whatever the network does: one digest.

mod common;

use common::stub::Stub;
use common::{Net, World, config, profile};
use room::api::{Config, PeerId, Request};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::Scene;

fn scene() -> Scene {
    let dab = |x: i32, y: i32, radius: i32| Stroke { from: [x, y], to: [x + 9, y], radius };
    Scene {
        title: "test".into(),
        world: WorldSize::new(192, 64).unwrap(),
        gravity: [0, -4],
        terrain: vec![Rect::new(90, 0, 100, 6)],
        liquid: vec![Rect::new(4, 4, 24, 14), Rect::new(60, 30, 70, 40), Rect::new(150, 2, 164, 12)],
        commands: vec![
            (3, Command::Pour { stroke: dab(62, 40, 4), material: 0, velocity: [100, 0] }),
            (8, Command::Wall { stroke: dab(94, 20, 3), solid: true }),
            (9, Command::Push { stroke: dab(64, 36, 8), velocity: [2000, -100] }),
            (20, Command::Erase(dab(127, 30, 12))),
            (21, Command::Explode { at: [128, 20], radius: 20, speed: 3000 }),
        ],
    }
}

const END: u64 = 61;

fn founder(peers: u32, ticks: u32) -> Config {
    Config { wait_for: peers, superstep_ticks: ticks, end_tick: Some(END), ..config(1, Some(&scene())) }
}

fn member(id: u128, ticks: u32) -> Config {
    Config { superstep_ticks: ticks, end_tick: Some(END), ..config(id, None) }
}

fn run(peers: u32, ticks: u32, net: Net) -> Digest {
    let mut world = World::new(net, Stub::boxed);
    world.join(founder(peers, ticks));
    for id in 2..=u128::from(peers) {
        world.join(member(id, ticks));
    }
    let digest = world.digest_at(END);
    assert!(world.peers.values().all(|p| p.status.people.iter().filter(|p| p.region.is_some()).count() == peers as usize));
    digest
}

fn alone() -> Digest {
    run(1, 1, Net::default())
}

#[test]
fn any_number_of_peers_and_any_superstep_give_one_digest() {
    let one = alone();
    for (peers, ticks) in [(1, 3), (2, 1), (2, 2), (3, 2), (5, 2), (5, 1), (3, 5)] {
        assert_eq!(run(peers, ticks, Net::default()), one, "{peers} peers, {ticks} ticks");
    }
}

#[test]
fn latency_and_reordering_change_nothing() {
    let one = alone();
    for seed in 0..6 {
        let net = Net { latency_us: 20_000, jitter_us: 200_000, seed, ..Net::default() };
        assert_eq!(run(3, 2, net), one, "seed {seed}");
    }
}
