//! Tidepool without a window: runs scenes over any number of shards, lends this machine to a room.

mod args;
mod bands;
mod capacity;
mod exchange;
mod faults;
mod join;
mod people;
mod picture;
mod pointers;
mod processes;
mod profiles;
mod progress;
mod replay;
mod report;
mod returns;
mod run_none;
mod run_virtual;
mod run_webrtc;
mod saves;
mod spans;
mod watch;

use args::{Args, Mode, Net, RunArgs};
use clap::Parser;
use std::process::ExitCode;
use std::time::Duration;

/// How long the program waits at its end for a superstep that is still computed.
const KERNELS_END: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("error")).init();
    let Args { mode, trace } = Args::parse();
    if let Mode::Run(args) = &mode
        && args.net == Net::Webrtc
    {
        run_webrtc::with_threads(args.on.shards);
    }
    // Written out when it is dropped.
    let spans = trace.map(|file| spans::write_to(&file)).transpose();
    let result = spans.and_then(|_spans| match mode {
        Mode::Scenes => scenes(),
        Mode::Run(args) => run(&args),
        Mode::Join(args) => join::run(&args),
        Mode::Replay(args) => replay::run(&args),
        Mode::Exchange(args) => exchange::run(&args),
        Mode::Capacity(args) => capacity::run(&args),
        Mode::Profiles(args) => profiles::run(&args),
        Mode::Pointers(args) => pointers::run(&args),
        Mode::Returns(args) => returns::run(&args),
    });
    if !driver::join_kernels(KERNELS_END) {
        log::warn!("the kernels still compute");
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn scenes() -> anyhow::Result<()> {
    for (name, _) in driver::scene_file::BUILT_IN {
        let scene = driver::scene_file::named(name)?;
        let particles = scene.particles(scene.world.rect()).len();
        println!(
            "{name:12} {:>5} x {:<5} {particles:>8} particles   {}",
            scene.world.width, scene.world.height, scene.title
        );
    }
    println!(
        "stress:N     made to size: N particles at rest in stacked basins, 4 to {}",
        driver::scene_file::STRESS_PARTICLES_MAX
    );
    Ok(())
}

fn run(args: &RunArgs) -> anyhow::Result<()> {
    let opening = args.opening()?;
    args.faults.check(args.on.shards, args.ticks)?;
    anyhow::ensure!(
        args.net != Net::None || args.faults.is_empty() && !args.real_time,
        "--net none has no participants who could fail or wait: use --net virtual or --net webrtc"
    );
    anyhow::ensure!(
        args.net != Net::None || args.netem.bandwidth.is_none(),
        "--net none sends nothing that --bandwidth could slow: use --net virtual or --net webrtc"
    );
    let (report, tape) = match args.net {
        Net::None => run_none::run(args, &opening)?,
        Net::Virtual => (run_virtual::run(args, &opening)?, None),
        Net::Webrtc => (run_webrtc::run(args, &opening)?, None),
    };
    let finished = report.finish(args.json.as_deref());
    // A run that took long is in its recording, too, where its report cannot be written.
    tape.map_or(Ok(()), |tape| tape.write())?;
    finished
}
