//! Times the CPU backend as a peer runs it, a tick at a time: commands, the solver's substeps, the move between
//! tiles, digest and view field; medians and, in brackets, the best. What falls into a basin a quarter wider than itself, and
//! the same calm.
//!
//! `cargo run --release -p sim-kernels --example bench [threads] [particles ...] [material ...]` (two by default, three
//! sizes, water); `--figures`: a line for programs with each, too

use sim_kernels::constants::{GRAVITY_DEFAULT, SUBSTEPS};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::job::{Backend, Job, Load, StepJob};
use sim_kernels::materials;
use sim_kernels::scene::{Block, Scene};
use std::time::Instant;

/// Particles: the middle one is the size that must keep up with real time on two cores.
const SIZES: [i32; 3] = [20_000, 80_000, 200_000];
/// Ticks a second of real time.
const REAL_TIME: f64 = 60.0;
/// Ticks that are timed, and ticks after which the water is calm.
const TICKS: usize = 90;
const CALM_AFTER: usize = 240;

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let threads = numbers.first().copied().unwrap_or(2);
    let sizes: Vec<i32> = numbers.iter().skip(1).map(|&n| n as i32).collect();
    let sizes = if sizes.is_empty() { SIZES.to_vec() } else { sizes };
    let figures = std::env::args().any(|a| a == "--figures");
    let mut named: Vec<u8> = std::env::args().skip(1).filter_map(|a| materials::named(&a)).collect();
    if named.is_empty() {
        named.push(materials::WATER as u8);
    }
    println!("{}", machine());
    println!("a tick is {SUBSTEPS} substeps, digest and view; medians of {TICKS} ticks\n");
    println!(
        "| particles | backend | ticks/s, falling (best) | calm (best) | worst tick, ms | digest and view, ms | ns a \
         particle-substep (best; by processor time) |"
    );
    println!("|---|---|---|---|---|---|---|");
    let runs = sizes.iter().flat_map(|&particles| named.iter().map(move |&material| (particles, material)));
    for (particles, material) in runs {
        let mut backend = CpuBackend::new(Some(threads));
        let falling = time(&mut backend, (particles, material), 0);
        let calm = time(&mut backend, (particles, material), CALM_AFTER);
        let slower = if falling.median > calm.median { falling } else { calm };
        let name = backend.name();
        println!(
            "| {particles} {} | {name} | {:.0} ({:.0}) | {:.0} ({:.0}) | {:.1} | {:.2} | {:.1} ({:.1}; {:.1}) |",
            materials::NAMES[usize::from(material)],
            1.0 / falling.median,
            1.0 / falling.best,
            1.0 / calm.median,
            1.0 / calm.best,
            1e3 * falling.worst.max(calm.worst),
            1e3 * slower.outputs,
            slower.ns(slower.median),
            slower.ns(slower.best),
            slower.busy.map_or(0.0, |busy| slower.ns(busy)),
        );
        if figures {
            // By what the threads themselves took, where the system tells: others on the machine do not slow that.
            let ns = slower.ns(slower.busy.unwrap_or(slower.median));
            let name = materials::NAMES[usize::from(material)];
            println!("figure\t{name}\t{particles}\t{ns}\tns a particle-substep");
        }
        if particles == SIZES[1] && u32::from(material) == materials::WATER {
            let x = 1.0 / slower.median / REAL_TIME;
            let best = 1.0 / slower.best / REAL_TIME;
            println!("| | | **{x:.2} ({best:.2}) x real time** | | | | |");
            if let Some(busy) = slower.busy {
                let idle = threads as f64 / busy / REAL_TIME;
                println!("| | | {idle:.2} x by processor time: if nothing else ran | | | | |");
            }
        }
    }
}

/// Seconds.
#[derive(Clone, Copy)]
struct Times {
    particles: f64,
    median: f64,
    /// What the machine does when nothing else runs on it.
    best: f64,
    worst: f64,
    /// Processor time of a tick, of all threads, where the system tells.
    busy: Option<f64>,
    /// What a job without ticks takes that answers digest and view.
    outputs: f64,
}

impl Times {
    /// Of a tick, digest and view included.
    fn ns(&self, seconds: f64) -> f64 {
        1e9 * seconds / f64::from(SUBSTEPS) / self.particles
    }
}

fn time(backend: &mut CpuBackend, (particles, material): (i32, u8), before: usize) -> Times {
    // 64 cells deep, a quarter of the width free so that the water moves.
    let columns = particles / 4 / 64;
    let width = (columns * 4 / 3 + 15) / 16 * 16;
    let scene = Scene {
        title: "bench".into(),
        world: WorldSize::new(width, 96).expect("a good size"),
        gravity: [0, -GRAVITY_DEFAULT],
        terrain: Vec::new(),
        blocks: vec![Block::of(material.into(), Rect::new(0, 0, columns, 64))],
        commands: Vec::new(),
    };
    let region = scene.world.rect();
    let load = Load { globals: scene.globals(), region, particles: scene.particles(region) };
    let particles = load.particles.len() as f64;
    backend.run_now(Job::Load(load)).expect("loads");
    let mut step = |ticks: usize| {
        let job = StepJob { region, commands: vec![Vec::new(); ticks], digest: true, view: true, ..Default::default() };
        let begin = Instant::now();
        let output = backend.run_now(Job::Step(job)).expect("steps");
        assert!(output.digest.is_some() && !output.view.is_empty());
        begin.elapsed().as_secs_f64()
    };
    if before > 0 {
        step(before);
    }
    let busy = processor_time();
    let mut ticks: Vec<f64> = (0..TICKS).map(|_| step(1)).collect();
    let busy = processor_time().zip(busy).map(|(after, before)| (after - before) / TICKS as f64);
    let mut outputs: Vec<f64> = (0..9).map(|_| step(0)).collect();
    ticks.sort_by(f64::total_cmp);
    outputs.sort_by(f64::total_cmp);
    Times { particles, median: ticks[TICKS / 2], best: ticks[0], worst: ticks[TICKS - 1], busy, outputs: outputs[0] }
}

/// Seconds that this process's threads have run so far, on Linux.
fn processor_time() -> Option<f64> {
    let mut sum = 0.0;
    for thread in std::fs::read_dir("/proc/self/task").ok()? {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        sum += text.split_whitespace().next()?.parse::<f64>().ok()? * 1e-9;
    }
    Some(sum)
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|l| l.strip_prefix("model name")?.split(": ").nth(1)).unwrap_or("unknown CPU");
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    format!("{model}, {cores} cores")
}
