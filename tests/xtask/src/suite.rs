//! `test`: every check and test, one after the other, and a count at the end.
//!
//! Steps go from quick to slow. A failing step does not stop the others; the exit status tells.

use crate::children::Stop;
use crate::{debian, dist, place, step};
use anyhow::Result;
use clap::Args;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// The project's packages, cheapest first.
const PACKAGES: [&str; 12] = [
    "xtask",
    "netsim",
    "signaling",
    "sim-kernels",
    "room",
    "words",
    "simulate",
    "fuzz",
    "driver",
    "web-worker",
    "tidepool-headless",
    "tidepool",
];

/// One step's tests may take this long, building included; then they are ended and count as failed.
const STEP_MAX: Duration = Duration::from_secs(30 * 60);

/// Must not be among what the headless program is built from.
const NOT_IN_HEADLESS: [&str; 3] = ["bevy", "winit", "egui"];

/// What to test.
#[derive(Args)]
pub struct Options {
    /// Only the steps whose name contains this (several: repeat it): fmt, clippy, deny, tree, unit-PACKAGE,
    /// materials, seeds, enemy, web, wasm, browser.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only print the steps' names.
    #[arg(long)]
    list: bool,
    /// Install missing Debian packages (asks for sudo where needed).
    #[arg(long)]
    yes: bool,
}

/// How many tests of a step passed and failed.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Count {
    passed: u32,
    failed: u32,
    /// A note for the summary.
    skipped: Option<&'static str>,
}

impl Count {
    fn of(passed: bool) -> Self {
        Self { passed: u32::from(passed), failed: u32::from(!passed), skipped: None }
    }
}

/// Runs the steps.
pub fn run(options: &Options) -> Result<ExitCode> {
    let steps: Vec<String> = names()
        .into_iter()
        .filter(|name| options.only.is_empty() || options.only.iter().any(|o| name.contains(o.as_str())))
        .collect();
    if options.list {
        steps.iter().for_each(|name| println!("{name}"));
        return Ok(ExitCode::SUCCESS);
    }
    if steps.is_empty() {
        anyhow::bail!("no step is called like this; --list names them");
    }
    if steps.iter().any(|name| name == "browser" || name == "wasm" || name == "unit-tidepool-headless") {
        debian::check(debian::For::Test, options.yes)?;
    }
    let stop = Stop::listen()?;
    let mut done: Vec<(String, Count, Duration)> = Vec::new();
    for (number, name) in steps.iter().enumerate() {
        step::heading(&format!("[{}/{}] {name}", number + 1, steps.len()));
        let started = Instant::now();
        if stop.asked() {
            break;
        }
        let count = run_step(name).unwrap_or_else(|error| {
            eprintln!("xtask: {error:#}");
            Count::of(false)
        });
        done.push((name.clone(), count, started.elapsed()));
    }
    Ok(summary(&done))
}

fn names() -> Vec<String> {
    let mut names = vec!["fmt".to_owned(), "tree".to_owned()];
    names.extend(PACKAGES.iter().map(|p| format!("unit-{p}")));
    names.push("materials".to_owned());
    names.extend(["seeds", "enemy", "web", "wasm", "browser"].map(str::to_owned));
    names.extend(["clippy", "deny"].map(str::to_owned));
    names
}

fn run_step(name: &str) -> Result<Count> {
    if let Some(package) = name.strip_prefix("unit-") {
        return counted(place::cargo().args(["test", "--package", package, "--no-fail-fast"]));
    }
    match name {
        "fmt" => Ok(Count::of(place::cargo().args(["fmt", "--all", "--check"]).status()?.success())),
        "tree" => tree(),
        "clippy" => clippy(),
        "deny" => deny(),
        "web" => dist::run(&dist::Options::default()).map(|_| Count::of(true)),
        "materials" => materials(),
        "seeds" => seeds(),
        "enemy" => enemy(),
        "wasm" => wasm(),
        "browser" => browser(),
        _ => anyhow::bail!("unknown step {name}"),
    }
}

/// With the materials that are there for tests, whose particles have words of state beyond 16 bytes.
fn materials() -> Result<Count> {
    let mut count = Count::default();
    let runs: [&[&str]; 2] = [
        &[
            "sim-kernels",
            "--lib",
            "--test",
            "words",
            "--test",
            "gpu_stages",
            "--test",
            "cpu_golden",
            "--test",
            "materials",
        ],
        &["room", "--lib", "--test", "extra_words", "--test", "old_saves"],
    ];
    for run in runs {
        let found = counted(
            place::cargo().args(["test", "--features", "test-material", "--no-fail-fast", "--package"]).args(run),
        )?;
        count.passed += found.passed;
        count.failed += found.failed;
    }
    Ok(count)
}

/// Rooms under faults in virtual time: the first seeds. `cargo xtask prove` runs many more.
fn seeds() -> Result<Count> {
    let mut run = place::cargo();
    run.args(["run", "--package", "simulate", "--", "--seeds", "200", "--quiet"]);
    Ok(Count::of(step::run_reading(&mut run, STEP_MAX, |_| {})?))
}

/// What once did harm, and a minute of changed messages.
fn enemy() -> Result<Count> {
    let mut run = place::cargo();
    run.args(["run", "--package", "fuzz", "--", "--seconds", "60", "--corpus", "tests/fuzz/corpus"]);
    Ok(Count::of(step::run_reading(&mut run, STEP_MAX, |_| {})?))
}

/// All packages at once: nothing is built that could bleed into another, and what they share is looked at once.
fn clippy() -> Result<Count> {
    let mut clippy = place::cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--no-deps", "--", "-D", "warnings"]);
    // Missing documentation is shown by every build, and does not fail the tests.
    clippy.args(["-A", "missing_docs"]);
    Ok(Count::of(clippy.status()?.success()))
}

/// Runs test programs and adds up what they say of themselves. A run that fails without a failed test
/// (it did not build, it crashed) counts as one failure.
fn counted(command: &mut Command) -> Result<Count> {
    let mut count = Count::default();
    let succeeded = step::run_reading(command, STEP_MAX, |line| {
        if let Some((passed, failed)) = result_line(line) {
            count.passed += passed;
            count.failed += failed;
        }
    })?;
    if !succeeded && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// `test result: ok. 3 passed; 0 failed; …` of cargo, or `3 passed, 0 failed` of the browser tests.
fn result_line(line: &str) -> Option<(u32, u32)> {
    let line = line.trim();
    let (numbers, separator) = match line.strip_prefix("test result: ") {
        Some(rest) => (rest.split_once(". ")?.1, ';'),
        None => (line, ','),
    };
    let mut parts = numbers.split(separator).map(str::trim);
    let passed = parts.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = parts.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some((passed, failed))
}

/// The headless program is built without a window, a renderer or a user interface.
fn tree() -> Result<Count> {
    let args = ["tree", "--package", "tidepool-headless", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let output = place::cargo().args(args).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let bad: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| NOT_IN_HEADLESS.iter().any(|n| name == n || name.starts_with(&format!("{n}_"))))
        .collect();
    if !bad.is_empty() {
        eprintln!("tidepool-headless is built from {}", bad.join(", "));
    }
    Ok(Count::of(output.status.success() && bad.is_empty()))
}

/// Licences, sources, duplicates, and advisories where their list can be fetched.
fn deny() -> Result<Count> {
    let Some(tool) = deny_tool() else {
        eprintln!("SKIPPED: cargo-deny is not installed and could not be");
        return Ok(Count { skipped: Some("cargo-deny could not be installed"), ..Count::default() });
    };
    let check = |what: &[&str]| {
        let mut command = Command::new(&tool);
        command.current_dir(place::root()).args(["--workspace", "--all-features", "check"]).args(what);
        command
    };
    let mut count = Count::of(check(&["licenses", "bans", "sources"]).status()?.success());
    let advisories = check(&["advisories"]).output()?;
    let words = String::from_utf8_lossy(&advisories.stderr).into_owned();
    eprintln!("{words}");
    if advisories.status.success() {
        count.passed += 1;
    } else if ["failed to fetch", "failed to clone", "failed to open", "unable to load", "network", "offline"]
        .iter()
        .any(|sign| words.contains(sign))
    {
        eprintln!("SKIPPED: advisories (their list cannot be fetched here)");
        count.skipped = Some("advisories: their list cannot be fetched here");
    } else {
        count.failed += 1;
    }
    Ok(count)
}

fn deny_tool() -> Option<std::path::PathBuf> {
    let runs = |program: &std::path::Path| step::answer(Command::new(program).arg("--version")).is_some();
    if let Some(found) = place::on_path("cargo-deny").filter(|p| runs(p)) {
        return Some(found);
    }
    let tools = place::target().join("tools");
    let own = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !runs(&own) {
        let mut install = place::cargo();
        install.args(["install", "cargo-deny", "--locked", "--debug", "--root"]).arg(&tools);
        install.env("CARGO_TARGET_DIR", place::target().join("tools-build")).env("CARGO_PROFILE_DEV_DEBUG", "0");
        step::run("installing cargo-deny (once)", &mut install).ok()?;
    }
    runs(&own).then_some(own)
}

/// Real browsers against the real server and the real page.
fn browser() -> Result<Count> {
    counted(&mut browsers()?)
}

/// The browser tests' program, with everything built that it needs.
pub fn browsers() -> Result<Command> {
    for (package, program) in [("signaling", "tidepool-signaling"), ("tidepool-headless", "tidepool-headless")] {
        step::run(
            &format!("building {program}"),
            place::cargo().args(["build", "--package", package, "--bin", program]),
        )?;
    }
    if !place::web_dist().join("index.html").is_file() {
        dist::run(&dist::Options::default())?;
    }
    playwright()?;
    Ok(node("tests/browser/run.mjs"))
}

/// The page's kernels under Node.js.
fn wasm() -> Result<Count> {
    if !place::web_dist().join("index.html").is_file() {
        dist::run(&dist::Options::default())?;
    }
    playwright()?;
    counted(&mut node("tests/browser/kernels.mjs"))
}

fn playwright() -> Result<()> {
    let folder = place::root().join("tests/browser");
    if folder.join("package.json").is_file() && !folder.join("node_modules/playwright-core").is_dir() {
        let script = if folder.join("package-lock.json").is_file() { "ci" } else { "install" };
        step::run(
            "installing playwright-core",
            Command::new("npm").args([script, "--no-audit", "--no-fund"]).current_dir(&folder),
        )?;
    }
    Ok(())
}

fn node(script: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(script)
        .current_dir(place::root())
        .env("CARGO_TARGET_DIR", place::target())
        .env("TIDEPOOL_WEB", place::web_dist())
        .env("TIDEPOOL_SIGNALING_BIN", place::program("tidepool-signaling", false))
        .env("TIDEPOOL_HEADLESS_BIN", place::program("tidepool-headless", false));
    node
}

fn summary(done: &[(String, Count, Duration)]) -> ExitCode {
    println!("\nstep                        passed  failed     time");
    let (mut passed, mut failed) = (0, 0);
    for (name, count, time) in done {
        let note = count.skipped.map_or(String::new(), |why| format!("   SKIPPED: {why}"));
        println!("{name:26} {:7} {:7}  {:>12}{note}", count.passed, count.failed, step::time(*time));
        passed += count.passed;
        failed += count.failed;
    }
    let total: Duration = done.iter().map(|(_, _, time)| *time).sum();
    println!("in all {}", step::time(total));
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let cargo = "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.0s";
        assert_eq!(result_line(cargo), Some((3, 1)));
        assert_eq!(result_line("12 passed, 0 failed"), Some((12, 0)));
        assert_eq!(result_line("it passed, none failed"), None);
        assert_eq!(result_line("test a ... ok"), None);
    }

    #[test]
    fn a_silent_failure_counts() {
        let count = counted(Command::new("sh").args(["-c", "echo '2 passed, 0 failed'; exit 3"])).unwrap();
        assert_eq!((count.passed, count.failed), (2, 1));
    }

    #[test]
    fn every_package_is_tested() {
        let manifest = std::fs::read_to_string(place::root().join("Cargo.toml")).unwrap();
        let members = manifest.split_once("members = [").unwrap().1.split_once(']').unwrap().0;
        assert_eq!(members.matches('"').count() / 2, PACKAGES.len());
    }
}
