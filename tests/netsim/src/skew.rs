//! A node's own clock: it starts anywhere and runs a little fast or slow.

use crate::Micros;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Skew {
    /// What it shows at time 0.
    pub start: Micros,
    /// Parts in a million too fast.
    pub ppm: i64,
}

impl Skew {
    /// What it shows.
    pub fn shows(self, now: Micros) -> Micros {
        (self.start as i64 + now as i64 + now as i64 / 1000 * self.ppm / 1000).max(0) as u64
    }

    /// When it will show `local` (or a little later).
    pub fn when(self, local: Micros) -> Micros {
        let passed = local.saturating_sub(self.start) as i64;
        (passed - passed / 1000 * self.ppm / 1000 + passed / 2_000_000 + 2).max(0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skewed_clock_goes_both_ways() {
        for ppm in [-500, 0, 300] {
            let skew = Skew { start: 77_000_000, ppm };
            for now in [0, 5, 1_000, 123_456_789] {
                let back = skew.when(skew.shows(now));
                assert!(back >= now && back <= now + 10 + now / 1000, "{ppm} {now} {back}");
            }
        }
    }
}
