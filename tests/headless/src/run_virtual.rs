//! `--net virtual`: the real room protocol and the real links, N participants in one thread, in virtual
//! time. Only the kernels take real time; the clock jumps to the earliest wake-up. One seed, one run.

use crate::args::RunArgs;
use crate::report::{Datagrams, Report, progress};
use crate::run_none::Record;
use crate::watch::{Watch, fill};
use anyhow::{bail, ensure};
use driver::link::LinkConfig;
use driver::net::hub::{Hub, VirtualNet};
use driver::net::shim::Shim;
use driver::net::{Net, NetEvent};
use driver::node::{Node, NodeOutput};
use futures::executor::block_on;
use room::api::{Config, Micros, Pace, PeerId, Profile};
use sim_kernels::digest::Digest;
use sim_kernels::job::{Backend, Job, JobOutput};
use sim_kernels::scene::Scene;
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// What a job takes in virtual time: this and so much a tick.
const JOB_US: u64 = 200;
const TICK_US: u64 = 1_000;
/// Turns without the clock moving; more are a loop without end.
const TURNS_MAX: u32 = 100_000;

/// Runs.
pub fn run(args: &RunArgs, scene: &Scene) -> anyhow::Result<Report> {
    let hub = Hub::default();
    let mut peers = Vec::new();
    for i in 0..args.shards {
        let backend = block_on(driver::backend::make(&args.choice(i), None))?;
        peers.push(Peer::new(i, &hub, backend, args, scene)?);
    }
    let mut report = Report {
        scene: args.scene.clone(),
        shards: args.shards,
        backends: peers.iter().map(|p| p.backend.name()).collect(),
        net: "virtual".into(),
        ticks: args.ticks,
        ..Report::default()
    };
    let mut record = args.record.as_deref().map(|dir| Record::new(dir, scene)).transpose()?;
    let bar = progress(args.ticks);
    let began = Instant::now();
    let mut now: Micros = 0;
    let mut turns = 0;
    let digest = loop {
        if began.elapsed() > Duration::from_secs(args.timeout) {
            return Err(peers[0].watch.stuck(args.timeout));
        }
        let mut any = false;
        for peer in &mut peers {
            any |= peer.turn(now)?;
        }
        bar.set_position(peers[0].watch.status.tick.min(args.ticks));
        if let Some(record) = &mut record {
            peers[0].watch.record(record)?;
        }
        if let Some(digest) = common(&peers, args.ticks)? {
            break digest;
        }
        let next = peers.iter().map(|p| p.next_timeout(now)).min().unwrap_or(now);
        if any || next <= now {
            turns += 1;
            ensure!(turns < TURNS_MAX, "the clock stands still at {now} us");
            // What is due at once and was not done by a turn is due a moment later.
            now += u64::from(!any);
        } else {
            turns = 0;
            now = next;
        }
    };
    bar.finish_and_clear();
    report.virtual_seconds = Some(now as f64 / 1e6);
    fill(&mut report, peers.iter().map(|p| &p.watch));
    report.datagrams = Some(peers.iter().fold(Datagrams::default(), |sum, p| {
        let t = p.node.totals();
        Datagrams {
            sent: sum.sent + t.datagrams[0],
            bytes: sum.bytes + t.bytes[0],
            lost: sum.lost + t.lost,
            resent: sum.resent + t.resent,
        }
    }));
    report.timed(began.elapsed().as_secs_f64());
    report.digest(digest);
    if let Some(path) = &args.png {
        peers[0].watch.draw(path)?;
    }
    Ok(report)
}

/// The digest at the last tick, when all participants know it; an error when they differ.
fn common(peers: &[Peer], tick: u64) -> anyhow::Result<Option<Digest>> {
    let digests: Vec<Option<Digest>> = peers.iter().map(|p| p.watch.digest_at(tick)).collect();
    if digests.iter().any(Option::is_none) {
        return Ok(None);
    }
    if digests.iter().any(|d| *d != digests[0]) {
        bail!("the participants do not agree on the digest at tick {tick}: {digests:?}");
    }
    Ok(digests[0])
}

struct Peer {
    node: Node,
    net: Shim<VirtualNet>,
    backend: Box<dyn Backend>,
    watch: Watch,
    done: VecDeque<(Micros, u64, Result<JobOutput, String>)>,
    busy_until: Micros,
}

impl Peer {
    fn new(i: u32, hub: &Hub, backend: Box<dyn Backend>, args: &RunArgs, scene: &Scene) -> anyhow::Result<Self> {
        let me = PeerId(u128::from(i) + 1);
        let config = Config {
            me,
            profile: Profile { name: format!("shard {i}"), lend: true, backend: short(&backend.name()), throughput: 0 },
            found: (i == 0).then(|| scene.clone()),
            superstep_ticks: args.superstep,
            pace: Pace::Fast,
            wait_for: args.shards,
            equal_strips: true,
            end_tick: Some(args.ticks),
        };
        Ok(Self {
            node: Node::new(config, LinkConfig::default(), 0),
            net: Shim::new(hub.join(me), args.weather.weather(u64::from(i))?),
            backend,
            watch: Watch::new(scene),
            done: VecDeque::new(),
            busy_until: 0,
        })
    }

    /// Does everything that can be done now; whether there was anything.
    fn turn(&mut self, now: Micros) -> anyhow::Result<bool> {
        let mut cx = Context::from_waker(Waker::noop());
        let mut any = false;
        while let Poll::Ready(event) = self.net.poll(&mut cx, now) {
            any = true;
            match event {
                NetEvent::Peer(peer) => self.node.peer(now, peer),
                NetEvent::Datagram { from, bytes } => self.node.datagram(now, from, &bytes),
                NetEvent::NoMorePeers(_) => {}
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
                NodeOutput::Job { number, job } => self.compute(now, number, job),
                NodeOutput::Event(event) => {
                    if let Some(line) = self.watch.take(event) {
                        log::info!("{line}");
                    }
                }
            }
        }
        if let Some(why) = &self.watch.refused {
            bail!("a participant was refused: {why}");
        }
        Ok(any)
    }

    /// Does a job at once; its answer comes after its virtual time.
    fn compute(&mut self, now: Micros, number: u64, job: Job) {
        let ticks = if let Job::Step(step) = &job { step.commands.len() as u64 } else { 0 };
        let cost = JOB_US + TICK_US * ticks;
        let mut result = block_on(self.backend.run(job)).map_err(|e| e.to_string());
        if let Ok(output) = &mut result {
            output.compute_us = cost; // Real times would make runs differ.
        }
        self.busy_until = self.busy_until.max(now) + cost;
        self.done.push_back((self.busy_until, number, result));
    }

    fn next_timeout(&self, now: Micros) -> Micros {
        let times = [Some(self.node.next_timeout(now)), self.net.next_timeout(), self.done.front().map(|d| d.0)];
        times.into_iter().flatten().min().unwrap_or(now)
    }
}

/// A backend's name within the profile's bound.
pub fn short(name: &str) -> String {
    name.chars()
        .scan(0, |bytes, c| {
            *bytes += c.len_utf8();
            (*bytes <= 64).then_some(c)
        })
        .collect()
}
