//! Participants come, go in order, and vanish in the middle of a run, over real links in bad weather. The
//! world must end with the digest that one backend alone gives. One thread, virtual time, one seed.

use driver::link::LinkConfig;
use driver::net::hub::{Hub, VirtualNet};
use driver::net::shim::{Shim, Weather};
use driver::net::{Net, NetEvent};
use driver::node::{Node, NodeOutput};
use driver::scene_file::parse;
use room::api::{Config, Event, Micros, Pace, PeerId, Profile, Request, Status};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::Digest;
use sim_kernels::job::{Job, JobOutput, Load, StepJob};
use sim_kernels::scene::Scene;
use std::collections::{BTreeMap, VecDeque};
use std::task::{Context, Poll, Waker};

/// No run takes longer than this in virtual time.
const PATIENCE_US: Micros = 120_000_000;
const WEATHER: Weather = Weather { latency_us: 4_000, jitter_us: 6_000, loss_ppm: 30_000, seed: 5 };

fn scene() -> Scene {
    let text = r#"(
        title: "churn",
        world: (width: 256, height: 96),
        gravity: (0, -66),
        terrain: [(x0: 0, y0: 0, x1: 256, y1: 4), (x0: 120, y0: 4, x1: 136, y1: 12)],
        liquid: [(x0: 60, y0: 4, x1: 110, y1: 30)],
        commands: [
            (0, Emit((rect: (x0: 126, y0: 60, x1: 130, y1: 62), velocity: (900, 0), material: 0, until: 100000))),
            (90, Explode(at: (128, 8), radius: 20, speed: 5000)),
            (150, Wall(stroke: (from: (64, 40), to: (64, 60), radius: 2), solid: true)),
        ],
    )"#;
    parse("churn.ron", text).unwrap()
}

/// What one backend alone computes.
fn alone(scene: &Scene, ticks: u64) -> Digest {
    let region = scene.world.rect();
    let mut globals = scene.globals();
    let mut backend = CpuBackend::new(Some(1));
    let load = Load { globals: globals.clone(), region, particles: scene.particles(region) };
    backend.run_now(Job::Load(load)).unwrap();
    let commands: Vec<Vec<_>> = (0..ticks).map(|t| scene.commands_at(t).cloned().collect()).collect();
    for list in &commands {
        globals.begin_tick(list);
        globals.end_tick();
    }
    let step = StepJob { region, commands, digest: true, ..StepJob::default() };
    let mut digest = backend.run_now(Job::Step(step)).unwrap().digest.unwrap();
    digest.add(globals.digest());
    digest
}

struct Peer {
    node: Node,
    net: Shim<VirtualNet>,
    backend: CpuBackend,
    done: VecDeque<(Micros, u64, Result<JobOutput, String>)>,
    busy_until: Micros,
    status: Status,
    left: bool,
}

struct World {
    hub: Hub,
    scene: Scene,
    end_tick: u64,
    now: Micros,
    peers: BTreeMap<u32, Peer>,
    notices: Vec<String>,
}

impl World {
    fn new(end_tick: u64) -> Self {
        let hub = Hub::default();
        let mut world = Self { hub, scene: scene(), end_tick, now: 0, peers: BTreeMap::new(), notices: Vec::new() };
        world.join(0);
        world
    }

    fn join(&mut self, i: u32) {
        let me = PeerId(u128::from(i) + 100);
        let config = Config {
            me,
            profile: Profile { name: format!("P{i}"), lend: true, backend: "CPU".into(), throughput: 1_000_000 },
            found: (i == 0).then(|| self.scene.clone()),
            superstep_ticks: 2,
            pace: Pace::Fast,
            wait_for: 0,
            equal_strips: false,
            end_tick: Some(self.end_tick),
        };
        let weather = Weather { seed: WEATHER.seed + u64::from(i), ..WEATHER };
        let peer = Peer {
            node: Node::new(config, LinkConfig::default(), self.now),
            net: Shim::new(self.hub.join(me), weather),
            backend: CpuBackend::new(Some(1)),
            done: VecDeque::new(),
            busy_until: 0,
            status: Status::default(),
            left: false,
        };
        self.peers.insert(i, peer);
    }

    /// Runs until a condition holds.
    fn until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let patience = self.now + PATIENCE_US;
        let mut turns = 0;
        while !holds(self) {
            let ticks: Vec<u64> = self.peers.values().map(|p| p.status.tick).collect();
            assert!(self.now < patience && turns < 1_000_000, "{what}: not at {} us, ticks {ticks:?}", self.now);
            let mut any = false;
            for peer in self.peers.values_mut() {
                any |= peer.turn(self.now, &mut self.notices);
            }
            turns += 1;
            if !any {
                let next = self.peers.values().map(|p| p.next_timeout(self.now)).min().unwrap();
                self.now = next.max(self.now + 1);
            }
        }
    }

    fn ends_as_one_alone(&mut self) {
        let expected = alone(&self.scene, self.end_tick);
        let end = self.end_tick;
        self.until("the end", |w| w.peers.values().all(|p| p.status.digest.is_some_and(|d| d.0 == end)));
        for (i, peer) in &self.peers {
            assert_eq!(peer.status.digest, Some((end, expected)), "P{i}; notices: {:?}", self.notices);
        }
    }
}

impl Peer {
    fn turn(&mut self, now: Micros, notices: &mut Vec<String>) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        let mut any = false;
        while let Poll::Ready(event) = self.net.poll(&mut cx, now) {
            any = true;
            match event {
                NetEvent::Peer(peer) => self.node.peer(now, peer),
                NetEvent::Datagram { from, bytes } => self.node.datagram(now, from, &bytes),
                NetEvent::NoMorePeers(_) => unreachable!("the hub does not end"),
            }
        }
        while let Some((_, job, result)) = self.done.pop_front_if(|d| d.0 <= now) {
            any = true;
            self.node.done(now, job, result);
        }
        self.node.tick(now);
        while let Some(output) = self.node.poll(now) {
            any = true;
            match output {
                NodeOutput::Datagram { to, bytes } => self.net.send(now, to, bytes),
                NodeOutput::Job { number, job } => {
                    let ticks = if let Job::Step(step) = &job { step.commands.len() as u64 } else { 0 };
                    let result = self.backend.run_now(job).map_err(|e| e.to_string()).map(|mut output| {
                        output.compute_us = 200 + 2_000 * ticks;
                        output
                    });
                    self.busy_until = self.busy_until.max(now) + 200 + 2_000 * ticks;
                    self.done.push_back((self.busy_until, number, result));
                }
                NodeOutput::Event(Event::Status(status)) => self.status = *status,
                NodeOutput::Event(Event::Left) => self.left = true,
                NodeOutput::Event(Event::Notice(line)) => notices.push(line),
                NodeOutput::Event(Event::Refused(why)) => panic!("refused: {why}"),
                NodeOutput::Event(_) => {}
            }
        }
        any
    }

    fn next_timeout(&self, now: Micros) -> Micros {
        let times = [Some(self.node.next_timeout(now)), self.net.next_timeout(), self.done.front().map(|d| d.0)];
        times.into_iter().flatten().min().unwrap_or(now)
    }

    fn computes(&self) -> bool {
        self.status.people.iter().any(|p| p.me && p.region.is_some_and(|r| !r.is_empty()))
    }
}

#[test]
fn joining_and_leaving_in_order_changes_nothing() {
    let mut world = World::new(600);
    world.until("a start", |w| w.peers[&0].status.tick >= 20);
    world.join(1);
    world.until("P1 computes", |w| w.peers[&1].computes());
    world.join(2);
    world.until("P2 computes", |w| w.peers[&2].computes());
    assert!(world.peers[&0].status.tick < 500, "joined at {}, too late to tell", world.peers[&0].status.tick);
    let now = world.now;
    world.peers.get_mut(&1).unwrap().node.request(now, Request::Leave);
    world.until("P1 has left", |w| w.peers[&1].left && w.peers[&1].node.is_over());
    world.peers.remove(&1);
    world.ends_as_one_alone();
}

#[test]
fn the_host_leaves_in_order_and_the_others_go_on() {
    let mut world = World::new(500);
    world.join(1);
    world.join(2);
    world.until("all compute", |w| w.peers.values().all(Peer::computes));
    let now = world.now;
    world.peers.get_mut(&0).unwrap().node.request(now, Request::Leave);
    world.until("the host has left", |w| w.peers[&0].left && w.peers[&0].node.is_over());
    world.peers.remove(&0);
    world.ends_as_one_alone();
}

#[test]
fn a_peer_that_vanishes_costs_time_and_nothing_else() {
    let mut world = World::new(500);
    world.join(1);
    world.join(2);
    world.until("all compute", |w| w.peers.values().all(|p| p.computes() && p.status.tick >= 60));
    world.peers.remove(&2);
    world.ends_as_one_alone();
    assert!(world.notices.iter().any(|line| line.contains("P2")), "nobody was told: {:?}", world.notices);
}

#[test]
fn a_page_that_closes_says_so_at_once() {
    let mut world = World::new(500);
    world.join(1);
    world.until("both compute", |w| w.peers.values().all(|p| p.computes() && p.status.tick >= 60));
    let began = world.now;
    world.peers.get_mut(&1).unwrap().node.close_now(began);
    world.until("P1 is over", |w| w.peers[&1].node.is_over() && w.now > began + 50_000);
    world.peers.remove(&1);
    world.ends_as_one_alone();
    assert!(world.now < began + 5_000_000, "the goodbye was not heard: {} us", world.now - began);
}
