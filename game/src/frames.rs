//! How long the last frames took, and what they uploaded: what the figures over the world show.

use crate::schedule::AppSystems;
use bevy::prelude::*;
use bevy::time::Real;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

/// Frames that are kept: five seconds at 60 a second.
const KEPT: usize = 300;

static DRAWN: AtomicBool = AtomicBool::new(false);

/// Whether any frame has come so far: before that, whatever fails is the machine's window or driver.
pub fn any_drawn() -> bool {
    DRAWN.load(Ordering::Relaxed)
}

/// The last frames, oldest first.
#[derive(Resource, Debug, Default)]
pub struct Frames {
    /// Milliseconds from one frame to the next, and bytes uploaded in it.
    last: VecDeque<(f32, u32)>,
    /// Bytes uploaded since the last frame was noted.
    uploaded: u64,
}

/// What the last frames amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// Frames a second.
    pub per_second: f32,
    /// The middle frame time, in milliseconds.
    pub p50_ms: f32,
    /// All but one in a hundred took at most this long.
    pub p99_ms: f32,
    /// The mean of what a frame uploads.
    pub upload_bytes: u32,
}

impl Frames {
    /// Takes note of a frame.
    pub fn push(&mut self, frame_ms: f32, upload_bytes: u32) {
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back((frame_ms, upload_bytes));
    }

    /// The renderer was given so many bytes.
    pub fn uploaded(&mut self, bytes: u64) {
        self.uploaded += bytes;
    }

    /// The middle frame time of the last `span_ms`; none before that much has been seen.
    pub fn recent_p50_ms(&self, span_ms: f32) -> Option<f32> {
        let mut sum = 0.0;
        let mut recent: Vec<f32> = Vec::new();
        for frame in self.last.iter().rev() {
            sum += frame.0;
            recent.push(frame.0);
            if sum >= span_ms && recent.len() >= 3 {
                recent.sort_by(f32::total_cmp);
                return Some(recent[recent.len() / 2]);
            }
        }
        None
    }

    /// See [`Summary`]; all zero before the first frame.
    pub fn summary(&self) -> Summary {
        let mut times: Vec<f32> = self.last.iter().map(|frame| frame.0).collect();
        times.sort_by(f32::total_cmp);
        let Some(&longest) = times.last() else { return Summary::default() };
        let rank = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1].min(longest);
        let total_ms: f32 = times.iter().sum();
        let uploaded: u64 = self.last.iter().map(|frame| u64::from(frame.1)).sum();
        Summary {
            per_second: times.len() as f32 * 1000.0 / total_ms.max(0.001),
            p50_ms: rank(50),
            p99_ms: rank(99),
            upload_bytes: (uploaded / times.len() as u64) as u32,
        }
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Frames>().add_systems(Update, measure.in_set(AppSystems::Draw));
}

fn measure(mut frames: ResMut<Frames>, time: Res<Time<Real>>) {
    let bytes = std::mem::take(&mut frames.uploaded);
    let frame_ms = time.delta_secs() * 1000.0;
    if frame_ms > 0.0 {
        // The second frame: the first was drawn and shown.
        DRAWN.store(true, Ordering::Relaxed);
        frames.push(frame_ms, u32::try_from(bytes).unwrap_or(u32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_the_middle_and_the_slow_ones() {
        let mut frames = Frames::default();
        assert_eq!(frames.summary(), Summary::default());
        for i in 0..100 {
            frames.push(if i < 2 { 100.0 } else { 10.0 }, 64);
        }
        let summary = frames.summary();
        assert_eq!((summary.p50_ms, summary.p99_ms, summary.upload_bytes), (10.0, 100.0, 64));
        assert!((summary.per_second - 100_000.0 / 1180.0).abs() < 0.1);
    }

    #[test]
    fn old_frames_are_forgotten() {
        let mut frames = Frames::default();
        frames.push(5000.0, 0);
        (0..KEPT).for_each(|_| frames.push(16.0, 0));
        assert_eq!(frames.last.len(), KEPT);
        assert_eq!(frames.summary().p99_ms, 16.0);
    }
}
