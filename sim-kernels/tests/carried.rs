//! What is carried: it is where its words say, whatever is around; liquid stays outside it; and what it stirs stays bounded.
#![allow(clippy::disallowed_methods, reason = "measures in real numbers; nothing of it enters the simulation")]

mod cpu_common;

use cpu_common::{Whole, measure::SECOND, scene};
use sim_kernels::command::{BRUSH_RADIUS_MAX, Command, Slider, Stroke, Wheel};
use sim_kernels::constants::{GRAVITY_DEFAULT, SUBSTEPS};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::Globals;
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::materials::{PISTON, VANE, WATER, carriage};
use sim_kernels::particle::{Fields, Particle};
use std::f64::consts::TAU;

/// Those of a material.
fn of(whole: &mut Whole, material: u32) -> Vec<Fields> {
    whole.particles().iter().map(|p| p.unpack()).filter(|f| f.material == material).collect()
}

/// Kinetic energy, in masses of a particle of water times (cells a substep) squared.
fn motion(all: &[Fields]) -> f64 {
    let square = |v: i32| (f64::from(v) / 32768.0).powi(2);
    all.iter().map(|f| (square(f.vx) + square(f.vy)) / 2.0).sum()
}

/// Cells.
fn cells(v: i32) -> f64 {
    f64::from(v) / 4096.0
}

/// Where its words say that something is, in real numbers.
fn place(f: &Fields, substep: u64) -> [f64; 2] {
    let rate = f.words[0] as i32 >> 22;
    let cell = [(f.words[0] & 0xfff) as f64, (f.words[0] >> 12 & 0x3ff) as f64];
    let halves = [f.words[1] as i16, (f.words[1] >> 16) as i16];
    let (s, c) = ((f64::from(rate) * substep as f64 / 65536.0).fract() * TAU).sin_cos();
    if f.material == u32::from(PISTON) {
        return [0, 1].map(|k| cell[k] + f64::from(halves[k] & 63) / 64.0 + f64::from(halves[k] >> 6) / 8.0 * s);
    }
    let [x, y] = halves.map(|half| f64::from(half) / 512.0);
    [cell[0] + 0.5 + x * c - y * s, cell[1] + 0.5 + x * s + y * c]
}

/// Two wheels and a wall that slides, in a pool.
fn machines() -> Whole {
    let mut whole =
        Whole::new(scene(144, 96, GRAVITY_DEFAULT, &[Rect::new(0, 0, 144, 4)], &[Rect::new(0, 4, 144, 40)]));
    let wheel = |centre, radius, vanes, rate| Command::Turn(Wheel { centre, radius, vanes, rate });
    let slider = Slider { rect: Rect::new(100, 4, 104, 90), sway: [96, 0], rate: 250 };
    whole.scene.commands = vec![
        (0, wheel([40, 40], 24, 4, 200)),
        (3, wheel([80, 70], 10, 0, -511)),
        (7, Command::Slide(slider)),
        (9, Command::Push { stroke: Stroke::dab([40, 40], 30), velocity: [9000, -9000] }),
        (11, Command::Explode { at: [100, 40], radius: 20, speed: 16384 }),
    ];
    whole
}

#[test]
fn it_is_where_its_words_say_whatever_pushes_it() {
    let mut whole = machines();
    for ticks in [1, 7, 1, 3, 48, 600] {
        whole.run(ticks);
        let substep = whole.globals.tick * SUBSTEPS as u64;
        for material in [VANE, PISTON].map(u32::from) {
            for f in of(&mut whole, material) {
                let pose = carriage(material).and_then(|law| law.pose(&f.words, substep as u32)).expect("it goes");
                assert_eq!(([f.x, f.y], [f.vx, f.vy]), (pose.at, pose.velocity), "{ticks}");
                let [x, y] = place(&f, substep);
                assert!((cells(f.x) - x).abs() < 0.005 && (cells(f.y) - y).abs() < 0.005, "{x} {y}: {f:?}");
            }
        }
    }
    // Hubs and vanes; a disc; what slides.
    let wheels = of(&mut whole, u32::from(VANE)).len();
    assert_eq!([wheels, of(&mut whole, u32::from(PISTON)).len()], [1844 + 1268, 4 * 4 * 86]);
}

#[test]
fn it_does_not_drift_in_a_million_substeps() {
    let mut whole = Whole::new(scene(32, 32, 0, &[], &[]));
    whole.scene.commands = vec![(0, Command::Turn(Wheel { centre: [16, 16], radius: 3, vanes: 2, rate: 509 }))];
    whole.run(1);
    let words = |all: Vec<Fields>| {
        let mut words: Vec<_> = all.iter().map(|f| f.words).collect();
        words.sort_unstable();
        words
    };
    let begun = words(of(&mut whole, u32::from(VANE)));
    for _ in 0..250 {
        whole.run(1000);
    }
    let substep = whole.globals.tick * SUBSTEPS as u64;
    assert!(substep > 1_000_000);
    let all = of(&mut whole, u32::from(VANE));
    for f in &all {
        let [x, y] = place(f, substep);
        assert!((cells(f.x) - x).abs() < 0.002 && (cells(f.y) - y).abs() < 0.002, "{x} {y}: {f:?}");
    }
    assert_eq!(words(all), begun);
}

#[test]
fn what_begins_late_begins_where_it_is() {
    // 1,000,000 substeps and more have gone, and a count of them that wraps.
    for tick in [250_000, (1 << 30) - 1, (1 << 34) + 12_345] {
        let mut globals = Globals::new(WorldSize::new(96, 64).expect("a valid size"));
        globals.tick = tick;
        let region = globals.size().rect();
        let mut backend = CpuBackend::new(Some(1));
        backend.run_now(Job::Load(Load { globals, region, particles: Vec::new() })).expect("loads");
        let wheel = Wheel { centre: [30, 30], radius: 20, vanes: 3, rate: -250 };
        let step = |commands| {
            Job::Step(StepJob { region, commands: vec![commands], extract: vec![region], ..StepJob::default() })
        };
        let first = backend.run_now(step(vec![Command::Turn(wheel)])).expect("steps").extracts.remove(0);
        // Half a cell a substep: after four it is two cells on, and still its own shape.
        let near = |p: &Particle| (-2..=2).any(|y| (-2..=2).any(|x| wheel.covers(p.cell().0 + x, p.cell().1 + y)));
        assert!(first.len() > 1000 && first.iter().all(near), "{tick}");
        let number = (tick as u32).wrapping_add(1).wrapping_mul(SUBSTEPS as u32);
        for f in first.iter().map(|p| p.unpack()) {
            let pose = carriage(f.material).and_then(|law| law.pose(&f.words, number)).expect("it goes");
            assert_eq!([f.x, f.y], pose.at, "{tick}");
        }
    }
}

/// Of the water, how many are beyond a wall, and how many in it.
fn beyond(whole: &mut Whole, wall: f64, thick: f64) -> [usize; 2] {
    let water = of(whole, WATER);
    let far = |by: f64| water.iter().filter(|f| cells(f.x) > wall + by).count();
    [far(thick), far(0.5) - far(thick)]
}

#[test]
fn a_wall_of_three_cells_holds_water() {
    let mut whole = Whole::new(scene(96, 64, GRAVITY_DEFAULT, &[Rect::new(0, 0, 96, 4)], &[Rect::new(0, 4, 40, 44)]));
    whole.scene.commands = vec![(0, Command::Fill { rect: Rect::new(40, 4, 43, 64), material: VANE })];
    for seconds in [10, 50] {
        whole.run(seconds * SECOND);
        let [through, inside] = beyond(&mut whole, 40.0, 3.0);
        let water = of(&mut whole, WATER);
        println!(
            "40 deep, after {seconds} s more: {through} of {} through, {inside} inside, motion {:.3}",
            water.len(),
            motion(&water)
        );
        assert!(through <= 6 && inside <= 12);
        assert!(motion(&water) < 2.0);
    }
}

#[test]
fn a_piston_takes_the_water_with_it() {
    for rate in [100, 430] {
        let mut whole =
            Whole::new(scene(96, 64, GRAVITY_DEFAULT, &[Rect::new(0, 0, 96, 4)], &[Rect::new(0, 4, 36, 24)]));
        let slider = Slider { rect: Rect::new(52, 4, 56, 64), sway: [-96, 0], rate };
        whole.scene.commands = vec![(0, Command::Slide(slider))];
        let mut most = 0.0f64;
        for second in 1..=20 {
            whole.run(SECOND);
            let wall = of(&mut whole, u32::from(PISTON)).iter().map(|f| cells(f.x)).fold(f64::MAX, f64::min);
            let [through, inside] = beyond(&mut whole, wall, 4.0);
            most = most.max(motion(&of(&mut whole, WATER)));
            if second % 10 == 0 {
                println!(
                    "{rate}: after {second} s {through} of 2880 through, {inside} inside, motion at most {most:.1}"
                );
            }
            assert!(through <= 14 && inside <= 40, "{rate}, {second} s: {through} and {inside}");
        }
    }
}

#[test]
fn what_a_wheel_stirs_stays_bounded_and_comes_to_rest() {
    let mut whole =
        Whole::new(scene(128, 96, GRAVITY_DEFAULT, &[Rect::new(0, 0, 128, 4)], &[Rect::new(0, 4, 128, 50)]));
    whole.scene.commands = vec![
        (0, Command::Turn(Wheel { centre: [64, 40], radius: 24, vanes: 4, rate: 200 })),
        (20 * SECOND as u64, Command::Erase(Stroke::dab([64, 40], 25))),
    ];
    let mut most = [0.0f64; 2];
    for second in 0..20 {
        whole.run(SECOND);
        let most = &mut most[second / 10];
        *most = most.max(motion(&of(&mut whole, WATER)));
    }
    let water = of(&mut whole, WATER).len();
    println!("{water} of water, motion in the first and the second 10 s at most {most:.1?}");
    // All of it as fast as the rim, half a cell a substep less a tenth, would be some 2000.
    assert!(most[1] < 900.0 && most[1] < most[0] * 1.6);
    whole.run(30 * SECOND);
    assert!(of(&mut whole, u32::from(VANE)).is_empty());
    let rest = motion(&of(&mut whole, WATER));
    println!("half a minute after it is gone: {rest:.2}");
    assert!(rest < most[1] / 20.0);
}

#[test]
fn sand_lies_on_it() {
    let mut whole = Whole::new(scene(96, 64, GRAVITY_DEFAULT, &[], &[]));
    let sand = sim_kernels::materials::named("sand").expect("it is registered");
    whole.scene.commands = vec![
        (0, Command::Fill { rect: Rect::new(0, 20, 96, 24), material: PISTON }),
        (0, Command::Fill { rect: Rect::new(30, 26, 60, 46), material: sand }),
    ];
    whole.run(30 * SECOND);
    let all = of(&mut whole, u32::from(sand));
    let through = all.iter().filter(|f| cells(f.y) < 22.0).count();
    println!("{through} of {} grains through 4 cells in 30 s", all.len());
    assert!(through <= 4);
}

#[test]
fn wheels_that_leave_the_world_or_go_too_fast_are_refused() {
    let world = WorldSize::new(128, 128).expect("a valid size");
    let good = Wheel { centre: [64, 64], radius: BRUSH_RADIUS_MAX, vanes: 5, rate: 108 };
    let turn = |change: &dyn Fn(&mut Wheel)| {
        let mut wheel = good;
        change(&mut wheel);
        Command::Turn(wheel).is_valid(world)
    };
    assert!(turn(&|_| {}) && turn(&|w| w.rate = -108) && turn(&|w| (w.radius, w.rate) = (3, 511)));
    assert!(turn(&|w| w.centre = [49, 78]) && turn(&|w| w.vanes = 0));
    let bad: [&dyn Fn(&mut Wheel); 9] = [
        &|w| w.rate = 109,
        &|w| w.rate = i32::MIN,
        &|w| w.rate = i32::MAX,
        &|w| w.radius = 49,
        &|w| w.radius = 2,
        &|w| w.radius = i32::MIN,
        &|w| w.centre = [48, 64],
        &|w| w.centre = [64, i32::MAX],
        &|w| w.vanes = 17,
    ];
    assert!(bad.iter().all(|change| !turn(change)));
    let slide = |rect, sway, rate| Command::Slide(Slider { rect, sway, rate }).is_valid(world);
    let rect = Rect::new(60, 0, 64, 128);
    assert!(slide(rect, [480, 0], 86) && slide(rect, [-480, 0], -86) && slide(rect, [0, 0], 511));
    assert!(!slide(rect, [480, 0], 87) && !slide(rect, [481, 0], 1) && !slide(rect, [0, 1], 1));
    assert!(!slide(rect, [i32::MIN, 0], 1) && !slide(rect, [1, 0], i32::MIN) && !slide(Rect::default(), [0, 0], 1));
    assert!(!slide(Rect::new(i32::MIN, 0, i32::MAX, 128), [8, 0], 1));
}
