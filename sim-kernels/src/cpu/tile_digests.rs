//! The digest of each tile's particles, right after a sort. Twin: `shader/tile_digests.wgsl`.

use super::stages::Buffers;
use crate::digest::Digest;
use crate::shader::Resource::{Digests, SlotTiles};
use crate::shader::layout::DIGEST_WORDS;

/// Writes [`DIGEST_WORDS`] words a slot: its tile, its particles, and the four lanes of their digest.
pub(super) fn tile_digests(b: &mut Buffers) {
    for slot in 0..b.slots() {
        let range = b.tile_range(slot);
        let mut sum = Digest::default();
        range.clone().for_each(|i| sum.add(Digest::of(b.particle(i))));
        let tile = b[SlotTiles][slot as usize];
        let words = &mut b[Digests][(slot * DIGEST_WORDS) as usize..][..DIGEST_WORDS as usize];
        words[..2].copy_from_slice(&[tile, range.end - range.start]);
        words[2..].copy_from_slice(&sum.0);
    }
}
