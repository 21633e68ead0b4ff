//! Which material each cell shows, where there are several: the highest code of the cell's particles, in place of
//! their count, which nothing reads any more. Twin: `shader/view_codes.wgsl`.

use super::stages::Buffers;
use crate::constants::NODE_COUNT;
use crate::shader::Resource::Nodes;
use crate::shader::layout::CODES;

/// Writes [`CODES`] and the code into the fourth word of nodes whose cell holds particles.
pub(super) fn view_codes(b: &mut Buffers) {
    for i in 0..b.particles() {
        let q = b.particle(i);
        if q.material() != crate::particle::MATERIAL_NONE {
            let word = b.class().node_words() * b.node(q.cell()) + NODE_COUNT as usize;
            b[Nodes][word] = b[Nodes][word].max(CODES + q.material());
        }
    }
}
