//! What a link's datagrams look like, and reading them without trust.
//!
//! Little-endian. `version u8, crc32 u32 (of all that follows), the sender's session u32, the receiver's session u32,
//! packet number u32, flags u8`, then the acknowledgement when its flag is set (`largest u32, delay u16 in 64 us, word
//! count u8, of these words a bit u8 for each that is all ones, the other bitmap words u64`: bit i stands for
//! `largest - 1 - i`; then the credit of each reliable channel in KiB), then fragments to the end: `channel u8, message,
//! total, offset, length, bytes`. Numbers without a type are in sevens of bits, the lowest first, with the eighth set where
//! more follow: what is said often, as where a pointer is, is short.

use room::api::Channel;

/// The version of the link's format; a peer with another one is refused.
pub const VERSION: u8 = 3;
/// No datagram is longer: 16 KiB pass every browser.
pub const DATAGRAM_BYTES_MAX: usize = 16 * 1024;
/// Version, checksum, sessions, packet number, flags.
pub const HEADER_BYTES: usize = 18;
/// Where the flags are.
const FLAGS_AT: usize = HEADER_BYTES - 1;
/// The longest number in sevens of bits.
const NUMBER_BYTES_MAX: usize = 5;
/// A fragment's own header, at most.
pub const FRAGMENT_HEADER_BYTES: usize = 1 + 4 * NUMBER_BYTES_MAX;
/// Words of the acknowledgement's bitmap.
pub const ACK_WORDS: usize = 8;
/// Packets that one acknowledgement reaches back over.
pub const ACK_REACH: u32 = ACK_WORDS as u32 * 64;
/// The longest acknowledgement.
pub const ACK_BYTES_MAX: usize = 4 + 2 + 1 + 1 + 8 * ACK_WORDS + NUMBER_BYTES_MAX * RELIABLE;
/// Channels with acknowledgement, resending and credit: Log, Border, Bulk.
pub const RELIABLE: usize = 3;
/// All channels.
pub const CHANNELS: usize = 4;

const FLAG_ACK: u8 = 1;
const FLAG_GOODBYE: u8 = 2;
const FLAG_WANTS_ACK: u8 = 4;

/// A channel's index; the reliable ones come first.
pub const fn index(channel: Channel) -> usize {
    match channel {
        Channel::Log => 0,
        Channel::Border => 1,
        Channel::Bulk => 2,
        Channel::View => 3,
    }
}

/// The channel of an index.
pub fn channel(index: usize) -> Option<Channel> {
    [Channel::Log, Channel::Border, Channel::Bulk, Channel::View].get(index).copied()
}

/// Between which links of the two peers a datagram goes. When a link ends and the two begin another one, datagrams
/// of the old one may still be under way; a peer's later link has the greater number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// The sender's.
    pub from: u32,
    /// The receiver's; 0 while the sender does not know it.
    pub to: u32,
}

/// A datagram's sessions, unchecked; nothing when it is of another version or too short.
pub fn sessions(datagram: &[u8]) -> Option<Sessions> {
    let mut r = Reader(datagram.strip_prefix(&[VERSION])?);
    r.u32().ok()?;
    r.sessions().ok()
}

/// What a peer says that it received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ack {
    /// The newest packet received.
    pub largest: u32,
    /// How long ago that was, in microseconds (rounded to 64).
    pub delay_us: u32,
    /// Bit i: packet `largest - 1 - i` was received.
    pub bitmap: [u64; ACK_WORDS],
    /// Bytes of messages that may have been begun on each reliable channel, since the link began, in KiB.
    pub credit_kib: [u32; RELIABLE],
}

impl Ack {
    /// Whether this acknowledges a packet.
    pub fn covers(&self, number: u32) -> bool {
        match self.largest.checked_sub(number) {
            None => false,
            Some(0) => true,
            Some(back) if back <= ACK_REACH => self.bitmap[(back - 1) as usize / 64] >> ((back - 1) % 64) & 1 != 0,
            Some(_) => false,
        }
    }
}

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// Which queue it is of.
    pub channel: Channel,
    /// Counts a channel's messages from 0.
    pub message: u32,
    /// The message's length in bytes.
    pub total: u32,
    /// Where the piece begins.
    pub offset: u32,
    /// The piece.
    pub bytes: &'a [u8],
}

/// A datagram, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Whose it is.
    pub sessions: Sessions,
    /// Counts the sender's packets from 0.
    pub number: u32,
    /// The sender is leaving.
    pub goodbye: bool,
    /// The sender waits for an acknowledgement.
    pub wants_ack: bool,
    /// What the sender received.
    pub ack: Option<Ack>,
    /// Pieces of messages.
    pub fragments: Vec<Fragment<'a>>,
}

/// Why a datagram was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireError {
    /// Another version of the format.
    Version(u8),
    /// The checksum is wrong: damaged on the way.
    Checksum,
    /// Too long, too short, or fields that make no sense.
    Malformed,
}

/// Writes one datagram.
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Begins a packet.
    pub fn new(sessions: Sessions, number: u32, ack: Option<&Ack>, wants_ack: bool, goodbye: bool) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend([VERSION, 0, 0, 0, 0]);
        bytes.extend(sessions.from.to_le_bytes());
        bytes.extend(sessions.to.to_le_bytes());
        bytes.extend(number.to_le_bytes());
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        bytes.push(flag(ack.is_some(), FLAG_ACK) | flag(goodbye, FLAG_GOODBYE) | flag(wants_ack, FLAG_WANTS_ACK));
        if let Some(ack) = ack {
            bytes.extend(ack.largest.to_le_bytes());
            bytes.extend(u16::try_from(ack.delay_us / 64).unwrap_or(u16::MAX).to_le_bytes());
            let words = ack.bitmap.iter().rposition(|w| *w != 0).map_or(0, |i| i + 1);
            let full = (0..words).filter(|&i| ack.bitmap[i] == u64::MAX).fold(0, |full, i| full | 1u8 << i);
            bytes.extend([words as u8, full]);
            ack.bitmap[..words].iter().filter(|w| **w != u64::MAX).for_each(|w| bytes.extend(w.to_le_bytes()));
            ack.credit_kib.iter().for_each(|&c| put(&mut bytes, c));
        }
        Self { bytes }
    }

    /// Bytes so far.
    pub fn written(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a piece of a message.
    pub fn fragment(&mut self, f: &Fragment) {
        self.bytes.push(index(f.channel) as u8);
        [f.message, f.total, f.offset, f.bytes.len() as u32].into_iter().for_each(|n| put(&mut self.bytes, n));
        self.bytes.extend(f.bytes);
    }

    /// Marks the packet as waiting for an acknowledgement.
    pub fn wants_ack(&mut self) {
        self.bytes[FLAGS_AT] |= FLAG_WANTS_ACK;
    }

    /// Ends the packet with its checksum.
    pub fn finish(mut self) -> Vec<u8> {
        let crc = crc32fast::hash(&self.bytes[5..]);
        self.bytes[1..5].copy_from_slice(&crc.to_le_bytes());
        debug_assert!(self.bytes.len() <= DATAGRAM_BYTES_MAX);
        self.bytes
    }
}

/// Writes a number in sevens of bits.
fn put(bytes: &mut Vec<u8>, mut number: u32) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads one datagram.
///
/// # Errors
/// [`WireError`]: another version of the links, or bytes that no link writes.
pub fn read(datagram: &[u8]) -> Result<Packet<'_>, WireError> {
    if datagram.len() < HEADER_BYTES || datagram.len() > DATAGRAM_BYTES_MAX {
        return Err(WireError::Malformed);
    }
    if datagram[0] != VERSION {
        return Err(WireError::Version(datagram[0]));
    }
    let mut r = Reader(&datagram[1..]);
    let crc = r.u32()?;
    if crc32fast::hash(r.0) != crc {
        return Err(WireError::Checksum);
    }
    let sessions = r.sessions()?;
    let number = r.u32()?;
    let flags = r.u8()?;
    let ack = if flags & FLAG_ACK != 0 { Some(r.ack()?) } else { None };
    let mut fragments = Vec::new();
    while !r.0.is_empty() {
        fragments.push(r.fragment()?);
    }
    let (goodbye, wants_ack) = (flags & FLAG_GOODBYE != 0, flags & FLAG_WANTS_ACK != 0);
    Ok(Packet { sessions, number, goodbye, wants_ack, ack, fragments })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], WireError> {
        let (head, tail) = self.0.split_at_checked(n).ok_or(WireError::Malformed)?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (head, tail) = self.0.split_first_chunk().ok_or(WireError::Malformed)?;
        self.0 = tail;
        Ok(*head)
    }

    fn u8(&mut self) -> Result<u8, WireError> {
        self.array::<1>().map(|b| b[0])
    }

    fn u16(&mut self) -> Result<u16, WireError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, WireError> {
        self.array().map(u32::from_le_bytes)
    }

    /// A number in sevens of bits, written as short as can be.
    fn number(&mut self) -> Result<u32, WireError> {
        let mut number = 0;
        for place in 0..NUMBER_BYTES_MAX {
            let byte = self.u8()?;
            let (seven, last) = (u32::from(byte & 0x7f), byte & 0x80 == 0);
            if place == NUMBER_BYTES_MAX - 1 && seven > 0xf || last && seven == 0 && place > 0 {
                return Err(WireError::Malformed);
            }
            number |= seven << (7 * place);
            if last {
                return Ok(number);
            }
        }
        Err(WireError::Malformed)
    }

    fn sessions(&mut self) -> Result<Sessions, WireError> {
        Ok(Sessions { from: self.u32()?, to: self.u32()? })
    }

    fn ack(&mut self) -> Result<Ack, WireError> {
        let mut ack = Ack { largest: self.u32()?, delay_us: u32::from(self.u16()?) * 64, ..Ack::default() };
        let (words, full) = (usize::from(self.u8()?), self.u8()?);
        if words > ACK_WORDS || u32::from(full) >> words != 0 {
            return Err(WireError::Malformed);
        }
        for (i, word) in ack.bitmap[..words].iter_mut().enumerate() {
            *word = if full >> i & 1 != 0 { u64::MAX } else { u64::from_le_bytes(self.array()?) };
        }
        for credit in &mut ack.credit_kib {
            *credit = self.number()?;
        }
        Ok(ack)
    }

    fn fragment(&mut self) -> Result<Fragment<'a>, WireError> {
        let channel = channel(usize::from(self.u8()?)).ok_or(WireError::Malformed)?;
        let (message, total, offset) = (self.number()?, self.number()?, self.number()?);
        let length = self.number()? as usize;
        let bytes = self.take(length)?;
        let end = u64::from(offset) + length as u64;
        // An empty piece is only an empty message's one piece.
        if end > u64::from(total) || (length == 0 && total != 0) {
            return Err(WireError::Malformed);
        }
        Ok(Fragment { channel, message, total, offset, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_reads_back() {
        let mut ack = Ack { largest: 700, delay_us: 640, ..Ack::default() };
        ack.bitmap[0] = 0b101;
        ack.bitmap[3] = u64::MAX;
        ack.bitmap[7] = 1 << 63;
        ack.credit_kib = [1, 128, u32::MAX];
        let between = Sessions { from: 7, to: 8 };
        let mut w = Writer::new(between, 9, Some(&ack), false, true);
        w.fragment(&Fragment { channel: Channel::Border, message: 5, total: 10, offset: 4, bytes: b"hello" });
        w.fragment(&Fragment { channel: Channel::View, message: 6, total: 0, offset: 0, bytes: b"" });
        w.wants_ack();
        let bytes = w.finish();
        let p = read(&bytes).unwrap();
        assert_eq!((p.sessions, sessions(&bytes), sessions(&bytes[..12])), (between, Some(between), None));
        assert_eq!((p.number, p.goodbye, p.wants_ack, p.ack), (9, true, true, Some(ack.clone())));
        assert_eq!(p.fragments.len(), 2);
        assert_eq!(p.fragments[0].bytes, b"hello");
        assert!(ack.covers(700) && ack.covers(699) && !ack.covers(698) && ack.covers(697) && ack.covers(700 - 512));
        assert!(!ack.covers(701) && !ack.covers(0));
    }

    #[test]
    fn numbers_read_back_and_have_one_form() {
        for number in [0, 1, 127, 128, 16_383, 16_384, 1 << 28, u32::MAX - 1, u32::MAX] {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            assert!(bytes.len() <= NUMBER_BYTES_MAX);
            assert_eq!(Reader(&bytes).number(), Ok(number));
            assert!(Reader(&bytes[..bytes.len() - 1]).number().is_err());
        }
        for bad in [&[0x80, 0][..], &[0xff, 0xff, 0xff, 0xff, 0x1f], &[0x80; 6]] {
            assert!(Reader(bad).number().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn damaged_and_foreign_datagrams_are_refused() {
        let mut w = Writer::new(Sessions::default(), 1, None, true, false);
        w.fragment(&Fragment { channel: Channel::Log, message: 0, total: 3, offset: 0, bytes: b"abc" });
        let good = w.finish();
        for i in 1..good.len() {
            let mut bad = good.clone();
            bad[i] ^= 0x10;
            assert_eq!(read(&bad), Err(WireError::Checksum), "byte {i}");
        }
        let mut other = good.clone();
        other[0] = 9;
        assert_eq!(read(&other), Err(WireError::Version(9)));
        assert_eq!(read(&good[..5]), Err(WireError::Malformed));
        assert_eq!(read(&vec![1; DATAGRAM_BYTES_MAX + 1]), Err(WireError::Malformed));
    }

    #[test]
    fn a_right_checksum_over_nonsense_is_refused_too() {
        for body in
            [&[0u8; 5][..], &[1, 0, 0, 0, 1, 9, 9], &[0, 0, 0, 0, 4, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]
        {
            let mut bytes = vec![VERSION];
            bytes.extend(crc32fast::hash(body).to_le_bytes());
            bytes.extend(body);
            let _ = read(&bytes);
            bytes.push(0);
            assert!(read(&bytes).is_err());
        }
    }
}
