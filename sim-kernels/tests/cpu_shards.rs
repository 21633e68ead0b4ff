//! One shard or many, the same bits: vertical strips exchange bands by hand through the Job interface, with
//! terrain, sources and commands on the seams, at K = 1, 2, 3 and odd tick counts.

mod cpu_common;

use cpu_common::{Whole, scene};
use sim_kernels::command::{Command, Emitter, Stroke};
use sim_kernels::constants::{GRAVITY_DEFAULT, HALO_TICK};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::Digest;
use sim_kernels::geom::Rect;
use sim_kernels::job::{Job, JobOutput, Load, StepJob};
use sim_kernels::materials;
use sim_kernels::particle::Particle;
use sim_kernels::scene::{Block, Scene};

/// A dam that breaks over steps, an inner wall with a hole, and much that happens where strips meet.
fn busy() -> Scene {
    let terrain = [
        Rect::new(0, 0, 160, 4),
        Rect::new(62, 4, 66, 10),
        Rect::new(95, 4, 96, 20),
        Rect::new(95, 9, 96, 12),
        Rect::new(110, 24, 130, 27),
    ];
    let liquid = [Rect::new(0, 4, 34, 40), Rect::new(100, 30, 128, 44)];
    let mut scene = scene(160, 64, GRAVITY_DEFAULT, &terrain, &liquid);
    let dab = |x: i32, y: i32, radius: i32| Stroke { from: [x, y], to: [x, y], radius };
    scene.commands = vec![
        (1, Command::Emit(Emitter { rect: Rect::new(78, 50, 82, 52), velocity: [900, -3000], material: 0, until: 25 })),
        (3, Command::Explode { at: [32, 20], radius: 14, speed: 16384 }),
        (5, Command::Push { stroke: Stroke { from: [20, 8], to: [110, 30], radius: 6 }, velocity: [9000, 12000] }),
        (
            8,
            Command::Pour {
                stroke: Stroke { from: [40, 44], to: [120, 50], radius: 3 },
                material: 0,
                velocity: [0, -500],
            },
        ),
        (8, Command::Erase(dab(64, 12, 7))),
        (11, Command::Wall { stroke: Stroke { from: [44, 5], to: [58, 22], radius: 1 }, solid: true }),
        (14, Command::Gravity([40, -GRAVITY_DEFAULT])),
        (17, Command::Drain { rect: Rect::new(94, 4, 98, 8), until: 30 }),
        (20, Command::Wall { stroke: dab(63, 8, 4), solid: false }),
        (23, Command::Explode { at: [96, 10], radius: 20, speed: 16384 }),
        (26, Command::Gravity([-200, 60])),
    ];
    // And one of each kind on a seam, but what would leave nothing.
    let samples = Command::samples([80, 24]).filter(|command| *command != Command::Clear);
    scene.commands.splice(2..2, samples.map(|command| (4, command)));
    scene
}

/// Ground, things, fire, acid and sparks where strips meet, and water that is far from all of that.
fn hot() -> Scene {
    let mut scene = scene(160, 64, GRAVITY_DEFAULT, &[Rect::new(0, 0, 160, 4)], &[Rect::new(0, 4, 30, 20)]);
    let code = |name: &str| u32::from(materials::named(name).expect("it is registered"));
    let mut block = |name: &str, rect: Rect| scene.blocks.push(Block::of(code(name), rect));
    for x in [48, 80, 112] {
        // Three cuts of two, three and five strips are near these.
        block("rock", Rect::new(x - 10, 4, x + 10, 10));
        block("gunpowder", Rect::new(x - 6, 10, x + 2, 14));
        block("plant", Rect::new(x + 4, 10, x + 6, 18));
        block("water", Rect::new(x + 6, 10, x + 10, 14));
        block("wire", Rect::new(x - 20, 15, x - 3, 16));
        block("spark", Rect::new(x - 21, 15, x - 20, 16));
        block("fan_up", Rect::new(x + 12, 4, x + 15, 6));
        block("acid", Rect::new(x - 4, 30, x + 4, 34));
        block("soil", Rect::new(x - 8, 26, x + 8, 29));
    }
    block("air", Rect::new(0, 0, 160, 64));
    let dab = |x: i32, y: i32, radius: i32| Stroke { from: [x, y], to: [x, y], radius };
    let pour = |name: &str, x: i32, y: i32| Command::Pour {
        stroke: dab(x, y, 3),
        material: code(name) as u8,
        velocity: [300, -900],
    };
    scene.commands = vec![
        (2, pour("fire", 64, 40)),
        (5, pour("rock", 96, 12)),
        (9, Command::Explode { at: [80, 28], radius: 12, speed: 16384 }),
        (12, Command::Warm { stroke: dab(112, 12, 6), by: 8000 }),
        (15, Command::Erase(dab(80, 6, 4))),
        (20, pour("glass", 32, 30)),
        (21, Command::Push { stroke: Stroke { from: [40, 50], to: [120, 50], radius: 6 }, velocity: [9000, -4000] }),
    ];
    scene
}

/// Strips whose borders lie on tile borders.
fn strips(scene: &Scene, shards: i32) -> Vec<Rect> {
    let tiles = scene.world.tiles_x();
    let cut = |i: i32| tiles * i / shards * 16;
    (0..shards).map(|i| Rect::new(cut(i), 0, cut(i + 1), scene.world.height)).collect()
}

fn run_sharded(scene: &Scene, shards: i32, k: usize, ticks: usize) -> (Digest, Vec<Particle>) {
    let regions = strips(scene, shards);
    let world = scene.world.rect();
    let mut backends: Vec<CpuBackend> = regions.iter().map(|_| CpuBackend::new(Some(1))).collect();
    let step = |backend: &mut CpuBackend, job: Job| backend.run_now(job).expect("a good job");
    for (backend, &region) in backends.iter_mut().zip(&regions) {
        step(backend, Job::Load(Load { globals: scene.globals(), region, particles: scene.particles(region) }));
    }
    let mut done = 0;
    let mut last = Vec::new();
    while done < ticks {
        let now = k.min(ticks - done);
        let commands: Vec<Vec<Command>> =
            (done..done + now).map(|t| scene.commands_at(t as u64).cloned().collect()).collect();
        let padded: Vec<Rect> = regions.iter().map(|r| r.grown(HALO_TICK * now as i32).intersect(world)).collect();
        // Everyone sends everyone what lies in their padded region.
        let mut incoming: Vec<Vec<Particle>> = vec![Vec::new(); regions.len()];
        for (from, backend) in backends.iter_mut().enumerate() {
            let bands = step(backend, Job::Extract(padded.clone())).extracts;
            for (to, band) in bands.into_iter().enumerate().filter(|(to, _)| *to != from) {
                incoming[to].extend(band);
            }
        }
        last = backends
            .iter_mut()
            .zip(incoming)
            .zip(&regions)
            .map(|((backend, incoming), &region)| {
                let job = StepJob {
                    region,
                    incoming,
                    commands: commands.clone(),
                    extract: vec![world],
                    digest: true,
                    view: false,
                };
                step(backend, Job::Step(job))
            })
            .collect::<Vec<JobOutput>>();
        done += now;
    }
    let mut sum = Digest::default();
    let mut all = Vec::new();
    for output in last {
        sum.add(output.digest.expect("was asked for"));
        all.extend(output.extracts.into_iter().flatten());
    }
    all.sort_unstable();
    (sum, all)
}

#[test]
fn shards_do_not_change_a_bit() {
    hold_over_shards(&busy(), 37);
}

#[test]
fn reactions_on_seams_do_not_change_a_bit() {
    hold_over_shards(&hot(), 61);
}

fn hold_over_shards(scene: &Scene, ticks: usize) {
    let mut whole = Whole::new(scene.clone());
    let alone = whole.run(ticks).digest.unwrap();
    let mut ours = whole.particles();
    ours.sort_unstable();
    assert!(ours.len() > 5000, "the scene has emptied: {}", ours.len());
    for shards in [1, 2, 3, 5] {
        for k in [1, 2, 3] {
            let (digest, theirs) = run_sharded(scene, shards, k, ticks);
            let differ = ours.iter().zip(&theirs).find(|(a, b)| a != b);
            assert_eq!(digest, alone, "{shards} shards, K = {k}: {:?}", differ.map(|(a, b)| (a.unpack(), b.unpack())));
        }
    }
}

#[test]
fn neither_order_nor_threads_nor_splits_of_a_run_matter() {
    let scene = busy();
    let region = scene.world.rect();
    let commands: Vec<Vec<Command>> = (0..21).map(|t| scene.commands_at(t).cloned().collect()).collect();
    let run = |particles: Vec<Particle>, threads: usize, at: usize| {
        let mut backend = CpuBackend::new(Some(threads));
        backend.run_now(Job::Load(Load { globals: scene.globals(), region, particles })).unwrap();
        let mut job = |commands: &[Vec<Command>]| {
            let job = StepJob { region, commands: commands.to_vec(), digest: true, ..Default::default() };
            backend.run_now(Job::Step(job)).unwrap().digest
        };
        job(&commands[..at]);
        job(&commands[at..])
    };
    let first = run(scene.particles(region), 1, 0);
    let mut shuffled = scene.particles(region);
    shuffled.sort_by_key(|p| sim_kernels::digest::hash4(p.0));
    assert_eq!(run(shuffled, 2, 7), first);
}

#[test]
fn a_changed_partition_hands_over() {
    // Two strips whose border moves from 64 to 96 and back: the bands are cut by the new regions.
    let scene = busy();
    let (ticks, world) = (24, scene.world.rect());
    let alone = Whole::new(scene.clone()).run(ticks).digest.unwrap();
    let regions_at = |step: usize| {
        let cut = if step.is_multiple_of(2) { 64 } else { 96 };
        [Rect::new(0, 0, cut, 64), Rect::new(cut, 0, 160, 64)]
    };
    let mut backends = [CpuBackend::new(Some(1)), CpuBackend::new(Some(1))];
    for (backend, region) in backends.iter_mut().zip(regions_at(0)) {
        let load = Load { globals: scene.globals(), region, particles: scene.particles(region) };
        backend.run_now(Job::Load(load)).unwrap();
    }
    let mut sum = Digest::default();
    for step in 0..ticks / 3 {
        let regions = regions_at(step);
        let padded = regions.map(|r| r.grown(3 * HALO_TICK).intersect(world));
        let commands: Vec<Vec<Command>> =
            (step * 3..step * 3 + 3).map(|t| scene.commands_at(t as u64).cloned().collect()).collect();
        sum = Digest::default();
        let to_one = backends[0].run_now(Job::Extract(vec![padded[1]])).unwrap().extracts.remove(0);
        let to_zero = backends[1].run_now(Job::Extract(vec![padded[0]])).unwrap().extracts.remove(0);
        for ((backend, region), incoming) in backends.iter_mut().zip(regions).zip([to_zero, to_one]) {
            let job = StepJob { region, incoming, commands: commands.clone(), digest: true, ..Default::default() };
            sum.add(backend.run_now(Job::Step(job)).unwrap().digest.unwrap());
        }
    }
    assert_eq!(sum, alone);
}

#[test]
fn the_answer_is_in_canonical_order_and_adds_up() {
    let scene = busy();
    let region = Rect::new(32, 0, 112, 64);
    let mut backend = CpuBackend::new(Some(2));
    let load = Load { globals: scene.globals(), region, particles: scene.particles(region) };
    backend.run_now(Job::Load(load)).unwrap();
    let job = StepJob {
        region,
        commands: vec![Vec::new(); 5],
        extract: vec![region, Rect::new(40, 0, 61, 64)],
        digest: true,
        view: true,
        ..Default::default()
    };
    let output = backend.run_now(Job::Step(job)).unwrap();
    let all = &output.extracts[0];
    let key = |p: &Particle| (p.cell().1 / 16, p.cell().0 / 16, *p);
    assert!(all.windows(2).all(|w| key(&w[0]) <= key(&w[1])));
    assert_eq!(all.len() as u64, output.particles);
    assert_eq!(output.digest, Some(Digest::of_all(all)));
    assert_eq!(output.columns.len(), 5);
    assert_eq!(output.columns.iter().map(|&c| u64::from(c)).sum::<u64>(), output.particles);
    assert!(output.extracts[1].iter().all(|p| (40..61).contains(&p.cell().0)));
    // Coverage adds up to the mass: 32 a particle.
    let coverage: u64 = output.view.iter().flat_map(|t| &t.cells).map(|&c| u64::from(c as u8)).sum();
    let mean = coverage as f64 / output.particles as f64;
    assert!((28.0..33.0).contains(&mean), "{mean}");
    assert!(output.view.iter().all(|t| t.is_valid() && t.cells.iter().any(|&c| c != 0)));
}

#[test]
fn bad_jobs_are_refused_and_strange_particles_do_no_harm() {
    let scene = busy();
    let region = scene.world.rect();
    let mut backend = CpuBackend::new(Some(1));
    assert!(backend.run_now(Job::Step(StepJob::default())).is_err());
    let outside = Load { globals: scene.globals(), region: Rect::new(0, 0, 176, 64), particles: Vec::new() };
    assert!(backend.run_now(Job::Load(outside)).is_err());
    // Anything in 16 bytes: outside the world, inside walls, thousands in one cell, at the ends of every range.
    let mut particles: Vec<Particle> = (0..20_000u32)
        .map(|i| Particle::bare(sim_kernels::digest::hash4([i, 1, 2, 3])))
        .map(|p| Particle::bare([p.0[0] & 0xff0f_ffff, p.0[1] & 0x03c3_ffff, p.0[2], p.0[3]]))
        .collect();
    for i in 0..70_000u32 {
        let h = sim_kernels::digest::hash4([i, 5, 6, 7]);
        particles.push(Particle::bare([
            (20 << 12) | (h[0] & 0xff00_0fff),
            (20 << 12) | (h[1] & 0x03c0_0fff),
            h[2],
            h[3],
        ]));
    }
    backend.run_now(Job::Load(Load { globals: scene.globals(), region, particles })).unwrap();
    let job = StepJob { region, commands: vec![Vec::new(); 6], digest: true, view: true, ..Default::default() };
    let output = backend.run_now(Job::Step(job)).unwrap();
    assert!(output.particles > 70_000);
    let empty = StepJob { commands: vec![Vec::new()], digest: true, view: true, ..Default::default() };
    assert_eq!(backend.run_now(Job::Step(empty)).unwrap().particles, 0);
}
