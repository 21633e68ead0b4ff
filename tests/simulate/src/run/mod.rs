//! One run: the plan's acts at their moments, then peace, and then everyone must be in one room that goes on,
//! with the digest that one machine has.

mod ending;

use crate::check::Checks;
use crate::kernel::Make;
use crate::plan::{FAULTS_US, Plan};
use crate::returns::{Whom, Why};
use crate::stage::Stage;
use crate::trace::Shared;
use crate::world::World;
use netsim::Rng;
use room::api::{Committed, Micros};
use room::notice::Notice;
use std::collections::BTreeMap;

/// What a run was like.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was wrong, if anything.
    pub violation: Option<String>,
    /// Events in virtual time.
    pub events: u64,
    /// The most particles that there were at a step's end.
    pub particles: u64,
    /// Digests compared with one machine's.
    pub compared: u64,
    /// Steps committed.
    pub committed: u64,
    /// Histories: more than one when the room was cut in two.
    pub lineages: usize,
    /// How often each kind of fault happened.
    pub faults: BTreeMap<&'static str, u64>,
    /// Saves that were made, and times that a room went on from one.
    pub saves: [u64; 2],
    /// Bands that stand-ins sent.
    pub stood_in: u64,
    /// Times that a room had to go back to a checkpoint because it did not get on.
    pub rescues: u64,
    /// Times that a room went back to a checkpoint or a scene, as the participant saw it who saw it most often.
    pub losses: u64,
    /// What participants were told, for a look at a bad run.
    pub notices: Vec<(u128, Notice)>,
    /// Why rooms went back.
    pub returns: BTreeMap<Why, u64>,
    /// Digests that were told of ticks of which the log had not told.
    pub missed: u64,
    /// Histories that could not be compared.
    pub blind: usize,
    /// Datagrams that arrived with other bits.
    pub corrupted: u64,
    /// Runs with a replica that computed wrongly, those where somebody noticed, and those where nobody did because
    /// nobody else had that part of the world.
    pub wrong_replicas: [u64; 3],
    /// Ticks of which two worlds were told, in those runs.
    pub split: u64,
    /// The longest that a core took to go on.
    pub core_us: Micros,
    /// Steps that were run ahead on speculative bands, and those whose result was the true one.
    pub speculations: [u64; 2],
    /// The log of the room that was there last, with the time in the plan at which each step was first told.
    pub log: Vec<(Micros, Committed)>,
}

/// Runs a plan with this kernel. `talk`: print each act, and what participants are told.
pub fn run(plan: &Plan, make: Make, talk: bool) -> Outcome {
    run_traced(plan, make, talk, None)
}

/// The same, with a hash of all that the rooms take and give.
pub fn run_traced(plan: &Plan, make: Make, talk: bool, trace: Option<Shared>) -> Outcome {
    let checks = Checks::new(plan.scene.clone(), make);
    let mut world = World::new(plan.netem, plan.seed, checks, make);
    world.trace = trace;
    world.talk = talk;
    let start = world.now();
    let stage = Stage::new(world, Rng::new(plan.seed, "run"), plan.begins());
    let mut run = Run { plan, stage, outcome: Outcome::default(), talk };
    run.go();
    let now = run.stage.world.now();
    run.stage.world.checks.end(now);
    if talk && run.stage.world.checks.violation.is_some() {
        run.stage.world.checks.faults().for_each(|fault| println!("  {fault}"));
        println!("{}", run.portrait());
    }
    let Run { stage: Stage { mut world, happened, .. }, mut outcome, .. } = run;
    outcome.faults = happened;
    outcome.events = world.events;
    outcome.particles = world.checks.particles_most();
    outcome.compared = world.checks.compared;
    outcome.committed = world.checks.committed;
    outcome.lineages = world.checks.lineages();
    outcome.saves = world.checks.saves();
    outcome.returns.clone_from(&world.checks.returns);
    outcome.missed = world.checks.missed();
    outcome.blind = world.checks.blind();
    outcome.split = world.checks.split;
    outcome.corrupted = world.network.counts.corrupted;
    if world.checks.is_corrupted() {
        let noticed = world.checks.was_noticed() || world.peers.values().any(|p| p.status.disagreements > 0);
        let alone = !noticed && !world.checks.has_compared_replica();
        outcome.wrong_replicas = [1, u64::from(noticed), u64::from(alone)];
    }
    outcome.rescues = world.peers.values().map(|p| p.status.rescues).sum();
    let speculations = |p: &crate::world::Peer| [p.status.speculations, p.status.speculations_right];
    outcome.speculations = world.peers.values().map(speculations).fold([0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
    outcome.stood_in = world.peers.values().map(|p| p.status.stood_in).sum();
    if let Some(lineage) = world.alive().iter().find_map(|id| world.checks.lineage(*id)) {
        let since_start = |(at, step): (Micros, Committed)| (at.saturating_sub(start), step);
        outcome.log = world.checks.take_log(lineage).map(since_start).collect();
    }
    outcome.violation = outcome.violation.or(world.checks.violation);
    let losses = |p: &crate::world::Peer| p.notices.iter().filter(|n| n.ticks_lost().is_some()).count() as u64;
    outcome.losses = world.peers.values().map(losses).max().unwrap_or(0);
    outcome.notices = world.peers.iter().flat_map(|(id, p)| p.notices.iter().map(|n| (id.0, n.clone()))).collect();
    outcome
}

struct Run<'a> {
    plan: &'a Plan,
    stage: Stage,
    outcome: Outcome,
    talk: bool,
}

impl Run<'_> {
    fn go(&mut self) {
        if self.plan.netem.loss_ppm > 0 || self.plan.netem.corrupt_ppm > 0 {
            self.stage.fault("netem", false, Micros::MAX, Whom::All);
        }
        for _ in 0..self.plan.people {
            self.stage.join(true);
        }
        let start = self.stage.world.now();
        for (at, act) in &self.plan.acts {
            self.stage.pass(start + at);
            if self.stage.world.checks.violation.is_some() {
                return;
            }
            if self.talk {
                println!("{:8.3} s {act:?}", self.stage.world.now() as f64 / 1e6);
            }
            act.happen(&mut self.stage);
        }
        self.stage.pass(start + FAULTS_US + if self.plan.core { 0 } else { 10_000_000 });
        if self.plan.core && self.stage.world.checks.violation.is_none() {
            self.core();
        }
        if self.outcome.violation.is_none() && self.stage.world.checks.violation.is_none() {
            self.peace();
        }
    }
}
