//! Stage by stage: wild particles, at every extreme of their formats, through one substep on both backends;
//! overfull cells; buffers that turn out too small.
#![cfg(feature = "gpu")]

mod gpu_common;
#[path = "gpu_common/stages.rs"]
mod stages;

use gpu_common::{difference, on_each_driver};

use sim_kernels::command::{Command, Slider, Stroke, Wheel};
use sim_kernels::constants::SUBSTEPS;
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::hash4;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::Globals;
use sim_kernels::gpu::{GpuBackend, GpuContext, SCATTER_VARIABLE, ScatterShape, calibrate, fastest};
use sim_kernels::grabs::GRABS_MAX;
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::materials::{self, label};
use sim_kernels::particle::{Fields, Particle};
use stages::{first_stage_that_differs, trace};

/// A world with lone solid cells, thin and thick walls, and corners of both kinds.
fn rough_world() -> Globals {
    let mut globals = Globals::new(WorldSize::new(80, 48).expect("a valid size"));
    globals.gravity = [17, -54];
    for rect in [[0, 0, 80, 2], [20, 2, 21, 20], [40, 8, 60, 14], [52, 14, 56, 30], [10, 30, 11, 31], [15, 31, 16, 47]]
    {
        globals.terrain.fill(Rect::new(rect[0], rect[1], rect[2], rect[3]), true);
    }
    globals
}

/// Particles of every kind that the bits can hold: anywhere, the solid cells and the world's rim included.
fn wild(size: WorldSize, count: u32, seed: u32) -> Vec<Particle> {
    let pick = |h: u32, low: i32, high: i32| match h % 8 {
        0 => low,
        1 => high,
        _ => low + (h >> 3) as i32 % (high - low + 1),
    };
    (0..count)
        .map(|i| {
            let (a, b, c) = (hash4([i, seed, 1, 0]), hash4([i, seed, 2, 0]), hash4([i, seed, 3, 0]));
            let fields = Fields {
                x: (a[0] % (size.width as u32 * 4096)) as i32,
                y: (a[1] % (size.height as u32 * 4096)) as i32,
                vx: pick(a[2], -32767, 32767),
                vy: pick(a[3], -32768, 32767),
                d: [pick(b[0], -128, 127), pick(b[1], -128, 127), pick(b[2], -128, 127), pick(b[3], -128, 127)],
                j: pick(c[0], 0, 4095),
                // Codes that are in no list, too: both backends count them as the first.
                material: c[1] % 63,
                words: std::array::from_fn(|k| hash4([i, seed, 4, k as u32])[0]),
            };
            Particle::pack(fields).canonical()
        })
        .collect()
}

/// The same with their labels, as warm as the air, and of materials that begin so: computed without heat.
fn cold(particles: &[Particle]) -> Vec<Particle> {
    let cooled = |p: &Particle| {
        let mut f = p.unpack();
        f.words[materials::HEAT] &= !label::HEAT_BITS;
        if materials::Class::of(f.material) == materials::Class::Hot {
            f.material = u32::from(materials::named("sand").expect("it is registered"));
        }
        Particle::pack(f).canonical()
    };
    particles.iter().map(cooled).collect()
}

/// The same as water with labels, as warm as the air: computed by water's law, the labels carried along.
fn labelled_water(particles: &[Particle]) -> Vec<Particle> {
    let turned = |p: &Particle| {
        let f = p.unpack();
        let mut words = materials::Words::default();
        words[materials::HEAT] = f.words[materials::HEAT] & !label::HEAT_BITS;
        Particle::pack(Fields { material: materials::WATER, words, ..f })
    };
    particles.iter().map(turned).collect()
}

/// With every shape of the scatter: two ticks with commands of every kind, and all that a superstep can be asked for.
fn check_stages(context: &GpuContext, globals: &Globals, particles: &[Particle], what: &str) {
    let region = Rect::new(0, 0, 64, 48);
    let (inside, incoming): (Vec<Particle>, Vec<Particle>) =
        particles.iter().partition(|p| region.contains(p.cell().0, p.cell().1));
    let load = Load { globals: globals.clone(), region, particles: inside };
    let line = |from, to, radius| Stroke { from, to, radius };
    let mixed = particles.iter().any(|p| p.material() != materials::WATER);
    // One that has words, and begins as warm as the air; or what is there already.
    let material = if mixed { materials::named("jelly").expect("it is registered") } else { materials::WATER as u8 };
    let pour = Command::Pour { stroke: line([5, 20], [50, 24], 2), material, velocity: [900, -700] };
    let mut first = vec![pour, Command::Push { stroke: line([0, 0], [60, 40], 5), velocity: [-9000, 12000] }];
    if particles.iter().any(|p| p.heat() != 0) {
        // What was there, and what has just been poured.
        first.push(Command::Warm { stroke: line([4, 18], [44, 26], 5), by: 9000 });
    }
    let mut second = vec![
        Command::Wall { stroke: line([30, 20], [34, 30], 1), solid: true },
        Command::Erase(line([10, 10], [18, 10], 2)),
        Command::Explode { at: [16, 8], radius: 9, speed: 16000 },
    ];
    if mixed {
        second.push(Command::Turn(Wheel { centre: [44, 24], radius: 12, vanes: 3, rate: 400 }));
        second.push(Command::Slide(Slider { rect: Rect::new(4, 20, 9, 40), sway: [-30, 9], rate: -511 }));
    }
    // As many grabs as there may be, which then set off the other way.
    for (commands, far) in [(&mut first, 0), (&mut second, 1)] {
        for by in 0..GRABS_MAX as u32 {
            let h = hash4([by, far, 5, 0]);
            let at = [(h[0] % region.x1 as u32) as i32, (h[1] % region.y1 as u32) as i32];
            let only = [None, Some(0), materials::named("jelly")][h[3] as usize % 3];
            let grab = Command::Grab { at, radius: 1 + (h[2] % 48) as i32, only };
            commands.extend([Command::By(u128::from(by)), grab]);
        }
    }
    let job = StepJob {
        region,
        incoming,
        commands: vec![first, second],
        extract: vec![Rect::new(0, 0, 24, 48), Rect::new(50, 5, 53, 40)],
        digest: true,
        view: true,
    };
    for shape in ScatterShape::ALL {
        if let Some(difference) = first_stage_that_differs(trace(context, shape, &load, &job)) {
            panic!("{what}, scatter by {}: {difference}", shape.name());
        }
    }
}

#[test]
fn a_difference_is_named_by_stage_and_element() {
    let Some(context) = gpu_common::context() else { return };
    let globals = rough_world();
    let region = globals.size().rect();
    let load = Load { particles: wild(globals.size(), 500, 3), globals, region };
    let job = StepJob { region, commands: vec![Vec::new()], digest: true, view: true, ..StepJob::default() };
    let good = trace(&context, ScatterShape::default(), &load, &job);
    let named: Vec<&str> = good.stages.iter().map(|stage| stage.kernel.name()).collect();
    let sort = ["mark", "slots", "clear", "count", "tile_sums", "tile_scan", "cell_offsets", "scatter"];
    let substep = ["p2g", "grid", "g2p"];
    let end = ["p2g", "view_tags", "view", "finish"];
    let substeps = substep.repeat(SUBSTEPS as usize);
    let expected = [&sort[..], &["touch"], &substeps, &["react"], &end, &sort, &["tile_digests"]].concat();
    assert_eq!(named, expected);
    assert_eq!(first_stage_that_differs(good.clone()), None);
    for (k, name) in expected.into_iter().enumerate() {
        let mut bad = good.clone();
        let (resource, words) = bad.stages[k].written.last_mut().expect("every stage writes something");
        let at = words.iter().position(|&word| word != 0).unwrap_or(0);
        words[at] ^= 1 << 9;
        let resource = *resource;
        let found = first_stage_that_differs(bad).expect("a bit differs");
        assert!(found.starts_with(&format!("stage {k}, {name} of entry")), "{name}: {found}");
        assert!(found.contains(&format!("{resource:?}")), "{name}: {found}");
    }
}

#[test]
fn stages_agree_at_the_extremes() {
    on_each_driver("stages_agree_at_the_extremes", |context| {
        let globals = rough_world();
        for seed in 0..2 {
            let particles = wild(globals.size(), 3000, seed);
            check_stages(&context, &globals, &particles, &format!("seed {seed}"));
            check_stages(&context, &globals, &cold(&particles), &format!("seed {seed} without heat"));
            check_stages(&context, &globals, &labelled_water(&particles), &format!("seed {seed} of labelled water"));
        }
    });
}

#[test]
fn stages_agree_in_overfull_cells() {
    on_each_driver("stages_agree_in_overfull_cells", |context| {
        let globals = rough_world();
        // Cells with 128, 129, 256, 257 and 3000 particles, one beside a wall.
        let mut particles = Vec::new();
        for (n, x, y) in [(128, 3, 5), (129, 5, 5), (256, 8, 8), (257, 9, 8), (3000, 21, 4)] {
            for p in wild(globals.size(), n, 99 + n) {
                let f = p.unpack();
                particles.push(Particle::pack(Fields { x: x << 12 | f.x & 4095, y: y << 12 | f.y & 4095, ..f }));
            }
        }
        check_stages(&context, &globals, &particles, "overfull");
    });
}

#[test]
fn ticks_agree_with_every_shape_of_the_scatter() {
    on_each_driver("ticks_agree_with_every_shape_of_the_scatter", |context| {
        // Fast particles leave their tiles far behind between two sorts, of which there are fewer where nothing is hot.
        let globals = rough_world();
        let region = globals.size().rect();
        let hot = wild(globals.size(), 4000, 11);
        for particles in [cold(&hot), labelled_water(&hot), hot] {
            let load = Job::Load(Load { globals: globals.clone(), region, particles });
            let step = Job::Step(StepJob {
                region,
                commands: vec![Vec::new(); 5],
                extract: vec![region],
                digest: true,
                view: true,
                ..StepJob::default()
            });
            let mut cpu = CpuBackend::new(Some(1));
            cpu.run_now(load.clone()).expect("the CPU loads");
            let expected = cpu.run_now(step.clone()).expect("the CPU steps");
            for shape in ScatterShape::ALL {
                let mut gpu = GpuBackend::new(context.clone(), shape);
                pollster::block_on(gpu.run_job(load.clone())).expect("the GPU loads");
                let got = pollster::block_on(gpu.run_job(step.clone())).expect("the GPU steps");
                assert_eq!(difference(&expected, &got), None, "scatter by {}", shape.name());
            }
        }
    });
}

#[test]
fn the_calibration_is_made_once_and_can_be_replaced() {
    let Some(context) = gpu_common::context() else { return };
    let found = pollster::block_on(calibrate(&context)).expect("calibrates");
    assert!(found.times.iter().all(|t| *t > 0.0 && t.is_finite()), "{found:?}");
    // Another device on the same adapter is not measured again.
    let again = pollster::block_on(GpuContext::new(gpu_common::choice())).expect("opens again");
    assert_eq!(pollster::block_on(calibrate(&again)).expect("remembers").times, found.times);
    let named = std::env::var(SCATTER_VARIABLE).ok().map(|name| name.parse().expect("a shape"));
    assert_eq!(pollster::block_on(fastest(&context)).expect("there is one"), named.unwrap_or(found.best));
    for shape in ScatterShape::ALL {
        assert_eq!(shape.name().parse(), Ok(shape));
    }
}

#[test]
fn buffers_that_are_too_small_are_made_larger() {
    on_each_driver("buffers_that_are_too_small_are_made_larger", |context| {
        let globals = Globals::new(WorldSize::new(640, 256).expect("a valid size"));
        let region = globals.size().rect();
        let crowd = |n: u32| -> Vec<Particle> {
            let at = |p: Particle| {
                let f = p.unpack();
                Particle::pack(Fields {
                    x: 300 << 12 | f.x & 4095,
                    y: 100 << 12 | f.y & 4095,
                    vx: 0,
                    vy: 0,
                    d: [0; 4],
                    ..f
                })
            };
            wild(globals.size(), n, 5).into_iter().map(at).collect()
        };
        // More extracted particles than the rectangle's area lets expect.
        let load = Load { globals: globals.clone(), region, particles: crowd(9000) };
        let extract = Job::Extract(vec![Rect::new(300, 100, 301, 101)]);
        // Far more tiles than the particles before let expect: a thin curtain through the whole world.
        let fill = |y| Command::Fill { rect: Rect::new(0, y, 640, y + 1), material: 0 };
        let commands = vec![vec![fill(30), fill(90), fill(150), fill(210)], Vec::new()];
        let step = Job::Step(StepJob {
            region,
            commands,
            extract: vec![region],
            digest: true,
            view: true,
            ..StepJob::default()
        });
        let clear =
            StepJob { region, commands: vec![vec![Command::Clear]], digest: true, view: true, ..StepJob::default() };
        let (mut cpu, mut gpu) = (CpuBackend::new(Some(1)), GpuBackend::new(context, ScatterShape::default()));
        for (job, what) in
            [(Job::Load(load), "load"), (extract, "extract"), (step, "curtains"), (Job::Step(clear), "clear")]
        {
            let expected = cpu.run_now(job.clone()).expect("the CPU does the job");
            let got = pollster::block_on(gpu.run_job(job)).expect("the GPU does the job");
            assert_eq!(difference(&expected, &got), None, "{what}");
        }
    });
}
