//! What voices are made of: noise, filters, a sine. Only additions, multiplications, divisions and square roots, which are
//! the same on every machine.

/// White noise of a seed (xorshift).
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise(u32);

impl Noise {
    pub(super) fn new(seed: u32) -> Self {
        // Any state but zero; neighbouring seeds are far from each other.
        Self(seed.wrapping_mul(0x9e37_79b9) | 1)
    }

    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// -1 to 1.
    pub(super) fn white(&mut self) -> f32 {
        (self.next() as i32) as f32 * (1.0 / 2_147_483_648.0)
    }

    /// 0 to 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.next() >> 8) as f32 * (1.0 / 16_777_216.0)
    }
}

/// A low pass of one pole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Smooth(pub(super) f32);

impl Smooth {
    #[inline(always)]
    pub(super) fn run(&mut self, input: f32, share: f32) -> f32 {
        self.0 += (input - self.0) * share;
        self.0
    }
}

/// The share by which a one-pole filter of a time constant moves in a sample.
pub(super) fn share(seconds: f32, rate: f32) -> f32 {
    (1.0 / (seconds * rate).max(1.0)).min(1.0)
}

/// A state-variable filter of two poles (Zavalishin's, stable whatever its numbers are).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filter {
    a: f32,
    b: f32,
    g: f32,
    k: f32,
    norm: f32,
}

/// What a filter gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bands {
    pub(super) low: f32,
    pub(super) band: f32,
    pub(super) high: f32,
}

impl Filter {
    /// Moves it to a frequency, `damping` 2 without resonance to 0.1 with much.
    pub(super) fn tune(&mut self, hertz: f32, damping: f32, rate: f32) {
        // tan(x) to within 1 % below a quarter of the rate; above, where it matters little, it stays finite.
        let x = (hertz / rate).clamp(0.0005, 0.24) * std::f32::consts::PI;
        let square = x * x;
        self.g = x * (1.0 + square * (1.0 / 3.0 + square * (2.0 / 15.0 + square * 0.054)));
        self.k = damping;
        self.norm = 1.0 / (1.0 + self.g * (self.g + self.k));
    }

    #[inline(always)]
    pub(super) fn run(&mut self, input: f32) -> Bands {
        let high = (input - (self.g + self.k) * self.a - self.b) * self.norm;
        let band = self.a + self.g * high;
        let low = self.b + self.g * band;
        self.a = band + self.g * high;
        self.b = low + self.g * band;
        Bands { low, band, high }
    }

    /// Forgets what it heard; else what dies away in it would go on as numbers too small to compute fast.
    pub(super) fn clear(&mut self) {
        (self.a, self.b) = (0.0, 0.0);
    }
}

/// The sine of so many turns, 0 to 1, to within a thousandth.
#[inline(always)]
pub(super) fn sine(turns: f32) -> f32 {
    let x = 2.0 * turns - 1.0;
    let y = 4.0 * x * (x.abs() - 1.0);
    y * (0.775 + 0.225 * y.abs())
}

/// What keeps the sum below full scale: nearly nothing at a low level, and never as much as 1.
#[inline(always)]
pub(super) fn limit(sum: f32) -> f32 {
    0.95 * sum / (1.0 + sum * sum).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_one() {
        for i in 0..1000 {
            let turns = i as f32 / 1000.0;
            let wanted = (f64::from(turns) * std::f64::consts::TAU).sin() as f32;
            assert!((sine(turns) - wanted).abs() < 2e-3, "{turns}: {} {wanted}", sine(turns));
        }
    }

    #[test]
    fn filters_pass_what_they_should() {
        let power = |hertz: f32, of: fn(Bands) -> f32| {
            let mut filter = Filter::default();
            filter.tune(1000.0, 1.4, 48000.0);
            let sum: f32 = (0..9600).map(|i| of(filter.run(sine((i as f32 * hertz / 48000.0).fract()))).powi(2)).sum();
            (sum / 4800.0).sqrt()
        };
        assert!(power(100.0, |b| b.low) > 0.9 && power(10_000.0, |b| b.low) < 0.05);
        assert!(power(100.0, |b| b.high) < 0.05 && power(10_000.0, |b| b.high) > 0.9);
    }
}
