//! Rooms over the virtual network: messages that arrive, as links make them. One seed decides delays and orders.
#![allow(dead_code, reason = "each test uses its part")]

use netsim::lanes::Lanes;
use netsim::{Netem, Network, Rng, Schedule, Skew};
use room::Room;
use room::api::{Channel, Config, Event, Input, Micros, Output, Pace, PeerId, Profile, Request, Status};
use room::notice::{Announcement, BackendError, Name, Notice, Refusal, Someone};
use room::wire::{Msg, decode, encode};
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::Globals;
use sim_kernels::job::{Job, JobOutput};
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::{Kernel, Stub};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How the network behaves.
#[derive(Clone, Copy)]
pub struct Net {
    pub latency_us: u64,
    pub jitter_us: u64,
    /// Time that a step takes to compute, without jitter.
    pub compute_us: u64,
    /// Lost on the view channel, in percent; the others are delivered.
    pub view_loss: u64,
    /// Computing takes time by the particle: `compute_us` for a thousand of them.
    pub proportional: bool,
    /// A peer that computes hears nothing meanwhile: a machine with more to do than cores.
    pub blocking: bool,
    pub seed: u64,
}

impl Default for Net {
    fn default() -> Self {
        Self {
            latency_us: 2_000,
            jitter_us: 3_000,
            compute_us: 1_000,
            view_loss: 0,
            proportional: false,
            blocking: false,
            seed: 1,
        }
    }
}

/// Of a message and its payload, what is said instead.
pub type Says = fn(Msg, Vec<u8>) -> Vec<(Msg, Vec<u8>)>;

pub struct Peer {
    pub room: Room,
    pub kernel: Box<dyn Kernel>,
    pub clock: Skew,
    pub alive: bool,
    pub status: Status,
    pub digests: BTreeMap<u64, Digest>,
    pub notices: Vec<Notice>,
    pub refused: Option<Refusal>,
    pub left: bool,
    pub sent: BTreeMap<Channel, u64>,
    pub views: Vec<Event>,
    /// Pointers, points and words of others.
    pub shown: Vec<Event>,
    pub saved: Vec<Vec<u8>>,
    pub recorded: Vec<Vec<u8>>,
    /// Saves that the world went on from; and the epoch that this one is in.
    pub opened: u32,
    epoch: u32,
    pub globals: Option<Box<Globals>>,
    /// Superstep lengths, one after the other.
    pub lengths: Vec<u32>,
    /// Some of what it sent, for enemies to change.
    pub said: Vec<(Channel, Vec<u8>)>,
    pub slow: u64,
    /// The first step of a state takes so much longer, as on a GPU that has its kernels to compile.
    pub begins_us: u64,
    /// Steps of which something was computed before their bands were there.
    pub insides: u32,
    /// The selected slot, and those that had a step.
    slot: u8,
    begun: BTreeSet<u8>,
    /// Changes what it says: a hostile member.
    pub lies: Option<fn(&mut Msg)>,
    /// What it says instead of a message and its payload: a hostile member.
    pub says: Option<Says>,
    /// The most cells that one step's commands touched.
    pub cells_most: u64,
    wake: Micros,
    jobs_until: Micros,
}

enum What {
    Message { from: PeerId, channel: Channel, bytes: Vec<u8> },
    Up(PeerId),
    Down(PeerId),
    Done { job: u64, result: Result<JobOutput, BackendError> },
    Wake,
    Figures,
}

pub struct World {
    pub net: Net,
    pub peers: BTreeMap<PeerId, Peer>,
    schedule: Schedule<PeerId, What>,
    network: Network<PeerId>,
    rng: Rng,
    make: fn() -> Box<dyn Kernel>,
    lanes: Lanes<PeerId>,
    /// What is said on the border channel over a link is so much later, and no figures tell.
    late: BTreeMap<(PeerId, PeerId), u64>,
}

/// The usual seeds, or those of `ROOM_SEEDS=100..200`.
#[expect(clippy::disallowed_methods, reason = "how a developer asks for other seeds; the room itself reads nothing")]
pub fn seeds(usual: Range<u64>) -> Range<u64> {
    let asked = std::env::var("ROOM_SEEDS").ok().and_then(|s| {
        let (a, b) = s.split_once("..")?;
        Some(a.parse().ok()?..b.parse().ok()?)
    });
    asked.unwrap_or(usual)
}

pub fn profile(name: &str) -> Profile {
    Profile { name: name.into(), lend: true, backend: "stub".into(), throughput: 0 }
}

pub fn config(id: u128, scene: Option<&Scene>) -> Config {
    Config {
        me: PeerId(id),
        profile: profile(&format!("P{id}")),
        found: scene.cloned(),
        superstep_ticks: 2,
        pace: Pace::Fast,
        wait_for: 1,
        equal_strips: true,
        stand_ins: true,
        end_tick: None,
    }
}

/// A pool at rest over the whole width.
pub fn scene(width: i32) -> Scene {
    Scene {
        title: "test".into(),
        world: WorldSize::new(width, 64).unwrap(),
        gravity: [0, -4],
        terrain: vec![],
        blocks: vec![Block::water(Rect::new(4, 4, width - 4, 8))],
        commands: vec![],
    }
}

pub fn founder(peers: u32) -> Config {
    Config { wait_for: peers, ..config(1, Some(&scene(128))) }
}

/// Three who compute, in a net that is not quick.
pub fn three(seed: u64, pace: Pace) -> World {
    let net = Net { latency_us: 4_000, jitter_us: 8_000, compute_us: 2_000, seed, ..Net::default() };
    let mut world = World::new(net, Stub::boxed);
    world.join(Config { pace, ..founder(3) });
    for id in 2..=3 {
        world.join(Config { pace, ..config(id, None) });
    }
    world.until("start", 10, |w| w.peers.values().all(|p| p.status.tick >= 20));
    world
}

pub fn alive_at(world: &World, tick: u64) -> bool {
    world.peers.values().filter(|p| p.alive).all(|p| p.status.tick >= tick)
}

/// The room runs on and, once it is stopped, all agree on its digest.
pub fn goes_on(world: &mut World) {
    let tick = world.peers.values().filter(|p| p.alive).map(|p| p.status.tick).max().unwrap();
    world.until("goes on", 20, |w| alive_at(w, tick + 60));
    let anyone = *world.peers.iter().find(|p| p.1.alive).unwrap().0;
    world.ask(anyone, Request::Pause);
    world.run_for(2_000_000);
    let alive = || world.peers.values().filter(|p| p.alive).map(|p| &p.status);
    let stopped = alive().next().unwrap().tick;
    assert!(alive().all(|s| s.paused && s.tick == stopped && s.digest.is_some_and(|d| d.0 == stopped)));
    assert!(alive().zip(alive().skip(1)).all(|(a, b)| a.digest == b.digest));
}

impl World {
    pub fn new(net: Net, make: fn() -> Box<dyn Kernel>) -> Self {
        World {
            net,
            peers: BTreeMap::new(),
            schedule: Schedule::new(1_000_000),
            network: Network::new(Netem::default(), net.seed),
            rng: Rng::new(net.seed, "world"),
            make,
            lanes: Lanes::default(),
            late: BTreeMap::new(),
        }
    }

    pub fn now(&self) -> Micros {
        self.schedule.now()
    }

    pub fn random(&mut self, below: u64) -> u64 {
        self.rng.below(below)
    }

    fn push(&mut self, at: Micros, to: PeerId, what: What) {
        self.schedule.push(at, to, what);
    }

    fn delay(&mut self) -> u64 {
        self.net.latency_us + self.random(self.net.jitter_us + 1)
    }

    /// From now on the link carries so many bytes a second, each way.
    pub fn limit(&mut self, a: u128, b: u128, rate: u64) {
        self.lane(a, b, rate, 0);
    }

    /// From now on the link takes so much longer, each way.
    pub fn far(&mut self, a: u128, b: u128, extra_us: u64) {
        self.lane(a, b, 1 << 40, extra_us);
    }

    /// From now on what the link carries for borders takes so much longer, each way, and nobody measures that.
    pub fn late(&mut self, a: u128, b: u128, extra_us: u64) {
        let (a, b) = (PeerId(a), PeerId(b));
        self.late.extend([((a, b), extra_us), ((b, a), extra_us)]);
    }

    fn lane(&mut self, a: u128, b: u128, rate: u64, extra_us: u64) {
        for new in self.lanes.limit(PeerId(a), PeerId(b), rate, extra_us) {
            self.push(self.now() + 500_000, new, What::Figures);
        }
    }

    /// The figures that a transport would measure on links of a limited rate.
    fn figures(&mut self, id: PeerId) {
        let (now, rtt_us) = (self.now(), (2 * self.net.latency_us + self.net.jitter_us) as u32);
        let peer = self.peers.get_mut(&id).unwrap();
        for (to, rate) in self.lanes.of(id) {
            // Bursts that pass show a transport what a link carries.
            let goodput = rate.bytes_per_s.min(10_000_000) as u32;
            let rtt_us = rtt_us + 2 * rate.extra_us as u32;
            peer.room.handle(peer.clock.shows(now), Input::Link { peer: to, rtt_us, goodput });
        }
        self.push(now + 500_000, id, What::Figures);
        self.drain(id);
    }

    /// Adds a peer and links it to all others.
    pub fn join(&mut self, cfg: Config) -> PeerId {
        let id = cfg.me;
        let clock = Skew { start: self.random(1 << 40), ppm: 0 };
        let room = Room::new(cfg, clock.shows(self.now()));
        let others: Vec<PeerId> = self.peers.iter().filter(|p| p.1.alive).map(|p| *p.0).collect();
        let kernel = (self.make)();
        let peer = Peer {
            room,
            kernel,
            clock,
            alive: true,
            status: Status::default(),
            digests: BTreeMap::new(),
            notices: Vec::new(),
            refused: None,
            left: false,
            sent: BTreeMap::new(),
            views: Vec::new(),
            shown: Vec::new(),
            saved: Vec::new(),
            recorded: Vec::new(),
            opened: 0,
            epoch: 0,
            globals: None,
            lengths: Vec::new(),
            said: Vec::new(),
            slow: 1,
            begins_us: 0,
            insides: 0,
            slot: 0,
            begun: BTreeSet::new(),
            lies: None,
            says: None,
            cells_most: 0,
            wake: 0,
            jobs_until: 0,
        };
        self.peers.insert(id, peer);
        for other in others {
            let (a, b) = (self.delay(), self.delay());
            self.push(self.now() + a, id, What::Up(other));
            self.push(self.now() + b, other, What::Up(id));
        }
        self.drain(id);
        id
    }

    /// A peer stops without a word; the others notice after five seconds.
    pub fn vanish(&mut self, id: PeerId) {
        self.peers.get_mut(&id).unwrap().alive = false;
        let others: Vec<PeerId> = self.peers.iter().filter(|p| p.1.alive).map(|p| *p.0).collect();
        for other in others {
            let late = self.random(300_000);
            self.push(self.now() + 5_000_000 + late, other, What::Down(id));
        }
    }

    /// A peer does nothing for a while; what is said to it waits.
    pub fn freeze(&mut self, id: PeerId, us: u64) {
        self.schedule.freeze(id, self.schedule.now() + us);
    }

    /// The link between two is gone; both notice after five seconds.
    pub fn cut(&mut self, a: PeerId, b: PeerId) {
        for (x, y) in [(a, b), (b, a)] {
            self.network.cut_one_way(self.schedule.now(), &[x], &[y], true);
            let late = self.random(300_000);
            self.push(self.now() + 5_000_000 + late, x, What::Down(y));
        }
    }

    /// The link is there again, long after it was given up.
    pub fn heal(&mut self, a: PeerId, b: PeerId) {
        for (x, y) in [(a, b), (b, a)] {
            self.network.cut_one_way(self.schedule.now(), &[x], &[y], false);
            let late = self.delay();
            self.push(self.now() + late, x, What::Up(y));
        }
    }

    /// Somebody whom nobody knows has a link to everyone.
    pub fn link(&mut self, stranger: PeerId) {
        let all: Vec<PeerId> = self.peers.keys().copied().collect();
        all.into_iter().for_each(|peer| self.push(self.now() + 1, peer, What::Up(stranger)));
        self.run_for(10_000);
    }

    pub fn ask(&mut self, id: PeerId, request: Request) {
        let now = self.now();
        let peer = self.peers.get_mut(&id).unwrap();
        peer.room.handle(peer.clock.shows(now), Input::Player(request));
        self.drain(id);
    }

    /// Hands bytes to a peer as if another had sent them.
    pub fn forge(&mut self, to: PeerId, from: PeerId, channel: Channel, bytes: Vec<u8>) {
        let now = self.now();
        let peer = self.peers.get_mut(&to).unwrap();
        peer.room.handle(peer.clock.shows(now), Input::Message { from, channel, bytes });
        self.drain(to);
    }

    fn drain(&mut self, id: PeerId) {
        loop {
            let peer = self.peers.get_mut(&id).unwrap();
            match peer.room.poll() {
                Output::Send { to, channel, mut bytes } => {
                    if let Some(lies) = peer.lies
                        && let Ok((mut msg, payload)) = decode(&bytes)
                    {
                        lies(&mut msg);
                        bytes = encode(&msg, payload);
                    }
                    let said = match (peer.says, decode(&bytes)) {
                        (Some(says), Ok((msg, payload))) => {
                            says(msg, payload.to_vec()).iter().map(|(msg, payload)| encode(msg, payload)).collect()
                        }
                        _ => vec![bytes],
                    };
                    said.into_iter().for_each(|bytes| self.transmit(id, to, channel, bytes));
                }
                Output::Job { number, job } => {
                    let (is_step, begins) = (matches!(job, Job::Step(_)), matches!(job, Job::Begin(_)));
                    match job {
                        Job::Select(slot) => peer.slot = slot,
                        Job::Forget => _ = peer.begun.remove(&peer.slot),
                        _ => {}
                    }
                    let first_us = if is_step && peer.begun.insert(peer.slot) { peer.begins_us } else { 0 };
                    let mut result = peer.kernel.run(job).map_err(|_| BackendError::BadJob);
                    let particles = result.as_ref().map_or(0, |r| r.particles);
                    peer.insides += u32::from(begins && particles > 0);
                    let share = if self.net.proportional { particles } else { 1000 };
                    let cost = if is_step { self.net.compute_us * peer.slow * share / 1000 + first_us } else { 10 };
                    if let Ok(output) = &mut result {
                        output.compute_us = cost;
                    }
                    let at = peer.jobs_until.max(self.schedule.now()) + cost;
                    peer.jobs_until = at;
                    self.push(at, id, What::Done { job: number, result });
                }
                Output::Event(event) => peer.take(event),
                Output::Wait(at) => {
                    let now = self.schedule.now();
                    let at = at.saturating_sub(peer.clock.start).max(now + 1);
                    if peer.wake <= now || at < peer.wake {
                        peer.wake = at;
                        self.push(at, id, What::Wake);
                    }
                    return;
                }
            }
        }
    }

    fn transmit(&mut self, id: PeerId, to: PeerId, channel: Channel, bytes: Vec<u8>) {
        let peer = self.peers.get_mut(&id).unwrap();
        *peer.sent.entry(channel).or_default() += bytes.len() as u64;
        if peer.said.len() < 400 {
            peer.said.push((channel, bytes.clone()));
        }
        let lost = channel == Channel::View && self.random(100) < self.net.view_loss;
        if !lost && !self.network.is_cut(id, to) && self.peers.get(&to).is_some_and(|p| p.alive) {
            let lane = match channel {
                Channel::Log => 0,
                Channel::Border | Channel::View => 1,
                Channel::Bulk => 2,
            };
            let out = self.lanes.transferred(self.now(), id, to, lane, bytes.len() as u64);
            let late = if channel == Channel::Border { self.late.get(&(id, to)).copied().unwrap_or(0) } else { 0 };
            let at = out + self.delay() + late;
            self.push(at, to, What::Message { from: id, channel, bytes });
        }
    }

    /// One event; false when there is none.
    pub fn step(&mut self) -> bool {
        let Some(next) = self.schedule.pop() else { return false };
        let Some((id, what)) = next else { return true };
        let now = self.now();
        let Some(peer) = self.peers.get_mut(&id).filter(|p| p.alive) else { return true };
        // What came meanwhile is heard between two jobs.
        if self.net.blocking && now + 1 < peer.jobs_until && !matches!(what, What::Done { .. }) {
            let at = peer.jobs_until - 1;
            self.push(at, id, what);
            return true;
        }
        let input = match what {
            What::Figures => {
                self.figures(id);
                return true;
            }
            What::Message { from, channel, bytes } => Input::Message { from, channel, bytes },
            What::Up(other) => Input::PeerUp(other),
            What::Down(other) => Input::PeerDown(other),
            What::Done { job, result } => Input::Done { job, result },
            What::Wake => {
                if peer.wake > now {
                    return true;
                }
                Input::Wake
            }
        };
        let up = if let Input::PeerUp(other) = &input { Some(*other) } else { None };
        peer.room.handle(peer.clock.shows(now), input);
        if let Some(other) = up {
            let further = self.lanes.of(id).find(|l| l.0 == other).map_or(0, |l| l.1.extra_us);
            let rtt_us = (2 * (self.net.latency_us + further) + self.net.jitter_us) as u32;
            peer.room.handle(peer.clock.shows(now), Input::Link { peer: other, rtt_us, goodput: 10_000_000 });
        }
        self.drain(id);
        if self.peers[&id].left {
            self.part(id);
        }
        true
    }

    /// A peer that left closes its links.
    fn part(&mut self, id: PeerId) {
        let peer = self.peers.get_mut(&id).unwrap();
        if peer.alive {
            peer.alive = false;
            let others: Vec<PeerId> = self.peers.iter().filter(|p| p.1.alive).map(|p| *p.0).collect();
            for other in others {
                let delay = self.delay();
                self.push(self.now() + delay, other, What::Down(id));
            }
        }
    }

    /// Runs until the condition holds; panics after so much virtual time, and says where everyone stands.
    pub fn until(&mut self, what: &str, limit_s: u64, mut met: impl FnMut(&World) -> bool) {
        let end = self.now() + limit_s * 1_000_000;
        let mut steps = 0u64;
        while !met(self) {
            steps += 1;
            if !self.step() || self.now() > end || steps > 3_000_000 {
                for (id, p) in &self.peers {
                    let people: Vec<_> =
                        p.status.people.iter().map(|p| (p.id.0, p.leader, p.region.is_some(), p.behind)).collect();
                    let s = &p.status;
                    println!(
                        "{} alive {} tick {} waits {:?} {people:?} {:?} {}",
                        id.0,
                        p.alive,
                        s.tick,
                        s.waiting_for,
                        p.notices,
                        p.room.portrait()
                    );
                }
                panic!("{what}: not within {limit_s} s (seed {}, {steps} events)", self.net.seed);
            }
        }
    }

    pub fn run_for(&mut self, us: u64) {
        let end = self.now() + us;
        while self.schedule.next_at().is_some_and(|at| at <= end) {
            self.step();
        }
        self.schedule.pass(end);
    }

    /// Everyone alive knows the digest at this tick, and it is the same.
    pub fn digest_at(&mut self, tick: u64) -> Digest {
        self.until(&format!("digest at {tick}"), 120, |w| {
            w.peers.values().filter(|p| p.alive).all(|p| p.digests.contains_key(&tick))
        });
        let all: Vec<Digest> = self.peers.values().filter(|p| p.alive).map(|p| p.digests[&tick]).collect();
        assert!(all.windows(2).all(|w| w[0] == w[1]), "digests differ: {all:?}");
        all[0]
    }
}

/// As [`profile`] names them.
pub fn someone(id: u128) -> Someone {
    Someone { id: PeerId(id), name: Name::new(&format!("P{id}")) }
}

impl Peer {
    /// How often it was told this.
    pub fn told(&self, notice: &Notice) -> usize {
        self.notices.iter().filter(|n| *n == notice).count()
    }

    /// How often its leader announced this.
    pub fn heard(&self, announcement: &Announcement) -> usize {
        self.told(&announcement.clone().into())
    }

    /// Whether it was told of a return to a checkpoint, or to the scene's beginning.
    pub fn lost_ticks(&self) -> bool {
        self.notices.iter().any(|n| n.ticks_lost().is_some())
    }

    fn take(&mut self, event: Event) {
        if let Event::Committed(committed) = &event {
            let world = committed.regions.iter().map(|r| r.rect).reduce(|a, b| Rect::new(a.x0, a.y0, b.x1, b.y1));
            let size = world.map_or(WorldSize { width: 0, height: 0 }, |r| WorldSize { width: r.x1, height: r.y1 });
            let cells = committed.commands.iter().flatten().map(|c| c.reach(size).area() as u64).sum();
            self.cells_most = self.cells_most.max(cells);
        }
        match event {
            Event::Status(status) => {
                if let Some((tick, digest)) = status.digest.filter(|_| status.digest_of.1 >= self.epoch) {
                    self.digests.insert(tick, digest);
                }
                if self.lengths.last() != Some(&status.superstep_ticks) {
                    self.lengths.push(status.superstep_ticks);
                }
                self.status = *status;
            }
            Event::Notice(notice) => self.notices.push(notice),
            Event::Refused(why) => self.refused = Some(why),
            Event::Left => self.left = true,
            Event::View { .. } => self.views.push(event),
            Event::Hand { .. } | Event::Pointed { .. } | Event::Said { .. } => self.shown.push(event),
            Event::Globals(globals) => self.globals = Some(globals),
            Event::Saved(bytes) => self.saved.push(bytes),
            Event::Recorded(bytes) => self.recorded.push(bytes),
            Event::Committed(committed) if committed.save.is_some() => {
                self.opened += 1;
                self.epoch = committed.epoch;
                self.digests.clear();
            }
            Event::Committed(_) => {}
        }
    }
}
