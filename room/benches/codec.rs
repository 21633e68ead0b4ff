//! What the room's codes cost: the particles of a band, and messages as they are on the wire.
//!
//! `cargo bench --package room`

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use room::wire::Kind;
use room::{bandcode, wire};
use sim_kernels::geom::Rect;
use sim_kernels::golden;
use sim_kernels::particle::Particle;

fn main() {
    divan::main();
}

/// The water of the golden scene at its start, or a piece of it, over and over until there are as many.
fn water(particles: usize) -> Vec<Particle> {
    let scene = golden::WATER.scene();
    let all = scene.particles(Rect::new(0, 0, scene.world.width, scene.world.height));
    all.into_iter().cycle().take(particles).collect()
}

#[divan::bench(args = [1_000, 30_000])]
fn band_encode(bencher: Bencher<'_, '_>, particles: usize) {
    let water = water(particles);
    bencher.counter(ItemsCount::new(particles)).bench_local(|| bandcode::encode(&water));
}

#[divan::bench(args = [1_000, 30_000])]
fn band_decode(bencher: Bencher<'_, '_>, particles: usize) {
    let bytes = bandcode::encode(&water(particles));
    bencher.counter(ItemsCount::new(particles)).bench_local(|| bandcode::decode(&bytes).expect("decodes"));
}

/// A message of each kind. Each is read again, so that what is measured is not how soon nonsense is refused.
fn messages() -> Vec<Vec<u8>> {
    let all: Vec<Vec<u8>> = Kind::all()
        .map(|kind| {
            let (message, payload) = kind.sample();
            wire::encode(&message, &payload)
        })
        .collect();
    assert!(!all.is_empty() && all.iter().all(|bytes| wire::decode(bytes).is_ok()), "samples are good messages");
    all
}

#[divan::bench]
fn wire_decode(bencher: Bencher<'_, '_>) {
    let all = messages();
    let bytes: usize = all.iter().map(Vec::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| all.iter().filter(|m| wire::decode(m).is_ok()).count());
}

#[divan::bench]
fn wire_encode(bencher: Bencher<'_, '_>) {
    let bytes = messages();
    let all: Vec<_> = bytes.iter().map(|m| wire::decode(m).expect("kept for that")).collect();
    let length: usize = bytes.iter().map(Vec::len).sum();
    bencher
        .counter(BytesCount::new(length))
        .bench_local(|| all.iter().map(|(message, payload)| wire::encode(message, payload).len()).sum::<usize>());
}
