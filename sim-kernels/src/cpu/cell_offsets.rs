//! Sort, 7: where each cell's particles begin. Twin: `shader/cell_offsets.wgsl`.

use super::stages::Buffers;
use crate::shader::Resource::{Offsets, Sums};
use crate::shader::layout::LANES;

/// Writes, for each slot, the running sum of its cells' counts from where its tile begins.
pub(super) fn cell_offsets(b: &mut Buffers) {
    for slot in 0..b.slots() {
        let mut at = b[Sums][slot as usize];
        for node in (slot * LANES) as usize..((slot + 1) * LANES) as usize {
            b[Offsets][node] = at;
            at += b.counted(node);
        }
    }
}
