//! One channel's messages on their way: which pieces are to go, to go again, and have arrived.

use super::assembler::cost;
use room::api::Micros;
use std::collections::{BTreeMap, VecDeque};

/// One piece of a message, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Whose.
    pub message: u32,
    /// Which, from 0.
    pub piece: u32,
}

/// A message that waits or is under way.
#[derive(Debug)]
struct Outgoing {
    bytes: Vec<u8>,
    /// Pieces not sent yet begin here.
    next: u32,
    pieces: u32,
    missing: u32,
    acked: Vec<u64>,
    /// When a piece of it last went.
    sent_at: Micros,
    /// The hash under which its queue finds it, on a channel where the same may be asked for again.
    hash: Option<u64>,
}

impl Outgoing {
    fn is_acked(&self, piece: u32) -> bool {
        self.acked[piece as usize / 64] >> (piece % 64) & 1 != 0
    }
}

/// A piece's place in its message.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The message's length in bytes.
    pub total: u32,
    /// Where the piece begins.
    pub offset: u32,
    /// The piece.
    pub bytes: &'a [u8],
    /// Nothing of the message comes after it.
    pub is_last: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Queue {
    messages: BTreeMap<u32, Outgoing>,
    next_number: u32,
    /// Messages with unsent pieces, oldest first.
    fresh: VecDeque<u32>,
    /// Pieces to send again.
    lost: VecDeque<Piece>,
    /// A tail to send once more.
    again: VecDeque<Piece>,
    bytes: usize,
    /// What waits, by the hash of its bytes; of two with one hash, the later.
    by_hash: BTreeMap<u64, u32>,
    /// Cost of the messages begun.
    begun: u64,
}

impl Queue {
    /// Bytes of all messages that wait or are under way.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether nothing waits or is under way.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Takes the same bytes again where they wait already, or are under way; whether they are. If they are one piece that
    /// last went before `late`, it goes again: somebody waits for it, and to find out that it was lost takes longer than
    /// to say it again.
    pub fn push_again(&mut self, hash: u64, bytes: &[u8], late: Micros) -> bool {
        let Some(&number) = self.by_hash.get(&hash) else { return false };
        let Some(message) = self.messages.get(&number).filter(|m| m.bytes == bytes) else { return false };
        let went = message.pieces == 1 && message.next == 1;
        if went && message.sent_at < late && !self.lost.iter().any(|piece| piece.message == number) {
            self.lost(Piece { message: number, piece: 0 });
        }
        true
    }

    /// Adds a message, which will go in pieces of this size.
    pub fn push(&mut self, bytes: Vec<u8>, hash: Option<u64>, piece_bytes: usize) {
        let pieces = (bytes.len().div_ceil(piece_bytes) as u32).max(1);
        let number = self.next_number;
        self.next_number += 1;
        self.bytes += bytes.len();
        self.fresh.push_back(number);
        self.by_hash.extend(hash.map(|hash| (hash, number)));
        let acked = vec![0; pieces.div_ceil(64) as usize];
        self.messages.insert(number, Outgoing { bytes, next: 0, pieces, missing: pieces, acked, sent_at: 0, hash });
    }

    /// Forgets the oldest message that has not gone; false when there is none.
    pub fn drop_oldest(&mut self) -> bool {
        let oldest = self.fresh.pop_front();
        oldest.inspect(|number| self.remove(*number)).is_some()
    }

    /// Forgets a message.
    pub fn remove(&mut self, number: u32) {
        let Some(gone) = self.messages.remove(&number) else { return };
        self.bytes -= gone.bytes.len();
        if let Some(hash) = gone.hash
            && self.by_hash.get(&hash) == Some(&number)
        {
            self.by_hash.remove(&hash);
        }
    }

    /// The next piece to go. A new message begins only within the credit, if there is one; a tail's second copy begins
    /// a packet of its own, so only `first` in one.
    pub fn peek(&self, first: bool, credit: Option<u64>) -> Option<Piece> {
        if let Some(piece) = self.lost.front().or(self.again.front().filter(|_| first)) {
            return Some(*piece);
        }
        let number = *self.fresh.front()?;
        let Some(message) = self.messages.get(&number) else { return Some(Piece { message: number, piece: 0 }) };
        let may_begin =
            message.next > 0 || credit.is_none_or(|credit| self.begun + cost(message.bytes.len() as u64) <= credit);
        may_begin.then_some(Piece { message: number, piece: message.next })
    }

    /// The piece that [`Queue::peek`] showed goes; true when it goes again. A last piece of at most `tail_twice` bytes
    /// goes once more, when nothing waits behind it.
    pub fn advance(&mut self, now: Micros, first: bool, piece_bytes: usize, tail_twice: Option<usize>) -> bool {
        if let Some(piece) = self.lost.pop_front() {
            if let Some(message) = self.messages.get_mut(&piece.message) {
                message.sent_at = now;
            }
            return true;
        }
        if first && self.again.pop_front().is_some() {
            return false;
        }
        let Some(number) = self.fresh.front().copied() else { return false };
        let Some(message) = self.messages.get_mut(&number) else {
            self.fresh.pop_front();
            return false;
        };
        if message.next == 0 {
            self.begun += cost(message.bytes.len() as u64);
        }
        message.next += 1;
        message.sent_at = now;
        if message.next == message.pieces {
            let tail = message.bytes.len() - (message.pieces as usize - 1) * piece_bytes;
            if self.fresh.len() == 1 && tail_twice.is_some_and(|most| tail <= most) {
                self.again.push_back(Piece { message: number, piece: message.pieces - 1 });
            }
            self.fresh.pop_front();
        }
        false
    }

    /// What a piece says, while its message is remembered.
    pub fn part(&self, piece: Piece, piece_bytes: usize) -> Option<Part<'_>> {
        let message = self.messages.get(&piece.message)?;
        let start = piece.piece as usize * piece_bytes;
        let end = (start + piece_bytes).min(message.bytes.len());
        Some(Part {
            total: message.bytes.len() as u32,
            offset: start as u32,
            bytes: message.bytes.get(start..end)?,
            is_last: piece.piece + 1 == message.pieces,
        })
    }

    /// A piece was lost: it goes again, unless another copy of it arrived.
    pub fn lost(&mut self, piece: Piece) {
        if self.messages.get(&piece.message).is_some_and(|m| !m.is_acked(piece.piece)) {
            self.lost.push_back(piece);
        }
    }

    /// A piece arrived.
    pub fn acked(&mut self, piece: Piece) {
        let Some(message) = self.messages.get_mut(&piece.message) else { return };
        if message.is_acked(piece.piece) {
            return;
        }
        message.acked[piece.piece as usize / 64] |= 1 << (piece.piece % 64);
        message.missing -= 1;
        if message.missing == 0 {
            self.remove(piece.message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE_BYTES: usize = 10;

    fn queue(lengths: &[usize]) -> Queue {
        let mut queue = Queue::default();
        lengths.iter().for_each(|length| queue.push(vec![7; *length], None, PIECE_BYTES));
        queue
    }

    fn next(queue: &mut Queue) -> Option<(u32, u32)> {
        let piece = queue.peek(true, None)?;
        queue.advance(0, true, PIECE_BYTES, None);
        Some((piece.message, piece.piece))
    }

    #[test]
    fn pieces_go_in_order_again_when_lost_and_are_forgotten_when_they_arrived() {
        let mut queue = queue(&[25, 0]);
        let order: Vec<_> = std::iter::from_fn(|| next(&mut queue)).collect();
        assert_eq!(order, [(0, 0), (0, 1), (0, 2), (1, 0)]);
        let tail = queue.part(Piece { message: 0, piece: 2 }, PIECE_BYTES).unwrap();
        assert_eq!((tail.total, tail.offset, tail.bytes.len(), tail.is_last), (25, 20, 5, true));
        queue.acked(Piece { message: 0, piece: 1 });
        queue.lost(Piece { message: 0, piece: 1 });
        queue.lost(Piece { message: 0, piece: 2 });
        assert_eq!((next(&mut queue), next(&mut queue)), (Some((0, 2)), None), "one of them arrived after all");
        for piece in [0, 2] {
            queue.acked(Piece { message: 0, piece });
            queue.acked(Piece { message: 0, piece });
        }
        queue.acked(Piece { message: 1, piece: 0 });
        assert!(queue.is_empty() && queue.bytes() == 0);
        assert!(queue.part(Piece { message: 0, piece: 0 }, PIECE_BYTES).is_none());
    }

    #[test]
    fn a_message_begins_within_the_credit_and_goes_on_without() {
        let mut queue = queue(&[100, 100]);
        assert!(queue.peek(true, Some(99)).is_none());
        assert!(queue.peek(true, Some(100)).is_some());
        queue.advance(0, true, PIECE_BYTES, None);
        assert!(queue.peek(true, Some(0)).is_some(), "it was begun");
        (0..9).for_each(|_| {
            queue.advance(0, true, PIECE_BYTES, None);
        });
        assert!(queue.peek(true, Some(199)).is_none());
    }

    #[test]
    fn a_short_tail_goes_twice_each_in_a_packet_of_its_own() {
        let mut queue = queue(&[12]);
        (0..2).for_each(|_| {
            queue.advance(0, true, PIECE_BYTES, Some(2));
        });
        assert_eq!((queue.peek(false, None), queue.peek(true, None)), (None, Some(Piece { message: 0, piece: 1 })));
        assert!(!queue.advance(0, true, PIECE_BYTES, Some(2)));
        assert_eq!(queue.peek(true, None), None);
    }

    #[test]
    fn what_waits_is_found_by_its_bytes() {
        let mut queue = Queue::default();
        queue.push(vec![1; 5], Some(9), PIECE_BYTES);
        assert!(
            queue.push_again(9, &[1; 5], 0) && !queue.push_again(9, &[2; 5], 0) && !queue.push_again(8, &[1; 5], 0)
        );
        assert!(queue.drop_oldest() && !queue.drop_oldest());
        assert!(!queue.push_again(9, &[1; 5], 0) && queue.bytes() == 0);
    }
}
