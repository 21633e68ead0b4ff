//! `--net webrtc`: N real drivers in this process, each with its own WebRTC socket, and a signaling server
//! of our own on 127.0.0.1. Nothing leaves the machine.

use crate::args::RunArgs;
use crate::progress::Progress;
use crate::report::Report;
use crate::run_none::Record;
use crate::run_virtual::{common, short};
use crate::watch::{Watch, fill};
use anyhow::{Context, bail, ensure};
use driver::{DriverConfig, Event, Handle, Place};
use room::api::{Pace, Request};
use sim_kernels::scene::Scene;
use std::time::{Duration, Instant};

/// How often the drivers are looked at.
const LOOK: Duration = Duration::from_millis(3);
/// How long the sockets of a finished run may take to close.
const CLOSE: Duration = Duration::from_secs(3);
/// How long an orderly leave may take: a big region travels to its next owner meanwhile.
const LEAVE: Duration = Duration::from_secs(30);

/// Runs.
pub fn run(args: &RunArgs, scene: &Scene) -> anyhow::Result<Report> {
    let server =
        signaling::Server::start(signaling::Config::loopback()).context("the signaling server does not start")?;
    let signaling = server.ws_url().context("the signaling server has no plain port")?;
    let mut peers: Vec<Peer> = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(args.timeout);
    for i in 0..args.shards {
        peers.push(Peer::start(i, args, scene, &signaling)?);
        // The first one to ask founds the room; the others come when it is there.
        while i == 0 && !peers[0].joined {
            ensure!(Instant::now() < deadline, "the first shard does not get into its room");
            peers[0].turn()?;
            std::thread::sleep(LOOK);
        }
    }
    let mut record = args.record.as_deref().map(|dir| Record::new(dir, scene)).transpose()?;
    let mut bar = Progress::of_ticks(args.ticks);
    let mut began = None;
    let digest = loop {
        for peer in &mut peers {
            peer.turn()?;
        }
        let tick = peers[0].watch.status.tick;
        if tick > 0 && began.is_none() {
            began = Some((Instant::now(), tick));
        }
        bar.at(tick);
        if let Some(record) = &mut record {
            peers[0].watch.record(record)?;
        }
        if let Some(digest) = common(peers.iter().map(|p| &p.watch), args.ticks)? {
            break digest;
        }
        if Instant::now() > deadline {
            return Err(peers[0].watch.stuck(args.timeout));
        }
        std::thread::sleep(LOOK);
    };
    bar.finish();
    let mut report = Report {
        scene: args.scene.clone(),
        ticks: args.ticks,
        shards: args.shards,
        backends: peers.iter().map(|p| short(&p.backend)).collect(),
        net: "webrtc".into(),
        ..Report::default()
    };
    fill(&mut report, peers.iter().map(|p| &p.watch));
    report.links(peers.iter().map(|p| p.handle.links()));
    let seconds = began.map_or(0.0, |(at, tick)| {
        // The first status came some ticks late.
        at.elapsed().as_secs_f64() * args.ticks as f64 / (args.ticks - tick.min(args.ticks - 1)) as f64
    });
    report.timed(seconds);
    report.digest(digest);
    if let Some(path) = &args.png {
        peers[0].watch.draw(path)?;
    }
    leave(&mut peers);
    server.stop();
    Ok(report)
}

fn leave(peers: &mut [Peer]) {
    peers.iter().for_each(|p| p.handle.close());
    let until = Instant::now() + CLOSE;
    while Instant::now() < until && peers.iter().any(|p| p.handle.is_running()) {
        std::thread::sleep(LOOK);
    }
}

struct Peer {
    handle: Handle,
    watch: Watch,
    joined: bool,
    backend: String,
    number: u32,
}

impl Peer {
    fn start(i: u32, args: &RunArgs, scene: &Scene, signaling: &str) -> anyhow::Result<Self> {
        let mut config = DriverConfig::new(format!("shard {i}"), scene.clone());
        config.place = Place::Room { signaling: signaling.into(), room: "run".into() };
        config.backend = args.choice(i);
        config.superstep_ticks = args.superstep;
        config.pace = Pace::Fast;
        config.wait_for = args.shards;
        config.equal_strips = true;
        config.end_tick = Some(args.ticks);
        config.weather = args.weather.weather(u64::from(i))?;
        let watch = Watch::new(scene);
        Ok(Self { handle: driver::start(config), watch, joined: false, backend: String::new(), number: i })
    }

    fn turn(&mut self) -> anyhow::Result<()> {
        while let Some(event) = self.handle.try_recv() {
            match event {
                Event::Backend { name, .. } => self.backend = name,
                Event::Joined { .. } => self.joined = true,
                Event::Room(event) => {
                    if let Some(line) = self.watch.take(event) {
                        log::info!("shard {}: {line}", self.number);
                    }
                }
                Event::Failed(why) => bail!("shard {}: {why}", self.number),
                Event::Ended => bail!("shard {} ended by itself", self.number),
            }
        }
        if let Some(why) = &self.watch.refused {
            bail!("shard {} was refused: {why}", self.number);
        }
        Ok(())
    }
}

/// Asks a driver to leave in order and waits for it, for a bounded time.
pub fn leave_in_order(handle: &Handle) {
    handle.send(Request::Leave);
    let until = Instant::now() + LEAVE;
    while Instant::now() < until && handle.is_running() {
        while handle.try_recv().is_some() {}
        std::thread::sleep(LOOK);
    }
}
