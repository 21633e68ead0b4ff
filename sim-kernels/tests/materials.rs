//! Every registered material, whatever it is: a pool of it comes to rest and is seen as what it is, and all of them
//! together give one digest for any number of threads.

mod cpu_common;

use cpu_common::{Whole, scene};
use sim_kernels::command::Command;
use sim_kernels::constants::GRAVITY_DEFAULT;
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::Rect;
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::materials;
use sim_kernels::materials::reactions::{TABLE, When};
use sim_kernels::particle::Particle;
use sim_kernels::scene::Scene;
use sim_kernels::view::Sample;

/// Pools side by side, 20 cells wide and deep each, with a wall between two where they are `apart`.
fn pools(apart: bool) -> Scene {
    let count = materials::COUNT as i32;
    let width = (24 * count + 19) / 16 * 16;
    let walls: Vec<Rect> =
        (0..=count).map(|i| Rect::new(24 * i, 0, if i == count { width } else { 24 * i + 4 }, 48)).collect();
    let mut scene = scene(width, 48, GRAVITY_DEFAULT, if apart { &walls } else { &walls[..0] }, &[]);
    let fill = |i: i32| Command::Fill { rect: Rect::new(24 * i + 4, 0, 24 * i + 24, 20), material: i as u8 };
    scene.commands = (0..count).filter(|&i| materials::is_poured(i as u32)).map(|i| (0, fill(i))).collect();
    scene
}

/// Whether it is a gas.
fn rises(material: &materials::Material) -> bool {
    matches!(material.family, materials::Family::Fluid(law) if law.lift > 0)
}

/// Whether it becomes something else by itself.
fn ages(material: &materials::Material) -> bool {
    TABLE.iter().any(|row| row.of == material.name && row.when == When::Aging) || material.name == "fire"
}

#[test]
fn a_pool_of_each_comes_to_rest_and_is_seen() {
    let scene = pools(true);
    let mut whole = Whole::new(scene.clone());
    whole.run(12 * 60);
    let particles = whole.particles();
    for (code, material) in materials::ALL.iter().enumerate() {
        let at = 24 * code as i32 + 4;
        if ages(material) || !materials::is_poured(code as u32) {
            continue;
        }
        if rises(material) {
            // It fills its place, and some of it has come down again as something else.
            let there = particles.iter().filter(|p| (at..at + 20).contains(&p.cell().0));
            let high = there.clone().filter(|p| p.material() == code as u32 && p.cell().1 > 24).count();
            assert_eq!(there.count(), 20 * 20 * 4, "{}", material.name);
            assert!(high > 400, "{high} of {} are high", material.name);
            continue;
        }
        // Sparks become wire, which stays where it is.
        let there = |p: &&Particle| !materials::is_still(code as u32) || (at..at + 20).contains(&p.cell().0);
        let own = particles.iter().filter(|p| p.material() == code as u32).filter(there);
        let own: Vec<_> = own.map(|p| p.unpack()).collect();
        assert_eq!(own.len(), 20 * 20 * 4, "{}", material.name);
        assert!(own.iter().all(|f| (at..at + 20).contains(&(f.x >> 12))), "{} went through a wall", material.name);
        let mean = |value: &dyn Fn(&sim_kernels::particle::Fields) -> i64| {
            own.iter().map(value).sum::<i64>() / own.len() as i64
        };
        // 0.01 cells a substep, and a pool 20 deep that is compressed by less than a tenth.
        let energy = mean(&|f| i64::from(f.vx) * i64::from(f.vx) + i64::from(f.vy) * i64::from(f.vy));
        assert!(energy < 328 * 328, "{} does not rest: {energy}", material.name);
        let height = mean(&|f| i64::from(f.y));
        assert!((9 << 12..=21 << 11).contains(&height), "{}: its middle is {height} / 4096 cells high", material.name);
    }
    let job = StepJob { region: scene.world.rect(), view: true, ..StepJob::default() };
    let view = whole.backend.run_now(Job::Step(job)).expect("steps").view;
    for tile in &view {
        for (i, cell) in tile.cells.iter().enumerate().filter(|(_, cell)| Sample::unpack(**cell).coverage > 64) {
            let x = i32::from(tile.tile[0]) * 16 + i as i32 % 16;
            let code = (x - 4).max(0) / 24;
            let material = &materials::ALL[code as usize];
            if !rises(material) && !ages(material) {
                assert_eq!(i32::from(Sample::unpack(*cell).material), code, "at {x}");
            }
        }
    }
}

#[test]
fn all_of_them_together_give_one_digest() {
    let scene = pools(false);
    let (globals, region) = (scene.globals(), scene.world.rect());
    let run = |threads| {
        let mut backend = CpuBackend::new(Some(threads));
        let load = Load { globals: globals.clone(), region, particles: Vec::new() };
        backend.run_now(Job::Load(load)).expect("loads");
        let commands = (0..60).map(|tick| scene.commands_at(tick).cloned().collect()).collect();
        let job = StepJob { region, commands, digest: true, view: true, ..StepJob::default() };
        let output = backend.run_now(Job::Step(job)).expect("steps");
        (output.digest, output.view)
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn commands_may_name_what_is_registered_and_nothing_else() {
    let world = pools(false).world;
    for code in 0..=255 {
        let fill = Command::Fill { rect: Rect::new(0, 0, 4, 4), material: code };
        assert_eq!(
            fill.is_valid(world),
            usize::from(code) < materials::COUNT && u32::from(code) != materials::AIR,
            "{code}"
        );
    }
}
