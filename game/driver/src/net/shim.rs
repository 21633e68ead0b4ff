//! Latency, jitter and loss by a seed, above any net: the same weather for the virtual net and for WebRTC.

use super::{Net, NetEvent};
use room::api::{Micros, PeerId};
use std::collections::BTreeMap;
use std::task::{Context, Poll};

/// Datagrams held back at most; more are lost.
const HELD_MAX: usize = 1 << 16;

/// The weather. Jitter reorders.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weather {
    /// One way, added to each datagram.
    pub latency_us: u64,
    /// Up to so much more, evenly spread.
    pub jitter_us: u64,
    /// Of 1,000,000 datagrams, how many are lost.
    pub loss_ppm: u32,
    /// What drives the choices.
    pub seed: u64,
}

impl Weather {
    /// Whether nothing is changed at all.
    pub fn is_clear(&self) -> bool {
        self.latency_us == 0 && self.jitter_us == 0 && self.loss_ppm == 0
    }
}

/// A net under the weather: outgoing datagrams are held back or lost.
#[derive(Debug)]
pub struct Shim<N> {
    net: N,
    weather: Weather,
    state: u64,
    count: u64,
    held: BTreeMap<(Micros, u64), (PeerId, Vec<u8>)>,
}

impl<N: Net> Shim<N> {
    /// Puts a net under the weather.
    pub fn new(net: N, weather: Weather) -> Self {
        Self { net, weather, state: weather.seed ^ 0x9e37_79b9_7f4a_7c15, count: 0, held: BTreeMap::new() }
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl<N: Net> Net for Shim<N> {
    fn poll(&mut self, cx: &mut Context<'_>, now: Micros) -> Poll<NetEvent> {
        while let Some(due) = self.held.first_entry().filter(|e| e.key().0 <= now) {
            let (to, bytes) = due.remove();
            self.net.send(now, to, bytes);
        }
        self.net.poll(cx, now)
    }

    fn send(&mut self, now: Micros, to: PeerId, bytes: Vec<u8>) {
        if self.weather.is_clear() {
            return self.net.send(now, to, bytes);
        }
        if self.random() % 1_000_000 < u64::from(self.weather.loss_ppm) || self.held.len() >= HELD_MAX {
            return;
        }
        let jitter = self.random() % (self.weather.jitter_us + 1);
        self.count += 1;
        self.held.insert((now + self.weather.latency_us + jitter, self.count), (to, bytes));
    }

    fn next_timeout(&self) -> Option<Micros> {
        let due = self.held.keys().next().map(|k| k.0);
        [due, self.net.next_timeout()].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::super::hub::Hub;
    use super::*;

    fn run(weather: Weather) -> Vec<(Micros, u8)> {
        let hub = Hub::default();
        let (a, b) = (PeerId(1), PeerId(2));
        let mut from = Shim::new(hub.join(a), weather);
        let mut to = hub.join(b);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        for i in 0..200 {
            from.send(0, b, vec![i]);
        }
        let mut got = Vec::new();
        for now in (0..100_000).step_by(500) {
            let _ = from.poll(&mut cx, now);
            while let Poll::Ready(event) = to.poll(&mut cx, now) {
                if let NetEvent::Datagram { bytes, .. } = event {
                    got.push((now, bytes[0]));
                }
            }
        }
        got
    }

    #[test]
    fn the_weather_is_as_announced_and_the_same_for_a_seed() {
        let weather = Weather { latency_us: 20_000, jitter_us: 10_000, loss_ppm: 200_000, seed: 7 };
        let got = run(weather);
        assert_eq!(got, run(weather));
        assert_ne!(got, run(Weather { seed: 8, ..weather }));
        assert!((120..190).contains(&got.len()), "{}", got.len());
        assert!(got.iter().all(|(at, _)| (20_000..=31_000).contains(at)));
        assert!(got.windows(2).any(|w| w[0].1 > w[1].1), "jitter reorders");
        assert_eq!(run(Weather::default()).len(), 200);
    }
}
