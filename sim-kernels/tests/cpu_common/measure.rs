//! What is measured of the integer kernels' particles, in cells and cells a substep.
#![allow(clippy::disallowed_methods, reason = "measures in real numbers; nothing of it enters the simulation")]

use super::{Whole, scene};
use sim_kernels::command::Command;
use sim_kernels::constants::GRAVITY_DEFAULT;
use sim_kernels::geom::Rect;
use sim_kernels::materials;
use sim_kernels::particle::Particle;

/// Ticks.
pub const SECOND: usize = 60;

/// A material's code.
pub fn code(name: &str) -> u8 {
    materials::named(name).expect("it is registered")
}

/// A world with these blocks of materials in it.
pub fn blocks(width: i32, height: i32, gravity: [i32; 2], blocks: &[(&str, Rect)]) -> Whole {
    let mut scene = scene(width, height, GRAVITY_DEFAULT, &[], &[]);
    scene.gravity = gravity;
    scene.commands = blocks.iter().map(|&(name, rect)| (0, Command::Fill { rect, material: code(name) })).collect();
    Whole::new(scene)
}

/// How many there are of a material.
pub fn count(particles: &[Particle], name: &str) -> usize {
    particles.iter().filter(|p| p.material() == u32::from(code(name))).count()
}

/// The usual gravity.
pub fn upright() -> [i32; 2] {
    [0, -GRAVITY_DEFAULT]
}

/// Gravity turned by some degrees against a bed.
pub fn tilted(degrees: f64) -> [i32; 2] {
    let (angle, g) = (degrees.to_radians(), f64::from(GRAVITY_DEFAULT));
    [(g * angle.sin()).round() as i32, -(g * angle.cos()).round() as i32]
}

/// Where a particle is.
pub fn at(p: &Particle) -> [f64; 2] {
    let f = p.unpack();
    [f64::from(f.x) / 4096.0, f64::from(f.y) / 4096.0]
}

/// How fast all are, as the root of the mean square.
pub fn rms(particles: &[Particle]) -> f64 {
    let squares = particles.iter().map(|p| {
        let f = p.unpack();
        f64::from(f.vx).powi(2) + f64::from(f.vy).powi(2)
    });
    (squares.sum::<f64>() / particles.len() as f64).sqrt() / 32768.0
}

/// The height of what lies in each column of cells, by its particles: four a cell.
pub fn heights(particles: impl IntoIterator<Item = [f64; 2]>, width: usize) -> Vec<f64> {
    let mut heights = vec![0.0; width];
    particles.into_iter().for_each(|[x, _]| heights[x as usize] += 0.25);
    heights
}

/// How far a heap at the left wall reaches: where it is two particles thick, since single grains that rolled ahead are no
/// front.
pub fn front(heights: &[f64]) -> f64 {
    heights.iter().take_while(|&&h| h >= 0.5).count() as f64
}
