//! What the CPU tests share.
#![allow(dead_code, reason = "each test file uses its own part")]

/// What is measured of particles.
pub mod measure;
/// The method in real numbers.
pub mod twin;
/// Air in real numbers.
pub mod twin_air;
/// The laws of what holds shear, in real numbers.
pub mod twin_laws;

use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::Globals;
use sim_kernels::job::{Job, JobOutput, Load, StepJob};
use sim_kernels::particle::Particle;
use sim_kernels::scene::{Block, Scene};

/// A scene of blocks of water and of rock.
pub fn scene(width: i32, height: i32, gravity: i32, terrain: &[Rect], water: &[Rect]) -> Scene {
    let world = WorldSize::new(width, height).expect("a good size");
    Scene {
        title: "test".into(),
        world,
        gravity: [0, -gravity],
        terrain: terrain.to_vec(),
        blocks: water.iter().copied().map(Block::water).collect(),
        commands: Vec::new(),
    }
}

/// One backend that holds a whole scene.
pub struct Whole {
    /// It holds the whole world.
    pub backend: CpuBackend,
    /// Whose commands are run.
    pub scene: Scene,
    /// As of the last tick.
    pub globals: Globals,
}

impl Whole {
    /// Loads the scene's start.
    pub fn new(scene: Scene) -> Self {
        // Whose what follows is nobody says of themselves; tests do.
        let mut sayable = scene.clone();
        sayable.commands.retain(|command| command.1.is_sayable());
        assert_eq!(sayable.problem(), None);
        let (globals, region) = (scene.globals(), scene.world.rect());
        let mut backend = CpuBackend::new(None);
        let particles = scene.particles(region);
        backend.run_now(Job::Load(Load { globals: globals.clone(), region, particles })).expect("loads");
        Self { backend, scene, globals }
    }

    /// Runs ticks with the scene's commands.
    pub fn run(&mut self, ticks: usize) -> JobOutput {
        let region = self.scene.world.rect();
        let mut commands = Vec::new();
        for _ in 0..ticks {
            let now: Vec<_> = self.scene.commands_at(self.globals.tick).cloned().collect();
            self.globals.pass_tick(&now);
            commands.push(now);
        }
        let job = StepJob { region, commands, digest: true, extract: vec![region], ..Default::default() };
        self.backend.run_now(Job::Step(job)).expect("steps")
    }

    /// All of them, in canonical order.
    pub fn particles(&mut self) -> Vec<Particle> {
        let region = self.scene.world.rect();
        self.backend.run_now(Job::Extract(vec![region])).expect("extracts").extracts.remove(0)
    }
}
