//! `--net webrtc`: N real drivers in this process, each with its own WebRTC socket, and a signaling server
//! of our own on 127.0.0.1. Nothing leaves the machine.

use crate::args::RunArgs;
use crate::exchange::exchanges;
use crate::faults::Due;
use crate::profiles::{reached, stalls};
use crate::progress::Progress;
use crate::report::{Exchange, Report};
use crate::run_none::Record;
use crate::run_virtual::{all_here, common, host, short, wait_for};
use crate::saves::{Opening, Recorder, Saver};
use crate::watch::{Watch, fill};
use anyhow::{Context, bail, ensure};
use driver::{DriverConfig, Event, Fault, Handle, Place, Step};
use room::api::{PeerId, Request};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How often the drivers are looked at.
const LOOK: Duration = Duration::from_millis(3);
/// The tick from which it is counted for how long the world stands still.
const STALLS_FROM: u64 = 300;
/// How long the sockets of a finished run may take to close.
const CLOSE: Duration = Duration::from_secs(3);
/// How long an orderly leave may take: a big region travels to its next owner meanwhile.
const LEAVE: Duration = Duration::from_secs(30);

/// WebRTC's stack takes one thread of a process for all connections, which is much for one participant and far too
/// little for many: they would wait for it, and not for each other. How many it takes is read from the environment once,
/// so the program begins again with that.
pub fn with_threads(participants: u32) {
    const THREADS: &str = "SMOL_THREADS";
    #[cfg(unix)]
    if std::env::var_os(THREADS).is_none()
        && let Ok(program) = std::env::current_exe()
    {
        use std::os::unix::process::CommandExt as _;
        let most = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        let mut again = std::process::Command::new(program);
        again.args(std::env::args_os().skip(1)).env(THREADS, participants.clamp(1, most).to_string());
        let why = again.exec();
        log::warn!("the connections of all participants share one thread: {why}");
    }
    #[cfg(not(unix))]
    let _ = (participants, THREADS);
}

/// Runs.
pub fn run(args: &RunArgs, opening: &Opening) -> anyhow::Result<Report> {
    let scene = &opening.scene;
    let server =
        signaling::Server::start(signaling::Config::loopback()).context("the signaling server does not start")?;
    let signaling = server.ws_url().context("the signaling server has no plain port")?;
    let mut peers: Vec<Peer> = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(args.timeout);
    for i in 0..args.on.shards {
        peers.push(Peer::start(i, args, opening, &signaling)?);
        // The first one to ask founds the room; the others come when it is there.
        while i == 0 && !peers[0].joined {
            ensure!(Instant::now() < deadline, "the first shard does not get into its room");
            peers[0].turn()?;
            std::thread::sleep(LOOK);
        }
    }
    let mut record = args.record.as_deref().map(|dir| Record::new(dir, scene)).transpose()?;
    let (mut saver, mut file) = (Saver::new(args.save.as_ref()), opening.file());
    let mut recorder = Recorder::new(args.recording.as_deref());
    let mut bar = Progress::of_ticks(args.ticks);
    let mut began = None;
    let mut faults = args.faults.clone();
    let mut struck = None;
    let digest = loop {
        for peer in peers.iter_mut().filter(|p| !p.dead) {
            peer.turn()?;
        }
        let tick = peers.iter().map(|p| p.watch.status.tick).max().unwrap_or(0);
        for due in faults.due(tick) {
            struck.get_or_insert_with(wall_us);
            peers.iter_mut().for_each(Peer::note_region);
            strike(&mut peers, due);
        }
        if all_here(&peers[0].watch, args.on.shards)
            && let Some(bytes) = file.take()
        {
            peers[0].handle.send(Request::Restore(bytes));
        }
        if saver.is_due(tick)
            && let Some(peer) = peers.iter().find(|p| !p.dead)
        {
            peer.handle.send(Request::Save);
        }
        saver.take(peers.iter_mut().map(|p| &mut p.watch))?;
        if tick > 0 && began.is_none() {
            began = Some((Instant::now(), tick));
        }
        bar.at(tick);
        if let Some(record) = &mut record {
            peers[0].watch.record(record)?;
        }
        recorder.take(peers.iter_mut().map(|p| &mut p.watch))?;
        if let Some(digest) = common(peers.iter().filter(|p| !p.dead).map(|p| &p.watch), args.ticks)?
            && saver.is_done()
        {
            if recorder.is_done() {
                break digest;
            }
            if let Some(peer) = peers.iter().find(|p| !p.dead)
                && let Some(request) = recorder.ask(&peer.watch.status)?
            {
                peer.handle.send(request);
            }
        }
        if Instant::now() > deadline {
            let watch = peers.iter().find(|p| !p.dead).map_or(&peers[0].watch, |p| &p.watch);
            return Err(watch.stuck(args.timeout));
        }
        std::thread::sleep(LOOK);
    };
    bar.finish();
    let mut report = Report {
        scene: args.scene.clone(),
        ticks: args.ticks - opening.tick(),
        shards: args.on.shards,
        backends: peers.iter().map(|p| short(&p.backend)).collect(),
        net: "webrtc".into(),
        ..Report::default()
    };
    fill(&mut report, peers.iter().filter(|p| !p.dead).map(|p| &p.watch));
    peers.iter_mut().for_each(Peer::note_region);
    let alive = peers.iter().filter(|p| !p.dead);
    let steps: Vec<(u32, Vec<Step>)> = alive.map(|p| (p.number, p.own_steps())).collect();
    let unhit = steps.iter().filter(|s| args.faults.delay_us(s.0) == 0);
    report.others_ticks_per_s = unhit.clone().filter_map(|s| rate(&s.1)).reduce(f64::min);
    report.pause_ms = struck.and_then(|at| unhit.filter_map(|s| pause_ms(&s.1, at)).reduce(f64::max));
    let all: Vec<&[Step]> = steps.iter().map(|s| s.1.as_slice()).collect();
    let later = all.iter().copied().flatten().filter(|step| step.tick >= STALLS_FROM);
    report.stall_ms = stalls(&reached(later)).into_iter().max().map(|us| us as f64 / 1e3);
    report.on_the_way_us = Exchange::of(exchanges(&all));
    report.superstep_us = superstep_us(&all);
    report.links(peers.iter().map(|p| p.handle.links()));
    let seconds = began.map_or(0.0, |(at, tick)| {
        // The first status came some ticks late.
        let all = (args.ticks - opening.tick()) as f64;
        at.elapsed().as_secs_f64() * all / (args.ticks - tick.min(args.ticks - 1)) as f64
    });
    report.timed(seconds);
    report.digest(digest);
    if let Some(path) = &args.png {
        peers[0].watch.draw(path, args.pixels)?;
    }
    leave(&mut peers);
    server.stop();
    Ok(report)
}

/// Microseconds of the wall's clock, as [`driver::Step`] has them.
fn wall_us() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as u64)
}

/// The longest time for which a participant's region stood still from then on, beyond what is usual.
fn pause_ms(steps: &[Step], since_us: u64) -> Option<f64> {
    let gaps = steps.windows(2).map(|w| (w[1].ended_us, w[1].ended_us.saturating_sub(w[0].ended_us)));
    let (before, after): (Vec<_>, Vec<_>) = gaps.partition(|g| g.0 < since_us);
    let mut usual: Vec<u64> = before.into_iter().map(|g| g.1).collect();
    usual.sort_unstable();
    let usual = usual.get(usual.len() / 2).copied().unwrap_or(0);
    after.into_iter().map(|g| g.1.saturating_sub(usual) as f64 / 1000.0).reduce(f64::max)
}

/// See [`Report::superstep_us`].
fn superstep_us(all: &[&[Step]]) -> Option<[Exchange; 3]> {
    let us = |from: u64, to: u64| u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX);
    let pairs = || all.iter().flat_map(|steps| steps.windows(2)).map(|w| (w[0], w[1]));
    let computing = pairs().map(|(_, step)| us(0, step.computing_us())).collect();
    let bands = pairs().map(|(before, step)| us(step.idle_us(&before), step.bands_us)).collect();
    let begins = pairs().map(|(before, step)| us(step.bands_us.max(step.idle_us(&before)), step.began_us)).collect();
    Some([Exchange::of(computing)?, Exchange::of(bands)?, Exchange::of(begins)?])
}

/// Ticks a second of a participant's region, from the first second on.
fn rate(steps: &[Step]) -> Option<f64> {
    let first = steps.iter().find(|s| s.tick >= 60)?;
    let last = steps.last()?;
    (last.tick > first.tick).then(|| (last.tick - first.tick) as f64 * 1e6 / (last.ended_us - first.ended_us) as f64)
}

fn strike(peers: &mut [Peer], due: Due) {
    match due {
        Due::Kill(shard) => peers[shard as usize].die(),
        Due::KillLeader => {
            let alive = peers.iter().filter(|p| !p.dead).map(|p| (p.number, &p.watch));
            let (numbers, watches): (Vec<u32>, Vec<&Watch>) = alive.unzip();
            if let Some(host) = host(watches) {
                peers[numbers[host] as usize].die();
            }
        }
        Due::Stall(shard, time) => peers[shard as usize].handle.fault(Fault::Stall(time)),
        Due::Cut(left, right, time) => {
            let ids = |side: &[u32]| -> Vec<PeerId> { side.iter().filter_map(|&s| peers[s as usize].me).collect() };
            for (here, there) in [(&left, &right), (&right, &left)] {
                for &shard in here {
                    peers[shard as usize].handle.fault(Fault::Cut(ids(there), time));
                }
            }
        }
    }
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
    me: Option<PeerId>,
    /// The first column of its region, when something went wrong or at the end.
    x0: Option<i32>,
    dead: bool,
}

impl Peer {
    fn start(i: u32, args: &RunArgs, opening: &Opening, signaling: &str) -> anyhow::Result<Self> {
        let scene = &opening.scene;
        let mut config = DriverConfig::new(format!("shard {i}"), scene.clone());
        config.place = Place::Room { signaling: signaling.into(), room: "run".into() };
        config.backend = args.on.choice(i);
        config.superstep_ticks = args.superstep;
        config.pace = args.pace();
        config.wait_for = wait_for(args, opening);
        config.equal_strips = true;
        config.stand_ins = !args.no_stand_ins;
        config.trace = true;
        config.end_tick = Some(args.ticks);
        config.netem = args.netem_of(i)?;
        config.netem_seed = args.netem.seed_of(u64::from(i));
        let watch = Watch::new(scene);
        Ok(Self {
            handle: driver::start(config),
            watch,
            joined: false,
            backend: String::new(),
            number: i,
            me: None,
            x0: None,
            dead: false,
        })
    }

    fn note_region(&mut self) {
        let region = self.watch.status.people.iter().find(|p| p.me).and_then(|p| p.region);
        self.x0 = self.x0.or(region.map(|r| r.x0));
    }

    /// The steps of its own region: those of the strips that it stands in for are beside them.
    fn own_steps(&self) -> Vec<Step> {
        self.handle.steps().into_iter().filter(|s| Some(s.x0) == self.x0).collect()
    }

    /// Ends without a word to anybody.
    fn die(&mut self) {
        self.dead = true;
        self.handle.fault(Fault::Die);
    }

    fn turn(&mut self) -> anyhow::Result<()> {
        while let Some(event) = self.handle.try_recv() {
            match event {
                Event::Backend { name, .. } => self.backend = name,
                Event::Joined { me, .. } => (self.joined, self.me) = (true, Some(me)),
                Event::Room(event) => {
                    if let Some(line) = self.watch.take(event) {
                        log::info!("shard {}: {line}", self.number);
                    }
                }
                Event::Notice(notice) => {
                    let line = words::english().driver_notice(&notice, &self.watch.status).text;
                    log::info!("shard {}: {line}", self.number);
                }
                Event::Applied { .. } => {}
                Event::Failed(why) => bail!("shard {}: {}", self.number, words::english().driver_error(&why).text),
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
