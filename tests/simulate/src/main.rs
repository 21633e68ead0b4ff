//! `simulate --seeds N [--seed X]`: runs seeds, each printed before it begins to matter.

use clap::Parser;
use simulate::plan::Plan;
use simulate::run::{Outcome, run};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Rooms under faults, in virtual time.
#[derive(Parser)]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed; with `--seeds 1` the run is told act by act.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Threads; 0: one a core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Print no line for a seed that is well.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let began = Instant::now();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if args.threads == 0 { cores } else { args.threads }.min(args.seeds.max(1) as usize);
    let next = AtomicU64::new(args.seed);
    let all = Mutex::new((BTreeMap::<&str, u64>::new(), Outcome::default(), Vec::new(), 0u64));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= args.seed + args.seeds {
                        return;
                    }
                    if !args.quiet {
                        println!("seed {seed}");
                    }
                    let plan = Plan::from_seed(seed);
                    let begin = Instant::now();
                    let outcome = run(&plan, args.seeds == 1);
                    if let Some(words) = &outcome.violation {
                        println!("seed {seed}: VIOLATION {words}");
                    }
                    if args.seeds == 1 {
                        outcome.notices.iter().for_each(|(id, words)| println!("  P{id}: {words}"));
                    }
                    if begin.elapsed().as_secs() >= 20 {
                        println!(
                            "seed {seed}: slow, {} events in {:.1} s",
                            outcome.events,
                            begin.elapsed().as_secs_f64()
                        );
                    }
                    let mut all = all.lock().unwrap_or_else(|e| e.into_inner());
                    for (what, n) in &outcome.faults {
                        *all.0.entry(what).or_default() += n;
                    }
                    all.1.events += outcome.events;
                    all.1.compared += outcome.compared;
                    all.1.agreed += outcome.agreed;
                    all.1.stood_in += outcome.stood_in;
                    all.1.rescues += outcome.rescues;
                    all.1.losses += outcome.losses;
                    all.1.saves[0] += outcome.saves[0];
                    all.1.saves[1] += outcome.saves[1];
                    if outcome.rescues > 0 {
                        println!("seed {seed}: {} rescues", outcome.rescues);
                    }
                    all.1.lineages += outcome.lineages.saturating_sub(1);
                    all.3 += 1;
                    if outcome.violation.is_some() {
                        all.2.push(seed);
                    }
                }
            });
        }
    });
    let (faults, sum, bad, count) = all.into_inner().unwrap_or_else(|e| e.into_inner());
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{count} seeds in {seconds:.0} s ({:.0} an hour), {} events, {} steps agreed, {} digests compared, {} bands by stand-ins, {} forks, {} times back to a cut or scene ({} of them rescues), {} saves, {} opened",
        count as f64 * 3600.0 / seconds,
        sum.events,
        sum.agreed,
        sum.compared,
        sum.stood_in,
        sum.lineages,
        sum.losses,
        sum.rescues,
        sum.saves[0],
        sum.saves[1]
    );
    println!("faults: {}", faults.iter().map(|(k, n)| format!("{k} {n}")).collect::<Vec<_>>().join(", "));
    if !bad.is_empty() {
        println!("violations: {bad:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
