//! Whose world goes on, and what was drawn on which.

use crate::common::{Net, World, config, founder, goes_on, scene};
use crate::{Before, PeerId, WATCHER, room};
use room::api::{Config, Pace, Request};
use sim_kernels::command::{Command, Stroke};
use simulate::kernel::Stub;

fn pour(x: i32) -> Command {
    let stroke = Stroke { from: [x, 30], to: [x + 2, 30], radius: 2 };
    Command::Pour { stroke, material: 0, velocity: [0, 0] }
}

#[test]
fn what_was_drawn_on_a_paused_world_does_not_turn_up_in_the_next() {
    let mut world = room(51);
    world.ask(PeerId(2), Request::Pause);
    world.run_for(1_000_000);
    for i in 0..20 {
        world.ask(PeerId(2), Request::Command(pour(20 + i)));
    }
    world.run_for(500_000);
    world.ask(PeerId(3), Request::Load(scene(128)));
    world.run_for(3_000_000);
    let particles = world.peers[&PeerId(1)].status.particles;
    assert_eq!(particles, 1920, "only the scene's");
    let sent = |w: &World| w.peers[&PeerId(2)].sent[&room::api::Channel::Log];
    let before = sent(&world);
    world.run_for(10_000_000);
    let rate = (sent(&world) - before) / 10;
    assert!(rate < 60_000, "{rate} bytes a second: nothing is said for ever");
    // Nor does another leader find any of it.
    world.vanish(PeerId(1));
    goes_on(&mut world);
    assert_eq!(world.peers[&PeerId(3)].status.particles, 1920);
    // And what is drawn now arrives.
    world.ask(PeerId(2), Request::Resume);
    world.ask(PeerId(2), Request::Command(pour(60)));
    world.until("drawn", 3, |w| w.peers[&WATCHER].status.particles > 1920);
}

/// A leader sleeps while the other side forks and somebody joins there: on waking, its older world is not the one that
/// goes on, and is saved.
#[test]
fn a_leader_that_slept_does_not_overrule_those_who_went_on() {
    for seed in [52, 53] {
        let net = Net { latency_us: 4_000, jitter_us: 8_000, compute_us: 2_000, seed, ..Net::default() };
        let mut world = World::new(net, Stub::boxed);
        world.join(Config { pace: Pace::RealTime, ..founder(1) });
        world.join(Config { pace: Pace::RealTime, ..config(2, None) });
        world.until("two are in", 10, |w| w.peers.values().all(|p| p.status.people.len() == 2));
        world.run_for(8_000_000);
        world.ask(PeerId(1), Request::Command(pour(20)));
        world.run_for(500_000);
        // Cut off is asleep, as far as the others can tell; it goes on alone for as long, but is one against three.
        world.cut(PeerId(1), PeerId(2));
        world.run_for(6_000_000);
        world.join(Config { pace: Pace::RealTime, ..config(3, None) });
        world.cut(PeerId(1), PeerId(3));
        world.until("a newcomer is in", 10, |w| w.peers[&PeerId(3)].status.people.len() == 2);
        (0..10).for_each(|i| world.ask(PeerId(2), Request::Command(pour(60 + i))));
        world.run_for(10_000_000);
        let (lineage, particles) =
            (world.peers[&PeerId(2)].status.digest_of.0, world.peers[&PeerId(2)].status.particles);
        world.heal(PeerId(1), PeerId(2));
        world.heal(PeerId(1), PeerId(3));
        world.until("one room", 20, |w| w.peers.values().all(|p| p.status.people.len() == 3));
        world.run_for(2_000_000);
        let after = Before::of(&world);
        assert_eq!((after.lineage, after.particles), (vec![lineage; 3], vec![particles; 3]));
        assert_eq!(world.peers[&PeerId(1)].saved.len(), 1, "the losing side is saved");
        goes_on(&mut world);
    }
}
