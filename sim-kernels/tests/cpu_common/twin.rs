//! The same method in `f64`, written apart and plainly: one dense grid, no rounding, no clamps but those
//! that the method itself needs. What the integer kernels are compared with.
#![allow(
    clippy::needless_range_loop,
    clippy::disallowed_methods,
    reason = "plain formulas in real numbers; the twin only judges"
)]

use super::twin_laws::Solid;
use sim_kernels::constants as k;
use sim_kernels::materials::water::LAW;
use sim_kernels::particle::Particle;
use sim_kernels::terrain::Terrain;

/// The constants, as real numbers.
#[derive(Clone, Copy, Debug)]
pub struct Params {
    /// The stress added to D, times 1 - J.
    pub stiffness: f64,
    /// The share of D's trace that is taken off each diagonal element.
    pub bulk: f64,
    /// The share of D's shear that is taken off.
    pub shear: f64,
    /// How far J moves toward the grid's density, a substep.
    pub mix: f64,
    /// How much more than the divergence J follows.
    pub lag: f64,
    /// How much slower the mirrored liquid behind a wall slides.
    pub friction: f64,
    /// Cells a substep squared.
    pub gravity: [f64; 2],
    /// How much room a particle takes, where that of water is 1.
    pub room: f64,
    /// What lifts it, of its weight.
    pub lift: f64,
    /// Which share of its velocity a substep takes.
    pub drag: f64,
    /// The law of what holds shear, where it is not water.
    pub solid: Option<Solid>,
}

impl Params {
    /// Those of water.
    pub fn new(gravity: [i32; 2]) -> Self {
        Self {
            stiffness: f64::from(LAW.stiffness) / 16.0,
            bulk: f64::from(LAW.bulk) / 16.0,
            shear: f64::from(LAW.shear) / 512.0,
            lag: f64::from(LAW.lag) / 256.0,
            mix: f64::from(LAW.mix) / 256.0,
            friction: f64::from(k::FRICTION) / 256.0,
            gravity: gravity.map(|g| f64::from(g) / 32768.0),
            room: 1.0,
            lift: 0.0,
            drag: 0.0,
            solid: None,
        }
    }

    /// Those of a material that holds shear.
    pub fn of(material: &str, gravity: [i32; 2]) -> Self {
        Self { solid: Some(Solid::named(material)), ..Self::new(gravity) }
    }
}

/// A particle.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Position, cells.
    pub x: [f64; 2],
    /// Velocity, cells a substep.
    pub v: [f64; 2],
    /// Velocity gradient (a b; c d), a substep.
    pub d: [f64; 4],
    /// Volume ratio.
    pub j: f64,
    /// What a solid remembers: see [`Solid`].
    pub memory: [f64; 4],
}

/// A whole world.
pub struct Twin {
    /// The same for all points.
    pub params: Params,
    /// In no order.
    pub points: Vec<Point>,
    terrain: Terrain,
    width: usize,
    height: usize,
    nodes: Vec<[f64; 3]>,
}

fn axis(f: f64) -> [f64; 3] {
    let w0 = 0.5 * (1.0 - f) * (1.0 - f);
    let w2 = 0.5 * f * f;
    [w0, 1.0 - w0 - w2, w2]
}

impl Twin {
    /// From particles of the integer kernels.
    pub fn new(params: Params, terrain: &Terrain, particles: &[Particle]) -> Self {
        let points = particles
            .iter()
            .map(|p| {
                let f = p.unpack();
                Point {
                    x: [f64::from(f.x) / 4096.0, f64::from(f.y) / 4096.0],
                    v: [f64::from(f.vx) / 32768.0, f64::from(f.vy) / 32768.0],
                    d: f.d.map(|v| f64::from(v) / 256.0),
                    j: f64::from(2048 + f.j) / 4096.0,
                    memory: params.solid.map_or([0.0; 4], |solid| solid.memory(p)),
                }
            })
            .collect();
        let (width, height) = (terrain.size().width as usize + 2, terrain.size().height as usize + 2);
        Self { params, points, terrain: terrain.clone(), width, height, nodes: vec![[0.0; 3]; width * height] }
    }

    fn solid(&self, x: f64, y: f64) -> bool {
        self.terrain.solid(x.floor() as i32, y.floor() as i32)
    }

    /// As many substeps as a tick has.
    pub fn tick(&mut self) {
        for _ in 0..k::SUBSTEPS {
            self.substep();
        }
    }

    /// Scatter, grid, gather.
    pub fn substep(&mut self) {
        let p = self.params;
        self.nodes.fill([0.0; 3]);
        for i in 0..self.points.len() {
            let q = self.points[i];
            let [a, b, c, d] = q.d;
            let [push, stretch, slide] = match p.solid {
                None => {
                    let e = (1.0 - q.j).max(0.0);
                    [e * p.stiffness - (a + d) * p.bulk, (a - d) * p.shear, (b + c) * p.shear]
                }
                Some(solid) => solid.stress(&q),
            };
            let m = [a + push - stretch, b - slide, c - slide, d + push + stretch];
            self.each_node(q.x, |node, w, off, m1| {
                node[0] += m1[0] * w * (q.v[0] + m[0] * off[0] + m[1] * off[1]);
                node[1] += m1[1] * w * (q.v[1] + m[2] * off[0] + m[3] * off[1]);
                node[2] += w;
            });
        }
        self.grid();
        for i in 0..self.points.len() {
            let q = self.points[i];
            let (mut v, mut d, mut density) = ([0.0; 2], [0.0; 4], 0.0);
            self.each_node(q.x, |node, w, off, m1| {
                let slow = |a: f64, m: f64, o: f64| {
                    if m < 0.0 {
                        -a
                    } else if o < 0.0 {
                        a * (1.0 - p.friction)
                    } else {
                        a
                    }
                };
                let (vx, vy) = (slow(node[0], m1[0], m1[1]), slow(node[1], m1[1], m1[0]));
                v[0] += w * vx;
                v[1] += w * vy;
                d[0] += 4.0 * w * vx * off[0];
                d[1] += 4.0 * w * vx * off[1];
                d[2] += 4.0 * w * vy * off[0];
                d[3] += 4.0 * w * vy * off[1];
                density += w * node[2];
            });
            let (j, memory) = match p.solid {
                None => {
                    let div = d[0] + d[3];
                    let mut j = q.j * (1.0 + (1.0 + p.lag) * div);
                    if density > 1.0 {
                        j += p.mix * ((1.0 + div) / density - j);
                    } else {
                        j += p.mix * (1.0 - j);
                    }
                    (j, q.memory)
                }
                Some(solid) => solid.next(&q, d, density),
            };
            let v = [0, 1].map(|k| (v[k] * (1.0 - p.drag) - p.gravity[k] * p.lift).clamp(-0.99997, 0.99997));
            let (x, v) = self.walk(q.x, v);
            self.points[i] = Point { x, v, d, j: j.clamp(0.5, 1.4998), memory };
        }
    }

    fn walk(&self, from: [f64; 2], v: [f64; 2]) -> ([f64; 2], [f64; 2]) {
        let (mut to, mut v) = ([from[0] + v[0], from[1] + v[1]], v);
        if self.solid(to[0], to[1]) {
            let keep_x = !self.solid(to[0], from[1]);
            let keep_y = !keep_x && !self.solid(from[0], to[1]);
            for (axis, keep) in [keep_x, keep_y].into_iter().enumerate() {
                if !keep {
                    let cell = from[axis].floor();
                    to[axis] = to[axis].clamp(cell, cell + 0.9998);
                    v[axis] = 0.0;
                }
            }
        }
        (to, v)
    }

    /// Where node (i, j) of a stencil is mirrored to before a wall, and the signs of the velocity's parts.
    fn fold(&self, x: [f64; 2], i: i32, j: i32) -> (i32, i32, f64, f64) {
        let (cx, cy) = (x[0].floor() as i32, x[1].floor() as i32);
        let s = |i: i32, j: i32| self.terrain.solid(cx + i, cy + j);
        if !s(i, j) {
            return (i, j, 1.0, 1.0);
        }
        if i == 0 {
            return (0, 0, 1.0, -1.0);
        }
        if j == 0 {
            return (0, 0, -1.0, 1.0);
        }
        match (s(0, j), s(i, 0)) {
            (true, true) => (0, 0, -1.0, -1.0),
            (false, true) => (0, j, -1.0, 1.0),
            (true, false) => (i, 0, 1.0, -1.0),
            (false, false) => (i, j, 1.0, 1.0),
        }
    }

    fn each_node(&mut self, x: [f64; 2], mut work: impl FnMut(&mut [f64; 3], f64, [f64; 2], [f64; 2])) {
        let (cx, cy) = (x[0].floor(), x[1].floor());
        let (wx, wy) = (axis(x[0] - cx), axis(x[1] - cy));
        let holds = self.params.solid.is_some();
        for j in 0..3 {
            for i in 0..3 {
                let off = [cx + i as f64 - 0.5 - x[0], cy + j as f64 - 0.5 - x[1]];
                let (ti, tj, sx, sy) = self.fold(x, i as i32 - 1, j as i32 - 1);
                // A wall that holds turns both round.
                let turned = if holds && sx * sy < 0.0 { [-1.0, -1.0] } else { [sx, sy] };
                let at = (cy as i32 + 1 + tj) as usize * self.width + (cx as i32 + 1 + ti) as usize;
                work(&mut self.nodes[at], wx[i] * wy[j], off, turned);
            }
        }
    }

    fn grid(&mut self) {
        let p = self.params;
        for ny in 0..self.height {
            for nx in 0..self.width {
                let n = self.nodes[ny * self.width + nx];
                if n[2] <= 0.0 {
                    continue;
                }
                let (x, y) = (nx as i32 - 1, ny as i32 - 1);
                let solid = |dx: i32, dy: i32| self.terrain.solid(x + dx, y + dy);
                let mut v = [n[0] / n[2] + p.gravity[0], n[1] / n[2] + p.gravity[1]];
                if solid(0, 0) {
                    // Only a corner that sticks out is seen: see `fold`.
                    let normal = |low: bool, high: bool| f64::from(i32::from(low) - i32::from(high));
                    let (a, b) = (normal(solid(-1, 0), solid(1, 0)), normal(solid(0, -1), solid(0, 1)));
                    let leave = |v: f64, n: f64| if v * n > 0.0 { v } else { 0.0 };
                    if a == 0.0 || b == 0.0 {
                        v = [leave(v[0], a), leave(v[1], b)];
                    } else {
                        let half = ((a * v[0] + b * v[1]) / 2.0).min(0.0);
                        v = [v[0] - a * half, v[1] - b * half];
                    }
                }
                self.nodes[ny * self.width + nx] = [v[0], v[1], (n[2] * p.room / 4.0).min(8.0)];
            }
        }
    }
}
