//! Few bytes that cost every holder much.

use crate::common::scene;
use crate::{Before, PeerId, WATCHER, room, say, unharmed};
use room::api::{Channel, Request};
use room::notice::Notice;
use room::wire::player::{self, Control};
use sim_kernels::command::{Command, Stroke};

/// A capsule whose bounds are as large as those of any.
fn large(i: i32) -> Command {
    let stroke = Stroke { from: [i % 4, -40], to: [127, 100], radius: 48 };
    Command::Push { stroke, velocity: [0, 1] }
}

/// The most cells that a step is to touch: what a device does beside its work, in some 15 ms.
const CELLS_MAX: u64 = 1 << 20;

#[test]
fn strokes_wait_until_there_is_time_for_them() {
    let mut world = room(21);
    let before = Before::of(&world);
    for seq in 1..=20 {
        let list = (0..256).map(|i| (256 * (seq - 1) + i + 1, large(i as i32))).collect();
        say(&mut world, WATCHER, Channel::Log, player::Message::Commands { epoch: 2, list }, &[]);
        world.run_for(5_000);
    }
    world.run_for(3_000_000);
    let most = world.peers.values().map(|p| p.cells_most).max().unwrap();
    assert!(most <= CELLS_MAX, "{most} cells in a step");
    // Meanwhile another's strokes come through at once.
    let gravity = Command::Gravity([0, -5]);
    world.ask(PeerId(2), Request::Command(gravity));
    world.until("another's command", 1, |w| {
        w.peers.values().all(|p| p.globals.as_ref().is_some_and(|g| g.gravity == [0, -5]))
    });
    unharmed(&mut world, &before);
}

#[test]
fn a_scene_of_many_strokes_is_not_loaded() {
    let mut world = room(22);
    let before = Before::of(&world);
    let mut heavy = scene(128);
    heavy.world = sim_kernels::geom::WorldSize::new(1024, 512).unwrap();
    let stroke = Stroke { from: [100, 100], to: [356, 356], radius: 48 };
    heavy.commands = vec![(0, Command::Push { stroke, velocity: [1, 0] }); 1024];
    assert_eq!(heavy.problem(), None);
    world.ask(PeerId(2), Request::Load(heavy.clone()));
    say(&mut world, WATCHER, Channel::Log, player::Message::Control(Control::Load(Box::new(heavy))), &[]);
    world.run_for(1_000_000);
    assert!(world.peers[&PeerId(2)].notices.contains(&Notice::SceneIsInvalid));
    unharmed(&mut world, &before);
}
