//! What the stages ask of a material, looked up once for all of its particles that are computed together.

use super::family::Behaviour;
use super::{Class, Family, Fields, Heat, Turns, family, heat, lift, mass, thermal, turns};
use crate::constants::MASS_PARTICLE_ONE;

/// A material with its law: that of a family, or whichever it follows.
#[derive(Clone, Copy, Debug)]
pub struct Kind<L> {
    /// Its code.
    pub code: u32,
    /// With the material's constants.
    pub law: L,
    /// A particle's mass, Q6.
    pub mass: i32,
    /// See [`family::fluid::Fluid::lift`].
    pub lift: [i32; 2],
    /// How it takes heat.
    pub heat: Heat,
    /// What it becomes by heat and cold.
    pub turns: Turns,
}

impl<L: Behaviour> Kind<L> {
    /// The material of a code, computed by a class that covers it; `law` is its law.
    #[inline(always)]
    pub fn new(class: Class, code: u32, law: L) -> Self {
        Self { code, law, mass: mass(class, code), lift: lift(code), heat: *thermal(code), turns: *turns(code) }
    }

    /// How much room a particle takes, Q6, where 1.0 is that of water.
    #[inline(always)]
    pub fn volume(&self, class: Class, f: &Fields) -> i32 {
        if class.has_heat() { self.heat.volume(heat::enthalpy(f)) } else { MASS_PARTICLE_ONE }
    }
}

impl Kind<&'static Family> {
    /// The material of a code, whatever its law.
    #[inline(always)]
    pub fn of(class: Class, code: u32) -> Self {
        Self::new(class, code, family(class, code))
    }
}
