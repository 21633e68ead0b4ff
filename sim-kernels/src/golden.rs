//! The golden digest: one scene after so many ticks. It changes only when the physics does; every backend,
//! shard count, thread count, optimisation level and target must give it.
//!
//! Tests use it, on every target; so may a program that wants to know whether a machine computes right.

use crate::command::{Command, Stroke};
use crate::constants::GRAVITY_DEFAULT;
use crate::cpu::CpuBackend;
use crate::digest::Digest;
use crate::geom::{Rect, WorldSize};
use crate::globals::Globals;
use crate::job::{Backend, Job, KernelError, Load, StepJob};
use crate::scene::{Block, Scene};

/// The digest of [`scene`] after [`TICKS`] ticks, particles and globals.
pub const DIGEST: Digest = Digest([0x8de7_e235, 0xeea3_5a39, 0x1311_b9ef, 0x539b_a6df]);
/// How long the scene runs.
pub const TICKS: usize = 151;

/// A block that falls on a wall, an explosion, a pour and a wall drawn into the water.
pub fn scene() -> Scene {
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

/// What a backend is to do, and the globals after it: [`DIGEST`] is the digest that the last job answers and
/// that of these globals, added.
pub fn jobs() -> (Vec<Job>, Globals) {
    jobs_of(&scene(), TICKS as u64)
}

/// The same for any scene and number of ticks: what one machine alone computes.
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

/// Runs the scene on a backend; [`DIGEST`] is what it must answer.
///
/// # Errors
/// What the backend answers with.
pub async fn run(backend: &mut dyn Backend) -> Result<Digest, KernelError> {
    let (jobs, globals) = jobs();
    let mut digest = globals.digest();
    for job in jobs {
        digest.add(backend.run(job).await?.digest.unwrap_or_default());
    }
    Ok(digest)
}

/// The same at once, on the CPU with so many threads.
///
/// # Errors
/// As [`CpuBackend::run_now`]; there are none with this scene.
pub fn run_cpu(threads: Option<usize>) -> Result<Digest, KernelError> {
    run_jobs(jobs(), threads)
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
