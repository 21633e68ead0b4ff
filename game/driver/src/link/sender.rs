//! The sending half: four queues, and packets filled from them in order of urgency.

use super::assembler::{CREDIT_BYTES, MESSAGE_BYTES_MAX};
use super::flight::{Fate, Flight};
use super::queue::{Piece, Queue};
use super::window::WINDOW_MAX;
use super::wire::{Ack, CHANNELS, FRAGMENT_HEADER_BYTES, Fragment, RELIABLE, Writer, channel, index};
use room::api::{Channel, Micros};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Bytes that may wait on each channel: Log, Border, Bulk, View. The first three give the link up when
/// they overflow (the peer cannot keep up), the last forgets its oldest.
pub const QUEUE_BYTES_MAX: [usize; CHANNELS] = [16 << 20, 128 << 20, 384 << 20, 4 << 20];
/// A border's last piece goes twice when it is at most this long.
const TAIL_TWICE_BYTES: usize = 1200;
const BORDER: usize = index(Channel::Border);
const BULK: usize = index(Channel::Bulk);
const VIEW: usize = index(Channel::View);
/// What may be lost and is no longer than this asks for no acknowledgement.
const LITTLE_BYTES: usize = 48;

/// A queue ran over: the peer does not keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFull(pub Channel);

/// What acknowledgements brought.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Datagrams that were lost: those declared so, but for what is known to have come after all.
    pub lost: u64,
    /// Pieces sent again.
    pub resent: u64,
    /// Bytes sent for each channel: its pieces as often as they went, their headers, and the headers and
    /// acknowledgements of the datagrams that they began.
    pub bytes: [u64; CHANNELS],
}

/// A piece, and of which channel.
type Tagged = (usize, Piece);

/// Queues and packets under way.
#[derive(Debug)]
pub struct Sender {
    queues: [Queue; CHANNELS],
    credit: [u64; RELIABLE],
    flight: Flight<Tagged>,
    view_share: i64,
    fragment_bytes: usize,
    /// Counters.
    pub figures: Figures,
}

impl Sender {
    /// An empty sender whose pieces have at most `fragment_bytes`.
    pub fn new(fragment_bytes: usize) -> Self {
        Self {
            queues: Default::default(),
            credit: CREDIT_BYTES,
            flight: Flight::new(),
            view_share: 0,
            fragment_bytes,
            figures: Figures::default(),
        }
    }

    /// The measures of the path.
    pub fn flight(&self) -> &Flight<Tagged> {
        &self.flight
    }

    /// Queues a message. Bands and pieces of cuts are asked for again by peers that miss them, most of all where a link
    /// is slow, and say the same however often they come: one that is not yet acknowledged is not queued twice. A short
    /// one goes again, twice a round trip at most.
    ///
    /// # Errors
    /// When more would wait than [`QUEUE_BYTES_MAX`].
    pub fn push(&mut self, now: Micros, channel: Channel, bytes: Vec<u8>) -> Result<(), QueueFull> {
        let c = index(channel);
        let queue = &mut self.queues[c];
        if bytes.len() > MESSAGE_BYTES_MAX[c] as usize {
            return Err(QueueFull(channel));
        }
        let repeats = matches!(channel, Channel::Border | Channel::Bulk);
        let hash = repeats.then(|| BuildHasherDefault::<DefaultHasher>::default().hash_one(&bytes));
        let late = now.saturating_sub(self.flight.rto.smoothed_us() / 2);
        if hash.is_some_and(|hash| queue.push_again(hash, &bytes, late)) {
            return Ok(());
        }
        while queue.bytes() + bytes.len() > QUEUE_BYTES_MAX[c] {
            if c < RELIABLE {
                return Err(QueueFull(channel));
            }
            if !queue.drop_oldest() {
                break;
            }
        }
        queue.push(bytes, hash, self.fragment_bytes);
        Ok(())
    }

    /// Whether nothing waits and every reliable piece was acknowledged.
    pub fn is_idle(&self) -> bool {
        self.queues[..RELIABLE].iter().all(Queue::is_empty)
    }

    /// Whether a packet with pieces could be built, pacing aside.
    pub fn has_work(&self) -> bool {
        self.flight.has_room() && (0..CHANNELS).any(|c| self.peek(c, true).is_some())
    }

    /// Takes the number of the next packet, which goes now.
    pub fn take_number(&mut self, now: Micros) -> u32 {
        self.flight.take_number(now)
    }

    /// Whether all that waits is little and may be lost, as where a pointer is: nobody need say that it came, which would
    /// take more than it does, and what is so little and so seldom needs no window.
    pub fn says_little(&self) -> bool {
        let waits = |c: usize| self.peek(c, true).is_some();
        self.queues[VIEW].bytes() <= LITTLE_BYTES && !(0..RELIABLE).any(waits)
    }

    /// Fills a packet with pieces, most urgent first; returns whether there were any. What it carries is followed unless it
    /// is `little`, see [`Self::says_little`].
    pub fn fill(&mut self, now: Micros, number: u32, writer: &mut Writer, limit: usize, little: bool) -> bool {
        let mut pieces = Vec::new();
        let mut counted = 0;
        while let Some((c, piece)) = self.next_piece(now, limit.saturating_sub(writer.written()), pieces.is_empty()) {
            let Some(channel) = channel(c) else { continue };
            let Some(part) = self.queues[c].part(piece, self.fragment_bytes) else { continue };
            let is_last = part.is_last;
            let (total, offset, bytes) = (part.total, part.offset, part.bytes);
            writer.fragment(&Fragment { channel, message: piece.message, total, offset, bytes });
            pieces.push((c, piece));
            self.figures.bytes[c] += (writer.written() - counted) as u64;
            counted = writer.written();
            if c >= RELIABLE && is_last {
                // Nothing of it is ever sent again.
                self.queues[c].remove(piece.message);
            }
        }
        let any = !pieces.is_empty();
        if any && !little {
            writer.wants_ack();
            let fate = self.flight.track(now, number, writer.written(), pieces);
            self.settle(fate);
        }
        any
    }

    /// Remembers a packet that wants an acknowledgement but carries nothing.
    pub fn track_ping(&mut self, now: Micros, number: u32, bytes: usize) {
        let fate = self.flight.track(now, number, bytes, Vec::new());
        self.settle(fate);
    }

    /// Takes in an acknowledgement.
    pub fn acked(&mut self, now: Micros, ack: &Ack) {
        let Some(fate) = self.flight.acked(now, ack) else { return };
        for (credit, kib) in self.credit.iter_mut().zip(ack.credit_kib) {
            *credit = (*credit).max(u64::from(kib) * 1024);
        }
        self.settle(fate);
    }

    /// Timers: see [`Flight::tick`].
    pub fn tick(&mut self, now: Micros) {
        let fate = self.flight.tick(now);
        self.settle(fate);
    }

    /// When [`Sender::tick`] has something to do.
    pub fn next_timeout(&self) -> Option<Micros> {
        self.flight.next_timeout()
    }

    /// Views are never sent again, so what became of their pieces is nothing to them.
    fn settle(&mut self, fate: Fate<Tagged>) {
        self.figures.lost = (self.figures.lost + fate.packets_lost).saturating_sub(fate.packets_late);
        for (c, piece) in fate.arrived.into_iter().filter(|(c, _)| *c < RELIABLE) {
            self.queues[c].acked(piece);
        }
        for (c, piece) in fate.lost.into_iter().filter(|(c, _)| *c < RELIABLE) {
            self.queues[c].lost(piece);
        }
    }

    fn peek(&self, c: usize, first: bool) -> Option<Piece> {
        self.queues[c].peek(first, self.credit.get(c).copied())
    }

    /// The next piece in order of urgency that fits into `space` bytes of a packet.
    fn next_piece(&mut self, now: Micros, space: usize, first: bool) -> Option<Tagged> {
        // View pieces take a fifth of what bulk and view send together, all when there is no bulk.
        let order = if self.view_share > 0 { [0, BORDER, BULK, VIEW] } else { [0, BORDER, VIEW, BULK] };
        let (c, piece) = order.into_iter().find_map(|c| self.peek(c, first).map(|piece| (c, piece)))?;
        let bytes = self.queues[c].part(piece, self.fragment_bytes).map_or(0, |part| part.bytes.len());
        if bytes + FRAGMENT_HEADER_BYTES > space {
            return None;
        }
        let tail_twice = (c == BORDER).then_some(TAIL_TWICE_BYTES);
        self.figures.resent += u64::from(self.queues[c].advance(now, first, self.fragment_bytes, tail_twice));
        let limit = WINDOW_MAX as i64;
        match c {
            BULK => self.view_share = (self.view_share - bytes as i64).max(-limit),
            VIEW => self.view_share = (self.view_share + 4 * bytes as i64).min(limit),
            _ => {}
        }
        if c == BULK && self.peek(VIEW, true).is_none() {
            self.view_share = self.view_share.min(0);
        }
        Some((c, piece))
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::{DATAGRAM_BYTES_MAX, Sessions, read};
    use super::*;

    const PIECE_BYTES: usize = 1000;

    /// Which channels one packet's pieces are of.
    fn packet(sender: &mut Sender, limit: usize) -> Vec<Channel> {
        let number = sender.take_number(0);
        let mut writer = Writer::new(Sessions::default(), number, None, false, false);
        sender.fill(0, number, &mut writer, limit, false);
        read(&writer.finish()).unwrap().fragments.iter().map(|f| f.channel).collect()
    }

    #[test]
    fn the_log_goes_before_borders_and_borders_before_the_rest() {
        let mut sender = Sender::new(PIECE_BYTES);
        for channel in [Channel::Bulk, Channel::View, Channel::Border, Channel::Log] {
            sender.push(0, channel, vec![channel as u8; 1500]).unwrap();
        }
        let order = packet(&mut sender, DATAGRAM_BYTES_MAX);
        assert_eq!(order[..4], [Channel::Log, Channel::Log, Channel::Border, Channel::Border]);
        assert_eq!(order.len(), 8);
        assert!(!sender.has_work() || sender.peek(BORDER, true).is_some(), "only a border's tail may wait");
    }

    #[test]
    fn views_take_a_fifth_beside_bulk() {
        let mut sender = Sender::new(PIECE_BYTES);
        sender.push(0, Channel::Bulk, vec![0; 100 * PIECE_BYTES]).unwrap();
        (0..100).for_each(|_| sender.push(0, Channel::View, vec![0; PIECE_BYTES]).unwrap());
        let mut sent = Vec::new();
        while sent.len() < 60 {
            sent.extend(packet(&mut sender, 6 * PIECE_BYTES));
        }
        let views = sent[..60].iter().filter(|c| **c == Channel::View).count();
        assert!((11..=14).contains(&views), "{views} of 60");
    }

    #[test]
    fn a_peer_s_nonsense_gives_no_credit() {
        let mut sender = Sender::new(PIECE_BYTES);
        sender.acked(0, &Ack { largest: 7, credit_kib: [u32::MAX; RELIABLE], ..Ack::default() });
        assert_eq!(sender.credit, CREDIT_BYTES, "it acknowledges what was never sent");
    }
}
