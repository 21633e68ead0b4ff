//! Sort, 5: adds up the cells of each tile. Twin: `shader/tile_sums.wgsl`.

use super::stages::Buffers;
use crate::shader::Resource::Sums;
use crate::shader::layout::LANES;

/// Writes the sum of the 256 counts of each slot.
pub(super) fn tile_sums(b: &mut Buffers) {
    for slot in 0..b.slots() {
        let first = (slot * LANES) as usize;
        let sum = (first..first + LANES as usize).map(|node| b.counted(node)).sum();
        b[Sums][slot as usize] = sum;
    }
}
