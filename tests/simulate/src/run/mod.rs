//! One run: the plan's acts at their moments, then peace, and then everyone must be in one room that goes on,
//! with the digest that one machine has.

mod ending;

use crate::check::Checks;
use crate::kernel::Make;
use crate::plan::{Act, FAULTS_US, Plan};
use crate::returns::{Fault, Whom, Why};
use crate::trace::Shared;
use crate::world::World;
use netsim::{Netem, Rng, Skew};
use room::api::{Committed, Config, Micros, Pace, PeerId, Profile, Request};
use room::notice::Notice;
use std::collections::{BTreeMap, BTreeSet};

/// What a run was like.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was wrong, if anything.
    pub violation: Option<String>,
    /// Events in virtual time.
    pub events: u64,
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
    let mut run = Run {
        plan,
        world,
        rng: Rng::new(plan.seed, "run"),
        next: 1,
        ends: BTreeMap::new(),
        outcome: Outcome::default(),
        talk,
        leaving: BTreeSet::new(),
    };
    run.go();
    let now = run.world.now();
    run.world.checks.end(now);
    if talk && run.world.checks.violation.is_some() {
        run.world.checks.faults().for_each(|fault| println!("  {fault}"));
        println!("{}", run.portrait());
    }
    let Run { mut world, mut outcome, .. } = run;
    outcome.events = world.events;
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

enum End {
    Mend(Vec<PeerId>, Vec<PeerId>),
    Unmute(Vec<PeerId>, Vec<PeerId>),
    Undelay(PeerId),
    Resume,
}

struct Run<'a> {
    plan: &'a Plan,
    world: World,
    rng: Rng,
    next: u128,
    ends: BTreeMap<(Micros, u64), End>,
    outcome: Outcome,
    talk: bool,
    /// Who wishes to leave.
    leaving: BTreeSet<PeerId>,
}

impl Run<'_> {
    fn go(&mut self) {
        if self.plan.netem.loss_ppm > 0 || self.plan.netem.corrupt_ppm > 0 {
            self.fault("netem", false, Micros::MAX, Whom::All);
        }
        for _ in 0..self.plan.people {
            self.join(true);
        }
        let start = self.world.now();
        for (at, act) in &self.plan.acts {
            self.pass(start + at);
            if self.world.checks.violation.is_some() {
                return;
            }
            if self.talk {
                println!("{:8.3} s {act:?}", self.world.now() as f64 / 1e6);
            }
            self.act(act);
        }
        self.pass(start + FAULTS_US + if self.plan.core { 0 } else { 10_000_000 });
        if self.plan.core && self.world.checks.violation.is_none() {
            self.core();
        }
        if self.outcome.violation.is_none() && self.world.checks.violation.is_none() {
            self.peace();
        }
    }

    /// Lets time pass, and ends what ends by then.
    fn pass(&mut self, until: Micros) {
        while let Some(end) = self.ends.first_entry().filter(|e| e.key().0 <= until) {
            let ((at, _), end) = end.remove_entry();
            self.world.run_until(at);
            match end {
                End::Mend(a, b) => self.world.network.cut(self.world.now(), &a, &b, false),
                End::Unmute(a, b) => self.world.network.cut_one_way(at, &a, &b, false),
                End::Undelay(peer) => self.world.network.links.retain(|(a, b), _| *a != peer && *b != peer),
                End::Resume => self.ask_all(Request::Resume),
            }
        }
        self.world.run_until(until);
    }

    fn later(&mut self, us: Micros, end: End) {
        let number = self.rng.next();
        self.ends.insert((self.world.now() + us, number), end);
    }

    fn join(&mut self, lend: bool) {
        let me = PeerId(self.next);
        self.next += 1;
        let founds = self.world.alive().is_empty() && me.0 == 1;
        let config = Config {
            me,
            profile: Profile { name: format!("P{}", me.0), lend, backend: "tiny".into(), throughput: 0 },
            found: founds.then(|| self.plan.scene.clone()),
            superstep_ticks: self.plan.superstep_ticks,
            pace: Pace::RealTime,
            wait_for: 0,
            equal_strips: self.plan.equal_strips,
            stand_ins: true,
            end_tick: None,
        };
        let skew = Skew { start: self.rng.below(1 << 36), ppm: self.rng.below(400) as i64 - 200 };
        let tick_us = self.rng.range(300, 3_000);
        self.world.join(config, skew, tick_us);
    }

    fn fault(&mut self, kind: &'static str, hard: bool, us: Micros, whom: Whom) {
        let from = self.world.now();
        self.world.checks.fault(Fault { kind, hard, from, until: from.saturating_add(us), whom });
    }

    fn count(&mut self, what: &'static str) {
        *self.outcome.faults.entry(what).or_default() += 1;
    }

    fn peer(&self, place: usize) -> Option<PeerId> {
        let alive = self.world.alive();
        if alive.is_empty() { None } else { Some(alive[place % alive.len()]) }
    }

    /// Two of those alive.
    fn pair(&self, a: usize, b: usize) -> Option<(PeerId, PeerId)> {
        self.peer(a).zip(self.peer(b)).filter(|(a, b)| a != b)
    }

    /// Whether the room has at least `n` that lend and are well beside this one.
    fn others_lend(&self, but: PeerId, n: usize) -> bool {
        let lends = |p: &room::api::Person| p.profile.lend && p.id != but;
        let well = |id: &PeerId| self.world.peers.get(id).is_some_and(|p| p.alive) && !self.world.is_frozen(*id);
        self.world.alive().iter().filter(|id| **id != but).any(|id| {
            let status = &self.world.peers[id].status;
            status.people.iter().filter(|p| lends(p) && well(&p.id)).count() >= n
        })
    }

    fn ask_all(&mut self, request: Request) {
        if let Some(first) = self.peer(0) {
            self.world.ask(first, request);
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Command(who, command) => {
                if let Some(peer) = self.peer(*who) {
                    self.world.ask(peer, Request::Command(command.clone()));
                    self.count("command");
                }
            }
            Act::Freeze(who, us) => {
                if let Some(peer) = self.peer(*who) {
                    self.world.freeze(peer, *us);
                    self.count("freeze");
                }
            }
            Act::Kill(who) => {
                if let Some(peer) = self.peer(*who).filter(|&p| self.others_lend(p, 1)) {
                    self.world.kill(peer);
                    self.count("kill");
                }
            }
            Act::KillLeader => {
                let leader = self.world.peers.values().filter(|p| p.alive).find_map(|p| {
                    p.status.people.iter().find(|p| p.leader).map(|p| p.id).filter(|id| self.world.peers[id].alive)
                });
                if let Some(peer) = leader.filter(|&p| self.others_lend(p, 1)) {
                    self.world.kill(peer);
                    self.count("leader kill");
                }
            }
            Act::Leave(who) => {
                if let Some(peer) = self.peer(*who).filter(|&p| self.others_lend(p, 1))
                    && self.world.ask(peer, Request::Leave)
                {
                    self.leaving.insert(peer);
                    self.count("leave");
                }
            }
            Act::Join { lend } => {
                if self.world.alive().len() < 8 {
                    self.join(*lend);
                    self.count("join");
                }
            }
            Act::Slow(who, times) => {
                if let Some(peer) = self.peer(*who).and_then(|p| self.world.peers.get_mut(&p)) {
                    peer.tick_us = (peer.tick_us * times).min(30_000);
                    let slow = self.peer(*who).map(Whom::One);
                    slow.into_iter().for_each(|who| self.fault("slow", false, Micros::MAX, who));
                    self.count("slow");
                }
            }
            Act::Delay(who, by, us) => {
                if let Some(peer) = self.peer(*who) {
                    let base = self.world.network.netem;
                    let far = Netem { latency_us: base.latency_us + by, ..base };
                    for other in self.world.alive() {
                        self.world.network.links.insert((peer, other), far);
                        self.world.network.links.insert((other, peer), far);
                    }
                    self.fault("delay", false, *us, Whom::One(peer));
                    self.later(*us, End::Undelay(peer));
                    self.count("delay");
                }
            }
            Act::Cut(first, us) => {
                let alive = self.world.alive();
                if alive.len() > 1 {
                    let at = 1 + first % (alive.len() - 1);
                    let (a, b) = (alive[..at].to_vec(), alive[at..].to_vec());
                    self.world.network.cut(self.world.now(), &a, &b, true);
                    self.fault("cut", true, *us, Whom::Between(a.clone(), b.clone()));
                    self.later(*us, End::Mend(a, b));
                    self.count("cut");
                }
            }
            Act::Part(a, b, us) => {
                if let Some((a, b)) = self.pair(*a, *b) {
                    self.world.network.cut(self.world.now(), &[a], &[b], true);
                    self.fault("part", true, *us, Whom::Between(vec![a], vec![b]));
                    self.later(*us, End::Mend(vec![a], vec![b]));
                    self.count("part");
                }
            }
            Act::Far(a, b, by) => {
                if let Some((a, b)) = self.pair(*a, *b) {
                    let base = self.world.network.netem;
                    let far = Netem { latency_us: base.latency_us + by, ..base };
                    self.world.network.links.extend([((a, b), far), ((b, a), far)]);
                    self.fault("far", false, Micros::MAX, Whom::Between(vec![a], vec![b]));
                    self.count("far");
                }
            }
            Act::Netem(netem) => {
                self.world.network.netem = *netem;
                self.fault("netem", false, Micros::MAX, Whom::All);
                self.count("netem");
            }
            Act::Mute(who, first, us) => {
                let alive = self.world.alive();
                if let Some(peer) = self.peer(*who) {
                    let others: Vec<PeerId> = alive.into_iter().filter(|p| *p != peer).take(*first).collect();
                    self.world.network.cut_one_way(self.world.now(), &[peer], &others, true);
                    self.fault("mute", true, *us, Whom::Between(vec![peer], others.clone()));
                    self.later(*us, End::Unmute(vec![peer], others));
                    self.count("mute");
                }
            }
            Act::Flip(who) => {
                if let Some(peer) = self.peer(*who).and_then(|p| self.world.peers.get_mut(&p)) {
                    peer.flips = true;
                    self.count("flip");
                }
            }
            Act::Pause(us) => {
                self.ask_all(Request::Pause);
                self.later(*us, End::Resume);
                self.count("pause");
            }
            Act::Save(who) => {
                if let Some(peer) = self.peer(*who) {
                    self.world.ask(peer, Request::Save);
                    self.count("save");
                }
            }
            Act::Restore(who) => {
                if let (Some(peer), Some(bytes)) = (self.peer(*who), self.world.checks.newest_save()) {
                    self.world.ask(peer, Request::Restore(bytes));
                    self.count("restore");
                }
            }
            Act::Lend(who, lend) => {
                if let Some(peer) = self.peer(*who).filter(|&p| *lend || self.others_lend(p, 1)) {
                    let name = format!("P{}", peer.0);
                    let profile = Profile { name, lend: *lend, backend: "tiny".into(), throughput: 0 };
                    let heard = self.world.ask(peer, Request::Profile(profile));
                    if let Some(peer) = self.world.peers.get_mut(&peer).filter(|_| heard) {
                        peer.lends = *lend;
                        self.count("lend");
                    }
                }
            }
        }
    }
}
