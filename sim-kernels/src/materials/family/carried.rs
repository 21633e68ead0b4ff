//! The law of what is carried: walls that move as told, whatever pushes them. Where such a particle is follows from the
//! number of the substep and its two words alone, so that it never drifts, however long it goes on, and no two peers can
//! differ about it. It gives the grid its mass, its velocity, its room and a pressure that only pushes, and takes nothing
//! from it: what is around goes with it, since it is as heavy as a particle may be, and is pressed out of it.
//!
//! | word | bits | what turns | what slides |
//! |---|---|---|---|
//! | 0 | 0..12, 12..22 | the cell whose middle it turns about | the cell of the middle of its way |
//! | 0 | 22..32 | how fast: 1/65536 of a turn, or of a to and fro, a substep; 0 stays where it is | the same |
//! | 1 | 0..16, 16..32 | where it is from there at substep 0, x and y, Q9 cells | 6 bits: where in the cell, Q6; 10 bits: how far it goes, in eighths of a cell |
//!
//! New particles have zeros, so what is poured stays where it is until a command sets it going. Bedrock does not stop what
//! is carried, nor does anything else; it stays within the world, and where its words say that it should be far from where
//! it is, which no command does, it comes nearer by less than a cell a substep. Twins: `carried.wgsl`, `carriage.wgsl`.

use super::super::{Fields, Word, Words};
use super::Law;
use super::fluid::Fluid;
use crate::constants::{GRADIENT_MAX, ONE, POS_HALF, POS_Q, SPEED_MAX};
use crate::fixed::{clamp, clamp_abs, rs};
use crate::shared::shared_struct;

/// The fastest that something is told to turn, in 1/65536 of a turn a substep.
pub const RATE_MAX: i32 = 511;
/// The farthest that something slides from the middle of its way along either axis, in eighths of a cell.
pub const SWAY_MAX: i32 = 511;
/// Cells times rate at which something goes half a cell a substep, as fast as commands let it: 65536 / 4 pi.
pub const RIM_MAX: i32 = 5215;
/// Positions that words can hold, Q12: 64 cells from the middle.
const OFFSET_MAX: i32 = 32767;
/// 2 pi / 65536, Q27: radians a substep to one of rate. Times the rate below 2^23.
const RADIAN: i32 = 12868;

shared_struct! {
    /// Constants of what is carried.
    pub Carried {
        /// Whether it slides to and fro rather than turns.
        slides: i32,
        /// What it always adds to D, Q15: without that, single particles would wander through it as through a sieve.
        press: i32,
        /// Stiffness, Q4: what it adds to D where something comes into it, times 1 - J.
        stiffness: i32,
        /// As a fluid has it, and as water does: see [`Fluid`].
        mix: i32,
        /// The same.
        lag: i32,
    }
}

/// Where something is, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pose {
    /// Q12 cells.
    pub at: [i32; 2],
    /// Q15 cells a substep.
    pub velocity: [i32; 2],
}

/// The sine of an angle in 1/65536 of a turn, Q15, to within 2 of it: an odd polynomial of degree 7 in a quarter turn, fitted.
#[inline(always)]
pub const fn sine(angle: i32) -> i32 {
    let part = angle & 0x3fff;
    let x = if angle & 0x4000 == 0 { part << 1 } else { (0x4000 - part) << 1 };
    // 2^15 x 2^15, then below 2^15 x 21170; and x times the last is the sine, below 2^30.
    let x2 = rs(x * x, 15);
    let s = rs(x * (51473 - rs(x2 * (21170 - rs(x2 * (2611 - rs(x2 * 146, 15)), 15)), 15)), 15);
    if angle & 0x8000 == 0 { s } else { -s }
}

/// The angle that a rate has come to at a substep.
#[inline(always)]
const fn angle(rate: i32, number: u32) -> i32 {
    ((rate as u32).wrapping_mul(number) & 0xffff) as i32
}

/// A vector turned: Q9 and below 2^15 each to Q24. The length of what comes out is at most 2^15.5 x 2^15 x (1 + 2^-14).
#[inline(always)]
const fn turned([x, y]: [i32; 2], [c, s]: [i32; 2]) -> [i32; 2] {
    [x * c - y * s, x * s + y * c]
}

/// How fast it goes, in 1/65536 of a turn, or of a to and fro, a substep.
#[inline(always)]
pub const fn rate(words: &Words) -> i32 {
    words[0] as i32 >> 22
}

impl Carried {
    /// What turns about a place.
    pub const TURNS: Self = Self { slides: 0, press: 1600, stiffness: 30, mix: 13, lag: 64 };
    /// What slides to and fro.
    pub const SLIDES: Self = Self { slides: 1, ..Self::TURNS };

    /// What the constants must keep to.
    pub(super) const fn check(&self) {
        assert!(self.slides == 0 || self.slides == 1);
        // All of its stress is within what a gradient may be, with J at a half.
        assert!(0 <= self.press && 0 <= self.stiffness && self.press + self.stiffness * (ONE / 32) <= GRADIENT_MAX);
    }

    /// Where the words say that a particle is as a substep begins, and how fast it goes then; nothing for what stays.
    #[inline(always)]
    pub fn pose(&self, words: &Words, number: u32) -> Option<Pose> {
        let rate = rate(words);
        if rate == 0 {
            return None;
        }
        let cell = [(words[0] & 0xfff) as i32, (words[0] >> 12 & 0x3ff) as i32];
        let halves = [words[1] as u16, (words[1] >> 16) as u16];
        let a = angle(rate, number);
        let [c, s] = [sine(a + 0x4000), sine(a)];
        // Radians a substep, Q19: below 2^15.
        let w = rs(rate * RADIAN, 8);
        if self.slides != 0 {
            // Below 2^9, in eighths of a cell: Q18 to Q12. Its velocity Q22 to Q15, below 2^24.
            let sway = halves.map(|half| i32::from(half as i16) >> 6);
            let along = |k: usize| (cell[k] << POS_Q) + i32::from(halves[k] & 63) * 64 + rs(sway[k] * s, 6);
            let speed = |k: usize| rs(sway[k] * rs(w * c, 15), 7);
            return Some(Pose { at: [along(0), along(1)], velocity: [speed(0), speed(1)] });
        }
        let from = turned(halves.map(|half| i32::from(half as i16)), [c, s]);
        let at = |k: usize| (cell[k] << POS_Q) + POS_HALF + rs(from[k], 12);
        // Q9 again: 2^15 x 2^15.5, Q28 to Q15.
        let [x, y] = from.map(|k| rs(k, 15));
        Some(Pose { at: [at(0), at(1)], velocity: [-rs(w * y, 13), rs(w * x, 13)] })
    }

    /// The words of a particle at a place (Q12 cells) that is set going as a substep begins: `told` has what all that are
    /// set going together share, the rest follows from where each is.
    #[inline(always)]
    pub fn set_going(&self, told: [u32; 2], [x, y]: [i32; 2], number: u32) -> [u32; 2] {
        let a = angle(told[0] as i32 >> 22, number);
        let [c, s] = [sine(a + 0x4000), sine(a)];
        if self.slides != 0 {
            let sway = [told[1] as u16, (told[1] >> 16) as u16].map(|half| i32::from(half as i16) >> 6);
            // To sixty-fourths of a cell, within the world that there can be.
            let rest = |at: i32, sway: i32, most: i32| clamp(rs(at - rs(sway * s, 6), 6), 0, most) as u32;
            let [x, y] = [rest(x, sway[0], (1 << 18) - 1), rest(y, sway[1], (1 << 16) - 1)];
            let own = (x & 63) | (y & 63) << 16;
            return [x >> 6 | y >> 6 << 12 | told[0] & 0xffc0_0000, own | told[1] & 0xffc0_ffc0];
        }
        let middle = [told[0] & 0xfff, told[0] >> 12 & 0x3ff].map(|cell| ((cell as i32) << POS_Q) + POS_HALF);
        let from = [x - middle[0], y - middle[1]].map(|k| clamp_abs(rs(k, 3), OFFSET_MAX));
        let [dx, dy] = turned(from, [c, -s]).map(|k| clamp_abs(rs(k, 15), OFFSET_MAX) as u32 & 0xffff);
        [told[0], dx | dy << 16]
    }
}

/// A particle after a substep: where it is to be then, or as near to that as it may come.
#[inline(always)]
pub fn carried(law: &Carried, f: &Fields, number: u32, world: [i32; 2]) -> Fields {
    let still = Fields { vx: 0, vy: 0, d: [0; 4], ..*f };
    let Some(Pose { at, velocity }) = law.pose(&f.words, number.wrapping_add(1)) else { return still };
    // Less than a cell, or the halo would be too narrow.
    let along =
        |from: i32, to: i32, cells: i32| clamp(from + clamp_abs(to - from, ONE / 8 - 1), 0, (cells << POS_Q) - 1);
    let [vx, vy] = velocity.map(|v| clamp_abs(v, SPEED_MAX));
    Fields { x: along(f.x, at[0], world[0]), y: along(f.y, at[1], world[1]), vx, vy, ..still }
}

impl Law for Carried {
    const WORDS: &'static [Word] = &[
        Word { name: "what carries it, and how fast", initial: 0, fields: &[12, 10, 10] },
        Word { name: "where it is of that", initial: 0, fields: &[16, 16] },
    ];
    // Walls would hold it back, which nothing does.
    const HOLDS: bool = false;
    const WGSL: &'static str = include_str!("carried.wgsl");

    /// The gradient of a turn, which its neighbours turn with, and a pressure that only pushes.
    #[inline(always)]
    fn stress(&self, f: &Fields) -> [i32; 4] {
        let w = if self.slides == 0 { rs(rate(&f.words) * RADIAN, 12) } else { 0 };
        let push = self.press + rs(clamp(ONE - ((2048 + f.j) << 3), 0, ONE) * self.stiffness, 4);
        [push, -w, w, push]
    }

    /// As water has it: what comes near presses it as if it were water there.
    #[inline(always)]
    fn volume(&self, j: i32, divergence: i32, density: i32) -> i32 {
        Fluid { mix: self.mix, lag: self.lag, ..Fluid::default() }.volume(j, divergence, density)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_one() {
        for a in -70_000..140_000 {
            let exact = (f64::from(a) * std::f64::consts::TAU / 65536.0).sin() * 32768.0;
            assert!((f64::from(sine(a)) - exact).abs() <= 2.0, "{a}: {} for {exact}", sine(a));
        }
    }

    /// Words of a place that was set going at a substep.
    fn going(law: Carried, told: [u32; 2], at: [i32; 2], number: u32) -> Words {
        let mut words = Words::default();
        [words[0], words[1]] = law.set_going(told, at, number);
        words
    }

    #[test]
    fn what_is_set_going_is_where_it_was() {
        let told = |rate: i32| [2000 | 500 << 12 | (rate as u32) << 22, 200 << 6 | (-300i32 as u32) << 22];
        for rate in [-512, -77, 1, 3, 511] {
            for number in [0, 1, 999, 65_535, 4_000_000_000] {
                let at = [(2000 << 12) + 90_000, (500 << 12) - 123_456];
                for (law, near) in [(Carried::TURNS, 48), (Carried::SLIDES, 64)] {
                    let pose = law.pose(&going(law, told(rate), at, number), number).expect("it goes");
                    let off = (0..2).map(|k| (pose.at[k] - at[k]).abs()).max();
                    assert!(off <= Some(near), "{law:?} at {rate}, {number}: {off:?}");
                }
            }
        }
    }

    #[test]
    fn a_velocity_is_the_way_of_a_substep() {
        let told = |rate: i32| [2000 | 500 << 12 | (rate as u32) << 22, 128 << 6 | (-128i32 as u32) << 22];
        for rate in [-300, -2, 1, 40, 300] {
            let at = [(2000 << 12) + 60_000, (500 << 12) - 20_000];
            for law in [Carried::TURNS, Carried::SLIDES] {
                let words = going(law, told(rate), at, 0);
                for number in (0..70_000).step_by(97) {
                    let pose = |n: u32| law.pose(&words, n).expect("it goes");
                    let (before, now, then) = (pose(number), pose(number + 1), pose(number + 2));
                    for k in 0..2 {
                        // Over two substeps, about the one between them: Q12 to Q15.
                        let way = (then.at[k] - before.at[k]) * 4;
                        assert!((way - now.velocity[k]).abs() <= 40, "{law:?} {rate}: {way}, {:?}", now.velocity);
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_in_the_words_takes_it_out_of_the_world_or_too_far() {
        for i in 0..200_000u32 {
            let [a, b, c, d] = crate::digest::hash4([i, 0, 0, 0]);
            let mut f = Fields { x: (a % (160 << 12)) as i32, y: (b % (64 << 12)) as i32, ..Fields::default() };
            [f.words[0], f.words[1]] = [c, if i % 3 == 0 { 0x8000_8000 } else { d }];
            for law in [Carried::TURNS, Carried::SLIDES] {
                let next = carried(&law, &f, a ^ d, [160, 64]);
                assert!((0..160 << 12).contains(&next.x) && (0..64 << 12).contains(&next.y));
                assert!((next.x - f.x).abs() < 4096 && (next.y - f.y).abs() < 4096);
                assert!(next.vx.abs() <= SPEED_MAX && next.vy.abs() <= SPEED_MAX);
                assert!(law.stress(&f).iter().all(|k| k.abs() <= GRADIENT_MAX));
                law.set_going([c, d], [f.x, f.y], b);
            }
        }
    }
}
