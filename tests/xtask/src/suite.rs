//! `test`: every check and test, one after the other, and a count at the end.
//!
//! Steps go from quick to slow. A failing step does not stop the others; the exit status tells.

use crate::children::Stop;
use crate::{checks, debian, dist, place, step};
use anyhow::Result;
use clap::Args;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Packages that are built and tested by themselves: this program, and the one that must be free of what the window is
/// built from. All others are built together: by themselves, each with its own choice of features, the crates that they
/// share would be built up to five times (952 crates in all, instead of 721).
const APART: [&str; 2] = ["xtask", "tidepool-headless"];

/// Packages that others use without some of their features: they must be whole without, too.
const WITHOUT: [&[&str]; 4] = [
    &["--package", "sim-kernels", "--no-default-features"],
    &["--package", "room"],
    &["--package", "driver", "--no-default-features"],
    &["--package", "driver", "--no-default-features", "--features", "gpu,sockets"],
];

/// One step's tests may take this long, building included; then they are ended and count as failed.
const STEP_MAX: Duration = Duration::from_secs(60 * 60);

/// What to test.
#[derive(Args)]
pub struct Options {
    /// Only the steps whose name contains this (several: repeat it): see --list. `unit-PACKAGE` tests one package.
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
pub struct Count {
    passed: u32,
    failed: u32,
    /// A note for the summary.
    skipped: Option<&'static str>,
}

impl Count {
    /// One thing that passed or failed.
    pub fn of(passed: bool) -> Self {
        Self { passed: u32::from(passed), failed: u32::from(!passed), skipped: None }
    }

    /// Nothing was looked at, for this reason, which is also said at once.
    pub fn skipped(why: &'static str) -> Self {
        eprintln!("SKIPPED: {why}");
        Self { skipped: Some(why), ..Self::default() }
    }

    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped = self.skipped.or(other.skipped);
    }
}

/// Runs the steps.
pub fn run(options: &Options) -> Result<ExitCode> {
    let steps = chosen(&options.only);
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
        let is_built = ["unit", "unit-tidepool-headless"].iter().all(|n| done.iter().any(|(name, ..)| name == n));
        let count = run_step(name, is_built).unwrap_or_else(|error| {
            eprintln!("xtask: {error:#}");
            Count::of(false)
        });
        done.push((name.clone(), count, started.elapsed()));
    }
    Ok(summary(&done))
}

/// All steps, in order.
fn names() -> Vec<String> {
    let mut names: Vec<String> = ["fmt", "tree", "typos", "workflows", "unit-xtask", "unit"].map(str::to_owned).into();
    names.push("unit-tidepool-headless".into());
    names.extend(["materials", "seeds", "enemy", "web", "wasm", "browser"].map(str::to_owned));
    names.extend(["alone", "clippy", "web-clippy", "doc", "deny"].map(str::to_owned));
    names
}

/// The steps that were asked for. `unit-PACKAGE` is one for every package, but only where it is asked for by name.
fn chosen(only: &[String]) -> Vec<String> {
    if only.is_empty() {
        return names();
    }
    let (packages, parts): (Vec<&String>, Vec<&String>) = only.iter().partition(|o| o.starts_with("unit-"));
    let has = |name: &String| packages.contains(&name) || parts.iter().any(|part| name.contains(part.as_str()));
    let mut steps: Vec<String> = names().into_iter().filter(has).collect();
    let missing: Vec<String> = packages.into_iter().filter(|p| !steps.contains(p)).cloned().collect();
    steps.extend(missing);
    steps
}

fn run_step(name: &str, is_built: bool) -> Result<Count> {
    if let Some(package) = name.strip_prefix("unit-") {
        return counted(place::cargo().args(["test", "--package", package, "--no-fail-fast"]));
    }
    match name {
        "fmt" => Ok(Count::of(place::cargo().args(["fmt", "--all", "--check"]).status()?.success())),
        "unit" => unit(),
        "alone" => alone(),
        "tree" => checks::tree(),
        "typos" => checks::typos(),
        "workflows" => checks::workflows(),
        "clippy" => checks::clippy(),
        "web-clippy" => checks::web_clippy(),
        "doc" => checks::doc(),
        "deny" => checks::deny(),
        "web" => dist::run(&dist::Options::default()).map(|_| Count::of(true)),
        "materials" => materials(),
        // Rooms under faults in virtual time: the first seeds. `cargo xtask prove` runs many more.
        "seeds" => {
            let mut count = runs("simulate", is_built, &["--seeds", "200", "--quiet"])?;
            count.add(runs("simulate", is_built, &["--kernel", "mixed", "--seeds", "50", "--quiet"])?);
            Ok(count)
        }
        // What once did harm, and a minute of changed messages.
        "enemy" => runs("fuzz", is_built, &["--seconds", "60", "--corpus", "tests/fuzz/corpus"]),
        "wasm" => wasm(),
        "browser" => counted(&mut browsers(is_built)?),
        _ => anyhow::bail!("unknown step {name}"),
    }
}

/// Has a kernel that overflows, or breaks what it takes for granted, panic.
const CHECKED: [&str; 4] = [
    "--config",
    "profile.dev.package.sim-kernels.overflow-checks=true",
    "--config",
    "profile.dev.package.sim-kernels.debug-assertions=true",
];

/// With the materials that are there for tests, whose particles have words of state beyond 16 bytes, and with the checks that
/// the kernels are else built without.
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
            "--test",
            "cpu_fixed",
            "--test",
            "cpu_physics",
        ],
        &["room", "--lib", "--test", "extra_words", "--test", "old_saves"],
    ];
    for run in runs {
        let found = counted(
            place::cargo()
                .arg("test")
                .args(CHECKED)
                .args(["--features", "test-material", "--no-fail-fast", "--package"])
                .args(run),
        )?;
        count.add(found);
    }
    Ok(count)
}

/// All packages that are not [`APART`], built together.
fn unit() -> Result<Count> {
    let mut test = place::cargo();
    test.args(["test", "--workspace", "--no-fail-fast"]).args(APART.iter().flat_map(|p| ["--exclude", p]));
    counted(&mut test)
}

/// See [`WITHOUT`].
fn alone() -> Result<Count> {
    let mut count = Count::default();
    for arguments in WITHOUT {
        count.add(Count::of(place::cargo().arg("check").args(arguments).status()?.success()));
    }
    Ok(count)
}

/// Runs a program of the project, as the tests left it where they were built in this run.
fn runs(program: &str, is_built: bool, arguments: &[&str]) -> Result<Count> {
    let built = place::program(program, false);
    let mut run = if is_built && built.is_file() { Command::new(built) } else { place::cargo() };
    if !run.get_program().to_string_lossy().ends_with(program) {
        run.args(["run", "--package", program, "--"]);
    }
    run.args(arguments).current_dir(place::root());
    Ok(Count::of(step::run_reading(&mut run, STEP_MAX, |_| {})?))
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

/// The browser tests' program (real browsers, the real server, the real page), with everything built that it needs; the
/// programs may be those that the tests left.
pub fn browsers(is_built: bool) -> Result<Command> {
    for (package, program) in [("signaling", "tidepool-signaling"), ("tidepool-headless", "tidepool-headless")] {
        if is_built && place::program(program, false).is_file() {
            continue;
        }
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
    fn steps_are_chosen_by_name() {
        let only = |words: &[&str]| chosen(&words.iter().map(|&w| w.to_owned()).collect::<Vec<_>>());
        assert_eq!(only(&[]), names());
        assert_eq!(only(&["clippy", "fmt"]), ["fmt", "clippy", "web-clippy"]);
        assert_eq!(only(&["unit-room"]), ["unit-room"]);
        assert_eq!(only(&["unit"]), ["unit-xtask", "unit", "unit-tidepool-headless"]);
        assert!(only(&["nothing"]).is_empty());
    }

    /// What is tested apart is a package: by another name it would be tested by nobody.
    #[test]
    fn those_apart_are_packages_and_have_steps() {
        let manifest = std::fs::read_to_string(place::root().join("Cargo.lock")).unwrap();
        for package in APART {
            assert!(manifest.contains(&format!("name = \"{package}\"")), "{package}");
            assert!(names().contains(&format!("unit-{package}")), "{package}");
        }
    }
}
