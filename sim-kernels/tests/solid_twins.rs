//! What holds shear beside the same method in `f64`: a heap of sand, and the wobble of a jelly.
//! `cargo test --release --no-default-features -p sim-kernels --test solid_twins -- --nocapture` prints docs/materials.md's
//! table.

#![allow(clippy::disallowed_methods, reason = "measures in real numbers; nothing of it enters the simulation")]

mod cpu_common;

use cpu_common::measure::{SECOND, at, blocks, front, heights, upright};
use cpu_common::twin::{Params, Twin};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::geom::Rect;

/// The angle of a heap at the left wall, in degrees, by least squares over the middle of its slope, and how far it reaches.
fn heap(points: impl IntoIterator<Item = [f64; 2]>, width: usize) -> [f64; 2] {
    let heights = heights(points, width);
    let foot = front(&heights);
    let (from, to) = ((foot * 0.15) as usize, (foot * 0.85) as usize);
    let n = (to - from) as f64;
    let (mx, my) = ((from + to - 1) as f64 / 2.0, heights[from..to].iter().sum::<f64>() / n);
    let (mut up, mut down) = (0.0, 0.0);
    for (x, high) in heights.iter().enumerate().take(to).skip(from) {
        up += (x as f64 - mx) * (high - my);
        down += (x as f64 - mx).powi(2);
    }
    [(-up / down).atan().to_degrees(), foot]
}

#[test]
fn a_heap_of_sand_is_that_of_real_numbers() {
    for aspect in [1, 2] {
        let (width, height) = (24 * (2 + 6 * aspect) / 16 * 16, (24 * aspect + 31) / 16 * 16);
        let mut whole = blocks(width, height, upright(), &[("sand", Rect::new(0, 0, 24, 24 * aspect))]);
        whole.run(1);
        let begun = whole.particles();
        let mut twin = Twin::new(Params::of("sand", upright()), &whole.globals.terrain, &begun);
        whole.run(12 * SECOND);
        (0..12 * SECOND).for_each(|_| twin.tick());
        let ours = heap(whole.particles().iter().map(at), width as usize);
        let theirs = heap(twin.points.iter().map(|p| p.x), width as usize);
        let ran = |foot: f64| (foot - 24.0) / 24.0;
        println!(
            "sand, aspect {aspect}: {:.1} degrees and a run-out of {:.2}, in f64 {:.1} and {:.2}",
            ours[0],
            ran(ours[1]),
            theirs[0],
            ran(theirs[1])
        );
        assert!((ours[0] - theirs[0]).abs() <= 2.0, "{ours:?} {theirs:?}");
        assert!((ours[1] / theirs[1] - 1.0).abs() <= 0.05, "{ours:?} {theirs:?}");
    }
}

/// The mean of what is measured of each point.
fn mean(of: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = of.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    sum / count
}

/// The height below which all but half a hundredth of the points lie.
fn top(of: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = of.collect();
    all.sort_by(f64::total_cmp);
    all[all.len() - 1 - all.len() / 200]
}

/// Of a wave around 0, sampled at every tick: how long it is, and how far it still goes in its second one, of the first.
fn wave(track: &[f64]) -> [f64; 2] {
    let crossings: Vec<f64> = (1..track.len())
        .filter(|&k| (track[k - 1] < 0.0) != (track[k] < 0.0))
        .map(|k| k as f64 - track[k] / (track[k] - track[k - 1]))
        .collect();
    let n = crossings.len();
    assert!(n >= 5, "two waves: {crossings:?}");
    let far = |from: f64, to: f64| track[from as usize..to as usize].iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let whole = 2.0 * (crossings[n - 1] - crossings[0]) / (n - 1) as f64;
    [whole, far(crossings[2], crossings[4]) / far(crossings[0], crossings[2])]
}

#[test]
fn a_jelly_stands_and_wobbles_as_in_real_numbers() {
    let mut whole = blocks(64, 48, upright(), &[("jelly", Rect::new(24, 0, 40, 16))]);
    whole.run(1);
    let begun = whole.particles();
    let mut twin = Twin::new(Params::of("jelly", upright()), &whole.globals.terrain, &begun);
    whole.run(20 * SECOND);
    (0..20 * SECOND).for_each(|_| twin.tick());
    let still = whole.particles();
    let high = [top(still.iter().map(|p| at(p)[1])), top(twin.points.iter().map(|p| p.x[1]))];
    let middle = [mean(still.iter().map(|p| at(p)[0])), mean(twin.points.iter().map(|p| p.x[0]))];
    println!("jelly at rest: {:.2} high, in f64 {:.2}", high[0], high[1]);
    assert!((high[0] / high[1] - 1.0).abs() <= 0.02, "{high:?}");
    // Pushed sideways, more above than below.
    for row in 0..16 {
        let stroke = Stroke { from: [16, row], to: [48, row], radius: 0 };
        whole.scene.commands.push((whole.globals.tick, Command::Push { stroke, velocity: [100 * row, 0] }));
    }
    twin.points.iter_mut().for_each(|p| p.v[0] += 100.0 * p.x[1].floor() / 32768.0);
    let mut tracks = [Vec::new(), Vec::new()];
    for _ in 0..2 * SECOND {
        whole.run(1);
        twin.tick();
        tracks[0].push(mean(whole.particles().iter().map(|p| at(p)[0])) - middle[0]);
        tracks[1].push(mean(twin.points.iter().map(|p| p.x[0])) - middle[1]);
    }
    let [ours, theirs] = [wave(&tracks[0]), wave(&tracks[1])];
    println!("jelly: a wobble takes {:.1} ticks, in f64 {:.1}", ours[0], theirs[0]);
    println!("jelly: of a wobble the next one has {:.3}, in f64 {:.3}", ours[1], theirs[1]);
    assert!((ours[0] / theirs[0] - 1.0).abs() <= 0.03, "{ours:?} {theirs:?}");
    assert!((ours[1] / theirs[1] - 1.0).abs() <= 0.1, "{ours:?} {theirs:?}");
}
