//! What is grabbed comes along, is held, and is thrown, of every material that moves; and however it is pulled about, nothing
//! bursts. `cargo test -p sim-kernels --test grabs -- --nocapture` prints how far each lags and how much is lost.
#![allow(clippy::disallowed_methods, reason = "measures in real numbers; nothing of it enters the simulation")]

mod cpu_common;

use cpu_common::Whole;
use cpu_common::measure::{at, blocks, code, rms, upright};
use sim_kernels::command::{Command, Wheel};
use sim_kernels::constants::OVERFULL;
use sim_kernels::digest::hash4;
use sim_kernels::geom::Rect;
use sim_kernels::grabs::{GRAB_TICKS, GRABS_MAX};
use sim_kernels::materials;
use sim_kernels::particle::Particle;
use std::collections::HashMap;

/// How fast a grab may go, in cells a substep.
const FASTEST: f64 = 0.75;

/// The middle of all.
fn middle(particles: &[Particle]) -> [f64; 2] {
    let sum = particles.iter().map(at).fold([0.0, 0.0], |s, p| [s[0] + p[0], s[1] + p[1]]);
    sum.map(|s| s / particles.len() as f64)
}

/// The fullest cell.
fn fullest(particles: &[Particle]) -> usize {
    let mut cells = HashMap::new();
    particles.iter().for_each(|p| *cells.entry(p.cell()).or_insert(0) += 1);
    cells.into_values().max().unwrap_or(0)
}

/// Something is said in the next tick.
fn say(whole: &mut Whole, command: Command) {
    whole.scene.commands.push((whole.globals.tick, command));
}

/// Somebody drags from one cell to another, at an even pace in so many ticks, and says so every third tick.
fn drag(whole: &mut Whole, [from, to]: [[i32; 2]; 2], radius: i32, only: Option<u8>, ticks: i32) {
    for k in 0..ticks {
        if k % 3 == 0 {
            let at = [0, 1].map(|a| from[a] + (to[a] - from[a]) * k / ticks);
            say(whole, Command::Grab { at, radius, only });
        }
        whole.run(1);
    }
}

/// Those of the particles that lie within so many cells of a place.
fn near(particles: &[Particle], place: [i32; 2], cells: f64) -> Vec<Particle> {
    let far = |p: &Particle| (at(p)[0] - f64::from(place[0])).hypot(at(p)[1] - f64::from(place[1]));
    particles.iter().filter(|p| far(p) < cells).copied().collect()
}

#[test]
fn a_body_follows_the_pointer_and_stays_with_it_whole() {
    for name in ["jelly", "rubber", "wood", "ice", "stone", "steel", "snow", "honey"] {
        for (half, radius) in [(4, 8), (8, 15), (16, 29)] {
            let from = [40, half];
            let mut whole = blocks(224, 128, upright(), &[(name, Rect::new(40 - half, 0, 40 + half, 2 * half))]);
            whole.run(1);
            let only = Some(code(name));
            drag(&mut whole, [from, from], radius, only, 6);
            drag(&mut whole, [from, [40, 70]], radius, only, 40);
            drag(&mut whole, [[40, 70], [170, 80]], radius, only, 60);
            let lag = 170.0 - middle(&whole.particles())[0];
            // It stops, and 0.3 s later so has what it drags.
            drag(&mut whole, [[170, 80], [170, 80]], radius, only, 18);
            let particles = whole.particles();
            let [x, y] = middle(&particles);
            let away = (x - 170.5).hypot(y - 80.5);
            let held = near(&particles, [170, 80], 1.6 * f64::from(half) + 2.0).len() as f64 / particles.len() as f64;
            println!(
                "{name}, {} cells wide: lags by {lag:.1}, {away:.2} away after 0.3 s, {:.1} % held, {} in a cell",
                2 * half,
                100.0 * held,
                fullest(&particles)
            );
            assert!(lag < 12.0 && away < 1.5, "{name} {half}: {lag} {away}");
            assert!(held > 0.97, "{name} {half}: {held}");
            assert!(fullest(&particles) < 20, "{name} {half}");
        }
    }
}

#[test]
fn what_is_not_of_the_material_that_is_held_stays() {
    let mut whole =
        blocks(128, 96, upright(), &[("sand", Rect::new(0, 0, 128, 12)), ("wood", Rect::new(56, 8, 72, 24))]);
    whole.run(10);
    drag(&mut whole, [[64, 16], [64, 70]], 18, Some(code("wood")), 40);
    drag(&mut whole, [[64, 70], [64, 70]], 18, Some(code("wood")), 18);
    let particles = whole.particles();
    let (sand, wood): (Vec<Particle>, _) = particles.into_iter().partition(|p| p.material() == u32::from(code("sand")));
    assert!(middle(&wood)[1] > 66.0, "{:?}", middle(&wood));
    assert!(near(&sand, [64, 70], 30.0).len() * 100 < sand.len(), "the sand lies");
}

#[test]
fn a_lump_of_what_flows_is_carried_as_well_as_a_spring_can() {
    for (name, least) in
        [("water", 0.55), ("oil", 0.55), ("mercury", 0.55), ("sand", 0.9), ("gravel", 0.9), ("mud", 0.95)]
    {
        let mut whole = blocks(224, 128, upright(), &[(name, Rect::new(28, 0, 52, 24))]);
        drag(&mut whole, [[40, 12], [40, 12]], 18, None, 6);
        let begun = near(&whole.particles(), [40, 12], 18.0).len();
        drag(&mut whole, [[40, 12], [40, 60]], 18, None, 40);
        drag(&mut whole, [[40, 60], [160, 60]], 18, None, 80);
        drag(&mut whole, [[160, 60], [160, 60]], 18, None, 18);
        let held = near(&whole.particles(), [160, 60], 20.0).len() as f64 / begun as f64;
        println!("{name}: {:.0} % of a lump is carried", 100.0 * held);
        assert!(held > least, "{name}: {held}");
    }
}

#[test]
fn what_is_let_go_flies_on_and_what_nobody_renews_falls() {
    for name in ["jelly", "wood", "stone", "sand", "water"] {
        let mut whole = blocks(320, 96, [0, 0], &[(name, Rect::new(24, 40, 40, 56))]);
        drag(&mut whole, [[32, 48], [32, 48]], 14, None, 6);
        drag(&mut whole, [[32, 48], [92, 48]], 14, None, 30);
        say(&mut whole, Command::Release);
        whole.run(1);
        assert!(whole.globals.grabs.is_empty());
        let held = |whole: &mut Whole| middle(&near(&whole.particles(), [92, 48], 120.0));
        let before = held(&mut whole);
        whole.run(20);
        let flown = (held(&mut whole)[0] - before[0]) / 20.0;
        assert!((1.4..2.4).contains(&flown), "{name}: at 2 cells a tick it goes on at {flown}");
    }
    let mut whole = blocks(96, 96, upright(), &[("jelly", Rect::new(40, 40, 56, 56))]);
    say(&mut whole, Command::Grab { at: [48, 48], radius: 14, only: None });
    whole.run(GRAB_TICKS as usize);
    assert!(middle(&whole.particles())[1] > 47.0 && !whole.globals.grabs.is_empty());
    whole.run(60);
    assert!(middle(&whole.particles())[1] < 25.0 && whole.globals.grabs.is_empty());
}

#[test]
fn ground_and_what_is_carried_are_not_held() {
    let mut whole =
        blocks(96, 64, upright(), &[("rock", Rect::new(30, 20, 50, 34)), ("metal", Rect::new(52, 20, 60, 34))]);
    say(&mut whole, Command::Turn(Wheel { centre: [76, 30], radius: 8, vanes: 0, rate: 300 }));
    whole.run(1);
    let before = [40, 56, 76].map(|x| near(&whole.particles(), [x, 28], 4.0).len());
    for x in [40, 56, 76] {
        drag(&mut whole, [[x, 28], [x + 8, 60]], 40, None, 20);
    }
    let after = [40, 56, 76].map(|x| near(&whole.particles(), [x, 28], 4.0).len());
    assert!(after.iter().zip(before).all(|(&a, b)| a.abs_diff(b) < 9), "{before:?} {after:?}");
}

/// However many hold it, and wherever they jerk it, nothing gets faster than they may be, is crushed, or bursts when they let go.
#[test]
fn nothing_bursts_however_it_is_pulled_about() {
    let moves = |code: &u8| {
        let m = u32::from(*code);
        materials::is_poured(m) && !materials::is_still(m) && materials::carriage(m).is_none()
    };
    // What explodes or burns by itself does so here as well.
    let calm = |code: &u8| !["blast", "fire", "gunpowder"].contains(&materials::material((*code).into()).name);
    let mut seen = 0;
    for code in (0..materials::COUNT as u8).filter(moves).filter(calm) {
        let name = materials::material(code.into()).name;
        let mut whole = blocks(112, 80, upright(), &[(name, Rect::new(36, 4, 76, 34))]);
        whole.run(2);
        let mut fast: f64 = 0.0;
        for k in 0..100u32 {
            if k % 5 == 0 {
                for by in 0..if k < 50 { GRABS_MAX as u32 } else { 5 } {
                    let h = hash4([k / 10, by, u32::from(code), 9]);
                    let at = [(h[0] % 112) as i32, (h[1] % 80) as i32];
                    say(&mut whole, Command::By(u128::from(by) + 1));
                    let only = h[3].is_multiple_of(2).then_some(code);
                    say(&mut whole, Command::Grab { at, radius: 1 + (h[2] % 48) as i32, only });
                }
            }
            whole.run(1);
            if k % 10 == 9 {
                fast = fast.max(rms(&whole.particles()));
            }
        }
        let full = fullest(&whole.particles());
        for _ in 0..5 {
            whole.run(GRAB_TICKS as usize / 4);
            fast = fast.max(rms(&whole.particles()));
        }
        assert!(whole.globals.grabs.is_empty());
        whole.run(120);
        let rest = rms(&whole.particles());
        println!("{name}: at most {fast:.2} cells a substep, {full} in a cell, and then {rest:.3}");
        assert!(fast < FASTEST, "{name}: {fast}");
        assert!(full < OVERFULL as usize, "{name}: {full}");
        assert!(rest < 0.2, "{name}: {rest}");
        seen += 1;
    }
    assert!(seen > 15);
}
