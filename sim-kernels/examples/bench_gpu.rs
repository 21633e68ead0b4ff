//! Times the GPU backend on stacked basins of water, or of another material, at rest: supersteps as a peer runs them, with sorting,
//! digest, view field and read-back, in wall time; and, with `--profile`, where that goes: each kernel by the device's clock, the
//! host's time to encode, and what it takes to copy a border's band out and in.
//!
//! `cargo run --release -p sim-kernels --example bench_gpu -- --profile`
//! Options: `--sizes N,N`, `--adapter NAME` (else a real GPU, else an error), `--ticks K` a superstep, `--supersteps N`,
//! `--warm N` supersteps before, `--no-view`, `--no-check`, `--profile`,
//! `--material NAME` in place of water, or several as `NAME,NAME`, which stand side by side in columns of 8 cells,
//! `--figures` (a line for programs with each size, too), `--labels` of some stroke on all of them,
//! `--scatter SHAPE` (particles, runs, tiles, or `all`: one after another; else what the calibration chose).

use sim_kernels::constants::{GRAVITY_DEFAULT, HALO_TICK, SUBSTEPS};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::gpu::{AdapterChoice, GpuBackend, GpuContext, SCATTER_VARIABLE, ScatterShape, calibrate};
use sim_kernels::job::{Job, JobOutput, KernelError, Load, StepJob};
use sim_kernels::materials;
use sim_kernels::scene::{Block, Scene};
use std::time::Instant;

/// A basin: its water's width and depth, and its pitch.
const WATER: [i32; 2] = [240, 62];
const PITCH: [i32; 2] = [256, 85];

struct Options {
    sizes: Vec<usize>,
    adapter: AdapterChoice,
    ticks: usize,
    supersteps: usize,
    warm: usize,
    view: bool,
    check: bool,
    profile: bool,
    figures: bool,
    materials: Vec<u8>,
    labels: bool,
    scatter: Vec<ScatterShape>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    let context = pollster::block_on(GpuContext::new(options.adapter.clone()))?;
    println!("{}; {}, {} threads", context.adapter_name(), processor(), std::thread::available_parallelism()?);
    let shapes = match (&options.scatter[..], ScatterShape::named()?) {
        ([], Some(shape)) => {
            println!("{SCATTER_VARIABLE} names {}", shape.name());
            vec![shape]
        }
        ([], None) => {
            let found = pollster::block_on(calibrate(&context))?;
            let shapes = ScatterShape::ALL.map(ScatterShape::name);
            println!("calibration: {} of {shapes:?}, {:.3?} ns a particle", found.best.name(), found.times);
            vec![found.best]
        }
        (shapes, _) => shapes.to_vec(),
    };
    for shape in shapes {
        run(&context, shape, &options)?;
    }
    Ok(())
}

fn run(context: &GpuContext, shape: ScatterShape, options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    println!("scatter by {}", shape.name());
    println!("{} ticks a superstep, {SUBSTEPS} substeps a tick; medians of {}", options.ticks, options.supersteps);
    println!(
        "{:>10} {:>6} {:>12} {:>12} {:>14} {:>10}",
        "particles", "tiles", "ms/superstep", "ns/p-substep", "best", "x real time"
    );
    for (i, &size) in options.sizes.iter().enumerate() {
        let scene = basins(size, &options.materials);
        let step = || StepJob {
            region: scene.world.rect(),
            commands: vec![Vec::new(); options.ticks],
            digest: true,
            view: options.view,
            ..StepJob::default()
        };
        let mut particles = scene.particles(scene.world.rect());
        if options.labels {
            particles.iter_mut().for_each(|p| *p = p.of_stroke(7));
        }
        let load = Load { globals: scene.globals(), region: scene.world.rect(), particles };
        let mut gpu = GpuBackend::new(context.clone(), shape);
        let job =
            |gpu: &mut GpuBackend, job: Job| -> Result<JobOutput, KernelError> { pollster::block_on(gpu.run_job(job)) };
        let count = job(&mut gpu, Job::Load(load.clone()))?.particles;
        let mut last = JobOutput::default();
        for _ in 0..options.warm {
            last = job(&mut gpu, Job::Step(step()))?;
        }
        let mut times: Vec<f64> = Vec::new();
        for _ in 0..options.supersteps {
            let begin = Instant::now();
            last = job(&mut gpu, Job::Step(step()))?;
            times.push(begin.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        let substeps = (options.ticks * SUBSTEPS as usize) as f64;
        let ns = |seconds: f64| seconds * 1e9 / (count as f64 * substeps);
        let median = times[times.len() / 2];
        println!(
            "{:>10} {:>6} {:>12.3} {:>12.4} {:>14.4} {:>10.2}",
            count,
            last.view.len(),
            median * 1e3,
            ns(median),
            ns(times[0]),
            options.ticks as f64 / 60.0 / median,
        );
        if options.figures {
            let series = format!("{}, {}", context.adapter_name(), shape.name());
            println!("figure\t{series}\t{count}\t{}\tns a particle-substep", ns(median));
            println!("figure\t{series}\t{count}\t{}\tms a superstep", median * 1e3);
        }
        if options.profile {
            let found = gpu.profile(options.ticks as u32)?;
            for (kernel, seconds, runs) in &found.kernels {
                let us = seconds * 1e6;
                println!(
                    "{kernel:>16} {:>8.4} ns/p-substep {us:>8.1} us, {:>7.2} x {runs}",
                    ns(*seconds),
                    us / f64::from(*runs)
                );
            }
            let busy: f64 = found.kernels.iter().map(|kernel| kernel.1).sum();
            println!("{:>16} {:>8.4} ns/p-substep {:>8.1} us", "GPU busy", ns(busy), busy * 1e6);
            println!("{:>16} {:>8.4} ns/p-substep {:>8.1} us", "encoding", ns(found.encoding), found.encoding * 1e6);
            bands(&mut gpu, &scene)?;
        }
        if i == 0 && options.check {
            let mut cpu = CpuBackend::new(None);
            cpu.run_now(Job::Load(load))?;
            let mut expected = JobOutput::default();
            for _ in 0..options.warm + options.supersteps {
                expected = cpu.run_now(Job::Step(step()))?;
            }
            if (expected.digest, &expected.view) != (last.digest, &last.view) {
                return Err(format!("the digest differs: CPU {:?}, GPU {:?}", expected.digest, last.digest).into());
            }
            println!("{:>10} digest equals the CPU's: {}", "", expected.digest.expect("asked for"));
        }
    }
    Ok(())
}

/// Times copying a band out and in again: jobs with one beside jobs without, medians, on a copy of the state.
fn bands(gpu: &mut GpuBackend, scene: &Scene) -> Result<(), KernelError> {
    const ROUNDS: usize = 21;
    let world = scene.world.rect();
    let band = Rect { x0: 16, x1: 16 + 2 * HALO_TICK, ..world };
    let job = |gpu: &mut GpuBackend, job: Job| pollster::block_on(gpu.run_job(job));
    let timed = |gpu: &mut GpuBackend, make: &dyn Fn() -> Job| {
        let mut times: Vec<f64> = Vec::new();
        for _ in 0..ROUNDS {
            job(gpu, Job::Copy(0))?;
            let made = make();
            let begin = Instant::now();
            job(gpu, made)?;
            times.push(begin.elapsed().as_secs_f64() * 1e9);
        }
        times.sort_by(f64::total_cmp);
        Ok::<f64, KernelError>(times[ROUNDS / 2])
    };
    job(gpu, Job::Select(1))?;
    job(gpu, Job::Copy(0))?;
    let given = job(gpu, Job::Extract(vec![band]))?.extracts.remove(0);
    let count = given.len() as f64;
    let step = |incoming| Job::Step(StepJob { region: world, incoming, ..StepJob::default() });
    let out = timed(gpu, &|| Job::Extract(vec![band]))? - timed(gpu, &|| Job::Extract(vec![Rect::default()]))?;
    let into = timed(gpu, &|| step(given.clone()))? - timed(gpu, &|| step(Vec::new()))?;
    println!(
        "{:>16} {:>8} particles: extract {:.1} ns each, insert {:.1}",
        "band",
        given.len(),
        out / count,
        into / count
    );
    job(gpu, Job::Forget)?;
    job(gpu, Job::Select(0))?;
    Ok(())
}

/// The name of the machine's processor, where the system tells.
fn processor() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
    name.unwrap_or("unknown processor").to_owned()
}

/// The width of a column of one of several materials.
const COLUMN: i32 = 8;

/// Enough basins for so many particles of some materials, the last one filled in part; the world only as large as they need.
fn basins(particles: usize, materials: &[u8]) -> Scene {
    let cells = particles.div_ceil(4) as i32;
    let full = WATER[0] * WATER[1];
    let count = (cells + full - 1) / full;
    let across = (1..16).find(|a| a * a >= count).unwrap_or(16);
    let rows = (count + across - 1) / across;
    let up = |v: i32| (v + 15) / 16 * 16;
    let world = WorldSize::new(across * PITCH[0], up(rows * PITCH[1]).min(1024)).expect("at most 16 x 12 basins");
    let (mut terrain, mut blocks, mut left) = (Vec::new(), Vec::new(), cells);
    for k in 0..count {
        let (x, y) = (k % across * PITCH[0], k / across * PITCH[1]);
        terrain.push(Rect::new(x, y, x + PITCH[0], y + 4));
        terrain.push(Rect::new(x, y, x + 8, y + PITCH[1]));
        terrain.push(Rect::new(x + 8 + WATER[0], y, x + PITCH[0], y + PITCH[1]));
        let width = (left / WATER[1]).clamp(1, WATER[0]);
        let (from, to, top) = (x + 8, x + 8 + width, y + 4 + WATER[1].min(left.max(1)));
        let column = if materials.len() > 1 { COLUMN } else { width };
        for (left, material) in (from..to).step_by(column as usize).zip(materials.iter().cycle()) {
            blocks.push(Block::of(u32::from(*material), Rect::new(left, y + 4, (left + column).min(to), top)));
        }
        left -= width * WATER[1];
    }
    Scene { title: "basins".into(), world, gravity: [0, -GRAVITY_DEFAULT], terrain, blocks, commands: Vec::new() }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        sizes: vec![10_000, 30_000, 100_000, 300_000, 1_000_000, 4_000_000],
        adapter: AdapterChoice::Real,
        ticks: 2,
        supersteps: 31,
        warm: 10,
        view: true,
        check: true,
        labels: false,
        profile: false,
        figures: false,
        materials: vec![materials::WATER as u8],
        scatter: Vec::new(),
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        let number = |text: String| text.parse::<usize>().map_err(|e| format!("{arg}: {text}: {e}"));
        match arg.as_str() {
            "--sizes" => options.sizes = value()?.split(',').map(|s| number(s.into())).collect::<Result<_, _>>()?,
            "--adapter" => options.adapter = AdapterChoice::Named(value()?),
            "--ticks" => options.ticks = number(value()?)?.max(1),
            "--supersteps" => options.supersteps = number(value()?)?.max(1),
            "--warm" => options.warm = number(value()?)?,
            "--no-view" => options.view = false,
            "--no-check" => options.check = false,
            "--labels" => options.labels = true,
            "--material" => {
                let named = |name: &str| materials::named(name).ok_or_else(|| format!("no material is called {name}"));
                options.materials = value()?.split(',').map(named).collect::<Result<_, _>>()?;
            }
            "--profile" => options.profile = true,
            "--figures" => options.figures = true,
            "--scatter" => match value()?.as_str() {
                "all" => options.scatter = ScatterShape::ALL.to_vec(),
                name => options.scatter = vec![name.parse()?],
            },
            _ => return Err(format!("unknown option {arg}")),
        }
    }
    Ok(options)
}
