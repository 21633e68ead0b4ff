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
    Reading(Box<Reader>),
    /// What lies within the rectangle is taken out of them, and of which piece next.
    Taking(Box<Save>, u32, Vec<Particle>),
}

impl Cutting {
    /// Begins with the bytes of a save.
    pub(super) fn new(rect: Rect, save: Vec<u8>) -> Result<Self, Failed> {
        Ok(Self { rect, stage: Stage::Reading(Box::new(Reader::new(save).map_err(|_| Failed::Unreadable)?)) })
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

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::geom::WorldSize;
    use sim_kernels::globals::spawned;

    /// A world of 400,000 particles, of which a frame has to do with a few thousand at a time.
    #[test]
    fn a_large_world_is_cut_some_milliseconds_a_frame() {
        let world = WorldSize::new(1024, 256).unwrap();
        let scene = driver::scene_file::blank("large", world, None, false);
        let cells = (0..100_000).map(|i| (8 + i % 1000, 8 + i / 1000));
        let particles = cells.flat_map(|(x, y)| (0..4).map(move |n| spawned(x, y, n, [0, 0], 0, 7)));
        let strips = [(world.tiles_x() as u16, particles.collect())];
        let bytes = Save::of(&scene, &scene.globals(), &strips).unwrap();
        let rect = Rect::new(100, 20, 160, 60);
        let began = Instant::now();
        let at_once = room::save::decode(bytes.clone()).unwrap().particles(rect).len();
        let whole = began.elapsed();
        let Ok(mut cutting) = Cutting::new(rect, bytes) else { panic!("it is a save") };
        let mut frames = Vec::new();
        let stamp = loop {
            let began = Instant::now();
            let done = cutting.work();
            frames.push(began.elapsed());
            if let Some(done) = done {
                break done.unwrap();
            }
        };
        println!("at once {whole:?}; in {} frames, the longest {:?}", frames.len(), frames.iter().max());
        assert_eq!((stamp.particles().len(), at_once), (60 * 40 * 4, 60 * 40 * 4));
        assert!(frames.len() > 1);
    }

    #[test]
    fn what_is_no_save_is_refused() {
        assert!(Cutting::new(Rect::new(0, 0, 9, 9), b"TIDESAVE".to_vec()).is_err());
    }
}
