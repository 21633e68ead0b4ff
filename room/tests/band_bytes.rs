//! How many bytes a particle of each material takes in a band: while it falls, as it splashes, and at rest.
//! `cargo test --release -p room --test band_bytes -- --nocapture` prints docs/materials.md's table.

use room::bandcode;
use sim_kernels::command::Command;
use sim_kernels::constants::GRAVITY_DEFAULT;
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::Globals;
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::materials;
use sim_kernels::particle::Particle;

/// A band's columns of cells.
const BAND: Rect = Rect { x0: 36, y0: 0, x1: 60, y1: 64 };

/// What lies in the band at some ticks after a block of a material begins to fall.
fn bands(material: u8, ticks: &[usize]) -> Vec<Vec<Particle>> {
    let world = WorldSize::new(96, 64).expect("a good size");
    let mut globals = Globals::new(world);
    globals.gravity = [0, -GRAVITY_DEFAULT];
    let mut backend = CpuBackend::new(Some(1));
    let region = world.rect();
    backend.run_now(Job::Load(Load { globals, region, particles: Vec::new() })).expect("loads");
    let mut fill = vec![Command::Fill { rect: Rect::new(24, 24, 72, 40), material }];
    let mut done = 0;
    let band = |&tick: &usize| {
        let mut commands = vec![Vec::new(); tick - done];
        commands[0].append(&mut fill);
        done = tick;
        backend.run_now(Job::Step(StepJob { region, commands, ..Default::default() })).expect("steps");
        backend.run_now(Job::Extract(vec![BAND])).expect("extracts").extracts.remove(0)
    };
    ticks.iter().map(band).collect()
}

#[test]
fn a_band_of_each_material_is_small() {
    println!("| material | falling | splashing | at rest |\n|---|---|---|---|");
    let known = (0..64u32).filter(|&code| materials::is_poured(code));
    for row in known.map(materials::material) {
        let code = materials::named(row.name).expect("it is registered");
        let mut all = bands(code, &[20, 60, 1200]);
        assert!(all[0].len() > 200, "{}: {}", row.name, all[0].len());
        // Fire and smoke are gone after a while, and gases rise out of the band.
        all.retain(|particles| particles.len() > 200);
        let sizes = all.iter().map(|particles| {
            let bytes = bandcode::encode(particles);
            let mut sorted = bandcode::decode(&bytes).expect("it is a band");
            let mut wanted = particles.clone();
            sorted.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(sorted, wanted, "{}", row.name);
            bytes.len() as f64 / particles.len() as f64
        });
        let sizes: Vec<f64> = sizes.collect();
        let shown: Vec<String> = sizes.iter().map(|size| format!("{size:.1}")).collect();
        println!("| {} | {} |", row.name, shown.join(" | "));
        // What plans reckon with before they know.
        assert!(sizes.iter().all(|&size| size <= bandcode::PARTICLE_BYTES as f64), "{}: {sizes:?}", row.name);
    }
}
