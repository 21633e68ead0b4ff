//! Rooms of GPU backends beside one of CPU backends, and the drivers to run them on.

use sim_kernels::command::Command;
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, TILE_CELLS};
use sim_kernels::gpu::{AdapterChoice, GpuBackend, GpuContext};
use sim_kernels::job::{Backend, Job, JobOutput, KernelError, Load, StepJob};
use sim_kernels::particle::Particle;
use sim_kernels::scene::Scene;
use std::path::PathBuf;
use std::process::Command as Process;
use std::sync::OnceLock;

const SWIFTSHADER: &[&str] = &[
    "/usr/lib/chromium/vk_swiftshader_icd.json",
    "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
    "/usr/share/vulkan/icd.d/vk_swiftshader_icd.json",
];

/// The software adapter of this process, or nothing (said aloud) where there is none.
pub fn context() -> Option<GpuContext> {
    static CONTEXT: OnceLock<Option<GpuContext>> = OnceLock::new();
    let make = || match pollster::block_on(GpuContext::new(AdapterChoice::Software)) {
        Ok(context) => Some(context),
        Err(error @ KernelError::NoAdapter(_)) => {
            eprintln!("SKIPPED, no software GPU driver: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    };
    CONTEXT.get_or_init(make).clone()
}

/// Runs a test here on the default software driver, and again in a process of its own with SwiftShader.
pub fn on_each_driver(test: &str, run: impl Fn(GpuContext)) {
    let Some(context) = context() else { return };
    eprintln!("on {}", context.adapter_name());
    run(context);
    if std::env::var_os("VK_DRIVER_FILES").is_some() {
        return;
    }
    let Some(icd) = SWIFTSHADER.iter().map(PathBuf::from).find(|p| p.exists()) else {
        eprintln!("SKIPPED on SwiftShader: no vk_swiftshader_icd.json found");
        return;
    };
    let output = Process::new(std::env::current_exe().expect("a test binary has a path"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("VK_DRIVER_FILES", icd)
        .output()
        .expect("the test binary starts again");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "on SwiftShader: {said}");
    assert!(said.contains("SwiftShader"), "the child ran on another driver: {said}");
}

/// One region on both backends.
struct Twin {
    region: Rect,
    cpu: CpuBackend,
    gpu: GpuBackend,
    last: Vec<Particle>,
}

/// A room of shards, side by side on CPU and GPU.
pub struct Room {
    scene: Scene,
    shards: Vec<Twin>,
    tick: u64,
}

impl Room {
    /// Loads a scene cut into vertical strips.
    pub fn new(context: &GpuContext, scene: Scene, shards: i32) -> Self {
        assert_eq!(scene.problem(), None);
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
                    gpu: GpuBackend::new(context.clone()),
                    last: load.particles.clone(),
                };
                let (a, b) = twin.both(Job::Load(load));
                assert_eq!(a.columns, b.columns);
                assert_eq!(a.particles, b.particles);
                twin
            })
            .collect();
        Self { scene, shards, tick: 0 }
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
            let padded = twin.region.grown(12 * ticks as i32).intersect(world);
            let others = all.iter().enumerate().filter(|(j, _)| *j != i).flat_map(|(_, (_, list))| list);
            let incoming = others.filter(|p| padded.contains(p.cell().0, p.cell().1)).copied().collect();
            let job = StepJob {
                region: twin.region,
                incoming,
                commands: commands.clone(),
                extract: vec![twin.region, Rect::new(twin.region.x0, 0, twin.region.x0 + 12, world.y1)],
                digest: true,
                view: true,
            };
            let (cpu, gpu) = twin.both(Job::Step(job));
            compare(&cpu, &gpu, &format!("shard {i}, ticks {} to {}", self.tick, self.tick + ticks));
            sum.add(cpu.digest.expect("asked for"));
            twin.last = cpu.extracts[0].clone();
        }
        self.tick += ticks;
    }
}

impl Twin {
    fn both(&mut self, job: Job) -> (JobOutput, JobOutput) {
        let cpu = self.cpu.run_now(job.clone()).expect("the CPU does the job");
        let gpu = pollster::block_on(self.gpu.run(job)).expect("the GPU does the job");
        (cpu, gpu)
    }
}

/// Compares everything that two backends answer.
pub fn compare(cpu: &JobOutput, gpu: &JobOutput, place: &str) {
    assert_eq!(cpu.extracts.len(), gpu.extracts.len(), "{place}");
    for (a, b) in cpu.extracts.iter().zip(&gpu.extracts) {
        if let Some(k) = (0..a.len().max(b.len())).find(|&k| a.get(k) != b.get(k)) {
            let show = |list: &[Particle]| list.get(k).map(|p| p.unpack());
            panic!("{place}: particle {k} of {} on the CPU and {} on the GPU\nCPU {:?}\nGPU {:?}", a.len(), b.len(), show(a), show(b));
        }
    }
    assert_eq!(cpu.digest, gpu.digest, "{place}: digest");
    assert_eq!((cpu.particles, &cpu.columns), (gpu.particles, &gpu.columns), "{place}: counts");
    assert_eq!(cpu.view.len(), gpu.view.len(), "{place}: view tiles");
    for (a, b) in cpu.view.iter().zip(&gpu.view) {
        assert_eq!(a, b, "{place}: view");
    }
}

/// Jobs without ticks: extraction, a change of region with and without incoming particles.
pub fn idle_jobs(context: &GpuContext, scene: Scene) {
    let world = scene.world.rect();
    let mut room = Room::new(context, scene, 1);
    room.run(8, |_| 4);
    let twin = &mut room.shards[0];
    let (cpu, gpu) = twin.both(Job::Extract(vec![world, Rect::new(3, 3, 9, 9), Rect::new(50, 50, 50, 60)]));
    compare(&cpu, &gpu, "extract");
    let half = Rect::new(0, 0, world.x1 / 2 / 16 * 16, world.y1);
    let given = cpu.extracts[0].clone();
    let step = |region, incoming| StepJob { region, incoming, extract: vec![world], digest: true, view: true, ..StepJob::default() };
    let (cpu, gpu) = twin.both(Job::Step(step(half, Vec::new())));
    compare(&cpu, &gpu, "half");
    let rest = given.iter().filter(|p| p.cell().0 >= half.x1).copied().collect();
    let (cpu, gpu) = twin.both(Job::Step(step(world, rest)));
    compare(&cpu, &gpu, "whole again");
    assert_eq!(cpu.extracts[0], given);
    let (cpu, gpu) = twin.both(Job::Step(step(Rect::new(0, 0, 0, 0), Vec::new())));
    compare(&cpu, &gpu, "nothing");
    assert_eq!(gpu.particles, 0);
}
