//! Heat: what one gives another gets, ice melts, water boils and steam comes down again, lava and water make stone and
//! steam.

mod cpu_common;

use cpu_common::measure::{blocks, code, count, upright};
use cpu_common::{Whole, scene};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::constants::GRAVITY_DEFAULT;
use sim_kernels::geom::Rect;
use sim_kernels::materials::{self, heat};
use sim_kernels::particle::Particle;

/// The enthalpy of all, in sixteenths of a degree of water.
fn enthalpy(particles: &[Particle]) -> i64 {
    particles.iter().map(|p| i64::from(heat::enthalpy(&p.unpack()))).sum()
}

/// The mean of something over a material's particles.
fn mean(particles: &[Particle], name: &str, of: &dyn Fn(&Particle) -> f64) -> f64 {
    let own: Vec<f64> = particles.iter().filter(|p| p.material() == u32::from(code(name))).map(of).collect();
    own.iter().sum::<f64>() / own.len().max(1) as f64
}

fn height(p: &Particle) -> f64 {
    f64::from(p.unpack().y) / 4096.0
}

/// Celsius.
fn degrees(p: &Particle) -> f64 {
    let f = p.unpack();
    20.0 + f64::from(materials::thermal(f.material).temperature(heat::enthalpy(&f))) / 16.0
}

/// In a full box, where nothing sinks and leaves a gap for air, heat goes nowhere but from one to another: after a minute
/// there is as much as before.
#[test]
fn what_one_gives_another_gets() {
    let (lava, sand) = (Rect::new(0, 0, 32, 16), Rect::new(0, 16, 32, 32));
    let mut whole = blocks(32, 32, [0, 0], &[("sand", sand), ("lava", lava)]);
    whole.run(1);
    let before = enthalpy(&whole.particles());
    whole.run(60 * 60);
    let (after, all) = (enthalpy(&whole.particles()), whole.particles());
    let drift = (after - before) as f64 / before as f64;
    let sand = mean(&all, "sand", &degrees);
    println!("{before} to {after}: {:.4} %; the sand is {sand:.0} degrees warm", drift * 100.0);
    assert!(sand > 200.0 && drift.abs() < 5e-4, "{drift} {sand}");
}

/// What ice takes to melt is what the water around it gives.
#[test]
fn ice_melts_by_the_heat_of_the_water() {
    let mut whole = blocks(48, 32, [0, 0], &[("ice", Rect::new(16, 10, 32, 18)), ("water", Rect::new(0, 0, 48, 32))]);
    whole.run(1);
    let before = whole.particles();
    whole.run(40 * 60);
    let after = whole.particles();
    let melted = count(&before, "ice") - count(&after, "ice");
    // To 0 degrees, and through the plateau.
    let took = melted as f64 * (1920 - 320) as f64;
    let error = (enthalpy(&after) - enthalpy(&before)) as f64 / took;
    println!("{melted} melted; error {:.3} %; the water is at {:.1}", error * 100.0, mean(&after, "water", &degrees));
    assert!(melted > 300 && error.abs() < 0.01, "{melted} {error}");
    assert!(mean(&after, "ice", &degrees).abs() < 1.0);
}

#[test]
fn lava_in_water_makes_stone_and_steam_that_rains() {
    let mut whole =
        blocks(64, 64, upright(), &[("water", Rect::new(0, 0, 64, 16)), ("lava", Rect::new(24, 24, 36, 36))]);
    whole.run(1);
    let begun = whole.particles();
    assert!(count(&begun, "lava") > 500 && count(&begun, "steam") == 0);
    whole.run(8 * 60);
    let soon = whole.particles();
    let (stone, steam) = (count(&soon, "stone"), count(&soon, "steam"));
    println!("{stone} stone, {steam} steam, {} lava", count(&soon, "lava"));
    assert!(stone > 400 && steam > 100, "{stone} {steam}");
    assert!(mean(&soon, "steam", &height) > mean(&soon, "water", &height) + 8.0, "steam rises");
    whole.run(60 * 60);
    let late = whole.particles();
    println!("{} steam", count(&late, "steam"));
    assert_eq!((late.len(), count(&late, "lava")), (begun.len(), 0));
    assert!(count(&late, "steam") < steam / 3, "and is water again");
}

/// A stroke that cools makes ice of water, one that warms makes lava of stone, and where nobody was nothing changes.
#[test]
fn strokes_warm_and_cool() {
    let (water, stone) = (Rect::new(0, 0, 32, 16), Rect::new(40, 0, 56, 16));
    let mut whole = blocks(64, 32, upright(), &[("water", water), ("stone", stone)]);
    let warm = |at: [i32; 2], by: i32| (1, Command::Warm { stroke: Stroke::dab(at, 5), by });
    whole.scene.commands.extend([warm([10, 6], -2000), warm([47, 7], 16384)]);
    whole.run(3);
    let all = whole.particles();
    println!("{} ice, {} lava", count(&all, "ice"), count(&all, "lava"));
    let near = |p: &&Particle, x: i32, y: i32| {
        let (cx, cy) = p.cell();
        (cx - x).pow(2) + (cy - y).pow(2) <= 4
    };
    assert!(count(&all, "ice") > 150 && count(&all, "lava") > 100);
    assert!(all.iter().filter(|p| near(p, 10, 6)).all(|p| p.material() == u32::from(code("ice"))));
    assert!(all.iter().filter(|p| near(p, 47, 7)).all(|p| p.material() == u32::from(code("lava"))));
    assert!(all.iter().filter(|p| p.cell().0 > 20 && p.cell().0 < 32).all(|p| p.heat() == 0));
}

/// A mix that is as warm as the air computes the same with heat as without.
#[test]
fn no_heat_is_as_if_there_were_none() {
    let rect = Rect::new;
    let run = |warm: bool| {
        let mut blocks = vec![
            ("water", rect(0, 0, 40, 20)),
            ("stone", rect(4, 24, 12, 30)),
            ("oil", rect(16, 22, 30, 34)),
            ("jelly", rect(32, 24, 40, 40)),
            ("sand", rect(40, 0, 56, 30)),
        ];
        if warm {
            blocks.push(("ice", rect(88, 0, 92, 4)));
        }
        let mut scene = scene(96, 48, GRAVITY_DEFAULT, &[rect(80, 0, 84, 48)], &[]);
        scene.commands = blocks.iter().map(|&(name, rect)| (0, Command::Fill { rect, material: code(name) })).collect();
        let mut whole = Whole::new(scene);
        whole.run(120);
        let all = whole.particles();
        all.into_iter().filter(|p| p.cell().0 < 80).collect::<Vec<_>>()
    };
    let (with, without) = (run(true), run(false));
    assert!(with.len() > 5000 && with == without);
}
