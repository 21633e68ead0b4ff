//! A tile's water, many particles at a time: the work of [`p2g`] and [`g2p`] on arrays, in loops that hold no branch, so that
//! the compiler does eight of them in AVX2's lanes, or four in NEON's and those of wasm. The functions are those that every
//! other particle goes through, one by one; what needs a branch is left to those who call these.
//!
//! For how the arrays are made see [`super::step`].

#![allow(clippy::needless_range_loop, reason = "several arrays share the lane")]

use super::g2p::{self, Gather, Substep};
use super::p2g;
use crate::constants::{DENSITY_MAX, NODE_SPEED_MAX};
use crate::materials::Class;
use crate::particle::{Fields, Particle};

/// Particles at a time: few enough for a processor's nearest memory, as what goes to their nodes takes 4.6 KB.
pub const MANY: usize = 32;

/// The first four words of all of them, word by word; what stands behind the last particle is nobody's.
pub type Bits = [[u32; MANY]; 4];

/// What each particle gives to the nine nodes around it, a node as [`p2g::Scatter::node`] has it.
pub type Shares = [[[i32; 4]; MANY]; 9];

/// A node after the grid stage in two words, as what is copied for each particle: of 32 bits the upper 18 are the velocity along
/// x, and along y; the lower 14 of the first have the density, and the second its highest bit.
pub type Node = [u32; 2];

/// What each particle finds at the nine nodes around it.
pub type Around = [[Node; MANY]; 9];

/// Bits of a word that are not the velocity's.
const DENSITY_BITS: u32 = 14;

const _: () = assert!(NODE_SPEED_MAX < 1 << (31 - DENSITY_BITS) && DENSITY_MAX >> DENSITY_BITS <= 1);

/// Packs a node.
#[inline(always)]
pub fn pack([vx, vy, density, _]: [i32; 4]) -> Node {
    let word = |v: i32, density: i32| (v << DENSITY_BITS | density) as u32;
    [word(vx, density & ((1 << DENSITY_BITS) - 1)), word(vy, density >> DENSITY_BITS)]
}

/// A node as [`Gather`] has it; heft is not kept.
#[inline(always)]
pub fn unpack([x, y]: Node) -> [i32; 4] {
    let low = |word: u32| (word & ((1 << DENSITY_BITS) - 1)) as i32;
    [x as i32 >> DENSITY_BITS, y as i32 >> DENSITY_BITS, low(x) | low(y) << DENSITY_BITS, 0]
}

/// What each particle scatters to its nine nodes where no wall is and no cell is overfull.
#[inline(always)]
pub fn scatter(bits: &Bits, shares: &mut Shares) {
    for i in 0..MANY {
        let scatter = p2g::scatter(Class::Water, &particle(bits, i).unpack());
        for k in 0..9 {
            shares[k][i] = scatter.node(Class::Water, k, 0);
        }
    }
}

/// Each particle a substep later, by what it gathers from its nine nodes, where no wall is and nobody grabs.
#[inline(always)]
pub fn advance(bits: &Bits, around: &Around, with: Substep<'_>, next: &mut Bits) {
    let with = Substep { pulls: &[], ..with };
    for i in 0..MANY {
        let f = particle(bits, i).unpack();
        let gathered = Gather::sums(&f, |k| unpack(around[k][i]));
        let advanced = g2p::advance(Class::Water, &f, &gathered, |_, _| false, false, with);
        // What goes into a wall, the world's border among them, is done once more by who calls this.
        let within = Fields { x: advanced.x & 0xff_ffff, y: advanced.y & 0x3f_ffff, ..advanced };
        put(next, i, Particle::pack(within));
    }
}

/// One of them.
#[inline(always)]
pub fn particle(bits: &Bits, i: usize) -> Particle {
    Particle::bare(bits.each_ref().map(|word| word[i]))
}

/// Makes one of them this particle.
#[inline(always)]
pub fn put(bits: &mut Bits, i: usize, particle: Particle) {
    bits.iter_mut().zip(particle.0).for_each(|(word, bits)| word[i] = bits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_as_it_was() {
        let speeds = [-NODE_SPEED_MAX, -1, 0, 1, NODE_SPEED_MAX];
        for density in [0, 1, (1 << DENSITY_BITS) - 1, 1 << DENSITY_BITS, DENSITY_MAX] {
            for (vx, vy) in speeds.into_iter().flat_map(|x| speeds.map(|y| (x, y))) {
                assert_eq!(unpack(pack([vx, vy, density, 9])), [vx, vy, density, 0]);
            }
        }
    }
}
