//! What one participant's room events add up to: status, digest, picture.

use crate::picture::Picture;
use crate::report::{Bands, Exchange, Report};
use crate::run_none::Record;
use room::api::{Event, Status};
use room::notice::Notice;
use sim_kernels::digest::Digest;
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;
use std::path::Path;
use words::english;

/// Pictures are recorded at least so many ticks apart.
const RECORD_EVERY: u64 = 10;

/// Notices that are remembered for a failure's message.
const NOTICES_MAX: usize = 3;

/// A participant, watched.
#[derive(Debug)]
pub struct Watch {
    /// The newest status.
    pub status: Status,
    /// Why it was refused, if it was.
    pub refused: Option<String>,
    /// Whether it has left in order.
    pub left: bool,
    /// The save that it was asked for.
    pub saved: Option<Vec<u8>>,
    /// The recording that it was asked for, or why there is none.
    pub recorded: Option<Vec<u8>>,
    /// See `recorded`.
    pub not_recorded: Option<String>,
    picture: Picture,
    globals: Globals,
    pictured: u64,
    digested: u64,
    notices: std::collections::VecDeque<String>,
}

impl Watch {
    /// Before anything happened.
    pub fn new(scene: &Scene) -> Self {
        Self {
            status: Status::default(),
            refused: None,
            left: false,
            saved: None,
            recorded: None,
            not_recorded: None,
            picture: Picture::new(scene.world),
            globals: scene.globals(),
            pictured: 0,
            digested: 0,
            notices: Default::default(),
        }
    }

    /// Takes an event; a notice is handed back to be printed.
    pub fn take(&mut self, event: Event) -> Option<String> {
        match event {
            Event::Status(status) => self.status = *status,
            Event::Globals(globals) => {
                if globals.size() != self.globals.size() {
                    self.picture = Picture::new(globals.size());
                }
                self.globals = *globals;
            }
            Event::View { region, full, tiles, .. } => self.picture.update(region, full, &tiles),
            Event::Notice(notice) => {
                let line = english().notice(&notice, &self.status).text;
                if matches!(notice, Notice::NotRecorded { .. }) {
                    self.not_recorded = Some(line.clone());
                }
                self.notices.truncate(NOTICES_MAX - 1);
                self.notices.push_front(line.clone());
                return Some(line);
            }
            Event::Refused(why) => self.refused = Some(english().refusal(&why).text),
            Event::Left => self.left = true,
            Event::Saved(bytes) => self.saved = Some(bytes),
            Event::Recorded(bytes) => self.recorded = Some(bytes),
            Event::Hand { .. } | Event::Pointed { .. } | Event::Said { .. } | Event::Committed(_) => {}
        }
        None
    }

    /// Words for a participant that did not get there.
    pub fn stuck(&self, seconds: u64) -> anyhow::Error {
        let waiting = self.status.waiting_for.map(|id| english().waiting_for(id, &self.status));
        let who = waiting.map_or(String::new(), |waiting| format!(", {waiting}"));
        let notices: String = self.notices.iter().rev().map(|line| format!("\n  it was told: {line}")).collect();
        anyhow::anyhow!("not done after {seconds} s, at tick {}{who}{notices}", self.status.tick)
    }

    /// The digest at a tick, once known.
    pub fn digest_at(&self, tick: u64) -> Option<Digest> {
        self.status.digest.filter(|d| d.0 == tick).map(|d| d.1)
    }

    /// Writes what `--record` asks for and is new.
    pub fn record(&mut self, record: &mut Record) -> anyhow::Result<()> {
        if let Some((tick, digest)) = self.status.digest.filter(|d| d.0 > self.digested) {
            self.digested = tick;
            record.digest(tick, digest, self.status.particles)?;
        }
        if self.status.tick >= self.pictured + RECORD_EVERY {
            self.pictured = self.status.tick;
            record.picture(self.status.tick, &self.picture, &self.globals.terrain)?;
        }
        Ok(())
    }

    /// Draws the world as this participant sees it, with so many pixels a cell along each axis.
    pub fn draw(&self, path: &Path, pixels: u32) -> anyhow::Result<()> {
        self.picture.write(path, &self.globals.terrain, pixels)
    }
}

/// Fills in what participants know: the bands of all together, the slowest one's exchange.
pub fn fill<'a>(report: &mut Report, watches: impl Iterator<Item = &'a Watch>) {
    let (mut particles, mut bytes, mut exchange) = (0, 0, [0, 0]);
    for (i, watch) in watches.enumerate() {
        let status = &watch.status;
        if i == 0 {
            report.particles = status.particles;
            report.superstep = status.superstep_ticks;
            let tick_us = status.people.iter().map(|p| p.tick_us).max();
            report.busy_percent = tick_us.map(|us| f64::from(us) * 60.0 / 1e4);
        }
        report.stand_ins.wanted += status.wants;
        report.stand_ins.sent_in_stead += status.stood_in;
        report.stand_ins.disagreements += status.disagreements;
        report.stand_ins.speculations += status.speculations;
        report.stand_ins.speculations_right += status.speculations_right;
        report.stand_ins.ticks_rolled_back += status.ticks_rolled_back;
        report.stand_ins.speculation_ms += status.speculation_us / 1000;
        particles += status.band_particles;
        bytes += status.band_bytes;
        exchange = [exchange[0].max(status.exchange_us[0]), exchange[1].max(status.exchange_us[1])];
    }
    report.exchange_us = (exchange[1] > 0).then_some(Exchange { p50: exchange[0], p99: exchange[1] });
    // Where there are links, they say what was really sent.
    report.bands = (particles > 0).then(|| Bands::new(particles, bytes, bytes));
}
