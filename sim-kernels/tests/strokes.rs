//! What people take back: their own strokes, wherever what they added is and whatever it became.

mod cpu_common;

use cpu_common::Whole;
use cpu_common::measure::{blocks, code};
use sim_kernels::command::{Command, Emitter, Stroke};
use sim_kernels::geom::Rect;
use sim_kernels::particle::Particle;
use sim_kernels::strokes;

const ONE: Command = Command::By(1);
const TWO: Command = Command::By(2);

fn line(from: [i32; 2], to: [i32; 2], radius: i32) -> Stroke {
    Stroke { from, to, radius }
}

fn pour(material: &str, from: [i32; 2], to: [i32; 2]) -> Command {
    Command::Pour { stroke: line(from, to, 3), material: code(material), velocity: [0, 0] }
}

/// Runs a tick with these commands, and some more without.
fn act(whole: &mut Whole, commands: &[Command], more: usize) {
    let tick = whole.globals.tick;
    whole.scene.commands = commands.iter().map(|command| (tick, command.clone())).collect();
    whole.run(1);
    for _ in 0..more {
        whole.run(1);
    }
}

fn of(whole: &mut Whole, stroke: u16) -> Vec<Particle> {
    whole.particles().into_iter().filter(|p| p.stroke() == stroke).collect()
}

#[test]
fn a_pour_is_taken_back_wherever_it_is_and_whatever_it_became() {
    let mut whole = blocks(96, 64, [0, -54], &[("lava", Rect::new(0, 0, 96, 6))]);
    whole.run(1);
    let before = whole.particles().len();
    act(
        &mut whole,
        &[
            ONE,
            Command::Begin,
            pour("water", [10, 40], [80, 40]),
            TWO,
            Command::Begin,
            pour("sand", [20, 50], [60, 50]),
        ],
        240,
    );
    let (water, sand) = (of(&mut whole, 1), of(&mut whole, 2));
    assert!(water.iter().any(|p| p.material() == u32::from(code("steam"))), "lava made steam of it");
    assert!(water.len() > 1000 && sand.len() > 1000);
    assert_eq!(whole.particles().len(), before + water.len() + sand.len());
    act(&mut whole, &[ONE, Command::Undo], 0);
    assert_eq!((of(&mut whole, 1).len(), of(&mut whole, 2).len()), (0, sand.len()));
    assert_eq!(whole.particles().len(), before + sand.len());
    act(&mut whole, &[ONE, Command::Undo, ONE, Command::Undo], 0);
    assert_eq!(whole.particles().len(), before + sand.len(), "one has nothing more to take back");
    act(&mut whole, &[TWO, Command::Undo], 0);
    assert_eq!(whole.particles().len(), before);
}

#[test]
fn an_emitter_ends_with_its_stroke_and_what_came_of_it() {
    let mut whole = blocks(96, 64, [0, -54], &[("water", Rect::new(0, 0, 96, 6))]);
    whole.run(1);
    let before = whole.particles().len();
    let emit = |x: i32| {
        let rect = Rect::new(x, 50, x + 4, 52);
        Command::Emit(Emitter { rect, velocity: [0, -3000], material: code("oil"), until: 1 << 30 })
    };
    act(&mut whole, &[ONE, Command::Begin, emit(10), TWO, Command::Begin, emit(30), ONE, Command::Begin, emit(60)], 60);
    assert_eq!(whole.globals.emitters.len(), 3);
    let two = of(&mut whole, 2).len();
    assert!(two > 200);
    act(&mut whole, &[ONE, Command::Undo, Command::Undo], 0);
    assert_eq!(whole.globals.emitters.len(), 1);
    assert_eq!((of(&mut whole, 1).len(), of(&mut whole, 3).len()), (0, 0));
    assert!(of(&mut whole, 2).len() >= two);
    act(&mut whole, &[TWO, Command::Undo], 30);
    assert_eq!((whole.globals.emitters.len(), whole.particles().len()), (0, before));
}

#[test]
fn walls_go_back_and_nobody_is_left_in_them() {
    let mut whole = blocks(96, 64, [0, -54], &[("water", Rect::new(0, 30, 96, 50))]);
    for y in 20..30 {
        for x in 0..96 {
            whole.globals.terrain.set(x, y, true);
            whole.scene.terrain = vec![Rect::new(0, 20, 96, 30)];
        }
    }
    let mut whole = cpu_common::Whole::new(whole.scene);
    whole.run(1);
    let terrain = whole.globals.terrain.clone();
    let wall = |from, to, solid| Command::Wall { stroke: line(from, to, 4), solid };
    act(&mut whole, &[ONE, Command::Begin, wall([40, 25], [40, 25], false), wall([44, 20], [44, 30], false)], 120);
    assert!(whole.particles().iter().any(|p| p.cell().1 < 18), "it ran through the hole");
    act(&mut whole, &[TWO, Command::Begin, wall([40, 22], [40, 22], true)], 10);
    act(&mut whole, &[ONE, Command::Undo], 0);
    let solid = |whole: &Whole| (0..64 * 96).filter(|i| whole.globals.terrain.solid(i % 96, i / 96)).count();
    // Where two built below the old ground, that stays.
    assert!(solid(&whole) > (0..64 * 96).filter(|i| terrain.solid(i % 96, i / 96)).count());
    assert!(whole.particles().iter().all(|p| !whole.globals.terrain.solid(p.cell().0, p.cell().1)));
    act(&mut whole, &[TWO, Command::Undo], 0);
    assert_eq!(whole.globals.terrain, terrain);
}

#[test]
fn numbers_that_go_round_take_nobody_elses_back() {
    let mut whole = blocks(64, 32, [0, 0], &[("water", Rect::new(0, 0, 8, 8))]);
    whole.run(1);
    act(&mut whole, &[ONE, Command::Begin, pour("water", [30, 20], [40, 20])], 0);
    let poured = of(&mut whole, 1).len();
    assert!(poured > 100);
    // Others begin until the first number is given again.
    let begins: Vec<Command> = [TWO].into_iter().chain((1..strokes::NUMBERS).map(|_| Command::Begin)).collect();
    act(&mut whole, &begins, 0);
    let all = whole.particles().len();
    assert!(of(&mut whole, 1).is_empty(), "they are nobody's");
    for _ in 0..60 {
        act(&mut whole, &[TWO, Command::Undo, ONE, Command::Undo], 0);
    }
    assert_eq!(whole.particles().len(), all);
}

#[test]
fn who_never_began_a_stroke_takes_nothing_back() {
    let mut whole = blocks(64, 32, [0, 0], &[("water", Rect::new(0, 0, 8, 8))]);
    whole.run(1);
    act(&mut whole, &[ONE, pour("water", [30, 20], [40, 20]), pour("sand", [30, 10], [40, 10])], 0);
    let all = whole.particles();
    assert!(all.iter().all(|p| p.stroke() == 0));
    act(&mut whole, &[ONE, Command::Undo, Command::By(0), Command::Begin, Command::Undo], 0);
    assert_eq!(whole.particles().len(), all.len());
}
