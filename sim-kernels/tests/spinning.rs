//! A body that turns in free space goes on as it is: it never gains energy.

#![allow(clippy::disallowed_methods, reason = "measures in real numbers; nothing of it enters the simulation")]

mod cpu_common;

use cpu_common::Whole;
use cpu_common::measure::{at, blocks};
use sim_kernels::geom::Rect;
use sim_kernels::job::{Job, Load};
use sim_kernels::particle::Particle;

/// Radius of the disc, in cells.
const RADIUS: f64 = 20.0;

/// How fast particles turn about their middle, in turns a second, and twice their energy by their mass.
fn measured(particles: &[Particle]) -> [f64; 2] {
    let n = particles.len() as f64;
    let speed = |p: &Particle| {
        let f = p.unpack();
        [f64::from(f.vx) / 32768.0, f64::from(f.vy) / 32768.0]
    };
    let mean = |of: &dyn Fn(&Particle) -> f64| particles.iter().map(of).sum::<f64>() / n;
    let middle = [0, 1].map(|axis| mean(&|p| at(p)[axis]));
    let drift = [0, 1].map(|axis| mean(&|p| speed(p)[axis]));
    let around = |p: &Particle| {
        let ([x, y], [u, v]) = (at(p), speed(p));
        ([x - middle[0], y - middle[1]], [u - drift[0], v - drift[1]])
    };
    let turn = mean(&|p| {
        let ([x, y], [u, v]) = around(p);
        x * v - y * u
    });
    let square = mean(&|p| {
        let ([x, y], _) = around(p);
        x * x + y * y
    });
    let energy = mean(&|p| {
        let (_, [u, v]) = around(p);
        u * u + v * v
    });
    [turn / square * 240.0 / std::f64::consts::TAU, energy]
}

/// A disc that turns so often a second, in a world without weight.
fn disc(name: &str, turns: f64) -> Whole {
    let mut whole = blocks(128, 128, [0, 0], &[(name, Rect::new(40, 40, 88, 88))]);
    whole.run(1);
    let w = turns * std::f64::consts::TAU / 240.0;
    let turning = |p: Particle| {
        let [x, y] = at(&p).map(|v| v - 64.0);
        let mut f = p.unpack();
        (f.vx, f.vy) = ((-w * y * 32768.0).round() as i32, (w * x * 32768.0).round() as i32);
        let d = (w * 256.0).round() as i32;
        f.d = [0, -d, d, 0];
        (x.hypot(y) <= RADIUS).then(|| Particle::pack(f))
    };
    let particles = whole.particles().into_iter().filter_map(turning).collect();
    let load = Load { globals: whole.globals.clone(), region: whole.scene.world.rect(), particles };
    whole.backend.run_now(Job::Load(load)).expect("loads");
    whole
}

#[test]
fn a_disc_that_turns_gains_no_energy() {
    for name in ["wood", "jelly", "steel"] {
        for turns in [0.06, 0.09, 0.13, 0.25] {
            let mut whole = disc(name, turns);
            let [begun, energy] = measured(&whole.particles());
            let mut before = energy;
            for seconds in [5, 10] {
                whole.run(300);
                let [turns, now] = measured(&whole.particles());
                println!("{name}, {begun:.3} turns a second, after {seconds} s {turns:.3}, energy {:.3}", now / energy);
                assert!(now <= before * 1.002, "{name} at {begun}: {now} {before}");
                before = now;
            }
            // It goes on turning, too.
            assert!(before > energy * 0.6, "{name} at {begun}");
        }
    }
}
