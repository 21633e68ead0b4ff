//! Golden digests: a scene of water, one of every material, and one into which heat comes, after so many ticks. They change only when the physics does;
//! every backend, shard count, thread count, optimisation level and target must give them.
//!
//! Tests use them, on every target; so may a program that wants to know whether a machine computes right.

use crate::command::{Command, Slider, Stroke, Wheel};
use crate::constants::GRAVITY_DEFAULT;
use crate::cpu::CpuBackend;
use crate::digest::Digest;
use crate::geom::{Rect, WorldSize};
use crate::globals::Globals;
use crate::job::{Backend, Job, KernelError, Load, StepJob};
use crate::materials;
use crate::scene::{Block, Scene};

/// A scene, and what it is after so many ticks.
#[derive(Clone, Copy, Debug)]
pub struct Golden {
    /// For people.
    pub name: &'static str,
    /// Particles and globals after the last tick.
    pub digest: Digest,
    /// How long the scene runs.
    pub ticks: u64,
    make: fn() -> Scene,
}

/// Water alone.
pub const WATER: Golden = Golden {
    name: "water",
    digest: Digest([0x8de7_e235, 0xeea3_5a39, 0x1311_b9ef, 0x539b_a6df]),
    ticks: 151,
    make: water,
};

/// Every material beside, above and into others.
pub const MATERIALS: Golden = Golden {
    name: "materials",
    digest: Digest([0x33df_5bd9, 0x8984_62b5, 0x42d6_87d0, 0xfaa3_46a2]),
    ticks: 97,
    make: every_material,
};

/// The materials that begin as warm as the air, until a stroke brings heat.
pub const WARMED: Golden = Golden {
    name: "warmed materials",
    digest: Digest([0x27b0_174e, 0xc6a3_7030, 0x629d_f8f9, 0x791a_8bfb]),
    ticks: 83,
    make: warmed,
};

/// All of them.
pub const ALL: [Golden; 3] = [WATER, MATERIALS, WARMED];

/// A block that falls on a wall, an explosion, a pour and a wall drawn into the water.
fn water() -> Scene {
    let rect = Rect::new;
    let pour = Stroke { from: [50, 50], to: [70, 52], radius: 3 };
    let wall = Stroke { from: [20, 20], to: [40, 4], radius: 1 };
    Scene {
        title: "golden".into(),
        world: WorldSize { width: 128, height: 64 },
        gravity: [0, -GRAVITY_DEFAULT],
        terrain: vec![rect(0, 0, 128, 3), rect(60, 3, 63, 12), rect(90, 20, 100, 22)],
        blocks: [rect(0, 3, 40, 43), rect(80, 40, 104, 56)].map(Block::water).to_vec(),
        commands: vec![
            (30, Command::Explode { at: [20, 10], radius: 12, speed: 12000 }),
            (60, Command::Pour { stroke: pour, material: 0, velocity: [0, 0] }),
            (90, Command::Wall { stroke: wall, solid: true }),
        ],
    }
}

/// All materials but those for tests, in air.
fn every_material() -> Scene {
    let mut scene = mix("golden materials", |m| !m.is_for_tests() && m.name != "air");
    scene.blocks.push(Block::of(materials::AIR, scene.world.rect()));
    scene
}

/// Those of them that begin without heat and reactions, and a stroke that warms some, and one that cools.
fn warmed() -> Scene {
    let mut scene = mix("golden warmed", |m| !m.is_for_tests() && !m.begins_hot());
    let line = |from, to| Stroke { from, to, radius: 6 };
    scene.commands.push((60, Command::Warm { stroke: line([10, 12], [100, 14]), by: 12000 }));
    scene.commands.push((64, Command::Warm { stroke: line([60, 30], [120, 30]), by: -4000 }));
    scene.commands.sort_by_key(|command| command.0);
    scene
}

/// Blocks of some materials in two rows, of which the upper one falls on the lower one, and what players do to them.
fn mix(title: &str, is_in: impl Fn(&materials::Material) -> bool) -> Scene {
    let codes: Vec<u32> = (0..materials::COUNT as u32).filter(|&code| is_in(materials::material(code))).collect();
    let count = codes.len() as i32;
    let block = |i: i32, y: i32, turn: i32| {
        let rect = Rect::new(4 + 12 * i, y, 14 + 12 * i, y + 10 + turn % 3 * 2);
        Block::of(codes[(turn % count) as usize], rect)
    };
    let width = (12 * count + 8 + 15) / 16 * 16;
    let blocks = (0..count).flat_map(|i| [block(i, 4, i), block(i, 30, i * 5 + 1)]).collect();
    let stroke = |x: i32, y: i32| Stroke { from: [x, y], to: [x + 9, y + 2], radius: 2 };
    let pours = (0..count).map(|i| {
        let material = codes[i as usize] as u8;
        (30 + i as u64, Command::Pour { stroke: stroke(6 + 12 * i, 54), material, velocity: [300, -900] })
    });
    let mut commands = vec![
        (12, Command::Explode { at: [width / 3, 8], radius: 14, speed: 9000 }),
        (20, Command::Wall { stroke: stroke(width / 2, 20), solid: true }),
    ];
    let wheel = Wheel { centre: [width / 2 + 26, 24], radius: 11, vanes: 3, rate: 310 };
    let slider = Slider { rect: Rect::new(width / 4, 16, width / 4 + 5, 30), sway: [60, 20], rate: -400 };
    commands.extend([(22, Command::Turn(wheel)), (24, Command::Slide(slider))]);
    commands.extend(pours);
    commands.push((70, Command::Push { stroke: stroke(width / 4, 10), velocity: [6000, 2000] }));
    commands.sort_by_key(|command| command.0);
    Scene {
        title: title.into(),
        world: WorldSize { width, height: 64 },
        gravity: [0, -GRAVITY_DEFAULT],
        terrain: vec![Rect::new(0, 0, width, 4), Rect::new(width / 2, 4, width / 2 + 2, 16)],
        blocks,
        commands,
    }
}

impl Golden {
    /// The scene.
    pub fn scene(&self) -> Scene {
        (self.make)()
    }

    /// What a backend is to do, and the globals after it: [`Self::digest`] is the digest that the last job answers and
    /// that of these globals, added.
    pub fn jobs(&self) -> (Vec<Job>, Globals) {
        jobs_of(&self.scene(), self.ticks)
    }

    /// Runs the scene on a backend; [`Self::digest`] is what it must answer.
    ///
    /// # Errors
    /// What the backend answers with.
    pub async fn run(&self, backend: &mut dyn Backend) -> Result<Digest, KernelError> {
        let (jobs, globals) = self.jobs();
        let mut digest = globals.digest();
        for job in jobs {
            digest.add(backend.run(job).await?.digest.unwrap_or_default());
        }
        Ok(digest)
    }

    /// The same at once, on the CPU with so many threads.
    ///
    /// # Errors
    /// As [`CpuBackend::run_now`]; there are none with these scenes.
    pub fn run_cpu(&self, threads: Option<usize>) -> Result<Digest, KernelError> {
        run_jobs(self.jobs(), threads)
    }
}

/// What a backend is to do for a scene to run for so many ticks, and the globals after it: what one machine alone computes.
pub fn jobs_of(scene: &Scene, ticks: u64) -> (Vec<Job>, Globals) {
    let (mut globals, region) = (scene.globals(), scene.world.rect());
    let load = Load { globals: globals.clone(), region, particles: scene.particles(region) };
    let mut commands = Vec::new();
    for tick in 0..ticks {
        let now: Vec<Command> = scene.commands_at(tick).cloned().collect();
        globals.pass_tick(&now);
        commands.push(now);
    }
    (vec![Job::Load(load), Job::Step(StepJob { region, commands, digest: true, ..StepJob::default() })], globals)
}

/// What one CPU backend with one thread makes of a scene in so many ticks: what every room must end with.
///
/// # Errors
/// As [`CpuBackend::run_now`]: the scene leaves its world, or has too many particles.
pub fn alone(scene: &Scene, ticks: u64) -> Result<Digest, KernelError> {
    run_jobs(jobs_of(scene, ticks), Some(1))
}

/// The globals' digest with those that the jobs answer, on the CPU.
fn run_jobs((jobs, globals): (Vec<Job>, Globals), threads: Option<usize>) -> Result<Digest, KernelError> {
    let mut digest = globals.digest();
    let mut backend = CpuBackend::new(threads);
    for job in jobs {
        digest.add(backend.run_now(job)?.digest.unwrap_or_default());
    }
    Ok(digest)
}
