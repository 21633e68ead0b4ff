//! Times the CPU kernels: ns per particle-substep for basins of water at rest density, medians, and the best
//! tick (what the machine does when nothing else runs on it).
//! `cargo run --release -p sim-kernels --example bench [threads]`

use sim_kernels::constants::{GRAVITY_DEFAULT, SUBSTEPS};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::job::{Backend, Job, Load, StepJob};
use sim_kernels::scene::Scene;

fn main() {
    let threads = std::env::args().nth(1).and_then(|a| a.parse().ok());
    println!("{}", machine());
    println!(
        "| particles | backend | ns a particle-substep, calm | while falling | best | ticks/s (best) |\n|---|---|---|---|---|---|"
    );
    for particles in [20_000, 80_000, 200_000] {
        let mut backend = CpuBackend::new(threads);
        let (falling, best_falling) = time(&mut backend, particles, 0, 60);
        let (calm, best_calm) = time(&mut backend, particles, 240, 60);
        let (ticks, best) = (
            1e9 / (calm.max(falling) * f64::from(SUBSTEPS) * f64::from(particles)),
            1e9 / (best_calm.max(best_falling) * f64::from(SUBSTEPS) * f64::from(particles)),
        );
        let name = backend.name();
        let least = best_calm.min(best_falling);
        println!("| {particles} | {name} | {calm:.1} | {falling:.1} | {least:.1} | {ticks:.0} ({best:.0}) |");
    }
}

/// The median and the least over `ticks` ticks, after `before` ticks.
fn time(backend: &mut CpuBackend, particles: i32, before: usize, ticks: usize) -> (f64, f64) {
    // 64 cells deep, a quarter of the width free so that the water moves.
    let columns = particles / 4 / 64;
    let width = (columns * 4 / 3 + 15) / 16 * 16;
    let scene = Scene {
        title: "bench".into(),
        world: WorldSize::new(width, 96).expect("a good size"),
        gravity: [0, -GRAVITY_DEFAULT],
        terrain: Vec::new(),
        liquid: vec![Rect::new(0, 0, columns, 64)],
        commands: Vec::new(),
    };
    let region = scene.world.rect();
    let load = Load { globals: scene.globals(), region, particles: scene.particles(region) };
    let held = load.particles.len() as f64;
    backend.run_now(Job::Load(load)).expect("loads");
    let mut step = |ticks: usize| {
        let job = StepJob { region, commands: vec![Vec::new(); ticks], ..Default::default() };
        backend.run_now(Job::Step(job)).expect("steps").compute_us as f64
    };
    if before > 0 {
        step(before);
    }
    let mut times: Vec<f64> = (0..ticks).map(|_| step(1)).collect();
    times.sort_by(f64::total_cmp);
    let ns = |us: f64| us * 1000.0 / f64::from(SUBSTEPS) / held;
    (ns(times[ticks / 2]), ns(times[0]))
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|l| l.strip_prefix("model name")?.split(": ").nth(1)).unwrap_or("unknown CPU");
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    format!("{model}, {cores} cores")
}
