//! What people take back: their own strokes, wherever what they added is and whatever it became.

mod cpu_common;

use cpu_common::Whole;
use cpu_common::measure::{blocks, code};
use sim_kernels::command::{Command, Emitter, Stroke};
use sim_kernels::geom::Rect;
use sim_kernels::particle::{Fields, Particle};
use sim_kernels::strokes;
use std::collections::BTreeMap;

const ONE: Command = Command::By(1);
const TWO: Command = Command::By(2);

fn line(from: [i32; 2], to: [i32; 2], radius: i32) -> Stroke {
    Stroke { from, to, radius }
}

fn pour(material: &str, from: [i32; 2], to: [i32; 2]) -> Command {
    Command::Pour { stroke: line(from, to, 3), material: code(material), velocity: [0, 0] }
}

/// Oil that comes from above.
fn emit(x: i32) -> Command {
    let rect = Rect::new(x, 50, x + 4, 52);
    Command::Emit(Emitter { rect, velocity: [0, -3000], material: code("oil"), until: 1 << 30 })
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
fn an_emitter_that_was_erased_is_there_again() {
    let mut whole = blocks(96, 64, [0, -54], &[("water", Rect::new(0, 0, 96, 6))]);
    whole.run(1);
    let before = whole.particles().len();
    let erase = |x: i32| Command::Erase(Stroke::dab([x + 2, 51], 3));
    act(&mut whole, &[ONE, Command::Begin, emit(10), emit(40), TWO, Command::Begin, emit(70)], 5);
    let all = whole.globals.emitters.clone();
    act(&mut whole, &[TWO, Command::Begin, erase(10), erase(70)], 5);
    assert_eq!(whole.globals.emitters, all[1..2]);
    act(&mut whole, &[TWO, Command::Undo], 5);
    assert_eq!(whole.globals.emitters, [all[1], all[0], all[2]]);
    // It is one's again, and goes with what one did.
    act(&mut whole, &[ONE, Command::Undo], 5);
    assert_eq!(whole.globals.emitters, all[2..]);
    act(&mut whole, &[ONE, Command::Begin, erase(70), TWO, Command::Undo, ONE, Command::Undo], 5);
    assert_eq!(
        (whole.globals.emitters.len(), whole.particles().len()),
        (0, before),
        "what two had begun does not come back"
    );
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
    let all = whole.particles();
    // Where two built below the old ground, that stays.
    assert!(solid(&whole) > (0..64 * 96).filter(|i| terrain.solid(i % 96, i / 96)).count());
    let open = |p: &Particle| p.is_dormant() || !whole.globals.terrain.solid(p.cell().0, p.cell().1);
    assert!(all.iter().all(open));
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

fn asleep(whole: &mut Whole) -> Vec<Particle> {
    whole.particles().into_iter().filter(|p| p.is_dormant()).collect()
}

/// How many there are of each material, of those that do not lie dormant.
fn by_material(whole: &mut Whole) -> BTreeMap<u32, usize> {
    let mut counts = BTreeMap::new();
    whole.particles().iter().filter(|p| !p.is_dormant()).for_each(|p| *counts.entry(p.material()).or_default() += 1);
    counts
}

#[test]
fn what_is_erased_comes_back_with_all_that_it_was() {
    let layers = [("sand", 0, 8), ("jelly", 8, 16), ("honey", 16, 24), ("wood", 24, 30), ("rock", 30, 34)];
    let blocks_of = layers.map(|(name, y0, y1)| (name, Rect::new(0, y0, 96, y1)));
    let mut whole = blocks(96, 64, [0, 0], &blocks_of);
    whole.run(30);
    let before = by_material(&mut whole);
    let erase = |from, to| Command::Erase(line(from, to, 6));
    act(&mut whole, &[ONE, Command::Begin, erase([10, 4], [80, 32]), erase([10, 30], [80, 2])], 30);
    let after = by_material(&mut whole);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before.iter().all(|(material, count)| after[material] < *count), "{after:?}");
    assert!(before.values().sum::<usize>() == after.values().sum::<usize>() + asleep(&mut whole).len());
    // Others' strokes leave it alone.
    act(&mut whole, &[TWO, Command::Begin, pour("water", [20, 56], [30, 56]), TWO, Command::Undo], 10);
    assert_eq!(by_material(&mut whole), after);
    act(&mut whole, &[ONE, Command::Undo], 0);
    assert_eq!(by_material(&mut whole), before);
    assert_eq!(asleep(&mut whole), []);
    whole.run(60);
    assert_eq!(by_material(&mut whole), before, "and it goes on");
}

#[test]
fn what_was_built_over_comes_back_where_no_wall_is() {
    let mut whole = blocks(96, 64, [0, -54], &[("water", Rect::new(0, 0, 96, 20))]);
    whole.run(1);
    let before = whole.particles().len();
    let wall = |from, to| Command::Wall { stroke: line(from, to, 3), solid: true };
    act(&mut whole, &[ONE, Command::Begin, wall([20, 10], [70, 10])], 60);
    let gone = asleep(&mut whole).len();
    assert!(gone > 1000, "{gone}");
    // Two builds in the same place; what is there stays away for good.
    act(&mut whole, &[TWO, Command::Begin, wall([30, 10], [40, 10])], 10);
    act(&mut whole, &[ONE, Command::Undo], 0);
    let left = whole.particles().len();
    assert!(before - 400 < left && left < before - 50, "{left} of {before}");
    let all = whole.particles();
    assert!(all.iter().all(|p| !whole.globals.terrain.solid(p.cell().0, p.cell().1)));
    act(&mut whole, &[TWO, Command::Undo], 10);
    assert_eq!(whole.particles().len(), left);
    // Rock takes the place of water, and gives it back.
    act(&mut whole, &[ONE, Command::Begin, pour("rock", [20, 4], [70, 4])], 30);
    act(&mut whole, &[ONE, Command::Undo], 0);
    let rock = |p: &Particle| p.material() == u32::from(code("rock"));
    assert_eq!((whole.particles().len(), whole.particles().iter().filter(|p| rock(p)).count()), (left, 0));
}

#[test]
fn what_nobody_can_take_back_any_more_is_gone_for_good() {
    let mut whole = blocks(96, 64, [0, 0], &[("water", Rect::new(0, 0, 96, 20))]);
    whole.run(1);
    let erase = |x: i32| Command::Erase(Stroke::dab([x, 8], 3));
    act(&mut whole, &[ONE, erase(8)], 1);
    assert_eq!(asleep(&mut whole).len(), 0, "it is of no stroke");
    act(&mut whole, &[ONE, Command::Begin, erase(20), TWO, Command::Begin, erase(40)], 1);
    let taken = |whole: &mut Whole, by: u16| asleep(whole).iter().filter(|p| p.taken_by() == by).count();
    let (ones, twos) = (taken(&mut whole, 1), taken(&mut whole, 2));
    assert!(ones > 80 && twos > 80);
    let begins = vec![Command::Begin; strokes::OF_ONE_MAX];
    act(&mut whole, &[&[ONE][..], &begins].concat(), 1);
    assert_eq!((taken(&mut whole, 1), taken(&mut whole, 2)), (0, twos));
    // What a stroke had poured and another erased goes with the pour.
    act(&mut whole, &[ONE, Command::Begin, pour("oil", [60, 40], [70, 40])], 1);
    let oil = |p: &Particle| p.stroke() != 0;
    assert!(whole.particles().iter().any(oil));
    act(&mut whole, &[TWO, Command::Begin, Command::Erase(line([60, 40], [70, 40], 12))], 1);
    assert!(asleep(&mut whole).iter().any(oil));
    act(&mut whole, &[ONE, Command::Undo], 1);
    assert!(!whole.particles().iter().any(oil));
    act(&mut whole, &[TWO, Command::Undo, TWO, Command::Undo], 1);
    assert_eq!(asleep(&mut whole), []);
    assert!(!whole.particles().iter().any(oil));
}

#[test]
fn what_lies_dormant_is_met_by_nothing_and_told_whole() {
    let p = |material: &str, words: u32| {
        let mut p =
            Particle::pack(Fields { x: 9000, y: 20000, j: 77, d: [1, -2, 3, -4], vx: 5, vy: -6, ..Fields::default() });
        p.0[1] |= u32::from(code(material)) << 26;
        p.1.fill(words);
        p.canonical()
    };
    for (name, number) in [("water", 1), ("jelly", 4095), ("snow", 77), ("piston", 9)] {
        let before = p(name, 0x8765_4321);
        let asleep = before.dormant(number);
        assert_eq!((asleep.taken_by(), asleep.cell(), asleep.canonical()), (number, before.cell(), asleep));
        let back = asleep.woken().expect("it was a particle");
        assert_eq!((back.0[2], Particle([back.0[0], back.0[1], before.0[2], back.0[3]], back.1)), (0, before));
    }
    // What nobody can have taken away does not come back.
    for forged in
        ["air"].map(|name| p(name, 0)).into_iter().chain([61, 62, 63].map(|m| Particle::bare([0, m << 26, 0, 0])))
    {
        assert_eq!(forged.dormant(3).woken(), None);
    }
    assert_eq!(p("water", 0).woken(), None);
}

#[test]
fn what_strokes_keep_nothing_of_never_lies_dormant() {
    let mut whole = blocks(96, 64, [0, 0], &[("water", Rect::new(0, 0, 96, 20))]);
    whole.run(1);
    let erase = |x: i32| Command::Erase(Stroke::dab([x, 8], 3));
    // A stroke that is over in the tick in which it takes.
    let begins = vec![Command::Begin; strokes::OF_ONE_MAX];
    act(&mut whole, &[&[ONE, Command::Begin, erase(10)][..], &begins].concat(), 1);
    assert_eq!(asleep(&mut whole), []);
    // One that was told to forget, whatever it goes on with.
    act(&mut whole, &[TWO, Command::Begin, erase(20)], 1);
    assert!(!asleep(&mut whole).is_empty());
    for _ in 0..8 {
        act(&mut whole, &[Command::Settle], 0);
    }
    assert_eq!(asleep(&mut whole), []);
    act(&mut whole, &[TWO, erase(30), TWO, pour("rock", [40, 8], [50, 8])], 1);
    assert_eq!(asleep(&mut whole), []);
    act(&mut whole, &[TWO, Command::Undo], 1);
    assert!(of(&mut whole, 51).is_empty(), "what it added goes all the same");
    // What a stroke itself had added.
    act(
        &mut whole,
        &[ONE, Command::Begin, pour("oil", [60, 40], [70, 40]), Command::Erase(line([60, 40], [70, 40], 9))],
        1,
    );
    assert_eq!(asleep(&mut whole), []);
}

/// The older half forgets, and only that.
#[test]
fn the_older_half_of_the_strokes_forgets_what_it_took() {
    let mut whole = blocks(96, 64, [0, 0], &[("water", Rect::new(0, 0, 96, 20))]);
    whole.run(1);
    let each = |x: i32| [Command::Begin, Command::Erase(Stroke::dab([x, 8], 3))];
    act(&mut whole, &[&[ONE][..], &each(10), &each(20), &[TWO], &each(30), &each(40)].concat(), 1);
    act(&mut whole, &[Command::Settle], 0);
    let left: Vec<u16> = asleep(&mut whole).iter().map(|p| p.taken_by()).collect();
    assert!(left.iter().all(|by| [3, 4].contains(by)) && [3, 4].iter().all(|by| left.contains(by)), "{left:?}");
}
