//! What is cut out at one tick and pasted at another: all of it, and taken back whole.

mod cpu_common;
#[path = "cpu_common/stamped.rs"]
mod stamped;

use cpu_common::Whole;
use cpu_common::measure::blocks;
use sim_kernels::area::Area;
use sim_kernels::command::{Command, Effect};
use sim_kernels::cpu::dormant::CELL_MAX;
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::materials::named;
use sim_kernels::particle::{Fields, Particle};
use sim_kernels::stamp::Stamp;
use stamped::{bring, paste};
use std::collections::BTreeMap;

/// Some of everything, hot and strained, that has fallen for a while.
fn lively() -> Whole {
    let rects = [
        ("jelly", Rect::new(4, 10, 20, 22)),
        ("sand", Rect::new(22, 8, 34, 20)),
        ("lava", Rect::new(36, 4, 44, 10)),
        ("snow", Rect::new(45, 4, 55, 14)),
        ("plant", Rect::new(56, 4, 60, 12)),
        ("fuse", Rect::new(20, 30, 40, 31)),
        ("wire", Rect::new(41, 30, 60, 31)),
    ];
    let mut whole = blocks(192, 96, [0, -54], &rects);
    whole.scene.terrain.push(Rect::new(10, 0, 14, 3));
    let mut whole = Whole::new(whole.scene);
    whole.run(40);
    whole
}

fn act(whole: &mut Whole, commands: impl IntoIterator<Item = Command>) {
    let tick = whole.globals.tick;
    whole.scene.commands = commands.into_iter().map(|command| (tick, command)).collect();
    whole.run(1);
}

/// Of each material, how many.
fn counts(particles: &[Particle]) -> BTreeMap<u32, usize> {
    let mut counts = BTreeMap::new();
    particles.iter().filter(|p| !p.is_dormant()).for_each(|p| *counts.entry(p.material()).or_default() += 1);
    counts
}

/// Most of what is there.
fn cut(whole: &mut Whole) -> Stamp {
    let particles = whole.particles();
    Stamp::cut(Rect::new(0, 0, 64, 40), &whole.globals.terrain, &particles).expect("it is not too much")
}

const ONE: Command = Command::By(1);
const TWO: Command = Command::By(2);

#[test]
fn what_is_pasted_is_what_was_cut_word_by_word() {
    let mut whole = lively();
    let stamp = cut(&mut whole);
    assert!(stamp.particles().len() > 1500);
    let code = stamp.encode();
    let each = code.len() as f64 / stamp.particles().len() as f64;
    println!("{} particles, {} bytes, {each:.1} a particle", stamp.particles().len(), code.len());
    assert!(each < 20.0, "{each}");
    for (turns, mirrored) in [(0, false), (1, false), (2, true), (3, true)] {
        let mut whole = lively();
        act(
            &mut whole,
            bring(&stamp).into_iter().chain([ONE, Command::Begin, paste(&stamp, [100, 20], turns, mirrored)]),
        );
        let laid = stamp.clone().laid(turns, mirrored);
        let at = |p: &Particle| {
            let f = p.unpack();
            Particle::pack(Fields { x: f.x + (100 << 12), y: f.y + (20 << 12), ..f }).of_stroke(1)
        };
        let mut wanted: Vec<Particle> = laid.particles().iter().map(at).collect();
        let mut there: Vec<Particle> = whole.particles().into_iter().filter(|p| p.stroke() == 1).collect();
        wanted.sort_unstable();
        there.sort_unstable();
        assert!(wanted == there, "{turns} {mirrored}: {} of {}", there.len(), wanted.len());
        let [w, h] = laid.size();
        let solid = |x: i32, y: i32| whole.globals.terrain.solid(100 + x, 20 + y) == laid.solid(x, y);
        assert!((0..h).all(|y| (0..w).all(|x| solid(x, y))));
    }
}

#[test]
fn a_paste_is_one_stroke_and_brings_back_what_it_took_the_place_of() {
    let mut whole = lively();
    let stamp = cut(&mut whole);
    let (before, terrain) = (counts(&whole.particles()), whole.globals.terrain.clone());
    act(&mut whole, bring(&stamp).into_iter().chain([ONE, Command::Begin, paste(&stamp, [20, 2], 1, false)]));
    assert_ne!(whole.globals.terrain, terrain);
    let sum = |counts: &BTreeMap<u32, usize>| counts.values().sum::<usize>();
    assert!(sum(&counts(&whole.particles())) > sum(&before));
    act(&mut whole, [ONE, Command::Undo]);
    // In a tick some of it becomes something else.
    assert_eq!(sum(&counts(&whole.particles())), sum(&before));
    assert!(whole.globals.terrain == terrain);
    // Taken back in the tick in which it is pasted, and two in one tick, which stand for one.
    act(&mut whole, [ONE, Command::Begin, paste(&stamp, [100, 2], 0, false), ONE, Command::Undo]);
    assert_eq!(sum(&counts(&whole.particles())), sum(&before));
    let twice = [ONE, Command::Begin, paste(&stamp, [100, 20], 0, false), paste(&stamp, [100, 20], 0, false)];
    act(&mut whole, twice);
    assert_eq!(sum(&counts(&whole.particles())), sum(&before) + stamp.particles().len());
    act(&mut whole, [ONE, Command::Undo]);
    assert_eq!(sum(&counts(&whole.particles())), sum(&before));
}

/// What is erased is gone, also where it came in the same tick, and an undo brings it back; a cell keeps no more than its bound.
#[test]
fn what_is_pasted_and_erased_in_one_tick_is_gone() {
    let mut whole = lively();
    let stamp = cut(&mut whole);
    let of = |whole: &mut Whole, stroke| {
        let is_of = |p: &&Particle| p.stroke() == stroke && !p.is_dormant();
        whole.particles().iter().filter(is_of).count()
    };
    let rect = Rect::new(90, 10, 180, 80);
    let erase = Command::Apply { area: Area::Box(rect), effect: Effect::Erase };
    let paste = paste(&stamp, [100, 20], 0, false);
    act(&mut whole, bring(&stamp).into_iter().chain([ONE, Command::Begin, paste.clone(), TWO, Command::Begin, erase]));
    let dormant = |whole: &mut Whole| whole.particles().iter().filter(|p| p.is_dormant()).count();
    assert_eq!((of(&mut whole, 1), dormant(&mut whole)), (0, stamp.particles().len()));
    act(&mut whole, [TWO, Command::Undo]);
    assert_eq!((of(&mut whole, 1), dormant(&mut whole)), (stamp.particles().len(), 0));
    // Each takes the place of the one before.
    let many = (3..12).flat_map(|author| [Command::By(author), Command::Begin, paste.clone()]);
    act(&mut whole, many);
    let mut cells: BTreeMap<(i32, i32), u32> = BTreeMap::new();
    whole.particles().iter().filter(|p| p.is_dormant()).for_each(|p| *cells.entry(p.cell()).or_default() += 1);
    assert!(!cells.is_empty() && cells.values().all(|&count| count <= CELL_MAX), "{:?}", cells.values().max());
}

/// Who builds where something was pasted, or came back, in the same tick takes it away: it comes back with an undo of that.
#[test]
fn what_comes_and_is_built_over_in_one_tick_comes_back() {
    let of = |whole: &mut Whole, stroke| {
        let particles = whole.particles();
        let is_of = |p: &&Particle| p.stroke() == stroke && !p.is_dormant();
        (particles.iter().filter(is_of).count(), particles.iter().filter(|p| p.is_dormant()).count())
    };
    let rect = Rect::new(90, 10, 180, 80);
    let wall = Command::Apply { area: Area::Box(rect), effect: Effect::Wall { solid: true } };
    let rock = Command::Fill { rect, material: named("rock").expect("there is one") };
    let erase = Command::Apply { area: Area::Box(rect), effect: Effect::Erase };
    for built in [wall, rock] {
        let mut whole = lively();
        let stamp = cut(&mut whole);
        let all = stamp.particles().len();
        let paste = [ONE, Command::Begin, paste(&stamp, [100, 20], 0, false)];
        act(&mut whole, bring(&stamp).into_iter().chain(paste).chain([TWO, Command::Begin, built.clone()]));
        assert_eq!(of(&mut whole, 1), (0, all), "{built:?}");
        act(&mut whole, [TWO, Command::Undo]);
        assert_eq!(of(&mut whole, 1), (all, 0), "{built:?}");
        act(&mut whole, [TWO, Command::Begin, erase.clone()]);
        assert_eq!(of(&mut whole, 1), (0, all), "{built:?}");
        act(&mut whole, [TWO, Command::Undo, Command::By(3), Command::Begin, built.clone()]);
        assert_eq!(of(&mut whole, 1), (0, all), "{built:?}");
        act(&mut whole, [Command::By(3), Command::Undo]);
        assert_eq!(of(&mut whole, 1), (all, 0), "{built:?}");
    }
}

#[test]
fn nothing_comes_where_the_world_ends_or_bedrock_is() {
    let mut whole = lively();
    let stamp = cut(&mut whole);
    for at in [[-40, -20], [170, 80], [0, 70]] {
        act(&mut whole, bring(&stamp).into_iter().chain([ONE, Command::Begin, paste(&stamp, at, 2, true)]));
        let terrain = &whole.globals.terrain.clone();
        assert!(whole.particles().iter().all(|p| p.is_dormant() || !terrain.solid(p.cell().0, p.cell().1)));
        whole.run(20);
    }
}

#[test]
fn what_is_not_there_or_not_as_said_does_nothing() {
    let mut globals = Globals::new(sim_kernels::geom::WorldSize::new(64, 64).unwrap());
    let samples = Command::samples([32, 32]).collect::<Vec<_>>();
    let pasted = samples.windows(2).find_map(|pair| match pair {
        [bring @ Command::Bring { .. }, paste @ Command::Paste(said)] => Some((bring, paste, *said)),
        _ => None,
    });
    let (bring, paste, said) = pasted.expect("there are some");
    assert!(globals.begin_tick(std::slice::from_ref(paste)).is_empty());
    assert_eq!(globals.begin_tick(&[bring.clone(), paste.clone()]).len(), 2);
    let fewer = Command::Paste(sim_kernels::command::Paste { particles: said.particles - 1, ..said });
    let wider = Command::Paste(sim_kernels::command::Paste { size: [4, 2], ..said });
    assert!(globals.begin_tick(&[fewer, wider]).is_empty());
    assert!(globals.is_valid() && globals.stamps.holds(said.stamp));
}
