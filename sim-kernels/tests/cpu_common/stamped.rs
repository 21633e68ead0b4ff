//! Scenes in which stamps are pasted, turned in every way.
#![allow(dead_code, reason = "no test needs all of it")]

use sim_kernels::area::Area;
use sim_kernels::command::{Command, Effect, Paste};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::Rect;
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::materials;
use sim_kernels::scene::Scene;
use sim_kernels::stamp::{PART_BYTES_MAX, Stamp};

/// What a rectangle holds after so many ticks of a scene.
pub fn cut(scene: &Scene, ticks: u64, rect: Rect) -> Stamp {
    let (mut backend, mut globals, region) = (CpuBackend::new(None), scene.globals(), scene.world.rect());
    let load = Load { globals: globals.clone(), region, particles: scene.particles(region) };
    backend.run_now(Job::Load(load)).expect("loads");
    let commands: Vec<Vec<Command>> = (0..ticks).map(|tick| scene.commands_at(tick).cloned().collect()).collect();
    commands.iter().for_each(|commands| globals.pass_tick(commands));
    let job = StepJob { region, commands, extract: vec![region], ..StepJob::default() };
    let particles = backend.run_now(Job::Step(job)).expect("steps").extracts.remove(0);
    Stamp::cut(rect, &globals.terrain, &particles).expect("there is something, and not too much")
}

/// The commands that bring it.
pub fn bring(stamp: &Stamp) -> Vec<Command> {
    let code = stamp.encode();
    let (name, total) = (Stamp::name(&code), code.len() as u32);
    let part = |(k, part): (usize, &[u8])| Command::Bring {
        stamp: name,
        total,
        from: (k * PART_BYTES_MAX) as u32,
        part: part.to_vec(),
    };
    code.chunks(PART_BYTES_MAX).enumerate().map(part).collect()
}

/// The command that pastes it somewhere.
pub fn paste(stamp: &Stamp, at: [i32; 2], turns: u8, mirrored: bool) -> Command {
    let (name, particles) = (Stamp::name(&stamp.encode()), stamp.particles().len() as u32);
    Command::Paste(Paste { stamp: name, at, size: stamp.size(), particles, turns, mirrored })
}

/// The scene with what a rectangle of it holds after 40 ticks pasted at places, over each other, too; and some of that is taken
/// back.
pub fn stamped(mut scene: Scene, rect: Rect, places: &[[i32; 2]]) -> Scene {
    let stamp = cut(&scene, 40, rect);
    let mut own = vec![(2, Command::By(9))];
    own.extend(bring(&stamp).into_iter().map(|command| (2, command)));
    for (i, &at) in places.iter().enumerate() {
        let tick = 4 + 3 * (i as u64 / 2);
        own.extend([Command::By(9), Command::Begin].map(|command| (tick, command)));
        own.push((tick, paste(&stamp, at, (i % 4) as u8, i % 3 == 1)));
    }
    // Somebody builds where the first was pasted, in the same tick, and takes that back.
    let rock = materials::named("rock").expect("there is one");
    if let Some(&[x, y]) = places.first() {
        let [left, right] = [x + 4, x + 20].map(|x| Rect::new(x, y, x + 12, y + 16));
        let wall = Command::Apply { area: Area::Box(left), effect: Effect::Wall { solid: true } };
        let built = [Command::By(8), Command::Begin, wall, Command::Fill { rect: right, material: rock }];
        own.extend(built.map(|command| (4, command)));
        own.extend([Command::By(8), Command::Undo].map(|command| (8, command)));
    }
    let last = 4 + 3 * places.len() as u64 / 2;
    own.extend([last, last + 6].into_iter().flat_map(|tick| [(tick, Command::By(9)), (tick, Command::Undo)]));
    scene.commands.extend(own);
    scene.commands.sort_by_key(|command| command.0);
    scene
}
