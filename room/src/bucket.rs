//! A token bucket: so much at once, so much a second after that.

use crate::api::Micros;
use crate::message::Rate;

/// Counts what is left. Tokens are kept in millionths, so that a short time earns its part.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    left: u64,
    at: Micros,
}

impl Bucket {
    /// A full one.
    pub fn new(rate: Rate, now: Micros) -> Self {
        Self { left: rate.burst.saturating_mul(1_000_000), at: now }
    }

    /// Takes so much out, if it is there.
    pub fn take(&mut self, rate: Rate, amount: u64, now: Micros) -> bool {
        let earned = rate.per_second.saturating_mul(now.saturating_sub(self.at));
        self.left = self.left.saturating_add(earned).min(rate.burst.saturating_mul(1_000_000));
        self.at = self.at.max(now);
        let wanted = amount.saturating_mul(1_000_000);
        let has = self.left >= wanted;
        if has {
            self.left -= wanted;
        }
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let rate = Rate { burst: 10, per_second: 100 };
        let mut bucket = Bucket::new(rate, 5);
        assert!((0..10).all(|_| bucket.take(rate, 1, 5)));
        assert!(!bucket.take(rate, 1, 9_000));
        assert!(bucket.take(rate, 1, 10_005));
        assert!(!bucket.take(rate, 1, 10_005));
        assert!(bucket.take(rate, 10, 60_000_000));
        assert!(!bucket.take(rate, 11, u64::MAX), "more than its burst at once is never there");
    }
}
