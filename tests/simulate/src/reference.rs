//! One machine that computes a lineage's committed log, and the worlds that it had on the way: whatever the room goes
//! back to, it goes back to as well, and compares on.

use crate::kernel::{Kernel, Make};
use room::api::{Committed, Micros};
use room::save::Save;
use sim_kernels::digest::Digest;
use sim_kernels::globals::Globals;
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::particle::Particle;
use sim_kernels::scene::Scene;
use std::collections::BTreeMap;

/// A world is kept every so many steps; those between are computed again from there.
const KEEP_STEPS: u64 = 64;
/// The most digests that are kept.
const ENDS_MAX: usize = 1 << 14;

/// A whole world.
#[derive(Clone)]
struct State {
    globals: Globals,
    particles: Vec<Particle>,
}

/// A lineage's log as it was first told, and what one machine makes of it.
pub struct History {
    /// With the time at which it was first told.
    pub steps: BTreeMap<u64, (Micros, Committed)>,
    /// The next step to compute.
    next: u64,
    /// By step: the world before it, once it has begun again where it does.
    kept: BTreeMap<u64, State>,
    /// Digest and particles at an epoch's tick.
    ends: BTreeMap<(u32, u64), (Digest, u64)>,
    /// It has the world before `next`.
    machine: Option<(Box<dyn Kernel>, Globals)>,
    make: Make,
}

impl History {
    /// Nothing is told yet.
    pub fn new(make: Make) -> Self {
        Self { steps: BTreeMap::new(), next: 0, kept: BTreeMap::new(), ends: BTreeMap::new(), machine: None, make }
    }

    /// A lineage that has this one's steps up to `step`.
    pub fn fork(&self, step: u64) -> Self {
        let mut fork = Self::new(self.make);
        fork.steps = self.steps.range(..step).map(|(k, v)| (*k, v.clone())).collect();
        fork.kept = self.kept.range(..step).map(|(k, v)| (*k, v.clone())).collect();
        fork.ends.clone_from(&self.ends);
        // It computes on from the last world that was kept.
        fork.next = fork.kept.last_key_value().map_or(0, |k| *k.0);
        fork
    }

    /// Whether a step may follow the steps that are known before it.
    pub fn leads_to(&self, step: &Committed) -> bool {
        let before = step.step.checked_sub(1).and_then(|before| self.steps.get(&before));
        before.is_some_and(|(_, b)| step.begins || b.tick + b.commands.len() as u64 == step.tick)
    }

    /// Whether nothing of it can be computed.
    pub fn is_blind(&self) -> bool {
        !self.steps.is_empty() && self.ends.is_empty()
    }

    /// Digest and particles at an epoch's tick, where they are known.
    pub fn end(&self, epoch: u32, tick: u64) -> Option<(Digest, u64)> {
        self.ends.get(&(epoch, tick)).copied()
    }

    /// The particles at the newest tick that is known.
    pub fn particles(&self) -> Option<u64> {
        self.ends.last_key_value().map(|end| end.1.1)
    }

    /// The most particles at a step's end.
    pub fn particles_most(&self) -> u64 {
        self.ends.values().map(|end| end.1).max().unwrap_or(0)
    }

    /// The digests of all epochs at a tick.
    pub fn ends_at(&self, tick: u64) -> impl Iterator<Item = Digest> + '_ {
        self.ends.iter().filter(move |e| e.0.1 == tick).map(|e| e.1.0)
    }

    /// Computes what is known of the log.
    ///
    /// # Errors
    /// In words, when the log goes on from a world that never was.
    pub fn extend(&mut self, scene: &Scene, saves: &BTreeMap<Digest, Save>) -> Result<(), String> {
        if self.is_blind() && !self.steps.contains_key(&self.next) {
            // Where the world begins again it does not matter what was before.
            let begins = self.steps.values().find(|(_, s)| s.begins && (s.tick == 0 || s.save.is_some()));
            self.next = begins.map_or(self.next, |(_, s)| s.step);
        }
        while let Some(step) = self.steps.get(&self.next).map(|s| s.1.clone()) {
            if step.begins {
                let state = self.origin(&step, scene, saves)?;
                self.load(scene, state)?;
            } else if self.machine.is_none() {
                let state = self.kept.get(&self.next).cloned();
                self.load(scene, state.ok_or_else(|| format!("step {} follows nothing", step.step))?)?;
            }
            if step.begins || self.next.is_multiple_of(KEEP_STEPS) {
                let state = self.state(scene)?;
                self.kept.insert(self.next, state);
            }
            let end = self.compute(scene, &step)?;
            self.ends.insert((step.epoch, step.tick + step.commands.len() as u64), end);
            while self.ends.len() > ENDS_MAX {
                self.ends.pop_first();
            }
            self.next += 1;
        }
        Ok(())
    }

    /// The world from which a step begins again.
    fn origin(&mut self, step: &Committed, scene: &Scene, saves: &BTreeMap<Digest, Save>) -> Result<State, String> {
        let region = scene.world.rect();
        if let Some(id) = step.save {
            let save =
                saves.get(&id).ok_or_else(|| format!("step {} goes on from a save that nobody made", step.step))?;
            // Whoever held something then may be elsewhere.
            let globals = save.head().globals.clone().let_go();
            return Ok(State { globals, particles: save.particles(region) });
        }
        if let Some(returns) = step.returns.filter(|r| self.steps.contains_key(&r.step)) {
            return self.at(scene, Place::After(returns.step));
        }
        if step.tick == 0 {
            return Ok(State { globals: scene.globals(), particles: scene.particles(region) });
        }
        let Some(last) = self.last_before(step.step, step.tick) else {
            return Err(format!("step {} goes back to tick {}, where no step ended", step.step, step.tick));
        };
        self.at(scene, last)
    }

    /// What a world at a tick follows from: the step that ended there, or the one that began there.
    fn last_before(&self, step: u64, tick: u64) -> Option<Place> {
        // The newest step of the epoch that is looked at, which bounds what it can have had.
        let mut newest = true;
        for (&number, (_, known)) in self.steps.range(..step).rev() {
            let end = known.tick + known.commands.len() as u64;
            if newest && tick > end {
                return None;
            }
            if tick == end {
                return Some(Place::After(number));
            }
            if known.begins && tick == known.tick {
                return Some(Place::Before(number));
            }
            newest = known.begins;
            if known.begins && (known.save.is_some() || known.tick == 0) {
                return None;
            }
        }
        None
    }

    /// The world at a place that was computed before.
    fn at(&mut self, scene: &Scene, place: Place) -> Result<State, String> {
        let (Place::After(step) | Place::Before(step)) = place;
        let Some((&from, state)) = self.kept.range(..=step).next_back() else {
            return Err(format!("nothing is known of the world at step {step}"));
        };
        let state = state.clone();
        self.load(scene, state)?;
        if let Place::After(_) = place {
            for number in from..=step {
                let known = self.steps.get(&number).map(|s| s.1.clone());
                self.compute(scene, &known.ok_or_else(|| format!("step {number} is not known"))?)?;
            }
        }
        self.state(scene)
    }

    fn load(&mut self, scene: &Scene, state: State) -> Result<(), String> {
        let mut kernel = (self.make)();
        let State { globals, particles } = state;
        kernel.run(Job::Load(Load { globals: globals.clone(), region: scene.world.rect(), particles }))?;
        self.machine = Some((kernel, globals));
        Ok(())
    }

    fn state(&mut self, scene: &Scene) -> Result<State, String> {
        let (kernel, globals) = self.machine.as_mut().ok_or("nothing is loaded")?;
        let particles = kernel.run(Job::Extract(vec![scene.world.rect()]))?.extracts.pop().unwrap_or_default();
        Ok(State { globals: globals.clone(), particles })
    }

    fn compute(&mut self, scene: &Scene, step: &Committed) -> Result<(Digest, u64), String> {
        let (kernel, globals) = self.machine.as_mut().ok_or("nothing is loaded")?;
        let region = scene.world.rect();
        let job = StepJob { region, commands: step.commands.clone(), digest: true, ..StepJob::default() };
        let output = kernel.run(Job::Step(job))?;
        step.commands.iter().for_each(|commands| globals.pass_tick(commands));
        let mut digest = output.digest.unwrap_or_default();
        digest.add(globals.digest());
        Ok((digest, output.particles))
    }
}

/// See [`History::last_before`].
#[derive(Clone, Copy)]
enum Place {
    After(u64),
    Before(u64),
}
