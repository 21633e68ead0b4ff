//! The WGSL twins against the CPU backend: every answer of every superstep, bit for bit, on the software
//! drivers that the machine has (lavapipe, SwiftShader). A mismatch names the tick, the stage or the first
//! particle that differs.
#![cfg(feature = "gpu")]

mod gpu_common;
#[path = "gpu_common/room.rs"]
mod room;
#[path = "gpu_common/stages.rs"]
mod stages;
#[path = "cpu_common/stamped.rs"]
mod stamped;

use gpu_common::{context, on_each_driver};
use room::{Room, idle_jobs};
use sim_kernels::area::Area;
use sim_kernels::command::{Command, Effect, Emitter, Stroke};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::golden;
use sim_kernels::gpu::{AdapterChoice, GpuBackend, GpuContext, ScatterShape};
use sim_kernels::job::{Job, JobOutput, KernelError, Load, StepJob};
use sim_kernels::materials;
use sim_kernels::particle::MATERIAL_WATER;
use sim_kernels::scene::{Block, Scene};

/// Water falls on steps and through a gap, with commands of every kind, some on the seams.
fn busy_scene() -> Scene {
    let dab = |x, y, radius| Stroke { from: [x, y], to: [x, y], radius };
    let line = |from, to, radius| Stroke { from, to, radius };
    let water = MATERIAL_WATER as u8;
    // Some of every other material, over each other.
    let other = |code: usize| {
        let x = 6 + 12 * code as i32 % 74;
        (1, Command::Fill { rect: Rect::new(x, 22, x + 16, 34), material: code as u8 })
    };
    let mut scene = Scene {
        title: "busy".into(),
        world: WorldSize::new(96, 64).expect("a valid size"),
        gravity: [3, -54],
        terrain: vec![
            Rect::new(0, 0, 96, 2),
            Rect::new(0, 0, 2, 64),
            Rect::new(40, 2, 44, 12),
            Rect::new(60, 2, 61, 20),
            Rect::new(70, 14, 90, 16),
        ],
        blocks: vec![Block::water(Rect::new(4, 4, 28, 20)), Block::water(Rect::new(72, 30, 84, 40))],
        commands: vec![
            (2, Command::Pour { stroke: dab(48, 50, 3), material: water, velocity: [2000, -3000] }),
            (2, Command::Push { stroke: dab(48, 50, 2), velocity: [-9000, 12000] }),
            (3, Command::Wall { stroke: line([20, 24], [34, 30], 1), solid: true }),
            (
                5,
                Command::Emit(Emitter {
                    rect: Rect::new(46, 56, 50, 58),
                    velocity: [1000, -8000],
                    material: water,
                    until: 30,
                }),
            ),
            (7, Command::Explode { at: [16, 8], radius: 9, speed: 16000 }),
            (9, Command::Drain { rect: Rect::new(88, 2, 96, 10), until: 60 }),
            (12, Command::Erase(line([10, 10], [18, 10], 2))),
            (12, Command::Fill { rect: Rect::new(30, 40, 66, 43), material: water }),
            (13, Command::Wall { stroke: dab(60, 10, 4), solid: false }),
            (20, Command::Gravity([-60, 20])),
            (26, Command::Gravity([0, -54])),
            (40, Command::Clear),
            (40, Command::Pour { stroke: line([30, 30], [66, 34], 2), material: water, velocity: [0, 0] }),
        ],
    };
    // Three people drag: across the seams, through a wall, one material and all, renewed, let go and forgotten.
    let grab = |tick: u64, by: u128, at: [i32; 2], radius, only: Option<u8>| {
        [(tick, Command::By(by)), (tick, Command::Grab { at, radius, only })]
    };
    let jelly = materials::named("jelly");
    let grabs = [
        grab(4, 3, [48, 26], 14, None),
        grab(9, 3, [30, 44], 14, None),
        grab(10, 4, [62, 28], 48, jelly),
        grab(14, 5, [40, 20], 6, Some(water)),
        grab(15, 4, [90, 6], 40, jelly),
        grab(21, 3, [80, 20], 20, None),
        grab(22, 5, [2, 60], 9, None),
    ];
    scene.commands.extend(grabs.into_iter().flatten().chain([(24, Command::By(3)), (24, Command::Release)]));
    scene.commands.sort_by_key(|command| command.0);
    // And one of each kind, before the world is emptied: what comes to them is tried here as well.
    let emptied = scene.commands.iter().position(|c| c.1 == Command::Clear).expect("it is");
    let samples = Command::samples([66, 30]).filter(|command| *command != Command::Clear);
    scene.commands.splice(emptied..emptied, samples.map(|command| (27, command)));
    scene.commands.splice(0..0, (1..materials::COUNT).filter(|&code| materials::is_poured(code as u32)).map(other));
    scene
}

#[test]
fn adapters_that_are_missing_are_named() {
    let error = pollster::block_on(GpuContext::new(AdapterChoice::Named("no such GPU".into()))).err();
    let text = error.expect("there is no such GPU").to_string();
    assert!(text.contains("no such GPU"), "{text}");
    if let Err(error) = pollster::block_on(GpuContext::new(AdapterChoice::Real)) {
        assert!(error.to_string().contains("does not count"), "{error}");
    }
}

#[test]
fn one_region_equals_the_cpu() {
    on_each_driver("one_region_equals_the_cpu", |context| {
        // SwiftShader takes some ten times as long as lavapipe.
        let ticks = if context.adapter_name().contains("SwiftShader") { 45 } else { 240 };
        Room::new(&context, busy_scene(), 1).run(ticks, |k| 1 + k % 3);
    });
}

/// Stamps of all materials, turned and mirrored, over each other and where strips meet.
#[test]
fn stamps_equal_the_cpu() {
    on_each_driver("stamps_equal_the_cpu", |context| {
        let scene = stamped::stamped(busy_scene(), Rect::new(4, 0, 40, 30), &[[10, 8], [24, 10], [-6, 20], [40, 4]]);
        Room::new(&context, scene.clone(), 1).run(24, |k| 1 + k % 3);
        Room::new(&context, scene, 3).run(24, |k| 1 + k % 4);
    });
}

/// What is done to areas of every shape, to what lies there and to what has just been poured: with water alone, and with all
/// materials.
#[test]
fn areas_equal_the_cpu() {
    let named = |name: &str| materials::named(name).expect("there is one");
    let over = |area, effect| Command::Apply { area, effect };
    let square = |from, to, radius| Area::Square(Stroke { from, to, radius });
    let spots = || (0..900u16).map(|i| [20 + i * 7 % 53, 4 + i * 11 % 40]).collect::<Area>();
    let pour = |material| Effect::Pour { material, velocity: [400, -900] };
    let water = |tick: u64| {
        [
            over(square([8, 40], [60, 47], 2), pour(0)),
            over(Area::Box(Rect::new(4, 4, 30, 12)), Effect::Push { velocity: [3000, 9000] }),
            over(Area::Box(Rect::new(15, 30, 50, 44)), Effect::Take { material: tick as u8 % 2 }),
            over(square([20, 42], [20, 42], 3), Effect::Erase),
            over(spots(), Effect::Replace { from: 1 + tick as u8, to: 0 }),
            over(spots(), pour(0)),
            over(square([44, 20], [52, 28], 1), Effect::Wall { solid: tick == 0 }),
            Command::Swirl { at: [40, 36], radius: 14, speed: if tick == 0 { 9000 } else { -5000 } },
        ]
        .map(|command| (tick, command))
    };
    // From each family to another, to what stays, what is carried and what is hot, over each other.
    let all = |tick: u64| {
        let turn = |from: &str, to: &str| Effect::Replace { from: named(from), to: named(to) };
        [
            over(Area::Box(Rect::new(4, 14, 60, 30)), pour(named("sand"))),
            over(Area::Box(Rect::new(8, 4, 40, 22)), turn("water", "jelly")),
            over(square([30, 18], [50, 26], 4), turn("sand", "water")),
            over(spots(), turn("jelly", "lava")),
            over(Area::Box(Rect::new(50, 10, 60, 40)), turn("water", "rock")),
            over(square([50, 30], [60, 30], 5), turn("rock", "mud")),
            over(spots(), turn("sand", "vane")),
            over(Area::Box(Rect::new(4, 4, 20, 16)), Effect::Take { material: named("jelly") }),
            over(square([12, 8], [30, 20], 3), Effect::Warm { by: 6000 }),
        ]
        .map(|command| (tick, command))
    };
    on_each_driver("areas_equal_the_cpu", |context| {
        let mut scene = busy_scene();
        scene.commands = water(0).into_iter().chain(water(3)).collect();
        Room::new(&context, scene.clone(), 1).run(9, |k| 1 + k % 3);
        scene.commands.extend(all(5).into_iter().chain(all(7)));
        scene.commands.extend([(8, Command::By(7)), (8, Command::Begin)]);
        scene.commands.extend(water(9).into_iter().chain(all(9)));
        Room::new(&context, scene.clone(), 1).run(14, |k| 1 + k % 3);
        Room::new(&context, scene, 3).run(12, |_| 2);
    });
}

/// Water alone, of two people's strokes, and what they take back: with labels carried along, and then with all materials.
#[test]
fn strokes_equal_the_cpu() {
    let stroke = |from, to| Stroke { from, to, radius: 4 };
    let pour = |from, to| Command::Pour { stroke: stroke(from, to), material: 0, velocity: [500, -900] };
    let water = Rect::new(70, 50, 74, 52);
    let emit = Emitter { rect: water, velocity: [0, -4000], material: MATERIAL_WATER as u8, until: 200 };
    let mut scene = busy_scene();
    scene.commands = vec![
        (0, Command::By(7)),
        (0, Command::Begin),
        (0, pour([10, 40], [40, 40])),
        (2, Command::By(9)),
        (2, Command::Begin),
        (2, Command::Emit(emit)),
        (3, Command::By(7)),
        (3, Command::Begin),
        (3, Command::Wall { stroke: stroke([30, 30], [60, 30]), solid: true }),
        (3, pour([50, 44], [80, 44])),
        // Poured and taken back at once, over what is there, and poured again.
        (6, Command::By(9)),
        (6, Command::Begin),
        (6, pour([20, 50], [60, 50])),
        (6, Command::Undo),
        (6, pour([20, 50], [40, 50])),
        (9, Command::By(7)),
        (9, Command::Undo),
        (
            10,
            Command::Fill {
                rect: Rect::new(30, 44, 44, 54),
                material: materials::named("jelly").expect("there is one"),
            },
        ),
        (12, Command::By(7)),
        (12, Command::Undo),
        (14, Command::By(9)),
        (14, Command::Undo),
        (15, Command::By(9)),
        (15, Command::Undo),
    ];
    // What was taken away lies dormant and comes back: what is erased, built over, replaced, and poured in the same tick.
    let erase = |from, to| Command::Erase(stroke(from, to));
    let rock = materials::named("rock").expect("there is one");
    let jelly = materials::named("jelly").expect("there is one");
    let area = |dx: i32| Area::Box(Rect::new(30 + dx, 4, 60 + dx, 40));
    scene.commands.extend([
        (8, Command::By(5)),
        (8, Command::Begin),
        (8, erase([8, 8], [60, 12])),
        (8, erase([80, 40], [100, 44])),
        (9, Command::By(5)),
        (9, Command::Begin),
        (9, Command::Wall { stroke: stroke([10, 20], [40, 20]), solid: true }),
        (11, Command::By(5)),
        (11, Command::Begin),
        (11, Command::Pour { stroke: stroke([6, 6], [30, 16]), material: rock, velocity: [0, 0] }),
        (11, pour([50, 50], [60, 50])),
        (11, erase([50, 50], [60, 50])),
        // One material alone, one in the place of another, and the leader's word, after which the older half keeps nothing.
        (12, Command::By(5)),
        (12, Command::Begin),
        (12, Command::Apply { area: area(0), effect: Effect::Take { material: 0 } }),
        (12, Command::Begin),
        (12, Command::Apply { area: area(6), effect: Effect::Replace { from: jelly, to: 0 } }),
        (12, Command::Apply { area: area(3), effect: Effect::Replace { from: 0, to: jelly } }),
        (13, Command::By(5)),
        (13, Command::Undo),
        (13, Command::Undo),
        (14, Command::By(5)),
        (14, Command::Undo),
        (14, Command::Settle),
        (15, Command::By(5)),
        (15, Command::Undo),
        (15, Command::Begin),
        (15, erase([8, 8], [60, 12])),
        (15, Command::Undo),
        (15, Command::Begin),
        (15, erase([8, 8], [40, 12])),
    ]);
    scene.commands.sort_by_key(|command| command.0);
    // Into the next block of numbers.
    let begins = (0..520).map(|_| Command::Begin);
    let rest = [pour([12, 50], [14, 50]), Command::Undo];
    scene.commands.extend([Command::By(3)].into_iter().chain(begins).chain(rest).map(|command| (16, command)));
    scene.commands.push((16, Command::Begin));
    scene.commands.push((16, pour([60, 50], [64, 50])));
    on_each_driver("strokes_equal_the_cpu", |context| {
        Room::new(&context, scene.clone(), 1).run(20, |k| 1 + k % 3);
        Room::new(&context, scene.clone(), 3).run(20, |_| 2);
    });
}

#[test]
fn shards_equal_the_cpu() {
    on_each_driver("shards_equal_the_cpu", |context| {
        for (shards, ticks) in [(2, 1), (3, 2), (2, 3)] {
            Room::new(&context, busy_scene(), shards).run(15, |_| ticks);
        }
    });
}

#[test]
fn the_golden_digests_on_a_gpu() {
    if let Some(context) = context() {
        for shape in ScatterShape::ALL {
            for golden in golden::ALL {
                let mut gpu = GpuBackend::new(context.clone(), shape);
                let digest = pollster::block_on(golden.run(&mut gpu)).expect("runs");
                assert_eq!(digest, golden.digest, "{} by {}", golden.name, shape.name());
            }
        }
    }
}

#[test]
fn a_job_without_ticks_extracts_and_hands_over() {
    on_each_driver("a_job_without_ticks_extracts_and_hands_over", |context| idle_jobs(&context, busy_scene()));
}

/// The grid's nodes of a full world of all materials take more than a buffer may have on devices that have no more than
/// WebGPU demands: there that world is refused in words, and the device goes on.
#[test]
fn a_world_beyond_a_devices_buffers_is_refused_and_the_device_goes_on() {
    let Some(context) = context() else { return };
    let scene = |material: u32, rows: i32| Scene {
        title: "rows".into(),
        world: WorldSize::new(4096, 1024).expect("the largest"),
        gravity: [0, -54],
        terrain: Vec::new(),
        blocks: (0..rows).map(|r| Block::of(material, Rect::new(0, 47 * r, 4096, 47 * r + 1))).collect(),
        commands: Vec::new(),
    };
    let mut gpu = GpuBackend::new(context, ScatterShape::default());
    let mut ends = |scene: &Scene| {
        let mut run = |job| pollster::block_on(gpu.run_job(job));
        golden::jobs_of(scene, 1).0.into_iter().try_fold(None, |_, job| run(job).map(|output| output.digest))
    };
    let alone = |scene: &Scene| {
        let mut cpu = CpuBackend::new(None);
        let jobs = golden::jobs_of(scene, 1).0.into_iter();
        jobs.fold(None, |_, job| cpu.run_now(job).expect("runs").digest)
    };
    let full = scene(1, 22);
    match ends(&full) {
        Ok(digest) => assert_eq!(digest, alone(&full)),
        Err(error) => assert!(matches!(&error, KernelError::BadJob(words) if words.contains("tiles")), "{error}"),
    }
    for fits in [scene(0, 22), scene(1, 5)] {
        assert_eq!(ends(&fits).expect("runs"), alone(&fits));
    }
}

/// 400,000 particles of water, of which each backend runs supersteps of two ticks: these commands in the first, and what is to
/// be handed out of it. Answers the least time that each took of several, in microseconds.
fn in_a_large_world(
    steps: &[(Vec<Command>, bool)],
    good: impl Fn(&[JobOutput]) -> bool,
) -> Option<Vec<(&'static str, Vec<u128>)>> {
    const TIMES: usize = 9;
    let context = context()?;
    println!("GPU: {}", context.adapter_name());
    let world = WorldSize::new(1024, 512).expect("it is one");
    let scene = Scene {
        title: "large".into(),
        world,
        gravity: [0, -54],
        terrain: Vec::new(),
        blocks: vec![Block::of(MATERIAL_WATER, Rect::new(0, 0, 1000, 100))],
        commands: Vec::new(),
    };
    let (globals, region) = (scene.globals(), world.rect());
    let load = Job::Load(Load { globals, region, particles: scene.particles(region) });
    let mut gpu = GpuBackend::new(context, ScatterShape::default());
    let mut cpu = CpuBackend::new(None);
    let mut backends: [(&str, &mut dyn FnMut(Job) -> JobOutput); 2] = [
        ("GPU", &mut |job| pollster::block_on(gpu.run_job(job)).expect("runs")),
        ("CPU", &mut |job| cpu.run_now(job).expect("runs")),
    ];
    let mut all = Vec::new();
    for (name, run) in &mut backends {
        let mut times = vec![u128::MAX; steps.len()];
        for _ in 0..TIMES {
            run(load.clone());
            let mut step = |(first, whole): &(Vec<Command>, bool)| {
                let commands = vec![first.clone(), Vec::new()];
                let extract = if *whole { vec![region] } else { Vec::new() };
                let step = StepJob { region, commands, extract, digest: true, view: true, ..StepJob::default() };
                let began = std::time::Instant::now();
                (run(Job::Step(step)), began.elapsed().as_micros())
            };
            // What was just loaded is not in its order yet.
            step(&(Vec::new(), false));
            let (outputs, took): (Vec<JobOutput>, Vec<u128>) = steps.iter().map(step).unzip();
            assert!(good(&outputs));
            times.iter_mut().zip(took).for_each(|(least, took)| *least = took.min(*least));
        }
        all.push((*name, times));
    }
    Some(all)
}

/// What it costs to erase 20,000 particles of 400,000 and to take that back, beside a superstep of two ticks without.
#[test]
#[ignore = "prints times"]
fn what_an_undo_costs() {
    let erase = Command::Erase(Stroke::dab([500, 50], 40));
    let steps = [
        (Vec::new(), false),
        (vec![Command::By(1), Command::Begin, erase], false),
        (vec![Command::By(1), Command::Undo], false),
    ];
    let good = |outputs: &[JobOutput]| {
        let all: Vec<_> = outputs.iter().map(|output| (output.particles, output.dormant)).collect();
        all[1].1 > 19_000 && all[2] == all[0]
    };
    for (name, times) in in_a_large_world(&steps, good).into_iter().flatten() {
        println!("{name}: a superstep, one with the erasing, and one with the undo: {times:?} us");
    }
}

/// What it costs to hand out 400,000 particles for a checkpoint, beside a superstep of two ticks without.
#[test]
#[ignore = "prints times"]
fn what_a_checkpoint_costs() {
    let steps = [(Vec::new(), false), (Vec::new(), true)];
    let good = |outputs: &[JobOutput]| outputs[1].extracts[0].len() as u64 == outputs[1].particles;
    for (name, times) in in_a_large_world(&steps, good).into_iter().flatten() {
        println!("{name}: a superstep, and one of which a checkpoint is taken: {times:?} us");
    }
}
