//! Samples of a [`Scape`]: filtered noise, and short notes for bubbles, grains and crackles.
//!
//! Samples are made one after the other, so that how they are cut into blocks changes nothing, and nothing is allocated
//! after [`Synth::new`]. Levels glide to what was told last. Where nothing more is told for a while, as when the program
//! that tells it stands, they fall to silence. What is silent costs nothing.

mod chirps;
mod parts;

use crate::scape::{KINDS, Kind, Scape, Voice};
use chirps::{Chirps, Note};
use parts::{Filter, Noise, Smooth, limit, share};

/// Rates that are asked for are brought into this range, in samples a second.
const RATE_MIN: f32 = 8000.0;
/// See [`RATE_MIN`].
const RATE_MAX: f32 = 192_000.0;
/// Filters are tuned anew after so many samples.
const TUNED_EVERY: u32 = 64;
/// What is told holds for this long, in seconds: a program that draws slowly is still heard without gaps.
const HOLDS_S: f32 = 1.5;
/// Below this a level is none.
const SILENT: f32 = 1e-4;
/// A level rises to what was told with this time constant, in seconds.
const RISE_S: f32 = 0.05;
/// And falls.
const FALL_S: f32 = 0.18;
/// A splash's rush dies away so.
const RUSH_S: f32 = 0.16;
/// And its bubbles.
const TAIL_S: f32 = 0.4;
/// The volume follows its slider so.
const GAIN_S: f32 = 0.03;

/// See the module.
#[derive(Clone, Debug)]
pub struct Synth {
    rate: f32,
    noise: Noise,
    told: Scape,
    levels: [f32; KINDS],
    pans: [[f32; 2]; KINDS],
    gain: f32,
    shares: Shares,
    /// Samples until filters are tuned.
    untuned: u32,
    /// How long what was told still holds, in times that filters are tuned.
    holds: u32,
    /// What a splash has left of its rush, and of its bubbles.
    rush: f32,
    rush_smooth: Smooth,
    tail: f32,
    /// Slow random walks, -1 to 1: gurgling, gusts, trembling.
    wander: [Smooth; 3],
    filters: [Filter; FILTERS],
    deep: [Smooth; 2],
    chirps: Chirps,
}

const FILTERS: usize = 6;

/// One-pole shares at this rate.
#[derive(Clone, Copy, Debug)]
struct Shares {
    rise: f32,
    fall: f32,
    boom: f32,
    gain: f32,
    rush: f32,
    onset: f32,
    tail: f32,
    deep: f32,
    /// A wander is renewed with the filters.
    wander: [f32; 3],
}

impl Synth {
    /// Silent. `rate` in samples a second; the same seed and the same scapes at the same samples give the same bits.
    pub fn new(rate: f32, seed: u32) -> Self {
        let rate = if rate.is_nan() { 48_000.0 } else { rate.clamp(RATE_MIN, RATE_MAX) };
        let slow = |seconds: f32| share(seconds, rate / TUNED_EVERY as f32);
        let shares = Shares {
            rise: share(RISE_S, rate),
            fall: share(FALL_S, rate),
            boom: share(0.008, rate),
            gain: share(GAIN_S, rate),
            rush: share(RUSH_S, rate),
            onset: share(0.004, rate),
            tail: share(TAIL_S, rate),
            deep: share(1.0 / (std::f32::consts::TAU * 75.0), rate),
            wander: [slow(0.12), slow(0.7), slow(0.02)],
        };
        Self {
            rate,
            noise: Noise::new(seed),
            told: Scape::default(),
            levels: [0.0; KINDS],
            pans: [sides(0.0); KINDS],
            gain: 0.0,
            shares,
            untuned: 0,
            holds: 0,
            rush: 0.0,
            rush_smooth: Smooth::default(),
            tail: 0.0,
            wander: [Smooth::default(); 3],
            filters: [Filter::default(); FILTERS],
            deep: [Smooth::default(); 2],
            chirps: Chirps::new(),
        }
    }

    /// What is heard from now on. A splash is heard once for each time that it is told.
    pub fn hear(&mut self, scape: &Scape) {
        self.told = scape.tidied();
        self.holds = (HOLDS_S * self.rate) as u32 / TUNED_EVERY;
        let splash = &mut self.told.voices[Kind::Splash as usize];
        let blow = std::mem::take(&mut splash.level);
        if blow > SILENT {
            self.rush = self.rush.max(blow);
            self.tail = self.tail.max(blow);
        }
    }

    /// Fills a block of pairs, left and right, each below 1. What is left over at the end of an odd one is silent.
    pub fn render(&mut self, block: &mut [f32]) {
        if self.is_silent() {
            self.rest();
            block.fill(0.0);
            return;
        }
        let mut frames = block.chunks_exact_mut(2);
        for frame in &mut frames {
            frame.copy_from_slice(&self.sample());
        }
        frames.into_remainder().fill(0.0);
    }

    /// Whether nothing sounds, and nothing is about to.
    pub fn is_silent(&self) -> bool {
        let told = self.told.voices.iter().any(|voice| voice.level > SILENT) || self.tail > SILENT;
        let silenced = self.gain < SILENT && self.told.gain <= 0.0;
        silenced || (!told && self.levels.iter().all(|level| *level < SILENT) && self.chirps.is_silent())
    }

    fn rest(&mut self) {
        self.levels = [0.0; KINDS];
        self.filters.iter_mut().for_each(Filter::clear);
        self.deep = [Smooth::default(); 2];
        (self.rush, self.tail, self.rush_smooth) = (0.0, 0.0, Smooth::default());
        // The volume is there at once where it begins: what begins rises by itself.
        self.gain = self.told.gain;
        self.chirps = Chirps::new();
        self.untuned = 0;
    }

    fn sample(&mut self) -> [f32; 2] {
        if self.untuned == 0 {
            self.untuned = TUNED_EVERY;
            if self.holds == 0 {
                self.told.voices.iter_mut().for_each(|voice| voice.level = 0.0);
            }
            self.holds = self.holds.saturating_sub(1);
            self.tune();
        }
        self.untuned -= 1;
        let shares = self.shares;
        for (kind, (level, told)) in self.levels.iter_mut().zip(&self.told.voices).enumerate() {
            let up = if kind == Kind::Rumble as usize { shares.boom } else { shares.rise };
            *level += (told.level - *level) * if told.level > *level { up } else { shares.fall };
        }
        self.gain += (self.told.gain - self.gain) * shares.gain;
        self.rush -= self.rush * shares.rush;
        self.tail -= self.tail * shares.tail;
        let mut sum = self.chirps.run();
        for kind in 0..KINDS {
            let value = self.voice(kind);
            sum[0] += value * self.pans[kind][0];
            sum[1] += value * self.pans[kind][1];
        }
        sum.map(|side| limit(side) * self.gain)
    }

    /// The noise of one kind.
    #[inline(always)]
    fn voice(&mut self, kind: usize) -> f32 {
        const SPLASH: usize = Kind::Splash as usize;
        const FLOW: usize = Kind::Flow as usize;
        const SIZZLE: usize = Kind::Sizzle as usize;
        const FIRE: usize = Kind::Fire as usize;
        const CRUMBLE: usize = Kind::Crumble as usize;
        const WIND: usize = Kind::Wind as usize;
        let level = self.levels[kind];
        if level < SILENT && kind != SPLASH || kind == SPLASH && self.tail < SILENT {
            return 0.0;
        }
        let [gurgle, gust, tremble] = self.wander.map(|walk| walk.0);
        let white = self.noise.white();
        match kind {
            FLOW => {
                let bands = self.filters[0].run(white);
                level * (bands.low * (0.55 + 0.25 * gurgle) + bands.high * 0.10 * level)
            }
            SPLASH => {
                let rush = self.rush_smooth.run(self.rush, self.shares.onset);
                self.filters[1].run(white).band * rush * 0.9
            }
            SIZZLE => self.filters[2].run(white).high * level * (0.22 + 0.18 * tremble),
            FIRE => self.filters[3].run(white).low * level * (0.8 + 0.5 * gust + 0.3 * tremble),
            CRUMBLE => self.filters[4].run(white).band * level * (0.20 + 0.12 * tremble),
            WIND => self.filters[5].run(white).band * level * (0.5 + 0.4 * gust),
            _ => {
                let first = self.deep[0].run(white, self.shares.deep);
                let second = self.deep[1].run(first, self.shares.deep);
                level * (second * 9.0 + first * 1.2) * (1.0 + 0.5 * gurgle)
            }
        }
    }

    /// What changes slowly: filters, walks, places; and the notes that begin by chance.
    fn tune(&mut self) {
        for (walk, share) in self.wander.iter_mut().zip(self.shares.wander) {
            // A walk's spread is about that of its share's square root; brought back to 1.
            let push = self.noise.white() / share.max(1e-4).sqrt();
            walk.run(push.clamp(-6.0, 6.0), share);
            walk.0 = walk.0.clamp(-1.0, 1.0);
        }
        for (sides_of, voice) in self.pans.iter_mut().zip(&self.told.voices) {
            let wanted = sides(voice.pan);
            for (now, wanted) in sides_of.iter_mut().zip(wanted) {
                *now += (wanted - *now) * 0.05;
            }
        }
        let [gurgle, gust, tremble] = self.wander.map(|walk| walk.0);
        let level = |kind: Kind| self.levels[kind as usize];
        let tunings = [
            (350.0 + 1500.0 * level(Kind::Flow) + 120.0 * gurgle, 1.2),
            (500.0 + 1900.0 * self.rush, 1.1),
            (3600.0 + 900.0 * gust, 1.0),
            (150.0 + 120.0 * level(Kind::Fire) + 40.0 * gust, 1.2),
            (2300.0 + 1500.0 * level(Kind::Crumble) + 500.0 * tremble, 1.0),
            (330.0 + 280.0 * level(Kind::Wind) + 160.0 * gust, 0.22),
        ];
        for (filter, (hertz, damping)) in self.filters.iter_mut().zip(tunings) {
            filter.tune(hertz, damping, self.rate);
        }
        self.notes();
    }

    /// Begins the notes of this stretch: each kind has its rate, so chance decides how many.
    fn notes(&mut self) {
        let [flow, sizzle, fire, crumble] =
            [Kind::Flow, Kind::Sizzle, Kind::Fire, Kind::Crumble].map(|kind| self.levels[kind as usize]);
        let tail = self.tail;
        let chance = |kind, level, a_second, [low, high]: [f32; 2], rise, loud, seconds| {
            let note = Note { hertz: low, rise, loud, pan: 0.0, seconds };
            Chance { kind, level, a_second, higher: high - low, note }
        };
        let chances = [
            chance(Kind::Flow, flow, 3.0 + 60.0 * flow, [380.0, 1500.0], 3.0, 0.16 + 0.10 * flow, 0.035),
            chance(Kind::Splash, tail, 20.0 + 130.0 * tail, [450.0, 2300.0], 4.0, 0.28 * tail, 0.030),
            chance(Kind::Sizzle, sizzle, 90.0 * sizzle, [260.0, 900.0], 6.0, 0.10, 0.022),
            chance(Kind::Fire, fire, 3.0 + 34.0 * fire, [900.0, 5200.0], 0.0, 0.5, 0.0016),
            chance(Kind::Crumble, crumble, 15.0 + 420.0 * crumble, [1500.0, 6500.0], 0.0, 0.12, 0.0022),
        ];
        let stretch = TUNED_EVERY as f32 / self.rate;
        for Chance { kind, level, a_second, higher, note } in chances {
            let mut expected = if level < SILENT { 0.0 } else { a_second * stretch };
            while expected > 0.0 && self.noise.unit() < expected {
                expected -= 1.0;
                // High ones are rarer than low ones, loud ones rarer than quiet ones.
                let (pitch, strength) = (self.noise.unit(), self.noise.unit());
                let pan = self.told.voices[kind as usize].pan + 0.35 * self.noise.white();
                let note = Note {
                    hertz: note.hertz + higher * pitch * pitch,
                    loud: note.loud * (0.15 + 0.85 * strength * strength * strength) * level.min(0.5) * 2.0,
                    pan: pan.clamp(-1.0, 1.0),
                    seconds: note.seconds * (0.5 + self.noise.unit()),
                    ..note
                };
                self.chirps.begin(note, self.rate);
            }
        }
    }
}

/// How often a kind's notes begin, and how they sound.
struct Chance {
    kind: Kind,
    level: f32,
    a_second: f32,
    /// The lowest and longest; by so many hertz the others are higher at most.
    note: Note,
    higher: f32,
}

/// How much of a voice at a place goes to the left and to the right: the sum of their powers is that of one in the middle.
fn sides(pan: f32) -> [f32; 2] {
    let right = (pan.clamp(-1.0, 1.0) + 1.0) * 0.5;
    [(1.0 - right).sqrt(), right.sqrt()]
}

/// A scape of one kind, for those who try the synthesiser.
pub fn only(kind: Kind, level: f32) -> Scape {
    let mut scape = Scape { gain: 1.0, ..Scape::default() };
    scape.voices[kind as usize] = Voice { level, pan: 0.0 };
    scape
}

#[cfg(test)]
mod tests;
