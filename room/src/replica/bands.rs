//! Bands: which rectangle of which strip goes to which strip's holders at a step's start, who says it, and
//! those that arrived, until they are used.
//!
//! What a band holds depends on the step and the two strips alone, not on who sends it or who asks: that is
//! why any holder can speak for its strip, and the first copy to arrive is as good as any.

use crate::api::PeerId;
use crate::partition::{Partition, padded};
use crate::timeline::Step;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::particle::Particle;
use std::collections::BTreeMap;

/// The most bands kept.
const BANDS_MAX: usize = 4096;
/// The most particles in kept bands.
const KEPT_PARTICLES_MAX: usize = 8 << 20;
/// The most particles that a cell is believed to hold.
const CELL_PARTICLES_MAX: u64 = 64;
/// Of each sender, the most bands kept for steps that are not known yet, and the most bytes of them.
const EARLY_MAX: usize = 64;
const EARLY_BYTES_MAX: usize = 2 << 20;

/// One band that a holder of a strip makes at a step's start.
#[derive(Debug)]
pub struct Out {
    /// The strip that it is for.
    pub to: u32,
    /// The particles in this rectangle.
    pub rect: Rect,
    /// Who needs it.
    pub peers: Vec<PeerId>,
}

/// Whether a holder of strip `to` in the step needs the band of strip `from`: it has its own strip's state
/// already, if it held it before.
fn needs(step: &Step, peer: PeerId, from: u32, to: u32) -> bool {
    from != to || !step.old.holds(from, peer)
}

/// The bands of strip `from` at the start of a step.
pub fn outgoing(step: &Step, from: u32, world: WorldSize) -> Vec<Out> {
    let Some(held) = step.old.find(from).map(|s| s.rect(world)) else { return Vec::new() };
    if step.segment.origin.is_some() {
        return Vec::new();
    }
    let band = |to: &crate::partition::Strip| {
        let rect = padded(to.rect(world), step.segment.ticks, world).intersect(held);
        let peers: Vec<PeerId> = to.holders().filter(|&p| needs(step, p, from, to.id)).collect();
        (!rect.is_empty() && !peers.is_empty()).then_some(Out { to: to.id, rect, peers })
    };
    step.new.strips.iter().filter_map(band).collect()
}

/// The strips whose bands `me` must have for strip `to` at the start of a step, and where their particles may lie.
pub fn incoming(step: &Step, me: PeerId, to: u32, world: WorldSize) -> Vec<(u32, Rect)> {
    let Some(region) = step.new.find(to).map(|s| s.rect(world)) else { return Vec::new() };
    if step.segment.origin.is_some() {
        return Vec::new();
    }
    let reach = padded(region, step.segment.ticks, world);
    let others = step.old.strips.iter().filter(|s| needs(step, me, s.id, to));
    others.map(|s| (s.id, s.rect(world).intersect(reach))).filter(|(_, rect)| !rect.is_empty()).collect()
}

/// Who sends the bands of a strip unasked: its executor, the new one where it held the strip before.
pub fn speaker(step: &Step, from: u32) -> Option<PeerId> {
    let old = step.old.find(from)?;
    let new = step.new.find(from).map(|s| s.peer);
    Some(new.filter(|&p| old.is_held_by(p)).unwrap_or(old.peer))
}

/// A hash of a band's name and code, for comparing what was said with what was heard.
pub fn hash((step, from, to): BandKey, code: &[u8]) -> u64 {
    let mix = |h: u64, word: u64| (h ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let word = |part: &[u8]| {
        let mut eight = [0; 8];
        eight[..part.len()].copy_from_slice(part);
        u64::from_le_bytes(eight)
    };
    let begin = mix(mix(step, u64::from(from) << 32 | u64::from(to)), code.len() as u64);
    mix(code.chunks(8).map(word).fold(begin, mix), 1)
}

/// The most particles that a band may have; nothing where the strips or the step do not have one. A cell at rest holds
/// four, and more only where they are pressed together.
pub fn band_max(
    (old, new): (&Partition, &Partition),
    ticks: u32,
    (from, to): (u32, u32),
    world: WorldSize,
) -> Option<u64> {
    let rect = padded(new.find(to)?.rect(world), ticks, world).intersect(old.find(from)?.rect(world));
    (!rect.is_empty()).then(|| (rect.area() as u64 * CELL_PARTICLES_MAX).min(crate::costs::PARTICLES_MAX))
}

/// Names a band: the step at whose start it is, from which strip, to which.
pub type BandKey = (u64, u32, u32);

/// The bands that arrived.
#[derive(Debug, Default)]
pub struct Bands {
    kept: BTreeMap<BandKey, (Vec<Particle>, u64)>,
    particles: usize,
    /// Of steps that are not known yet: who may say them will be known then.
    early: BTreeMap<(PeerId, BandKey), Vec<u8>>,
}

impl Bands {
    /// Keeps a band of a step that is not known yet, as it came.
    pub fn put_early(&mut self, from: PeerId, key: BandKey, code: &[u8]) {
        let (least, most) = ((from, (0, 0, 0)), (from, (u64::MAX, u32::MAX, u32::MAX)));
        let (count, bytes) = self.early.range(least..=most).fold((0, 0), |(n, b), (_, c)| (n + 1, b + c.len()));
        if count < EARLY_MAX && bytes + code.len() <= EARLY_BYTES_MAX {
            self.early.entry((from, key)).or_insert_with(|| code.to_vec());
        }
    }

    /// Takes out the early bands of the steps before this one.
    pub fn take_early(&mut self, end: u64) -> Vec<(PeerId, BandKey, Vec<u8>)> {
        if self.early.keys().all(|k| k.1.0 >= end) {
            return Vec::new();
        }
        let early = std::mem::take(&mut self.early);
        let (known, open): (BTreeMap<_, _>, BTreeMap<_, _>) = early.into_iter().partition(|(k, _)| k.1.0 < end);
        self.early = open;
        known.into_iter().map(|((from, key), code)| (from, key, code)).collect()
    }

    /// How many particles the bands for a strip at a step have.
    pub fn count(&self, step: u64, to: u32) -> usize {
        let all = self.kept.range((step, 0, 0)..(step + 1, 0, 0));
        all.filter(|(k, _)| k.2 == to).map(|(_, (particles, _))| particles.len()).sum()
    }

    /// Keeps a band, unless it is here already; whether it was kept. Within the bounds what is needed sooner goes
    /// first.
    pub fn put(&mut self, key: BandKey, particles: Vec<Particle>, hash: u64) -> bool {
        if self.kept.contains_key(&key) {
            return false;
        }
        while self.kept.len() >= BANDS_MAX || self.particles + particles.len() > KEPT_PARTICLES_MAX {
            let Some(last) = self.kept.last_entry().filter(|last| last.key().0 > key.0) else { return false };
            self.particles -= last.remove().0.len();
        }
        self.particles += particles.len();
        self.kept.insert(key, (particles, hash));
        true
    }

    /// Whether a band is here.
    pub fn has(&self, key: BandKey) -> bool {
        self.kept.contains_key(&key)
    }

    /// Takes out a band, and its hash; its particles must lie in the rectangle, others are dropped.
    pub fn take(&mut self, step: u64, to: u32, (from, rect): (u32, Rect)) -> (Vec<Particle>, u64) {
        let (mut particles, hash) = self.kept.remove(&(step, from, to)).unwrap_or_default();
        self.particles -= particles.len();
        particles.retain(|p| rect.contains(p.cell().0, p.cell().1));
        (particles, hash)
    }

    /// The particles of the bands for a strip at a step, from the strips of which `which` says so.
    pub fn peek(&self, step: u64, to: u32, which: impl Fn(u32) -> bool) -> impl Iterator<Item = Particle> {
        let all = self.kept.range((step, 0, 0)..(step + 1, 0, 0));
        all.filter(move |(k, _)| k.2 == to && which(k.1)).flat_map(|(_, (particles, _))| particles.iter().copied())
    }

    /// Forgets what is not wanted any more.
    pub fn retain(&mut self, mut keep: impl FnMut(BandKey) -> bool) {
        self.kept.retain(|&key, _| keep(key));
        self.particles = self.kept.values().map(|k| k.0.len()).sum();
        self.early.retain(|k, _| keep(k.1));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.early.clear();
        self.particles = 0;
    }
}

/// Bands that this peer made, coded, for those who ask later.
#[derive(Debug, Default)]
pub struct Said {
    kept: BTreeMap<BandKey, Vec<u8>>,
    bytes: usize,
}

impl Said {
    /// Steps for which bands are kept.
    pub const STEPS: u64 = 96;
    /// The most bytes kept; the oldest go first.
    const BYTES_MAX: usize = 64 << 20;

    /// Keeps a band.
    pub fn put(&mut self, key: BandKey, code: Vec<u8>) {
        self.bytes += code.len();
        if let Some(old) = self.kept.insert(key, code) {
            self.bytes -= old.len();
        }
        while let Some(oldest) = self.kept.first_entry() {
            if oldest.key().0 + Self::STEPS > key.0 && self.bytes <= Self::BYTES_MAX {
                break;
            }
            self.bytes -= oldest.remove().len();
        }
    }

    /// A band.
    pub fn get(&self, key: BandKey) -> Option<&Vec<u8>> {
        self.kept.get(&key)
    }

    /// The bands between two strips from a step on.
    pub fn since(&self, (step, from, to): BandKey) -> impl Iterator<Item = (u64, &Vec<u8>)> {
        let all = self.kept.range((step, 0, 0)..);
        all.filter(move |(k, _)| k.1 == from && k.2 == to).map(|(k, code)| (k.0, code))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
