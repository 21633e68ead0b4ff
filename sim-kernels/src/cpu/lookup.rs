//! What particles find at the nine nodes around them, looked up in vectors.
//!
//! The nodes of a tile lie word by word, row by row. What particles in one row of cells find at one of their nine nodes is, for each,
//! one of sixteen words in a row, so that a vector of x86 that holds these sixteen answers all of them by a permutation: a
//! fifth of what copying one by one takes. Particles of other rows in the same vector take a turn each, so tiles keep their
//! particles by row: see [`super::store::Tile::group`].

use super::many::{Around, MANY};
use super::step::EDGE;

/// A word of all of a tile's nodes, row by row.
pub type Plane = [[i32; EDGE]; EDGE];

/// How particles come by what they find at their nodes.
#[derive(Clone, Copy)]
pub enum Lookup {
    /// Sixteen in a vector.
    #[cfg(target_arch = "x86_64")]
    InSixteens,
    /// Eight.
    #[cfg(target_arch = "x86_64")]
    InEights,
    /// Not from here: copied for each.
    OneByOne,
}

impl Lookup {
    /// Copies what each of the first `count` particles finds in planes; each particle's cell in its tile is named, as
    /// [`super::store::cell_in_tile`] has it. Answers how many turns it took beyond one for each vector.
    ///
    /// # Safety
    /// The machine has AVX-512 where sixteen, and AVX2 where eight are wanted.
    #[inline(always)]
    pub unsafe fn look(self, planes: &[Plane], cells: &[u32; MANY], count: usize, around: &mut Around) -> usize {
        match self {
            // SAFETY: whoever calls this knows.
            #[cfg(target_arch = "x86_64")]
            Self::InSixteens => unsafe { in_sixteens(planes, cells, count, around) },
            // SAFETY: the same.
            #[cfg(target_arch = "x86_64")]
            Self::InEights => unsafe { in_eights(planes, cells, count, around) },
            Self::OneByOne => unreachable!("{count} of {} and {} in {}", cells.len(), planes.len(), around.len()),
        }
    }
}

/// See [`Lookup::look`]: with AVX-512.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn in_sixteens(planes: &[Plane], cells: &[u32; MANY], count: usize, around: &mut Around) -> usize {
    use std::arch::x86_64::*;
    let mut turns = 0;
    for from in (0..count).step_by(16) {
        let own: &[u32; 16] = cells[from..].first_chunk().expect("sixteen at a time");
        // SAFETY: it reads these sixteen words.
        let own = unsafe { _mm512_loadu_si512(own.as_ptr().cast()) };
        // A permutation looks at the lowest four bits alone.
        let rows = _mm512_srli_epi32::<4>(own);
        let mut left = (1u32 << (count - from).min(16)) - 1;
        let mut others = false;
        while left != 0 {
            let row = cells[from + left.trailing_zeros() as usize] >> 4 & 15;
            let these = _mm512_cmpeq_epi32_mask(rows, _mm512_set1_epi32(row as i32));
            for (word, plane) in planes.iter().enumerate() {
                for (r, line) in plane[row as usize..][..3].iter().enumerate() {
                    for c in 0..3 {
                        let table: &[i32; 16] = line[c..].first_chunk().expect("a row has two more");
                        // SAFETY: it reads these sixteen words.
                        let table = unsafe { _mm512_loadu_si512(table.as_ptr().cast()) };
                        let found = _mm512_permutexvar_epi32(own, table);
                        let to: &mut [i32; 16] = around[3 * r + c][word][from..].first_chunk_mut().expect("as many");
                        let to = to.as_mut_ptr();
                        // SAFETY: both write to these sixteen words.
                        if others {
                            unsafe { _mm512_mask_storeu_epi32(to, these, found) };
                        } else {
                            unsafe { _mm512_storeu_si512(to.cast(), found) };
                        }
                    }
                }
            }
            left &= !u32::from(these);
            others = true;
            turns += 1;
        }
    }
    turns - count.div_ceil(16)
}

/// The same with AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn in_eights(planes: &[Plane], cells: &[u32; MANY], count: usize, around: &mut Around) -> usize {
    use std::arch::x86_64::*;
    let mut turns = 0;
    for from in (0..count).step_by(8) {
        let own: &[u32; 8] = cells[from..].first_chunk().expect("eight at a time");
        // SAFETY: it reads these eight words.
        let own = unsafe { _mm256_loadu_si256(own.as_ptr().cast()) };
        // Which of a row's two halves; a permutation looks at the lowest three bits alone.
        let upper = _mm256_castsi256_ps(_mm256_slli_epi32::<28>(own));
        let rows = _mm256_srli_epi32::<4>(own);
        let mut left = (1u32 << (count - from).min(8)) - 1;
        let mut others = false;
        while left != 0 {
            let row = cells[from + left.trailing_zeros() as usize] >> 4 & 15;
            let these = _mm256_cmpeq_epi32(rows, _mm256_set1_epi32(row as i32));
            for (word, plane) in planes.iter().enumerate() {
                for (r, line) in plane[row as usize..][..3].iter().enumerate() {
                    for c in 0..3 {
                        let half = |at: usize| {
                            let table: &[i32; 8] = line[at..].first_chunk().expect("a row has two more");
                            // SAFETY: it reads these eight words.
                            let table = unsafe { _mm256_loadu_si256(table.as_ptr().cast()) };
                            _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(table, own))
                        };
                        let found = _mm256_castps_si256(_mm256_blendv_ps(half(c), half(c + 8), upper));
                        let to: &mut [i32; 8] = around[3 * r + c][word][from..].first_chunk_mut().expect("as many");
                        let to = to.as_mut_ptr();
                        // SAFETY: both write to these eight words.
                        if others {
                            unsafe { _mm256_maskstore_epi32(to, these, found) };
                        } else {
                            unsafe { _mm256_storeu_si256(to.cast(), found) };
                        }
                    }
                }
            }
            left &= !(_mm256_movemask_ps(_mm256_castsi256_ps(these)) as u32);
            others = true;
            turns += 1;
        }
    }
    turns - count.div_ceil(8)
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn each_finds_its_own_nine() {
        let mut seed = 1u32;
        let mut draw = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 8
        };
        let planes: [Plane; 3] =
            std::array::from_fn(|_| std::array::from_fn(|_| std::array::from_fn(|_| draw() as i32)));
        for (count, rows) in [(1, 16), (7, 1), (8, 2), (17, 16), (31, 3), (32, 16), (32, 1)] {
            let cells: [u32; MANY] = std::array::from_fn(|_| (draw() % rows) << 4 | (draw() & 15));
            let check = |found: &Around| {
                for (i, cell) in cells.iter().take(count).enumerate() {
                    for (k, word) in (0..9).flat_map(|k| (0..3).map(move |word| (k, word))) {
                        let node = planes[word][(cell >> 4) as usize + k / 3][(cell & 15) as usize + k % 3];
                        assert_eq!(found[k][word][i], node, "{count} in {rows}: particle {i}, node {k}, word {word}");
                    }
                }
            };
            let mut found = [[[0; MANY]; 4]; 9];
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the machine has it.
                let turns = unsafe { in_eights(&planes, &cells, count, &mut found) };
                assert!(turns < count);
                check(&found);
            }
            found = [[[0; MANY]; 4]; 9];
            if std::arch::is_x86_feature_detected!("avx512f") {
                // SAFETY: the machine has it.
                let turns = unsafe { in_sixteens(&planes, &cells, count, &mut found) };
                assert!(turns < count);
                check(&found);
            }
        }
    }
}
