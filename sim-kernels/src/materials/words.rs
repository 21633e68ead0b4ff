//! Words of state that a material's particles have beyond their 16 bytes: what they are called, how they begin, and how
//! bands and saves code them.

/// The most words of a material: with that of heat, the smallest buffer that WebGPU promises, 128 MiB, then holds those of
/// the 4 million particles of the fullest room.
pub const WORDS_MAX: usize = 7;

/// A word of 32 bits. What its bits mean, only the material's law knows; all else carries them unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it is, for people.
    pub name: &'static str,
    /// What a particle has there when it is made.
    pub initial: u32,
    /// Bits of each number that is packed into the word, lowest first; together 32. Each is a column of bands and saves:
    /// coded by its difference from the particle before, as a number of so many bits in two's complement, so it is short
    /// where neighbours are alike.
    pub fields: &'static [u32],
}

/// A column of bands and saves: some bits of one of a material's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The word's index.
    pub word: usize,
    /// Its lowest bit there.
    pub shift: u32,
    /// How many bits, 1 to 32.
    pub bits: u32,
}

impl Column {
    /// The column's bits in some words, at the low end.
    pub fn get(self, words: &[u32]) -> u32 {
        words[self.word] >> self.shift & u32::MAX >> (32 - self.bits)
    }

    /// Adds a number to the column's bits, which wrap around and leave all other bits as they are.
    pub fn add(self, words: &mut [u32], number: i32) {
        let mask = u32::MAX >> (32 - self.bits);
        let sum = self.get(words).wrapping_add(number as u32) & mask;
        words[self.word] = words[self.word] & !(mask << self.shift) | sum << self.shift;
    }

    /// The number nearest to zero that [`Column::add`] makes `to`'s bits from `from`'s with.
    pub fn difference(self, from: &[u32], to: &[u32]) -> i32 {
        let unused = 32 - self.bits;
        (self.get(to).wrapping_sub(self.get(from)) << unused) as i32 >> unused
    }
}

/// The columns of some words, in order.
pub(super) fn columns(words: &'static [Word]) -> impl Iterator<Item = Column> {
    words.iter().enumerate().flat_map(|(word, Word { fields, .. })| {
        fields.iter().scan(0, move |next, &bits| {
            let shift = *next;
            *next += bits;
            Some(Column { word, shift, bits })
        })
    })
}

/// What holds of every material's words.
pub(super) const fn check(words: &[Word]) {
    assert!(words.len() <= WORDS_MAX);
    let mut i = 0;
    while i < words.len() {
        let (mut k, mut sum) = (0, 0);
        while k < words[i].fields.len() {
            assert!(0 < words[i].fields[k] && words[i].fields[k] <= 32);
            sum += words[i].fields[k];
            k += 1;
        }
        assert!(sum == 32);
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &[Word] = &[
        Word { name: "whole", initial: 0, fields: &[32] },
        Word { name: "parts", initial: 0, fields: &[1, 5, 16, 10] },
    ];

    #[test]
    fn columns_take_each_bit_once() {
        check(WORDS);
        let mut seen = [0u32; 2];
        for column in columns(WORDS) {
            let mut own = [0; 2];
            column.add(&mut own, -1);
            assert!((0..2).all(|word| seen[word] & own[word] == 0));
            (0..2).for_each(|word| seen[word] |= own[word]);
        }
        assert_eq!(seen, [u32::MAX; 2]);
    }

    #[test]
    fn a_difference_leads_from_one_to_the_other() {
        let (from, to) = ([7, 0x89ab_cdef], [0x8000_0000, 0x7654_3210]);
        let mut words = from;
        for column in columns(WORDS) {
            let difference = column.difference(&from, &to);
            assert!(column.bits == 32 || difference.unsigned_abs() <= 1 << (column.bits - 1), "{column:?}");
            column.add(&mut words, difference);
        }
        assert_eq!(words, to);
    }
}
