//! The law of fluids: a pressure by the volume ratio, two viscosities, and a volume that follows the grid's density:
//! where that is denser than rest J moves toward the reciprocal of the density, brought forward from the substep's start
//! to its end by the divergence, for a target that lags behind feeds sound instead of damping it; elsewhere, at the
//! surface and in spray, J goes back to 1.
//! A material of this family is a set of constants. Twin: `fluid.wgsl`.

use super::super::{Fields, Word};
use super::Law;
use crate::constants::{GRADIENT_MAX, MASS_PARTICLE_ONE, ONE, PARTING_MAX, SPEED_MAX};
use crate::fixed::{clamp, clamp_abs, div_round, quotient, rs};
use crate::shared::shared_struct;

shared_struct! {
    /// A fluid's constants.
    pub Fluid {
        /// Stiffness, Q4: the stress added to D is this times 1 - J, where J is below 1; there is no tension.
        /// The speed of sound is half its root, in cells a substep.
        stiffness: i32,
        /// Bulk damping, Q4: the share of D's trace that is taken off each diagonal element.
        bulk: i32,
        /// Shear viscosity, Q9: the share of D's shear that is taken off. A quarter of it is the kinematic
        /// viscosity in cells squared a substep.
        shear: i32,
        /// Volume correction, Q8: how far J moves toward what the grid's density says, a substep.
        mix: i32,
        /// Q8: J follows the divergence by this much more than it should; `mix` takes it back within some 20
        /// substeps. A stiffness that relaxes: it damps sound of long waves, which `bulk` does not reach.
        lag: i32,
        /// Q10: how fast it parts from what is lighter or heavier and mixed with it, in a substep.
        apart: i32,
        /// Q6: by how many times gravity the air lifts it. What does not rise has 0.
        lift: i32,
        /// Q8: how much of its velocity the air takes in a substep, where it lifts.
        drag: i32,
    }
}

impl Fluid {
    /// What a fluid's constants must keep to.
    pub(super) const fn check(&self) {
        // With the lag, a stiffness of 5 was stable and 6 was not.
        assert!(self.stiffness > 0 && self.stiffness * (256 + self.lag) <= 5 * 16 * 256);
        assert!(0 <= self.bulk && self.bulk <= 16 && 0 <= self.mix && self.mix <= 256);
        // A liquid this thick needs less stiffness and no bulk damping: measured, see docs/materials.md.
        assert!(0 <= self.shear && self.shear <= 128);
        // The largest J times the largest divergence with its lag.
        assert!(49144 * ((SPEED_MAX as i64) * (256 + self.lag as i64) / 256 + 1) + (1 << 14) < 1 << 31);
        // |target - next| stays below 2^18 in `volume`: times 2^8.
        assert!(self.lag >= 0 && self.lag <= 256);
        assert!(0 <= self.apart && self.apart <= 1 << 13);
        assert!(0 <= self.lift && self.lift <= 256 && 0 <= self.drag && self.drag <= 64);
    }
}

/// What a particle gathers of what is around it: how full it is (the volume of all), how heavy (the mass), each Q15 with
/// 1.0 = water at rest, and how both change a cell along x and along y, Q15.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mixture {
    /// Volume, mass.
    pub at: [i32; 2],
    /// Of the volume.
    pub volume: [i32; 2],
    /// Of the mass.
    pub mass: [i32; 2],
}

/// The velocity (Q15) that the air leaves to what it lifts.
#[inline(always)]
pub fn lifted([lift, drag]: [i32; 2], v: [i32; 2], gravity: [i32; 2]) -> [i32; 2] {
    let one = |k: usize| v[k] - rs(v[k] * drag, 8) - rs(gravity[k] * lift, 6);
    [one(0), one(1)]
}

/// What parts two liquids that do not mix adds to the velocity (Q15) of a particle of a mass (Q6) for its volume: whoever is heavier than
/// its surroundings goes to where they are heavier, in proportion to how much heavier, and whoever is lighter the other
/// way. Where all around is the same liquid it is 0.
#[inline(always)]
pub fn parting(apart: i32, mass: i32, around: &Mixture) -> [i32; 2] {
    // Q8: below 2^12 and 2^15.
    let [v, r] = around.at.map(|k| k >> 7);
    let heavier = rs(mass * v, 6) - r;
    let along = |k: usize| {
        // Where R / V grows: below 2^27, Q16 to Q8.
        let toward = clamp_abs((v * (around.mass[k] >> 7) - r * (around.volume[k] >> 7)) >> 8, 1 << 15);
        let pull = clamp_abs(rs(clamp_abs(heavier, 1 << 13) * toward, 8), 1 << 16);
        // What is light gives way sooner: 2^14 x 2^6.
        clamp_abs(div_round(clamp_abs(rs(pull * apart, 10), 1 << 14) * MASS_PARTICLE_ONE, mass), PARTING_MAX)
    };
    [along(0), along(1)]
}

impl Law for Fluid {
    const WORDS: &'static [Word] = &[];
    const HOLDS: bool = false;
    const WGSL: &'static str = include_str!("fluid.wgsl");

    #[inline(always)]
    fn apart(&self) -> i32 {
        self.apart
    }

    #[inline(always)]
    fn stress(&self, f: &Fields) -> [i32; 4] {
        // The stored Q8 to Q15: at most 2^14.
        let [a, b, c, d] = f.d.map(|k| k << 7);
        // Linear in the volume: stiffening under compression would cost stability where it is needed most.
        // 1 - J is at most 2^14, times 80 below 2^21.
        let pressure = rs(clamp(ONE - ((2048 + f.j) << 3), 0, ONE) * self.stiffness, 4);
        let push = pressure - rs((a + d) * self.bulk, 4);
        let stretch = rs((a - d) * self.shear, 9);
        let slide = rs((b + c) * self.shear, 9);
        [clamp_abs(a + push - stretch, GRADIENT_MAX), b - slide, c - slide, clamp_abs(d + push + stretch, GRADIENT_MAX)]
    }

    #[inline(always)]
    fn volume(&self, j: i32, divergence: i32, density: i32) -> i32 {
        let div = clamp_abs(divergence, SPEED_MAX);
        // With water's lag 49144 x 40960 < 2^31.
        let next = j + rs(j * (div + rs(div * self.lag, 8)), 15);
        // Whatever the density, since compilers make no vectors of a quotient behind a branch.
        let now = quotient(f64::from((1 << 30) + (density >> 1)), density.max(ONE));
        // 2^15 x 2^15.
        let ahead = now + rs(now * div, 15);
        let target = if density > ONE { ahead } else { ONE };
        // |target - next| < 2^18.
        next + rs((target - next) * self.mix, 8)
    }
}
