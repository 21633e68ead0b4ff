//! Honey folds as it lands, as often as a viscous sheet should.
//!
//! M. Skorobogatiy and L. Mahadevan, "Folding of viscous sheets and filaments", Europhysics Letters 52, 2000, and N. Ribe,
//! "Periodic folding of viscous sheets", Physical Review E 68, 2003, tell what is pressed down (forced folding) from what its
//! own weight bends (free folding). The latter is a sheet that falls far: to bend a thickness h over a fold's length L in the
//! time L / U in which so much arrives takes a moment of viscosity x h^3 U / L^2, and the weight of L gives g h L^2. So
//! L = (viscosity h^2 U / g)^(1/4), U and h where it lands, and it folds with a frequency of C U / L. The number C of
//! these papers could not be looked up; measured is that it is one number, whatever speed, thickness and gravity are.

#![allow(clippy::disallowed_methods, reason = "measures in real numbers; nothing of it enters the simulation")]

mod cpu_common;

use cpu_common::measure::{SECOND, at, code};
use cpu_common::{Whole, scene};
use sim_kernels::command::{Command, Emitter};
use sim_kernels::geom::Rect;
use sim_kernels::materials::{self, Family};

/// What a sheet was like between two turns: speed and thickness just above where it lands.
struct Turn {
    tick: f64,
    speed: f64,
    thick: f64,
}

/// Lets a sheet of honey fall from some height, so wide, with some gravity, and watches it turn to the one side and the
/// other, 5 to 8 cells above the pile.
fn turns(high: i32, wide: i32, gravity: i32, seconds: usize) -> Vec<Turn> {
    let (width, height) = (160, (high + 8 + 15) / 16 * 16);
    let mut scene = scene(width, height, gravity, &[], &[]);
    let x = (width - wide) / 2;
    let rect = Rect::new(x, high, x + wide, high + 2);
    scene.commands =
        vec![(0, Command::Emit(Emitter { rect, velocity: [0, -2600], material: code("honey"), until: 1 << 30 }))];
    let mut whole = Whole::new(scene);
    let (mut turns, mut side, mut pile): (Vec<Turn>, _, _) = (Vec::new(), 0.0, 0.0);
    let (mut ticks, mut speed, mut thick) = (0.0, 0.0, 0.0);
    for tick in 0..seconds * SECOND {
        let all = whole.run(1).extracts.remove(0);
        let mut rows = vec![0.0; height as usize];
        all.iter().for_each(|p| rows[at(p)[1] as usize] += 0.25);
        // The pile is where there is half as much again as the sheet.
        let top = rows.iter().take_while(|&&r| r > 1.5 * f64::from(wide)).count() as f64;
        pile += (top - pile) / 30.0;
        let above = pile + 5.0;
        let band: Vec<_> = all.iter().filter(|p| (above..above + 3.0).contains(&at(p)[1])).collect();
        if band.is_empty() {
            continue;
        }
        let n = band.len() as f64;
        let x = band.iter().map(|p| at(p)[0]).sum::<f64>() / n - f64::from(width) / 2.0;
        ticks += 1.0;
        speed += band.iter().map(|p| -f64::from(p.unpack().vy) / 32768.0).sum::<f64>() / n;
        thick += n / 12.0;
        if x.abs() > 0.6 && x.signum() != side && ticks >= 8.0 {
            side = x.signum();
            turns.push(Turn { tick: tick as f64, speed: speed / ticks, thick: thick / ticks });
            (ticks, speed, thick) = (0.0, 0.0, 0.0);
        }
    }
    turns
}

/// The median over a sheet's whole folds of C, and how many folds there were; what is typical of them is printed.
fn constant(high: i32, wide: i32, gravity: i32, seconds: usize) -> f64 {
    let Family::Plastic(law) = materials::material(code("honey").into()).family else { panic!() };
    // As `honey_is_as_thick_as_its_law_says` measures it.
    let viscosity = f64::from(law.modulus) / 64.0 * 65536.0 / f64::from(law.creep) + f64::from(law.shear) / 2048.0;
    let g = f64::from(gravity) / 32768.0;
    let mut folds: Vec<[f64; 4]> = turns(high, wide, gravity, seconds)
        .windows(3)
        .skip(1)
        .map(|turn| {
            let (speed, thick) = ((turn[1].speed + turn[2].speed) / 2.0, (turn[1].thick + turn[2].thick) / 2.0);
            let whole = (turn[2].tick - turn[0].tick) * 4.0;
            let length = (viscosity * thick * thick * speed / g).powf(0.25);
            [length / speed / whole, whole, speed, thick]
        })
        .collect();
    folds.sort_by(|a, b| a[0].total_cmp(&b[0]));
    assert!(folds.len() >= 3, "it folds {} times", folds.len());
    let [c, whole, speed, thick] = folds[folds.len() / 2];
    println!(
        "honey {wide} wide from {high} cells, gravity {gravity}: {} folds; one of {whole:.0} substeps at a speed of {speed:.3} \
         and {thick:.1} thick; C {c:.3} ({:.3} to {:.3})",
        folds.len(),
        folds[folds.len() / 4][0],
        folds[folds.len() * 3 / 4][0]
    );
    c
}

#[test]
fn honey_folds_as_often_as_a_viscous_sheet() {
    let sheets = [(40, 4, 54, 8), (40, 5, 54, 8), (56, 5, 54, 8), (40, 5, 108, 8), (40, 8, 54, 10), (40, 4, 27, 12)];
    let all = sheets.map(|(high, wide, gravity, seconds)| constant(high, wide, gravity, seconds));
    let middle = all.iter().map(|c| c.ln()).sum::<f64>() / all.len() as f64;
    println!("C is {:.3}", middle.exp());
    assert!(all.iter().all(|c| (c / middle.exp() - 1.0).abs() <= 0.15), "{all:?}");
}
