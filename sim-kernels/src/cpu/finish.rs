//! The end of a superstep: drops what lies outside the region, adds up the digest and the tile columns, and copies out
//! what lies in the wanted rectangles. Twin: `shader/finish.wgsl`, which leaves the order of the copies to chance.

use super::stages::{Buffers, words4};
use crate::digest::Digest;
use crate::geom::Rect;
use crate::shader::Resource::{Extract, ExtractWords, Rects};
use crate::shader::layout::{STATE_ALIVE, STATE_COLUMNS, STATE_DIGEST, STATE_EXTRACTED};

/// Works on all particles of the current buffer.
pub(super) fn finish(b: &mut Buffers) {
    let rect = |i: usize| {
        let [x0, y0, x1, y1] = words4(&b[Rects], i).map(|word| word as i32);
        Rect::new(x0, y0, x1, y1)
    };
    let wanted: Vec<Rect> = (0..b.params.rect_count as usize).map(rect).collect();
    for i in 0..b.particles().min(b.params.particle_max) {
        let q = b.particle(i);
        if !b.is_kept(q) {
            b.remove_particle(i);
            continue;
        }
        for (lane, part) in Digest::of(q).0.into_iter().enumerate() {
            b.add_to_state(STATE_DIGEST + lane as u32, part);
        }
        b.add_to_state(STATE_ALIVE, 1);
        let (x, y) = q.cell();
        b.add_to_state(STATE_COLUMNS + (x as u32 >> 4) - (b.params.keep_x0 as u32 >> 4), 1);
        if wanted.iter().any(|rect| rect.contains(x, y)) {
            let place = b.add_to_state(STATE_EXTRACTED, 1);
            if place < b.params.extract_max {
                b.put(Extract, ExtractWords, place, q);
            }
        }
    }
}
