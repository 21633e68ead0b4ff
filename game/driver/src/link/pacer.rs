//! When datagrams leave.

use super::rto::RtoEstimator;
use super::wire::DATAGRAM_BYTES_MAX;
use room::api::Micros;

/// Spreads bursts: a token bucket of [`Pacer::BURST`] bytes.
#[derive(Clone, Debug)]
pub struct Pacer {
    tokens: u64,
    at: Micros,
}

impl Pacer {
    /// What may leave at once. A burst above about 100 KB lost packets on loopback and then waited a second
    /// for SCTP's timer; a third of that leaves room for the other peers of this machine.
    pub const BURST: u64 = 32 * 1024;
    /// Bytes refilled a millisecond on a fast link.
    const RATE_MAX: u64 = 32 * 1024;
    /// Bytes refilled a millisecond at least.
    const RATE_MIN: u64 = 256;

    /// A full bucket.
    pub fn new(now: Micros) -> Self {
        Self { tokens: Self::BURST, at: now }
    }

    /// Bytes a millisecond: a quarter more than a window a round trip.
    fn rate(window: u64, rto: &RtoEstimator) -> u64 {
        (window * 1250 / rto.smoothed_us().max(1)).clamp(Self::RATE_MIN, Self::RATE_MAX)
    }

    /// Whether a datagram may leave now.
    pub fn ready(&mut self, now: Micros, window: u64, rto: &RtoEstimator) -> bool {
        let passed = now.saturating_sub(self.at).min(1_000_000);
        let more = Self::rate(window, rto) * passed / 1000;
        if more > 0 {
            self.tokens = (self.tokens + more).min(Self::BURST);
            self.at = now;
        }
        self.tokens >= DATAGRAM_BYTES_MAX as u64
    }

    /// A datagram left.
    pub fn spend(&mut self, bytes: u64) {
        self.tokens = self.tokens.saturating_sub(bytes);
    }

    /// When the next datagram may leave.
    pub fn ready_at(&self, window: u64, rto: &RtoEstimator) -> Micros {
        let missing = (DATAGRAM_BYTES_MAX as u64).saturating_sub(self.tokens);
        self.at + (missing * 1000).div_ceil(Self::rate(window, rto))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pacer_lets_a_burst_out_and_then_a_rate() {
        let (mut rto, mut now, mut sent) = (RtoEstimator::new(), 0u64, 0u64);
        rto.sample(0, 1000);
        let mut pacer = Pacer::new(0);
        while now < 100_000 {
            while pacer.ready(now, 4 << 20, &rto) {
                pacer.spend(4000);
                sent += 4000;
            }
            let at = pacer.ready_at(4 << 20, &rto);
            assert!(at > now, "{at} {now}");
            now = at;
        }
        // 100 ms at 32 KiB a millisecond.
        assert!((3_000_000..3_600_000).contains(&sent), "{sent}");
    }
}
