//! `prove`: everything that the room promises, at length, written into `docs/proof.md`. Each piece's result is
//! kept, so that an interrupted run goes on where it was; another commit begins at the first.

use crate::children::Stop;
use crate::{place, step, suite};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How much is proved.
#[derive(Args)]
pub struct Options {
    /// Seeds of rooms under faults, in virtual time.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// Such seeds with the real kernel.
    #[arg(long, default_value_t = 500)]
    real_seeds: u64,
    /// Such seeds with the real kernel and every material.
    #[arg(long, default_value_t = 1_000)]
    mixed_seeds: u64,
    /// Runs over WebRTC in which one of four participants is killed.
    #[arg(long, default_value_t = 50)]
    kills: u64,
    /// Runs over WebRTC in which the host is killed.
    #[arg(long, default_value_t = 20)]
    host_kills: u64,
    /// Executions with bytes from an enemy.
    #[arg(long, default_value_t = 10_000_000)]
    fuzz: u64,
    /// Do not read what an earlier run left.
    #[arg(long)]
    fresh: bool,
    /// Runs over WebRTC that go on beside each other: each keeps up to four cores busy.
    #[arg(long, default_value_t = 1)]
    at_once: usize,
    /// Build nothing: take simulate, fuzz and tidepool-headless from this folder, and the commit's name from its
    /// file COMMIT (for a machine without the toolchain, from the checkout's top folder).
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
}

/// Seeds and executions in one piece.
const SEEDS_PIECE: u64 = 500;
const FUZZ_PIECE: u64 = 1_000_000;
/// A piece that takes longer has failed.
const PIECE_MAX: Duration = Duration::from_secs(60 * 60);
/// Ticks of a run over WebRTC, and where it may be struck.
const TICKS: u64 = 420;
const STRUCK: std::ops::Range<u64> = 120..300;
const SCENE: &str = "dam-break";
/// How long a page is hidden: longer than the minute after which browsers slow a hidden page's timers most.
const HIDDEN_MS: u64 = 120_000;
/// What passes over the links in the three profiles: name, options, words.
const PROFILES: [(&str, &[&str], &str); 3] = [
    ("lan", &["--latency", "0.5", "--jitter", "0.5"], "0.5 ms"),
    ("home", &["--latency", "20", "--jitter", "5", "--bandwidth", "20"], "40 ms there and back, 20 Mbit/s"),
    (
        "far",
        &["--latency", "75", "--jitter", "10", "--loss", "1", "--bandwidth", "20"],
        "150 ms there and back, 1 % loss, 20 Mbit/s",
    ),
];

struct Proof {
    folder: PathBuf,
    programs: Option<PathBuf>,
    at_once: usize,
}

/// Runs what is missing and writes the page.
pub fn run(options: &Options) -> Result<ExitCode> {
    let commit = match &options.programs {
        Some(folder) => std::fs::read_to_string(folder.join("COMMIT")).context("no COMMIT beside the programs")?,
        None => commit(),
    };
    let commit = commit.trim();
    if options.programs.is_none() {
        for package in ["simulate", "fuzz", "tidepool-headless"] {
            let mut build = place::cargo();
            step::run(&format!("building {package}"), build.args(["build", "--release", "--package", package]))?;
        }
    }
    let proof = Proof {
        folder: place::target().join("prove").join(commit),
        programs: options.programs.clone(),
        at_once: options.at_once.max(1),
    };
    if options.fresh && proof.folder.is_dir() {
        std::fs::remove_dir_all(&proof.folder)?;
    }
    std::fs::create_dir_all(&proof.folder)?;
    let mut page = String::from("# Proof\n\nWritten by `cargo xtask prove`.\n\n");
    writeln!(page, "Commit {commit}, {}.\n", proof.machine()?)?;
    proof.rooms(options, &mut page)?;
    proof.kills(options, &mut page)?;
    proof.late(&mut page)?;
    proof.profiles(&mut page)?;
    if options.programs.is_none() {
        proof.hidden(&mut page)?;
    }
    proof.fuzz(options, &mut page)?;
    let path = place::root().join("docs/proof.md");
    std::fs::write(&path, &page)?;
    println!("{page}\nwritten to {}", path.display());
    Ok(if page.contains("FAILED") { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Proof {
    fn program(&self, name: &str) -> Command {
        let built = || place::program(name, true);
        Command::new(self.programs.as_ref().map_or_else(built, |folder| folder.join(name)))
    }

    /// A piece's output: kept from before, or made now.
    fn piece(&self, name: &str, command: &mut Command) -> Result<String> {
        let path = self.folder.join(format!("{name}.txt"));
        if let Ok(kept) = std::fs::read_to_string(&path) {
            return Ok(kept);
        }
        if Stop::current().asked_by_now() {
            bail!("stopped; what is done is kept");
        }
        step::heading(&format!("{name}: {}", step::show(command)));
        let mut text = String::new();
        let well = step::run_reading(command.current_dir(place::root()), PIECE_MAX, |line| {
            text.push_str(line);
            text.push('\n');
        })?;
        if Stop::current().asked_by_now() {
            bail!("stopped; what is done is kept");
        }
        if !well {
            text.push_str("FAILED\n");
        }
        std::fs::write(&path, &text).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(text)
    }

    fn rooms(&self, options: &Options, page: &mut String) -> Result<()> {
        writeln!(page, "## Rooms under faults, in virtual time\n")?;
        for (kernel, words, count) in [
            ("tiny", "A tiny kernel, for breadth", options.seeds),
            ("real", "The real kernel on the CPU, for depth", options.real_seeds),
            ("mixed", "The same with every material", options.mixed_seeds),
        ] {
            let Seeds { sums, seconds, peak_mib, violations, faults } = self.seeds(kernel, count)?;
            let [seeds, events, steps, digests, bands, forks, losses, rescues, saves, opened] = sums;
            writeln!(
                page,
                "{words}: {seeds} seeds, {} violations; {:.0} seeds an hour; {events} events, {steps} steps of the log \
                 committed, {digests} digests equal to one machine's, {bands} bands by stand-ins, {forks} forks that became \
                 one room again, {saves} saves made and {opened} opened; {losses} times a room went back to a checkpoint or its \
                 scene, because the faults took all who held a region; {rescues} of them only after it had stood still \
                 for long; at most {peak_mib:.0} MiB in one run, all of its participants together.\n",
                violations.len(),
                seeds as f64 * 3600.0 / seconds.max(1.0),
            )?;
            let list: Vec<String> = faults.iter().map(|(name, n)| format!("{name} {n}")).collect();
            writeln!(page, "{} kinds of faults and acts: {}.\n", faults.len(), list.join(", "))?;
            for violation in violations {
                writeln!(page, "    FAILED {violation}")?;
            }
        }
        Ok(())
    }

    fn seeds(&self, kernel: &str, count: u64) -> Result<Seeds> {
        let mut all = Seeds::default();
        for first in (0..count).step_by(SEEDS_PIECE as usize) {
            let last = count.min(first + SEEDS_PIECE) - 1;
            let mut command = self.program("simulate");
            command.args(["--quiet", "--kernel", kernel, "--seed", &first.to_string()]);
            command.args(["--seeds", &(last - first + 1).to_string()]);
            let text = self.piece(&format!("seeds-{kernel}-{first:05}"), &mut command)?;
            all.add(&text);
            if text.contains("FAILED") && !text.contains("VIOLATION") {
                all.violations.push(format!("FAILED: seeds {first} to {last}"));
            }
        }
        Ok(all)
    }

    fn webrtc(&self, name: &str, extra: &[&str], ticks: u64) -> Result<String> {
        let mut command = self.program("tidepool-headless");
        let json = self.folder.join(format!("{name}.json"));
        let ticks = ticks.to_string();
        command.args(["run", "--scene", SCENE, "--ticks", &ticks, "--shards", "4", "--threads", "1"]);
        command.args(["--net", "webrtc", "--real-time", "--superstep", "2", "--timeout", "120", "--json"]).arg(&json);
        command.args(extra);
        let mut text = self.piece(name, &mut command)?;
        text.push_str(&std::fs::read_to_string(&json).unwrap_or_default());
        Ok(text)
    }

    /// Runs in several threads; the answers in order.
    fn side_by_side<T: Sync>(&self, all: &[T], run: impl Fn(&T) -> Result<String> + Sync) -> Result<Vec<String>> {
        let next = AtomicUsize::new(0);
        let answers = Mutex::new(BTreeMap::new());
        std::thread::scope(|scope| {
            for _ in 0..self.at_once.min(all.len()) {
                scope.spawn(|| {
                    while let Some((i, one)) =
                        Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, all.get(i)?)))
                    {
                        let answer = run(one);
                        answers.lock().unwrap_or_else(PoisonError::into_inner).insert(i, answer);
                    }
                });
            }
        });
        answers.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }

    fn kills(&self, options: &Options, page: &mut String) -> Result<()> {
        let mut alone = self.program("tidepool-headless");
        alone.args(["run", "--scene", SCENE, "--ticks", &TICKS.to_string(), "--net", "none"]);
        let text = self.piece("alone", &mut alone)?;
        let digest = text.lines().find(|l| l.starts_with("digest ")).unwrap_or("none").to_owned();
        let at_once = self.at_once;
        writeln!(page, "## Killed over WebRTC\n")?;
        writeln!(
            page,
            "Four participants on this machine, one thread each, scene {SCENE}, K = 2, {at_once} such rooms at a time, in real"
        )?;
        writeln!(page, "time; the undisturbed run has {digest}.\n")?;
        writeln!(page, "| killed | runs | digest equal | pause, median | worst |\n|---|---|---|---|---|")?;
        let mut random = 0x2545_f491_4f6c_dd1du64;
        for (what, runs) in [("one of four", options.kills), ("the host", options.host_kills)] {
            let mut struck = Vec::new();
            for i in 0..runs {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let tick = STRUCK.start + (random >> 33) % (STRUCK.end - STRUCK.start);
                struck.push(if what == "the host" {
                    (format!("host-kill-{i:02}"), "--host-kill", tick.to_string())
                } else {
                    (format!("kill-{i:02}"), "--kill", format!("{}@{tick}", (random >> 20) % 4))
                });
            }
            let texts = self.side_by_side(&struck, |(name, flag, value)| self.webrtc(name, &[flag, value], TICKS))?;
            let equal = texts.iter().filter(|t| t.lines().any(|l| l == digest)).count() as u64;
            let mut pauses: Vec<f64> = texts.iter().filter_map(|t| figure(t, "pause_ms")).collect();
            pauses.sort_unstable_by(f64::total_cmp);
            let median = pauses.get(pauses.len() / 2).copied().unwrap_or(f64::NAN);
            let worst = pauses.last().copied().unwrap_or(f64::NAN);
            let verdict = if equal == runs { String::new() } else { " FAILED".into() };
            writeln!(page, "| {what} | {runs} | {equal}{verdict} | {median:.0} ms | {worst:.0} ms |")?;
        }
        writeln!(page)?;
        Ok(())
    }

    fn late(&self, page: &mut String) -> Result<()> {
        writeln!(page, "## 300 ms late, each way\n")?;
        let mut table = String::new();
        let mut about = None;
        writeln!(
            table,
            "| late | stand-ins | ticks/s of the others | bands by stand-ins | strips computed differently |"
        )?;
        writeln!(table, "|---|---|---|---|---|")?;
        for (who, peer) in [("a middle one", "1:300"), ("the host", "0:300")] {
            for (stand_ins, extra) in [("yes", None), ("no", Some("--no-stand-ins"))] {
                let name = format!("late-{}-{stand_ins}", &peer[..1]);
                let options: Vec<&str> = ["--delay", peer].into_iter().chain(extra).collect();
                // Without stand-ins a tick takes as long as ten.
                let text = self.webrtc(&name, &options, if extra.is_none() { 900 } else { 240 })?;
                let get = |key: &str| figure(&text, key).unwrap_or(f64::NAN);
                about.get_or_insert((get("particles"), get("busy_percent")));
                writeln!(
                    table,
                    "| {who} | {stand_ins} | {:.1} | {:.0} | {:.0} |",
                    get("others_ticks_per_s"),
                    get("sent_in_stead"),
                    get("disagreements")
                )?;
            }
        }
        let (particles, busy) = about.unwrap_or((f64::NAN, f64::NAN));
        writeln!(
            page,
            "Four participants on this machine, one thread each, scene {SCENE}, {particles:.0} particles, K = 2; their own \
             regions take them at most {busy:.0} % of real time, and the rest is spare.\n\n{table}"
        )?;
        Ok(())
    }

    fn profiles(&self, page: &mut String) -> Result<()> {
        writeln!(page, "## Three networks\n")?;
        writeln!(
            page,
            "| network | K | ticks/s | speculations | right | ticks rolled back, mean | rows of water that a seam carries |\n\
             |---|---|---|---|---|---|---|"
        )?;
        for (name, options, words) in PROFILES {
            let mut command = self.program("tidepool-headless");
            let json = self.folder.join(format!("profile-{name}.json"));
            command.args([
                "run",
                "--scene",
                SCENE,
                "--ticks",
                "900",
                "--shards",
                "3",
                "--threads",
                "1",
                "--net",
                "webrtc",
            ]);
            command.args(["--real-time", "--timeout", "180", "--json"]).arg(&json).args(options);
            let mut text = self.piece(&format!("profile-{name}"), &mut command)?;
            text.push_str(&std::fs::read_to_string(&json).unwrap_or_default());
            let get = |key: &str| figure(&text, key).unwrap_or(f64::NAN);
            let (made, right) = (get("speculations"), get("speculations_right"));
            // A row of a band is 12 cells a tick, four particles each, 60 ticks a second; bands may take six tenths.
            let row = 12.0 * 4.0 * 60.0 * get("bytes_per_particle");
            let carries = |mbit: &str| mbit.parse::<f64>().map_or(f64::NAN, |m| m * 125_000.0 * 0.6 / row);
            let limit = options.iter().skip_while(|o| **o != "--bandwidth").nth(1);
            let rows = limit.map_or_else(|| "no limit".to_owned(), |mbit| format!("{:.0}", carries(mbit)));
            let share = if made > 0.0 { format!("{:.0} %", 100.0 * right / made) } else { "none was needed".into() };
            writeln!(
                page,
                "| {words} | {:.0} | {:.1} | {made:.0} | {share} | {:.2} | {rows} |",
                get("superstep"),
                get("ticks_per_s"),
                get("ticks_rolled_back") / (made - right).max(1.0)
            )?;
        }
        writeln!(page)?;
        Ok(())
    }

    /// The machine that the first piece was made on: the others may be kept from there.
    fn machine(&self) -> Result<String> {
        let path = self.folder.join("machine.txt");
        if let Ok(kept) = std::fs::read_to_string(&path) {
            return Ok(kept);
        }
        let name = machine();
        std::fs::write(&path, &name).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(name)
    }

    fn hidden(&self, page: &mut String) -> Result<()> {
        let mut browsers = suite::browsers(false)?;
        browsers.arg("room").env("TIDEPOOL_HIDDEN_MS", HIDDEN_MS.to_string());
        let text = self.piece("hidden", &mut browsers)?;
        writeln!(page, "## A hidden page\n")?;
        let verdicts: Vec<&str> = text.lines().filter(|l| l.contains("hidden for")).collect();
        let missing = if text.contains("FAILED") || verdicts.is_empty() { "FAILED " } else { "" };
        writeln!(
            page,
            "{missing}Chromium, two pages and a native peer in a room, one page hidden for {} s, on {}:\n",
            HIDDEN_MS / 1000,
            machine()
        )?;
        for line in verdicts {
            writeln!(page, "    {}", line.trim())?;
        }
        writeln!(page)?;
        Ok(())
    }

    fn fuzz(&self, options: &Options, page: &mut String) -> Result<()> {
        let (mut executions, mut peak, mut failed) = (0.0, 0.0f64, 0);
        for piece in 0..options.fuzz.div_ceil(FUZZ_PIECE) {
            let count = FUZZ_PIECE.min(options.fuzz - piece * FUZZ_PIECE);
            let mut command = self.program("fuzz");
            command.args(["--executions", &count.to_string(), "--seed", &(piece + 1).to_string()]);
            command.args(["--corpus", "tests/fuzz/corpus"]);
            let text = self.piece(&format!("fuzz-{piece:02}"), &mut command)?;
            failed += u64::from(text.contains("FAILED"));
            if let Some(line) = text.lines().find(|l| l.contains("peak memory")) {
                let numbers = numbers(line);
                executions += numbers.first().copied().unwrap_or(0.0);
                peak = peak.max(numbers.get(2).copied().unwrap_or(0.0));
            }
        }
        writeln!(page, "## Bytes from an enemy\n")?;
        let verdict = if failed == 0 { "no crash".to_owned() } else { format!("FAILED {failed} times") };
        writeln!(page, "{executions:.0} executions, {verdict}, peak memory {peak:.0} MiB.")?;
        Ok(())
    }
}

/// What pieces of seeds say together.
#[derive(Default)]
struct Seeds {
    /// Seeds, events, steps committed, digests compared, bands by stand-ins, forks, times back to a checkpoint, rescues among them,
    /// saves made, saves opened.
    sums: [u64; 10],
    seconds: f64,
    peak_mib: f64,
    violations: Vec<String>,
    faults: Vec<(String, u64)>,
}

impl Seeds {
    /// Takes what `simulate` printed.
    fn add(&mut self, text: &str) {
        self.violations.extend(text.lines().filter(|l| l.contains("VIOLATION")).map(str::to_owned));
        for line in text.lines() {
            if line.contains(" seeds in ")
                && let [seeds, seconds, _an_hour, rest @ ..] = numbers(line).as_slice()
            {
                self.seconds += seconds;
                [seeds].into_iter().chain(rest).zip(&mut self.sums).for_each(|(x, sum)| *sum += *x as u64);
            }
            if line.starts_with("peak memory") {
                self.peak_mib = numbers(line).into_iter().fold(self.peak_mib, f64::max);
            }
            for pair in line.strip_prefix("faults: ").into_iter().flat_map(|l| l.split(", ")) {
                let Some((name, n)) = pair.rsplit_once(' ') else { continue };
                let n: u64 = n.parse().unwrap_or(0);
                match self.faults.iter_mut().find(|f| f.0 == name) {
                    Some(fault) => fault.1 += n,
                    None => self.faults.push((name.to_owned(), n)),
                }
            }
        }
    }
}

/// The whole numbers in a line, and those with a decimal point.
fn numbers(line: &str) -> Vec<f64> {
    line.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|n| n.trim_matches('.').parse().ok()).collect()
}

/// A number in JSON of our own making.
fn figure(text: &str, key: &str) -> Option<f64> {
    let (_, rest) = text.split_once(&format!("\"{key}\":"))?;
    let end = rest.find([',', '\n', '}'])?;
    rest[..end].trim().parse().ok()
}

fn commit() -> String {
    let mut git = Command::new("git");
    git.current_dir(place::root()).args(["rev-parse", "--short=12", "HEAD"]);
    step::answer(&mut git).unwrap_or_else(|| "unknown".into())
}

fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|l| l.strip_prefix("model name")).and_then(|l| l.split_once(": ")).map(|l| l.1);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {}", model.unwrap_or("an unnamed machine"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found() {
        let json = "{\n  \"pause_ms\": 41.5,\n  \"stand_ins\": {\n    \"sent_in_stead\": 7, \"pause_ms\": 0\n  }\n}";
        assert_eq!(figure(json, "pause_ms"), Some(41.5));
        assert_eq!(figure(json, "sent_in_stead"), Some(7.0));
        assert_eq!(figure(json, "other"), None);
        assert_eq!(numbers("250 seeds in 60.5 s (15 an hour)"), [250.0, 60.5, 15.0]);
        let mut seeds = Seeds::default();
        let text = "2 seeds in 3 s (4 an hour), 5 events, 6 steps, 7 d, 8 b, 9 f, 10 times back (1 of them rescues), 2 s, 3 o\n\
                    peak memory of one run 1.5 MiB\nfaults: host kill 2, kill 1\n";
        (0..2).for_each(|_| seeds.add(text));
        assert_eq!(seeds.sums, [4, 10, 12, 14, 16, 18, 20, 2, 4, 6]);
        assert_eq!((seeds.seconds, seeds.peak_mib), (6.0, 1.5));
        assert_eq!(seeds.faults, [("host kill".to_owned(), 4), ("kill".to_owned(), 2)]);
    }
}
