//! What a run found, as a table, as JSON, and as the last line of standard output.

use crate::bands::BandSizes;
use anyhow::Context;
use driver::Step;
use driver::node::LinkTotals;
use serde::{Deserialize, Serialize};
use sim_kernels::digest::Digest;
use std::path::Path;

/// The figures of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// As it was named.
    pub scene: String,
    /// Ticks done.
    pub ticks: u64,
    /// Participants that computed.
    pub shards: u32,
    /// What each computed on.
    pub backends: Vec<String>,
    /// What joined them.
    pub net: String,
    /// Ticks in a superstep (the last one seen, where the room chose).
    pub superstep: u32,
    /// The world's digest at the end.
    pub digest: String,
    /// Particles at the end.
    pub particles: u64,
    /// Real seconds from the first to the last tick.
    pub seconds: f64,
    /// Ticks a real second.
    pub ticks_per_s: f64,
    /// Real time divided by particles, ticks and 4 substeps.
    pub ns_per_particle_substep: f64,
    /// Seconds that pass in the room's own clock, where that is virtual.
    pub virtual_seconds: Option<f64>,
    /// A superstep's exchange in microseconds, of the participant for whom it took longest: from
    /// having computed to having all bands of the next.
    pub exchange_us: Option<Exchange>,
    /// The part of that in which nobody whose bands were missing computed: from the moment at which the participant and
    /// its neighbours had sent theirs (of all participants of this process).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_the_way_us: Option<Exchange>,
    /// What a superstep takes: computing; from when nothing more can be computed without them until the bands of the next are
    /// there; and from then until that goes on, by the room's clock, or because something else is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superstep_us: Option<[Exchange; 3]>,
    /// Bands as sent, headers included.
    pub bands: Option<Bands>,
    /// The same bands in three codes, headers not included (counted with `--net none`).
    pub band_codes: Option<BandSizes>,
    /// Datagrams of all participants together.
    pub datagrams: Option<Datagrams>,
    /// Bands that participants asked others than their executors for, and that were sent in an executor's stead.
    #[serde(default)]
    pub stand_ins: StandIns,
    /// With faults over WebRTC: the longest time in milliseconds for which a region that was not hit stood
    /// still from then on, beyond a superstep's usual time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_ms: Option<f64>,
    /// Over WebRTC: the longest time in milliseconds for which the world stood still from its fifth second on, beyond the
    /// ticks that it then did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stall_ms: Option<f64>,
    /// With faults over WebRTC: ticks a second of the slowest region among those who were not hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_ticks_per_s: Option<f64>,
    /// How much of real time its own region takes the participant for whom that is most, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_percent: Option<f64>,
    /// With `join --measure-from`: the supersteps from that tick on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// See [`Report::stand_ins`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct StandIns {
    /// Asked for.
    pub wanted: u64,
    /// Sent.
    pub sent_in_stead: u64,
    /// Strips for which two machines had different digests: a bug.
    pub disagreements: u64,
    /// Steps run ahead on speculative bands.
    pub speculations: u64,
    /// Those that were right.
    pub speculations_right: u64,
    /// Ticks of those that were not.
    pub ticks_rolled_back: u64,
    /// Milliseconds spent on speculation.
    pub speculation_ms: u64,
}

/// See [`Report::exchange_us`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Exchange {
    /// Half of the supersteps took at most this long.
    pub p50: u32,
    /// 99 of 100 did.
    pub p99: u32,
}

impl Exchange {
    /// Of so many times, in any order; nothing without any.
    pub fn of(mut times: Vec<u32>) -> Option<Self> {
        times.sort_unstable();
        let at = |percent: usize| times.get(times.len() * percent / 100).or(times.last()).copied();
        Some(Self { p50: at(50)?, p99: at(99)? })
    }

    fn ms(self) -> String {
        format!("p50 {:.2} ms, p99 {:.2} ms", f64::from(self.p50) / 1000.0, f64::from(self.p99) / 1000.0)
    }
}

/// See [`Report::bands`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Bands {
    /// Particles in bands.
    pub particles: u64,
    /// Bytes of bands as the room made them, with its own headers.
    pub message_bytes: u64,
    /// Bytes that the links sent for them: with the links' headers, pieces sent again, tails sent twice.
    pub bytes: u64,
    /// `bytes` a particle.
    pub bytes_per_particle: f64,
}

/// See [`Report::datagrams`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Datagrams {
    /// Datagrams sent.
    pub sent: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Lost, as far as is known: what was late is not.
    pub lost: u64,
    /// Pieces sent again.
    pub resent: u64,
}

impl Bands {
    /// So many particles in so many bytes, before and after the links.
    pub fn new(particles: u64, message_bytes: u64, bytes: u64) -> Self {
        Self { particles, message_bytes, bytes, bytes_per_particle: bytes as f64 / particles.max(1) as f64 }
    }
}

impl Report {
    /// Fills in what follows from ticks, particles and seconds.
    pub fn timed(&mut self, seconds: f64) {
        self.seconds = seconds;
        self.ticks_per_s = self.ticks as f64 / seconds.max(1e-9);
        let work = self.particles as f64 * self.ticks as f64 * 4.0;
        self.ns_per_particle_substep = if work > 0.0 { seconds * 1e9 / work } else { 0.0 };
    }

    /// Notes the digest.
    pub fn digest(&mut self, digest: Digest) {
        self.digest = digest.to_string();
    }

    /// Notes what the links of all participants did.
    pub fn links(&mut self, all: impl Iterator<Item = LinkTotals>) {
        let (mut sum, mut border_bytes) = (Datagrams::default(), 0);
        for totals in all {
            sum.sent += totals.datagrams[0];
            sum.bytes += totals.bytes[0];
            sum.lost += totals.lost;
            sum.resent += totals.resent;
            border_bytes += totals.border_bytes;
        }
        self.datagrams = Some(sum);
        if let Some(bands) = &mut self.bands {
            *bands = Bands::new(bands.particles, bands.message_bytes, border_bytes);
        }
    }

    /// Prints the table, writes the JSON, and prints the digest last.
    pub fn finish(&self, json: Option<&Path>) -> anyhow::Result<()> {
        let line = |what: &str, value: String| eprintln!("{what:24} {value}");
        line("scene", format!("{}, {} particles", self.scene, self.particles));
        line("shards", format!("{} ({})", self.shards, self.backends.join("; ")));
        line("net", format!("{}, supersteps of {}", self.net, self.superstep));
        line("ticks", format!("{} in {:.2} s: {:.1} a second", self.ticks, self.seconds, self.ticks_per_s));
        line("ns/particle-substep", format!("{:.2}", self.ns_per_particle_substep));
        if let Some(s) = self.virtual_seconds {
            line("virtual time", format!("{s:.2} s"));
        }
        if let Some(e) = self.exchange_us {
            line("exchange", e.ms());
        }
        if let Some(e) = self.on_the_way_us {
            line("of it, on the way", e.ms());
        }
        if let Some([computing, bands, begins]) = self.superstep_us {
            line("a superstep computes", computing.ms());
            line("waits for bands", bands.ms());
            line("and then to begin", begins.ms());
        }
        if let Some(b) = self.bands {
            let text = format!(
                "{} particles, {} bytes with all headers and resends: {:.2} a particle (water without a code: 16)",
                b.particles, b.bytes, b.bytes_per_particle
            );
            line("bands sent", text);
        }
        if self.stand_ins.sent_in_stead > 0 {
            line(
                "by stand-ins",
                format!("{} bands, {} asked for", self.stand_ins.sent_in_stead, self.stand_ins.wanted),
            );
        }
        if let Some(stall) = self.stall_ms {
            line("stood still at most", format!("{stall:.0} ms"));
        }
        if let Some(pause) = self.pause_ms {
            line("pause", format!("{pause:.0} ms"));
        }
        if let Some(codes) = self.band_codes.filter(|c| c.particles > 0) {
            let [raw, zstd, ours] = codes.per_particle();
            line("band codes", format!("raw {raw:.2}, zstd {zstd:.2}, ours {ours:.2} bytes a particle"));
        }
        if let Some(d) = self.datagrams {
            line(
                "datagrams",
                format!("{} sent, {} bytes, {} lost, {} pieces sent again", d.sent, d.bytes, d.lost, d.resent),
            );
        }
        write(json, self)?;
        println!("digest {}", self.digest);
        Ok(())
    }
}

/// Writes figures to the file that was asked for, if one was.
pub fn write(file: Option<&Path>, figures: &impl Serialize) -> anyhow::Result<()> {
    if let Some(path) = file {
        let text = serde_json::to_string_pretty(figures)?;
        std::fs::write(path, text + "\n").with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
