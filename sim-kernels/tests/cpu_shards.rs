//! One shard or many, the same bits: vertical strips exchange bands by hand through the Job interface, with
//! terrain, sources and commands on the seams, at K = 1 to 8 and changing, at odd tick counts, and with every material.

mod cpu_common;
#[path = "cpu_common/stamped.rs"]
mod stamped;

use cpu_common::{Whole, scene};
use sim_kernels::command::{Command, Emitter, Slider, Stroke, Wheel};
use sim_kernels::constants::{GRAVITY_DEFAULT, HALO_TICK};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::{Digest, TileDigest, hash4};
use sim_kernels::geom::Rect;
use sim_kernels::job::{Job, JobOutput, Load, StepJob};
use sim_kernels::materials;
use sim_kernels::particle::Particle;
use sim_kernels::scene::{Block, Scene};
use sim_kernels::view::ViewTile;

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
        // Somebody's strokes that take away what comes back, across the seams.
        (6, Command::By(3)),
        (6, Command::Begin),
        (6, Command::Erase(Stroke { from: [20, 10], to: [130, 36], radius: 6 })),
        (7, Command::By(3)),
        (7, Command::Begin),
        (7, Command::Wall { stroke: Stroke { from: [8, 20], to: [140, 14], radius: 2 }, solid: true }),
        (10, Command::By(3)),
        (10, Command::Undo),
        (13, Command::By(3)),
        (13, Command::Undo),
        (18, Command::By(3)),
        (18, Command::Begin),
        (18, Command::Erase(Stroke { from: [20, 8], to: [130, 8], radius: 5 })),
        (19, Command::By(3)),
        (19, Command::Undo),
        (22, Command::By(3)),
        (22, Command::Begin),
        (22, Command::Erase(Stroke { from: [40, 8], to: [130, 8], radius: 5 })),
    ];
    scene.commands.extend(dragged());
    scene.commands.sort_by_key(|command| command.0);
    // And one of each kind on a seam, but what would leave nothing.
    let samples = Command::samples([80, 24]).filter(|command| *command != Command::Clear);
    scene.commands.splice(2..2, samples.map(|command| (4, command)));
    scene
}

/// Two people who drag across all seams, one of them water alone, until one lets go and the other is forgotten.
fn dragged() -> impl Iterator<Item = (u64, Command)> {
    let all = [
        (5, 8, [80, 20], 24, None),
        (6, 9, [30, 16], 40, Some(0)),
        (9, 8, [40, 30], 24, None),
        (12, 9, [120, 24], 40, Some(0)),
        (14, 8, [150, 40], 16, None),
        (21, 8, [64, 10], 48, None),
    ];
    let said = |(tick, by, at, radius, only)| [(tick, Command::By(by)), (tick, Command::Grab { at, radius, only })];
    all.into_iter().flat_map(said).chain([(24, Command::By(8)), (24, Command::Release)])
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
    let wheel = |centre, radius, vanes, rate| Command::Turn(Wheel { centre, radius, vanes, rate });
    scene.commands = vec![
        (1, wheel([60, 30], 22, 3, 230)),
        (2, pour("fire", 64, 40)),
        (3, wheel([97, 50], 9, 0, -500)),
        (5, pour("rock", 96, 12)),
        (9, Command::Explode { at: [80, 28], radius: 12, speed: 16384 }),
        (12, Command::Warm { stroke: dab(112, 12, 6), by: 8000 }),
        (15, Command::Erase(dab(80, 6, 4))),
        (20, pour("glass", 32, 30)),
        (21, Command::Push { stroke: Stroke { from: [40, 50], to: [120, 50], radius: 6 }, velocity: [9000, -4000] }),
    ];
    scene
}

/// The codes of all that a player can meet and pour.
fn met() -> Vec<u32> {
    let met = |code: &u32| materials::is_poured(*code) && !materials::material(*code).is_for_tests();
    (0..materials::COUNT as u32).filter(met).collect()
}

/// Every material, on the floor and again above others, and poured where strips meet.
fn everything() -> Scene {
    let codes = met();
    let floor = Rect::new(0, 0, 256, 4);
    let mut scene = scene(256, 64, GRAVITY_DEFAULT, &[floor, Rect::new(60, 34, 84, 36)], &[]);
    for (i, &code) in codes.iter().enumerate() {
        let (x, other) = (4 + 5 * i as i32, codes[(i + codes.len() / 2) % codes.len()]);
        assert!(x + 5 <= 256, "the world is too narrow for so many");
        scene.blocks.extend([(code, 4, 10), (other, 20, 25)].map(|(code, y0, y1)| {
            // Of several heights, so that not all meets at once.
            let up = code as i32 % 3;
            Block::of(code, Rect::new(x, y0, x + 5, y1 + up))
        }));
        // Where two, three, five and seven strips meet.
        let seam = [128, 80, 160, 48, 96, 144, 192, 32, 112, 208][i % 10];
        let stroke = Stroke { from: [seam - 3, 46], to: [seam + 3, 48], radius: 1 };
        let pour = Command::Pour { stroke, material: code as u8, velocity: [400 - 20 * i as i32, -2000] };
        scene.commands.push((2 + i as u64 / 2, pour));
    }
    scene.blocks.push(Block::of(materials::AIR, scene.world.rect()));
    let dab = |x: i32, y: i32, radius: i32| Stroke { from: [x, y], to: [x, y], radius };
    let emitter = Emitter { rect: Rect::new(94, 56, 98, 58), velocity: [900, -3000], material: 0, until: 30 };
    scene.commands.extend([
        (1, Command::Emit(emitter)),
        (2, Command::Emit(Emitter { rect: Rect::new(126, 40, 131, 43), material: materials::COPY as u8, ..emitter })),
        (3, Command::Turn(Wheel { centre: [80, 34], radius: 12, vanes: 3, rate: 300 })),
        (4, Command::Slide(Slider { rect: Rect::new(156, 30, 166, 34), sway: [90, -30], rate: -300 })),
        (6, Command::Explode { at: [144, 12], radius: 14, speed: 16384 }),
        (9, Command::Push { stroke: Stroke { from: [20, 8], to: [210, 24], radius: 5 }, velocity: [9000, 6000] }),
        (10, Command::Warm { stroke: Stroke { from: [20, 10], to: [200, 24], radius: 5 }, by: 9000 }),
        (14, Command::Gravity([60, -GRAVITY_DEFAULT])),
        (17, Command::Warm { stroke: dab(128, 8, 8), by: -9000 }),
        (20, Command::Explode { at: [64, 20], radius: 20, speed: 16384 }),
        (23, Command::Drain { rect: Rect::new(174, 4, 178, 10), until: 33 }),
        (25, Command::Wall { stroke: Stroke { from: [100, 14], to: [124, 30], radius: 1 }, solid: true }),
        (27, Command::Erase(dab(80, 8, 5))),
        (29, Command::Gravity([-300, 90])),
    ]);
    scene.commands.sort_by_key(|command| command.0);
    scene
}

/// Strips whose borders lie on tile borders.
fn strips(scene: &Scene, shards: i32) -> Vec<Rect> {
    let tiles = scene.world.tiles_x();
    let cut = |i: i32| tiles * i / shards * 16;
    (0..shards).map(|i| Rect::new(cut(i), 0, cut(i + 1), scene.world.height)).collect()
}

/// What strips that exchange bands come to.
struct Sharded {
    digest: Digest,
    /// In order.
    particles: Vec<Particle>,
    /// By strips.
    views: Vec<Vec<ViewTile>>,
    /// Steps of which something was computed before the bands were there.
    begun: usize,
}

/// Whether steps are begun before the bands are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begins {
    Never,
    Always,
    /// Of two steps of a strip one, and then others than that which follows.
    InVain,
}

/// Runs strips that exchange bands; for each superstep, by its number, what is asked for answers the strips, as many as
/// before, and the ticks.
fn run_sharded(scene: &Scene, ticks: usize, begins: Begins, plan: impl Fn(usize) -> (Vec<Rect>, usize)) -> Sharded {
    let world = scene.world.rect();
    let step = |backend: &mut CpuBackend, job: Job| backend.run_now(job).expect("a good job");
    let mut backends = Vec::new();
    for region in plan(0).0 {
        let mut backend = CpuBackend::new(Some(1));
        step(&mut backend, Job::Load(Load { globals: scene.globals(), region, particles: scene.particles(region) }));
        backends.push(backend);
    }
    let (mut done, mut number) = (0, 0);
    let (mut last, mut begun) = (Vec::new(), 0);
    while done < ticks {
        let (regions, k) = plan(number);
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
            .zip(regions)
            .map(|((backend, incoming), region)| {
                let commands = commands.clone();
                let job =
                    StepJob { region, commands, extract: vec![world], digest: true, view: true, ..StepJob::default() };
                if begins != Begins::Never {
                    let mut first = job.clone();
                    if begins == Begins::InVain && number % 2 == 0 {
                        first.commands[now - 1].push(Command::Gravity([7, 7]));
                    }
                    begun += usize::from(step(backend, Job::Begin(first)).particles > 0);
                    // It changes nothing that can be asked for.
                    let held = step(backend, Job::Extract(vec![world])).extracts.remove(0);
                    assert_eq!(
                        TileDigest::sum(&step(backend, Job::TileDigests(world)).tile_digests),
                        Digest::of_all(&held)
                    );
                }
                step(backend, Job::Step(StepJob { incoming, ..job }))
            })
            .collect::<Vec<JobOutput>>();
        (done, number) = (done + now, number + 1);
    }
    let (mut digest, mut particles, mut views) = (Digest::default(), Vec::new(), Vec::new());
    for output in last {
        digest.add(output.digest.expect("was asked for"));
        particles.extend(output.extracts.into_iter().flatten());
        views.push(output.view);
    }
    particles.sort_unstable();
    Sharded { digest, particles, views, begun }
}

#[test]
fn shards_do_not_change_a_bit() {
    hold_over_shards(&busy(), 37, &[1, 2, 3, 5], &[1, 2, 3]);
}

#[test]
fn reactions_on_seams_do_not_change_a_bit() {
    let mut scene = hot();
    scene.commands.extend(dragged());
    scene.commands.sort_by_key(|command| command.0);
    hold_over_shards(&scene, 61, &[1, 2, 3, 5], &[1, 2, 3]);
}

#[test]
fn every_material_on_seams_does_not_change_a_bit() {
    let (scene, ticks) = (everything(), 37);
    let first = scene.particles(scene.world.rect());
    for code in met() {
        assert!(first.iter().any(|p| p.material() == code), "{} is not there", materials::material(code).name);
    }
    let (alone, ours) = hold_over_shards(&scene, ticks, &[1, 2, 3, 5, 7], &[1, 2, 4, 6, 8]);
    let warm = ours.iter().filter(|p| p.1[materials::HEAT] != 0).count();
    assert!(warm > 1000, "it has gone cold");
    // K and the strips change at random.
    for shards in [1, 2, 3, 5, 7] {
        let plan = |number: usize| {
            let h = hash4([number as u32, shards as u32, 11, 12]);
            let tiles = scene.world.tiles_x();
            // Each cut moves by a tile at most: strips of seven are two wide.
            let cut = |i: i32| match i {
                0 => 0,
                i if i == shards => scene.world.width,
                i => 16 * (tiles * i / shards + (h[1] >> i & 1) as i32),
            };
            let regions = (0..shards).map(|i| Rect::new(cut(i), 0, cut(i + 1), scene.world.height)).collect();
            (regions, [1, 2, 4, 6, 8][h[0] as usize % 5])
        };
        for begins in [Begins::Never, Begins::Always] {
            let theirs = run_sharded(&scene, ticks, begins, plan);
            let what = format!("{shards} shards, K and cuts at random, begins {begins:?}");
            same(&ours, &theirs.particles, &what);
            assert_eq!(theirs.digest, alone, "{what}");
        }
    }
}

/// Names the first that differs.
fn same(ours: &[Particle], theirs: &[Particle], what: &str) {
    let differ = ours.iter().zip(theirs).find(|(a, b)| a != b);
    let differ = differ.map(|(a, b)| (a.unpack(), b.unpack()));
    assert!(ours == theirs, "{what}: {} and {} particles, {differ:?}", ours.len(), theirs.len());
}

/// What a scene is after so many ticks, whoever computed it.
fn hold_over_shards(scene: &Scene, ticks: usize, counts: &[i32], supersteps: &[usize]) -> (Digest, Vec<Particle>) {
    let mut whole = Whole::new(scene.clone());
    let alone = whole.run(ticks).digest.unwrap();
    let mut ours = whole.particles();
    ours.sort_unstable();
    assert!(ours.len() > 5000, "the scene has emptied: {}", ours.len());
    let mut begun = 0;
    for (&shards, &k) in counts.iter().flat_map(|shards| supersteps.iter().map(move |k| (shards, k))) {
        let mut views = None;
        // One strip waits for nobody, and what is in vain is so at every length.
        let begins = [Begins::Never, Begins::Always, Begins::InVain];
        let ways = if shards == 1 { 1 } else { 2 + usize::from(k == supersteps[0]) };
        for &begins in &begins[..ways] {
            let theirs = run_sharded(scene, ticks, begins, |_| (strips(scene, shards), k));
            let what = format!("{shards} shards, K = {k}, begins {begins:?}");
            same(&ours, &theirs.particles, &what);
            assert_eq!(theirs.digest, alone, "{what}");
            assert!(*views.get_or_insert_with(|| theirs.views.clone()) == theirs.views, "{what}: seen otherwise");
            begun += theirs.begun;
        }
    }
    assert!(begun > ticks, "{begun} steps were begun");
    (alone, ours)
}

#[test]
fn stamps_on_seams_do_not_change_a_bit() {
    let places = [[60, 6], [90, 8], [70, 20], [96, 4], [30, 10], [-9, 30]];
    let scene = stamped::stamped(hot(), Rect::new(50, 0, 92, 30), &places);
    hold_over_shards(&scene, 40, &[2, 3, 5], &[1, 4, 7]);
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
    shuffled.sort_by_key(|p| hash4(p.0));
    assert_eq!(run(shuffled, 2, 7), first);
}

#[test]
fn a_changed_partition_hands_over() {
    // Two strips whose border moves from 64 to 96 and back: the bands are cut by the new regions.
    let (scene, ticks) = (busy(), 24);
    let alone = Whole::new(scene.clone()).run(ticks).digest.unwrap();
    let plan = |number: usize| {
        let cut = if number.is_multiple_of(2) { 64 } else { 96 };
        (vec![Rect::new(0, 0, cut, 64), Rect::new(cut, 0, 160, 64)], 3)
    };
    for begins in [Begins::Never, Begins::Always] {
        assert_eq!(run_sharded(&scene, ticks, begins, plan).digest, alone, "begins {begins:?}");
    }
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
        .map(|i| Particle::bare(hash4([i, 1, 2, 3])))
        .map(|p| Particle::bare([p.0[0] & 0xff0f_ffff, p.0[1] & 0x03c3_ffff, p.0[2], p.0[3]]))
        .collect();
    for i in 0..70_000u32 {
        let h = hash4([i, 5, 6, 7]);
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
