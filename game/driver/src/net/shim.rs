//! A thin uplink, latency, jitter, loss and cuts, by a seed, above any net: the same weather for the virtual net and for WebRTC.

use super::{Net, NetEvent};
use room::api::{Micros, PeerId};
use std::collections::{BTreeMap, VecDeque};
use std::task::{Context, Poll};

/// Datagrams held back at most; more are lost.
const HELD_MAX: usize = 1 << 16;
/// What waits for a thin uplink waits no longer, as in a router at home; what would is lost.
pub const BUFFER_US: u64 = 250_000;

/// The weather. Jitter reorders.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weather {
    /// One way, added to each datagram.
    pub latency_us: u64,
    /// Up to so much more, evenly spread.
    pub jitter_us: u64,
    /// Of 1,000,000 datagrams, how many are lost.
    pub loss_ppm: u32,
    /// Added to each datagram that comes: with `latency_us`, a peer that is far from everyone.
    pub inbound_us: u64,
    /// What the uplink carries in all, to whomever; 0 for no limit. See [`BUFFER_US`].
    pub bytes_per_s: u64,
    /// What drives the choices.
    pub seed: u64,
}

impl Weather {
    /// Whether nothing is changed at all.
    pub fn is_clear(&self) -> bool {
        [self.latency_us, self.jitter_us, self.inbound_us, self.bytes_per_s] == [0; 4] && self.loss_ppm == 0
    }

    /// The longest that a datagram is held back on its way out.
    pub fn longest_us(&self) -> u64 {
        self.latency_us + self.jitter_us + if self.bytes_per_s > 0 { BUFFER_US } else { 0 }
    }
}

/// A net under the weather: outgoing datagrams are held back or lost.
#[derive(Debug)]
pub struct Shim<N> {
    net: N,
    weather: Weather,
    state: u64,
    count: u64,
    /// When the uplink has nothing more to carry, in nanoseconds: small datagrams take no whole microsecond.
    idle_ns: u64,
    held: BTreeMap<(Micros, u64), (PeerId, Vec<u8>)>,
    came: VecDeque<(Micros, PeerId, Vec<u8>)>,
    muted: BTreeMap<PeerId, Micros>,
}

impl<N: Net> Shim<N> {
    /// Puts a net under the weather.
    pub fn new(net: N, weather: Weather) -> Self {
        let state = weather.seed ^ 0x9e37_79b9_7f4a_7c15;
        let (held, came, muted) = (BTreeMap::new(), VecDeque::new(), BTreeMap::new());
        Self { net, weather, state, count: 0, idle_ns: 0, held, came, muted }
    }

    /// What is under the weather.
    pub fn net_mut(&mut self) -> &mut N {
        &mut self.net
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// When a datagram has left by the uplink; nothing when its buffer is full.
    fn uplink(&mut self, now: Micros, bytes: usize) -> Option<Micros> {
        let Some(took) = (bytes as u64 * 1_000_000_000).checked_div(self.weather.bytes_per_s) else { return Some(now) };
        let begins = self.idle_ns.max(now * 1000);
        if begins > (now + BUFFER_US) * 1000 {
            return None;
        }
        self.idle_ns = begins + took;
        Some(self.idle_ns.div_ceil(1000))
    }

    fn is_mute(&self, peer: PeerId, now: Micros) -> bool {
        self.muted.get(&peer).is_some_and(|&until| now < until)
    }
}

impl<N: Net> Net for Shim<N> {
    fn poll(&mut self, cx: &mut Context<'_>, now: Micros) -> Poll<NetEvent> {
        while let Some(due) = self.held.first_entry().filter(|e| e.key().0 <= now) {
            let (to, bytes) = due.remove();
            self.net.send(now, to, bytes);
        }
        while let Poll::Ready(event) = self.net.poll(cx, now) {
            match event {
                NetEvent::Datagram { from, .. } if self.is_mute(from, now) => {}
                NetEvent::Datagram { from, bytes } if self.weather.inbound_us > 0 => {
                    if self.came.len() < HELD_MAX {
                        self.came.push_back((now + self.weather.inbound_us, from, bytes));
                    }
                }
                event => return Poll::Ready(event),
            }
        }
        match self.came.pop_front_if(|c| c.0 <= now) {
            Some((_, from, bytes)) => Poll::Ready(NetEvent::Datagram { from, bytes }),
            None => Poll::Pending,
        }
    }

    fn send(&mut self, now: Micros, to: PeerId, bytes: Vec<u8>) {
        if self.is_mute(to, now) {
            return;
        }
        if self.weather.is_clear() {
            return self.net.send(now, to, bytes);
        }
        let Some(left) = self.uplink(now, bytes.len()) else { return };
        if self.random() % 1_000_000 < u64::from(self.weather.loss_ppm) || self.held.len() >= HELD_MAX {
            return;
        }
        let jitter = self.random() % (self.weather.jitter_us + 1);
        self.count += 1;
        self.held.insert((left + self.weather.latency_us + jitter, self.count), (to, bytes));
    }

    fn next_timeout(&self) -> Option<Micros> {
        let due = self.held.keys().next().map(|k| k.0);
        [due, self.came.front().map(|c| c.0), self.net.next_timeout()].into_iter().flatten().min()
    }

    fn mute(&mut self, peer: PeerId, until: Micros) {
        self.muted.insert(peer, until);
    }
}

#[cfg(test)]
mod tests {
    use super::super::hub::Hub;
    use super::*;

    fn run(weather: Weather) -> Vec<(Micros, u8)> {
        between(weather, Weather::default(), None)
    }

    fn between(weather: Weather, there: Weather, muted: Option<Micros>) -> Vec<(Micros, u8)> {
        let hub = Hub::default();
        let (a, b) = (PeerId(1), PeerId(2));
        let mut from = Shim::new(hub.join(a), weather);
        let mut to = Shim::new(hub.join(b), there);
        if let Some(until) = muted {
            to.mute(a, until);
        }
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
        let weather =
            Weather { latency_us: 20_000, jitter_us: 10_000, loss_ppm: 200_000, seed: 7, ..Weather::default() };
        let got = run(weather);
        assert_eq!(got, run(weather));
        assert_ne!(got, run(Weather { seed: 8, ..weather }));
        assert!((120..190).contains(&got.len()), "{}", got.len());
        assert!(got.iter().all(|(at, _)| (20_000..=31_000).contains(at)));
        assert!(got.windows(2).any(|w| w[0].1 > w[1].1), "jitter reorders");
        assert_eq!(run(Weather::default()).len(), 200);
    }

    #[test]
    fn what_comes_can_be_late_too_and_a_cut_stops_it() {
        let late = Weather { inbound_us: 30_000, ..Weather::default() };
        let got = between(Weather { latency_us: 20_000, ..Weather::default() }, late, None);
        assert_eq!(got.len(), 200);
        assert!(got.iter().all(|(at, _)| (50_000..=51_000).contains(at)), "{got:?}");
        assert!(between(Weather::default(), Weather::default(), Some(90_000)).is_empty());
    }

    #[test]
    fn a_thin_uplink_carries_its_rate_and_holds_a_bounded_queue() {
        const RATE: u64 = 2_500_000;
        let hub = Hub::default();
        let (me, others) = (PeerId(1), [PeerId(2), PeerId(3)]);
        let thin = Weather { bytes_per_s: RATE, latency_us: 20_000, ..Weather::default() };
        let mut from = Shim::new(hub.join(me), thin);
        let mut to = others.map(|p| hub.join(p));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let (mut carried, mut queue_max, mut sent) = (0, 0, 0u64);
        // Four seconds of three times what it carries, to two peers, in datagrams of all sizes.
        for now in (0..4_000_000).step_by(1_000) {
            while sent < now * 3 * RATE / 1_000_000 {
                let length = 1 + sent as usize % 8_000;
                // Each tells when it was sent.
                let mut bytes = now.to_le_bytes().to_vec();
                bytes.resize(length.max(8), 0);
                sent += bytes.len() as u64;
                from.send(now, others[sent as usize % 2], bytes);
            }
            let _ = from.poll(&mut cx, now);
            queue_max = queue_max.max(from.held.values().map(|h| h.1.len() as u64).sum());
            for net in &mut to {
                while let Poll::Ready(event) = net.poll(&mut cx, now) {
                    let NetEvent::Datagram { bytes, .. } = event else { continue };
                    let at = Micros::from_le_bytes(bytes[..8].try_into().unwrap());
                    assert!(now - at <= thin.longest_us() + 5_000, "{} us late", now - at);
                    // The first second fills the buffer.
                    carried += if now >= 1_000_000 { bytes.len() as u64 } else { 0 };
                }
            }
        }
        let expected = 3 * RATE;
        assert!(carried.abs_diff(expected) < expected / 20, "{carried} of {expected} bytes");
        // The buffer, what is on its way, and a datagram at either end that is only partly within.
        let bound = RATE * (BUFFER_US + thin.latency_us) / 1_000_000 + 2 * 8_000;
        assert!(queue_max <= bound, "{queue_max} bytes wait");
        // Below its rate it delays nothing but for the time that a datagram takes.
        let mut calm = Shim::new(hub.join(PeerId(4)), Weather { latency_us: 0, ..thin });
        calm.send(10_000_000, others[0], vec![0; 2_500]);
        assert_eq!(calm.next_timeout(), Some(10_001_000));
    }
}
