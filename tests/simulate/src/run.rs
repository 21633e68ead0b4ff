//! One run: the plan's acts at their moments, then peace, and then everyone must be in one room that goes on,
//! with the digest that one machine has.

use crate::check::Checks;
use crate::kernel::Make;
use crate::plan::{Act, FAULTS_US, Plan};
use crate::rng::Rng;
use crate::trace::Shared;
use crate::wire::Weather;
use crate::world::{Skew, World};
use room::api::{Config, Micros, Pace, PeerId, Profile, Request};
use room::notice::Notice;
use std::collections::{BTreeMap, BTreeSet};

/// After the last fault the room has so long to be whole again.
const PEACE_US: Micros = 30_000_000;

/// What a run was like.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was wrong, if anything.
    pub violation: Option<String>,
    /// Events in virtual time.
    pub events: u64,
    /// Digests compared with one machine's.
    pub compared: u64,
    /// Steps agreed.
    pub agreed: u64,
    /// Histories: more than one when the room was cut in two.
    pub lineages: usize,
    /// How often each kind of fault happened.
    pub faults: BTreeMap<&'static str, u64>,
    /// Saves that were made, and times that a room went on from one.
    pub saves: [u64; 2],
    /// Bands that stand-ins sent.
    pub stood_in: u64,
    /// Times that a room had to go back to a cut because it did not get on.
    pub rescues: u64,
    /// Times that a room went back to a cut or a scene, as the participant saw it who saw it most often.
    pub losses: u64,
    /// What participants were told, for a look at a bad run.
    pub notices: Vec<(u128, Notice)>,
}

/// Runs a plan with this kernel. `talk`: print each act.
pub fn run(plan: &Plan, make: Make, talk: bool) -> Outcome {
    run_traced(plan, make, talk, None)
}

/// The same, with a hash of all that the rooms take and give.
pub fn run_traced(plan: &Plan, make: Make, talk: bool, trace: Option<Shared>) -> Outcome {
    let checks = Checks::new(plan.scene.clone(), make);
    let mut world = World::new(plan.weather, plan.seed, checks, make);
    world.trace = trace;
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
    let Run { world, mut outcome, .. } = run;
    outcome.events = world.events;
    outcome.compared = world.checks.compared;
    outcome.agreed = world.checks.agreed;
    outcome.lineages = world.checks.lineages();
    outcome.saves = world.checks.saves();
    outcome.rescues = world.peers.values().map(|p| p.status.rescues).sum();
    outcome.stood_in = world.peers.values().map(|p| p.status.stood_in).sum();
    outcome.violation = outcome.violation.or(world.checks.violation);
    let losses = |p: &crate::world::Peer| p.notices.iter().filter(|n| n.ticks_lost().is_some()).count() as u64;
    outcome.losses = world.peers.values().map(losses).max().unwrap_or(0);
    outcome.notices = world.peers.iter().flat_map(|(id, p)| p.notices.iter().map(|n| (id.0, n.clone()))).collect();
    outcome
}

enum End {
    Mend(Vec<PeerId>, Vec<PeerId>),
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
        for _ in 0..self.plan.people {
            self.join(true);
        }
        let start = self.world.now;
        for (at, act) in &self.plan.acts {
            self.pass(start + at);
            if self.world.checks.violation.is_some() {
                return;
            }
            if self.talk {
                println!("{:8.3} s {act:?}", self.world.now as f64 / 1e6);
            }
            self.act(act);
        }
        self.pass(start + FAULTS_US + 10_000_000);
        self.peace();
    }

    /// Lets time pass, and ends what ends by then.
    fn pass(&mut self, until: Micros) {
        while let Some(end) = self.ends.first_entry().filter(|e| e.key().0 <= until) {
            let ((at, _), end) = end.remove_entry();
            self.world.run_until(at);
            match end {
                End::Mend(a, b) => self.world.wire.cut(&a, &b, false),
                End::Undelay(peer) => self.world.wire.links.retain(|(a, b), _| *a != peer && *b != peer),
                End::Resume => self.ask_all(Request::Resume),
            }
        }
        self.world.run_until(until);
    }

    fn later(&mut self, us: Micros, end: End) {
        let number = self.rng.next();
        self.ends.insert((self.world.now + us, number), end);
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
        let well = |id: &PeerId| self.world.peers.get(id).is_some_and(|p| p.alive && p.frozen_until <= self.world.now);
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
            Act::KillHost => {
                let host = self.world.peers.values().filter(|p| p.alive).find_map(|p| {
                    p.status.people.iter().find(|p| p.host).map(|p| p.id).filter(|id| self.world.peers[id].alive)
                });
                if let Some(peer) = host.filter(|&p| self.others_lend(p, 1)) {
                    self.world.kill(peer);
                    self.count("host kill");
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
                    self.count("slow");
                }
            }
            Act::Delay(who, by, us) => {
                if let Some(peer) = self.peer(*who) {
                    let base = self.world.wire.weather;
                    let far = Weather { latency_us: base.latency_us + by, ..base };
                    for other in self.world.alive() {
                        self.world.wire.links.insert((peer, other), far);
                        self.world.wire.links.insert((other, peer), far);
                    }
                    self.later(*us, End::Undelay(peer));
                    self.count("delay");
                }
            }
            Act::Cut(first, us) => {
                let alive = self.world.alive();
                if alive.len() > 1 {
                    let at = 1 + first % (alive.len() - 1);
                    let (a, b) = (alive[..at].to_vec(), alive[at..].to_vec());
                    self.world.wire.cut(&a, &b, true);
                    self.later(*us, End::Mend(a, b));
                    self.count("cut");
                }
            }
            Act::Part(a, b, us) => {
                if let Some((a, b)) = self.pair(*a, *b) {
                    self.world.wire.cut(&[a], &[b], true);
                    self.later(*us, End::Mend(vec![a], vec![b]));
                    self.count("part");
                }
            }
            Act::Far(a, b, by) => {
                if let Some((a, b)) = self.pair(*a, *b) {
                    let base = self.world.wire.weather;
                    let far = Weather { latency_us: base.latency_us + by, ..base };
                    self.world.wire.links.extend([((a, b), far), ((b, a), far)]);
                    self.count("far");
                }
            }
            Act::Weather(weather) => {
                self.world.wire.weather = *weather;
                self.count("weather");
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

    /// No more faults: whoever lost its links begins anew, as its driver would; then all are one room.
    fn peace(&mut self) {
        self.world.wire.weather = Weather { latency_us: 1_000, jitter_us: 1_000, ..Weather::default() };
        self.world.wire.links.clear();
        self.world.wire.mend();
        self.begin_anew();
        self.ask_all(Request::Resume);
        if self.world.alive().iter().all(|id| self.world.checks.lineage(*id).is_none()) {
            return; // Everyone who was ever in the room is gone, and so is the room.
        }
        let end = self.world.now + PEACE_US;
        let (mut whole_since, mut looked) = (None, self.world.now);
        while self.world.now < end {
            // Somebody presses the button again where it stands still.
            if self.world.alive().iter().any(|id| self.world.peers[id].status.paused) {
                self.ask_all(Request::Resume);
            }
            let next = self.world.now + 250_000;
            self.world.run_until(next);
            if self.world.checks.violation.is_some() {
                return;
            }
            if !self.somebody_lends() {
                self.join(true);
            }
            if !self.is_whole() {
                whole_since = None;
                if self.world.now > looked + 3_000_000 {
                    looked = self.world.now;
                    self.begin_anew();
                }
                continue;
            }
            let (since, tick) = *whole_since.get_or_insert((self.world.now, self.least_tick()));
            if self.world.now > since + 3_000_000 && self.least_tick() > tick + 120 {
                return;
            }
        }
        self.outcome.violation =
            Some(format!("not whole again {} s after the last fault: {}", PEACE_US / 1_000_000, self.portrait()));
    }

    /// Whoever lost a link for good comes again under another name, as its driver would: the one who lost most.
    fn begin_anew(&mut self) {
        let alive = self.world.alive();
        let linked = |a: PeerId, b: PeerId| self.world.peers[&a].node.is_linked(b);
        let lost = |a: &PeerId| alive.iter().filter(|&&b| *a != b && !(linked(*a, b) && linked(b, *a))).count();
        if let Some(&most) = alive.iter().max_by_key(|a| (lost(a), a.0))
            && lost(&most) > 0
        {
            let lends = self.world.peers[&most].lends;
            self.world.kill(most);
            self.join(lends);
        }
    }

    /// Whether somebody who lends is there, and not about to leave.
    fn somebody_lends(&self) -> bool {
        self.world.alive().iter().any(|id| self.world.peers[id].lends && !self.leaving.contains(id))
    }

    fn least_tick(&self) -> u64 {
        self.world.peers.values().filter(|p| p.alive).map(|p| p.status.tick).min().unwrap_or(0)
    }

    /// Everyone alive sees everyone alive, and nobody else, in one history.
    fn is_whole(&self) -> bool {
        let alive = self.world.alive();
        let lineage = alive.first().and_then(|&id| self.world.checks.lineage(id));
        alive.iter().all(|id| {
            let people: Vec<PeerId> = self.world.peers[id].status.people.iter().map(|p| p.id).collect();
            people.len() == alive.len()
                && alive.iter().all(|a| people.contains(a))
                && self.world.checks.lineage(*id) == lineage
        })
    }

    fn portrait(&self) -> String {
        let one = |id: &PeerId| {
            let p = &self.world.peers[id];
            let people: Vec<String> = p
                .status
                .people
                .iter()
                .map(|q| {
                    format!("{}{}{}", q.id.0, if q.host { "h" } else { "" }, if q.region.is_some() { "x" } else { "" })
                })
                .collect();
            format!(
                "{} at {} of {:?} {}% waits {:?} sees [{}]",
                id.0,
                p.status.tick,
                self.world.checks.lineage(*id),
                p.status.speed_percent,
                p.status.waiting_for,
                people.join(" ")
            )
        };
        let rooms = self
            .world
            .alive()
            .into_iter()
            .map(|id| format!("\n    {}: {}", id.0, self.world.peers[&id].node.portrait()));
        self.world.alive().iter().map(one).collect::<Vec<_>>().join("; ") + &rooms.collect::<String>()
    }
}
