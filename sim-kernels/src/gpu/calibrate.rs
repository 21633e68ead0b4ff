//! Finds the scatter's fastest shape on a device. The device knows nothing of it: a backend is given its shape.

use super::context::GpuContext;
use super::ops::{OpsPlan, TickOps};
use super::recording::Recording;
use super::scatter::ScatterShape;
use super::superstep::{Held, TickPlan, Wanted, tile_parts};
use crate::geom::{Rect, WorldSize};
use crate::globals::{Globals, spawned};
use crate::job::KernelError;
use crate::particle::Particle;
use std::sync::Mutex;

#[cfg(not(target_arch = "wasm32"))]
use std::time::Instant;
#[cfg(target_arch = "wasm32")]
use web_time::Instant;

/// What a calibration found.
#[derive(Clone, Copy, Debug)]
pub struct Calibration {
    /// The fastest shape.
    pub best: ScatterShape,
    /// Nanoseconds a particle, in the order of [`ScatterShape::ALL`].
    pub times: [f64; 3],
}

/// What was measured in this process, by the adapter's name.
static KNOWN: Mutex<Vec<(String, Calibration)>> = Mutex::new(Vec::new());

/// How often a shape is timed; the best time counts.
const ROUNDS: usize = 3;
/// What one timing should take, in seconds: a browser's clock ticks every 0.1 ms at worst.
const TIMING: f64 = 1e-3;
/// How often a timing repeats the scatter at most.
const REPEATS_MAX: usize = 16;

/// The shape to scatter in on a device: what the environment names, else what a calibration finds.
///
/// # Errors
/// The environment names a shape that there is not, or the device was lost.
pub async fn fastest(context: &GpuContext) -> Result<ScatterShape, KernelError> {
    match ScatterShape::named()? {
        Some(shape) => Ok(shape),
        None => Ok(calibrate(context).await?.best),
    }
}

/// Times the shapes on water at rest, once an adapter and process.
///
/// # Errors
/// The device was lost.
///
/// # Panics
/// Another thread panicked while it noted a calibration.
pub async fn calibrate(context: &GpuContext) -> Result<Calibration, KernelError> {
    let name = context.adapter_name();
    let lock = || KNOWN.lock().expect("no holder of this lock panics");
    let known = lock().iter().find(|(adapter, _)| adapter == name).map(|(_, found)| *found);
    if let Some(found) = known {
        return Ok(found);
    }
    let found = measure(context).await?;
    log::info!("{name}: scatter by {}, ns a particle: {:?}", found.best.name(), found.times);
    lock().push((name.to_owned(), found));
    Ok(found)
}

/// Times each shape over repetitions that take [`TIMING`] in all; the best of [`ROUNDS`] counts.
async fn measure(context: &GpuContext) -> Result<Calibration, KernelError> {
    // Enough to fill a large GPU; a CPU is busy with less.
    let block = if context.is_software() { Rect::new(32, 32, 96, 64) } else { Rect::new(32, 32, 288, 288) };
    let globals = Globals::new(WorldSize { width: 320, height: 320 });
    let mut particles: Vec<Particle> = Vec::new();
    for y in block.y0..block.y1 {
        for x in block.x0..block.x1 {
            particles.extend((0..4).map(|n| spawned(x, y, n, [0, 0], 0, 1)));
        }
    }
    let region = globals.size().rect();
    let mut held = Held::new(context, ScatterShape::default(), globals, region, &particles)?;
    let tick = TickPlan {
        keep: region,
        gravity: [0, 0],
        substeps: 1,
        first_substep: 0,
        ops: TickOps::default(),
        terrain: None,
    };
    let wanted = Wanted::of(&[], false, false);
    held.upload(&[tick], &OpsPlan::default(), region, held.len, &wanted);

    // The sort, and each shape once: a driver may do half of its work when a kernel first runs.
    let mut sorted = Recording::new(held.start());
    sorted.sort(held.len, held.buffers.sizes.slots);
    for shape in ScatterShape::ALL {
        sorted.scatter(shape, held.len, held.buffers.sizes.slots, tile_parts(held.buffers.sizes.slots));
    }
    held.run_and_wait(&sorted).await?;

    let mut repeats = 1;
    let mut times = [f64::INFINITY; 3];
    for round in 0..=ROUNDS {
        for (shape, best) in ScatterShape::ALL.into_iter().zip(&mut times) {
            let mut recording = Recording::new(held.start());
            recording.now = sorted.now;
            for _ in 0..repeats {
                recording.scatter(shape, held.len, held.buffers.sizes.slots, tile_parts(held.buffers.sizes.slots));
            }
            let begin = Instant::now();
            held.run_and_wait(&recording).await?;
            let ns = begin.elapsed().as_secs_f64() * 1e9 / (repeats * particles.len()) as f64;
            *best = best.min(ns);
        }
        if round == 0 {
            // The first round only says how often to repeat.
            let once = times.into_iter().fold(0.0, f64::max) * 1e-9 * particles.len() as f64;
            repeats = ((TIMING / once.max(1e-9)) as usize).clamp(1, REPEATS_MAX);
            times = [f64::INFINITY; 3];
        }
    }
    let fastest = (0..3).min_by(|&a, &b| times[a].total_cmp(&times[b])).expect("there are three");
    Ok(Calibration { best: ScatterShape::ALL[fastest], times })
}
