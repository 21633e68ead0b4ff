//! Words of state beyond a particle's 16 bytes, with the materials that are there for tests: `tracer`, whose two words
//! nothing may change, and `counter`, whose three words change in every substep.
//!
//! `cargo test -p sim-kernels --features test-material --test words`

mod cpu_common;
#[cfg(feature = "gpu")]
#[allow(dead_code, reason = "each test uses its part")]
mod gpu_common;

use cpu_common::scene;
use sim_kernels::command::{Command, Stroke};
use sim_kernels::constants::{GRAVITY_DEFAULT, HALO_TICK, SUBSTEPS};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::{Digest, hash4};
use sim_kernels::geom::Rect;
use sim_kernels::job::{Backend, Job, Load, StepJob};
use sim_kernels::materials::{self, EXTRA_WORDS, HEAT, reactions};
use sim_kernels::particle::Particle;
use sim_kernels::scene::{Block, Scene};
use std::collections::BTreeSet;

/// A code by its folder's name.
fn code(name: &str) -> u32 {
    materials::ALL.iter().position(|m| m.name == name).expect("it is registered") as u32
}

/// A dam of three materials that breaks over a wall, with commands on the seam.
fn busy() -> Scene {
    let mut scene = scene(96, 64, GRAVITY_DEFAULT, &[Rect::new(0, 0, 96, 2), Rect::new(60, 2, 62, 9)], &[]);
    let stroke = |from, to, radius| Stroke { from, to, radius };
    let tracer = code("tracer") as u8;
    scene.commands = vec![
        (1, Command::Pour { stroke: stroke([40, 50], [60, 52], 2), material: tracer, velocity: [900, -3000] }),
        (2, Command::Push { stroke: stroke([10, 8], [60, 30], 4), velocity: [9000, 3000] }),
        (4, Command::Explode { at: [48, 10], radius: 14, speed: 12000 }),
        (6, Command::Erase(stroke([50, 4], [52, 8], 3))),
        (7, Command::Fill { rect: Rect::new(44, 40, 52, 44), material: code("counter") as u8 }),
    ];
    scene
}

/// A block of all materials in turn that do nothing to each other but by heat. No two tracers have the same words.
fn block() -> Vec<Particle> {
    let mut scene = busy();
    scene.blocks = vec![Block::water(Rect::new(0, 2, 44, 40))];
    let all = scene.particles(scene.world.rect());
    let calm: Vec<u32> = (0..materials::COUNT as u32)
        .filter(|&code| materials::is_poured(code) && !reactions::is_restless(code))
        .collect();
    all.into_iter()
        .enumerate()
        .map(|(i, p)| {
            let mut f = p.unpack();
            f.material = calm[i % calm.len()];
            f.words = materials::initial_words(f.material);
            if f.material == code("tracer") {
                (f.words[0], f.words[1]) = (i as u32, hash4([i as u32, 7, 7, 7])[0]);
            }
            Particle::pack(f).canonical()
        })
        .collect()
}

fn run(backend: &mut dyn Backend, job: Job) -> sim_kernels::job::JobOutput {
    pollster::block_on(backend.run(job)).expect("a good job")
}

/// The scene cut into strips, each on a backend, which exchange bands every second tick: the digest, and all particles.
fn room(shards: i32, ticks: usize, make: &dyn Fn() -> Box<dyn Backend>) -> (Digest, Vec<Particle>) {
    let (scene, k) = (busy(), 2);
    let world = scene.world.rect();
    let cut = |i: i32| scene.world.tiles_x() * i / shards * 16;
    let regions: Vec<Rect> = (0..shards).map(|i| Rect::new(cut(i), 0, cut(i + 1), world.y1)).collect();
    let mut backends: Vec<Box<dyn Backend>> = regions.iter().map(|_| make()).collect();
    for (backend, &region) in backends.iter_mut().zip(&regions) {
        let particles = block().into_iter().filter(|p| region.contains(p.cell().0, p.cell().1)).collect();
        run(backend.as_mut(), Job::Load(Load { globals: scene.globals(), region, particles }));
    }
    let mut last = (Digest::default(), Vec::new());
    for done in (0..ticks).step_by(k) {
        let padded: Vec<Rect> = regions.iter().map(|r| r.grown(HALO_TICK * k as i32).intersect(world)).collect();
        let mut incoming = vec![Vec::new(); regions.len()];
        for (from, backend) in backends.iter_mut().enumerate() {
            let bands = run(backend.as_mut(), Job::Extract(padded.clone())).extracts;
            bands
                .into_iter()
                .enumerate()
                .filter(|(to, _)| *to != from)
                .for_each(|(to, band)| incoming[to].extend(band));
        }
        last = (Digest::default(), Vec::new());
        for ((backend, incoming), &region) in backends.iter_mut().zip(incoming).zip(&regions) {
            let commands = (done..done + k).map(|t| scene.commands_at(t as u64).cloned().collect()).collect();
            let job = StepJob { region, incoming, commands, extract: vec![world], digest: true, view: true };
            let output = run(backend.as_mut(), Job::Step(job));
            let tiles = run(backend.as_mut(), Job::TileDigests(world));
            assert_eq!(output.digest, Some(Digest::of_all(&output.extracts[0])));
            assert_eq!(tiles.digest, output.digest);
            last.0.add(output.digest.expect("asked for"));
            last.1.extend(output.extracts.into_iter().flatten());
        }
    }
    last.1.sort_unstable();
    last
}

fn cpu() -> Box<dyn Backend> {
    Box::new(CpuBackend::new(Some(1)))
}

const TICKS: usize = 16;

#[test]
fn words_ride_along_unchanged_and_over_seams() {
    let (digest, all) = room(1, TICKS, &cpu);
    assert_eq!(room(3, TICKS, &cpu), (digest, all.clone()));
    let of = |particles: &[Particle], name: &str| -> Vec<Particle> {
        particles.iter().filter(|p| p.material() == code(name)).copied().collect()
    };
    let own: BTreeSet<[u32; 2]> = of(&block(), "tracer").iter().map(|p| [p.1[0], p.1[1]]).collect();
    let initial = materials::initial_words(code("tracer"));
    let now = of(&all, "tracer");
    let own_words = |p: &Particle| [p.1[0], p.1[1]];
    let poured = now.iter().filter(|p| own_words(p) == initial[..2]).count();
    let kept: BTreeSet<[u32; 2]> = now.iter().map(own_words).filter(|words| *words != initial[..2]).collect();
    assert!(poured > 100 && kept.len() > own.len() / 2, "{poured} poured, {} kept", kept.len());
    assert!(kept.is_subset(&own), "a word has changed");
    assert_eq!(kept.len() + poured, now.len(), "no two have the same");
    // Some have crossed a seam.
    let first_strip = |p: &Particle| p.cell().0 < 32;
    let moved = |p: &&Particle| kept.contains(&[p.1[0], p.1[1]]) && !first_strip(p);
    let here: BTreeSet<u32> = of(&block(), "tracer").iter().filter(|p| first_strip(p)).map(|p| p.1[0]).collect();
    assert!(now.iter().filter(moved).any(|p| here.contains(&p.1[0])), "none has left the first strip");
    for p in &all {
        assert_eq!(*p, p.canonical(), "what a material does not have is 0");
    }
    let counted = of(&all, "counter");
    let substeps = |p: &Particle| p.1[0];
    assert!(counted.iter().any(|p| substeps(p) == (TICKS * SUBSTEPS as usize) as u32));
    assert!(counted.iter().any(|p| substeps(p) == ((TICKS - 7) * SUBSTEPS as usize) as u32), "those of the fill");
}

#[test]
fn the_digest_holds_a_materials_own_words_and_its_heat_and_no_others() {
    for (code, material) in materials::ALL.iter().enumerate() {
        let at = |word: usize| {
            let mut p = Particle::pack(sim_kernels::particle::Fields { material: code as u32, ..Default::default() });
            if word < EXTRA_WORDS {
                p.1[word] = 1;
            }
            Digest::of(p)
        };
        let bare = at(EXTRA_WORDS);
        let differing: Vec<usize> = (0..EXTRA_WORDS).filter(|&word| at(word) != bare).collect();
        let expected: Vec<usize> = (0..material.family.words().len()).chain([HEAT]).collect();
        assert_eq!(differing, expected, "{}", material.name);
        if material.family.words().is_empty() {
            let p = Particle::pack(sim_kernels::particle::Fields { material: code as u32, ..Default::default() });
            assert_eq!(bare, Digest(hash4(p.0)), "as it was before there were words");
        }
    }
}

#[cfg(feature = "gpu")]
#[test]
fn words_are_the_same_on_a_gpu() {
    gpu_common::on_each_driver("words_are_the_same_on_a_gpu", |context| {
        let gpu =
            || -> Box<dyn Backend> { Box::new(sim_kernels::gpu::GpuBackend::new(context.clone(), Default::default())) };
        let expected = room(1, TICKS, &cpu);
        for shards in [1, 3] {
            let (digest, particles) = room(shards, TICKS, &gpu);
            let differing = particles.iter().zip(&expected.1).find(|(a, b)| a != b);
            assert_eq!(differing.map(|(a, b)| (a.unpack(), b.unpack())), None, "{shards} shards");
            assert_eq!(digest, expected.0, "{shards} shards");
        }
    });
}
