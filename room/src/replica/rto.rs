//! How long to wait for a band before another is asked for it: from how long such waits have been lately, as
//! TCP reckons its timeout (Jacobson, 1988): mean plus four mean deviations.

use crate::api::Micros;

/// Never earlier: a packet lost on the way is sent again within this.
const LEAST_US: u64 = 12_000;
/// Never later.
const MOST_US: u64 = 250_000;
/// Before anything is known.
const FIRST_US: u64 = 60_000;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct RtoEstimator {
    /// Mean and mean deviation, microseconds.
    known: Option<(u64, u64)>,
}

impl RtoEstimator {
    /// All bands of a step were here after this long.
    pub fn waited(&mut self, us: Micros) {
        // One stall must not teach patience with the next.
        let us = us.min(MOST_US);
        self.known = Some(match self.known {
            None => (us, us / 2),
            Some((mean, deviation)) => ((mean * 7 + us) / 8, (deviation * 3 + us.abs_diff(mean)) / 4),
        });
    }

    /// How long is waited as a rule.
    pub fn usual_us(&self) -> u64 {
        self.known.map_or(0, |(mean, _)| mean)
    }

    /// The longest wait that is still usual.
    pub fn deadline_us(&self) -> u64 {
        self.known.map_or(FIRST_US, |(mean, deviation)| (mean + 4 * deviation).clamp(LEAST_US, MOST_US))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_follows_what_is_usual() {
        let mut rto = RtoEstimator::default();
        assert_eq!(rto.deadline_us(), FIRST_US);
        (0..50).for_each(|_| rto.waited(500));
        assert_eq!((rto.usual_us(), rto.deadline_us()), (500, LEAST_US));
        (0..50).for_each(|i| rto.waited(40_000 + i % 2 * 10_000));
        assert!((45_000..90_000).contains(&rto.deadline_us()), "{}", rto.deadline_us());
        rto.waited(10_000_000);
        assert!(rto.deadline_us() <= MOST_US);
    }
}
