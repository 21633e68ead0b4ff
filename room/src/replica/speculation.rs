//! Speculations: what a region does while a neighbour's band is late. The last band that is known is stepped forward
//! in a small window around the seam, and with that the region runs ahead in a state of its own, for the picture
//! not to stop. When the true bands come they are compared. Equal: what ran ahead is the truth, and nothing is
//! computed again. Different: the step runs again from the state before it. What was speculated never leaves this
//! peer, and so nothing that others have is ever taken back.

use super::{Doing, Output, Reads, ReplicaKey, Replicas};
use crate::codec::band;
use crate::costs::REPLICAS_MAX;
use crate::partition::padded;
use crate::timeline::{Step, Timeline};
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::job::{Job, JobOutput, Load, StepJob};
use sim_kernels::particle::Particle;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The slot in which windows are stepped; replicas and what runs ahead have those before it.
pub(super) const WINDOW_SLOT: u8 = REPLICAS_MAX as u8 + 1;

/// One step of one replica, run ahead.
#[derive(Debug)]
pub(super) struct Speculation {
    pub key: ReplicaKey,
    step: u64,
    /// Speculative bands by their strips, in order.
    bands: BTreeMap<u32, Vec<Particle>>,
    /// Strips whose bands are still to be computed ahead.
    open: Vec<u32>,
    /// The step's result, and for whom its bands would be.
    output: Option<(JobOutput, super::Destinations)>,
}

/// The bands that a replica used last: what a speculation begins with.
#[derive(Debug, Default)]
pub(super) struct Last {
    pub step: u64,
    pub bands: BTreeMap<u32, Vec<Particle>>,
}

/// Particles of both sides of a seam, and where.
struct Window {
    rect: Rect,
    /// Where the speculative band lies.
    band: Rect,
    particles: Vec<Particle>,
}

impl Replicas {
    /// Bands are late: begins a speculation, or goes on with it; whether there was something to do.
    pub(super) fn speculate(&mut self, key: ReplicaKey, missing: &[u32], r: &Reads<'_>) -> bool {
        let Some(replica) = self.replicas.get(&key) else { return false };
        let at = replica.at;
        if self.speculation.as_ref().is_some_and(|g| g.key == key && g.step == at) {
            return self.speculate_on(key, at, r);
        }
        // One speculation at a time, and one a step: two strips that wait would push each other's aside for ever.
        if self.speculation.is_some() || replica.speculated == at {
            return false;
        }
        let due = replica.ready_at.map_or(u64::MAX, |since| since + self.rto.deadline_us());
        let start = self.start_of(at, r).unwrap_or(0);
        let due = due.max(start);
        if r.now < due {
            self.wake_at(due);
            return false;
        }
        if !self.may_speculate(key, at, missing, r) {
            return false;
        }
        if let Some(replica) = self.replicas.get_mut(&key) {
            replica.speculated = at;
        }
        self.speculated = true;
        self.speculation =
            Some(Speculation { key, step: at, bands: BTreeMap::new(), open: missing.to_vec(), output: None });
        self.speculate_on(key, at, r)
    }

    /// Whether there is something to speculate from, and time to compute twice.
    fn may_speculate(&self, key: ReplicaKey, at: u64, missing: &[u32], r: &Reads<'_>) -> bool {
        let (Some(log), Some(replica)) = (r.log, self.replicas.get(&key)) else { return false };
        let (Some(before), Some(step)) = (at.checked_sub(1).and_then(|s| log.step(s)), log.step(at)) else {
            return false;
        };
        let steady = step.segment.origin.is_none()
            && before.segment.origin.is_none()
            && Arc::ptr_eq(&before.old, &before.new)
            && Arc::ptr_eq(&step.old, &step.new)
            && before.segment.ticks > 0
            && step.segment.ticks == before.segment.ticks
            && !step.segment.is_kept();
        let superstep_us = u64::from(step.segment.ticks) * 1_000_000 / 60;
        let spare = 2 * u64::from(replica.report.compute_us) < superstep_us;
        let known = replica.last.step + 1 == at && missing.iter().all(|from| replica.last.bands.contains_key(from));
        steady && spare && known
    }

    /// The next thing for a speculation that is under way; whether there was one.
    fn speculate_on(&mut self, key: ReplicaKey, at: u64, r: &Reads<'_>) -> bool {
        let (Some(log), Some(replica)) = (r.log, self.replicas.get(&key)) else { return false };
        let Some(speculation) = &mut self.speculation else { return false };
        if speculation.output.is_some() {
            return false;
        }
        while let Some(&from) = speculation.open.last() {
            let Some(before) = log.step(at - 1) else { break };
            let own = self.said.get((at - 1, key.0, from)).and_then(|code| band::decode(code));
            let known = replica.last.bands.get(&from).cloned().unwrap_or_default();
            let Some(window) = window(before, key.0, from, own.unwrap_or_default(), known) else { break };
            if window.particles.is_empty() && is_quiet(before, log.globals()) {
                speculation.bands.insert(from, Vec::new());
                speculation.open.pop();
                continue;
            }
            let globals = log.globals().clone().earlier(before.segment.tick, before.grabs_start.clone());
            let step = StepJob {
                region: window.rect,
                commands: Timeline::commands(&before.segment),
                extract: vec![window.band],
                ..StepJob::default()
            };
            let load = Load { globals, region: window.rect, particles: window.particles };
            self.put(WINDOW_SLOT, Job::Load(load));
            let number = self.put(WINDOW_SLOT, Job::Step(step));
            self.doing = Some((number, key, Doing::Window { step: at, from }));
            return true;
        }
        if speculation.open.is_empty() {
            return self.run_ahead(key, r);
        }
        // There is nothing to speculate from after all.
        self.speculation = None;
        false
    }

    /// Runs the step on speculative bands, beside the replica's own state.
    fn run_ahead(&mut self, key: ReplicaKey, r: &Reads<'_>) -> bool {
        let Some((region, step, bands)) = self.step_job(key, false, r) else { return false };
        let (Some(speculation), Some(replica)) = (&self.speculation, self.replicas.get(&key)) else { return false };
        let at = replica.at;
        let mut particles: Vec<Particle> = speculation.bands.values().flatten().copied().collect();
        particles.extend(self.bands.peek(at, key.0, |from| !speculation.bands.contains_key(&from)));
        let step = StepJob { region, incoming: particles, digest: true, ..step };
        let spare = self.spare;
        let Some(slot) = self.current_slot(key) else { return false };
        self.put(spare, Job::Copy(slot));
        let number = self.put(spare, Job::Step(step));
        self.doing = Some((number, key, Doing::Ahead { step: at, bands }));
        true
    }

    /// A window was stepped forward.
    pub(super) fn window_done(&mut self, key: ReplicaKey, step: u64, from: u32, mut output: JobOutput) {
        let Some(speculation) = self.speculation.as_mut().filter(|g| g.key == key && g.step == step) else { return };
        self.figures.speculation_us += output.compute_us;
        let mut band = output.extracts.pop().unwrap_or_default();
        band.sort_unstable();
        speculation.bands.insert(from, band);
        speculation.open.retain(|&open| open != from);
    }

    /// The step was run ahead: the picture goes on.
    pub(super) fn ahead_done(
        &mut self,
        key: ReplicaKey,
        step: u64,
        mut output: JobOutput,
        bands: super::Destinations,
        r: &Reads<'_>,
    ) {
        if self.speculation.as_ref().is_none_or(|g| g.key != key || g.step != step) {
            return;
        }
        self.figures.speculations += 1;
        self.figures.speculation_us += output.compute_us;
        if let Some(known) = r.log.and_then(|l| l.step(step))
            && let Some(strip) = known.new.find(key.0)
        {
            let tick = known.segment.tick + u64::from(known.segment.ticks);
            let tiles = output.view.clone();
            let region = strip.rect(known.world);
            self.out.push_back(Output::SpeculativeView { tick, region, tiles });
        }
        output.compute_us = output.compute_us.max(1);
        if let Some(speculation) = &mut self.speculation {
            speculation.output = Some((output, bands));
        }
    }

    /// All true bands are here: whether what ran ahead is the step's result, which is then taken over.
    pub(super) fn speculation_holds(&mut self, key: ReplicaKey, wanted: &[(u32, Rect)], r: &Reads<'_>) -> bool {
        let Some(speculation) = &mut self.speculation else { return false };
        if speculation.key != key || self.replicas.get(&key).is_none_or(|replica| replica.at != speculation.step) {
            return false;
        }
        let at = speculation.step;
        let same = speculation.output.is_some()
            && speculation.bands.iter().all(|(&from, speculated)| {
                let mut known: Vec<Particle> = self.bands.peek(at, key.0, |f| f == from).collect();
                known.sort_unstable();
                known == *speculated
            });
        if !same {
            // What is still under way comes too late; what is done is compared with the truth.
            self.speculation.take_if(|g| g.output.is_none());
            return false;
        }
        let Some((output, bands)) = self.speculation.take().and_then(|g| g.output) else { return false };
        self.figures.speculations_right += 1;
        self.take_bands(key, wanted);
        let spare = self.spare;
        if let Some(replica) = self.replicas.get_mut(&key) {
            self.spare = std::mem::replace(&mut replica.slot, spare);
        }
        self.step_done(key, output, bands, false, r);
        true
    }

    /// The step was run on the true bands: whether what was shown meanwhile was right all the same.
    pub(super) fn compare_speculation(&mut self, key: ReplicaKey, step: u64, output: &JobOutput, ticks: u32) {
        let Some(speculation) = self.speculation.take_if(|g| g.key == key && g.step == step) else { return };
        let Some((speculated, _)) = speculation.output else { return };
        let right = speculated.particles == output.particles
            && speculated.digest == output.digest
            && (speculated.extracts == output.extracts || speculated.extracts.is_empty() || output.extracts.is_empty());
        if right {
            self.figures.speculations_right += 1;
        } else {
            self.figures.ticks_rolled_back += u64::from(ticks);
        }
    }

    /// Whether a speculation about this step waits to be compared.
    pub(super) fn speculation_waits(&self, key: ReplicaKey, step: u64) -> bool {
        self.speculation.as_ref().is_some_and(|g| g.key == key && g.step == step && g.output.is_some())
    }
}

/// Nothing comes into being in a step.
fn is_quiet(step: &Step, globals: &Globals) -> bool {
    step.segment.commands.is_empty() && globals.emitters.is_empty()
}

/// Both sides of the seam between two strips at a step's start; nothing where they do not touch.
fn window(step: &Step, to: u32, from: u32, own: Vec<Particle>, known: Vec<Particle>) -> Option<Window> {
    let (world, ticks) = (step.world, step.segment.ticks);
    let (mine, theirs) = (step.new.find(to)?.rect(world), step.new.find(from)?.rect(world));
    if mine.x1 != theirs.x0 && theirs.x1 != mine.x0 {
        return None;
    }
    let band = padded(mine, ticks, world).intersect(theirs);
    let beside = padded(theirs, ticks, world).intersect(mine);
    let rect = Rect::new(band.x0.min(beside.x0), band.y0, band.x1.max(beside.x1), band.y1);
    let inside = |p: &Particle| rect.contains(p.cell().0, p.cell().1);
    let particles = own.into_iter().chain(known).filter(inside).collect();
    Some(Window { rect, band, particles })
}
