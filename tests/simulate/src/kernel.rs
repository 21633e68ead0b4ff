//! What participants compute with: for breadth a tiny kernel with the jobs' whole meaning, whose particles move by a
//! hash of what lies around them, as far as the halo allows, so that a band that is missing, late or wrong changes the
//! digest; for depth the real one.

use sim_kernels::constants::HALO_TICK;
use sim_kernels::cpu::CpuBackend;
use sim_kernels::cpu::dormant::Dormant;
use sim_kernels::cpu::ops::{carried, warmed};
use sim_kernels::digest::{Digest, hash4};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::{CellOp, CellOpKind, Globals, replaced, spawned};
use sim_kernels::grabs::Pull;
use sim_kernels::job::{Job, JobOutput};
use sim_kernels::particle::Particle;
use sim_kernels::view::{Sample, ViewTile};
use std::collections::BTreeMap;

/// Something that does jobs at once.
pub trait Kernel {
    /// Does one.
    fn run(&mut self, job: Job) -> Result<JobOutput, String>;
}

/// Makes a participant's kernel.
pub type Make = fn() -> Box<dyn Kernel>;

/// The real kernel, on one thread.
pub struct Real(CpuBackend);

impl Real {
    /// As a kernel.
    pub fn boxed() -> Box<dyn Kernel> {
        Box::new(Self(CpuBackend::new(Some(1))))
    }
}

impl Kernel for Real {
    fn run(&mut self, job: Job) -> Result<JobOutput, String> {
        self.0.run_now(job).map_err(|error| error.to_string())
    }
}

/// Cells around a particle that it depends on; with one cell of motion this stays under 12 a tick.
const REACH: i32 = 10;

/// The tiny kernel: a state a slot.
#[derive(Default)]
pub struct Stub {
    held: Held,
    slot: u8,
    others: BTreeMap<u8, Held>,
}

#[derive(Clone, Default)]
struct Held {
    globals: Option<Globals>,
    region: Rect,
    particles: Vec<Particle>,
    dormant: Option<Dormant>,
    sums: Vec<u32>,
}

impl Stub {
    /// As a kernel.
    pub fn boxed() -> Box<dyn Kernel> {
        Box::<Self>::default()
    }
}

impl Kernel for Stub {
    fn run(&mut self, job: Job) -> Result<JobOutput, String> {
        match job {
            Job::Select(slot) => {
                let held = std::mem::take(&mut self.held);
                self.others.insert(std::mem::replace(&mut self.slot, slot), held);
                self.held = self.others.remove(&slot).unwrap_or_default();
                Ok(JobOutput::default())
            }
            Job::Forget => {
                self.held = Held::default();
                Ok(JobOutput::default())
            }
            Job::Copy(from) if from != self.slot => {
                self.held = self.others.get(&from).ok_or("nothing is loaded")?.clone();
                Ok(JobOutput::default())
            }
            job => self.held.run(job),
        }
    }
}

impl Held {
    fn keep(&mut self, rect: Rect) {
        self.particles.retain(|p| rect.contains(p.cell().0, p.cell().1));
    }

    fn view(&self) -> Vec<ViewTile> {
        let mut tiles: BTreeMap<(i32, i32), Vec<u32>> = BTreeMap::new();
        for p in &self.particles {
            let (x, y) = p.cell();
            let cells = tiles.entry((y / 16, x / 16)).or_insert_with(|| vec![0; 256]);
            let cell = &mut cells[(y % 16 * 16 + x % 16) as usize];
            *cell = Sample::of((*cell as u8).saturating_add(32), 0, 0).pack();
        }
        tiles.into_iter().map(|((y, x), cells)| ViewTile { tile: [x as u16, y as u16], cells }).collect()
    }

    fn columns(&self) -> Vec<u32> {
        let count = |column: i32| self.particles.iter().filter(|p| p.cell().0 / 16 == column).count() as u32;
        (self.region.x0 / 16..(self.region.x1 + 15) / 16).map(count).collect()
    }

    fn extract(&self, rect: Rect) -> Vec<Particle> {
        let inside = |p: &&Particle| rect.contains(p.cell().0, p.cell().1);
        self.particles.iter().filter(inside).copied().collect()
    }

    fn apply(&mut self, op: &CellOp, taken: &mut Vec<Particle>) {
        let word = |x: i32, y: i32| {
            if !op.rect.contains(x, y) {
                return 0;
            }
            op.word(x, y)
        };
        match op.kind {
            CellOpKind::Erase(stroke) => self.particles.retain(|p| {
                let stays = word(p.cell().0, p.cell().1) == 0;
                taken.extend(p.taken(stroke).filter(|_| !stays));
                stays
            }),
            // What is pasted comes as what lay dormant does.
            CellOpKind::Settle | CellOpKind::Place(_) => {}
            CellOpKind::Push | CellOpKind::Warm => {
                for p in &mut self.particles {
                    match word(p.cell().0, p.cell().1) {
                        0 => {}
                        w if op.kind == CellOpKind::Warm => *p = warmed(*p, w),
                        w => p.0[2] = p.0[2].wrapping_add(w),
                    }
                }
            }
            CellOpKind::Carry { told, number } => {
                for p in &mut self.particles {
                    if word(p.cell().0, p.cell().1) != 0 {
                        *p = carried(*p, told, number);
                    }
                }
            }
            CellOpKind::Remove(stroke) => self.particles.retain(|p| p.stroke() != stroke),
            CellOpKind::Take { material, stroke } => self.particles.retain(|p| {
                let stays = word(p.cell().0, p.cell().1) == 0 || p.material() != material;
                taken.extend(p.taken(stroke).filter(|_| !stays));
                stays
            }),
            CellOpKind::Replace { from, to, stroke } => {
                let is_one = |p: &Particle| p.material() == from && word(p.cell().0, p.cell().1) != 0;
                for p in self.particles.iter_mut().filter(|p| is_one(p)) {
                    taken.extend(p.taken(stroke));
                    *p = replaced(*p, from, to, stroke);
                }
            }
            CellOpKind::Forget { from, to } => {
                for p in self.particles.iter_mut().filter(|p| (from..to).contains(&p.stroke())) {
                    *p = p.of_stroke(0);
                }
            }
            CellOpKind::Spawn { velocity, material, seed, stroke, .. } => {
                let mut counts: BTreeMap<(i32, i32), u32> = BTreeMap::new();
                self.particles.iter().for_each(|p| *counts.entry(p.cell()).or_default() += 1);
                for y in op.rect.y0..op.rect.y1 {
                    for x in op.rect.x0..op.rect.x1 {
                        let n = counts.get(&(x, y)).copied().unwrap_or(0);
                        if word(x, y) != 0 {
                            self.particles
                                .extend((n..4).map(|i| spawned(x, y, i, velocity, material, seed).of_stroke(stroke)));
                        }
                    }
                }
            }
        }
    }

    fn tick(&mut self, size: WorldSize, tick: u64) {
        // A border as wide as the reach, so that nobody looks outside.
        let row = (size.width + 2 * REACH) as usize;
        let slot = |x: i32, y: i32| (y + REACH) as usize * row + (x + REACH) as usize;
        self.sums.clear();
        self.sums.resize(row * (size.height + 2 * REACH) as usize, 0);
        for p in &self.particles {
            let (x, y) = p.cell();
            let sum = &mut self.sums[slot(x, y)];
            *sum = sum.wrapping_add(hash4(p.0)[0]);
        }
        for p in &mut self.particles {
            let (x, y) = p.cell();
            let mut around = 0u32;
            for dy in [-REACH, -3, 0, 3, REACH] {
                for dx in [-REACH, -5, -1, 0, 1, 5, REACH] {
                    around = around.wrapping_add(self.sums[slot(x + dx, y + dy)]);
                }
            }
            let h = hash4([around, p.0[0], p.0[1] ^ p.0[2], tick as u32]);
            let step = |at: u32, h: u32, cells: i32| {
                let moved = at as i32 + (h % 8191) as i32 - 4095;
                moved.clamp(0, (cells << 12) - 1) as u32
            };
            let x = step(p.0[0] & 0xff_ffff, h[0], size.width);
            let y = step(p.0[1] & 0x3f_ffff, h[1], size.height);
            p.0 = [p.0[0] & 0xff00_0000 | x, p.0[1] & 0xffc0_0000 | y, h[2], p.0[3]];
        }
    }

    /// What is held goes another way than it would.
    fn pull(&mut self, pull: &Pull) {
        let (rect, [x, y], [vx, vy]) = (pull.rect(), pull.centre, pull.velocity);
        let told = hash4([x, y, vx, vy].map(|word| word as u32))[0];
        for p in self.particles.iter_mut().filter(|p| rect.contains(p.cell().0, p.cell().1)) {
            p.0[2] = p.0[2].wrapping_add(told);
        }
    }

    fn run(&mut self, job: Job) -> Result<JobOutput, String> {
        let mut out = JobOutput::default();
        match job {
            Job::Select(_) | Job::Forget | Job::Copy(_) | Job::TileDigests(_) => {}
            Job::Begin(_) if self.globals.is_none() => return Err("nothing is loaded".into()),
            Job::Begin(step) => {
                if !step.incoming.is_empty() || !step.extract.is_empty() {
                    return Err("a step that is begun has nothing that comes in or goes out".into());
                }
                let inside = step.region.grown(-HALO_TICK * step.commands.len() as i32);
                let is_inside = |p: &&Particle| inside.contains(p.cell().0, p.cell().1);
                out.particles = self.particles.iter().filter(is_inside).count() as u64;
            }
            Job::Load(load) => {
                let outside = load.particles.iter().any(|p| !load.region.contains(p.cell().0, p.cell().1));
                if outside {
                    return Err("a particle outside the region".into());
                }
                if !load.globals.is_valid() {
                    return Err("globals that are out of range".into());
                }
                let mut dormant = Dormant::new(load.globals.size());
                self.particles = dormant.sort_out(&load.particles, load.region).into_owned();
                (self.globals, self.dormant, self.region) = (Some(load.globals), Some(dormant), load.region);
            }
            Job::Extract(rects) => {
                out.extracts = rects.iter().map(|r| self.extract(*r)).collect();
                out.columns = self.columns();
                self.dormant.iter_mut().for_each(|dormant| dormant.complete(&mut out, &rects, self.region));
            }
            Job::Step(step) => {
                let mut globals = self.globals.take().ok_or("nothing is loaded")?;
                let mut dormant = self.dormant.take().ok_or("nothing is loaded")?;
                let size = globals.size();
                let padded = step.region.grown(HALO_TICK * step.commands.len() as i32).intersect(size.rect());
                self.keep(padded);
                let old = self.region;
                if step
                    .incoming
                    .iter()
                    .any(|p| !padded.contains(p.cell().0, p.cell().1) || old.contains(p.cell().0, p.cell().1))
                {
                    return Err("a band's particle where none may be".into());
                }
                self.particles.extend(&*dormant.sort_out(&step.incoming, padded));
                for commands in &step.commands {
                    self.particles.extend(dormant.wake());
                    let ops = globals.begin_tick(commands);
                    dormant.tick_begins(&ops);
                    let mut taken = Vec::new();
                    ops.iter().for_each(|op| self.apply(op, &mut taken));
                    globals.grabs.pulls().iter().for_each(|pull| self.pull(pull));
                    self.keep(padded);
                    taken.retain(|p| padded.contains(p.cell().0, p.cell().1));
                    self.tick(size, globals.tick);
                    dormant.take(&taken, globals.strokes.newest());
                    dormant.tick_ends(&ops, &globals.terrain, globals.strokes.newest(), || globals.strokes.kept());
                    globals.end_tick();
                }
                self.globals = Some(globals);
                self.region = step.region;
                self.keep(step.region);
                dormant.keep(step.region);
                out.extracts = step.extract.iter().map(|r| self.extract(*r)).collect();
                out.digest = step.digest.then(|| Digest::of_all(&self.particles));
                out.particles = self.particles.len() as u64;
                out.columns = self.columns();
                dormant.complete(&mut out, &step.extract, step.region);
                self.dormant = Some(dormant);
                if step.view {
                    out.view = self.view();
                }
                out.compute_us = 100;
            }
        }
        Ok(out)
    }
}
