//! `join`: lends this machine to a room until Ctrl-C, `--leave-after`, or the tick of `--ticks`.

use crate::args::JoinArgs;
use crate::progress::Progress;
use crate::report::{Bands, Report};
use crate::run_webrtc::leave_in_order;
use crate::saves::{Opening, Recorder};
use crate::watch::{Watch, fill};
use anyhow::bail;
use driver::backend::Choice;
use driver::{DriverConfig, Event, Place};
use room::api::{Pace, Request, Status};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use words::english;

const LOOK: Duration = Duration::from_millis(5);

/// Joins.
pub fn run(args: &JoinArgs) -> anyhow::Result<()> {
    let opening = Opening::read(&args.scene)?;
    let scene = opening.scene.clone();
    let name = args.name.clone().unwrap_or_else(machine);
    let mut config = DriverConfig::new(name, scene.clone());
    config.place = Place::Room { signaling: args.signaling.clone(), room: args.room.clone() };
    config.trace = args.measure_from.is_some();
    config.trust = args.trust()?;
    config.lend = !args.watch;
    config.share = args.share;
    config.backend = match (&args.backend, args.threads) {
        (Choice::Cpu, Some(threads)) => Choice::CpuThreads(threads as usize),
        (choice, _) => choice.clone(),
    };
    config.superstep_ticks = args.superstep;
    config.pace = if args.fast { Pace::Fast } else { Pace::RealTime };
    config.equal_strips = args.fast;
    config.wait_for = args.wait_for;
    config.end_tick = args.ticks;
    config.netem = args.netem.netem()?;
    config.netem_seed = args.netem.seed_of(u64::from(std::process::id()));

    let stop = stop_at_signals();
    let handle = driver::start(config);
    let mut watch = Watch::new(&scene);
    let mut report = Report { scene: args.scene.clone(), net: "webrtc".into(), shards: 1, ..Report::default() };
    let mut line = Progress::of_words();
    line.words(format!("asking {} for a place in room {}", args.signaling, args.room));
    let began = Instant::now();
    let (mut first, mut base) = (None, None);
    let (mut rested, mut recorder) = (None, Recorder::new(args.recording.as_deref()));
    let outcome = loop {
        let mut failed = None;
        while let Some(event) = handle.try_recv() {
            match event {
                Event::Backend { name, .. } => {
                    line.say(&format!("computing on {name}"));
                    report.backends = vec![name];
                }
                Event::Joined { founder, room, .. } => {
                    line.say(&format!("in room {room}{}", if founder { ", which this machine opens" } else { "" }));
                    if let Some(bytes) = opening.file().filter(|_| founder) {
                        handle.send(Request::Restore(bytes));
                    }
                }
                Event::Room(event) => {
                    if let Some(notice) = watch.take(event) {
                        line.say(&notice);
                    }
                }
                Event::Notice(notice) => line.say(&english().driver_notice(&notice, &watch.status).text),
                Event::Applied { .. } => {}
                Event::Failed(why) => failed = Some(english().driver_error(&why).text),
                Event::Ended => failed = Some("the driver has ended".into()),
            }
        }
        if let Some(why) = watch.refused.take().or(failed) {
            line.finish();
            bail!(why);
        }
        if watch.status.tick > 0 && first.is_none() {
            first = Some((Instant::now(), watch.status.tick));
        }
        if args.measure_from.is_some_and(|from| watch.status.tick >= from) && base.is_none() {
            base = Some((watch.status.band_particles, watch.status.band_bytes, handle.links()));
        }
        let digest = args.ticks.and_then(|tick| watch.digest_at(tick));
        let over = args.leave_after.is_some_and(|s| began.elapsed().as_secs_f64() >= s);
        recorder.take(std::iter::once(&mut watch))?;
        if stop.load(Ordering::Relaxed) || over || digest.is_some() {
            if let Some(request) = recorder.ask(&watch.status)? {
                handle.send(request);
            }
            if recorder.is_done() {
                break digest;
            }
        }
        line.words(words(&watch.status));
        // A room at rest can be compared by eye: every participant shows this.
        if watch.status.paused
            && let Some(at_rest) = watch.status.digest
            && at_rest.0 == watch.status.tick
            && rested != Some(at_rest)
        {
            rested = Some(at_rest);
            line.say(&format!("digest of tick {}: {}", at_rest.0, at_rest.1));
        }
        std::thread::sleep(LOOK);
    };
    line.finish();
    if outcome.is_some() {
        // The others may still wait for what this peer holds of the last tick.
        std::thread::sleep(Duration::from_millis(300));
    }
    if let Some(path) = &args.png {
        watch.draw(path, 1)?;
    }
    fill(&mut report, std::iter::once(&watch));
    let (particles, bytes, before) = base.unwrap_or_default();
    if let Some(bands) = &mut report.bands {
        *bands = Bands::new(bands.particles - particles, bands.message_bytes - bytes, 0);
    }
    report.links(std::iter::once(handle.links().since(&before)));
    if let Some(from) = args.measure_from {
        report.steps = handle.steps().into_iter().filter(|s| s.tick > from).collect();
    }
    report.ticks = watch.status.tick;
    report.shards = watch.status.people.iter().filter(|p| p.region.is_some()).count() as u32;
    report.timed(first.map_or(0.0, |(at, _)| at.elapsed().as_secs_f64()));
    line.say("leaving");
    leave_in_order(&handle);
    match outcome.or(watch.status.digest.map(|d| d.1)) {
        Some(digest) => {
            report.digest(digest);
            report.finish(args.json.as_deref())
        }
        None => Ok(()),
    }
}

fn words(status: &Status) -> String {
    let mine = status.people.iter().find(|p| p.me);
    let part = match mine.and_then(|m| m.region) {
        Some(r) => format!(
            "computing columns {} to {}, {:.1} ms a tick",
            r.x0,
            r.x1,
            f64::from(mine.map_or(0, |m| m.tick_us)) / 1000.0
        ),
        None => "computing nothing".into(),
    };
    let waiting = status.waiting_for.map_or(String::new(), |id| format!(", {}", english().waiting_for(id, status)));
    let paused = if status.paused { ", paused" } else { "" };
    format!(
        "tick {} at {} %, {} people, {} particles, {part}{waiting}{paused}",
        status.tick,
        status.speed_percent,
        status.people.len(),
        status.particles
    )
}

/// The machine's name, for the people panel.
fn machine() -> String {
    let host = std::fs::read_to_string("/etc/hostname").ok().map(|h| h.trim().to_string());
    host.or_else(|| std::env::var("HOSTNAME").ok()).filter(|h| !h.is_empty()).unwrap_or_else(|| "headless".into())
}

/// Set at the first Ctrl-C (or SIGTERM); the second one ends the program at once.
fn stop_at_signals() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async move {
            loop {
                if wait_for_signal().await.is_err() {
                    return;
                }
                if flag.swap(true, Ordering::Relaxed) {
                    #[expect(
                        clippy::disallowed_methods,
                        reason = "the second Ctrl-C: leave at once, nothing else holds"
                    )]
                    std::process::exit(130);
                }
            }
        });
    });
    stop
}

#[cfg(unix)]
async fn wait_for_signal() -> std::io::Result<()> {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = term.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
