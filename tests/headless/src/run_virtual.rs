//! `--net virtual`: the real room protocol and the real links, N participants in one thread, in virtual
//! time (see [`driver::virtual_time`]).

use crate::args::RunArgs;
use crate::progress::Progress;
use crate::report::Report;
use crate::run_none::Record;
use crate::watch::{Watch, fill};
use anyhow::bail;
use driver::virtual_time::{Cost, World};
use futures::executor::block_on;
use room::api::{Config, Event, Pace, PeerId, Profile};
use sim_kernels::digest::Digest;
use sim_kernels::scene::Scene;
use std::time::{Duration, Instant};

/// What a job takes in virtual time.
const COST: Cost = Cost { job_us: 200, tick_us: 1_000, million_us: 0 };

/// Runs.
pub fn run(args: &RunArgs, scene: &Scene) -> anyhow::Result<Report> {
    let mut world = World::default();
    let mut report = Report {
        scene: args.scene.clone(),
        shards: args.shards,
        net: "virtual".into(),
        ticks: args.ticks,
        ..Report::default()
    };
    for i in 0..args.shards {
        let backend = block_on(driver::backend::make(&args.choice(i), None))?;
        report.backends.push(backend.name());
        let config = config(i, &backend.name(), args, scene);
        world.join(config, backend, COST, args.weather.weather(u64::from(i))?);
    }
    let mut watches: Vec<Watch> = (0..args.shards).map(|_| Watch::new(scene)).collect();
    let mut record = args.record.as_deref().map(|dir| Record::new(dir, scene)).transpose()?;
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
        bar.at(watches[0].status.tick);
        if let Some(record) = &mut record {
            watches[0].record(record)?;
        }
        if let Some(digest) = common(&watches, args.ticks)? {
            break digest;
        }
    };
    bar.finish();
    report.virtual_seconds = Some(world.now() as f64 / 1e6);
    fill(&mut report, watches.iter());
    report.links((1..=args.shards).filter_map(|i| world.node(PeerId(u128::from(i)))).map(|n| n.totals()));
    report.timed(began.elapsed().as_secs_f64());
    report.digest(digest);
    if let Some(path) = &args.png {
        watches[0].draw(path)?;
    }
    Ok(report)
}

fn config(i: u32, backend: &str, args: &RunArgs, scene: &Scene) -> Config {
    Config {
        me: PeerId(u128::from(i) + 1),
        profile: Profile { name: format!("shard {i}"), lend: true, backend: short(backend), throughput: 0 },
        found: (i == 0).then(|| scene.clone()),
        superstep_ticks: args.superstep,
        pace: Pace::Fast,
        wait_for: args.shards,
        equal_strips: true,
        end_tick: Some(args.ticks),
    }
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
