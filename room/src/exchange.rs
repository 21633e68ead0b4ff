//! Bands: which rectangles go to whom at a step's start, and those that arrived, until they are used.

use crate::api::PeerId;
use crate::log::Step;
use crate::partition::padded;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::particle::Particle;
use std::collections::BTreeMap;

/// Steps ahead of the current one for which bands are kept.
const AHEAD_MAX: u64 = 64;
/// The most bands kept.
const BANDS_MAX: usize = 1024;
/// The most particles in kept bands.
const PARTICLES_MAX: usize = 8 << 20;

/// What `me` must send at the start of a step: its particles in these rectangles.
pub fn outgoing(step: &Step, me: PeerId, world: WorldSize) -> Vec<(PeerId, Rect)> {
    let Some(held) = step.old.region(me, world) else { return Vec::new() };
    let others = step.new.strips.iter().filter(|s| s.peer != me);
    let reach = others.map(|s| (s.peer, padded(s.rect(world), step.segment.ticks, world).intersect(held)));
    reach.filter(|(_, rect)| !rect.is_empty()).collect()
}

/// From whom `me` must have a band at the start of a step, and where its particles may lie.
pub fn incoming(step: &Step, me: PeerId, world: WorldSize) -> Vec<(PeerId, Rect)> {
    let Some(region) = step.new.region(me, world) else { return Vec::new() };
    let reach = padded(region, step.segment.ticks, world);
    let others = step.old.strips.iter().filter(|s| s.peer != me);
    others.map(|s| (s.peer, s.rect(world).intersect(reach))).filter(|(_, rect)| !rect.is_empty()).collect()
}

/// The bands that arrived.
#[derive(Debug, Default)]
pub struct Bands {
    kept: BTreeMap<(u32, u64, PeerId), Vec<Particle>>,
    particles: usize,
}

impl Bands {
    /// Keeps a band; those far ahead, long past or beyond the bounds are dropped.
    pub fn put(&mut self, epoch: u32, step: u64, from: PeerId, particles: Vec<Particle>, now: (u32, u64)) {
        let ahead = epoch > now.0 || epoch == now.0 && step >= now.1 && step < now.1 + AHEAD_MAX;
        let room = self.kept.len() < BANDS_MAX && self.particles + particles.len() <= PARTICLES_MAX;
        if ahead && room {
            self.particles += particles.len();
            if let Some(old) = self.kept.insert((epoch, step, from), particles) {
                self.particles -= old.len();
            }
        }
    }

    /// The first of `wanted` that has not arrived.
    pub fn missing(&self, epoch: u32, step: u64, wanted: &[(PeerId, Rect)]) -> Option<PeerId> {
        wanted.iter().map(|w| w.0).find(|&peer| !self.kept.contains_key(&(epoch, step, peer)))
    }

    /// Takes out the particles of `wanted`; each owner's must lie where that owner's may, others are dropped.
    pub fn take(&mut self, epoch: u32, step: u64, wanted: &[(PeerId, Rect)]) -> Vec<Particle> {
        let mut all = Vec::new();
        for &(peer, rect) in wanted {
            let particles = self.kept.remove(&(epoch, step, peer)).unwrap_or_default();
            self.particles -= particles.len();
            all.extend(particles.into_iter().filter(|p| {
                let (x, y) = p.cell();
                rect.contains(x, y)
            }));
        }
        all
    }

    /// Forgets what belongs to earlier steps.
    pub fn forget_before(&mut self, epoch: u32, step: u64) {
        self.kept = self.kept.split_off(&(epoch, step, PeerId(0)));
        self.particles = self.kept.values().map(Vec::len).sum();
    }
}
