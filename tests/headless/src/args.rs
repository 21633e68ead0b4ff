//! The command line.

use crate::faults::FaultArgs;
use crate::saves::{Opening, SaveAt};
use clap::{Parser, Subcommand, ValueEnum};
use driver::backend::Choice;
use driver::net::netem::Netem;
use driver::net::trust::Trust;
use driver::share::Share;
use room::api::Pace;
use sim_kernels::scene::Scene;
use std::path::PathBuf;

/// Tidepool without a window.
///
/// Progress and tables go to standard error. The last line of standard output of a run is
/// `digest <32 hex digits>`: the same for the same scene and number of ticks, whatever the shards, backends
/// and nets.
#[derive(Debug, Parser)]
#[command(name = "tidepool-headless", version)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub mode: Mode,
    /// Write when each superstep was computed, and what else took time, to this file: Chrome's trace format, for
    /// `chrome://tracing` or ui.perfetto.dev.
    #[arg(long, value_name = "FILE", global = true)]
    pub trace: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Mode {
    /// List the scenes.
    Scenes,
    /// Run a scene for a number of ticks and print the digest of the world.
    Run(Box<RunArgs>),
    /// Join a room and lend this machine to it.
    Join(Box<JoinArgs>),
    /// Compute a recording again and compare its digests: the first one that differs is told, and the program fails.
    Replay(ReplayArgs),
    /// Measure the exchange between processes of this program over WebRTC, on this machine alone.
    Exchange(ExchangeArgs),
    /// Measure how much each peer of a room carries in real time, for rooms of several sizes, on this machine alone.
    Capacity(CapacityArgs),
    /// Measure how much rooms of several sizes carry over networks of several kinds, and whether they hold it: in virtual time.
    Profiles(ProfilesArgs),
    /// Measure how soon people see each other's pointers over WebRTC, on this machine alone.
    Pointers(PointersArgs),
    /// Measure how a room goes back in time together over WebRTC, on this machine alone.
    Returns(ReturnsArgs),
}

/// Which kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// The CPU.
    Cpu,
    /// A GPU; without a real one a software adapter, without that an error.
    Gpu,
    /// GPU, CPU, GPU, … by shard.
    Mixed,
}

/// What joins the shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Net {
    /// Nothing: one loop hands bands from backend to backend; no room protocol.
    None,
    /// The room protocol over a virtual network, in one thread and in virtual time.
    Virtual,
    /// The room protocol over WebRTC: one socket a shard in this process, signaling on 127.0.0.1.
    Webrtc,
}

/// Latency, jitter, loss and thin uplinks above either net.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct NetemArgs {
    /// Added to every datagram, one way, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0.0)]
    pub latency: f64,
    /// Up to so much more, in milliseconds; this reorders.
    #[arg(long, value_name = "MS", default_value_t = 0.0)]
    pub jitter: f64,
    /// Datagrams lost, in percent.
    #[arg(long, value_name = "PCT", default_value_t = 0.0)]
    pub loss: f64,
    /// What each participant's uplink carries, in Mbit/s; what waits longer than 250 ms for it is lost, as in a
    /// router at home. No limit unless given.
    #[arg(long, value_name = "MBIT")]
    pub bandwidth: Option<f64>,
    /// What drives jitter and loss.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

impl NetemArgs {
    /// What drives one of several peers' jitter and loss.
    pub fn seed_of(self, peer: u64) -> u64 {
        self.seed.wrapping_mul(1_000_003).wrapping_add(peer)
    }

    /// What becomes of what a peer sends.
    pub fn netem(self) -> anyhow::Result<Netem> {
        let us = |ms: f64, what: &str| {
            let fits = (0.0..=60_000.0).contains(&ms);
            anyhow::ensure!(fits, "--{what} {ms}: write milliseconds from 0 to 60000");
            Ok((ms * 1000.0) as u64)
        };
        anyhow::ensure!((0.0..=90.0).contains(&self.loss), "--loss {}: write percent from 0 to 90", self.loss);
        let fits = self.bandwidth.is_none_or(|mbit| (0.01..=100_000.0).contains(&mbit));
        anyhow::ensure!(fits, "--bandwidth: write Mbit/s from 0.01 to 100000");
        Ok(Netem {
            latency_us: us(self.latency, "latency")?,
            jitter_us: us(self.jitter, "jitter")?,
            loss_ppm: (self.loss * 10_000.0) as u32,
            bytes_per_s: (self.bandwidth.unwrap_or(0.0) * 125_000.0) as u64,
            ..Netem::default()
        })
    }
}

/// What computes.
#[derive(Debug, clap::Args)]
pub struct Computing {
    /// How many participants compute.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub shards: u32,
    /// Which kernels.
    #[arg(long, value_enum, default_value = "cpu")]
    pub backend: Backend,
    /// Instead of `gpu`'s own choice: the first adapter whose name contains this.
    #[arg(long, value_name = "NAME")]
    pub adapter: Option<String>,
    /// Threads of each CPU backend; all processors unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub threads: Option<u32>,
}

impl Computing {
    /// What a shard computes on.
    pub fn choice(&self, shard: u32) -> Choice {
        let gpu = match self.backend {
            Backend::Cpu => false,
            Backend::Gpu => true,
            Backend::Mixed => shard.is_multiple_of(2),
        };
        match (gpu, &self.adapter, self.threads) {
            (true, Some(name), _) => Choice::Named(name.clone()),
            (true, None, _) => Choice::AnyGpu,
            (false, _, Some(threads)) => Choice::CpuThreads(threads as usize),
            (false, _, None) => Choice::Cpu,
        }
    }
}

/// `run`
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// A scene's name (see `scenes`), `stress:N`, a path that ends in .ron, or a save: the run goes on from it.
    #[arg(long, value_name = "NAME|FILE")]
    pub scene: String,
    /// The tick at which the run ends, counted from the scene's beginning; 60 are a second.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub ticks: u64,
    #[command(flatten)]
    pub on: Computing,
    /// What joins the shards.
    #[arg(long, value_enum, default_value = "none")]
    pub net: Net,
    #[command(flatten)]
    pub netem: NetemArgs,
    #[command(flatten)]
    pub faults: FaultArgs,
    /// 60 ticks a second at most, as when people play, instead of as fast as can be.
    #[arg(long)]
    pub real_time: bool,
    /// Nobody stands in for anybody.
    #[arg(long)]
    pub no_stand_ins: bool,
    /// Ticks computed without communication; 0 lets the room choose (1 with `--net none`).
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=64))]
    pub superstep: u32,
    /// Draw the last view field.
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// Pixels a cell along each axis of that picture.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub pixels: u32,
    /// Write the figures of the run.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Count bands in other codes, too, from this tick on (set by `exchange`).
    #[arg(skip)]
    pub codes_from: Option<u64>,
    /// Write a picture every 10 ticks or so, the scene, and the digests that became known (digests.csv).
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Save the world at the first cut at this tick or after it.
    #[arg(long, value_name = "FILE@TICK")]
    pub save: Option<SaveAt>,
    /// Write a recording for `replay`: with `--net none` of the whole run, else of what the room still knows at its end.
    #[arg(long, value_name = "FILE")]
    pub recording: Option<PathBuf>,
    /// Give up after so many seconds of real time.
    #[arg(long, value_name = "S", default_value_t = 3600)]
    pub timeout: u64,
}

impl RunArgs {
    /// The scene or save, with an error that says what to write instead.
    pub fn opening(&self) -> anyhow::Result<Opening> {
        let opening = Opening::read(&self.scene)?;
        let tick = opening.tick();
        anyhow::ensure!(
            self.ticks > tick,
            "--ticks {}: the save {} is of tick {tick}, and ticks are counted from the scene's beginning",
            self.ticks,
            self.scene
        );
        if let Some(save) = self.save.as_ref().filter(|save| save.tick > self.ticks) {
            anyhow::bail!(
                "--save {}@{}: the run ends at tick {} and never gets there",
                save.file.display(),
                save.tick,
                self.ticks
            );
        }
        Ok(opening)
    }

    /// What becomes of what a shard sends and gets.
    pub fn netem_of(&self, shard: u32) -> anyhow::Result<Netem> {
        let (netem, delay_us) = (self.netem.netem()?, self.faults.delay_us(shard));
        Ok(Netem { latency_us: netem.latency_us + delay_us, inbound_us: delay_us, ..netem })
    }

    /// As fast as can be, unless asked for otherwise.
    pub fn pace(&self) -> Pace {
        if self.real_time { Pace::RealTime } else { Pace::Fast }
    }
}

/// `replay`
#[derive(Debug, clap::Args)]
pub struct ReplayArgs {
    /// The recording: what Back in time, `join --recording` or `run --recording` wrote.
    pub file: String,
    #[command(flatten)]
    pub on: Computing,
    /// Ticks computed without communication at most.
    #[arg(long, value_name = "K", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub superstep: u32,
}

/// `join`
#[derive(Debug, clap::Args)]
pub struct JoinArgs {
    /// The signaling server: `ws://HOST:3536`, or `wss://HOST:3537`.
    #[arg(long, value_name = "URL", default_value = "ws://localhost:3536")]
    pub signaling: String,
    /// With wss: believe the server whose certificate has this SHA-256 (the server prints it).
    #[arg(long, value_name = "HEX")]
    pub fingerprint: Vec<String>,
    /// With wss: believe the certificates of this PEM file (an authority's, or the server's own).
    #[arg(long, value_name = "FILE")]
    pub ca: Vec<PathBuf>,
    /// The room's name.
    #[arg(long, value_name = "NAME")]
    pub room: String,
    /// What the others see; this machine's name unless given.
    #[arg(long)]
    pub name: Option<String>,
    /// auto, cpu, gpu, software, or a part of the adapter's name.
    #[arg(long, default_value = "auto")]
    pub backend: Choice,
    /// Threads of the CPU backend; all processors unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub threads: Option<u32>,
    /// Lend so much of what computes, in percent (10 to 100): it rests in between, and the room gives it less.
    #[arg(long, value_name = "PERCENT", default_value = "100", conflicts_with = "watch")]
    pub share: Share,
    /// Only watch; do not compute.
    #[arg(long)]
    pub watch: bool,
    /// Leave in order after so many seconds; otherwise at Ctrl-C.
    #[arg(long, value_name = "S")]
    pub leave_after: Option<f64>,
    /// The scene or save to open the room with, should this machine be the first one in it.
    #[arg(long, value_name = "NAME|FILE", default_value = "waterfall")]
    pub scene: String,
    /// Before leaving, write a recording for `replay` of what this machine still knows of the room: minutes.
    #[arg(long, value_name = "FILE")]
    pub recording: Option<PathBuf>,
    /// Stop the world at this tick, print its digest and leave (everyone in the room needs the same).
    #[arg(long, value_name = "N")]
    pub ticks: Option<u64>,
    /// Count bands and datagrams from this tick on only, and write the times of its supersteps into --json.
    #[arg(long, value_name = "N")]
    pub measure_from: Option<u64>,
    /// Wait for this many computing peers before the first tick.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub wait_for: u32,
    /// Ticks computed without communication; 0 lets the room choose.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=64))]
    pub superstep: u32,
    /// Strips of equal width, as fast as can be (for measuring; otherwise by throughput, in real time).
    #[arg(long)]
    pub fast: bool,
    #[command(flatten)]
    pub netem: NetemArgs,
    /// Draw the last view field.
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// Write the figures of the run.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl JoinArgs {
    /// Whom to believe besides the public authorities.
    pub fn trust(&self) -> anyhow::Result<Trust> {
        Trust::read(&self.fingerprint, &self.ca).map_err(anyhow::Error::msg)
    }
}

/// `exchange`
#[derive(Debug, clap::Args)]
pub struct ExchangeArgs {
    /// A scene's name (see `scenes`), `stress:N`, or a path that ends in .ron.
    #[arg(long, value_name = "NAME|FILE.ron", default_value = "dam-break")]
    pub scene: String,
    /// The tick at which the run ends.
    #[arg(long, value_name = "N", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub ticks: u64,
    /// The tick from which everything is counted.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub from: u64,
    /// How many processes.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..=8))]
    pub shards: u32,
    /// Ticks computed without communication.
    #[arg(long, value_name = "K", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub superstep: u32,
    /// Threads of each process.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub threads: u32,
    /// As fast as can be, in strips of equal width, instead of in real time.
    #[arg(long)]
    pub fast: bool,
    /// Write the figures.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Give up after so many seconds.
    #[arg(long, value_name = "S", default_value_t = 300)]
    pub timeout: u64,
}

/// How the water of `capacity` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Water {
    /// Columns that fall, 512 cells a peer.
    Wide,
    /// Columns that fall, 128 cells a peer: seams are four times as high for as many particles.
    Deep,
    /// At rest, 512 cells a peer.
    Calm,
}

/// `capacity`
#[derive(Debug, clap::Args)]
pub struct CapacityArgs {
    /// Rooms of so many peers, one size after the other.
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_values_t = [1, 2, 4, 8], value_parser = clap::value_parser!(u32).range(1..=32))]
    pub peers: Vec<u32>,
    /// How the water stands.
    #[arg(long, value_enum, default_value = "wide")]
    pub water: Water,
    /// Threads of each peer.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub threads: u32,
    /// Ticks computed without communication; 0 lets the room choose.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=64))]
    pub superstep: u32,
    /// Search until the load is known to so much.
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub precision: f64,
    /// Each load so often; the median counts.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=99))]
    pub runs: u16,
    /// Seconds of the world's time in a run.
    #[arg(long, value_name = "S", default_value_t = 25, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// The second from which everything is counted.
    #[arg(long, value_name = "S", default_value_t = 5)]
    pub from: u64,
    /// Particles a peer with which the search begins.
    #[arg(long, value_name = "N", default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1024..=1_500_000))]
    pub guess: u32,
    /// Write the figures.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// What lies between the participants of `profiles`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// A round trip of 0.5 ms, 1 Gbit/s.
    Lan,
    /// A round trip of 40 ms, uplinks of 20 Mbit/s.
    Home,
    /// A round trip of 150 ms, and 1 % of all datagrams is lost.
    Far,
}

impl Network {
    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lan => "lan",
            Self::Home => "home",
            Self::Far => "far",
        }
    }
}

/// `profiles`
#[derive(Debug, clap::Args)]
pub struct ProfilesArgs {
    /// What lies between the participants.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Network::Lan, Network::Home, Network::Far])]
    pub network: Vec<Network>,
    /// Rooms of so many peers, one size after the other.
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_values_t = [1, 2, 4], value_parser = clap::value_parser!(u32).range(1..=32))]
    pub peers: Vec<u32>,
    /// How the water stands.
    #[arg(long, value_enum, default_value = "wide")]
    pub water: Water,
    /// Nanoseconds that a device takes for a particle and a substep.
    #[arg(long, value_name = "NS", default_value_t = 250, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub ns: u64,
    /// Ticks computed without communication; 0 lets the room choose.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=64))]
    pub superstep: u32,
    /// Nobody stands in for anybody.
    #[arg(long)]
    pub no_stand_ins: bool,
    /// Everyone computes a strip of equal width, even where the room is slower for it.
    #[arg(long)]
    pub all: bool,
    /// Search until the load is known to so much.
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0)]
    pub precision: f64,
    /// So many particles a peer, instead of a search.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1024..=1_500_000))]
    pub load: Option<u32>,
    /// Particles a peer with which the search begins.
    #[arg(long, value_name = "N", default_value_t = 12_288, value_parser = clap::value_parser!(u32).range(1024..=1_500_000))]
    pub guess: u32,
    /// Virtual seconds of a run.
    #[arg(long, value_name = "S", default_value_t = 25, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// The second from which everything is counted.
    #[arg(long, value_name = "S", default_value_t = 5)]
    pub from: u64,
    /// Then hold 90 % of what was found for so many virtual minutes.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub hold: Option<u64>,
    /// Real threads of each device; they change nothing that is found.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub threads: u32,
    /// What drives loss.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Write the figures.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// `pointers`
#[derive(Debug, clap::Args)]
pub struct PointersArgs {
    /// How many people move their pointers at once; the first one computes.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(2..=16))]
    pub people: u16,
    /// For so many seconds.
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub seconds: u64,
    #[command(flatten)]
    pub netem: NetemArgs,
    /// Write the figures.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Give up after so many seconds.
    #[arg(long, value_name = "S", default_value_t = 120)]
    pub timeout: u64,
}

/// `returns`.
#[derive(Debug, clap::Args)]
pub struct ReturnsArgs {
    /// How many people are in the room; all of them compute.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(2..=16))]
    pub people: u16,
    /// By so many seconds, and then to the world that was left; more than once: one after the other.
    #[arg(long, value_name = "S", default_values_t = [10], value_parser = clap::value_parser!(u64).range(1..=540))]
    pub back: Vec<u64>,
    /// The scene.
    #[arg(long, value_name = "NAME|FILE", default_value = "fountain")]
    pub scene: String,
    #[command(flatten)]
    pub netem: NetemArgs,
    /// Write the figures.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Give up after so many seconds.
    #[arg(long, value_name = "S", default_value_t = 900)]
    pub timeout: u64,
}

/// A scene by name or file.
pub fn scene(name: &str) -> anyhow::Result<Scene> {
    Ok(driver::scene_file::read(name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound_and_every_option_is_explained() {
        let mut command = Args::command();
        command.clone().debug_assert();
        command.build();
        for sub in command.get_subcommands() {
            assert!(sub.get_about().is_some(), "{}", sub.get_name());
            for arg in sub.get_arguments() {
                assert!(arg.get_help().is_some(), "{} --{}", sub.get_name(), arg.get_id());
            }
        }
    }

    #[test]
    fn mixed_alternates_and_bad_netem_is_refused() {
        let parse = |extra: &[&str]| {
            let mut line = vec!["tidepool-headless", "run", "--scene", "dam-break", "--ticks", "5"];
            line.extend(extra);
            match Args::try_parse_from(line).map(|a| a.mode) {
                Ok(Mode::Run(run)) => Ok(*run),
                Ok(_) => unreachable!("the line says run"),
                Err(e) => Err(e),
            }
        };
        let run = parse(&["--backend", "mixed"]).unwrap();
        assert_eq!(
            (run.on.choice(0), run.on.choice(1), run.on.choice(2)),
            (Choice::AnyGpu, Choice::Cpu, Choice::AnyGpu)
        );
        assert!(parse(&["--loss", "95"]).unwrap().netem.netem().is_err());
        assert!(parse(&["--bandwidth", "0"]).unwrap().netem.netem().is_err());
        let thin = parse(&["--bandwidth", "20"]).unwrap().netem.netem().unwrap();
        assert_eq!((thin.bytes_per_s, Netem { bytes_per_s: 0, ..thin }.is_clear()), (2_500_000, true));
        assert!(parse(&["--shards", "0"]).is_err());
        assert!(parse(&["--ticks", "0"]).is_err());
        let late = parse(&["--latency", "5", "--delay", "1:300"]).unwrap();
        assert_eq!(late.netem_of(0).unwrap().latency_us, 5_000);
        assert_eq!(
            late.netem_of(1).unwrap(),
            Netem { latency_us: 305_000, inbound_us: 300_000, ..late.netem_of(1).unwrap() }
        );
    }
}
