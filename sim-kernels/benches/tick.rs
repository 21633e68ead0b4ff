//! What one tick costs on the CPU backend, substeps, digest and view field included, on one thread.
//!
//! `cargo bench --package sim-kernels`; `examples/bench.rs` tells more about one size.

use divan::Bencher;
use divan::counter::ItemsCount;
use sim_kernels::constants::{GRAVITY_DEFAULT, SUBSTEPS};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::scene::{Block, Scene};

/// Cells of the water's depth.
const DEPTH: i32 = 64;

fn main() {
    divan::main();
}

/// A block of water in a basin that is a third wider.
fn scene(particles: i32) -> Scene {
    let columns = particles / 4 / DEPTH;
    let width = (columns * 4 / 3 + 15) / 16 * 16;
    Scene {
        title: "bench".into(),
        world: WorldSize::new(width, 96).expect("a good size"),
        gravity: [0, -GRAVITY_DEFAULT],
        terrain: Vec::new(),
        blocks: vec![Block::water(Rect::new(0, 0, columns, DEPTH))],
        commands: Vec::new(),
    }
}

/// `before` ticks are not measured: 0 measures water that falls, 240 water that is calm.
fn tick(bencher: Bencher<'_, '_>, particles: i32, before: usize) {
    let scene = scene(particles);
    let region = scene.world.rect();
    let mut backend = CpuBackend::new(Some(1));
    let load = Load { globals: scene.globals(), region, particles: scene.particles(region) };
    backend.run_now(Job::Load(load)).expect("loads");
    let step = |ticks: usize| {
        Job::Step(StepJob { region, commands: vec![Vec::new(); ticks], digest: true, view: true, ..Default::default() })
    };
    backend.run_now(step(before)).expect("steps");
    let substeps = i64::from(particles) * i64::from(SUBSTEPS);
    bencher
        .counter(ItemsCount::new(usize::try_from(substeps).expect("positive")))
        .bench_local(|| backend.run_now(step(1)).expect("steps"));
}

#[divan::bench(args = [20_000, 80_000], max_time = 3)]
fn falling(bencher: Bencher<'_, '_>, particles: i32) {
    tick(bencher, particles, 0);
}

#[divan::bench(args = [20_000, 80_000], max_time = 3)]
fn calm(bencher: Bencher<'_, '_>, particles: i32) {
    tick(bencher, particles, 240);
}
