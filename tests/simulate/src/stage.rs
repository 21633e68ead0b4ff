//! Where a plan's acts happen: the world, who comes to it, what is to end later, and what happened so far.

use crate::mixed::{MANY, mix};
use crate::returns::{Fault, Whom};
use crate::world::World;
use netsim::{Rng, Skew};
use room::api::{Config, Micros, Pace, PeerId, Person, Profile, Request};
use sim_kernels::command::Command;
use sim_kernels::scene::Scene;
use std::collections::{BTreeMap, BTreeSet};

/// What a room begins with.
#[derive(Clone, Debug)]
pub struct Begins {
    /// The scene.
    pub scene: Scene,
    /// Ticks a superstep; 0: the room chooses.
    pub superstep_ticks: u32,
    /// Strips of one width, or by throughput.
    pub equal_strips: bool,
    /// See [`crate::plan::Plan::mixed`].
    pub mixes: bool,
}

/// The tiny kernel's particles, at most, where more are pasted.
const CROWD: u64 = 8_000;

type Done = Box<dyn FnOnce(&mut Stage, Micros)>;

/// What ends an act, with the time at which it does.
pub struct End {
    done: Done,
    is_fault: bool,
}

impl End {
    /// Something of the network or of a device is well again. A core that stays well does not wait for that.
    pub fn of_a_fault(done: impl FnOnce(&mut Stage, Micros) + 'static) -> Self {
        Self { done: Box::new(done), is_fault: true }
    }

    /// A player does something.
    pub fn in_the_room(done: impl FnOnce(&mut Stage, Micros) + 'static) -> Self {
        Self { done: Box::new(done), is_fault: false }
    }
}

/// See the module.
pub struct Stage {
    /// The participants, and the network between them.
    pub world: World,
    /// Who wishes to leave.
    pub leaving: BTreeSet<PeerId>,
    /// How often each kind of act happened.
    pub happened: BTreeMap<&'static str, u64>,
    /// Chance.
    pub rng: Rng,
    begins: Begins,
    next: u128,
    ends: BTreeMap<(Micros, u64), End>,
}

impl Stage {
    /// Nobody is there yet.
    pub fn new(world: World, rng: Rng, begins: Begins) -> Self {
        let (leaving, happened, ends) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        Self { world, leaving, happened, rng, begins, next: 1, ends }
    }

    /// What the room began with.
    pub fn scene(&self) -> &Scene {
        &self.begins.scene
    }

    /// Whether there are so many particles that more would only make the run long.
    pub fn is_crowded(&self) -> bool {
        self.world.checks.particles() > if self.begins.mixes { MANY } else { CROWD }
    }

    /// Makes what a player does one that is about materials, where the plan is: see [`crate::plan::Plan::mixed`].
    pub fn mix(&self, command: &mut Command) {
        if self.begins.mixes {
            let checks = &self.world.checks;
            mix(command, self.begins.scene.world, checks.tick(), checks.particles());
        }
    }

    /// Lets time pass, and ends what ends by then.
    pub fn pass(&mut self, until: Micros) {
        while let Some(end) = self.ends.first_entry().filter(|e| e.key().0 <= until) {
            let ((at, _), end) = end.remove_entry();
            self.world.run_until(at);
            let now = self.world.now();
            (end.done)(self, now);
        }
        self.world.run_until(until);
    }

    /// Ends something after this long.
    pub fn later(&mut self, us: Micros, end: End) {
        let number = self.rng.next();
        self.ends.insert((self.world.now() + us, number), end);
    }

    /// No fault ends of itself any more.
    pub fn faults_stay(&mut self) {
        self.ends.retain(|_, end| !end.is_fault);
    }

    /// Somebody comes, by a name that nobody had.
    pub fn join(&mut self, lend: bool) -> PeerId {
        let me = PeerId(self.next);
        self.next += 1;
        let founds = self.world.alive().is_empty() && me.0 == 1;
        let config = Config {
            me,
            profile: Profile { name: format!("P{}", me.0), lend, backend: "tiny".into(), throughput: 0 },
            found: founds.then(|| self.begins.scene.clone()),
            superstep_ticks: self.begins.superstep_ticks,
            pace: Pace::RealTime,
            wait_for: 0,
            equal_strips: self.begins.equal_strips,
            stand_ins: true,
            end_tick: None,
        };
        let skew = Skew { start: self.rng.below(1 << 36), ppm: self.rng.below(400) as i64 - 200 };
        let tick_us = self.rng.range(300, 3_000);
        self.world.join(config, skew, tick_us);
        me
    }

    /// Tells those who judge of a fault from now on. `hard`: the peer that it is about is out of reach by it, not only
    /// slow.
    pub fn fault(&mut self, kind: &'static str, hard: bool, us: Micros, whom: Whom) {
        let from = self.world.now();
        self.world.checks.fault(Fault { kind, hard, from, until: from.saturating_add(us), whom });
    }

    /// It happened.
    pub fn count(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    /// Who has this place among those alive.
    pub fn peer(&self, place: usize) -> Option<PeerId> {
        let alive = self.world.alive();
        if alive.is_empty() { None } else { Some(alive[place % alive.len()]) }
    }

    /// Two of those alive.
    pub fn pair(&self, a: usize, b: usize) -> Option<(PeerId, PeerId)> {
        self.peer(a).zip(self.peer(b)).filter(|(a, b)| a != b)
    }

    /// Whether the room has at least `n` that lend and are well beside this one.
    pub fn others_lend(&self, but: PeerId, n: usize) -> bool {
        let lends = |p: &Person| p.profile.lend && p.id != but;
        let well = |id: &PeerId| self.world.peers.get(id).is_some_and(|p| p.alive) && !self.world.is_frozen(*id);
        self.world.alive().iter().filter(|id| **id != but).any(|id| {
            let status = &self.world.peers[id].status;
            status.people.iter().filter(|p| lends(p) && well(&p.id)).count() >= n
        })
    }

    /// The first of those alive asks this of the room.
    pub fn ask_first(&mut self, request: Request) {
        if let Some(first) = self.peer(0) {
            self.world.ask(first, request);
        }
    }
}
