//! Netem for one node above a transport of any kind, a real one too: what it sends is held back, lost, changed or sent
//! twice, what comes is held back, and a peer can be muted. The same faults for sockets and for virtual networks.

use crate::network::uplink;
use crate::{Micros, Netem, Rng};
use std::collections::{BTreeMap, VecDeque};

/// Datagrams held back at most, each way; more are lost.
const HELD_MAX: usize = 1 << 16;

/// See the module.
#[derive(Debug)]
pub struct Shaper<N> {
    netem: Netem,
    rng: Rng,
    count: u64,
    idle_ns: u64,
    held: BTreeMap<(Micros, u64), (N, Vec<u8>)>,
    came: VecDeque<(Micros, N, Vec<u8>)>,
    muted: BTreeMap<N, Micros>,
}

impl<N: Copy + Ord> Shaper<N> {
    /// Nothing is on its way.
    pub fn new(netem: Netem, seed: u64) -> Self {
        Self {
            netem,
            rng: Rng::new(seed, "shaper"),
            count: 0,
            idle_ns: 0,
            held: BTreeMap::new(),
            came: VecDeque::new(),
            muted: BTreeMap::new(),
        }
    }

    /// Takes a datagram that is to be sent; gives it back when it is to be sent at once.
    pub fn send(&mut self, now: Micros, to: N, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        if self.is_mute(to, now) {
            return None;
        }
        if self.netem.is_clear() {
            return Some(bytes);
        }
        let leaves = uplink(&mut self.idle_ns, now, bytes.len(), self.netem.bytes_per_s)?;
        let arrivals = self.netem.arrivals(&mut self.rng, leaves);
        self.netem.corrupt(&mut self.rng, &mut bytes);
        for at in arrivals.into_iter().flatten() {
            if self.held.len() < HELD_MAX {
                self.count += 1;
                self.held.insert((at, self.count), (to, bytes.clone()));
            }
        }
        None
    }

    /// The next datagram that is to be sent by now.
    pub fn sends(&mut self, now: Micros) -> Option<(N, Vec<u8>)> {
        Some(self.held.first_entry().filter(|e| e.key().0 <= now)?.remove())
    }

    /// Takes a datagram that came; gives it back when the node gets it at once.
    pub fn receive(&mut self, now: Micros, from: N, bytes: Vec<u8>) -> Option<Vec<u8>> {
        if self.is_mute(from, now) {
            return None;
        }
        if self.netem.inbound_us == 0 {
            return Some(bytes);
        }
        if self.came.len() < HELD_MAX {
            self.came.push_back((now + self.netem.inbound_us, from, bytes));
        }
        None
    }

    /// The next datagram that the node gets by now.
    pub fn receives(&mut self, now: Micros) -> Option<(N, Vec<u8>)> {
        self.came.pop_front_if(|c| c.0 <= now).map(|(_, from, bytes)| (from, bytes))
    }

    /// When [`Self::sends`] or [`Self::receives`] has something.
    pub fn next_timeout(&self) -> Option<Micros> {
        let held = self.held.keys().next().map(|k| k.0);
        held.into_iter().chain(self.came.front().map(|c| c.0)).min()
    }

    /// Nothing passes to or from a peer until `until`.
    pub fn mute(&mut self, peer: N, until: Micros) {
        self.muted.insert(peer, until);
    }

    fn is_mute(&self, peer: N, now: Micros) -> bool {
        self.muted.get(&peer).is_some_and(|&until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netem::UPLINK_QUEUE_US;

    fn run(netem: Netem, seed: u64) -> Vec<(Micros, u8)> {
        let mut shaper = Shaper::new(netem, seed);
        let mut got: Vec<(Micros, u8)> = (0..200).filter_map(|i| Some((0, shaper.send(0, 'b', vec![i])?[0]))).collect();
        while let Some(now) = shaper.next_timeout() {
            got.extend(shaper.sends(now).map(|(_, bytes)| (now, bytes[0])));
        }
        got
    }

    #[test]
    fn netem_is_as_announced_and_the_same_for_a_seed() {
        let netem = Netem { latency_us: 20_000, jitter_us: 10_000, loss_ppm: 200_000, ..Netem::default() };
        let got = run(netem, 7);
        assert_eq!(got, run(netem, 7));
        assert_ne!(got, run(netem, 8));
        assert!((120..190).contains(&got.len()), "{}", got.len());
        assert!(got.iter().all(|(at, _)| (20_000..=30_000).contains(at)));
        assert!(got.windows(2).any(|w| w[0].1 > w[1].1), "jitter reorders");
        assert_eq!(run(Netem::default(), 7).len(), 200);
    }

    #[test]
    fn what_comes_can_be_late_too_and_a_mute_stops_it() {
        let mut shaper = Shaper::new(Netem { inbound_us: 30_000, ..Netem::default() }, 1);
        assert_eq!(shaper.receive(5, 'a', vec![1]), None);
        assert_eq!((shaper.receives(30_004), shaper.next_timeout()), (None, Some(30_005)));
        assert_eq!(shaper.receives(30_005), Some(('a', vec![1])));
        shaper.mute('a', 90_000);
        assert_eq!((shaper.receive(80_000, 'a', vec![1]), shaper.next_timeout()), (None, None));
        assert_eq!(shaper.send(80_000, 'a', vec![1]), None);
        shaper.receive(90_000, 'a', vec![1]);
        assert_eq!(shaper.next_timeout(), Some(120_000));
    }

    #[test]
    fn a_thin_uplink_carries_its_rate_and_holds_a_bounded_queue() {
        const RATE: u64 = 2_500_000;
        let thin = Netem { bytes_per_s: RATE, latency_us: 20_000, ..Netem::default() };
        let mut shaper = Shaper::new(thin, 1);
        let (mut carried, mut queue_max, mut sent) = (0, 0, 0u64);
        // Four seconds of three times what it carries, to two peers, in datagrams of all sizes.
        for now in (0..4_000_000).step_by(1_000) {
            while sent < now * 3 * RATE / 1_000_000 {
                // Each tells when it was sent.
                let mut bytes = now.to_le_bytes().to_vec();
                bytes.resize((1 + sent as usize % 8_000).max(8), 0);
                sent += bytes.len() as u64;
                shaper.send(now, sent % 2, bytes);
            }
            while let Some((_, bytes)) = shaper.sends(now) {
                let at = Micros::from_le_bytes(bytes[..8].try_into().unwrap());
                assert!(now - at <= thin.longest_us() + 5_000, "{} us late", now - at);
                // The first second fills the buffer.
                carried += if now >= 1_000_000 { bytes.len() as u64 } else { 0 };
            }
            queue_max = queue_max.max(shaper.held.values().map(|h| h.1.len() as u64).sum());
        }
        let expected = 3 * RATE;
        assert!(carried.abs_diff(expected) < expected / 20, "{carried} of {expected} bytes");
        // The buffer, what is on its way, and a datagram at either end that is only partly within.
        let bound = RATE * (UPLINK_QUEUE_US + thin.latency_us) / 1_000_000 + 2 * 8_000;
        assert!(queue_max <= bound, "{queue_max} bytes wait");
        // Below its rate it delays nothing but for the time that a datagram takes.
        let mut calm = Shaper::new(Netem { latency_us: 0, ..thin }, 1);
        calm.send(10_000_000, 0, vec![0; 2_500]);
        assert_eq!(calm.next_timeout(), Some(10_001_000));
    }
}
