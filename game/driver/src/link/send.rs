//! The sending half: queues of messages, pieces under way, resending.

use super::recv::{CREDIT_BYTES, MESSAGE_BYTES_MAX, cost};
use super::rtt::{Goodput, Rtt, WINDOW_MAX, Window};
use super::wire::{ACK_REACH, Ack, CHANNELS, FRAGMENT_HEADER_BYTES, Fragment, RELIABLE, Writer, index};
use room::api::{Channel, Micros};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Bytes that may wait on each channel: Log, Border, Bulk, View. The first three give the link up when
/// they overflow (the peer cannot keep up), the last forgets its oldest.
pub const QUEUE_BYTES_MAX: [usize; CHANNELS] = [16 << 20, 128 << 20, 384 << 20, 4 << 20];
/// Packets under way at most: what an acknowledgement can still name.
const PACKETS_MAX: usize = ACK_REACH as usize / 2;
/// After this many probes without an answer the pause between them no longer doubles.
const PROBE_DOUBLINGS_MAX: u32 = 5;
/// A border's last piece goes twice when it is at most this long.
const TAIL_TWICE_BYTES: usize = 1200;

/// A queue ran over: the peer does not keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFull(pub Channel);

/// One piece of a message, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    channel: usize,
    message: u32,
    piece: u32,
}

#[derive(Debug)]
struct Outgoing {
    bytes: Vec<u8>,
    /// Pieces not sent yet begin here.
    next: u32,
    pieces: u32,
    missing: u32,
    acked: Vec<u64>,
    /// The hash under which its queue finds it, on a channel where the same may be asked for again.
    hash: Option<u64>,
}

impl Outgoing {
    fn is_acked(&self, piece: u32) -> bool {
        self.acked[piece as usize / 64] >> (piece % 64) & 1 != 0
    }
}

#[derive(Debug, Default)]
struct Queue {
    messages: BTreeMap<u32, Outgoing>,
    next_number: u32,
    /// Messages with unsent pieces, oldest first.
    fresh: VecDeque<u32>,
    /// Pieces to send again.
    lost: VecDeque<Piece>,
    /// A tail to send once more.
    again: VecDeque<Piece>,
    queued_bytes: usize,
    /// What waits, by the hash of its bytes; of two with one hash, the later.
    by_hash: BTreeMap<u64, u32>,
    /// Cost of the messages begun.
    begun: u64,
}

impl Queue {
    /// Whether the same bytes wait already, or are under way.
    fn has(&self, hash: u64, bytes: &[u8]) -> bool {
        self.by_hash.get(&hash).and_then(|number| self.messages.get(number)).is_some_and(|m| m.bytes == bytes)
    }

    fn remove(&mut self, number: u32) {
        let Some(gone) = self.messages.remove(&number) else { return };
        self.queued_bytes -= gone.bytes.len();
        if let Some(hash) = gone.hash
            && self.by_hash.get(&hash) == Some(&number)
        {
            self.by_hash.remove(&hash);
        }
    }
}

#[derive(Debug)]
struct Sent {
    at: Micros,
    bytes: u64,
    delivered_then: u64,
    pieces: Vec<Piece>,
}

/// What acknowledgements brought.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Datagrams declared lost.
    pub lost: u64,
    /// Pieces sent again.
    pub resent: u64,
    /// Bytes sent for each channel: its pieces as often as they went, their headers, and the headers and
    /// acknowledgements of the datagrams that they began.
    pub bytes: [u64; CHANNELS],
}

/// Queues and packets under way.
#[derive(Debug)]
pub struct Sender {
    queues: [Queue; CHANNELS],
    credit: [u64; RELIABLE],
    sent: BTreeMap<u32, Sent>,
    next_packet: u32,
    largest_acked: Option<u32>,
    in_flight: u64,
    probes: u32,
    /// When something was last sent that wants an acknowledgement, or acknowledged.
    probe_base: Micros,
    view_share: i64,
    fragment_bytes: usize,
    /// The measured round trip.
    pub rtt: Rtt,
    /// Bytes that may be under way.
    pub window: Window,
    /// The measured delivery rate.
    pub goodput: Goodput,
    /// Counters.
    pub figures: Figures,
}

impl Sender {
    /// An empty sender whose pieces have at most `fragment_bytes`.
    pub fn new(fragment_bytes: usize) -> Self {
        Self {
            queues: Default::default(),
            credit: CREDIT_BYTES,
            sent: BTreeMap::new(),
            next_packet: 0,
            largest_acked: None,
            in_flight: 0,
            probes: 0,
            probe_base: 0,
            view_share: 0,
            fragment_bytes,
            rtt: Rtt::new(),
            window: Window::new(),
            goodput: Goodput::default(),
            figures: Figures::default(),
        }
    }

    /// Queues a message. Bands and pieces of cuts are asked for again by whoever misses them, most of all where a link
    /// is slow, and say the same however often they come: one that is not yet acknowledged is not queued twice.
    pub fn push(&mut self, channel: Channel, bytes: Vec<u8>) -> Result<(), QueueFull> {
        let c = index(channel);
        let queue = &mut self.queues[c];
        if bytes.len() > MESSAGE_BYTES_MAX[c] as usize {
            return Err(QueueFull(channel));
        }
        let repeats = matches!(channel, Channel::Border | Channel::Bulk);
        let hash = repeats.then(|| BuildHasherDefault::<DefaultHasher>::default().hash_one(&bytes));
        if hash.is_some_and(|hash| queue.has(hash, &bytes)) {
            return Ok(());
        }
        if queue.queued_bytes + bytes.len() > QUEUE_BYTES_MAX[c] {
            if c < RELIABLE {
                return Err(QueueFull(channel));
            }
            while queue.queued_bytes + bytes.len() > QUEUE_BYTES_MAX[c] {
                let Some(oldest) = queue.fresh.pop_front() else { break };
                queue.remove(oldest);
            }
        }
        let pieces = (bytes.len().div_ceil(self.fragment_bytes) as u32).max(1);
        let number = queue.next_number;
        queue.next_number += 1;
        queue.queued_bytes += bytes.len();
        queue.fresh.push_back(number);
        queue.by_hash.extend(hash.map(|hash| (hash, number)));
        let acked = vec![0; pieces.div_ceil(64) as usize];
        queue.messages.insert(number, Outgoing { bytes, next: 0, pieces, missing: pieces, acked, hash });
        Ok(())
    }

    /// Whether nothing waits and every reliable piece was acknowledged.
    pub fn is_idle(&self) -> bool {
        self.queues[..RELIABLE].iter().all(|q| q.messages.is_empty())
    }

    /// Whether a packet with pieces could be built, pacing aside.
    pub fn has_work(&self) -> bool {
        let room = self.in_flight < self.window.bytes() && self.sent.len() < PACKETS_MAX;
        room && (0..CHANNELS).any(|c| self.has_piece(c, true))
    }

    /// Takes the next packet's number.
    pub fn take_number(&mut self) -> u32 {
        let number = self.next_packet;
        self.next_packet += 1;
        number
    }

    /// Fills a packet with pieces, most urgent first; returns whether there were any.
    pub fn fill(&mut self, now: Micros, number: u32, writer: &mut Writer, limit: usize) -> bool {
        let mut pieces = Vec::new();
        let mut counted = 0;
        while let Some(piece) = self.next_piece(limit.saturating_sub(writer.written()), pieces.is_empty()) {
            let queue = &mut self.queues[piece.channel];
            let Some(message) = queue.messages.get(&piece.message) else { continue };
            let start = piece.piece as usize * self.fragment_bytes;
            let end = (start + self.fragment_bytes).min(message.bytes.len());
            writer.fragment(&Fragment {
                channel: piece.channel,
                message: piece.message,
                total: message.bytes.len() as u32,
                offset: start as u32,
                bytes: &message.bytes[start..end],
            });
            pieces.push(piece);
            self.figures.bytes[piece.channel] += (writer.written() - counted) as u64;
            counted = writer.written();
            if piece.channel >= RELIABLE && piece.piece + 1 == message.pieces {
                // Nothing of it is ever sent again.
                queue.remove(piece.message);
            }
        }
        let any = !pieces.is_empty();
        if any {
            writer.wants_ack();
            self.track(now, number, writer.written(), pieces);
        }
        any
    }

    /// Remembers a packet that wants an acknowledgement but carries nothing.
    pub fn track_ping(&mut self, now: Micros, number: u32, bytes: usize) {
        self.track(now, number, bytes, Vec::new());
    }

    /// Takes in an acknowledgement.
    pub fn acked(&mut self, now: Micros, ack: &Ack) {
        if ack.largest >= self.next_packet {
            return; // Never sent: nonsense, without effect.
        }
        for (credit, kib) in self.credit.iter_mut().zip(ack.credit_kib) {
            *credit = (*credit).max(u64::from(kib) * 1024);
        }
        let full = self.in_flight + 16 * 1024 >= self.window.bytes();
        let mut newly = 0u64;
        let from = ack.largest.saturating_sub(ACK_REACH);
        let numbers: Vec<u32> = self.sent.range(from..=ack.largest).map(|s| *s.0).filter(|n| ack.covers(*n)).collect();
        for number in numbers {
            let sent = self.sent.remove(&number).expect("taken from the map");
            newly += sent.bytes;
            self.in_flight -= sent.bytes;
            if number == ack.largest {
                let us = now.saturating_sub(sent.at).saturating_sub(u64::from(ack.delay_us)).max(50);
                self.rtt.sample(now, us);
            }
            if !sent.pieces.is_empty() {
                self.goodput.acked(now, sent.bytes, sent.at, sent.delivered_then);
            }
            for piece in sent.pieces {
                self.piece_acked(piece);
            }
        }
        if newly > 0 {
            self.largest_acked = self.largest_acked.max(Some(ack.largest));
            self.probes = 0;
            self.probe_base = now;
            self.window.acked(now, newly, full, &self.rtt);
            self.find_lost(now);
        }
    }

    /// Timers: declares overtaken packets lost, probes when all is silent.
    pub fn tick(&mut self, now: Micros) {
        self.find_lost(now);
        if self.probe_at().is_some_and(|at| at <= now) {
            self.probes += 1;
            self.probe_base = now;
            let oldest: Vec<u32> = self.sent.iter().map(|s| *s.0).take(2).collect();
            for number in oldest {
                self.give_up(number);
            }
        }
    }

    /// When [`Sender::tick`] has something to do.
    pub fn next_timeout(&self) -> Option<Micros> {
        let overtaken = self.largest_acked.and_then(|largest| self.sent.range(..largest).next());
        let lost_at = overtaken.map(|(_, sent)| sent.at + self.rtt.loss_after());
        [lost_at, self.probe_at()].into_iter().flatten().min()
    }

    fn probe_at(&self) -> Option<Micros> {
        (!self.sent.is_empty())
            .then(|| self.probe_base + (self.rtt.probe_after() << self.probes.min(PROBE_DOUBLINGS_MAX)))
    }

    fn track(&mut self, now: Micros, number: u32, bytes: usize, pieces: Vec<Piece>) {
        if self.sent.is_empty() || self.probes == 0 {
            self.probe_base = now;
        }
        let bytes = bytes as u64;
        self.in_flight += bytes;
        let sent = Sent { at: now, bytes, delivered_then: self.goodput.delivered(), pieces };
        self.sent.insert(number, sent);
        // A ping may be tracked beyond the window: the bound holds all the same.
        while self.sent.len() > 2 * PACKETS_MAX {
            let oldest = *self.sent.first_key_value().expect("not empty").0;
            self.give_up(oldest);
        }
    }

    fn find_lost(&mut self, now: Micros) {
        let Some(largest) = self.largest_acked else { return };
        let after = self.rtt.loss_after();
        let overtaken = self.sent.range(..largest);
        let lost: Vec<u32> =
            overtaken.filter(|(n, s)| s.at + after <= now || largest - **n >= ACK_REACH).map(|(n, _)| *n).collect();
        if !lost.is_empty() {
            self.window.lost(now, &self.rtt);
        }
        for number in lost {
            self.give_up(number);
        }
    }

    fn give_up(&mut self, number: u32) {
        let Some(sent) = self.sent.remove(&number) else { return };
        self.in_flight -= sent.bytes;
        self.figures.lost += 1;
        for piece in sent.pieces {
            if piece.channel < RELIABLE
                && self.queues[piece.channel].messages.get(&piece.message).is_some_and(|m| !m.is_acked(piece.piece))
            {
                self.queues[piece.channel].lost.push_back(piece);
            }
        }
    }

    fn piece_acked(&mut self, piece: Piece) {
        let queue = &mut self.queues[piece.channel];
        let Some(message) = queue.messages.get_mut(&piece.message) else { return };
        if piece.channel >= RELIABLE || message.is_acked(piece.piece) {
            return;
        }
        message.acked[piece.piece as usize / 64] |= 1 << (piece.piece % 64);
        message.missing -= 1;
        if message.missing == 0 {
            queue.remove(piece.message);
        }
    }

    /// Whether a channel has a piece that may be sent. A tail's second copy begins a packet of its own.
    fn has_piece(&self, c: usize, first: bool) -> bool {
        let queue = &self.queues[c];
        let fresh = queue.fresh.front().is_some_and(|n| self.may_begin(c, *n));
        !queue.lost.is_empty() || first && !queue.again.is_empty() || fresh
    }

    fn may_begin(&self, c: usize, number: u32) -> bool {
        let queue = &self.queues[c];
        queue
            .messages
            .get(&number)
            .is_none_or(|m| m.next > 0 || c >= RELIABLE || queue.begun + cost(m.bytes.len() as u64) <= self.credit[c])
    }

    /// The next piece in order of urgency that fits into `space` bytes of a packet.
    fn next_piece(&mut self, space: usize, first: bool) -> Option<Piece> {
        // View pieces take a fifth of what bulk and view send together, all when there is no bulk.
        let order = if self.view_share > 0 { [0, 1, 2, 3] } else { [0, 1, 3, 2] };
        let c = order.into_iter().find(|c| self.has_piece(*c, first))?;
        let piece = self.peek(c, first)?;
        let bytes = self.queues[c]
            .messages
            .get(&piece.message)
            .map_or(0, |m| (m.bytes.len() - piece.piece as usize * self.fragment_bytes).min(self.fragment_bytes));
        if bytes + FRAGMENT_HEADER_BYTES > space {
            return None;
        }
        self.advance(c, first);
        let limit = WINDOW_MAX as i64;
        match c {
            2 => self.view_share = (self.view_share - bytes as i64).max(-limit),
            3 => self.view_share = (self.view_share + 4 * bytes as i64).min(limit),
            _ => {}
        }
        if c == 2 && !self.has_piece(3, true) {
            self.view_share = self.view_share.min(0);
        }
        Some(piece)
    }

    fn peek(&self, c: usize, first: bool) -> Option<Piece> {
        let queue = &self.queues[c];
        if let Some(piece) = queue.lost.front().or(queue.again.front().filter(|_| first)) {
            return Some(*piece);
        }
        let number = *queue.fresh.front()?;
        let next = queue.messages.get(&number).map_or(0, |m| m.next);
        Some(Piece { channel: c, message: number, piece: next })
    }

    fn advance(&mut self, c: usize, first: bool) {
        let fragment_bytes = self.fragment_bytes;
        let queue = &mut self.queues[c];
        if queue.lost.pop_front().is_some() {
            self.figures.resent += 1;
            return;
        }
        if first && queue.again.pop_front().is_some() {
            return;
        }
        let Some(number) = queue.fresh.front().copied() else { return };
        let Some(message) = queue.messages.get_mut(&number) else {
            queue.fresh.pop_front();
            return;
        };
        if message.next == 0 {
            queue.begun += cost(message.bytes.len() as u64);
        }
        message.next += 1;
        if message.next == message.pieces {
            let tail = message.bytes.len() - (message.pieces as usize - 1) * fragment_bytes;
            if c == index(Channel::Border) && queue.fresh.len() == 1 && tail <= TAIL_TWICE_BYTES {
                queue.again.push_back(Piece { channel: c, message: number, piece: message.pieces - 1 });
            }
            queue.fresh.pop_front();
        }
    }
}
