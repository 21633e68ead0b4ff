//! Changes known bytes at random, in the ways that fuzzers found to be worth their time: single bits, bytes and
//! numbers at their extremes, pieces left out, doubled, or taken from another.

use netsim::Rng;

const EXTREMES: [u64; 8] = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, u64::MAX];

/// The longest that anything grows.
const LENGTH_MAX: usize = 1 << 16;

/// Other bytes, made of known ones.
pub fn change(rng: &mut Rng, known: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = rng.pick(known).cloned().unwrap_or_default();
    for _ in 0..=rng.below(6) {
        let at = rng.below(bytes.len() as u64 + 1) as usize;
        match rng.below(9) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
            2 if at < bytes.len() => bytes[at] = rng.next() as u8,
            3 => {
                let number = rng.pick(&EXTREMES).copied().unwrap_or(0).to_le_bytes();
                let width = [1, 2, 4, 8][rng.below(4) as usize];
                let end = (at + width).min(bytes.len());
                bytes[at..end].copy_from_slice(&number[..end - at]);
            }
            4 => bytes.truncate(at),
            5 => {
                let end = (at + rng.below(64) as usize).min(bytes.len());
                bytes.drain(at..end);
            }
            6 => {
                let end = (at + rng.below(64) as usize).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            7 => {
                if let Some(other) = rng.pick(known) {
                    let from = rng.below(other.len() as u64 + 1) as usize;
                    bytes.splice(at.., other[from..].iter().copied());
                }
            }
            // What a length or a variant is written with.
            _ => {
                let number = [250, 251, 252, 253, 255][rng.below(5) as usize];
                bytes.splice(at..at, [number]);
            }
        }
        bytes.truncate(LENGTH_MAX);
    }
    bytes
}

/// Several messages in one, as the targets `link` and `room` read them.
pub fn session(rng: &mut Rng, known: &[Vec<u8>]) -> Vec<u8> {
    let mut all = Vec::new();
    for _ in 0..=rng.below(8) {
        let piece = if rng.below(4) == 0 { rng.pick(known).cloned().unwrap_or_default() } else { change(rng, known) };
        let length = piece.len().min(usize::from(u16::MAX));
        all.extend((length as u16).to_le_bytes());
        all.extend(&piece[..length]);
    }
    all
}
