//! `capacity`: the largest load that each peer of a room carries at 60 ticks a second, for rooms of several sizes: C(n), beside
//! what as many rooms of one carry at once on the same machine.
//!
//! Each peer is a process of its own, so that nothing crosses from one to another but what WebRTC carries. Water stands in
//! a column for each peer, and falls: the columns run into each other, so every seam is crossed by all that is there.

use crate::args::{CapacityArgs, Water};
use crate::exchange::exchanges;
use crate::processes::{self, Folder, Line};
use crate::report::{Exchange, Report};
use anyhow::{Context, ensure};
use driver::Step;
use serde::Serialize;
use sim_kernels::constants::GRAVITY_DEFAULT;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::{Block, Scene};
use std::time::Duration;

/// Ticks a second of the slowest region that count as real time.
const REAL_TIME: f64 = 59.5;
/// Ticks a second at which a room is meant to run.
pub const CLOCK: u64 = 60;
/// How a search begins: by this factor up or down until a load holds and a larger one does not.
const STRIDE: f64 = 1.5;
/// Particles of a cell that is full.
const CELL: u32 = 4;
/// The least and the most particles a peer that are tried.
const LOADS: [f64; 2] = [1024.0, 1_500_000.0];
/// A room that is too slow by so much is told from one that hangs.
const SLOWEST: u64 = 8;

impl Water {
    /// Columns of cells a peer: of its part of the world, and of the water that stands there.
    const fn columns(self) -> [i32; 2] {
        match self {
            Water::Wide => [512, 384],
            Water::Deep => [128, 96],
            Water::Calm => [512, 512],
        }
    }

    /// A world for so many peers with so many particles each, to a row of a cell exactly.
    pub fn scene(self, peers: u32, load: u32) -> anyhow::Result<Scene> {
        let [pitch, width] = self.columns();
        let peers = peers as i32;
        let cells = (load / CELL) as i32;
        let rows = cells / width;
        let world = WorldSize::new(pitch * peers, ((rows + 1) * 4 / 3 + 15) / 16 * 16);
        let world = world.with_context(|| format!("{load} particles for each of {peers} peers do not fit a world"))?;
        let column = |peer: i32| {
            let x0 = peer * pitch;
            let full = Block::water(Rect::new(x0, 0, x0 + width, rows));
            let rest = Block::water(Rect::new(x0, rows, x0 + cells % width, rows + 1));
            [full, rest].into_iter().filter(|block| block.x0 < block.x1 && block.y0 < block.y1)
        };
        Ok(Scene {
            title: "capacity".into(),
            world,
            gravity: [0, -GRAVITY_DEFAULT],
            terrain: Vec::new(),
            blocks: (0..peers).flat_map(column).collect(),
            commands: Vec::new(),
        })
    }
}

/// What is found.
#[derive(Debug, Serialize)]
struct Found {
    water: Water,
    threads: u32,
    precision_percent: f64,
    runs: u16,
    seconds: [u64; 2],
    rooms: Vec<Room>,
}

/// Of one size of room.
#[derive(Debug, Serialize)]
struct Room {
    peers: u32,
    /// Particles a peer.
    carries: u32,
    /// The same where each peer is alone, all of them at once.
    alone: u32,
    /// Of all that they carry alone.
    efficiency: f64,
    /// Ticks a superstep, at the load that held.
    superstep: u32,
    /// At the load that held.
    exchange_us: Exchange,
    /// Datagrams lost, at the load that held.
    lost: u64,
}

/// A run of some load.
#[derive(Clone, Debug)]
struct Run {
    /// Ticks a second of the slowest region.
    rate: f64,
    superstep: u32,
    exchange_us: Exchange,
    lost: u64,
}

/// Measures.
pub fn run(args: &CapacityArgs) -> anyhow::Result<()> {
    ensure!(args.from < args.seconds, "--from {}: write a second before --seconds {}", args.from, args.seconds);
    ensure!((0.1..=50.0).contains(&args.precision), "--precision {}: write percent from 0.1 to 50", args.precision);
    let mut found = Found {
        water: args.water,
        threads: args.threads,
        precision_percent: args.precision,
        runs: args.runs,
        seconds: [args.from, args.seconds],
        rooms: Vec::new(),
    };
    let mut guess = f64::from(args.guess);
    println!(
        "| peers | particles each | alone, as many at once | efficiency | K | exchange p50, p99 ms | datagrams lost |"
    );
    println!("|---|---|---|---|---|---|---|");
    for &peers in &args.peers {
        let (carries, held) = search(args.precision, guess, |load| measured(args, 1, peers, load))?;
        let alone =
            if peers == 1 { carries } else { search(args.precision, guess, |load| measured(args, peers, 1, load))?.0 };
        guess = f64::from(alone);
        let efficiency = f64::from(carries) / f64::from(alone);
        let Run { superstep, exchange_us, lost, .. } = held;
        println!(
            "| {peers} | {carries} | {alone} | {:.1} % | {superstep} | {:.2}, {:.2} | {lost} |",
            100.0 * efficiency,
            f64::from(exchange_us.p50) / 1e3,
            f64::from(exchange_us.p99) / 1e3,
        );
        found.rooms.push(Room { peers, carries, alone, efficiency, superstep, exchange_us, lost });
    }
    crate::report::write(args.json.as_deref(), &found)
}

/// The largest load that holds, to the precision in percent that is asked for, and what was found of it. `run` answers
/// with the ticks a second first.
pub fn search<R>(
    precision: f64,
    guess: f64,
    run: impl Fn(u32) -> anyhow::Result<(f64, R)>,
) -> anyhow::Result<(u32, R)> {
    let (mut low, mut high): (Option<(f64, R)>, Option<f64>) = (None, None);
    let mut load = guess;
    loop {
        ensure!(
            (LOADS[0]..=LOADS[1]).contains(&load),
            "no load from {} to {} is the largest that holds",
            LOADS[0],
            LOADS[1]
        );
        let (rate, found) = run(load as u32)?;
        eprintln!("{} particles a peer: {rate:.1} ticks a second", load as u32);
        if rate >= REAL_TIME {
            low = Some((load, found));
        } else {
            high = Some(load);
        }
        load = match (low.take(), high) {
            (Some((load, found)), Some(high)) if high / load <= 1.0 + precision / 100.0 => {
                return Ok((load as u32, found));
            }
            (Some((load, found)), high) => {
                low = Some((load, found));
                high.map_or(load * STRIDE, |high| (load * high).sqrt())
            }
            (None, Some(high)) => high / STRIDE,
            (None, None) => load,
        };
    }
}

/// The median run, by the slowest region, of so many rooms at once of so many peers.
fn measured(args: &CapacityArgs, rooms: u32, peers: u32, load: u32) -> anyhow::Result<(f64, Run)> {
    let mut runs = (0..args.runs).map(|_| once(args, rooms, peers, load)).collect::<anyhow::Result<Vec<_>>>()?;
    runs.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    let median = runs.swap_remove(runs.len() / 2);
    Ok((median.rate, median))
}

fn once(args: &CapacityArgs, rooms: u32, peers: u32, load: u32) -> anyhow::Result<Run> {
    let folder = Folder::new()?;
    let scene = folder.0.join("capacity.ron");
    std::fs::write(&scene, ron::to_string(&args.water.scene(peers, load)?)?)?;
    let scene = scene.to_str().context("the folder for what passes has a name that is no text")?;
    let line = |room: u32, number: u32| {
        let mut line = Line::of(scene, &format!("capacity-{room}"), number, peers, args.threads);
        line.ticks(args.seconds * CLOCK, 1);
        line.option("--superstep", args.superstep);
        line
    };
    let lines = (0..rooms).flat_map(|room| (0..peers).map(move |number| (room, number)));
    let longest = Duration::from_secs(args.seconds * SLOWEST + 60);
    let reports = processes::joined(lines.map(|(room, number)| line(room, number)).collect(), longest)?;
    let window = Duration::from_secs(args.from)..Duration::from_secs(args.seconds);
    let rates = reports.iter().map(|report| rate(&report.steps, &window).context("a peer computed nothing"));
    let rate = rates.collect::<anyhow::Result<Vec<f64>>>()?.into_iter().fold(f64::MAX, f64::min);
    Ok(Run {
        rate,
        superstep: reports.iter().map(|report| report.superstep).max().unwrap_or(0),
        exchange_us: if peers == 1 { Exchange::default() } else { exchange(&reports) },
        lost: reports.iter().filter_map(|report| report.datagrams).map(|datagrams| datagrams.lost).sum(),
    })
}

fn exchange(reports: &[Report]) -> Exchange {
    let steps: Vec<&[Step]> = reports.iter().map(|report| report.steps.as_slice()).collect();
    Exchange::of(exchanges(&steps)).unwrap_or_default()
}

/// Ticks a second of a region, of that part of a run: counted from its first superstep.
fn rate(steps: &[Step], window: &std::ops::Range<Duration>) -> Option<f64> {
    let began = steps.first()?.ended_us;
    let since = |step: &&Step| Duration::from_micros(step.ended_us.saturating_sub(began));
    let within = || steps.iter().filter(|step| window.contains(&since(step)));
    let (first, last) = (within().next()?, within().next_back()?);
    let seconds = (last.ended_us.checked_sub(first.ended_us)?) as f64 / 1e6;
    (seconds > 0.0).then(|| last.tick.saturating_sub(first.tick) as f64 / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_has_as_many_particles_as_were_asked_for() {
        for (water, peers, load) in [(Water::Wide, 8, 49_152), (Water::Deep, 3, 10_004), (Water::Calm, 1, 1_200_000)] {
            let scene = water.scene(peers, load).unwrap();
            assert_eq!(scene.problem(), None, "{water:?}");
            assert_eq!(scene.particles(scene.world.rect()).len(), (peers * load) as usize, "{water:?}");
        }
        assert!(Water::Wide.scene(9, 1024).is_err(), "wider than a world may be");
    }

    #[test]
    fn a_rate_is_that_of_the_seconds_that_are_asked_for() {
        let step = |tick, ms: u64| Step {
            tick,
            x0: 0,
            bands_us: 0,
            inside_us: [0; 2],
            began_us: 0,
            ended_us: 1_000_000 + ms * 1_000,
        };
        // Slow at first, then 60 a second.
        let steps = [step(2, 0), step(4, 1_000), step(64, 2_000), step(124, 3_000), step(125, 60_000)];
        let seconds = |a, b| Duration::from_secs(a)..Duration::from_secs(b);
        assert_eq!(rate(&steps, &seconds(1, 4)), Some(60.0));
        assert_eq!(rate(&steps, &seconds(50, 60)), None);
        assert_eq!(rate(&[], &seconds(0, 1)), None);
    }
}
