//! Sort, 3: empties the nodes of all slots in use, and notes for each which of the 3 x 3 cells around it are solid.
//! Twin: `shader/clear.wgsl`.

use super::stages::Buffers;
use crate::constants::AIR_TILE_WORDS;
use crate::shader::Resource::{Air, Masks, Nodes, SlotTiles};
use crate::shader::layout::LANES;

/// Sets the four words of each node to 0, and its mask: bit `3 (oy + 1) + ox + 1` for the solid cell at an offset.
pub(super) fn clear(b: &mut Buffers) {
    for slot in 0..b.slots() {
        let tile = b[SlotTiles][slot as usize];
        for lane in 0..LANES {
            let node = (slot * LANES + lane) as usize;
            let words = b.class().node_words();
            b[Nodes][words * node..][..words].fill(0);
            let (x, y) = b.cell_at(tile, lane);
            let mask = (0..9).map(|k| u32::from(b.solid((x + k % 3 - 1, y + k / 3 - 1))) << k).sum();
            b[Masks][node] = mask;
        }
        if b.class().is_mixed() {
            let words = AIR_TILE_WORDS as usize;
            b[Air][slot as usize * words..][..words].fill(0);
        }
    }
}
