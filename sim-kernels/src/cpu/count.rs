//! Sort, 4: counts the particles of each cell. Twin: `shader/count.wgsl`.

use super::stages::Buffers;
use crate::shader::Resource::Nodes;
use crate::shader::layout::STATE_SORTED_FROM;

/// Adds 1 to the fourth word of its cell's node for each particle that is kept.
pub(super) fn count(b: &mut Buffers) {
    for i in 0..b.state(STATE_SORTED_FROM) {
        let q = b.particle(i);
        if b.is_kept(q) {
            let node = b.node(q.cell());
            b[Nodes][4 * node + 3] += 1;
        }
    }
}
