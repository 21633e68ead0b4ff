//! `exchange`: several processes of this program in one room over WebRTC on this machine, and what a
//! superstep's exchange takes between them, without computing.
//!
//! Each process notes by the machine's clock when a superstep ended and when the last band of the next one
//! came. An exchange lasts from the moment at which the participant and its neighbours had all sent their bands
//! until the participant had all that it needs; waiting for a neighbour that computes longer is not part of it.

use crate::args::{Args, ExchangeArgs, Mode};
use crate::bands::BandSizes;
use crate::processes::{self, Line};
use crate::report::{Bands, Datagrams, Exchange};
use crate::run_none;
use anyhow::{Context, bail, ensure};
use clap::Parser;
use driver::Step;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is found.
#[derive(Debug, Serialize)]
struct Found {
    scene: String,
    ticks: [u64; 2],
    processes: u32,
    superstep: u32,
    real_time: bool,
    exchanges: usize,
    exchange_us: Exchange,
    worst_us: u32,
    bands: Bands,
    codes: BandSizes,
    datagrams: Datagrams,
    digest: String,
}

/// Measures.
pub fn run(args: &ExchangeArgs) -> anyhow::Result<()> {
    ensure!(args.from < args.ticks, "--from {}: write a tick before --ticks {}", args.from, args.ticks);
    crate::args::scene(&args.scene)?;
    let line = |i: u32| {
        let mut line = Line::of(&args.scene, "exchange", i, args.shards, args.threads);
        line.ticks(args.ticks, args.from);
        line.option("--superstep", args.superstep);
        if args.fast {
            line.flag("--fast");
        }
        line
    };
    let reports = processes::joined((0..args.shards).map(line).collect(), Duration::from_secs(args.timeout))?;
    let digest = reports[0].digest.clone();
    ensure!(reports.iter().all(|r| r.digest == digest), "the processes do not agree on the digest");
    let mut bands = Bands::default();
    let mut datagrams = Datagrams::default();
    for report in &reports {
        let (b, d) = (report.bands.unwrap_or_default(), report.datagrams.unwrap_or_default());
        bands = Bands::new(bands.particles + b.particles, bands.message_bytes + b.message_bytes, bands.bytes + b.bytes);
        datagrams.sent += d.sent;
        datagrams.bytes += d.bytes;
        datagrams.lost += d.lost;
        datagrams.resent += d.resent;
    }
    let times = exchanges(&reports.iter().map(|r| r.steps.as_slice()).collect::<Vec<_>>());
    let (exchanges, worst_us) = (times.len(), times.iter().copied().max().unwrap_or(0));
    let exchange_us = Exchange::of(times).context("nothing was exchanged: the processes did not compute together")?;
    let found = Found {
        scene: args.scene.clone(),
        ticks: [args.from, args.ticks],
        processes: args.shards,
        superstep: args.superstep,
        real_time: !args.fast,
        exchanges,
        exchange_us,
        worst_us,
        bands,
        codes: codes(args)?,
        datagrams,
        digest,
    };
    found.print();
    crate::report::write(args.json.as_deref(), &found)?;
    println!("digest {}", found.digest);
    Ok(())
}

impl Found {
    fn print(&self) {
        let ms = |us: u32| f64::from(us) / 1000.0;
        let pace = if self.real_time { "real time" } else { "as fast as can be" };
        let [raw, zstd, ours] = self.codes.per_particle();
        eprintln!("{} processes, {}, ticks {} to {}, {pace}", self.processes, self.scene, self.ticks[0], self.ticks[1]);
        eprintln!(
            "exchange, K = {}          p50 {:.2} ms, p99 {:.2} ms, worst {:.2} ms, of {}",
            self.superstep,
            ms(self.exchange_us.p50),
            ms(self.exchange_us.p99),
            ms(self.worst_us),
            self.exchanges
        );
        eprintln!(
            "bytes a band particle    {:.2} with the links' headers and resends, of {} particles",
            self.bands.bytes_per_particle, self.bands.particles
        );
        eprintln!("codes without headers    raw {raw:.2}, zstd {zstd:.2}, ours {ours:.2} (equal strips)");
        eprintln!(
            "datagrams                {} sent, {} bytes, {} lost, {} pieces sent again",
            self.datagrams.sent, self.datagrams.bytes, self.datagrams.lost, self.datagrams.resent
        );
    }
}

/// For each participant's superstep, microseconds from the last relevant end to the last band.
pub fn exchanges(all: &[&[Step]]) -> Vec<u32> {
    let mut ends: BTreeMap<u64, Vec<(i32, u64)>> = BTreeMap::new();
    for step in all.iter().copied().flatten() {
        // A step that was speculative first and then computed counts once, as it was computed.
        let row = ends.entry(step.tick).or_default();
        row.retain(|r| r.0 != step.x0);
        row.push((step.x0, step.ended_us));
    }
    ends.values_mut().for_each(|e| e.sort_unstable());
    let mut times = Vec::new();
    for steps in all {
        for pair in steps.windows(2) {
            let [before, step] = pair else { continue };
            let Some(row) = ends.get(&before.tick).filter(|row| row.len() == all.len()) else { continue };
            let Some(i) = row.iter().position(|r| r.0 == before.x0) else { continue };
            let sent = row[i.saturating_sub(1)..(i + 2).min(row.len())].iter().map(|r| r.1).max();
            let us = sent.map_or(0, |sent| step.bands_us.saturating_sub(sent));
            times.push(u32::try_from(us).unwrap_or(u32::MAX));
        }
    }
    times
}

/// The same bands in other codes: one process over strips of equal width has the same particles in them.
fn codes(args: &ExchangeArgs) -> anyhow::Result<BandSizes> {
    let numbers = [args.ticks, u64::from(args.shards), u64::from(args.superstep)].map(|n| n.to_string());
    let [ticks, shards, superstep] = &numbers;
    let line = ["tidepool-headless", "run", "--scene", &args.scene, "--ticks", ticks, "--shards", shards];
    let parsed = Args::try_parse_from(line.into_iter().chain(["--superstep", superstep]))?;
    eprintln!("counting such bands in other codes");
    let Mode::Run(mut run) = parsed.mode else { bail!("the line says run") };
    run.codes_from = Some(args.from);
    Ok(run_none::run(&run, &run.opening()?)?.0.band_codes.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(tick: u64, x0: i32, bands_us: u64, ended_us: u64) -> Step {
        Step { tick, x0, bands_us, inside_us: [0; 2], began_us: bands_us, ended_us }
    }

    #[test]
    fn an_exchange_begins_when_the_neighbours_have_sent() {
        let left = [step(2, 0, 0, 100), step(4, 0, 930, 1500)];
        let middle = [step(2, 16, 0, 900), step(4, 16, 2050, 3000)];
        let right = [step(2, 32, 0, 2000), step(4, 32, 2010, 2500)];
        // The left one waits for the middle one only, the others for the right one.
        assert_eq!(exchanges(&[&left, &middle, &right]), [30, 50, 10]);
        // A tick that not all have written down says nothing.
        assert_eq!(exchanges(&[&left, &middle[1..], &right]), [0u32; 0]);
    }
}
