//! `--net virtual`: the real room protocol and the real links, N participants in one thread, in virtual
//! time (see [`driver::virtual_time`]).

use crate::args::RunArgs;
use crate::faults::Due;
use crate::progress::Progress;
use crate::report::Report;
use crate::run_none::Record;
use crate::saves::{Opening, Recorder, Saver};
use crate::watch::{Watch, fill};
use anyhow::bail;
use driver::virtual_time::{Cost, World};
use futures::executor::block_on;
use room::api::{Config, Event, PeerId, Profile, Request};
use sim_kernels::digest::Digest;
use std::time::{Duration, Instant};

/// What a job takes in virtual time.
const COST: Cost = Cost { job_us: 200, tick_us: 1_000, million_us: 0 };

/// Runs.
pub fn run(args: &RunArgs, opening: &Opening) -> anyhow::Result<Report> {
    let scene = &opening.scene;
    let mut world = World::new(args.netem.seed_of(0));
    let mut report = Report {
        scene: args.scene.clone(),
        shards: args.on.shards,
        net: "virtual".into(),
        ticks: args.ticks - opening.tick(),
        ..Report::default()
    };
    for i in 0..args.on.shards {
        let backend = block_on(driver::backend::make(&args.on.choice(i), None))?;
        report.backends.push(backend.name());
        let config = config(i, &backend.name(), args, opening);
        world.join(config, backend, COST, args.netem_of(i)?);
    }
    let mut watches: Vec<Watch> = (0..args.on.shards).map(|_| Watch::new(scene)).collect();
    let mut faults = args.faults.clone();
    let mut dead: Vec<u32> = Vec::new();
    let id = |shard: u32| PeerId(u128::from(shard) + 1);
    let mut record = args.record.as_deref().map(|dir| Record::new(dir, scene)).transpose()?;
    let (mut saver, mut file) = (Saver::new(args.save.as_ref()), opening.file());
    let mut recorder = Recorder::new(args.recording.as_deref());
    let mut bar = Progress::of_ticks(args.ticks);
    let began = Instant::now();
    let digest = loop {
        if began.elapsed() > Duration::from_secs(args.timeout) {
            return Err(watches[0].stuck(args.timeout));
        }
        let tell = |id: PeerId, event: Event| {
            if let Some(line) = watches.get_mut(id.0 as usize - 1).and_then(|w| w.take(event)) {
                log::info!("shard {}: {line}", id.0 - 1);
            }
        };
        world.step(tell).map_err(anyhow::Error::msg)?;
        if let Some(why) = watches.iter().find_map(|w| w.refused.as_ref()) {
            bail!("a participant was refused: {why}");
        }
        let tick = watches.iter().map(|w| w.status.tick).max().unwrap_or(0);
        bar.at(tick);
        for due in faults.due(tick) {
            let sides = |side: Vec<u32>| side.into_iter().map(id).collect::<Vec<_>>();
            match due {
                Due::Kill(shard) => dead.push(shard),
                Due::KillLeader => dead.extend(host(&watches).map(|i| i as u32)),
                Due::Stall(shard, time) => world.freeze(id(shard), time.as_micros() as u64),
                Due::Cut(left, right, time) => world.cut(&sides(left), &sides(right), time.as_micros() as u64),
            }
            dead.iter().for_each(|&shard| world.remove(id(shard)));
        }
        if all_here(&watches[0], args.on.shards)
            && let Some(bytes) = file.take()
        {
            world.request(id(0), Request::Restore(bytes));
        }
        if saver.is_due(tick) {
            let shard = (0..args.on.shards).find(|i| !dead.contains(i)).unwrap_or(0);
            world.request(id(shard), Request::Save);
        }
        saver.take(watches.iter_mut())?;
        if let Some(record) = &mut record {
            watches[0].record(record)?;
        }
        recorder.take(watches.iter_mut())?;
        let alive = watches.iter().enumerate().filter(|(i, _)| !dead.contains(&(*i as u32)));
        if let Some(digest) = common(alive.clone().map(|(_, w)| w), args.ticks)?
            && saver.is_done()
        {
            let asked = alive.map(|(i, w)| (i, &w.status)).next();
            if let Some((shard, status)) = asked.filter(|_| !recorder.is_done()) {
                let request = recorder.ask(status)?;
                request.into_iter().for_each(|request| world.request(id(shard as u32), request));
                continue;
            }
            break digest;
        }
    };
    bar.finish();
    report.virtual_seconds = Some(world.now() as f64 / 1e6);
    fill(&mut report, watches.iter());
    report.links((1..=args.on.shards).filter_map(|i| world.node(PeerId(u128::from(i)))).map(|n| n.totals()));
    report.timed(began.elapsed().as_secs_f64());
    report.digest(digest);
    if let Some(path) = &args.png {
        watches[0].draw(path, args.pixels)?;
    }
    Ok(report)
}

fn config(i: u32, backend: &str, args: &RunArgs, opening: &Opening) -> Config {
    Config {
        me: PeerId(u128::from(i) + 1),
        profile: Profile { name: format!("shard {i}"), lend: true, backend: short(backend), throughput: 0 },
        found: (i == 0).then(|| opening.scene.clone()),
        superstep_ticks: args.superstep,
        pace: args.pace(),
        wait_for: wait_for(args, opening),
        equal_strips: true,
        stand_ins: !args.no_stand_ins,
        end_tick: Some(args.ticks),
    }
}

/// For how many the room waits. One that goes on from a save begins with that, not with the scene: it waits for
/// one more than come.
pub fn wait_for(args: &RunArgs, opening: &Opening) -> u32 {
    args.on.shards + u32::from(opening.save.is_some())
}

/// Whether everyone is in the room, as far as a participant knows.
pub fn all_here(watch: &Watch, shards: u32) -> bool {
    watch.status.people.len() == shards as usize
}

/// Which participant is host, as the participants see it.
pub fn host<'a>(watches: impl IntoIterator<Item = &'a Watch>) -> Option<usize> {
    let is_host = |w: &Watch| w.status.people.iter().any(|p| p.me && p.leader);
    watches.into_iter().position(is_host)
}

/// The digest at a tick, when all participants know it; an error when they differ.
pub fn common<'a>(watches: impl IntoIterator<Item = &'a Watch>, tick: u64) -> anyhow::Result<Option<Digest>> {
    let digests: Vec<Option<Digest>> = watches.into_iter().map(|w| w.digest_at(tick)).collect();
    if digests.iter().any(Option::is_none) {
        return Ok(None);
    }
    if digests.iter().any(|d| *d != digests[0]) {
        bail!("the participants do not agree on the digest at tick {tick}: {digests:?}");
    }
    Ok(digests[0])
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
