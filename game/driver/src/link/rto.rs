//! How long a peer's answer takes, and after how long one is missing: the estimator of RFC 6298.

use room::api::Micros;

/// The round trip assumed before the first measurement.
const RTT_INITIAL_US: u64 = 100_000;
/// A peer acknowledges after at most this long.
pub const ACK_DELAY_US: u64 = 5_000;
/// The least round trip is forgotten after this, so that a path that changed is believed again.
const LEAST_SPAN_US: u64 = 10_000_000;

/// Round trips, smoothed, and the retransmission time-out (RTO) that follows from them.
#[derive(Clone, Debug)]
pub struct RtoEstimator {
    smoothed: Option<u64>,
    variance: u64,
    least: u64,
    least_at: Micros,
}

impl RtoEstimator {
    /// Nothing measured yet.
    pub fn new() -> Self {
        Self { smoothed: None, variance: RTT_INITIAL_US / 2, least: u64::MAX, least_at: 0 }
    }

    /// A new measurement, in microseconds.
    pub fn sample(&mut self, now: Micros, us: u64) {
        match self.smoothed {
            None => {
                self.smoothed = Some(us);
                self.variance = us / 2;
            }
            Some(s) => {
                self.variance = (3 * self.variance + s.abs_diff(us)) / 4;
                self.smoothed = Some((7 * s + us) / 8);
            }
        }
        if us <= self.least || now.saturating_sub(self.least_at) > LEAST_SPAN_US {
            self.least = us;
            self.least_at = now;
        }
    }

    /// The smoothed round trip in microseconds, once measured.
    pub fn measured_us(&self) -> Option<u64> {
        self.smoothed
    }

    /// The smoothed round trip in microseconds, or the first guess.
    pub fn smoothed_us(&self) -> u64 {
        self.smoothed.unwrap_or(RTT_INITIAL_US)
    }

    /// A packet that others overtook this long ago counts as lost.
    pub fn loss_after_us(&self) -> u64 {
        self.smoothed_us() * 9 / 8 + (2 * self.variance).max(1_000)
    }

    /// The time-out: with nothing heard for this long after a send, the oldest packet is sent again.
    pub fn rto_us(&self) -> u64 {
        (self.smoothed_us() + 4 * self.variance).max(2_000) + ACK_DELAY_US
    }

    /// How much longer round trips are than the path is: a queue below.
    pub fn queued_us(&self) -> u64 {
        self.smoothed_us().saturating_sub(self.least_us())
    }

    /// The least round trip lately, in microseconds.
    pub fn least_us(&self) -> u64 {
        self.least.min(self.smoothed_us())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_trip_settles_and_the_time_out_follows_its_spread() {
        let mut rto = RtoEstimator::new();
        assert_eq!((rto.measured_us(), rto.smoothed_us()), (None, RTT_INITIAL_US));
        (0..100).for_each(|t| rto.sample(t * 1000, 10_000));
        assert_eq!((rto.smoothed_us(), rto.queued_us()), (10_000, 0));
        let calm = rto.rto_us();
        assert!(calm < 20_000 && rto.loss_after_us() < calm);
        (100..120).for_each(|t| rto.sample(t * 1000, if t % 2 == 0 { 5_000 } else { 40_000 }));
        assert!(rto.rto_us() > 2 * calm, "{}", rto.rto_us());
    }

    #[test]
    fn a_path_that_got_longer_is_no_queue_for_ever() {
        let mut rto = RtoEstimator::new();
        rto.sample(0, 1_000);
        (1..100).for_each(|t| rto.sample(t * 10_000, 50_000));
        assert!(rto.queued_us() > 40_000);
        (0..2).for_each(|t| rto.sample(2 * LEAST_SPAN_US + t, 50_000));
        assert!(rto.queued_us() < 1_000, "{}", rto.queued_us());
    }
}
