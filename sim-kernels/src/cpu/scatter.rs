//! Sort, 8: moves the particles to their cells' places. Afterwards an offset is where the cell's particles end.
//! Twin: `shader/scatter.wgsl`, which leaves the order within a cell to chance.

use super::stages::Buffers;
use crate::shader::Resource::{Offsets, Sorted, SortedWords};
use crate::shader::layout::STATE_SORTED_FROM;

/// Copies each particle that is kept to the next place of its cell.
pub(super) fn scatter(b: &mut Buffers) {
    for i in 0..b.state(STATE_SORTED_FROM) {
        let q = b.particle(i);
        if !b.is_kept(q) {
            continue;
        }
        let node = b.node(q.cell());
        let place = b[Offsets][node];
        b[Offsets][node] += 1;
        if place < b.params.particle_max {
            b.put(Sorted, SortedWords, place, q);
        }
    }
}
