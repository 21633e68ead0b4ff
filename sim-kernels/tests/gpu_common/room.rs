//! Rooms of GPU backends beside CPU backends: every superstep of every shard is done by both.

use crate::gpu_common::difference;
use crate::stages::{first_stage_that_differs, trace};
use sim_kernels::command::Command;
use sim_kernels::constants::HALO_TICK;
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::{Digest, TileDigest};
use sim_kernels::geom::{Rect, TILE_CELLS};
use sim_kernels::globals::Globals;
use sim_kernels::gpu::{GpuBackend, GpuContext, ScatterShape};
use sim_kernels::job::{Backend, Job, JobOutput, Load, StepJob};
use sim_kernels::particle::Particle;
use sim_kernels::scene::Scene;

/// One region on both backends.
struct Twin {
    region: Rect,
    cpu: CpuBackend,
    gpu: GpuBackend,
    last: Vec<Particle>,
    gpu_context: GpuContext,
}

/// A room of shards, side by side on CPU and GPU.
pub struct Room {
    scene: Scene,
    shards: Vec<Twin>,
    tick: u64,
    globals: Globals,
}

impl Room {
    /// Loads a scene cut into vertical strips.
    pub fn new(context: &GpuContext, scene: Scene, shards: i32) -> Self {
        // A room's log says whose a command is; no scene does.
        let commands = scene.commands.iter().filter(|c| c.1.is_sayable()).cloned().collect();
        assert_eq!(Scene { commands, ..scene.clone() }.problem(), None);
        let globals = scene.globals();
        let tiles = scene.world.tiles_x();
        let edge = |k: i32| tiles * k / shards * TILE_CELLS;
        let shards = (0..shards)
            .map(|k| {
                let region = Rect::new(edge(k), 0, edge(k + 1), scene.world.height);
                let particles = scene.particles(region);
                let load = Load { globals: globals.clone(), region, particles };
                let mut twin = Twin {
                    region,
                    cpu: CpuBackend::new(Some(1)),
                    gpu: GpuBackend::new(context.clone(), ScatterShape::default()),
                    last: load.particles.clone(),
                    gpu_context: context.clone(),
                };
                let (a, b) = twin.both(Job::Load(load));
                assert_eq!(a.columns, b.columns);
                assert_eq!(a.particles, b.particles);
                twin
            })
            .collect();
        Self { scene, shards, tick: 0, globals }
    }

    /// Runs so many ticks in supersteps of `length(k)`; every answer of both backends must be the same.
    pub fn run(&mut self, ticks: u64, length: impl Fn(u64) -> u64) {
        let mut k = 0;
        while self.tick < ticks {
            self.superstep(length(k).min(ticks - self.tick));
            k += 1;
        }
    }

    fn superstep(&mut self, ticks: u64) {
        let commands: Vec<Vec<Command>> =
            (self.tick..self.tick + ticks).map(|t| self.scene.commands_at(t).cloned().collect()).collect();
        let world = self.scene.world.rect();
        let all: Vec<(Rect, Vec<Particle>)> = self.shards.iter().map(|s| (s.region, s.last.clone())).collect();
        let mut sum = Digest::default();
        for (i, twin) in self.shards.iter_mut().enumerate() {
            let padded = twin.region.grown(HALO_TICK * ticks as i32).intersect(world);
            let others = all.iter().enumerate().filter(|(j, _)| *j != i).flat_map(|(_, (_, list))| list);
            let incoming: Vec<Particle> = others.filter(|p| padded.contains(p.cell().0, p.cell().1)).copied().collect();
            let before = [twin.last.as_slice(), &incoming].concat();
            let job = StepJob {
                region: twin.region,
                incoming,
                commands: commands.clone(),
                extract: vec![twin.region, Rect::new(twin.region.x0, 0, twin.region.x0 + 12, world.y1)],
                digest: true,
                view: true,
            };
            let (cpu, gpu) = twin.both(Job::Step(job));
            if let Some(found) = difference(&cpu, &gpu) {
                let stage = first_stage(&twin.gpu_context, &self.globals, padded, &before, &commands);
                panic!("shard {i}, ticks {} to {}: {found}\n{stage}", self.tick, self.tick + ticks);
            }
            sum.add(cpu.digest.expect("asked for"));
            twin.last = cpu.extracts[0].clone();
        }
        self.tick += ticks;
        for tick in &commands {
            self.globals.pass_tick(tick);
        }
    }
}

impl Twin {
    fn both(&mut self, job: Job) -> (JobOutput, JobOutput) {
        let cpu = self.cpu.run_now(job.clone()).expect("the CPU does the job");
        let gpu = pollster::block_on(self.gpu.run(job)).expect("the GPU does the job");
        (cpu, gpu)
    }
}

/// Jobs without ticks: extraction, a change of region with and without incoming particles.
pub fn idle_jobs(context: &GpuContext, scene: Scene) {
    let world = scene.world.rect();
    let mut room = Room::new(context, scene, 1);
    room.run(8, |_| 4);
    let twin = &mut room.shards[0];
    let (cpu, gpu) = twin.both(Job::Extract(vec![world, Rect::new(3, 3, 9, 9), Rect::new(50, 50, 50, 60)]));
    same(&cpu, &gpu, "extract");
    let given = cpu.extracts[0].clone();
    for rect in [world, Rect::new(-5, 3, 37, 1000), Rect::new(9, 9, 9, 20)] {
        let (cpu, gpu) = twin.both(Job::TileDigests(rect));
        same(&cpu, &gpu, "tile digests");
        assert_eq!(gpu.tile_digests, TileDigest::of_all(&given, rect));
        assert_eq!(gpu.digest, Some(TileDigest::sum(&gpu.tile_digests)));
        assert_eq!(gpu.digest == Some(Digest::of_all(&given)), rect == world);
    }
    let half = Rect::new(0, 0, world.x1 / 2 / 16 * 16, world.y1);
    let step = |region, incoming| StepJob {
        region,
        incoming,
        extract: vec![world],
        digest: true,
        view: true,
        ..StepJob::default()
    };
    let (cpu, gpu) = twin.both(Job::Step(step(half, Vec::new())));
    same(&cpu, &gpu, "half");
    let rest = given.iter().filter(|p| p.cell().0 >= half.x1).copied().collect();
    let (cpu, gpu) = twin.both(Job::Step(step(world, rest)));
    same(&cpu, &gpu, "whole again");
    assert_eq!(cpu.extracts[0], given);
    let (cpu, gpu) = twin.both(Job::Step(step(Rect::new(0, 0, 0, 0), Vec::new())));
    same(&cpu, &gpu, "nothing");
    assert_eq!(gpu.particles, 0);
}

fn same(cpu: &JobOutput, gpu: &JobOutput, what: &str) {
    if let Some(found) = difference(cpu, gpu) {
        panic!("{what}: {found}");
    }
}

/// Repeats a superstep that differed tick by tick, then substep by substep, and names the first stage and
/// element that differ.
fn first_stage(
    context: &GpuContext,
    globals: &Globals,
    region: Rect,
    particles: &[Particle],
    commands: &[Vec<Command>],
) -> String {
    let (mut globals, mut particles) = (globals.clone(), particles.to_vec());
    for (k, tick) in commands.iter().enumerate() {
        let load = Load { globals: globals.clone(), region, particles: particles.clone() };
        let step = StepJob {
            region,
            commands: vec![tick.clone()],
            extract: vec![region],
            digest: true,
            view: true,
            ..StepJob::default()
        };
        let (mut cpu, mut gpu) = (CpuBackend::new(Some(1)), GpuBackend::new(context.clone(), ScatterShape::default()));
        for job in [Job::Load(load.clone()), Job::Step(step.clone())] {
            let a = cpu.run_now(job.clone()).expect("the CPU does the job");
            let b = pollster::block_on(gpu.run_job(job)).expect("the GPU does the job");
            if difference(&a, &b).is_none() {
                particles = a.extracts.into_iter().next().unwrap_or(particles);
                continue;
            }
            let found = first_stage_that_differs(trace(context, ScatterShape::default(), &load, &step));
            return format!(
                "tick {k} of the superstep: {}",
                found.unwrap_or_else(|| "every stage is as its twin".into())
            );
        }
        globals.pass_tick(tick);
    }
    "alone, every tick is the same: look at the seam, the digest or the view".into()
}
