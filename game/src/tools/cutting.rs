//! Cuts a stamp out of a save, some milliseconds a frame: a world of 400,000 particles takes too long for one.

use room::save::{Reader, Save};
use sim_kernels::geom::Rect;
use sim_kernels::particle::Particle;
use sim_kernels::stamp::{Refused, Stamp};
use web_time::{Duration, Instant};

/// So much of a frame goes to it.
const WORK: Duration = Duration::from_millis(4);

/// Why nothing was cut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// The save cannot be read.
    Unreadable,
    /// There is no stamp of it.
    Refused(Refused),
}

/// A save that is looked through.
pub(super) struct Cutting {
    rect: Rect,
    stage: Stage,
}

enum Stage {
    /// Its pieces are read and checked.
    Reading(Reader),
    /// What lies within the rectangle is taken out of them, and of which piece next.
    Taking(Box<Save>, u32, Vec<Particle>),
}

impl Cutting {
    /// Begins with the bytes of a save.
    pub(super) fn new(rect: Rect, save: Vec<u8>) -> Result<Self, Failed> {
        Ok(Self { rect, stage: Stage::Reading(Reader::new(save).map_err(|_| Failed::Unreadable)?) })
    }

    /// Works for a part of a frame; what came of it, at the end.
    pub(super) fn work(&mut self) -> Option<Result<Stamp, Failed>> {
        let began = Instant::now();
        while began.elapsed() < WORK {
            let done = self.step();
            if done.is_some() {
                return done;
            }
        }
        None
    }

    fn step(&mut self) -> Option<Result<Stamp, Failed>> {
        match &mut self.stage {
            Stage::Reading(reader) => match reader.step() {
                Ok(None) => None,
                Ok(Some(save)) => {
                    self.rect = self.rect.intersect(save.head().globals.size().rect());
                    self.stage = Stage::Taking(Box::new(save), 0, Vec::new());
                    None
                }
                Err(_) => Some(Err(Failed::Unreadable)),
            },
            Stage::Taking(save, next, particles) if *next < save.count() => {
                particles.extend(save.particles_of(*next, self.rect));
                *next += 1;
                None
            }
            Stage::Taking(save, _, particles) => {
                Some(Stamp::cut(self.rect, &save.head().globals.terrain, particles).map_err(Failed::Refused))
            }
        }
    }
}
