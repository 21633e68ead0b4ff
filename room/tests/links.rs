//! Links that carry little, or are far: where seams go, and how long a superstep is.

mod common;

use common::{Net, World, config};
use room::api::{Config, Pace, PeerId};
use room::notice::Announcement;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::Stub;

fn scene() -> Scene {
    Scene {
        title: "links".into(),
        world: WorldSize::new(640, 64).unwrap(),
        gravity: [0, -4],
        terrain: vec![],
        blocks: vec![Block::water(Rect::new(4, 4, 636, 7))],
        commands: vec![],
    }
}

fn real(cfg: Config, ticks: u32) -> Config {
    Config { pace: Pace::RealTime, equal_strips: false, superstep_ticks: ticks, ..cfg }
}

fn room(peers: u128, net: Net, ticks: u32) -> World {
    let mut world = World::new(net, Stub::boxed);
    world.join(real(Config { wait_for: peers as u32, ..config(1, Some(&scene())) }, ticks));
    (2..=peers).for_each(|id| {
        world.join(real(config(id, None), ticks));
    });
    world.until("start", 10, |w| w.peers.values().all(|p| p.status.tick >= 20));
    world
}

/// Who computes, left to right.
fn strips(world: &World) -> Vec<u128> {
    let mut all: Vec<(i32, u128)> =
        world.peers[&PeerId(1)].status.people.iter().filter_map(|p| p.region.map(|r| (r.x0, p.id.0))).collect();
    all.sort_unstable();
    all.into_iter().map(|p| p.1).collect()
}

fn speed(world: &World) -> u32 {
    world.peers[&PeerId(1)].status.speed_percent
}

#[test]
fn a_seam_leaves_a_link_that_cannot_carry_it() {
    let mut world = room(3, Net::default(), 2);
    let order = strips(&world);
    assert_eq!(order.len(), 3);
    world.limit(order[0], order[1], 30_000);
    world.until("placed again", 60, |w| strips(w).len() == 3 && strips(w)[1] == order[2]);
    world.run_for(8_000_000);
    assert!((95..=103).contains(&speed(&world)), "{} %", speed(&world));
    let before = strips(&world);
    world.run_for(25_000_000);
    assert_eq!(strips(&world), before, "and stays there");
}

#[test]
fn a_peer_behind_thin_links_gets_no_region() {
    let mut world = room(3, Net::default(), 2);
    world.limit(1, 2, 30_000);
    world.limit(2, 3, 30_000);
    let apart = |w: &World| strips(w).len() == 2 && !strips(w).contains(&2);
    world.until("merged", 60, |w| apart(w));
    world.run_for(25_000_000);
    assert!(apart(&world), "not back and forth");
    for peer in world.peers.values() {
        let times = peer.heard(&Announcement::LinksTooSlow { who: PeerId(2) });
        assert!(times <= 1, "{:?}", peer.notices);
    }
    assert!((95..=103).contains(&speed(&world)), "{} %", speed(&world));
}

#[test]
fn supersteps_follow_the_borders_wherever_the_leader_is() {
    let far = |latency_us| Net { latency_us, jitter_us: 0, ..Net::default() };
    let ticks = |w: &World| w.peers[&PeerId(1)].status.superstep_ticks;
    let mut near = room(3, far(500), 0);
    near.run_for(3_000_000);
    assert_eq!(ticks(&near), 2);
    let mut wide = room(3, far(60_000), 0);
    wide.until("longer", 10, |w| ticks(w) == 8);
    wide.run_for(3_000_000);
    assert_eq!(ticks(&wide), 8);
}

#[test]
fn a_far_border_is_gone_around_where_somebody_is_near_to_both() {
    let mut world = room(3, Net { latency_us: 500, jitter_us: 0, ..Net::default() }, 0);
    let ticks = |w: &World| w.peers[&PeerId(1)].status.superstep_ticks;
    world.run_for(2_000_000);
    assert_eq!(ticks(&world), 2);
    world.far(2, 3, 60_000);
    world.run_for(5_000_000);
    let changes = world.peers[&PeerId(1)].lengths.len();
    for _ in 0..10 {
        world.run_for(1_000_000);
        let status = &world.peers[&PeerId(1)].status;
        assert!(status.speed_percent > 95 && status.superstep_ticks == 2, "{} %", status.speed_percent);
    }
    assert_eq!(world.peers[&PeerId(1)].lengths.len(), changes, "and it stays");
}

/// How often everybody, at most, was told that more computing devices would not make the room faster.
fn enough(world: &World) -> usize {
    let enough = Announcement::EnoughCompute { computing: 2, others: 1 };
    world.peers.values().map(|peer| peer.heard(&enough)).max().unwrap_or(0)
}

#[test]
fn who_is_too_far_away_watches_and_the_room_keeps_its_clock() {
    for ticks in [0, 2] {
        let mut world = room(2, Net::default(), ticks);
        world.run_for(5_000_000);
        let before = strips(&world);
        world.far(1, 3, 300_000);
        world.far(2, 3, 300_000);
        world.join(real(config(3, None), ticks));
        for _ in 0..60 {
            world.run_for(1_000_000);
            assert!(speed(&world) >= 95, "{} %", speed(&world));
            assert_eq!(strips(&world), before);
        }
        assert_eq!(enough(&world), 1);
        // It is nearer, and has a strip soon.
        world.far(1, 3, 0);
        world.far(2, 3, 0);
        world.until("all compute", 40, |w| strips(w).len() == 3);
        world.run_for(20_000_000);
        assert!(strips(&world).len() == 3 && speed(&world) >= 95, "{:?} {} %", strips(&world), speed(&world));
    }
}

#[test]
fn who_made_the_room_slower_watches_again() {
    let bare = |cfg: Config| Config { stand_ins: false, ..real(cfg, 2) };
    let mut world = World::new(Net::default(), Stub::boxed);
    world.join(bare(Config { wait_for: 2, ..config(1, Some(&scene())) }));
    world.join(bare(config(2, None)));
    world.until("start", 10, |w| w.peers.values().all(|p| p.status.tick >= 300));
    world.late(1, 3, 120_000);
    world.late(2, 3, 120_000);
    world.join(bare(config(3, None)));
    world.until("it computes", 30, |w| strips(w).contains(&3));
    world.until("it is found out", 40, |w| !strips(w).contains(&3));
    world.run_for(4_000_000);
    for _ in 0..100 {
        world.run_for(1_000_000);
        assert!(strips(&world) == [1, 2] && speed(&world) >= 95, "{:?} {} %", strips(&world), speed(&world));
    }
    assert_eq!(enough(&world), 1);
}
