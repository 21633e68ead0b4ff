//! `replay`: computes a recording again, on whatever computes here, and compares every digest with the one that the room had.
//! This is how a fault is looked into that somebody recorded.

use crate::args::ReplayArgs;
use crate::progress::Progress;
use crate::run_none::Shards;
use crate::saves::Opening;
use anyhow::{Context, bail};
use sim_kernels::command::Command;
use std::time::Instant;

/// Replays.
pub fn run(args: &ReplayArgs) -> anyhow::Result<()> {
    let opening = Opening::read(&args.file)?;
    let (save, _) = opening.save.as_ref().with_context(|| format!("{} is a scene and no recording", args.file))?;
    let log = save.log().with_context(|| format!("{} is a saved world and no recording", args.file))?.clone();
    let mut shards = Shards::new(&args.on, &opening)?;
    let (mut globals, first) = (opening.globals(), opening.tick());
    let span = |from: u64| log.next_stop(from).min(from + u64::from(args.superstep)).min(log.end) - from;
    eprintln!(
        "{}: ticks {first} to {}, {} steps with commands, {} digests, on {}",
        args.file,
        log.end,
        log.deeds.len(),
        log.digests.len(),
        shards.names().join("; ")
    );
    let (mut tick, mut compared) = (first, 0);
    let mut digest = save.head().digest;
    let mut bar = Progress::of_ticks(log.end - first);
    let began = Instant::now();
    shards.extract(span(tick) as u32)?;
    while tick < log.end {
        let after = tick + span(tick);
        let commands: Vec<Vec<Command>> = (tick..after).map(|tick| log.commands_at(tick)).collect();
        commands.iter().for_each(|all| globals.pass_tick(all));
        let told = log.digest(after);
        let look = told.is_some() || after == log.end;
        let outputs = shards.step(&commands, span(after) as u32, look, None)?;
        tick = after;
        bar.at(tick - first);
        if look {
            digest = globals.digest();
            outputs.iter().for_each(|output| digest.add(output.digest.unwrap_or_default()));
        }
        if let Some(told) = told {
            if told != digest {
                bar.finish();
                let (seconds, same) = ((tick - first) as f64 / 60.0, compared);
                bail!(
                    "the first difference is at tick {tick}, {seconds:.1} s after the beginning: \
                     recorded {told}, computed {digest}; {same} digests before it are the same"
                );
            }
            compared += 1;
        }
    }
    bar.finish();
    let (ticks, seconds) = (tick - first, began.elapsed().as_secs_f64());
    eprintln!("{ticks} ticks in {seconds:.1} s; {compared} digests compared, all the same");
    println!("digest {digest}");
    Ok(())
}
