//! Air and a gas in it in `f64`, beside [`super::twin`], written from the formulas of docs/materials/air.md: parcels in a box
//! without anything else, which the gas pulls along and which carry it.
#![allow(clippy::disallowed_methods, reason = "plain formulas in real numbers; the twin only judges")]

use super::twin::{Params, Twin};
use sim_kernels::materials::{self, Family, air::LAW};

/// Cells along a parcel's edge.
const SIDE: f64 = 8.0;

/// The box, parcels by row and column.
pub struct AirTwin {
    /// The gas.
    pub gas: Twin,
    columns: usize,
    rows: usize,
    /// Across the left and the lower edge, cells a substep.
    v: Vec<[f64; 2]>,
    pressure: Vec<f64>,
    /// By substep, of a particle's velocity against the air.
    drag: f64,
}

impl AirTwin {
    /// A gas in air at rest.
    pub fn new(gas: Twin, material: &str, columns: usize, rows: usize) -> Self {
        let code = materials::named(material).expect("it is registered");
        let Family::Fluid(law) = materials::material(u32::from(code)).family else { panic!("{material} is no gas") };
        let count = columns * rows;
        let drag = f64::from(law.drag) / 256.0;
        Self { gas, columns, rows, v: vec![[0.0; 2]; count], pressure: vec![0.0; count], drag }
    }

    fn place(&self, x: i64, y: i64) -> Option<usize> {
        let inside = (0..self.columns as i64).contains(&x) && (0..self.rows as i64).contains(&y);
        inside.then(|| y as usize * self.columns + x as usize)
    }

    /// Across the left (0) or lower edge (1) of a parcel; 0 at the box's walls and beyond.
    fn edge(&self, axis: usize, x: i64, y: i64) -> f64 {
        let before = if axis == 0 { self.place(x - 1, y) } else { self.place(x, y - 1) };
        match (before, self.place(x, y)) {
            (Some(_), Some(own)) => self.v[own][axis],
            _ => 0.0,
        }
    }

    /// The wind at a place, bilinear between the edges.
    fn wind(&self, axis: usize, at: [f64; 2]) -> f64 {
        let mut at = [at[0] / SIDE, at[1] / SIDE];
        at[1 - axis] -= 0.5;
        let low = at.map(f64::floor);
        let [fx, fy] = [at[0] - low[0], at[1] - low[1]];
        let v = |dx: i64, dy: i64| self.edge(axis, low[0] as i64 + dx, low[1] as i64 + dy);
        (v(0, 0) * (1.0 - fx) + v(1, 0) * fx) * (1.0 - fy) + (v(0, 1) * (1.0 - fx) + v(1, 1) * fx) * fy
    }

    /// A tick of both, each from what the other was as it began.
    pub fn tick(&mut self) {
        let mut pulls = vec![[0.0; 3]; self.columns * self.rows];
        let strength = 4.0 * self.drag;
        for q in &self.gas.points {
            let place = self.place((q.x[0] / SIDE) as i64, (q.x[1] / SIDE) as i64).expect("inside");
            let pull = &mut pulls[place];
            *pull = [pull[0] + strength, pull[1] + strength * q.v[0], pull[2] + strength * q.v[1]];
        }
        self.gas.tick();
        let blown: Vec<[f64; 2]> = self.gas.points.iter().map(|q| [0, 1].map(|axis| self.wind(axis, q.x))).collect();
        for (q, wind) in self.gas.points.iter_mut().zip(blown) {
            q.v = [q.v[0] + strength * wind[0], q.v[1] + strength * wind[1]];
        }
        self.next(&pulls);
    }

    fn next(&mut self, pulls: &[[f64; 3]]) {
        // Pressure in what drives by 1 a tick for each parcel: a half of what flows in.
        for y in 0..self.rows as i64 {
            for x in 0..self.columns as i64 {
                let along = self.edge(0, x, y) - self.edge(0, x + 1, y);
                let up = self.edge(1, x, y) - self.edge(1, x, y + 1);
                let place = self.place(x, y).expect("inside");
                self.pressure[place] += 0.5 * (along + up);
            }
        }
        // An eighth of 256 times the strength of a pull of 1 is a whole step.
        let whole = f64::from(1 << LAW.inertia) / 256.0;
        let mut next = self.v.clone();
        for y in 0..self.rows as i64 {
            for x in 0..self.columns as i64 {
                for axis in 0..2 {
                    let step = if axis == 0 { [1, 0] } else { [0, 1] };
                    let (own, Some(before)) = (self.place(x, y).expect("inside"), self.place(x - step[0], y - step[1]))
                    else {
                        continue;
                    };
                    let side = [step[1], step[0]];
                    let v = self.edge(axis, x, y);
                    let at = |along: i64, aside: i64| {
                        self.edge(axis, x + along * step[0] + aside * side[0], y + along * step[1] + aside * side[1])
                    };
                    let over = |dx: i64, dy: i64| self.edge(1 - axis, x + dx, y + dy);
                    let across = (over(0, 0)
                        + over(side[0], side[1])
                        + over(-step[0], -step[1])
                        + over(side[0] - step[0], side[1] - step[1]))
                        / 4.0;
                    let from_along = if v > 0.0 { at(-1, 0) } else { at(1, 0) };
                    let from_aside = if across > 0.0 { at(0, -1) } else { at(0, 1) };
                    let blown = v - 0.5 * v.abs() * (v - from_along) - 0.5 * across.abs() * (v - from_aside);
                    let driven = blown - 0.5 * 2.0 * 0.5 * (self.pressure[own] - self.pressure[before]);
                    let pull: [f64; 3] = std::array::from_fn(|k| pulls[own][k] + pulls[before][k]);
                    let toward = if pull[0] > 0.0 { pull[axis + 1] / pull[0] } else { 0.0 };
                    let pulled = driven + (pull[0] / whole).min(1.0) * (toward - driven);
                    next[own][axis] = (pulled * 255.0 / 256.0).clamp(-0.5, 0.5);
                }
            }
        }
        self.v = next;
    }
}

impl Params {
    /// Those of a gas at the air's pressure: how much room it takes beside water, what lifts it, and what slows it.
    pub fn of_gas(material: &str, gravity: [i32; 2]) -> Self {
        let code = materials::named(material).expect("it is registered");
        let material = materials::material(u32::from(code));
        let Family::Fluid(law) = material.family else { panic!("it is no gas") };
        Self {
            stiffness: f64::from(law.stiffness) / 16.0,
            bulk: f64::from(law.bulk) / 16.0,
            shear: f64::from(law.shear) / 512.0,
            lag: f64::from(law.lag) / 256.0,
            mix: f64::from(law.mix) / 256.0,
            room: f64::from(material.heat.volume(material.heat.initial)) / 64.0,
            lift: f64::from(law.lift) / 64.0,
            drag: f64::from(law.drag) / 256.0,
            ..Self::new(gravity)
        }
    }
}
