//! How much may be under way. SCTP below has its own congestion control and an unbounded queue in front of it; this
//! window keeps that queue short, so that a border's fragments do not stand behind a snapshot's. It backs off when the
//! round trip grows (the queue below fills) and when datagrams are lost.

use super::rto::RtoEstimator;
use room::api::Micros;

/// The window at least.
const WINDOW_MIN: u64 = 64 * 1024;
/// The window at the start.
const WINDOW_START: u64 = 256 * 1024;
/// The window at most.
pub const WINDOW_MAX: u64 = 4 * 1024 * 1024;
/// And on a path that carries no more in a round trip. A system takes about twice this for a socket that is not read for
/// a moment, since it counts what packets take in its memory, and what is beyond that is lost: on one busy machine
/// nothing else is.
const WINDOW_SHORT: u64 = 96 * 1024;
/// A queue of this much below us is tolerated before the window shrinks.
const QUEUE_US: u64 = 30_000;
/// So is a round trip's worth, up to this.
const LEAST_US_MAX: u64 = 1_000_000;

/// How many bytes may be under way.
#[derive(Clone, Debug)]
pub struct Window {
    bytes: u64,
    /// What the path holds, and as much again, so that it is found out whether it holds more.
    limit: u64,
    slow_start: bool,
    shrunk_at: Micros,
}

impl Window {
    /// The first window.
    pub fn new() -> Self {
        Self { bytes: WINDOW_START, limit: WINDOW_START, slow_start: true, shrunk_at: 0 }
    }

    /// Bytes that may be under way.
    pub fn bytes(&self) -> u64 {
        self.bytes.min(self.limit)
    }

    /// Bytes were acknowledged; `full` when the window was what held sending back. `goodput` is what was delivered a
    /// second at best.
    pub fn acked(&mut self, now: Micros, bytes: u64, full: bool, rto: &RtoEstimator, goodput: u32) {
        self.limit = WINDOW_SHORT + 2 * u64::from(goodput) * rto.least_us().min(LEAST_US_MAX) / 1_000_000;
        if rto.queued_us() > QUEUE_US + rto.least_us().min(LEAST_US_MAX) {
            self.shrink(now, rto, 7, 8);
        } else if full {
            let grown = if self.slow_start { bytes } else { bytes * 16 * 1024 / self.bytes.max(1) };
            // No further than the path was seen to go: what is lost is to shrink what is in use.
            self.bytes = (self.bytes + grown).min(WINDOW_MAX).min(self.limit.max(self.bytes));
        }
    }

    /// A datagram was lost: three quarters, at most once a round trip.
    pub fn lost(&mut self, now: Micros, rto: &RtoEstimator) {
        self.shrink(now, rto, 3, 4);
    }

    fn shrink(&mut self, now: Micros, rto: &RtoEstimator, num: u64, den: u64) {
        if now.saturating_sub(self.shrunk_at) >= rto.smoothed_us() {
            self.shrunk_at = now;
            self.slow_start = false;
            self.bytes = (self.bytes() * num / den).max(WINDOW_MIN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_grows_while_it_is_full_and_backs_off_when_a_queue_grows() {
        let mut rto = RtoEstimator::new();
        (0..100).for_each(|t| rto.sample(t * 1000, 10_000));
        let mut window = Window::new();
        window.acked(200_000, 100_000, true, &rto, 50_000_000);
        assert!(window.bytes() > WINDOW_START);
        for t in 200..400 {
            rto.sample(t * 1000, 200_000);
            window.acked(t * 10_000, 16_000, true, &rto, 50_000_000);
        }
        assert!(window.bytes() < WINDOW_START, "{}", window.bytes());
        assert!(window.bytes() >= WINDOW_MIN);
    }

    #[test]
    fn a_short_path_gets_no_more_than_it_carries_and_a_long_one_what_it_takes() {
        let of = |rtt_us: u64, bytes_per_second: u64| {
            let (mut rto, mut window) = (RtoEstimator::new(), Window::new());
            let mut goodput = 0;
            for t in 0..200 {
                rto.sample(t * rtt_us, rtt_us);
                goodput = goodput.max((window.bytes() * 1_000_000 / rtt_us).min(bytes_per_second));
                window.acked(t * rtt_us, window.bytes(), true, &rto, goodput as u32);
            }
            window.bytes()
        };
        let short = of(300, 30_000_000);
        assert!((WINDOW_SHORT..WINDOW_SHORT * 5 / 4).contains(&short), "{short}");
        let long = of(100_000, 10_000_000);
        assert!((1_500_000..=WINDOW_MAX).contains(&long), "{long}");
    }

    #[test]
    fn a_burst_of_losses_is_one_loss() {
        let rto = RtoEstimator::new();
        let mut window = Window::new();
        (0..10).for_each(|t| window.lost(1_000_000 + t, &rto));
        assert_eq!(window.bytes(), WINDOW_START * 3 / 4);
        (0..100).for_each(|t| window.lost(2_000_000 + t * 1_000_000, &rto));
        assert_eq!(window.bytes(), WINDOW_MIN);
    }
}
