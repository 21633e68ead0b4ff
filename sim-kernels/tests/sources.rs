//! What pours, what copies, what pumps, and how they are stopped.

mod cpu_common;

use cpu_common::Whole;
use cpu_common::measure::{at, blocks, code, count, upright};
use sim_kernels::command::{Command, Emitter, Stroke};
use sim_kernels::geom::Rect;
use sim_kernels::materials::{COPY, WATER};
use sim_kernels::particle::Particle;

/// An emitter of a material for two minutes.
fn emitter(rect: Rect, material: u32) -> Command {
    Command::Emit(Emitter { rect, velocity: [0, 0], material: material as u8, until: 7200 })
}

/// A world of 64 x 64 cells with a copier in the middle of it.
fn copier(others: &[(&str, Rect)]) -> Whole {
    let mut whole = blocks(64, 64, upright(), others);
    let rect = Rect::new(30, 30, 34, 32);
    let copies = Emitter { rect, velocity: [0, -2000], material: COPY as u8, until: 7200 };
    whole.scene.commands.push((0, Command::Emit(copies)));
    whole
}

#[test]
fn a_copier_makes_more_of_what_flows_through_it() {
    let mut whole = copier(&[]);
    whole.run(60);
    assert_eq!(whole.particles().len(), 0, "nothing comes of nothing");
    for name in ["water", "oil", "sand"] {
        let mut whole = copier(&[(name, Rect::new(31, 50, 33, 54))]);
        whole.run(180);
        let all = whole.particles();
        println!("{name}: {} of 32", all.len());
        assert_eq!(all.len(), count(&all, name), "nothing else");
        assert!(all.len() > 320, "{name}: {}", all.len());
    }
}

#[test]
fn of_two_that_flow_through_it_a_copier_takes_the_higher_code_and_never_ground() {
    let mut whole = copier(&[("rock", Rect::new(28, 28, 36, 31)), ("water", Rect::new(30, 31, 34, 32))]);
    whole.run(10);
    let all = whole.particles();
    assert_eq!(count(&all, "rock"), 8 * 3 * 4);
    assert!(count(&all, "water") > 16, "{}", count(&all, "water"));
}

#[test]
fn whoever_erases_a_source_stops_it() {
    let rect = Rect::new(30, 30, 34, 32);
    let stroke = |x: i32| Stroke { from: [x, 31], to: [x, 31], radius: 2 };
    for (stop, stops) in [
        (Command::Erase(stroke(32)), true),
        (Command::Erase(stroke(50)), false),
        (Command::Clear, true),
        (Command::Wall { stroke: stroke(50), solid: true }, false),
    ] {
        let mut whole = blocks(64, 64, upright(), &[]);
        let drain = Command::Drain { rect, until: 7200 };
        whole.scene.commands = vec![(0, emitter(rect, WATER)), (0, drain), (3, stop.clone())];
        whole.run(4);
        assert_eq!(whole.globals.emitters.is_empty(), stops, "{stop:?}");
        assert_eq!(whole.globals.drains.len(), 1, "{stop:?}");
    }
}

#[test]
fn a_pump_lifts_water_out_of_its_pool() {
    let top = |name: &str| {
        let shaft = [(name, Rect::new(30, 0, 31, 30)), (name, Rect::new(33, 0, 34, 30))];
        let mut all = vec![("water", Rect::new(0, 0, 30, 8)), ("water", Rect::new(34, 0, 64, 8))];
        all.extend(shaft);
        // A gap at the shaft's foot.
        let mut whole = blocks(64, 64, upright(), &all);
        let gap = Stroke { from: [28, 1], to: [36, 1], radius: 1 };
        whole.scene.commands.push((1, Command::Erase(gap)));
        let mut highest: f64 = 0.0;
        for _ in 0..10 {
            whole.run(60);
            let water = |p: &&Particle| p.material() == u32::from(code("water"));
            highest = whole.particles().iter().filter(water).map(|p| at(p)[1]).fold(highest, f64::max);
        }
        highest
    };
    let (pumped, still) = (top("pump_up"), top("rock"));
    println!("{pumped:.1} cells high with pumps, {still:.1} without");
    assert!(pumped > 30.0 && still < 20.0, "{pumped} {still}");
}
