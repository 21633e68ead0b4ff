//! Bits in and out, and the adaptive Rice code: small numbers cost little, and what is small is learnt from
//! what came before. Reading past the end gives an error, never more memory.

/// Quotients from here on are written as an escape and the number itself.
const ESCAPE: u32 = 20;
/// The longest number, in bits.
const NUMBER_BITS: u32 = 32;

/// Writes bits, the first ones lowest.
#[derive(Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl BitWriter {
    /// Writes the low `bits` (at most 32) of `value`.
    pub fn put(&mut self, value: u32, bits: u32) {
        debug_assert!(bits == 32 || value >> bits == 0);
        self.held |= u64::from(value) << self.count;
        self.count += bits;
        if self.count >= 32 {
            self.bytes.extend_from_slice(&(self.held as u32).to_le_bytes());
            self.held >>= 32;
            self.count -= 32;
        }
    }

    /// All of it, filled up to whole bytes with zeros.
    pub fn finish(mut self) -> Vec<u8> {
        let left = self.count.div_ceil(8) as usize;
        self.bytes.extend_from_slice(&self.held.to_le_bytes()[..left]);
        self.bytes
    }
}

/// Reads what [`BitWriter`] wrote.
#[derive(Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    held: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    /// From the first bit on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, held: 0, count: 0 }
    }

    /// The next `bits` (at most 32).
    pub fn get(&mut self, bits: u32) -> Option<u32> {
        if self.count < bits {
            self.fill();
            if self.count < bits {
                return None;
            }
        }
        let value = (self.held & ((1u64 << bits) - 1)) as u32;
        self.held >>= bits;
        self.count -= bits;
        Some(value)
    }

    /// Whether only the last byte's filling is left.
    pub fn is_done(&self) -> bool {
        self.bytes.is_empty() && self.count < 8 && self.held == 0
    }

    fn fill(&mut self) {
        if let Some((four, rest)) = self.bytes.split_first_chunk::<4>()
            && self.count <= 32
        {
            self.held |= u64::from(u32::from_le_bytes(*four)) << self.count;
            self.count += 32;
            self.bytes = rest;
            return;
        }
        while self.count <= 56
            && let Some((&byte, rest)) = self.bytes.split_first()
        {
            self.held |= u64::from(byte) << self.count;
            self.count += 8;
            self.bytes = rest;
        }
    }

    /// Ones up to the next zero, which is read too; at most [`ESCAPE`] ones, then no zero follows.
    fn unary(&mut self) -> Option<u32> {
        if self.count < ESCAPE {
            self.fill();
        }
        let ones = self.held.trailing_ones().min(ESCAPE);
        let used = if ones == ESCAPE { ESCAPE } else { ones + 1 };
        if used > self.count {
            return None;
        }
        self.held >>= used;
        self.count -= used;
        Some(ones)
    }
}

/// An adaptive Rice code for one column of numbers.
#[derive(Clone, Copy, Debug)]
pub struct Rice {
    /// Sixteen times the running mean.
    mean16: u64,
}

impl Rice {
    /// Expects numbers of this size at first.
    pub fn new(expected: u32) -> Self {
        Self { mean16: u64::from(expected) * 16 }
    }

    /// The split that is near the best for a geometric distribution of this mean: log2(0.7 mean).
    fn split(self) -> u32 {
        let scaled = self.mean16 * 45 / 1024;
        (64 - scaled.leading_zeros()).min(24)
    }

    fn learn(&mut self, number: u32) {
        self.mean16 = self.mean16 - self.mean16 / 16 + u64::from(number.min(1 << 20));
    }

    /// Writes a number.
    pub fn put(&mut self, bits: &mut BitWriter, number: u32) {
        let split = self.split();
        let quotient = number >> split;
        if quotient < ESCAPE {
            bits.put((1 << quotient) - 1, quotient + 1);
            bits.put(number & ((1 << split) - 1), split);
        } else {
            bits.put((1 << ESCAPE) - 1, ESCAPE);
            bits.put(number, NUMBER_BITS);
        }
        self.learn(number);
    }

    /// Reads a number.
    pub fn get(&mut self, bits: &mut BitReader<'_>) -> Option<u32> {
        let split = self.split();
        let quotient = bits.unary()?;
        let number = if quotient < ESCAPE { quotient << split | bits.get(split)? } else { bits.get(NUMBER_BITS)? };
        self.learn(number);
        Some(number)
    }
}

/// Signed numbers as unsigned ones, small ones small.
pub fn zigzag(n: i32) -> u32 {
    ((n << 1) ^ (n >> 31)) as u32
}

/// The reverse of [`zigzag`].
pub fn unzigzag(n: u32) -> i32 {
    (n >> 1) as i32 ^ -((n & 1) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_size_come_back() {
        let mut seed = 3u32;
        let mut numbers = Vec::new();
        for round in 0..5000u32 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            numbers.push(seed >> (round / 160));
        }
        numbers.extend([u32::MAX, 0, 1, u32::MAX, u32::MAX, 0]);
        let (mut bits, mut rice) = (BitWriter::default(), Rice::new(4));
        numbers.iter().for_each(|&n| rice.put(&mut bits, n));
        let bytes = bits.finish();
        let (mut bits, mut rice) = (BitReader::new(&bytes), Rice::new(4));
        for &n in &numbers {
            assert_eq!(rice.get(&mut bits), Some(n));
        }
        assert!(bits.is_done());
        let mut short = BitReader::new(&bytes[..bytes.len() / 2]);
        let mut rice = Rice::new(4);
        let read = std::iter::from_fn(|| rice.get(&mut short)).count();
        assert!(read < numbers.len());
    }

    #[test]
    fn zigzag_is_its_own_reverse() {
        for n in [0, 1, -1, 77, -78, i32::MAX, i32::MIN] {
            assert_eq!(unzigzag(zigzag(n)), n);
        }
        assert!(zigzag(-1) == 1 && zigzag(1) == 2);
    }

    #[test]
    fn a_geometric_column_costs_near_its_entropy() {
        let (mut bits, mut rice) = (BitWriter::default(), Rice::new(1));
        let mut seed = 5u32;
        let mut entropy = 0.0;
        for _ in 0..20_000 {
            let mut n = 0u32;
            loop {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if seed >> 24 < 16 {
                    break;
                }
                n += 1;
            }
            rice.put(&mut bits, n);
            entropy -= (15.0f64 / 16.0).log2() * f64::from(n) + (1.0f64 / 16.0).log2();
        }
        let size = bits.finish().len() as f64 * 8.0;
        assert!(size < entropy * 1.06, "{size} bits for {entropy}");
    }
}
