//! `bench`: measurements on this machine, release builds. They are printed, never asserted.

use crate::{place, step};
use anyhow::Result;
use clap::Args;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// `cpu`, or `gpu` (which may be a software adapter here).
    #[arg(long, default_value = "cpu")]
    backend: String,
    /// Ticks of each run.
    #[arg(long, default_value_t = 600)]
    ticks: u32,
}

/// Scene and shards of each run.
const RUNS: [(&str, &str); 4] = [("dam-break", "1"), ("dam-break", "3"), ("waterfall", "1"), ("stress", "1")];

/// A run that takes longer has failed.
const RUN_MAX: Duration = Duration::from_secs(20 * 60);

/// Builds and measures.
pub fn run(options: &Options) -> Result<ExitCode> {
    let mut build = place::cargo();
    build.args(["build", "--release", "--package", "tidepool-headless", "--bin", "tidepool-headless"]);
    step::run("building tidepool-headless (release)", &mut build)?;
    let ticks = options.ticks.to_string();
    let mut lines = Vec::new();
    for (scene, shards) in RUNS {
        let mut command = Command::new(place::program("tidepool-headless", true));
        command.current_dir(place::root()).args(["run", "--scene", scene, "--ticks", &ticks, "--shards", shards]);
        command.args(["--backend", &options.backend, "--net", if shards == "1" { "none" } else { "virtual" }]);
        step::heading(&step::show(&command));
        let started = Instant::now();
        let ran = step::run_reading(&mut command, RUN_MAX, |_| {})?;
        let seconds = started.elapsed().as_secs_f64();
        let rate = f64::from(options.ticks) / seconds;
        let outcome = if ran { format!("{rate:8.1} ticks/s {seconds:8.1} s") } else { "failed".to_owned() };
        lines.push((ran, format!("{scene:12} {shards} shards  {outcome}")));
    }
    println!();
    lines.iter().for_each(|(_, line)| println!("{line}"));
    Ok(if lines.iter().all(|(ran, _)| *ran) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
