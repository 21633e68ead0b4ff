//! Particles with words of state beyond 16 bytes in bands, saves and rooms, with the materials that are there for
//! tests.
//!
//! `cargo test -p room --features test-material --test extra_words`
#![cfg(feature = "test-material")]

mod common;

use common::{Net, World, config};
use room::api::{Config, PeerId};
use room::bandcode;
use room::save::{self, Save};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::{Digest, hash4};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::materials;
use sim_kernels::particle::Particle;
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::Real;

fn code(name: &str) -> u8 {
    materials::named(name).expect("it is registered")
}

/// A block of water that falls, and some of each other material on its way over the seams.
fn scene() -> Scene {
    let line = |from, to, radius| Stroke { from, to, radius };
    let pour = |material| Command::Pour { stroke: line([64, 40], [96, 40], 3), material, velocity: [0, -300] };
    Scene {
        title: "dam".into(),
        world: WorldSize::new(160, 64).unwrap(),
        gravity: [0, -66],
        terrain: vec![Rect::new(0, 0, 160, 4), Rect::new(0, 0, 4, 64), Rect::new(156, 0, 160, 64)],
        blocks: vec![Block::water(Rect::new(4, 4, 44, 36))],
        commands: vec![
            (5, Command::Fill { rect: Rect::new(50, 4, 90, 12), material: code("tracer") }),
            (10, Command::Push { stroke: line([40, 20], [60, 20], 12), velocity: [4000, 2000] }),
            (25, pour(code("counter"))),
            (40, Command::Explode { at: [80, 8], radius: 24, speed: 8000 }),
        ],
    }
}

/// All kinds of words, those of neighbours alike and not.
fn particles() -> Vec<Particle> {
    let all = scene().particles(scene().world.rect());
    let with = |(i, p): (usize, Particle)| {
        let mut f = p.unpack();
        f.material = (i % materials::COUNT) as u32;
        f.words = std::array::from_fn(|k| match i % 4 {
            0 => hash4([i as u32, k as u32, 1, 1])[0],
            1 => u32::MAX * (i as u32 / 4 % 2),
            _ => 0x0001_0000 + i as u32 * k as u32,
        });
        Particle::pack(f).canonical()
    };
    all.into_iter().enumerate().map(with).collect()
}

#[test]
fn bands_carry_them() {
    let mut sent = particles();
    let code = bandcode::encode(&sent);
    let mut came = bandcode::decode(&code).unwrap();
    sent.sort_unstable();
    came.sort_unstable();
    assert_eq!(came, sent);
    // Water costs what it did: the others' words are not there, nor heat, where none has any.
    let water = |p: &Particle| Particle::pack(sim_kernels::particle::Fields { material: 0, ..p.unpack() });
    let bare = |p: &Particle| Particle::bare(water(p).0);
    let water: Vec<Particle> = sent.iter().map(bare).collect();
    assert!(water.iter().all(|p| p.words().is_empty() && p.1.iter().all(|&word| word == 0)));
    assert!(bandcode::encode(&water).len() + sent.len() < code.len());
}

/// Plans reckon with no less than a band of a moving mix costs.
#[test]
fn what_plans_reckon_with_holds_of_a_mix() {
    let (scene, mut backend) = (scene(), CpuBackend::new(Some(1)));
    let region = scene.world.rect();
    let load = Load { globals: scene.globals(), region, particles: scene.particles(region) };
    backend.run_now(Job::Load(load)).unwrap();
    let mut mixed = 0;
    for tick in 0..60 {
        let due = scene.commands.iter().filter(|c| c.0 == tick).map(|c| c.1.clone()).collect();
        let job = StepJob { region, commands: vec![due], extract: vec![region], ..StepJob::default() };
        let all = backend.run_now(Job::Step(job)).unwrap().extracts.remove(0);
        mixed = all.iter().filter(|p| !p.words().is_empty()).count();
        let bytes = bandcode::encode(&all).len() as u64;
        assert!(bytes <= bandcode::PARTICLE_BYTES * all.len() as u64, "{bytes} bytes, {} particles", all.len());
    }
    assert!(mixed > 1000, "{mixed}");
}

#[test]
fn saves_carry_them() {
    let (scene, all) = (scene(), particles());
    let globals = scene.globals();
    let strips = [(0, 5), (5, 10)].map(|(from, to)| {
        let rect = Rect::new(from * 16, 0, to * 16, 64);
        (to as u16, all.iter().filter(|p| rect.contains(p.cell().0, p.cell().1)).copied().collect())
    });
    let read = save::decode(Save::of(&scene, &globals, &strips).unwrap()).unwrap();
    let mut came = read.particles(scene.world.rect());
    let mut sent = all;
    came.sort_unstable();
    sent.sort_unstable();
    assert_eq!(came, sent);
    let mut digest = Digest::of_all(&sent);
    digest.add(globals.digest());
    assert_eq!(read.head().digest, digest);
}

/// The digest at the end of a room of so many peers.
fn run(peers: u32, ticks: u32, seed: u64) -> Digest {
    let net = Net { seed, ..Net::default() };
    let mut world = World::new(net, Real::boxed);
    let end_tick = Some(73);
    world.join(Config { wait_for: peers, superstep_ticks: ticks, end_tick, ..config(1, Some(&scene())) });
    for id in 2..=u128::from(peers) {
        world.join(Config { superstep_ticks: ticks, end_tick, ..config(id, None) });
    }
    let digest = world.digest_at(73);
    assert!(world.peers[&PeerId(1)].status.particles > 5000);
    digest
}

#[test]
fn they_have_one_digest_over_seams() {
    let one = run(1, 1, 0);
    assert_eq!(one, sim_kernels::golden::alone(&scene(), 73).unwrap());
    for (peers, ticks, seed) in [(2, 2, 1), (3, 5, 4)] {
        assert_eq!(run(peers, ticks, seed), one, "{peers} peers, {ticks} ticks");
    }
}
