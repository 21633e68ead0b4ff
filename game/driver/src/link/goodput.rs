//! How fast a link delivers.

use room::api::Micros;

/// The best rate of this long is the goodput.
const GOODPUT_SPAN_US: u64 = 5_000_000;

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

#[cfg(test)]
mod tests {
    use super::*;

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
