//! Sort, 4: counts the particles of each cell. Twin: `shader/count.wgsl`.

use super::stages::Buffers;
use crate::shader::layout::STATE_SORTED_FROM;

/// Counts each particle that is kept in its cell's node.
pub(super) fn count(b: &mut Buffers) {
    for i in 0..b.state(STATE_SORTED_FROM) {
        let q = b.particle(i);
        if b.is_kept(q) {
            b.count(q);
        }
    }
}
