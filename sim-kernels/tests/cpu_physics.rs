//! Physical sanity of the integer kernels: rest, fall, levels, energy, fronts, beside theory and beside the
//! same method in `f64`. What is printed is docs/physics.md's table: `cargo test --release -p sim-kernels
//! --test cpu_physics -- --nocapture --include-ignored`.

#![allow(clippy::disallowed_methods, reason = "measures in real numbers; nothing of it enters the simulation")]

mod cpu_common;

use cpu_common::twin::{Params, Twin};
use cpu_common::{Whole, scene};
use sim_kernels::constants::{GRAVITY_DEFAULT, SUBSTEPS};
use sim_kernels::geom::Rect;
use sim_kernels::particle::Particle;
use sim_kernels::scene::Scene;

const SECOND: usize = 60;

/// What is measured of a state: from either kind of particle.
struct Sample {
    /// (x, y, vx, vy, j) in cells and cells a substep.
    points: Vec<[f64; 5]>,
}

impl Sample {
    fn of(particles: &[Particle]) -> Self {
        let unit = |p: &Particle| {
            let f = p.unpack();
            let (x, y) = (f64::from(f.x) / 4096.0, f64::from(f.y) / 4096.0);
            [x, y, f64::from(f.vx) / 32768.0, f64::from(f.vy) / 32768.0, f64::from(2048 + f.j) / 4096.0]
        };
        Self { points: particles.iter().map(unit).collect() }
    }

    fn of_twin(twin: &Twin) -> Self {
        Self { points: twin.points.iter().map(|p| [p.x[0], p.x[1], p.v[0], p.v[1], p.j]).collect() }
    }

    fn mean(&self, f: impl Fn(&[f64; 5]) -> f64) -> f64 {
        self.points.iter().map(f).sum::<f64>() / self.points.len() as f64
    }

    fn rms(&self) -> f64 {
        self.mean(|p| p[2] * p[2] + p[3] * p[3]).sqrt()
    }

    /// The surface's height over the columns from `x0` to `x1`, from `floor` up: full rows, and the share of
    /// the topmost that holds at least a tenth of rest density.
    fn surface(&self, x0: f64, x1: f64, floor: f64) -> f64 {
        let mut rows = vec![0.0f64; 1024];
        for p in self.points.iter().filter(|p| p[0] >= x0 && p[0] < x1 && p[1] >= floor) {
            rows[(p[1] - floor) as usize] += 0.25 / (x1 - x0);
        }
        let full = rows.iter().take_while(|&&r| r > 0.5).count();
        full as f64 - 1.0 + (rows[full - 1]).min(1.0) + rows[full].min(1.0)
    }
}

fn fresh(scene: &Scene) -> (Whole, Twin) {
    let whole = Whole::new(scene.clone());
    let particles = scene.particles(scene.world.rect());
    let twin = Twin::new(Params::new(scene.gravity), &whole.globals.terrain, &particles);
    (whole, twin)
}

/// A column from wall to wall: compression, flatness, stillness.
fn column(depth: i32, seconds: usize) -> (Sample, Sample) {
    let height = (depth * 3 / 2 + 15) / 16 * 16;
    let scene = scene(32, height, GRAVITY_DEFAULT, &[], &[Rect::new(0, 0, 32, depth)]);
    let (mut whole, mut twin) = fresh(&scene);
    whole.run(seconds * SECOND);
    (0..seconds * SECOND).for_each(|_| twin.tick());
    (Sample::of(&whole.particles()), Sample::of_twin(&twin))
}

fn print_column(name: &str, depth: f64, s: &Sample) {
    let by_surface = 100.0 * (1.0 - s.surface(0.0, 32.0, 0.0) / depth);
    let by_mass = 100.0 * (1.0 - 2.0 * s.mean(|p| p[1]) / depth);
    println!("| {name} | {depth} | {by_surface:.2} % | {by_mass:.2} % | {:.5} |", s.rms());
}

#[test]
fn a_deep_column_comes_to_rest() {
    let (whole, twin) = column(64, 20);
    println!("| kernel | depth | compression by surface | by centre of mass | rms velocity |\n|---|---|---|---|---|");
    print_column("integer", 64.0, &whole);
    print_column("f64", 64.0, &twin);
    assert!(1.0 - whole.surface(0.0, 32.0, 0.0) / 64.0 <= 0.08);
    assert!(1.0 - 2.0 * whole.mean(|p| p[1]) / 64.0 <= 0.08, "mean compression by the centre of mass");
    assert!(whole.rms() < 0.005, "rms velocity {}", whole.rms());
    // Flat within a cell, and within a cell of the twin, in strips of 4 cells.
    let strips = |s: &Sample| (0..8).map(|i| s.surface(f64::from(i) * 4.0, f64::from(i + 1) * 4.0, 0.0)).collect();
    let (ours, theirs): (Vec<f64>, Vec<f64>) = (strips(&whole), strips(&twin));
    let (low, high) = ours.iter().fold((f64::MAX, 0.0f64), |(l, h), &s| (l.min(s), h.max(s)));
    println!("surface {low:.2} to {high:.2}");
    assert!(high - low <= 1.0, "not flat: {ours:?}");
    assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() <= 1.0), "{ours:?} beside {theirs:?}");
}

#[test]
#[ignore = "printed for the docs"]
fn a_column_of_128() {
    let (whole, twin) = column(128, 20);
    print_column("integer", 128.0, &whole);
    print_column("f64", 128.0, &twin);
}

#[test]
fn a_fall_of_64_cells() {
    let scene = scene(32, 96, GRAVITY_DEFAULT, &[], &[Rect::new(12, 64, 20, 72)]);
    let (mut whole, _) = fresh(&scene);
    let lowest = |particles: &[Particle]| particles.iter().map(|p| p.unpack().y).min().unwrap() >> 12;
    let ticks = (1..200).find(|_| {
        whole.run(1);
        lowest(&whole.particles()) == 0
    });
    let seconds = ticks.unwrap() as f64 / SECOND as f64;
    println!("a fall of 64 cells: {seconds:.3} s ({} substeps)", ticks.unwrap() * SUBSTEPS);
    assert!(seconds <= 1.2);
}

/// Two arms over a passage, filled to different heights.
fn u_tube() -> Scene {
    let liquid = [Rect::new(0, 0, 24, 56), Rect::new(24, 0, 72, 12), Rect::new(72, 0, 96, 24)];
    scene(96, 80, GRAVITY_DEFAULT, &[Rect::new(24, 12, 72, 80)], &liquid)
}

#[test]
fn the_levels_of_a_u_tube_become_equal() {
    let (mut whole, _) = fresh(&u_tube());
    for second in 1..=60 {
        whole.run(SECOND);
        if second % 10 == 0 {
            let s = Sample::of(&whole.particles());
            let (left, right) = (s.surface(0.0, 24.0, 0.0), s.surface(72.0, 96.0, 0.0));
            println!("u-tube after {second} s: {left:.2} and {right:.2}, rms {:.4}", s.rms());
        }
    }
    let s = Sample::of(&whole.particles());
    let (left, right) = (s.surface(0.0, 24.0, 0.0), s.surface(72.0, 96.0, 0.0));
    assert!((left - right).abs() <= 1.0, "{left} and {right}");
    // 40 is the mean of both arms; a compressed liquid stands a little lower.
    assert!((left - 40.0).abs() <= 3.0, "{left}");
}

/// Kinetic, potential and elastic energy a particle; the elastic part integrates the law of state:
/// with S = K (1 - J) and p V = S / 4 per mass, E = K / 4 (-ln J - (1 - J)).
fn energy(s: &Sample) -> f64 {
    let (k, g) = (f64::from(sim_kernels::materials::water::LAW.stiffness) / 16.0, f64::from(GRAVITY_DEFAULT) / 32768.0);
    s.mean(|p| {
        let elastic = if p[4] < 1.0 { k / 4.0 * (-p[4].ln() - (1.0 - p[4])) } else { 0.0 };
        (p[2] * p[2] + p[3] * p[3]) / 2.0 + g * p[1] + elastic
    })
}

#[test]
fn energy_never_rises_above_the_start() {
    let scene = scene(48, 48, GRAVITY_DEFAULT, &[], &[Rect::new(0, 0, 16, 32)]);
    let (mut whole, _) = fresh(&scene);
    let start = energy(&Sample::of(&whole.particles()));
    let mut highest = 0.0f64;
    for _ in 0..500 {
        whole.run(20);
        highest = highest.max(energy(&Sample::of(&whole.particles())) / start);
    }
    let last = energy(&Sample::of(&whole.particles())) / start;
    println!("energy over 10,000 ticks: at most {:.4} of the start, {last:.4} at the end", highest);
    assert!(highest <= 1.005, "{highest}");
    // The water lies 10.7 cells deep in the end: a third of the height, and compressed by next to nothing.
    assert!((last - 1.0 / 3.0).abs() < 0.03, "{last}");
}

#[test]
fn a_dam_breaks_as_ritter_says() {
    let depth = 16;
    let scene = scene(256, 32, GRAVITY_DEFAULT, &[], &[Rect::new(0, 0, 96, depth)]);
    let (mut whole, mut twin) = fresh(&scene);
    let front = |s: &Sample| {
        let mut x: Vec<f64> = s.points.iter().map(|p| p[0]).collect();
        x.sort_by(f64::total_cmp);
        x[x.len() - 1 - x.len() / 200]
    };
    let speed = 2.0 * (f64::from(GRAVITY_DEFAULT) / 32768.0 * f64::from(depth)).sqrt() * f64::from(SUBSTEPS);
    println!("| time (s) | Ritter's front | integer | f64 |\n|---|---|---|---|");
    for quarter in 1..=6 {
        whole.run(SECOND / 4);
        (0..SECOND / 4).for_each(|_| twin.tick());
        let theory = speed * (quarter * SECOND / 4) as f64;
        let (ours, theirs) = (front(&Sample::of(&whole.particles())) - 96.0, front(&Sample::of_twin(&twin)) - 96.0);
        println!("| {:.2} | {theory:.1} | {ours:.1} | {theirs:.1} |", quarter as f64 / 4.0);
        // Ritter's tip is infinitely thin, and the first moments are a collapse, not a shallow flow.
        assert!((ours - theirs).abs() <= 1.0 + 0.03 * theory, "{ours} beside {theirs}");
        if quarter >= 4 {
            assert!((0.45..1.0).contains(&(ours / theory)), "{ours} beside {theory}");
        }
    }
}

#[test]
fn rounding_does_not_make_the_volume_drift() {
    // A dam breaks, sloshes for 30 s, and is then watched for a minute.
    let scene = scene(96, 48, GRAVITY_DEFAULT, &[], &[Rect::new(0, 0, 32, 36)]);
    let (mut whole, _) = fresh(&scene);
    let mut level = |seconds: usize| {
        whole.run(seconds * SECOND);
        let s = Sample::of(&whole.particles());
        (2.0 * s.mean(|p| p[1]), s.surface(0.0, 96.0, 0.0), s.mean(|p| p[4]))
    };
    let (early, late) = (level(30), level(60));
    println!("12 cells deep: twice the centre of mass, surface, mean J: {early:.3?} after 30 s, {late:.3?} after 90 s");
    assert!((late.0 - 12.0).abs() < 0.36 && (late.0 - early.0).abs() < 0.12, "{early:?} {late:?}");
    assert!((late.2 - early.2).abs() < 0.005, "J itself drifts: {early:?} {late:?}");
}
