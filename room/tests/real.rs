//! The room with the real kernels on the CPU: water over seams, and what its bands cost.

mod common;

use common::{Net, World, config};
use room::api::{Config, PeerId};
use room::bandcode;
use sim_kernels::command::{Command, Stroke};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::particle::Particle;
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::Real;

/// A block that falls and runs over the seams.
fn scene() -> Scene {
    Scene {
        title: "dam".into(),
        world: WorldSize::new(160, 64).unwrap(),
        gravity: [0, -66],
        terrain: vec![Rect::new(0, 0, 160, 4), Rect::new(0, 0, 4, 64), Rect::new(156, 0, 160, 64)],
        blocks: vec![Block::water(Rect::new(4, 4, 44, 36))],
        commands: vec![
            (10, Command::Push { stroke: Stroke { from: [40, 20], to: [60, 20], radius: 12 }, velocity: [4000, 2000] }),
            (
                25,
                Command::Pour {
                    stroke: Stroke { from: [64, 40], to: [96, 40], radius: 3 },
                    material: 0,
                    velocity: [0, -300],
                },
            ),
            (40, Command::Explode { at: [80, 8], radius: 24, speed: 8000 }),
        ],
    }
}

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
    let insides: u32 = world.peers.values().map(|peer| peer.insides).sum();
    assert_eq!(insides > 0, peers > 1 && ticks < 5, "{insides} steps were begun");
    digest
}

#[test]
fn water_over_seams_has_one_digest() {
    let one = run(1, 1, 0);
    for (peers, ticks, seed) in [(2, 2, 1), (3, 2, 2), (5, 1, 3), (3, 5, 4)] {
        assert_eq!(run(peers, ticks, seed), one, "{peers} peers, {ticks} ticks");
    }
}

/// Bytes a particle of all bands around a seam, and beside it raw and zstd.
#[test]
#[expect(clippy::disallowed_methods, reason = "a measurement, not the room's own time")]
fn bandsize() {
    let scene = Scene {
        world: WorldSize::new(320, 128).unwrap(),
        terrain: vec![
            Rect::new(0, 0, 320, 4),
            Rect::new(0, 0, 4, 128),
            Rect::new(316, 0, 320, 128),
            Rect::new(208, 4, 216, 14),
        ],
        blocks: vec![Block::water(Rect::new(4, 4, 76, 66))],
        commands: vec![],
        ..scene()
    };
    let mut backend = CpuBackend::new(Some(1));
    let region = scene.world.rect();
    let load = Load { globals: scene.globals(), region, particles: scene.particles(region) };
    backend.run_now(Job::Load(load)).unwrap();
    let (mut particles, mut bytes, mut zstd_bytes) = (0, 0, 0);
    let (mut encode_us, mut decode_us) = (0, 0);
    for step in 0..150 {
        let seams = [96, 208];
        let extract =
            seams.iter().flat_map(|&x| [Rect::new(x - 24, 0, x, 128), Rect::new(x, 0, x + 24, 128)]).collect();
        let job = StepJob { region, commands: vec![vec![]; 4], extract, ..StepJob::default() };
        let output = backend.run_now(Job::Step(job)).unwrap();
        if step < 25 {
            continue;
        }
        for band in &output.extracts {
            let start = std::time::Instant::now();
            let code = bandcode::encode(band);
            encode_us += start.elapsed().as_micros();
            let start = std::time::Instant::now();
            let mut back = bandcode::decode(&code).unwrap();
            decode_us += start.elapsed().as_micros();
            let mut sent: Vec<Particle> = band.clone();
            sent.sort_unstable();
            back.sort_unstable();
            assert!(sent == back);
            let raw: Vec<u8> = band.iter().flat_map(|p| p.0).flat_map(u32::to_le_bytes).collect();
            particles += band.len();
            bytes += code.len() + 8;
            zstd_bytes += zstd::bulk::compress(&raw, 3).unwrap().len();
        }
    }
    let per = |n: usize| n as f64 / particles as f64;
    println!("{particles} particles: {:.2} bytes a particle; raw 16, zstd {:.2}", per(bytes), per(zstd_bytes));
    println!(
        "encode {:.0} ns, decode {:.0} ns a particle",
        encode_us as f64 * 1000.0 / particles as f64,
        decode_us as f64 * 1000.0 / particles as f64
    );
    assert!(per(bytes) <= bandcode::PARTICLE_BYTES as f64, "{:.2}", per(bytes));
}
