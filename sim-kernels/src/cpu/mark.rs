//! Sort, 1: marks the tiles that hold particles which are kept. Twin: `shader/mark.wgsl`.

use super::stages::Buffers;
use crate::shader::Resource::Marks;

/// Sets a tile's mark to 1 for each particle that is kept.
pub(super) fn mark(b: &mut Buffers) {
    for i in 0..b.particles() {
        let q = b.particle(i);
        if b.is_kept(q) {
            let tile = b.table_index(q.cell());
            b[Marks][tile] = 1;
        }
    }
}
