//! What players take back: their own strokes, agreed through the log, whoever leads and whoever left.

mod common;

use common::{World, config, goes_on, three};
use room::api::{Config, Pace, PeerId, Request};
use sim_kernels::command::{Command, Stroke};

fn pour(x: i32) -> Command {
    Command::Pour { stroke: Stroke::dab([x, 50], 2), material: 0, velocity: [0, 0] }
}

fn wall(x: i32, solid: bool) -> Command {
    Command::Wall { stroke: Stroke::dab([x, 58], 2), solid }
}

fn does(world: &mut World, who: u128, commands: impl IntoIterator<Item = Command>) {
    commands.into_iter().for_each(|command| world.ask(PeerId(who), Request::Command(command)));
    world.run_for(1_000_000);
}

fn particles(world: &World) -> u64 {
    world.peers.values().rfind(|p| p.alive).map_or(0, |p| p.status.particles)
}

/// Whether a cell is solid, as everyone says.
fn solid(world: &World, x: i32) -> bool {
    let alive = world.peers.values().filter(|p| p.alive);
    let says: Vec<bool> = alive.map(|p| p.globals.as_ref().expect("there is a world").terrain.solid(x, 58)).collect();
    assert!(says.iter().all(|&solid| solid == says[0]));
    says[0]
}

#[test]
fn each_takes_back_their_own_whoever_leads() {
    for seed in 0..4 {
        let mut world = three(seed, Pace::RealTime);
        world.run_for(4_000_000);
        let before = particles(&world);
        does(&mut world, 2, [Command::Begin, pour(20), pour(24), Command::Begin, pour(40), wall(60, true)]);
        let twos = particles(&world) - before;
        assert!(twos > 100, "{twos}");
        does(&mut world, 3, [Command::Begin, pour(100), wall(61, true)]);
        let all = particles(&world);
        assert!(all > before + twos && solid(&world, 58) && solid(&world, 63));
        // The leader goes, and with it nothing that is known.
        world.vanish(PeerId(1));
        world.run_for(12_000_000);
        assert_eq!(particles(&world), all);
        does(&mut world, 2, [Command::Undo]);
        assert!(particles(&world) < all && !solid(&world, 58) && solid(&world, 60), "three built there, too");
        does(&mut world, 2, [Command::Undo, Command::Undo, Command::Undo]);
        assert_eq!(particles(&world), all - twos);
        // Whoever comes anew has nothing to take back.
        world.join(Config { pace: Pace::RealTime, ..config(7, None) });
        world.until("in", 10, |w| w.peers[&PeerId(7)].status.people.len() == 3);
        world.run_for(3_000_000);
        does(&mut world, 7, [Command::Undo]);
        assert_eq!(particles(&world), all - twos);
        does(&mut world, 3, [Command::Undo]);
        assert_eq!(particles(&world), before);
        assert!(!solid(&world, 63));
        goes_on(&mut world);
    }
}

#[test]
fn a_stroke_is_taken_back_in_the_tick_in_which_it_is_made() {
    let mut world = three(11, Pace::RealTime);
    let before = particles(&world);
    does(&mut world, 3, [Command::Begin, pour(30), Command::Undo, Command::Begin, wall(30, true), Command::Undo]);
    assert_eq!((particles(&world), solid(&world, 30)), (before, false));
    goes_on(&mut world);
}

#[test]
fn what_was_erased_cleared_or_built_over_comes_back_whoever_leads() {
    for seed in 20..23 {
        let mut world = three(seed, Pace::RealTime);
        world.run_for(4_000_000);
        let before = particles(&world);
        let erase = |x: i32| Command::Erase(Stroke { from: [x, 4], to: [x, 60], radius: 9 });
        // Across the seams, and then everything.
        does(&mut world, 2, [Command::Begin, erase(40), erase(80), erase(120)]);
        let after = particles(&world);
        assert!(after + 100 < before, "{after} of {before}");
        does(&mut world, 3, [Command::Begin, wall(60, true), Command::Begin, Command::Clear]);
        assert_eq!(particles(&world), 0);
        // Who comes anew is told of it, and the leader goes.
        world.join(Config { pace: Pace::RealTime, ..config(7, None) });
        world.until("in", 10, |w| w.peers[&PeerId(7)].status.people.len() == 4);
        world.run_for(5_000_000);
        world.vanish(PeerId(1));
        world.run_for(12_000_000);
        does(&mut world, 3, [Command::Undo]);
        let without_wall = particles(&world);
        assert!(without_wall <= after && without_wall + 400 > after, "{without_wall} of {after}");
        does(&mut world, 2, [Command::Undo]);
        does(&mut world, 3, [Command::Undo]);
        assert_eq!(particles(&world), before);
        goes_on(&mut world);
    }
}
