//! The pace at which frames of a strip come, and whether some were missing: then the picture stood still while the
//! world went on, and the next frame is a leap.
//!
//! Kept for each column of tiles, since strips move. Frames of another peer's strip tell only of tiles that changed,
//! so that one tile told of is word of its whole strip; and a strip at rest is silent without anything missing.

use std::ops::Range;

/// The shortest time over which a frame is eased in, and the longest at real time, in seconds.
const EASE_S: (f32, f32) = (1.0 / 60.0, 0.15);
/// A silence is a gap when it is longer than this, in seconds, and than twice the usual one...
const GAP_S: f32 = 0.1;
/// ... and the world went on for more than so many ticks meanwhile: the same time.
const GAP_TICKS: u64 = 6;
/// Tiles of before a gap may still be told of this many seconds after it: a slow link takes them in turn.
const STALE_S: f64 = 1.0;
/// From this speed on, of 15, something moves and its end would be told of.
const LIVELY: u8 = 2;

/// See the module.
#[derive(Clone, Debug)]
pub struct Pulse {
    columns: Vec<Column>,
    /// The strip that a column lies in.
    strips: Vec<(u16, u16)>,
    /// The longest time over which a frame is eased in, in seconds.
    longest: f32,
}

#[derive(Clone, Copy, Debug)]
struct Column {
    /// When it was heard of last; before everything if never.
    heard: f64,
    tick: u64,
    /// How far apart its last frames came, and how far they usually do.
    interval: f32,
    usual: f32,
    lively: bool,
    /// The tick before the last gap, and until when a tile that is as old counts as missed.
    gap: Option<(u64, f64)>,
}

impl Pulse {
    /// One strip.
    pub fn new(columns: usize) -> Self {
        let silent = Column { heard: -1e9, tick: 0, interval: EASE_S.1, usual: EASE_S.0, lively: false, gap: None };
        Self { columns: vec![silent; columns], strips: vec![(0, columns as u16); columns], longest: EASE_S.1 }
    }

    /// The world's clock goes at this share of real time: in slow motion frames are further apart.
    pub fn set_pace(&mut self, share: f32) {
        self.longest = EASE_S.1 * share.clamp(0.01, 1.0).recip();
    }

    /// Strips begin at these columns of tiles.
    pub fn set_seams(&mut self, seams: impl Iterator<Item = i32>) {
        let count = self.columns.len();
        let mut cuts: Vec<usize> = seams.filter_map(|x| usize::try_from(x).ok()).filter(|&x| x < count).collect();
        cuts.extend([0, count]);
        cuts.sort_unstable();
        cuts.dedup();
        for pair in cuts.windows(2) {
            self.strips[pair[0]..pair[1]].fill((pair[0] as u16, pair[1] as u16));
        }
    }

    /// A frame of these columns came.
    pub fn hear(&mut self, columns: Range<usize>, tick: u64, now: f64) {
        for column in &mut self.columns[columns] {
            column.hear(tick, now, self.longest);
        }
    }

    /// A tile in this column was told of, and so its strip.
    pub fn hear_of(&mut self, column: usize, tick: u64, now: f64) {
        let Some(&(first, end)) = self.strips.get(column) else { return };
        // The other tiles of the same message.
        let known = &self.columns[column];
        if known.tick != tick || known.heard != now {
            self.hear(usize::from(first)..usize::from(end), tick, now);
        }
    }

    /// The newest frame of this column had something in it that goes at this speed, of 15.
    pub fn felt(&mut self, column: usize, speed: u8) {
        if speed >= LIVELY
            && let Some(&(first, end)) = self.strips.get(column)
            && !self.columns[column].lively
        {
            self.columns[usize::from(first)..usize::from(end)].iter_mut().for_each(|column| column.lively = true);
        }
    }

    /// The tick of its newest frame.
    pub fn tick(&self, column: usize) -> u64 {
        self.columns.get(column).map_or(0, |column| column.tick)
    }

    /// Over how many seconds its newest frame is to be eased in.
    pub fn interval_s(&self, column: usize) -> f32 {
        self.columns.get(column).map_or(EASE_S.0, |column| column.interval)
    }

    /// Whether a tile that was last told of at this tick has missed frames.
    pub fn is_stale(&self, column: usize, tick: u64, now: f64) -> bool {
        let gap = self.columns.get(column).and_then(|column| column.gap);
        gap.is_some_and(|(before, until)| tick <= before && now < until)
    }
}

impl Column {
    fn hear(&mut self, tick: u64, now: f64, longest: f32) {
        let silence = (now - self.heard) as f32;
        self.heard = now;
        // More of the same frame, or the truth after a speculation.
        if tick == self.tick {
            return;
        }
        let went_on = tick.abs_diff(self.tick) > GAP_TICKS;
        if self.lively && went_on && silence > GAP_S.max(2.0 * self.usual) {
            self.gap = Some((self.tick, now + STALE_S));
        }
        // A slow pace is none for ever, and one long silence changes little.
        if silence > 0.0 && f64::from(silence) < STALE_S {
            self.usual += (silence.min(longest) - self.usual) * 0.25;
        }
        (self.interval, self.tick, self.lively) = (silence.clamp(EASE_S.0, longest), tick, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames at 30 a second up to tick 100, then one at tick 130, half a second later.
    fn interrupted(speed: u8, ticks: u64, seconds: f64) -> Pulse {
        let mut pulse = Pulse::new(8);
        pulse.set_seams([4].into_iter());
        for i in 1..=50u16 {
            pulse.hear_of(1, u64::from(i) * 2, f64::from(i) / 30.0);
            pulse.felt(1, speed);
        }
        pulse.hear_of(2, 100 + ticks, 50.0 / 30.0 + seconds);
        pulse
    }

    #[test]
    fn frames_that_were_missing_make_older_tiles_stale_for_a_while() {
        let (pulse, now) = (interrupted(9, 30, 0.5), 50.0 / 30.0 + 0.5);
        assert!(pulse.is_stale(1, 100, now) && pulse.is_stale(0, 3, now + 0.5));
        assert!(!pulse.is_stale(1, 130, now), "this one is new");
        assert!(!pulse.is_stale(1, 100, now + STALE_S), "this one rests");
        assert!(!pulse.is_stale(5, 0, now), "another strip");
    }

    #[test]
    fn rest_a_standstill_and_a_slow_pace_are_no_gaps() {
        let now = 50.0 / 30.0 + 0.5;
        assert!(!interrupted(1, 30, 0.5).is_stale(1, 100, now), "nothing moved");
        assert!(!interrupted(9, 2, 0.5).is_stale(1, 100, now), "the room stood still");
        assert!(!interrupted(9, 8, 0.06).is_stale(1, 100, now), "one frame is late");
        // Supersteps of eight ticks.
        let mut pulse = Pulse::new(2);
        for i in 1..30u16 {
            let now = f64::from(i) * 0.133;
            pulse.hear(0..2, u64::from(i) * 8, now);
            pulse.felt(0, 15);
            // The pace is learnt within the first second.
            assert!(i < 12 || !pulse.is_stale(0, 0, now), "frame {i}");
        }
    }

    #[test]
    fn seams_may_be_anything() {
        let mut pulse = Pulse::new(4);
        pulse.set_seams([9, -3, 2, 2, i32::MIN].into_iter());
        assert_eq!(pulse.strips, [(0, 2), (0, 2), (2, 4), (2, 4)]);
        pulse.hear_of(77, 1, 1.0);
        pulse.felt(77, 15);
    }
}
