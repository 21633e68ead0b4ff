//! Saves on the command line: what a run opens with, and `--save FILE@TICK`.

use crate::watch::Watch;
use anyhow::Context;
use room::api::{Request, Status};
use room::save::{self, Save};
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What a world begins with: a scene, or a save of one.
#[derive(Debug)]
pub struct Opening {
    /// The scene, of a save the one that goes on.
    pub scene: Scene,
    /// The save and its file.
    pub save: Option<(Save, Vec<u8>)>,
}

impl Opening {
    /// By name or file.
    pub fn read(name: &str) -> anyhow::Result<Self> {
        if driver::scene_file::is_path(name) || !Path::new(name).is_file() {
            return Ok(Self { scene: crate::args::scene(name)?, save: None });
        }
        let size = std::fs::metadata(name).with_context(|| format!("the save {name} cannot be read"))?.len();
        let max = save::FILE_BYTES_MAX as u64;
        anyhow::ensure!(size <= max, "the save {name} has {size} bytes; at most {max} are read");
        let bytes = std::fs::read(name).with_context(|| format!("the save {name} cannot be read"))?;
        let save = save::decode(bytes.clone()).with_context(|| format!("{name} cannot be opened"))?;
        Ok(Self { scene: save.head().scene.clone(), save: Some((save, bytes)) })
    }

    /// The globals at the beginning.
    pub fn globals(&self) -> Globals {
        self.save.as_ref().map_or_else(|| self.scene.globals(), |(save, _)| save.head().globals.clone())
    }

    /// The first tick.
    pub fn tick(&self) -> u64 {
        self.save.as_ref().map_or(0, |(save, _)| save.head().globals.tick)
    }

    /// The save's file, for a room.
    pub fn file(&self) -> Option<Vec<u8>> {
        self.save.as_ref().map(|(_, bytes)| bytes.clone())
    }
}

/// `FILE@TICK`: a save of the first cut at this tick or after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveAt {
    /// Where it is written.
    pub file: PathBuf,
    /// Not before this tick.
    pub tick: u64,
}

impl FromStr for SaveAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (file, tick) = text.rsplit_once('@').filter(|(file, _)| !file.is_empty()).ok_or("write FILE@TICK")?;
        let tick = tick.parse().map_err(|_| format!("`{tick}` is not a tick: write FILE@TICK"))?;
        Ok(Self { file: file.into(), tick })
    }
}

impl SaveAt {
    /// Writes the save, and says what it holds. A save that was there before is lost only to a whole one.
    pub fn write(&self, bytes: &[u8]) -> anyhow::Result<()> {
        driver::whole_file::replace(&self.file, bytes)
            .with_context(|| format!("{} cannot be written; what was there is kept", self.file.display()))?;
        let head = save::head(bytes)?;
        eprintln!(
            "saved {}: tick {}, {} particles, {} bytes",
            self.file.display(),
            head.globals.tick,
            head.particles,
            bytes.len()
        );
        Ok(())
    }
}

/// `--save` of a run with participants, one of whom is asked.
#[derive(Debug)]
pub struct Saver {
    wanted: Option<SaveAt>,
    asked: bool,
}

impl Saver {
    /// For what the command line says.
    pub fn new(wanted: Option<&SaveAt>) -> Self {
        Self { wanted: wanted.cloned(), asked: false }
    }

    /// Whether somebody is to be asked now; once.
    pub fn is_due(&mut self, tick: u64) -> bool {
        let due = !self.asked && self.wanted.as_ref().is_some_and(|w| tick >= w.tick);
        self.asked |= due;
        due
    }

    /// Writes what came.
    pub fn take<'a>(&mut self, watches: impl Iterator<Item = &'a mut Watch>) -> anyhow::Result<()> {
        for bytes in watches.filter_map(|w| w.saved.take()) {
            if let Some(wanted) = self.wanted.take() {
                wanted.write(&bytes)?;
            }
        }
        Ok(())
    }

    /// Whether nothing is waited for.
    pub fn is_done(&self) -> bool {
        self.wanted.is_none()
    }
}

/// `--recording` of a room, in which somebody is asked at the end.
#[derive(Debug)]
pub struct Recorder {
    wanted: Option<PathBuf>,
    asked: bool,
}

impl Recorder {
    /// For what the command line says.
    pub fn new(wanted: Option<&Path>) -> Self {
        Self { wanted: wanted.map(Path::to_owned), asked: false }
    }

    /// What a participant is asked for, once: all that it knows of.
    pub fn ask(&mut self, status: &Status) -> anyhow::Result<Option<Request>> {
        if self.is_done() || std::mem::replace(&mut self.asked, true) {
            return Ok(None);
        }
        let first = status.moments.iter().find(|moment| moment.exact);
        let first =
            first.context("--recording: the room keeps no moment yet; it takes some seconds of its own time")?;
        Ok(Some(Request::Record { from: (first.epoch, first.step) }))
    }

    /// Writes what came.
    pub fn take<'a>(&mut self, watches: impl Iterator<Item = &'a mut Watch>) -> anyhow::Result<()> {
        for watch in watches {
            if let Some(why) = watch.not_recorded.take() {
                anyhow::bail!("--recording: {why}");
            }
            if let Some(bytes) = watch.recorded.take()
                && let Some(file) = self.wanted.take()
            {
                write_recording(&file, &bytes)?;
            }
        }
        Ok(())
    }

    /// Whether nothing is waited for.
    pub fn is_done(&self) -> bool {
        self.wanted.is_none()
    }
}

/// Writes a recording. One that was there before is lost only to a whole one.
pub fn write_recording(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    driver::whole_file::replace(file, bytes)
        .with_context(|| format!("{} cannot be written; what was there is kept", file.display()))?;
    eprintln!("recorded {}: {} bytes", file.display(), bytes.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tick_follows_the_last_at_sign() {
        let at: SaveAt = "a@b/c.tidepool@120".parse().unwrap();
        assert_eq!((at.file.to_str(), at.tick), (Some("a@b/c.tidepool"), 120));
        for bad in ["a.tidepool", "@5", "a@b", "a@-1"] {
            assert!(bad.parse::<SaveAt>().is_err(), "{bad}");
        }
    }
}
