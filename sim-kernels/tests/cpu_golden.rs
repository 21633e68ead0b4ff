//! One golden digest: a scene after so many ticks. It changes only when the physics does; every backend,
//! shard count, thread count, optimisation level and target must give it.

mod cpu_common;

use cpu_common::{Whole, scene};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::constants::{GRAVITY_DEFAULT, constants_hash};
use sim_kernels::geom::Rect;

/// The digest of the scene below after 151 ticks, particles and globals.
const GOLDEN: &str = "8de7e235eea35a391311b9ef539ba6df";

#[test]
fn the_golden_digest() {
    let terrain = [Rect::new(0, 0, 128, 3), Rect::new(60, 3, 63, 12), Rect::new(90, 20, 100, 22)];
    let mut scene = scene(128, 64, GRAVITY_DEFAULT, &terrain, &[Rect::new(0, 3, 40, 43), Rect::new(80, 40, 104, 56)]);
    scene.commands = vec![
        (30, Command::Explode { at: [20, 10], radius: 12, speed: 12000 }),
        (
            60,
            Command::Pour { stroke: Stroke { from: [50, 50], to: [70, 52], radius: 3 }, material: 0, velocity: [0, 0] },
        ),
        (90, Command::Wall { stroke: Stroke { from: [20, 20], to: [40, 4], radius: 1 }, solid: true }),
    ];
    let mut whole = Whole::new(scene);
    let mut digest = whole.run(151).digest.expect("was asked for");
    digest.add(whole.globals.digest());
    let new = digest.to_string();
    assert!(
        new == GOLDEN,
        "the golden digest changed\n  old {GOLDEN}\n  new {new}\n  (constants {:016x})\nIf the physics was meant to \
         change, set GOLDEN in sim-kernels/tests/cpu_golden.rs to the new one and say so in the changelog.",
        constants_hash()
    );
}
