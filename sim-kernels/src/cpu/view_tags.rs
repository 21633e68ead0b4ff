//! What each cell shows, where there are several materials: the highest tag of the cell's particles, in place of their
//! count, which nothing reads any more. Twin: `shader/view_tags.wgsl`.

use super::stages::Buffers;
use super::view::tag;
use crate::constants::NODE_COUNT;
use crate::shader::Resource::Nodes;
use crate::shader::layout::TAGS;

/// Writes [`TAGS`] and the tag into the fourth word of nodes whose cell holds particles.
pub(super) fn view_tags(b: &mut Buffers) {
    for i in 0..b.particles() {
        let q = b.particle(i);
        // Nobody sees air.
        if q.material() != crate::particle::MATERIAL_NONE && q.material() != crate::materials::AIR {
            let word = b.class().node_words() * b.node(q.cell()) + NODE_COUNT as usize;
            b[Nodes][word] = b[Nodes][word].max(TAGS + tag(b.class(), &q.unpack()));
        }
    }
}
