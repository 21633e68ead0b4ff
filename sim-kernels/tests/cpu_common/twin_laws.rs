//! The laws of what holds shear in `f64`, for [`super::twin`], written from their formulas and not from the kernels.
#![allow(clippy::disallowed_methods, reason = "plain formulas in real numbers; the twin only judges")]

use super::twin::Point;
use sim_kernels::materials::family::{elastic::Elastic, plastic::Plastic};
use sim_kernels::materials::{self, Family};
use sim_kernels::particle::Particle;

/// A law, with a material's constants.
#[derive(Clone, Copy, Debug)]
pub enum Solid {
    /// Its points remember s, the deviator of the isochoric left Cauchy-Green tensor.
    Plastic(Plastic),
    /// Its points remember F - 1, by rows.
    Elastic(Elastic),
}

impl Solid {
    /// That of a material.
    pub fn named(name: &str) -> Self {
        match materials::material(materials::named(name).expect("it is registered").into()).family {
            Family::Plastic(law) => Self::Plastic(law),
            Family::Elastic(law) => Self::Elastic(law),
            _ => panic!("{name} holds no shear"),
        }
    }

    /// What a particle of the kernels remembers.
    pub fn memory(self, p: &Particle) -> [f64; 4] {
        let half = |word: u32| f64::from(word as u16 as i16);
        let [first, second] = [p.1[0], p.1[1]];
        match self {
            Self::Plastic(_) => [half(first) / 32768.0, half(first >> 16) / 32768.0, 0.0, 0.0],
            Self::Elastic(_) => [first, first >> 16, second, second >> 16].map(|word| half(word) / 16384.0),
        }
    }

    /// What is added to both diagonal elements of the gradient, what is taken off the first and added to the last, and
    /// what is taken off the others.
    pub fn stress(self, q: &Point) -> [f64; 3] {
        let [a, b, c, d] = q.d;
        let viscous = |bulk: i32, shear: i32| {
            let (bulk, shear) = (f64::from(bulk) / 16.0, f64::from(shear) / 512.0);
            [-(a + d) * bulk, (a - d) * shear, (b + c) * shear]
        };
        let (pressure, s, modulus, [push, stretch, slide]) = match self {
            Self::Plastic(law) => {
                let (stiffness, tension) = (f64::from(law.stiffness) / 16.0, f64::from(law.tension) / 16.0);
                let pressure = (1.0 - q.j) * if q.j < 1.0 { stiffness } else { tension };
                (pressure, [q.memory[0], q.memory[1]], law.modulus, viscous(law.bulk, law.shear))
            }
            Self::Elastic(law) => {
                let f = deformation(q.memory);
                let j = f[0] * f[3] - f[1] * f[2];
                let by = j.clamp(0.25, 4.0);
                // dev (F F^T) / J.
                let s = [
                    (f[0] * f[0] + f[1] * f[1] - f[2] * f[2] - f[3] * f[3]) / (2.0 * by),
                    (f[0] * f[2] + f[1] * f[3]) / by,
                ];
                ((1.0 - j) * f64::from(law.stiffness) / 16.0, s, law.modulus, viscous(law.bulk, law.shear))
            }
        };
        let modulus = f64::from(modulus) / 16.0;
        [push + pressure, stretch + modulus * s[0], slide + modulus * s[1]]
    }

    /// The volume ratio and the memory after a substep whose gradient is `l`.
    pub fn next(self, q: &Point, l: [f64; 4], density: f64) -> (f64, [f64; 4]) {
        match self {
            Self::Plastic(law) => {
                let next = q.j * (1.0 + l[0] + l[3]);
                let target = 1.0 / density.max(1.0);
                let j = next + f64::from(law.mix) / 256.0 * (target - next);
                let j = j.clamp(0.5, f64::from(law.loose) / 32768.0);
                let [s1, s2] = held(&law, carried([q.memory[0], q.memory[1]], l), j);
                (j, [s1, s2, 0.0, 0.0])
            }
            Self::Elastic(_) => {
                let f = deformation(q.memory);
                let grown = product([1.0 + l[0], l[1], l[2], 1.0 + l[3]], f);
                (q.j, [grown[0] - 1.0, grown[1], grown[2], grown[3] - 1.0])
            }
        }
    }
}

fn deformation(e: [f64; 4]) -> [f64; 4] {
    [1.0 + e[0], e[1], e[2], 1.0 + e[3]]
}

/// Of two matrices, by rows.
fn product(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]]
}

/// b' = A b A^T / det A, with A = 1 + the deviator of the gradient.
fn carried([s1, s2]: [f64; 2], l: [f64; 4]) -> [f64; 2] {
    let h = (l[0] - l[3]) / 2.0;
    let a = [1.0 + h, l[1], l[2], 1.0 - h];
    let t = (1.0 + s1 * s1 + s2 * s2).sqrt();
    let b = product(product(a, [t + s1, s2, s2, t - s1]), [a[0], a[2], a[1], a[3]]);
    let det = a[0] * a[3] - a[1] * a[2];
    [(b[0] - b[3]) / (2.0 * det), b[1] / det]
}

/// What friction and cohesion hold of it.
fn held(law: &Plastic, s: [f64; 2], j: f64) -> [f64; 2] {
    let size = (s[0] * s[0] + s[1] * s[1]).sqrt();
    let (stiffness, modulus) = (f64::from(law.stiffness), f64::from(law.modulus));
    let limit = (f64::from(law.friction) / 256.0 * stiffness / modulus * (1.0 - j).max(0.0)
        + f64::from(law.cohesion) / 32768.0)
        .min(1.0);
    if size <= limit {
        return s;
    }
    let left = 1.0 - (size - limit) * f64::from(law.creep) / 65536.0 / size;
    [s[0] * left, s[1] * left]
}
