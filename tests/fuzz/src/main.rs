//! `fuzz`: tries every target with changed messages of a real room, for a number of executions or seconds.

use anyhow::Context;
use clap::Parser;
use driver::link::{Link, LinkConfig};
use fuzz::change::{change, session};
use fuzz::kinds;
use fuzz::small::Small;
use fuzz::targets::{ALL, Target};
use netsim::Rng;
use sim_kernels::stamp::Stamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The memory that the program may have had at its peak, in KiB.
const PEAK_KIB_MAX: u64 = 1 << 20;
/// Known messages of one kind; more teach nothing.
const KIND_MAX: usize = 24;

/// Bytes from an enemy.
#[derive(Parser)]
struct Args {
    /// Executions in all; 0: as many as the time allows.
    #[arg(long, default_value_t = 0)]
    executions: u64,
    /// Seconds in all, where no executions are given.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Only this target: message, band, datagram, stamp, link, scene, save, recording, room.
    #[arg(long)]
    target: Option<String>,
    /// What drives the changes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// First the files of this folder, each in its target's folder, as they are.
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Writes the known messages there, for a fuzzer with coverage's guidance, and ends.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// Writes one sample of each kind of message there, named after its kind, and ends: what `corpus/message` holds.
    #[arg(long, value_name = "DIR")]
    write_samples: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(folder) = &args.write_samples {
        return write_samples(folder);
    }
    let known = known();
    if let Some(folder) = &args.write {
        return write(folder, &known);
    }
    let chosen = |t: &&Target| args.target.as_ref().is_none_or(|name| name == t.name);
    let targets: Vec<&Target> = ALL.iter().filter(chosen).collect();
    anyhow::ensure!(!targets.is_empty(), "there is no such target; --help names them");
    if let Some(folder) = &args.corpus {
        println!("corpus: {} files", replay(folder, &targets)?);
    }
    let began = Instant::now();
    let mut executions = 0;
    for (i, target) in targets.iter().enumerate() {
        let left = (targets.len() - i) as u64;
        let time = Duration::from_secs(args.seconds).saturating_sub(began.elapsed()) / left as u32;
        let most = if args.executions > 0 { share(target.name, args.executions, &targets) } else { u64::MAX };
        let count = run(target, args.seed, &known, most, (args.executions == 0).then_some(time))?;
        executions += count;
        println!("{:9} {count} executions", target.name);
    }
    let peak = peak_kib();
    println!(
        "{executions} executions in {:.0} s, peak memory {} MiB, no crash",
        began.elapsed().as_secs_f64(),
        peak >> 10
    );
    anyhow::ensure!(peak < PEAK_KIB_MAX, "more memory than {} MiB", PEAK_KIB_MAX >> 10);
    Ok(())
}

/// Quick targets get most of a number of executions.
fn share(name: &str, executions: u64, targets: &[&Target]) -> u64 {
    let weight = |name: &str| match name {
        "message" | "band" | "datagram" => 300,
        "stamp" => 100,
        "link" => 60,
        "scene" | "save" | "recording" => 38,
        _ => 2,
    };
    let all: u64 = targets.iter().map(|t| weight(t.name)).sum();
    (executions * weight(name)).div_ceil(all)
}

fn run(
    target: &Target,
    seed: u64,
    known: &BTreeMap<&'static str, Vec<Vec<u8>>>,
    most: u64,
    time: Option<Duration>,
) -> anyhow::Result<u64> {
    let mut rng = Rng::new(seed, target.name);
    let none = Vec::new();
    let known = known.get(target.name).unwrap_or(&none);
    let began = Instant::now();
    let mut count = 0;
    while count < most && time.is_none_or(|t| count % 64 != 0 || began.elapsed() < t) {
        let bytes = match target.name {
            "link" | "room" => session(&mut rng, known),
            _ => change(&mut rng, known),
        };
        let outcome = std::panic::catch_unwind(|| (target.run)(&bytes));
        if outcome.is_err() {
            let path = std::env::temp_dir().join(format!("tidepool-crash-{}.bin", target.name));
            let _ = std::fs::write(&path, &bytes);
            anyhow::bail!("target {}: {} bytes that do harm are in {}", target.name, bytes.len(), path.display());
        }
        count += 1;
    }
    Ok(count)
}

/// What a good room and good links say.
fn known() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let small = Small::running();
    let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
    let mut messages = Vec::new();
    let samples = kinds::samples(&small.said, &small.saved);
    for bytes in small.said.iter().chain(&samples) {
        let count = counts.entry(bytes.first().copied().unwrap_or(0)).or_default();
        if *count < KIND_MAX {
            *count += 1;
            messages.push(bytes.clone());
        }
    }
    let bands = messages.iter().filter_map(|m| room::wire::decode(m).ok().map(|d| d.1.to_vec()));
    let is_band = |payload: &Vec<u8>| payload.len() > 8 && room::bandcode::decode(payload).is_some();
    let mut bands: Vec<Vec<u8>> = bands.filter(is_band).collect();
    bands.push(room::bandcode::encode(&[]));
    let scenes = driver::scene_file::BUILT_IN.iter().map(|(_, text)| text.as_bytes().to_vec()).collect();
    let datagrams = datagrams(&messages);
    BTreeMap::from([
        ("message", messages.clone()),
        ("room", messages),
        ("band", bands),
        ("scene", scenes),
        ("recording", kinds::recordings(&small.saved)),
        ("save", small.saved),
        ("stamp", stamps()),
        ("datagram", datagrams.clone()),
        ("link", datagrams),
    ])
}

/// A stamp's file, and codes of it as it is turned.
fn stamps() -> Vec<Vec<u8>> {
    let stamp = Stamp::sample();
    let codes = (0..2).map(|turns| stamp.clone().laid(turns, turns == 1).encode());
    std::iter::once(sim_kernels::stamp_file::write(&stamp)).chain(codes).collect()
}

/// What a link makes of messages.
fn datagrams(messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut now = 1_000_000;
    let (mut a, mut b) = (Link::new(LinkConfig::default(), now), Link::new(LinkConfig::default(), now));
    let mut all = Vec::new();
    for (i, message) in messages.iter().cycle().take(120).enumerate() {
        now += 4_000;
        let channel = driver::link::wire::channel(i % 4).unwrap_or(room::api::Channel::Log);
        a.send(now, channel, message.clone());
        while let Some(datagram) = a.poll_transmit(now) {
            b.handle_datagram(now, &datagram);
            all.push(datagram);
        }
        b.tick(now);
        while let Some(datagram) = b.poll_transmit(now) {
            a.handle_datagram(now, &datagram);
            all.push(datagram);
        }
    }
    all
}

fn write(folder: &Path, known: &BTreeMap<&'static str, Vec<Vec<u8>>>) -> anyhow::Result<()> {
    for (name, all) in known {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder)?;
        for (i, bytes) in all.iter().enumerate() {
            std::fs::write(folder.join(format!("known-{i:03}.bin")), bytes)?;
        }
    }
    Ok(())
}

fn write_samples(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (_, name, bytes) in kinds::named_samples() {
        std::fs::write(folder.join(name).with_extension("bin"), bytes)?;
    }
    Ok(())
}

/// Gives each target the files of its folder; how many there were.
fn replay(folder: &Path, targets: &[&Target]) -> anyhow::Result<u64> {
    let mut count = 0;
    for target in targets {
        let folder = folder.join(target.name);
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            (target.run)(&std::fs::read(entry?.path())?);
            count += 1;
        }
    }
    Ok(count)
}

/// The most memory that this program has had, where the system tells.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().split(' ').next()).and_then(|n| n.parse().ok()).unwrap_or(0)
}
