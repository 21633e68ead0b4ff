//! `profiles`: the most water that rooms of several sizes carry at 60 ticks a second over networks of several kinds, and
//! whether they hold it without standing still: in virtual time, with devices that take so many nanoseconds for a particle
//! and a substep. One seed, one table.
//!
//! The water is that of `capacity`. The room decides who computes, unless everyone is to. What the first size of room carries is
//! what the others are compared with.

use crate::args::{Network, ProfilesArgs};
use crate::capacity::{CLOCK, search};
use crate::exchange::exchanges;
use crate::report::Exchange;
use anyhow::ensure;
use driver::Step;
use driver::backend::Choice;
use driver::net::netem::Netem;
use driver::virtual_time::{Cost, World};
use futures::executor::block_on;
use room::api::{Config, Event, Micros, Pace, PeerId, Profile, Status};
use serde::Serialize;
use std::collections::BTreeMap;
use words::english;

/// Substeps of a tick.
const SUBSTEPS: u64 = sim_kernels::constants::SUBSTEPS as u64;
/// What each job takes besides.
const JOB_US: u64 = 200;
/// A longer stall is one that people see.
const STALL_US: Micros = 250_000;
/// Who has computed nothing by then never will.
const BEGINS_US: Micros = 120_000_000;
/// How much of the most that it carries a room holds for long, in percent.
const HELD_PERCENT: u64 = 90;

impl Network {
    /// What becomes of what a participant sends.
    const fn netem(self) -> Netem {
        let [latency_us, loss_ppm, bytes_per_s] = match self {
            Self::Lan => [250, 0, 125_000_000],
            Self::Home => [20_000, 0, 2_500_000],
            Self::Far => [75_000, 10_000, 0],
        };
        let (jitter_us, copy_ppm, corrupt_ppm, inbound_us) = (0, 0, 0, 0);
        let loss_ppm = loss_ppm as u32;
        Netem { latency_us, jitter_us, loss_ppm, copy_ppm, corrupt_ppm, bytes_per_s, inbound_us }
    }
}

/// What is found.
#[derive(Debug, Serialize)]
struct Found {
    ns: u64,
    rooms: Vec<Room>,
}

/// Of one size of room over one network.
#[derive(Debug, Serialize)]
struct Room {
    network: Network,
    peers: u32,
    /// Particles in all.
    carries: u64,
    /// At that load.
    most: Run,
    /// For long, with somewhat less.
    held: Option<Run>,
}

/// A run of some load.
#[derive(Clone, Debug, Serialize)]
struct Run {
    particles: u64,
    seconds: u64,
    /// Ticks a second at which all regions got on.
    rate: f64,
    /// How many computed at the end.
    computing: usize,
    superstep: u32,
    exchange_us: Exchange,
    /// The longest for which the world stood still, beyond the ticks that it then did, in milliseconds; and how many such
    /// times were longer than is to be.
    stall_ms: f64,
    stalls: usize,
    /// Bytes that all participants sent in a second.
    bytes_per_s: f64,
    told: Vec<String>,
}

/// Measures.
pub fn run(args: &ProfilesArgs) -> anyhow::Result<()> {
    ensure!(args.from < args.seconds, "--from {}: write a second before --seconds {}", args.from, args.seconds);
    ensure!((0.1..=50.0).contains(&args.precision), "--precision {}: write percent from 0.1 to 50", args.precision);
    let mut found = Found { ns: args.ns, rooms: Vec::new() };
    println!(
        "| network | peers | particles in all | of the first | compute | K | exchange p50, p99 ms | kB/s sent | worst stall |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for &network in &args.network {
        let (mut guess, mut one) = (f64::from(args.guess), None);
        for &peers in &args.peers {
            let short = |load| once(args, network, peers, load, args.seconds).map(|run| (run.rate, run));
            let (carries, most) = match args.load {
                Some(load) => (load, short(load)?.1),
                None => search(args.precision, guess, short)?,
            };
            guess = f64::from(carries);
            let all = u64::from(carries) * u64::from(peers);
            let one = *one.get_or_insert(all as f64);
            print(network, peers, one, &most);
            let held = args.hold.map(|minutes| {
                let load = u64::from(carries) * HELD_PERCENT / 100;
                once(args, network, peers, load as u32, minutes * 60)
            });
            let held = held.transpose()?;
            if let Some(held) = &held {
                print(network, peers, one, held);
            }
            found.rooms.push(Room { network, peers, carries: all, most, held });
        }
    }
    crate::report::write(args.json.as_deref(), &found)
}

fn print(network: Network, peers: u32, one: f64, run: &Run) {
    println!(
        "| {} | {peers} | {} for {} s: {:.1} ticks/s | {:.2} | {} | {} | {:.1}, {:.1} | {:.0} | {:.0} ms, {} over {} ms |",
        network.name(),
        run.particles,
        run.seconds,
        run.rate,
        run.particles as f64 / one,
        run.computing,
        run.superstep,
        f64::from(run.exchange_us.p50) / 1e3,
        f64::from(run.exchange_us.p99) / 1e3,
        run.bytes_per_s / 1e3,
        run.stall_ms,
        run.stalls,
        STALL_US / 1000,
    );
    run.told.iter().for_each(|line| eprintln!("{line}"));
}

/// A room of so many peers with so many particles each, for so long.
fn once(args: &ProfilesArgs, network: Network, peers: u32, load: u32, seconds: u64) -> anyhow::Result<Run> {
    let scene = args.water.scene(peers, load)?;
    let cost = Cost { job_us: JOB_US, tick_us: 0, million_us: args.ns * SUBSTEPS * 1000 };
    let ids: Vec<PeerId> = (1..=peers).map(|i| PeerId(u128::from(i))).collect();
    let mut world = World::new(args.seed);
    world.measure();
    for (i, &me) in ids.iter().enumerate() {
        let backend = block_on(driver::backend::make(&Choice::CpuThreads(args.threads as usize), None))?;
        let throughput = 1_000_000_000 / (args.ns * SUBSTEPS).max(1);
        let config = Config {
            me,
            profile: Profile { name: format!("peer {i}"), lend: true, backend: "CPU".into(), throughput },
            found: (i == 0).then(|| scene.clone()),
            superstep_ticks: args.superstep,
            pace: Pace::RealTime,
            wait_for: peers,
            equal_strips: args.all,
            stand_ins: !args.no_stand_ins,
            end_tick: None,
        };
        world.join(config, backend, cost, network.netem());
    }
    let mut seen: BTreeMap<PeerId, Status> = BTreeMap::new();
    let mut steps: BTreeMap<PeerId, Vec<Step>> = BTreeMap::new();
    let (mut told, mut began, mut looked) = (Vec::new(), None, 0);
    while began.is_none_or(|began| world.now() < began + seconds * 1_000_000) {
        let now = world.now();
        let tell = |peer: PeerId, event: Event| match event {
            Event::Status(status) => drop(seen.insert(peer, *status)),
            Event::Notice(notice) if peer == ids[0] => {
                let at = began.map_or(0.0, |began| now.saturating_sub(began) as f64 / 1e6);
                let status = seen.get(&peer).cloned().unwrap_or_default();
                told.push(format!("{at:.1} s: {}", english().notice(&notice, &status).text));
            }
            _ => {}
        };
        world.step(tell).map_err(anyhow::Error::msg)?;
        if world.now() > looked + 100_000 {
            looked = world.now();
            for &id in &ids {
                let new = world.steps(id);
                began = began.or(new.first().map(|step| step.ended_us));
                steps.entry(id).or_default().extend(new);
            }
            ensure!(began.is_some() || looked < BEGINS_US, "nobody has computed anything");
        }
    }
    ensure!(seen.values().all(|status| status.disagreements == 0), "two machines computed different worlds");
    let began = began.unwrap_or(0);
    let from = if seconds > args.from { began + args.from * 1_000_000 } else { began };
    let all: Vec<Vec<Step>> =
        steps.into_values().map(|steps| steps.into_iter().filter(|s| s.ended_us >= from).collect()).collect();
    let mut reached = reached(all.iter().flatten());
    stood_until(&mut reached, began + seconds * 1_000_000);
    let stalls = stalls(&reached);
    let all: Vec<&[Step]> = all.iter().map(Vec::as_slice).filter(|steps| !steps.is_empty()).collect();
    let first = &seen[&ids[0]];
    let sent: u64 = ids.iter().filter_map(|&id| world.node(id)).map(|node| node.totals().bytes[0]).sum();
    Ok(Run {
        particles: u64::from(load) * u64::from(peers),
        seconds,
        rate: rate(&reached),
        computing: first.people.iter().filter(|p| p.region.is_some_and(|r| !r.is_empty())).count(),
        superstep: first.superstep_ticks,
        exchange_us: Exchange::of(exchanges(&all)).unwrap_or_default(),
        stall_ms: stalls.iter().copied().max().unwrap_or(0) as f64 / 1e3,
        stalls: stalls.iter().filter(|&&us| us > STALL_US).count(),
        bytes_per_s: sent as f64 * 1e6 / world.now().max(1) as f64,
        told,
    })
}

/// When all regions were at a tick.
pub fn reached<'a>(all: impl Iterator<Item = &'a Step>) -> Vec<(u64, Micros)> {
    let mut at: BTreeMap<u64, Micros> = BTreeMap::new();
    for step in all {
        let last = at.entry(step.tick).or_default();
        *last = step.ended_us.max(*last);
    }
    let mut newest = 0;
    let mut reached: Vec<(u64, Micros)> = at.into_iter().collect();
    for (_, at) in &mut reached {
        newest = newest.max(*at);
        *at = newest;
    }
    reached
}

/// Who stands still at the end does so until then: without this a room that died would have been as fast as before.
fn stood_until(reached: &mut Vec<(u64, Micros)>, end: Micros) {
    if let Some(&(tick, at)) = reached.last()
        && end > at + STALL_US
    {
        reached.push((tick, end));
    }
}

/// Between each two of these: how much longer than the ticks between them take.
pub fn stalls(reached: &[(u64, Micros)]) -> Vec<Micros> {
    let late = |w: &[(u64, Micros)]| (w[1].1 - w[0].1).saturating_sub((w[1].0 - w[0].0) * 1_000_000 / CLOCK);
    reached.windows(2).map(late).collect()
}

fn rate(reached: &[(u64, Micros)]) -> f64 {
    let (Some(first), Some(last)) = (reached.first(), reached.last()) else { return 0.0 };
    let us = last.1.saturating_sub(first.1);
    if us == 0 { 0.0 } else { (last.0 - first.0) as f64 * 1e6 / us as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(tick: u64, ms: u64) -> Step {
        Step { tick, x0: 0, bands_us: 0, inside_us: [0; 2], began_us: 0, ended_us: ms * 1_000 }
    }

    #[test]
    fn the_room_is_where_its_last_region_is() {
        let all = [vec![step(2, 30), step(4, 60), step(6, 100)], vec![step(2, 35), step(4, 460), step(6, 470)]];
        let reached = reached(all.iter().flatten());
        assert_eq!(reached, [(2, 35_000), (4, 460_000), (6, 470_000)]);
        assert_eq!(stalls(&reached), [425_000 - 33_333, 0]);
        assert!((rate(&reached) - 4.0 / 0.435).abs() < 1e-9);
        assert_eq!(rate(&[]), 0.0);
    }

    #[test]
    fn a_room_that_stands_still_at_the_end_is_slow() {
        let ran = || vec![(60, 1_000_000), (660, 11_000_000)];
        let (mut goes_on, mut stands) = (ran(), ran());
        stood_until(&mut goes_on, 11_200_000);
        stood_until(&mut stands, 21_000_000);
        assert_eq!((goes_on.len(), rate(&goes_on)), (2, 60.0));
        assert_eq!((rate(&stands), stalls(&stands)[1]), (30.0, 10_000_000));
    }
}
