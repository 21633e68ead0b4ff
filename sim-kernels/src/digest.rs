//! Digests: the sum, in wrapping 32-bit lanes, of a 128-bit hash of each particle's canonical state.
//!
//! A sum, not an exclusive or: two equal particles would cancel. The order of particles does not matter,
//! so shards' digests add up to the room's.

use crate::geom::{Rect, TILE_CELLS};
use crate::particle::{MATERIAL_NONE, Particle};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A 128-bit digest in four lanes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest(pub [u32; 4]);

impl Digest {
    /// Adds another part, lane by lane.
    pub fn add(&mut self, other: Self) {
        for (lane, with) in self.0.iter_mut().zip(other.0) {
            *lane = lane.wrapping_add(with);
        }
    }

    /// The digest of one particle: the hash of its 16 bytes, into which the words that its material has beyond them are
    /// mixed, and that of its heat and label, where it is not 0. The WGSL twin is `shader/shared/hash_words.wgsl`.
    pub fn of(particle: Particle) -> Self {
        let mut sum = hash4(particle.0);
        // Four words at a time; of the last ones those that are not there count as 0.
        for words in particle.words().chunks(4) {
            words.iter().zip(&mut sum).for_each(|(word, lane)| *lane ^= word);
            sum = hash4(sum);
        }
        let [.., last] = particle.1;
        if last != 0 {
            sum[3] ^= last;
            sum = hash4(sum);
        }
        Self(sum)
    }

    /// The digest of a set of particles.
    pub fn of_all(particles: &[Particle]) -> Self {
        let mut sum = Self::default();
        for &p in particles {
            sum.add(Self::of(p));
        }
        sum
    }

    /// The digest of bytes, and of how many they are.
    pub fn of_bytes(tag: u32, bytes: &[u8]) -> Self {
        let word = |part: &[u8]| {
            let mut four = [0; 4];
            four[..part.len()].copy_from_slice(part);
            u32::from_le_bytes(four)
        };
        Self::of_words(tag, bytes.chunks(4).map(word).chain([bytes.len() as u32]))
    }

    /// The digest of a sequence of words, where order matters: each is hashed with its index.
    pub fn of_words(tag: u32, words: impl IntoIterator<Item = u32>) -> Self {
        let mut sum = Self::default();
        for (i, word) in words.into_iter().enumerate() {
            sum.add(Self(hash4([word, i as u32, tag, 0x9e37_79b9])));
        }
        sum
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|lane| write!(f, "{lane:08x}"))
    }
}

/// The digest of one tile's particles, of those in the rectangle that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileDigest {
    /// Tile column and row.
    pub tile: [u16; 2],
    /// How many particles it is.
    pub particles: u32,
    /// Their digest.
    pub digest: Digest,
}

impl TileDigest {
    /// The digests of all tiles of `rect` that hold particles there, by row and column: what a backend
    /// answers to [`crate::job::Job::TileDigests`].
    pub fn of_all(particles: &[Particle], rect: Rect) -> Vec<Self> {
        let mut tiles: BTreeMap<(i32, i32), Self> = BTreeMap::new();
        for &p in particles {
            let (x, y) = p.cell();
            if rect.contains(x, y) && p.material() != MATERIAL_NONE {
                let (column, row) = (x / TILE_CELLS, y / TILE_CELLS);
                let tile = tiles.entry((row, column)).or_default();
                tile.tile = [column as u16, row as u16];
                tile.particles += 1;
                tile.digest.add(Digest::of(p));
            }
        }
        tiles.into_values().collect()
    }

    /// The tiles in which two such lists differ, by row and column; a tile that only one has differs.
    pub fn differing(a: &[Self], b: &[Self]) -> Vec<[u16; 2]> {
        let key = |t: &Self| (t.tile[1], t.tile[0]);
        let mut sides: BTreeMap<(u16, u16), [Option<Self>; 2]> = BTreeMap::new();
        a.iter().for_each(|t| sides.entry(key(t)).or_default()[0] = Some(*t));
        b.iter().for_each(|t| sides.entry(key(t)).or_default()[1] = Some(*t));
        sides.into_iter().filter(|(_, [a, b])| a != b).map(|((row, column), _)| [column, row]).collect()
    }

    /// The digest of all the tiles together.
    pub fn sum(tiles: &[Self]) -> Digest {
        let mut sum = Digest::default();
        tiles.iter().for_each(|t| sum.add(t.digest));
        sum
    }
}

/// Mixes four words into four: pcg4d of M. Jarzynski and M. Olano, "Hash Functions for GPU Rendering",
/// JCGT 9(3), 2020, applied twice. The WGSL twin is `shader/shared/hash.wgsl`.
#[inline(always)]
pub fn hash4(words: [u32; 4]) -> [u32; 4] {
    pcg4d(pcg4d(words))
}

/// One application of the hash.
#[inline(always)]
fn pcg4d(words: [u32; 4]) -> [u32; 4] {
    let mut v = words.map(|w| w.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    for _ in 0..2 {
        v[0] = v[0].wrapping_add(v[1].wrapping_mul(v[3]));
        v[1] = v[1].wrapping_add(v[2].wrapping_mul(v[0]));
        v[2] = v[2].wrapping_add(v[0].wrapping_mul(v[1]));
        v[3] = v[3].wrapping_add(v[1].wrapping_mul(v[2]));
        v = v.map(|w| w ^ (w >> 16));
    }
    v
}
