//! Heat: what every particle has in its last word, how it flows, and what becomes of what melts, boils and freezes.
//!
//! The word holds enthalpy in its low 16 bits, two's complement, in sixteenths of what warms a particle of water by a
//! degree. It counts from 20 °C, the temperature of the air, so a particle with 0 there is as warm as all around, and where
//! all are, nothing happens: such a mix is computed without heat at all, to the same bits. The upper 16 bits are the particle's [`label`].
//!
//! A particle's heat capacity is 1, whatever it is of. Its temperature follows its enthalpy but for two plateaus, where
//! enthalpy is latent: below the first a liquid is frozen, above the second it boils.
//!
//! Heat flows by the grid, as momentum does: a node's temperature is the mean of the particles around it, weighted by
//! conductance, and a particle goes a share toward the temperature that it gathers. What all give is what all get, but in
//! cells so crowded that their weights are shifted. Twins: `heat.wgsl`, and in the shaders what has a name of its own there.

use super::{Fields, HEAT, initial_j, initial_words, keeps_place, label, thermal, turns};
use crate::constants::{HEAT_UNKNOWN, MASS_MAX, MASS_PARTICLE_ONE, ONE};
use crate::fixed::{clamp, clamp_abs, quotient, rs};
use crate::shared::shared_struct;

shared_struct! {
    /// How a material takes heat, in sixteenths of a degree from 20 °C.
    pub Heat {
        /// Of a new particle.
        initial: i32,
        /// Q4: which share of the way to its surroundings' temperature a particle goes in a substep.
        conductance: i32,
        /// Q16: the same toward the air's, where it lies open to it.
        cooling: i32,
        /// Q15: below which density of the grid it does, 1.0 = rest.
        open: i32,
        /// The upper end of the lower plateau: what is below it freezes.
        freezes: i32,
        /// How long that plateau is.
        freezing: i32,
        /// The lower end of the upper plateau: what is above it boils, or melts.
        boils: i32,
        /// How long that plateau is.
        boiling: i32,
        /// Q6: by how many of its volumes at rest it has grown at that plateau's end.
        grows: i32,
        /// 1: it keeps its enthalpy whatever it gives and takes: a source and a sink.
        pinned: i32,
    }
}

impl Heat {
    /// Neither melts nor boils.
    pub const PLAIN: Self = Self {
        initial: 0,
        conductance: 2,
        cooling: 1,
        open: ONE / 4 * 3,
        freezes: 0,
        freezing: 0,
        boils: 0,
        boiling: 0,
        grows: 0,
        pinned: 0,
    };
    /// Ice, water and steam: 0 °C takes what 80 degrees do, and 100 °C what 540 do. Steam has four times the room.
    pub const WATER: Self =
        Self { freezes: -320, freezing: 1280, boils: 1280, boiling: 8640, grows: 3 * MASS_PARTICLE_ONE, ..Self::PLAIN };
    /// Stone and lava: 900 °C takes what 100 degrees do.
    pub const ROCK: Self = Self { boils: 14080, boiling: 1600, cooling: 4, ..Self::PLAIN };

    /// What the constants must keep to.
    pub(super) const fn check(&self, mass: i32) {
        // A node's mass is below 2^23, so the weight that conducts there stays below 2^27: see [`crate::constants`].
        assert!(0 < self.conductance && self.conductance <= 8 && 4 * self.conductance <= mass);
        // What it weighs for its room is not 0.
        assert!(mass * MASS_PARTICLE_ONE >= MASS_PARTICLE_ONE + self.grows);
        // Q16 times a temperature stays below 2^30.
        assert!(0 <= self.cooling && self.cooling < 1 << 14);
        assert!(-32768 < self.initial && self.initial < 32768);
        assert!(0 <= self.freezing && self.freezing <= 16384 && 0 <= self.boiling && self.boiling <= 16384);
        assert!(self.freezes <= self.boils && 0 <= self.grows && self.grows <= 3 * MASS_PARTICLE_ONE);
    }

    /// The temperature of an enthalpy, sixteenths of a degree above 20 °C: nearer to 0 than the enthalpy.
    #[inline(always)]
    pub fn temperature(&self, h: i32) -> i32 {
        h - clamp(h - self.boils, 0, self.boiling) + clamp(self.freezes - h, 0, self.freezing)
    }

    /// The two temperatures at which it may become something else, in degrees Celsius: the lower and the upper plateau's.
    pub const fn plateaus(&self) -> [i32; 2] {
        [self.freezes / 16 + 20, self.boils / 16 + 20]
    }

    /// How much room a particle takes, Q6, where 1.0 is that of all that does not boil.
    #[inline(always)]
    pub fn volume(&self, h: i32) -> i32 {
        // 2^14 times 192.
        MASS_PARTICLE_ONE
            + quotient(f64::from(clamp(h - self.boils, 0, self.boiling) * self.grows), self.boiling.max(1))
    }
}

shared_struct! {
    /// What a material becomes below one enthalpy, and above another.
    pub Turns {
        /// Below this.
        below: i32,
        /// The material.
        colder: u32,
        /// Above this.
        above: i32,
        /// The material.
        hotter: u32,
    }
}

impl Turns {
    /// What the material is with an enthalpy.
    #[inline(always)]
    pub const fn of(&self, material: u32, h: i32) -> u32 {
        if h < self.below {
            self.colder
        } else if h > self.above {
            self.hotter
        } else {
            material
        }
    }
}

/// How warm something looks, in 4 bits, of a temperature: 0 within 10 degrees below and 50 above the air's; 1 to 3 for each 20
/// degrees below, from 3 on all that is colder; 4 to 15 for each 100 above, from 15 on all that is warmer.
#[inline(always)]
pub const fn warmth(t: i32) -> u32 {
    let (warmer, colder) = ((t + 800) / 1600, (160 - t) / 320);
    if warmer > 0 {
        if warmer < 12 { 3 + warmer as u32 } else { 15 }
    } else if colder > 0 {
        if colder < 3 { colder as u32 } else { 3 }
    } else {
        0
    }
}

/// About how many degrees Celsius such a warmth stands for.
pub const fn degrees_of(warmth: u8) -> i32 {
    20 + if warmth < 4 { -20 * warmth as i32 } else { 100 * (warmth as i32 - 3) }
}

/// A particle's enthalpy.
#[inline(always)]
pub fn enthalpy(f: &Fields) -> i32 {
    i32::from(f.words[HEAT] as u16 as i16)
}

/// Twin: `shader/shared/scatter.wgsl`. What a particle gives to nine nodes of these weights (Q14): the weight that conducts, and that times its temperature,
/// over 2^12. The node of its own cell gets what the others leave: small shares are rounded down more often than up, and
/// heat would be lost.
#[inline(always)]
pub fn scattered(heat: &Heat, f: &Fields, weights: [i32; 9]) -> [[i32; 2]; 9] {
    let t = heat.temperature(enthalpy(f));
    // 2^14 x 2^15, over 2^4, times 2^3.
    let share = |weight: i32| rs(rs(weight * t, 4) * heat.conductance, 8);
    let mut nine = weights.map(|weight| [weight * heat.conductance, share(weight)]);
    let others: i32 = nine.iter().map(|node| node[1]).sum::<i32>() - nine[4][1];
    nine[4][1] = share(weights.iter().sum()) - others;
    nine
}

/// Twin: `temperature` of `shader/grid.wgsl`. A node's temperature, Q5, rounded to nearest, of the sums of what it was given; or [`HEAT_UNKNOWN`] where that is next to
/// nothing.
#[inline(always)]
pub fn node(conducts: i32, sum: i32) -> i32 {
    if conducts < 256 {
        return HEAT_UNKNOWN;
    }
    // The quotient times 2^17; a GPU has it in three steps of what fits.
    let less = if conducts < MASS_MAX { 0 } else { 4 };
    let (size, by) = (sum.abs() >> less, conducts >> less);
    let t = quotient(f64::from(size) * f64::from(1 << 17) + f64::from(by >> 1), by).min((1 << 20) - 1);
    if sum < 0 { -t } else { t }
}

/// What a node adds to what a particle gathers, in two parts of which the second is 16 times finer: its temperature, or the
/// particle's own where it has none.
#[inline(always)]
pub fn gathered(t: i32, node: i32, weight: i32) -> [i32; 2] {
    let t = if node == HEAT_UNKNOWN { t << 5 } else { node };
    // The weights sum to 2^14: 2^30 and 2^18.
    [weight * (t >> 4), weight * (t & 15)]
}

/// Twin: `warmed` of `shader/g2p.wgsl`. The enthalpy that the heat around it leaves to a particle, of what it had before the substep.
/// `sum` is what it gathered, `density` the grid's (Q15), `chance` bits to round with.
#[inline(always)]
pub fn warmed(heat: &Heat, h: i32, sum: [i32; 2], density: i32, chance: u32) -> i32 {
    let t = heat.temperature(h);
    // Q10: 2^26, times 2^3.
    let toward = (rs(sum[0] + rs(sum[1], 4), 5) - (t << 10)) * heat.conductance;
    let mut h = h + ((toward + (chance & 0x3fff) as i32) >> 14);
    if density < heat.open {
        h -= (t * heat.cooling + (chance >> 14 & 0xffff) as i32) >> 16;
    }
    if heat.pinned == 0 { clamp_abs(h, 32767) } else { heat.initial }
}

/// A particle as the heat around it leaves it. `f` is the particle before the substep, `next` after it, the rest as [`warmed`] has
/// it.
#[inline(always)]
pub fn advance(f: &Fields, mut next: Fields, sum: [i32; 2], density: i32, chance: u32) -> Fields {
    let h = warmed(thermal(f.material), enthalpy(f), sum, density, chance);
    next.words[HEAT] = label::with_enthalpy(next.words[HEAT], h);
    turned(f.material, next)
}

/// A particle after a substep, of which it was a material before: the same, or what its heat makes of it.
#[inline(always)]
pub fn turned(before: u32, next: Fields) -> Fields {
    let material = turns(before).of(before, enthalpy(&next));
    if material == before { next } else { become_of(next, material) }
}

/// A particle that is of another material from now on: its shape is the one that it has, and so is its enthalpy.
#[inline(always)]
pub fn become_of(mut f: Fields, material: u32) -> Fields {
    if keeps_place(material) || keeps_place(f.material) {
        f.j = initial_j(material, f.x, f.y);
    }
    let mut words = initial_words(material);
    words[HEAT] = label::turned(f.words[HEAT], f.material, material, f.x, f.y);
    Fields { words, material, ..f }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::materials::{ALL, Words, named};

    #[test]
    fn temperature_grows_with_enthalpy_and_waits_on_the_plateaus() {
        let degrees = |h: i32| Heat::WATER.temperature(h) / 16 + 20;
        assert_eq!([-1920, -1600, -320, 0, 1280, 9920, 11520].map(degrees), [-20, 0, 0, 20, 100, 100, 200]);
        assert_eq!([0, 14080, 15680, 19680].map(|h| Heat::ROCK.temperature(h) / 16 + 20), [20, 900, 900, 1150]);
        for m in ALL {
            let warms = (-32767..32767).all(|h| m.heat.temperature(h) <= m.heat.temperature(h + 1));
            assert!(warms && m.heat.temperature(0) == 0 && m.heat.volume(0) == MASS_PARTICLE_ONE, "{}", m.name);
            assert!((-32767i32..=32767).all(|h| m.heat.temperature(h).abs() <= h.abs()));
        }
        assert_eq!(Heat::WATER.volume(9920), 4 * MASS_PARTICLE_ONE);
        assert_eq!((Heat::WATER.plateaus(), Heat::ROCK.plateaus()[1]), ([0, 100], 900));
    }

    #[test]
    fn warmth_has_a_level_for_each_step() {
        for t in -32767..32767i32 {
            let (level, degrees) = (warmth(t), degrees_of(warmth(t) as u8) - 20);
            assert!(level < 16 && (level == 0) == (-160 < t && t < 800), "{t}");
            let off = (degrees * 16 - t).abs();
            assert!(off <= if level < 4 && level > 0 { 160 } else { 800 } || level == 3 || level == 15, "{t}: {level}");
        }
        assert_eq!([-960, -480, -320, 1280, 19680].map(warmth), [3, 2, 1, 4, 15]);
    }

    #[test]
    fn what_is_as_warm_as_the_air_stays_so() {
        for chance in [0, 0x3fff_ffff, u32::MAX] {
            let f = Fields { material: named("stone").unwrap().into(), ..Fields::default() };
            let sum = gathered(0, node(1 << 18, 0), 1 << 14);
            assert_eq!(advance(&f, f, sum, 0, chance), f);
        }
        assert_eq!(node(255, 1 << 20), HEAT_UNKNOWN);
    }

    #[test]
    fn a_change_of_material_begins_anew() {
        let of = |name: &str| u32::from(named(name).unwrap());
        let turned = |name: &str, h: i32| {
            let mut f =
                Fields { material: of(name), x: 5000, y: 9000, j: 77, words: Words::default(), ..Fields::default() };
            f.words = [0x1234_5678; crate::materials::EXTRA_WORDS];
            f.words[HEAT] = h as u32 & 0xffff;
            let t = thermal(f.material).temperature(h);
            advance(&f, f, gathered(t, HEAT_UNKNOWN, 1 << 14), 1 << 15, 0)
        };
        for (from, h, to) in [
            ("ice", -319, "water"),
            ("snow", -319, "water"),
            ("water", -1601, "ice"),
            ("water", 9921, "steam"),
            ("steam", 1279, "water"),
            ("stone", 15681, "lava"),
            ("lava", 14079, "stone"),
        ] {
            let f = turned(from, h);
            assert!(f.material == of(to) && (h - enthalpy(&f)).abs() < 4, "{from}: {}", enthalpy(&f));
            let own = f.words[..HEAT].to_vec();
            assert_eq!(own, initial_words(of(to))[..HEAT], "{from} to {to}");
            let place = initial_j(of(to), 5000, 9000);
            let keeps = keeps_place(of(from)) || keeps_place(of(to));
            assert_eq!(f.j, if keeps { place } else { 77 }, "{from} to {to}");
        }
        for (same, h) in
            [("ice", -321), ("water", -1600), ("water", 9920), ("steam", 1290), ("lava", 14080), ("sand", 30000)]
        {
            assert_eq!(turned(same, h).material, of(same));
        }
    }
}
