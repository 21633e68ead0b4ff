//! Counter's law: a fluid's, with a push of a few units that its words say. Twin: `stress.wgsl`.

use super::LAW;
use crate::constants::GRADIENT_MAX;
use crate::fixed::clamp_abs;
use crate::materials::{Fields, Flow, Words, fluid};

/// The velocity gradient (Q15) that a particle scatters: up to 7 units more on the diagonal than a fluid's.
#[inline(always)]
pub fn stress(f: &Fields) -> [i32; 4] {
    let [a, b, c, d] = fluid::stress(&LAW, f);
    let push = (f.words[2] & 7) as i32;
    [clamp_abs(a + push, GRADIENT_MAX), b, c, clamp_abs(d + push, GRADIENT_MAX)]
}

/// The volume ratio's next value, Q15.
#[inline(always)]
pub fn volume(j: i32, divergence: i32, density: i32) -> i32 {
    fluid::volume(&LAW, j, divergence, density)
}

/// The words' next values; all sums wrap.
#[inline(always)]
pub fn evolve(f: &Fields, flow: &Flow, _j: i32, _chance: u32) -> Words {
    let d = flow.d;
    let [substeps, sums, turns] = [f.words[0], f.words[1], f.words[2]];
    let low = sums.wrapping_add(d[0] as u32) & 0xffff;
    let high = (sums >> 16).wrapping_add(d[3] as u32) << 16;
    let turns = (turns >> 3).wrapping_add((d[2] - d[1]) as u32);
    let mut next = f.words;
    next[0] = substeps.wrapping_add(1);
    next[1] = low | high;
    next[2] = turns << 3 | turns & 7;
    next
}
