//! Digests by tile: they add up to the region's, and name exactly the tiles that changed.

use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::{Digest, TileDigest};
use sim_kernels::geom::Rect;
use sim_kernels::golden;
use sim_kernels::job::Job;
use sim_kernels::particle::Particle;

#[test]
fn they_add_up_and_follow_the_rectangle() {
    let mut backend = CpuBackend::new(Some(1));
    let mut last = None;
    for job in golden::WATER.jobs().0 {
        last = backend.run_now(job).expect("runs").digest;
    }
    let world = golden::WATER.scene().world.rect();
    let particles = backend.run_now(Job::Extract(vec![world])).expect("extracts").extracts.remove(0);
    let all = backend.run_now(Job::TileDigests(world)).expect("answers");
    assert_eq!(all.digest, last, "the tiles' sum is the region's digest");
    assert_eq!(all.particles as usize, particles.len());
    // One that cuts tiles and leaves the world, and one that holds nothing.
    for rect in [Rect::new(-7, 5, 41, 2000), Rect::new(20, 20, 20, 30)] {
        let part = backend.run_now(Job::TileDigests(rect)).expect("answers");
        assert_eq!(part.tile_digests, TileDigest::of_all(&particles, rect));
        assert_eq!(part.digest, Some(TileDigest::sum(&part.tile_digests)));
    }
    // It changed nothing.
    assert_eq!(backend.run_now(Job::TileDigests(world)).expect("answers").tile_digests, all.tile_digests);
}

#[test]
fn they_name_the_tiles_that_differ() {
    let scene = golden::WATER.scene();
    let world = scene.world.rect();
    let particles = scene.particles(world);
    let before = TileDigest::of_all(&particles, world);
    assert_eq!(TileDigest::sum(&before), Digest::of_all(&particles));
    assert!(TileDigest::differing(&before, &before).is_empty());

    // A bit of one particle, and another one that is gone from one tile and new in an empty one.
    let mut changed = particles.clone();
    let at = |x: i32, y: i32| particles.iter().position(|p| p.cell() == (x, y)).expect("water lies there");
    changed[at(20, 20)].0[2] ^= 1;
    let (from, mut f) = (at(81, 41), particles[at(81, 41)].unpack());
    f.x = 120 << 12;
    changed[from] = Particle::pack(f);
    let after = TileDigest::of_all(&changed, world);
    let expected = vec![[1, 1], [5, 2], [7, 2]];
    assert_eq!(TileDigest::differing(&before, &after), expected);
    assert_eq!(TileDigest::differing(&after, &before), expected);
}
