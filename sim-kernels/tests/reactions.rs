//! Reactions: each row of the table happens, and what one expects of fire, acid and plants.

mod cpu_common;

use cpu_common::measure::{blocks, code, count, upright};
use cpu_common::{Whole, scene};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::geom::Rect;
use sim_kernels::globals::spawned;
use sim_kernels::job::{Job, Load};
use sim_kernels::materials::reactions::{Outcome, Reaction, TABLE, When};
use sim_kernels::materials::{self, HEAT, heat};
use sim_kernels::particle::Particle;

fn warm(whole: &mut Whole, tick: u64, at: [i32; 2], radius: i32, by: i32) {
    whole.scene.commands.push((tick, Command::Warm { stroke: Stroke::dab(at, radius), by }));
}

/// A block of what a row is of, as warm as the row asks for and among what it is to touch.
fn before(row: &Reaction) -> Vec<Particle> {
    let make = |x: i32, y: i32, n: u32, name: &str| spawned(x, y, n, [0, 0], code(name).into(), 7);
    let cells = (8..24).flat_map(|y| (8..24).map(move |x| (x, y)));
    let mut all = Vec::new();
    for (x, y) in cells {
        for n in 0..4 {
            let name = match row.when {
                When::Touching(other) if n % 2 == 1 => other,
                _ => row.of,
            };
            let mut p = make(x, y, n, name);
            // Well beyond the limit, with all that a plateau takes.
            let heat = materials::material(p.material()).heat;
            let at = |celsius: i32, by: i32| Some(16 * (celsius - 20 + by));
            let h = match row.when {
                When::Above(celsius) => at(celsius, 300),
                When::Below(celsius) => at(celsius, -250),
                When::Frozen => Some(heat.freezes - heat.freezing - 800),
                When::Melted => Some(heat.freezes + 400),
                When::Condensed => Some(heat.boils - 400),
                When::Boiled => Some(heat.boils + heat.boiling + 1600),
                When::Touching(_) | When::Aging | When::Struck | When::Broken => None,
            };
            if row.when == When::Struck {
                let mut f = p.unpack();
                f.vx = materials::strength(f.material);
                p = Particle::pack(f);
            }
            if let Some(h) = h {
                p.1[HEAT] = h as u32 & 0xffff;
            }
            all.push(p);
        }
    }
    all
}

#[test]
fn each_row_of_the_table_happens() {
    // What breaks is in heaps_and_layers.rs.
    for row in TABLE.iter().filter(|row| row.when != When::Broken) {
        let scene = scene(32, 32, 0, &[], &[]);
        let mut whole = Whole::new(scene.clone());
        let particles = before(row);
        let load = Load { globals: scene.globals(), region: scene.world.rect(), particles: particles.clone() };
        whole.backend.run_now(Job::Load(load)).expect("loads");
        let ticks = row.ticks.min(60);
        whole.run(ticks as usize);
        let after = whole.particles();
        let had = count(&particles, row.of);
        let left = count(&after, row.of);
        let expected = had as f64 * (1.0 - (-f64::from(ticks) / f64::from(row.ticks)).exp());
        let turned = (had - left) as f64;
        if row.to == Outcome::Itself {
            let heat = |all: &[Particle]| -> i64 { all.iter().map(|p| i64::from(heat::enthalpy(&p.unpack()))).sum() };
            assert!(heat(&after) > heat(&particles), "{row:?}");
            continue;
        }
        assert!(turned > 0.4 * expected, "{row:?}: {turned} of {had}, {expected:.0} expected");
        match row.to {
            Outcome::Other(to) => assert!(count(&after, to) > 0, "{row:?}"),
            Outcome::Itself => {}
            Outcome::Nothing => assert!(after.len() < particles.len(), "{row:?}"),
        }
    }
}

#[test]
fn a_beam_of_wood_burns_up_from_its_end() {
    let mut whole = blocks(96, 64, upright(), &[("wood", Rect::new(16, 0, 76, 8))]);
    warm(&mut whole, 2, [18, 4], 3, 12000);
    whole.run(2);
    let begun = count(&whole.particles(), "wood");
    let mut lasts = Vec::new();
    for _ in 0..8 {
        whole.run(5 * 60);
        let all = whole.particles();
        lasts.push([count(&all, "wood"), count(&all, "fire"), count(&all, "smoke"), count(&all, "ash")]);
    }
    println!("{begun} of wood; wood, fire, smoke and ash every 5 s: {lasts:?}");
    assert!(lasts[0][1] > 0 && lasts[0][0] > begun / 2, "it takes a while");
    let [wood, fire, _, ash] = lasts[lasts.len() - 1];
    assert!(wood < begun / 4 && fire < begun / 10 && ash > begun / 20, "{lasts:?}");
}

#[test]
fn gunpowder_goes_up_at_once_and_throws_what_lies_on_it() {
    let mut whole =
        blocks(96, 96, upright(), &[("gunpowder", Rect::new(40, 0, 56, 8)), ("sand", Rect::new(36, 8, 60, 12))]);
    whole.run(60);
    let top = |all: &[Particle]| {
        let sand = u32::from(code("sand"));
        all.iter().filter(|p| p.material() == sand).map(|p| p.cell().1).max().unwrap_or(0)
    };
    let before = whole.particles();
    warm(&mut whole, 60, [48, 2], 2, 8000);
    let (mut highest, mut left) = (0, 0);
    for _ in 0..12 {
        whole.run(10);
        let all = whole.particles();
        (highest, left) = (highest.max(top(&all)), count(&all, "gunpowder"));
    }
    println!("sand from {} to {highest}; {left} of {} left", top(&before), count(&before, "gunpowder"));
    assert!(highest > top(&before) + 20, "{highest}");
    assert!(left < count(&before, "gunpowder") / 4, "{left}");
}

#[test]
fn acid_eats_stone_and_is_used_up_by_it() {
    let mut whole =
        blocks(64, 48, upright(), &[("stone", Rect::new(0, 0, 64, 10)), ("acid", Rect::new(20, 10, 40, 18))]);
    whole.run(1);
    let before = whole.particles();
    whole.run(30 * 60);
    let after = whole.particles();
    let gone = |name: &str| count(&before, name) - count(&after, name);
    println!("{} stone and {} acid gone of {}", gone("stone"), gone("acid"), count(&before, "acid"));
    assert!(gone("stone") > 200 && gone("acid") > 200);
}

#[test]
fn a_plant_drinks_and_grows() {
    let mut whole = blocks(64, 48, upright(), &[("plant", Rect::new(24, 0, 34, 8)), ("water", Rect::new(4, 0, 20, 6))]);
    whole.run(1);
    let before = whole.particles();
    whole.run(20 * 60);
    let after = whole.particles();
    let grown = count(&after, "plant") - count(&before, "plant");
    println!("{grown} of {} water drunk", count(&before, "water"));
    assert_eq!(after.len(), before.len(), "nothing is gone");
    assert!(grown > count(&before, "water") / 4, "{grown}");
}

/// What comes to stay has struck nothing, however fast it came.
#[test]
fn fast_water_makes_plants_and_no_wood() {
    let mut whole = blocks(64, 64, upright(), &[("plant", Rect::new(0, 0, 64, 6))]);
    let stroke = Stroke::dab([32, 30], 3);
    let pour = |tick: u64| (tick, Command::Pour { stroke, material: 0, velocity: [0, -6000] });
    whole.scene.commands.extend((1..30).map(|k| pour(4 * k)));
    whole.run(1);
    let before = count(&whole.particles(), "plant");
    whole.run(300);
    let after = whole.particles();
    assert_eq!(count(&after, "wood"), 0);
    assert!(count(&after, "plant") > before, "it drank");
}

#[test]
fn a_spark_runs_a_cell_a_tick_and_lights_a_fuse_that_burns_to_its_end() {
    let (fuse, wire) = (Rect::new(8, 20, 48, 22), Rect::new(48, 20, 80, 22));
    let mut whole = blocks(96, 48, upright(), &[("fuse", fuse), ("wire", wire), ("spark", Rect::new(80, 20, 81, 22))]);
    whole.run(11);
    let all = whole.particles();
    let sparks: Vec<i32> =
        all.iter().filter(|p| p.material() == u32::from(code("spark"))).map(|p| p.cell().0).collect();
    // Poured in the first tick, at whose end it goes on by a cell; each end of a tick after that by one more.
    assert!(sparks.len() == 8 && sparks.iter().all(|&x| x == 80 - 11), "{sparks:?}");
    let begun = count(&all, "fuse");
    whole.run(20 * 60);
    let left = count(&whole.particles(), "fuse");
    println!("{left} of {begun} of the fuse is left");
    assert!(left < begun / 20, "{left} of {begun}");
}
