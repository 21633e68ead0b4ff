//! `simulate --seeds N [--seed X]`: runs seeds, each printed before it begins to matter.

use clap::{Parser, ValueEnum};
use simulate::kernel::{Make, Real, Stub};
use simulate::plan::Plan;
use simulate::run::{Outcome, run_traced};
use simulate::trace::{Hash, Shared};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What a whole run may hold at once, all of its participants, what is on its way between them and the machine that it
/// is compared with: ten times what was seen, which was 22 MiB.
const BYTES_MAX: u64 = 256 << 20;
/// A core that needs longer than this to go on is named.
const CORE_SLOW_US: u64 = 20_000_000;

/// What participants compute with.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Kernel {
    /// Particles that move by a hash: many seeds an hour.
    #[default]
    Tiny,
    /// The real kernel on the CPU.
    Real,
    /// The same, with every material, heat and reactions, and at most some 2,000 particles.
    Mixed,
}

impl Kernel {
    fn make(self) -> Make {
        match self {
            Self::Tiny => Stub::boxed,
            Self::Real | Self::Mixed => Real::boxed,
        }
    }
}

/// Rooms under faults, in virtual time.
#[derive(Parser)]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed; with `--seeds 1` the run is told act by act.
    #[arg(long, alias = "from", default_value_t = 0)]
    seed: u64,
    /// What participants compute with.
    #[arg(long, value_enum, default_value_t)]
    kernel: Kernel,
    /// Threads; 0: one a core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Print no line for a seed that is well.
    #[arg(long)]
    quiet: bool,
    /// Print a hash a seed of all that its rooms take and give, in order, and one of all seeds.
    #[arg(long)]
    trace_hash: bool,
    /// The same odds for all seeds, as traces have them.
    #[arg(long)]
    steady: bool,
    /// And a line for each thing taken and given, to find the first that differs between two builds; with one seed.
    #[arg(long, requires = "trace_hash")]
    trace_lines: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let began = Instant::now();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if args.threads == 0 { cores } else { args.threads }.min(args.seeds.max(1) as usize);
    let next = AtomicU64::new(args.seed);
    let all = Mutex::new(Sums::default());
    let traces = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= args.seed + args.seeds {
                        return;
                    }
                    let plan = if args.trace_hash || args.steady { Plan::steady(seed) } else { Plan::from_seed(seed) };
                    let plan = if args.kernel == Kernel::Mixed { plan.mixed() } else { plan };
                    if !args.quiet && !args.trace_hash {
                        println!("seed {seed}: {}", plan.describe());
                    }
                    let begin = Instant::now();
                    let mut outcome = Outcome::default();
                    let talk = args.seeds == 1 && !args.trace_hash;
                    let trace = args.trace_hash.then(|| Shared::new(args.trace_lines && args.seeds == 1));
                    let memory = allocation_counter::measure(|| {
                        outcome = run_traced(&plan, args.kernel.make(), talk, trace.clone());
                    });
                    if let Some(trace) = &trace {
                        let trace = trace.lock();
                        traces.lock().unwrap_or_else(PoisonError::into_inner).insert(seed, (trace.hash, trace.items));
                    }
                    if memory.bytes_max > BYTES_MAX && outcome.violation.is_none() {
                        outcome.violation = Some(format!("it held {} MiB at once", memory.bytes_max >> 20));
                    }
                    if let Some(words) = &outcome.violation {
                        println!("seed {seed}: VIOLATION {words}\n  seed {seed}: {}", plan.describe());
                    }
                    if outcome.core_us > CORE_SLOW_US && !args.trace_hash {
                        println!("seed {seed}: its core went on after {:.1} s", outcome.core_us as f64 / 1e6);
                    }
                    if begin.elapsed().as_secs() >= 20 && !args.trace_hash {
                        println!(
                            "seed {seed}: slow, {} events in {:.1} s",
                            outcome.events,
                            begin.elapsed().as_secs_f64()
                        );
                    }
                    all.lock().unwrap_or_else(PoisonError::into_inner).add(seed, &outcome, memory.bytes_max);
                }
            });
        }
    });
    let Sums { runs, sum, bad, peak } = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    let seconds = began.elapsed().as_secs_f64();
    if args.trace_hash {
        let mut total = Hash::default();
        for (seed, (hash, items)) in traces.into_inner().unwrap_or_else(PoisonError::into_inner) {
            println!("trace {seed} {:016x} {items}", hash.value());
            total.word(hash.value());
        }
        println!("trace total {:016x}", total.value());
        eprintln!("{runs} seeds in {seconds:.0} s, violations: {bad:?}");
        return ExitCode::SUCCESS;
    }
    println!(
        "{runs} seeds in {seconds:.0} s ({:.0} an hour), {} events, {} steps committed, {} digests compared, {} bands by stand-ins, {} forks, {} times back to a checkpoint or scene ({} of them rescues), {} saves, {} opened",
        runs as f64 * 3600.0 / seconds,
        sum.events,
        sum.committed,
        sum.compared,
        sum.stood_in,
        sum.lineages,
        sum.losses,
        sum.rescues,
        sum.saves[0],
        sum.saves[1]
    );
    println!("returns: {}", sum.returns.iter().map(|(why, n)| format!("{why} {n}")).collect::<Vec<_>>().join(", "));
    println!(
        "{} speculations, {} right, {} digests of no known log, {} histories of no known beginning, {} datagrams with other bits, {} runs with a wrong replica, noticed in {} (in {} nobody else had that part), {} ticks of two worlds there, slowest core {:.1} s",
        sum.speculations[0],
        sum.speculations[1],
        sum.missed,
        sum.blind,
        sum.corrupted,
        sum.wrong_replicas[0],
        sum.wrong_replicas[1],
        sum.wrong_replicas[2],
        sum.split,
        sum.core_us as f64 / 1e6
    );
    println!("peak memory of one run {:.1} MiB", peak as f64 / f64::from(1 << 20));
    println!("most particles {}", sum.particles);
    println!("faults: {}", sum.faults.iter().map(|(k, n)| format!("{k} {n}")).collect::<Vec<_>>().join(", "));
    if !bad.is_empty() {
        println!("violations: {bad:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// All runs together.
#[derive(Default)]
struct Sums {
    runs: u64,
    sum: Outcome,
    /// Seeds with a violation.
    bad: Vec<u64>,
    /// The most bytes that one run held at once.
    peak: u64,
}

impl Sums {
    fn add(&mut self, seed: u64, outcome: &Outcome, bytes: u64) {
        let sum = &mut self.sum;
        for (what, n) in &outcome.faults {
            *sum.faults.entry(what).or_default() += n;
        }
        sum.events += outcome.events;
        sum.particles = sum.particles.max(outcome.particles);
        sum.compared += outcome.compared;
        sum.committed += outcome.committed;
        sum.stood_in += outcome.stood_in;
        sum.rescues += outcome.rescues;
        sum.losses += outcome.losses;
        for (why, n) in &outcome.returns {
            *sum.returns.entry(why.clone()).or_default() += n;
        }
        sum.speculations =
            [sum.speculations[0] + outcome.speculations[0], sum.speculations[1] + outcome.speculations[1]];
        sum.missed += outcome.missed;
        sum.blind += outcome.blind;
        sum.corrupted += outcome.corrupted;
        sum.core_us = sum.core_us.max(outcome.core_us);
        for (sum, n) in sum.wrong_replicas.iter_mut().zip(outcome.wrong_replicas) {
            *sum += n;
        }
        sum.split += outcome.split;
        sum.saves[0] += outcome.saves[0];
        sum.saves[1] += outcome.saves[1];
        // Every run has one history; the others are forks.
        sum.lineages += outcome.lineages.saturating_sub(1);
        self.runs += 1;
        self.bad.extend(outcome.violation.is_some().then_some(seed));
        self.peak = self.peak.max(bytes);
    }
}
