//! Sort, 6: where each tile's particles begin, and how many there are in all. Twin: `shader/tile_scan.wgsl`.

use super::stages::Buffers;
use crate::shader::Resource::{State, Sums};
use crate::shader::layout::STATE_PARTICLES;

/// Turns the tiles' counts into where each begins, and writes their sum to the state.
pub(super) fn tile_scan(b: &mut Buffers) {
    let mut at = 0;
    for slot in 0..b.slots() as usize {
        let count = b[Sums][slot];
        b[Sums][slot] = at;
        at += count;
    }
    b[State][STATE_PARTICLES as usize] = at;
}
