//! `cargo xtask bench`: what this machine does with Tidepool, beside what it did the last time.
//!
//! Each group runs one of the project's programs, in a release build, and reads its figures. They are stored by machine as
//! JSON, and written as Markdown, ratios first, and as a plot for each series that has sizes. Nothing is asserted: a figure
//! is a machine's, and machines differ.

mod figure;
mod groups;
mod growth;
mod markdown;
mod place;
mod plot;
mod stored;

use anyhow::Context;
use clap::Parser;
use figure::Run;
use groups::Group;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures this machine and compares with the last time.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench", version)]
struct Options {
    /// Only these.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "GROUP,GROUP")]
    only: Vec<Group>,
    /// Fewer sizes and shorter runs: minutes in all. Compared with other quick runs only.
    #[arg(long)]
    quick: bool,
    /// Where runs are stored, a folder for each machine; `bench` in the target folder unless given.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> anyhow::Result<()> {
    let store = options.store.clone().unwrap_or_else(|| place::target().join("bench"));
    let mut run = Run::begun(options.quick);
    let groups = if options.only.is_empty() { Group::USUAL } else { &options.only };
    for &group in groups {
        eprintln!("\n== {}", group.name());
        match group.measure(options.quick) {
            Ok(figures) => run.figures.extend(figures),
            // One that cannot be measured here takes nothing from the others.
            Err(error) => {
                eprintln!("{}: {error:#}", group.name());
                run.left_out.push((group.name().into(), format!("{error:#}")));
            }
        }
    }
    let before = stored::last(&store, &run)?;
    let text = markdown::table(&run, before.as_ref());
    println!("{text}");
    let (json, written) = stored::paths(&store, &run);
    stored::write(&json, &run)?;
    let plots = plot::all(&written, &run, before.as_ref())?;
    let pictures: String = plots.iter().map(|name| format!("\n![{name}]({name})\n")).collect();
    let page = written.join("README.md");
    std::fs::write(&page, text + &pictures).with_context(|| format!("{} cannot be written", page.display()))?;
    eprintln!("{}\n{}", json.display(), page.display());
    Ok(())
}
