//! Round trip, goodput and the window that follows from them.
//!
//! SCTP below has its own congestion control and an unbounded queue in front of it; this window keeps that
//! queue short, so that a border's fragments do not stand behind a snapshot's. It backs off when the round
//! trip grows (the queue below fills) and when datagrams are lost.

use room::api::Micros;

/// The round trip assumed before the first measurement.
const RTT_INITIAL_US: u64 = 100_000;
/// A peer acknowledges after at most this long.
pub const ACK_DELAY_US: u64 = 5_000;
/// The window at the start and at least.
const WINDOW_MIN: u64 = 64 * 1024;
const WINDOW_START: u64 = 256 * 1024;
/// The window at most.
pub const WINDOW_MAX: u64 = 4 * 1024 * 1024;
/// A queue of this much below us is tolerated before the window shrinks.
const QUEUE_US: u64 = 30_000;
/// The best rate of this long is the goodput.
const GOODPUT_SPAN_US: u64 = 5_000_000;

/// Smoothed round trip (RFC 6298's weights).
#[derive(Clone, Debug)]
pub struct Rtt {
    smoothed: Option<u64>,
    variance: u64,
    least: u64,
    least_at: Micros,
}

impl Rtt {
    /// Nothing measured yet.
    pub fn new() -> Self {
        Self { smoothed: None, variance: RTT_INITIAL_US / 2, least: u64::MAX, least_at: 0 }
    }

    /// A new measurement.
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
        // The least of the last 10 to 20 s, so that a path that changed is believed again.
        if us <= self.least || now.saturating_sub(self.least_at) > 10_000_000 {
            self.least = us;
            self.least_at = now;
        }
    }

    /// The smoothed round trip in microseconds, once measured.
    pub fn measured(&self) -> Option<u64> {
        self.smoothed
    }

    /// The smoothed round trip, or the first guess.
    pub fn smoothed(&self) -> u64 {
        self.smoothed.unwrap_or(RTT_INITIAL_US)
    }

    /// A packet this long overtaken by others counts as lost.
    pub fn loss_after(&self) -> u64 {
        self.smoothed() * 9 / 8 + (2 * self.variance).max(1_000)
    }

    /// With nothing heard for this long after a send, the oldest packet is sent again.
    pub fn probe_after(&self) -> u64 {
        (self.smoothed() + 4 * self.variance).max(2_000) + ACK_DELAY_US
    }

    fn queued(&self) -> u64 {
        self.smoothed().saturating_sub(self.least.min(self.smoothed()))
    }
}

/// How many bytes may be under way.
#[derive(Clone, Debug)]
pub struct Window {
    bytes: u64,
    slow_start: bool,
    shrunk_at: Micros,
}

impl Window {
    /// The first window.
    pub fn new() -> Self {
        Self { bytes: WINDOW_START, slow_start: true, shrunk_at: 0 }
    }

    /// Bytes that may be under way.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes were acknowledged; `full` when the window was what held sending back.
    pub fn acked(&mut self, now: Micros, bytes: u64, full: bool, rtt: &Rtt) {
        if rtt.queued() > QUEUE_US + rtt.least.min(1_000_000) {
            self.shrink(now, rtt, 7, 8);
        } else if full {
            let grown = if self.slow_start { bytes } else { bytes * 16 * 1024 / self.bytes.max(1) };
            self.bytes = (self.bytes + grown).min(WINDOW_MAX);
        }
    }

    /// A datagram was lost: three quarters, at most once a round trip.
    pub fn lost(&mut self, now: Micros, rtt: &Rtt) {
        self.shrink(now, rtt, 3, 4);
    }

    fn shrink(&mut self, now: Micros, rtt: &Rtt, num: u64, den: u64) {
        if now.saturating_sub(self.shrunk_at) >= rtt.smoothed() {
            self.shrunk_at = now;
            self.slow_start = false;
            self.bytes = (self.bytes * num / den).max(WINDOW_MIN);
        }
    }
}

/// The best delivery rate lately: bytes acknowledged between a packet's sending and its acknowledgement.
#[derive(Clone, Debug, Default)]
pub struct Goodput {
    delivered: u64,
    best: [u64; 2],
    span_began: Micros,
}

impl Goodput {
    /// Bytes acknowledged so far; remember it with each packet sent.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// A packet of `bytes`, sent at `sent` when `delivered_then` bytes had been acknowledged, arrived.
    pub fn acked(&mut self, now: Micros, bytes: u64, sent: Micros, delivered_then: u64) {
        self.delivered += bytes;
        if now.saturating_sub(self.span_began) > GOODPUT_SPAN_US {
            self.best = [0, self.best[0]];
            self.span_began = now;
        }
        let rate = (self.delivered - delivered_then) * 1_000_000 / now.saturating_sub(sent).max(100);
        self.best[0] = self.best[0].max(rate);
    }

    /// Bytes a second; 0 while unknown.
    pub fn bytes_per_second(&self) -> u32 {
        u32::try_from(self.best[0].max(self.best[1])).unwrap_or(u32::MAX)
    }
}

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
    fn rate(window: u64, rtt: &Rtt) -> u64 {
        (window * 1250 / rtt.smoothed().max(1)).clamp(Self::RATE_MIN, Self::RATE_MAX)
    }

    /// Whether a datagram may leave now.
    pub fn ready(&mut self, now: Micros, window: u64, rtt: &Rtt) -> bool {
        let passed = now.saturating_sub(self.at).min(1_000_000);
        let more = Self::rate(window, rtt) * passed / 1000;
        if more > 0 {
            self.tokens = (self.tokens + more).min(Self::BURST);
            self.at = now;
        }
        self.tokens >= super::wire::DATAGRAM_BYTES_MAX as u64
    }

    /// A datagram left.
    pub fn spend(&mut self, bytes: u64) {
        self.tokens = self.tokens.saturating_sub(bytes);
    }

    /// When the next datagram may leave.
    pub fn ready_at(&self, window: u64, rtt: &Rtt) -> Micros {
        let missing = (super::wire::DATAGRAM_BYTES_MAX as u64).saturating_sub(self.tokens);
        self.at + (missing * 1000).div_ceil(Self::rate(window, rtt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_trip_settles_and_the_window_backs_off_when_a_queue_grows() {
        let mut rtt = Rtt::new();
        for t in 0..100 {
            rtt.sample(t * 1000, 10_000);
        }
        assert_eq!(rtt.smoothed(), 10_000);
        assert!(rtt.probe_after() < 20_000);
        let mut window = Window::new();
        window.acked(200_000, 100_000, true, &rtt);
        assert!(window.bytes() > WINDOW_START);
        for t in 200..400 {
            rtt.sample(t * 1000, 200_000);
            window.acked(t * 10_000, 16_000, true, &rtt);
        }
        assert!(window.bytes() < WINDOW_START, "{}", window.bytes());
        assert!(window.bytes() >= WINDOW_MIN);
    }

    #[test]
    fn the_pacer_lets_a_burst_out_and_then_a_rate() {
        let (mut rtt, mut now, mut sent) = (Rtt::new(), 0u64, 0u64);
        rtt.sample(0, 1000);
        let mut pacer = Pacer::new(0);
        while now < 100_000 {
            while pacer.ready(now, WINDOW_MAX, &rtt) {
                pacer.spend(4000);
                sent += 4000;
            }
            let at = pacer.ready_at(WINDOW_MAX, &rtt);
            assert!(at > now, "{at} {now}");
            now = at;
        }
        // 100 ms at 32 KiB a millisecond.
        assert!((3_000_000..3_600_000).contains(&sent), "{sent}");
    }

    #[test]
    fn goodput_is_the_best_rate_lately() {
        let mut g = Goodput::default();
        g.acked(10_000, 50_000, 0, 0);
        assert_eq!(g.bytes_per_second(), 5_000_000);
        g.acked(20_000_000, 10_000, 19_990_000, g.delivered());
        g.acked(40_000_000, 10_000, 39_990_000, g.delivered());
        assert_eq!(g.bytes_per_second(), 1_000_000);
    }
}
