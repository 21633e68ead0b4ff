//! One peer or many, whatever the network does: one digest.

mod common;

use common::{Net, World, config, profile};
use room::api::{Config, PeerId, Request};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::Stub;

fn scene() -> Scene {
    Scene {
        title: "test".into(),
        world: WorldSize::new(192, 64).unwrap(),
        gravity: [0, -4],
        terrain: vec![Rect::new(90, 0, 100, 6)],
        blocks: vec![
            Block::water(Rect::new(4, 4, 24, 14)),
            Block::water(Rect::new(60, 30, 70, 40)),
            Block::water(Rect::new(150, 2, 164, 12)),
        ],
        commands: commands(),
    }
}

/// What is done to it, and one of each kind of command in the end.
fn commands() -> Vec<(u64, Command)> {
    let dab = |x: i32, y: i32, radius: i32| Stroke { from: [x, y], to: [x + 9, y], radius };
    let mut all = vec![
        (3, Command::Pour { stroke: dab(62, 40, 4), material: 0, velocity: [100, 0] }),
        (8, Command::Wall { stroke: dab(94, 20, 3), solid: true }),
        (9, Command::Push { stroke: dab(64, 36, 8), velocity: [2000, -100] }),
        (20, Command::Erase(dab(127, 30, 12))),
        (21, Command::Explode { at: [128, 20], radius: 20, speed: 3000 }),
        (90, Command::Fill { rect: Rect::new(56, 10, 72, 14), material: 0 }),
        (141, Command::Drain { rect: Rect::new(120, 0, 136, 64), until: 150 }),
    ];
    all.extend(Command::samples([96, 30]).map(|command| (180, command)));
    all
}

const END: u64 = 241;

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
    world.run_for(1_000_000);
    for peer in world.peers.values() {
        let computing = peer.status.people.iter().filter(|p| p.region.is_some()).count();
        assert_eq!(computing, peers as usize, "{:?}", peer.status);
    }
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

/// Peers that join and leave while it runs; `plan` acts at ticks.
fn churn(seed: u64) {
    let one = alone();
    let net = Net { latency_us: 5_000, jitter_us: 20_000, compute_us: 4_000, seed, ..Net::default() };
    let mut world = World::new(net, Stub::boxed);
    world.join(founder(2, 2));
    world.join(member(2, 2));
    world.until("start", 10, |w| w.peers[&PeerId(1)].status.tick >= 6);
    world.join(member(3, 2));
    let computes = |w: &World, id: u128| {
        w.peers[&PeerId(1)].status.people.iter().any(|p| p.id == PeerId(id) && p.region.is_some())
    };
    world.until("3 computes", 20, |w| computes(w, 3));
    world.ask(PeerId(2), Request::Leave);
    world.until("2 left", 20, |w| w.peers[&PeerId(2)].left);
    let at = world.peers[&PeerId(1)].status.tick;
    assert!(at < END, "the test must end while the room runs, not at tick {at}");
    world.join(member(4, 2));
    assert_eq!(world.digest_at(END), one, "seed {seed}");
    for peer in world.peers.values() {
        assert!(!peer.lost_ticks(), "{:?}", peer.notices);
    }
}

#[test]
fn joins_and_leaves_change_nothing() {
    (0..8).for_each(churn);
}

#[test]
fn the_leader_leaves_and_another_takes_over() {
    let one = alone();
    for seed in 0..6 {
        let net = Net { latency_us: 5_000, jitter_us: 20_000, compute_us: 4_000, seed, ..Net::default() };
        let mut world = World::new(net, Stub::boxed);
        world.join(founder(3, 2));
        world.join(member(2, 2));
        world.join(member(3, 2));
        world.until("start", 10, |w| w.peers[&PeerId(2)].status.tick >= 10);
        world.ask(PeerId(1), Request::Leave);
        world.until("1 left", 20, |w| w.peers[&PeerId(1)].left);
        assert!(world.peers[&PeerId(2)].status.tick < END);
        assert_eq!(world.digest_at(END), one, "seed {seed}");
        world.run_for(500_000);
        let leaders = |id: u128| -> Vec<PeerId> {
            world.peers[&PeerId(id)].status.people.iter().filter(|p| p.leader).map(|p| p.id).collect()
        };
        assert!(leaders(2) == leaders(3) && leaders(2).len() == 1, "{:?} {:?}", leaders(2), leaders(3));
        assert_eq!(world.peers[&PeerId(3)].status.people.len(), 2);
    }
}

#[test]
fn a_watcher_follows_without_a_region() {
    let mut world = World::new(Net::default(), Stub::boxed);
    world.join(founder(1, 2));
    let mut watcher = member(2, 2);
    watcher.profile = room::api::Profile { lend: false, ..profile("W") };
    world.join(watcher);
    assert_eq!(world.digest_at(END), alone());
}
