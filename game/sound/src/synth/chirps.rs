//! Short notes of one sine each that dies away: bubbles, whose pitch rises as they near the surface; ticks of grains and of
//! what burns. A pool of fixed size: where it is full a new one is left out, and nobody misses it.

use super::parts::sine;

/// The most at once.
pub(super) const CHIRPS: usize = 48;

/// One of them.
#[derive(Clone, Copy, Debug, Default)]
struct Chirp {
    turns: f32,
    step: f32,
    /// How much the step grows in a sample.
    rise: f32,
    left: f32,
    right: f32,
    keeps: f32,
    /// A ramp from 0 to 1 at its beginning, without which it would click.
    onset: f32,
    opens: f32,
}

/// What one is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Note {
    pub(super) hertz: f32,
    /// By how much of its pitch it rises in a second.
    pub(super) rise: f32,
    pub(super) loud: f32,
    pub(super) pan: f32,
    /// It dies away with this time constant.
    pub(super) seconds: f32,
}

/// All of them; the first `used` sound.
#[derive(Clone, Debug)]
pub(super) struct Chirps {
    all: [Chirp; CHIRPS],
    used: usize,
}

/// Quieter than this it is over.
const OVER: f32 = 2e-5;

impl Chirps {
    pub(super) fn new() -> Self {
        Self { all: [Chirp::default(); CHIRPS], used: 0 }
    }

    pub(super) fn is_silent(&self) -> bool {
        self.used == 0
    }

    pub(super) fn begin(&mut self, note: Note, rate: f32) {
        // Above a third of the rate it would be heard as another pitch.
        let step = note.hertz / rate;
        if self.used == CHIRPS || step > 0.33 {
            return;
        }
        let [left, right] = super::sides(note.pan);
        let samples = (note.seconds * rate).max(2.0);
        self.all[self.used] = Chirp {
            turns: 0.0,
            step,
            rise: step * note.rise / rate,
            left: left * note.loud,
            right: right * note.loud,
            keeps: 1.0 - 1.0 / samples,
            onset: 0.0,
            opens: (8.0 / samples).min(1.0),
        };
        self.used += 1;
    }

    #[inline(always)]
    pub(super) fn run(&mut self) -> [f32; 2] {
        let (mut sum, mut i) = ([0.0; 2], 0);
        while i < self.used {
            let chirp = &mut self.all[i];
            let value = sine(chirp.turns) * chirp.onset;
            sum[0] += value * chirp.left;
            sum[1] += value * chirp.right;
            chirp.turns += chirp.step;
            chirp.turns -= if chirp.turns >= 1.0 { 1.0 } else { 0.0 };
            chirp.step = (chirp.step + chirp.rise).min(0.4);
            chirp.onset = (chirp.onset + chirp.opens).min(1.0);
            chirp.left *= chirp.keeps;
            chirp.right *= chirp.keeps;
            if chirp.left.max(chirp.right) < OVER {
                self.used -= 1;
                self.all[i] = self.all[self.used];
            } else {
                i += 1;
            }
        }
        sum
    }
}
