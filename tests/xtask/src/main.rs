//! `cargo xtask`: the project's tasks. Everything that a contributor types is here, so that it works the
//! same everywhere; builds are separate cargo calls, so that one package's features do not reach another.

mod binary;
mod checks;
mod children;
mod debian;
mod dist;
mod licences;
mod pictures;
mod place;
mod play;
mod prove;
mod release;
mod step;
mod suite;
mod wasm;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Tidepool's tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything, start a server, and open a window in a room that friends can join by link.
    Play(play::Options),
    /// Run every check and test, browser tests included.
    Test(suite::Options),
    /// Build the web page into `<target>/web-dist`.
    Web(dist::Options),
    /// Pack archives of the app, the server, the headless program and the page.
    Release(release::Options),
    /// Rooms under faults, in virtual time: one seed, one run (see `simulate --help`).
    Simulate {
        /// For the program: --seeds N, --seed X, --threads N, --quiet.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        options: Vec<String>,
    },
    /// Prove at length what the room promises; writes docs/proof.md.
    Prove(prove::Options),
    /// Make the pictures of docs/materials again.
    Pictures(pictures::Options),
    /// Measure this machine and compare with the last time: kernels, codes, exchange, capacity, memory, the page (see `bench --help`).
    Bench {
        /// For the program: --only GROUP,GROUP, --quick, --store DIR.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        options: Vec<String>,
    },
}

/// A program of the workspace's, in a release build.
fn program(package: &str, options: &[String]) -> anyhow::Result<ExitCode> {
    let mut run = place::cargo();
    run.args(["run", "--release", "--package", package, "--"]).args(options);
    Ok(if run.status()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Play(options) => play::run(&options),
        Task::Test(options) => suite::run(&options),
        Task::Web(options) => dist::run(&options),
        Task::Release(options) => release::run(&options),
        Task::Simulate { options } => program("simulate", &options),
        Task::Prove(options) => prove::run(&options),
        Task::Pictures(options) => pictures::run(&options),
        Task::Bench { options } => program("bench", &options),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
