//! `--net none`: one loop over the shards, bands handed from backend to backend. No room protocol: this is
//! what the kernels alone give, and what everything else is compared with.

use crate::args::{Computing, RunArgs};
use crate::bands::BandSizes;
use crate::picture::Picture;
use crate::progress::Progress;
use crate::report::Report;
use crate::saves::{Opening, write_recording};
use anyhow::{Context, bail};
use futures::executor::block_on;
use room::api::{PeerId, RECORDING_TICKS_MAX};
use room::partition::{equal, padded};
use room::save::Save;
use room::save::recording::{self, Deed, Log, Sealed};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, TILE_CELLS};
use sim_kernels::globals::Globals;
use sim_kernels::job::{Backend, Job, JobOutput, Load, StepJob};
use sim_kernels::particle::Particle;
use sim_kernels::scene::Scene;
use std::io::Write;
use std::time::{Duration, Instant};

/// Pictures and digests are recorded at least so many ticks apart.
const RECORD_EVERY: u64 = 10;

/// Runs. What it recorded is written by the caller, who has the report then, whatever becomes of the recording.
pub fn run(args: &RunArgs, opening: &Opening) -> anyhow::Result<(Report, Option<Tape>)> {
    let scene = &opening.scene;
    anyhow::ensure!(
        args.recording.is_none()
            || (1..=RECORDING_TICKS_MAX.into()).contains(&args.ticks.saturating_sub(opening.tick())),
        "--recording: a recording has 1 to {RECORDING_TICKS_MAX} ticks, and this run has {}",
        args.ticks.saturating_sub(opening.tick())
    );
    let mut shards = Shards::new(&args.on, opening)?;
    let k = u64::from(args.superstep.max(1));
    let mut globals = opening.globals();
    let mut picture = Picture::new(scene.world);
    let mut report = Report {
        scene: args.scene.clone(),
        shards: shards.all.len() as u32,
        backends: shards.names(),
        net: "none".into(),
        superstep: k as u32,
        ..Report::default()
    };
    let mut codes = BandSizes::default();
    let measure = (args.json.is_some() || args.codes_from.is_some()) && shards.all.len() > 1;
    let codes_from = args.codes_from.unwrap_or(0);
    let mut record = args.record.as_deref().map(|dir| Record::new(dir, scene)).transpose()?;
    let mut bar = Progress::of_ticks(args.ticks);
    let began = Instant::now();
    let (first, mut recorded) = (opening.tick(), 0);
    let (mut tick, mut save) = (first, args.save.clone());
    let mut tape = args.recording.as_deref().map(|file| Tape::new(file, &mut shards, scene, &globals)).transpose()?;
    shards.extract(k.min(args.ticks - tick) as u32)?;
    while tick < args.ticks {
        anyhow::ensure!(began.elapsed() < Duration::from_secs(args.timeout), "not done after {} s", args.timeout);
        let ticks = k.min(args.ticks - tick);
        let after = tick + ticks;
        let commands: Vec<Vec<Command>> = (tick..after).map(|t| scene.commands_at(t).cloned().collect()).collect();
        for list in &commands {
            globals.pass_tick(list);
        }
        let last = after == args.ticks;
        let look = last || (record.is_some() || tape.is_some()) && after >= recorded + RECORD_EVERY;
        if let Some(tape) = &mut tape {
            tape.does(tick, &commands);
        }
        let next = k.min(args.ticks - after) as u32;
        let sizes = (measure && tick >= codes_from).then_some(&mut codes);
        let outputs = shards.step(&commands, next, look, sizes)?;
        tick = after;
        if look {
            recorded = tick;
            let mut digest = globals.digest();
            for (shard, output) in shards.all.iter().zip(&outputs) {
                digest.add(output.digest.unwrap_or_default());
                picture.update(shard.region, true, &output.view);
            }
            report.particles = outputs.iter().map(|o| o.particles).sum();
            report.digest(digest);
            if let Some(tape) = &mut tape {
                tape.log.add_digest(tick, digest);
            }
            if let Some(record) = &mut record {
                record.note(tick, digest, report.particles, &picture, &globals.terrain)?;
            }
        }
        if let Some(save) = save.take_if(|save| tick >= save.tick) {
            save.write(&shards.save(scene, &globals)?)?;
        }
        bar.at(tick);
    }
    bar.finish();
    if let Some(tape) = &mut tape {
        tape.log.end = tick;
    }
    report.ticks = args.ticks - first;
    report.timed(began.elapsed().as_secs_f64());
    report.band_codes = measure.then_some(codes);
    if let Some(path) = &args.png {
        picture.write(path, &globals.terrain, args.pixels)?;
    }
    Ok((report, tape))
}

struct Shard {
    region: Rect,
    backend: Box<dyn Backend>,
    /// For each band that the next superstep needs: to which shard, and the particles.
    bands: Vec<(usize, Vec<Particle>)>,
}

/// Several backends, one after the other, and what they hand to each other.
pub struct Shards {
    world: sim_kernels::geom::WorldSize,
    all: Vec<Shard>,
}

impl Shards {
    /// On `on.shards` backends, from what the world begins with.
    pub fn new(on: &Computing, opening: &Opening) -> anyhow::Result<Self> {
        let scene = &opening.scene;
        let peers: Vec<PeerId> = (0..on.shards).map(|i| PeerId(u128::from(i))).collect();
        let partition = equal(&peers, scene.world);
        let mut all = Vec::new();
        for (i, peer) in partition.executors().enumerate() {
            let region = partition.regions(peer, scene.world).next().context("an executor has a region")?;
            let mut backend = block_on(driver::backend::make(&on.choice(i as u32), None))?;
            let particles = match &opening.save {
                Some((save, _)) => save.particles(region),
                None => scene.particles(region),
            };
            let load = Load { globals: opening.globals(), region, particles };
            block_on(backend.run(Job::Load(load)))?;
            all.push(Shard { region, backend, bands: Vec::new() });
        }
        Ok(Self { world: scene.world, all })
    }

    /// What they compute on.
    pub fn names(&self) -> Vec<String> {
        self.all.iter().map(|shard| shard.backend.name()).collect()
    }

    /// Which rectangles of a shard the others need for a superstep of `ticks`.
    fn wanted(&self, from: usize, ticks: u32) -> Vec<(usize, Rect)> {
        let region = self.all[from].region;
        let others = self.all.iter().enumerate().filter(|(to, _)| *to != from && ticks > 0);
        let bands = others.map(|(to, shard)| (to, padded(shard.region, ticks, self.world).intersect(region)));
        bands.filter(|(_, rect)| !rect.is_empty()).collect()
    }

    /// The bands of the first superstep.
    pub fn extract(&mut self, ticks: u32) -> anyhow::Result<()> {
        for i in 0..self.all.len() {
            let wanted = self.wanted(i, ticks);
            let rects = wanted.iter().map(|w| w.1).collect();
            let output = block_on(self.all[i].backend.run(Job::Extract(rects)))?;
            self.take_bands(i, &wanted, output.extracts)?;
        }
        Ok(())
    }

    /// One superstep of all shards; `next` is the length of the following one.
    pub fn step(
        &mut self,
        commands: &[Vec<Command>],
        next: u32,
        look: bool,
        mut sizes: Option<&mut BandSizes>,
    ) -> anyhow::Result<Vec<JobOutput>> {
        let mut incoming: Vec<Vec<Particle>> = vec![Vec::new(); self.all.len()];
        for shard in &mut self.all {
            for (to, band) in shard.bands.drain(..) {
                if let Some(sizes) = sizes.as_deref_mut() {
                    sizes.add(&band);
                }
                incoming[to].extend(band);
            }
        }
        let mut outputs = Vec::new();
        for (i, incoming) in incoming.into_iter().enumerate() {
            let wanted = self.wanted(i, next);
            let job = StepJob {
                region: self.all[i].region,
                incoming,
                commands: commands.to_vec(),
                extract: wanted.iter().map(|w| w.1).collect(),
                digest: look,
                view: look,
            };
            let mut output = block_on(self.all[i].backend.run(Job::Step(job)))
                .with_context(|| format!("shard {i} ({})", self.all[i].backend.name()))?;
            self.take_bands(i, &wanted, std::mem::take(&mut output.extracts))?;
            outputs.push(output);
        }
        Ok(outputs)
    }

    /// A save of the world as it is now.
    fn save(&mut self, scene: &Scene, globals: &Globals) -> anyhow::Result<Vec<u8>> {
        let mut strips = Vec::new();
        for shard in &mut self.all {
            let output = block_on(shard.backend.run(Job::Extract(vec![shard.region])))?;
            let to = (shard.region.x1 / TILE_CELLS) as u16;
            strips.push((to, output.extracts.into_iter().next().unwrap_or_default()));
        }
        Ok(Save::of(scene, globals, &strips)?)
    }

    fn take_bands(
        &mut self,
        from: usize,
        wanted: &[(usize, Rect)],
        extracts: Vec<Vec<Particle>>,
    ) -> anyhow::Result<()> {
        if extracts.len() != wanted.len() {
            bail!("{} answered {} extracts of {}", self.all[from].backend.name(), extracts.len(), wanted.len());
        }
        self.all[from].bands = wanted.iter().map(|w| w.0).zip(extracts).collect();
        Ok(())
    }
}

/// `--recording` of a run without a room.
pub struct Tape {
    file: std::path::PathBuf,
    first: Vec<u8>,
    log: Log,
}

impl Tape {
    fn new(file: &std::path::Path, shards: &mut Shards, scene: &Scene, globals: &Globals) -> anyhow::Result<Self> {
        Ok(Self { file: file.into(), first: shards.save(scene, globals)?, log: Log::default() })
    }

    /// What applies from a tick on, tick by tick.
    fn does(&mut self, from: u64, commands: &[Vec<Command>]) {
        for (tick, all) in (from..).zip(commands).filter(|tick| !tick.1.is_empty()) {
            let sealed = |command: &Command| Sealed { author: None, offset: 0, command: command.clone() };
            self.log.deeds.push(Deed { tick, ticks: 1, commands: all.iter().map(sealed).collect() });
        }
    }

    /// Writes it to its file.
    pub fn write(&self) -> anyhow::Result<()> {
        let bytes = recording::encode(&self.first, &self.log).context("--recording: this run cannot be recorded")?;
        write_recording(&self.file, &bytes)
    }
}

/// `--record`: pictures, digests, the scene.
pub struct Record {
    dir: std::path::PathBuf,
    digests: std::fs::File,
}

impl Record {
    /// Makes the folder and writes the scene.
    pub fn new(dir: &std::path::Path, scene: &Scene) -> anyhow::Result<Self> {
        let context = || format!("{} cannot be written", dir.display());
        std::fs::create_dir_all(dir).with_context(context)?;
        let pretty = ron::ser::to_string_pretty(scene, ron::ser::PrettyConfig::default())?;
        std::fs::write(dir.join("scene.ron"), pretty).with_context(context)?;
        let mut digests = std::fs::File::create(dir.join("digests.csv")).with_context(context)?;
        writeln!(digests, "tick,digest,particles")?;
        Ok(Self { dir: dir.into(), digests })
    }

    /// Writes a picture.
    pub fn picture(&self, tick: u64, picture: &Picture, terrain: &sim_kernels::terrain::Terrain) -> anyhow::Result<()> {
        picture.write(&self.dir.join(format!("tick-{tick:07}.png")), terrain, 1)
    }

    /// Writes a digest.
    pub fn digest(&mut self, tick: u64, digest: Digest, particles: u64) -> anyhow::Result<()> {
        Ok(writeln!(self.digests, "{tick},{digest},{particles}")?)
    }

    fn note(
        &mut self,
        tick: u64,
        digest: Digest,
        particles: u64,
        picture: &Picture,
        terrain: &sim_kernels::terrain::Terrain,
    ) -> anyhow::Result<()> {
        self.digest(tick, digest, particles)?;
        self.picture(tick, picture, terrain)
    }
}
