//! Packets under way: which arrived, which are lost, how long an answer takes, and how many more may go.
//!
//! As in QUIC, a piece that is sent again travels in a packet of a new number, so every acknowledgement is a clean
//! measurement of the round trip, and a packet counts as lost when others overtook it for long enough, or when nothing
//! at all is heard for a time-out.

use super::goodput::Goodput;
use super::rto::RtoEstimator;
use super::window::Window;
use super::wire::{ACK_REACH, Ack};
use room::api::Micros;
use std::collections::{BTreeMap, BTreeSet};

/// Packets under way at most: what an acknowledgement can still name.
const PACKETS_MAX: usize = ACK_REACH as usize / 2;
/// After this many probes without an answer the pause between them no longer doubles.
const PROBE_DOUBLINGS_MAX: u32 = 5;
/// Packets that a time-out sends again.
const PROBE_PACKETS: usize = 2;
/// So many of the last packets that want no acknowledgement are remembered: those of a second, and more.
const UNFOLLOWED_MAX: usize = 64;
/// So many of the last packets that were taken for lost are remembered, in case they arrived.
const DOUBTED_MAX: usize = 256;
/// A window with less than this left is what holds sending back.
const FULL_BYTES: u64 = 16 * 1024;

#[derive(Debug)]
struct Sent<P> {
    at: Micros,
    bytes: u64,
    delivered_then: u64,
    pieces: Vec<P>,
}

/// What became of pieces.
#[derive(Debug)]
pub struct Fate<P> {
    /// Those that arrived.
    pub arrived: Vec<P>,
    /// Those of packets that are lost.
    pub lost: Vec<P>,
    /// Packets that are lost.
    pub packets_lost: u64,
    /// Packets that were taken for lost and arrived after all.
    pub packets_late: u64,
}

impl<P> Default for Fate<P> {
    fn default() -> Self {
        Self { arrived: Vec::new(), lost: Vec::new(), packets_lost: 0, packets_late: 0 }
    }
}

/// Packets with pieces `P`.
#[derive(Debug)]
pub struct Flight<P> {
    sent: BTreeMap<u32, Sent<P>>,
    /// When packets went that want no acknowledgement. One may be the newest that the peer has as it acknowledges another,
    /// and then it is what the path is measured by.
    unfollowed: BTreeMap<u32, Micros>,
    /// Packets that were taken for lost lately.
    doubted: BTreeSet<u32>,
    next_packet: u32,
    largest_acked: Option<u32>,
    bytes: u64,
    probes: u32,
    /// When something was last sent that wants an acknowledgement, or acknowledged.
    probe_base: Micros,
    /// The measured round trip.
    pub rto: RtoEstimator,
    /// Bytes that may be under way.
    pub window: Window,
    /// The measured delivery rate.
    pub goodput: Goodput,
}

impl<P> Flight<P> {
    /// Nothing under way.
    pub fn new() -> Self {
        Self {
            sent: BTreeMap::new(),
            unfollowed: BTreeMap::new(),
            doubted: BTreeSet::new(),
            next_packet: 0,
            largest_acked: None,
            bytes: 0,
            probes: 0,
            probe_base: 0,
            rto: RtoEstimator::new(),
            window: Window::new(),
            goodput: Goodput::default(),
        }
    }

    /// Takes the number of the next packet, which goes now.
    pub fn take_number(&mut self, now: Micros) -> u32 {
        let number = self.next_packet;
        self.next_packet += 1;
        self.unfollowed.insert(number, now);
        if self.unfollowed.len() > UNFOLLOWED_MAX {
            self.unfollowed.pop_first();
        }
        number
    }

    /// Whether another packet may go.
    pub fn has_room(&self) -> bool {
        self.bytes < self.window.bytes() && self.sent.len() < PACKETS_MAX
    }

    /// Remembers a packet that wants an acknowledgement.
    pub fn track(&mut self, now: Micros, number: u32, bytes: usize, pieces: Vec<P>) -> Fate<P> {
        if self.sent.is_empty() || self.probes == 0 {
            self.probe_base = now;
        }
        let bytes = bytes as u64;
        self.bytes += bytes;
        self.unfollowed.remove(&number);
        let sent = Sent { at: now, bytes, delivered_then: self.goodput.delivered(), pieces };
        self.sent.insert(number, sent);
        // A ping may be tracked beyond the window: the bound holds all the same.
        let mut fate = Fate::default();
        while self.sent.len() > 2 * PACKETS_MAX {
            let Some(oldest) = self.sent.first_key_value().map(|(number, _)| *number) else { break };
            self.give_up(oldest, &mut fate);
        }
        fate
    }

    /// Takes in an acknowledgement; nothing for one that names what was never sent.
    pub fn acked(&mut self, now: Micros, ack: &Ack) -> Option<Fate<P>> {
        if ack.largest >= self.next_packet {
            return None;
        }
        // Each is measured once: a number that is acknowledged again may have come long ago.
        let unfollowed = self.unfollowed.remove(&ack.largest);
        if let Some(at) = self.sent.get(&ack.largest).map(|sent| sent.at).or(unfollowed) {
            self.rto.sample(now, now.saturating_sub(at).saturating_sub(u64::from(ack.delay_us)).max(50));
        }
        let mut fate = Fate::default();
        let full = self.bytes + FULL_BYTES >= self.window.bytes();
        let mut newly = 0u64;
        let from = ack.largest.saturating_sub(ACK_REACH);
        let numbers: Vec<u32> = self.sent.range(from..=ack.largest).map(|s| *s.0).filter(|n| ack.covers(*n)).collect();
        for number in numbers {
            let Some(sent) = self.sent.remove(&number) else { continue };
            newly += sent.bytes;
            self.bytes -= sent.bytes;
            if !sent.pieces.is_empty() {
                self.goodput.acked(now, sent.bytes, sent.at, sent.delivered_then);
            }
            fate.arrived.extend(sent.pieces);
        }
        // Who is busy for a moment says late what came in time.
        let late: Vec<u32> = self.doubted.range(from..=ack.largest).copied().filter(|n| ack.covers(*n)).collect();
        for number in late {
            self.doubted.remove(&number);
            fate.packets_late += 1;
        }
        if newly > 0 {
            self.largest_acked = self.largest_acked.max(Some(ack.largest));
            self.probes = 0;
            self.probe_base = now;
            self.window.acked(now, newly, full, &self.rto, self.goodput.bytes_per_second());
            self.find_lost(now, &mut fate);
        }
        Some(fate)
    }

    /// Timers: declares overtaken packets lost, probes when all is silent.
    pub fn tick(&mut self, now: Micros) -> Fate<P> {
        let mut fate = Fate::default();
        self.find_lost(now, &mut fate);
        if self.probe_at().is_some_and(|at| at <= now) {
            self.probes += 1;
            self.probe_base = now;
            let oldest: Vec<u32> = self.sent.keys().copied().take(PROBE_PACKETS).collect();
            for number in oldest {
                self.give_up(number, &mut fate);
            }
        }
        fate
    }

    /// When [`Flight::tick`] has something to do.
    pub fn next_timeout(&self) -> Option<Micros> {
        let overtaken = self.largest_acked.and_then(|largest| self.sent.range(..largest).next());
        let lost_at = overtaken.map(|(_, sent)| sent.at + self.rto.loss_after_us());
        [lost_at, self.probe_at()].into_iter().flatten().min()
    }

    fn probe_at(&self) -> Option<Micros> {
        (!self.sent.is_empty()).then(|| self.probe_base + (self.rto.rto_us() << self.probes.min(PROBE_DOUBLINGS_MAX)))
    }

    fn find_lost(&mut self, now: Micros, fate: &mut Fate<P>) {
        let Some(largest) = self.largest_acked else { return };
        let after = self.rto.loss_after_us();
        let overtaken = self.sent.range(..largest);
        let lost: Vec<u32> =
            overtaken.filter(|(n, s)| s.at + after <= now || largest - **n >= ACK_REACH).map(|(n, _)| *n).collect();
        if !lost.is_empty() {
            self.window.lost(now, &self.rto);
        }
        for number in lost {
            self.give_up(number, fate);
        }
    }

    fn give_up(&mut self, number: u32, fate: &mut Fate<P>) {
        let Some(sent) = self.sent.remove(&number) else { return };
        self.bytes -= sent.bytes;
        fate.packets_lost += 1;
        fate.lost.extend(sent.pieces);
        self.doubted.insert(number);
        if self.doubted.len() > DOUBTED_MAX {
            self.doubted.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(flight: &mut Flight<u32>, now: Micros) -> u32 {
        let number = flight.take_number(now);
        assert!(flight.track(now, number, 1000, vec![number]).lost.is_empty());
        number
    }

    fn ack(largest: u32, before: u64) -> Ack {
        let mut ack = Ack { largest, ..Ack::default() };
        ack.bitmap[0] = before;
        ack
    }

    #[test]
    fn what_others_overtook_is_lost_after_a_while() {
        let mut flight = Flight::new();
        (0..4).for_each(|i| {
            sent(&mut flight, i * 100);
        });
        let fate = flight.acked(10_000, &ack(3, 0b101)).unwrap();
        assert_eq!((fate.arrived, fate.lost), (vec![0, 2, 3], vec![]));
        assert_eq!(flight.rto.measured_us(), Some(9_700));
        let at = flight.next_timeout().unwrap();
        assert!(flight.tick(at - 1).lost.is_empty());
        let fate = flight.tick(at);
        assert_eq!((fate.lost, fate.packets_lost), (vec![1], 1));
        assert_eq!(flight.next_timeout(), None);
        let again = flight.acked(at, &ack(3, 0)).unwrap();
        assert_eq!((again.arrived.len(), again.packets_late), (0, 0), "the same again says nothing new");
        // It was only late, which is said once.
        let late = [0, 1].map(|_| flight.acked(at, &ack(3, 0b111)).unwrap().packets_late);
        assert_eq!(late, [1, 0]);
    }

    #[test]
    fn with_nothing_heard_the_oldest_go_again_ever_more_seldom() {
        let mut flight = Flight::new();
        let (mut pauses, mut now) = (Vec::new(), 0);
        for _ in 0..8 {
            (0..PROBE_PACKETS).for_each(|_| {
                sent(&mut flight, now);
            });
            let at = flight.next_timeout().unwrap();
            pauses.push(at - now);
            now = at;
            assert_eq!(flight.tick(now).lost.len(), PROBE_PACKETS);
            // What goes again is under way in packets of new numbers.
        }
        assert!(pauses.windows(2).all(|p| p[1] >= p[0]), "{pauses:?}");
        assert_eq!(pauses[7], pauses[0] << PROBE_DOUBLINGS_MAX, "{pauses:?}");
    }

    /// What comes last is what the delay counts from, also where nobody waits for it; and each is measured once.
    #[test]
    fn the_path_is_measured_by_what_came_last() {
        let mut flight = Flight::new();
        sent(&mut flight, 0);
        assert_eq!(flight.take_number(1_000), 1);
        let told = Ack { delay_us: 4_000, ..ack(1, 1) };
        assert_eq!(flight.acked(95_000, &told).unwrap().arrived, vec![0]);
        assert_eq!(flight.rto.measured_us(), Some(90_000));
        flight.acked(500_000, &told).unwrap();
        assert_eq!(flight.rto.measured_us(), Some(90_000));
    }

    #[test]
    fn an_acknowledgement_of_what_never_went_is_none() {
        let mut flight: Flight<u32> = Flight::new();
        assert!(flight.acked(0, &ack(0, 0)).is_none());
        sent(&mut flight, 0);
        assert!(flight.acked(1, &ack(1, 1)).is_none());
        assert!(flight.acked(1, &ack(0, u64::MAX)).is_some());
    }

    #[test]
    fn what_is_under_way_is_bounded() {
        let mut flight = Flight::new();
        let mut given_up = 0;
        for number in 0..10_000 {
            let number: u32 = { flight.take_number(0).max(number) };
            given_up += flight.track(0, number, 1, vec![number]).lost.len();
        }
        assert_eq!(flight.sent.len(), 2 * PACKETS_MAX);
        (0..10_000).for_each(|now| assert!(flight.take_number(now) > 0));
        assert_eq!((flight.unfollowed.len(), flight.doubted.len()), (UNFOLLOWED_MAX, DOUBTED_MAX));
        assert_eq!(given_up, 10_000 - 2 * PACKETS_MAX);
        assert!(!flight.has_room());
    }
}
