//! A tile's particles, many at a time: the work of [`p2g`] and [`g2p`] on arrays, in loops that hold no branch, so that
//! the compiler does eight of them in AVX2's lanes, or four in NEON's and those of wasm. All particles of such arrays are of one
//! material. The functions are those that every other particle goes through, one by one; what needs a branch is left to those who
//! call these.
//!
//! For how the arrays are made see [`super::step`].

#![allow(
    clippy::needless_range_loop,
    clippy::manual_memcpy,
    reason = "several arrays share the lane, and go word by word"
)]

use super::g2p::{self, Gather, Substep};
use super::p2g;
use super::walls::{OWN, SolidMask};
use super::weights;
use crate::constants::{DENSITY_MAX, NODE_SPEED_MAX};
use crate::materials::family::{Behaviour, Family};
use crate::materials::{Class, EXTRA_WORDS, Kind, family, heat, turns};
use crate::particle::{Fields, Particle};

/// Particles at a time: few enough for a processor's nearest memory, as what goes to their nodes takes 4.6 KB.
pub const MANY: usize = 32;

/// So few of a material go one by one: the arrays cost as much as when they are full.
const FEW: usize = 4;

/// The words of all of them, word by word; what stands behind the last particle is nobody's.
pub type Bits = [[u32; MANY]; 4 + EXTRA_WORDS];

/// What each particle gives to the nine nodes around it.
pub struct Shares {
    /// A node as [`p2g::Scatter::node`] has it.
    pub moves: [[[i32; 4]; MANY]; 9],
    /// With heat, a node as [`heat::scattered`] has it.
    pub heats: [[[i32; 2]; MANY]; 9],
}

impl Shares {
    /// Of nobody.
    pub const NONE: Self = Self { moves: [[[0; 4]; MANY]; 9], heats: [[[0; 2]; MANY]; 9] };
}

/// A node after the grid stage, in as few words as what particles gather from it takes.
pub trait Node: Copy {
    /// Words of it that are used.
    const WORDS: usize;

    /// Of what a particle gathers for its motion, and a temperature.
    fn pack(moves: [i32; 4], heat: i32) -> Self;

    /// Of its words; those that are not used are 0.
    fn of_words(word: impl Fn(usize) -> i32) -> Self;

    /// A word.
    fn word(self, word: usize) -> i32;

    /// A node as [`Gather`] has it.
    fn moves(self) -> [i32; 4];

    /// Its temperature.
    fn heat(self) -> i32;
}

/// Where there is water alone, whose heft is its density: of 32 bits the upper 18 are the velocity along x, and along y; the lower 14
/// of the first have the density, and the second its highest bit.
#[derive(Clone, Copy)]
pub struct Wet([i32; 2]);

/// Where there are all materials without heat: as [`Gather`] has it.
#[derive(Clone, Copy)]
pub struct Cool([i32; 4]);

/// Where there are all materials, as a GPU has it: velocity along x and y, density with heft above it, temperature.
#[derive(Clone, Copy)]
pub struct Warm([i32; 4]);

/// Bits of a word that are not the velocity's.
const DENSITY_BITS: u32 = 14;

const _: () = assert!(NODE_SPEED_MAX < 1 << (31 - DENSITY_BITS) && DENSITY_MAX >> DENSITY_BITS <= 1);

impl Node for Wet {
    const WORDS: usize = 2;

    #[inline(always)]
    fn pack([vx, vy, density, _]: [i32; 4], _: i32) -> Self {
        let word = |v: i32, density: i32| v << DENSITY_BITS | density;
        Self([word(vx, density & ((1 << DENSITY_BITS) - 1)), word(vy, density >> DENSITY_BITS)])
    }

    #[inline(always)]
    fn of_words(word: impl Fn(usize) -> i32) -> Self {
        Self([word(0), word(1)])
    }

    #[inline(always)]
    fn word(self, word: usize) -> i32 {
        self.0[word]
    }

    /// Heft is not kept: what is water alone has nothing to part from.
    #[inline(always)]
    fn moves(self) -> [i32; 4] {
        let [x, y] = self.0;
        let low = |word: i32| word & ((1 << DENSITY_BITS) - 1);
        [x >> DENSITY_BITS, y >> DENSITY_BITS, low(x) | low(y) << DENSITY_BITS, 0]
    }

    #[inline(always)]
    fn heat(self) -> i32 {
        0
    }
}

impl Node for Cool {
    const WORDS: usize = 4;

    #[inline(always)]
    fn pack(moves: [i32; 4], _: i32) -> Self {
        Self(moves)
    }

    #[inline(always)]
    fn of_words(word: impl Fn(usize) -> i32) -> Self {
        Self(std::array::from_fn(word))
    }

    #[inline(always)]
    fn word(self, word: usize) -> i32 {
        self.0[word]
    }

    #[inline(always)]
    fn moves(self) -> [i32; 4] {
        self.0
    }

    #[inline(always)]
    fn heat(self) -> i32 {
        0
    }
}

impl Node for Warm {
    const WORDS: usize = 4;

    #[inline(always)]
    fn pack([vx, vy, density, heft]: [i32; 4], heat: i32) -> Self {
        Self([vx, vy, density | heft << 16, heat])
    }

    #[inline(always)]
    fn of_words(word: impl Fn(usize) -> i32) -> Self {
        Self(std::array::from_fn(word))
    }

    #[inline(always)]
    fn word(self, word: usize) -> i32 {
        self.0[word]
    }

    #[inline(always)]
    fn moves(self) -> [i32; 4] {
        let [vx, vy, both, _] = self.0;
        [vx, vy, both & 0xffff, both >> 16]
    }

    #[inline(always)]
    fn heat(self) -> i32 {
        self.0[3]
    }
}

/// The nine nodes around each of many particles, word by word, of which a node's first are used: the compiler makes no vectors of
/// what it would have to take apart, and [`super::lookup`] has them so.
pub type Around = [[[i32; MANY]; 4]; 9];

/// Copies a particle's node, one of its nine.
#[inline(always)]
pub fn put_node<N: Node>(around: &mut Around, k: usize, i: usize, node: N) {
    for word in 0..N::WORDS {
        around[k][word][i] = node.word(word);
    }
}

/// What was copied.
#[inline(always)]
fn node_of<N: Node>(around: &Around, k: usize, i: usize) -> N {
    N::of_words(|word| around[k][word][i])
}

/// How many of the first of some particles are computed together, at most [`MANY`]: those of one material; and whether that is done
/// in arrays.
#[inline(always)]
pub fn run(class: Class, materials: impl ExactSizeIterator<Item = u32>) -> (usize, bool) {
    if !class.is_mixed() {
        return (materials.len().min(MANY), true);
    }
    let mut materials = materials.take(MANY);
    let Some(first) = materials.next() else { return (0, false) };
    let count = 1 + materials.take_while(|&material| material == first).count();
    (count, count > FEW && is_plain(class, first))
}

/// Whether a material's law is one of those below, and nothing of it breaks.
#[inline(always)]
fn is_plain(class: Class, code: u32) -> bool {
    match family(class, code) {
        Family::Fluid(_) | Family::Plastic(_) | Family::Porous(_) => true,
        Family::Elastic(law) => law.breaks == 0,
        _ => false,
    }
}

/// Does the same with a material's law, whichever of those it is that are computed in arrays.
macro_rules! with_law {
    ($class:expr, $code:expr, $kind:ident => $what:expr) => {
        match *family($class, $code) {
            Family::Fluid(law) => {
                let $kind = Kind::new($class, $code, law);
                $what
            }
            Family::Plastic(law) => {
                let $kind = Kind::new($class, $code, law);
                $what
            }
            Family::Porous(law) => {
                let $kind = Kind::new($class, $code, law);
                $what
            }
            Family::Elastic(law) => {
                let $kind = Kind::new($class, $code, law);
                $what
            }
            _ => unreachable!("it is not computed in arrays"),
        }
    };
}

/// What each particle scatters to its nine nodes where no wall is and no cell is overfull.
#[inline(always)]
pub fn scatter(class: Class, code: u32, bits: &Bits, shares: &mut Shares) {
    with_law!(class, code, kind => scatter_of(class, kind, bits, shares));
}

/// By a law.
#[inline(always)]
fn scatter_of(class: Class, kind: Kind<impl Behaviour>, bits: &Bits, shares: &mut Shares) {
    for i in 0..MANY {
        let f = fields(class, kind.code, bits, i);
        let scatter = p2g::scatter_of(class, &kind, &f);
        // Word by word, as nodes are read.
        for k in 0..9 {
            let share = scatter.node(class, k, 0);
            for lane in 0..4 {
                shares.moves[k][i][lane] = share[lane];
            }
        }
    }
    if !class.has_heat() {
        return;
    }
    for i in 0..MANY {
        let f = fields(class, kind.code, bits, i);
        let heats = heat::scattered(&kind.heat, &f, weights::of(&f));
        for k in 0..9 {
            for lane in 0..2 {
                shares.heats[k][i][lane] = heats[k][lane];
            }
        }
    }
}

/// Each particle a substep later, by what it gathers from its nine nodes, where nobody grabs. `walled` says beside which there is
/// a wall. What goes into that, and what its heat makes something else of, is done once more by who calls this: see [`is_done`].
#[inline(always)]
pub fn advance<N: Node>(
    class: Class,
    code: u32,
    bits: &Bits,
    (around, walled): (&Around, &[u32; MANY]),
    with: Substep<'_>,
    next: &mut Bits,
) {
    let with = Substep { pulls: &[], ..with };
    with_law!(class, code, kind => advance_of::<N>(class, kind, bits, (around, walled), with, next));
}

/// By a law.
#[inline(always)]
fn advance_of<N: Node>(
    class: Class,
    kind: Kind<impl Behaviour>,
    bits: &Bits,
    (around, walled): (&Around, &[u32; MANY]),
    with: Substep<'_>,
    next: &mut Bits,
) {
    if !class.is_mixed() {
        for i in 0..MANY {
            let f = fields(class, kind.code, bits, i);
            let gathered = Gather::sums(&f, |k| node_of::<N>(around, k, i).moves());
            put_moved(class, next, i, g2p::moved(class, &kind, &f, &gathered, |_, _| false, walled[i] != 0, with));
        }
        return;
    }
    // In two loops: compilers do not make vectors of what is too much at once.
    let mut sums = [[0; MANY]; 14];
    for i in 0..MANY {
        let f = fields(class, kind.code, bits, i);
        let node = |k: usize| node_of::<N>(around, k, i);
        let mut gathered = Gather::sums(&f, |k| node(k).moves());
        if class.has_heat() {
            gathered = gathered.with_heat(&kind.heat, &f, |k| node(k).heat());
        }
        let Gather { sum, x, y, heat } = gathered;
        for lane in 0..4 {
            (sums[lane][i], sums[4 + lane][i], sums[8 + lane][i]) = (sum[lane], x[lane], y[lane]);
        }
        (sums[12][i], sums[13][i]) = (heat[0], heat[1]);
    }
    for i in 0..MANY {
        let f = fields(class, kind.code, bits, i);
        let four = |from: usize| [sums[from][i], sums[from + 1][i], sums[from + 2][i], sums[from + 3][i]];
        let gathered = Gather { sum: four(0), x: four(4), y: four(8), heat: [sums[12][i], sums[13][i]] };
        put_moved(class, next, i, g2p::moved(class, &kind, &f, &gathered, |_, _| false, walled[i] != 0, with));
    }
}

/// Makes one of them a particle that has moved. What went over the world's border went into a wall.
#[inline(always)]
fn put_moved(class: Class, next: &mut Bits, i: usize, moved: Fields) {
    let within = Fields { x: moved.x & 0xff_ffff, y: moved.y & 0x3f_ffff, ..moved };
    put(class, next, i, Particle::pack(within));
}

/// Whether a particle that [`advance`] has moved is as it shall be; `around` has the walls around the cell that it was in.
#[inline(always)]
pub fn is_done(class: Class, before: Particle, moved: Particle, around: SolidMask) -> bool {
    let turns = || {
        let (code, h) = (moved.material(), i32::from(moved.heat() as u16 as i16));
        class.has_heat() && turns(code).of(code, h) != code
    };
    let into_wall = || {
        let ((x0, y0), (x, y)) = (before.cell(), moved.cell());
        // By as many bits as positions have.
        let (ox, oy) = ((x - x0 + 1) & 0xfff, (y - y0 + 1) & 0x3ff);
        (around & !OWN) >> (3 * oy + ox) & 1 != 0
    };
    !(around != 0 && into_wall() || turns())
}

/// One of them.
#[inline(always)]
pub fn particle(class: Class, bits: &Bits, i: usize) -> Particle {
    let words = if class.is_mixed() { std::array::from_fn(|word| bits[4 + word][i]) } else { Default::default() };
    Particle([bits[0][i], bits[1][i], bits[2][i], bits[3][i]], words)
}

/// Its fields, of a material that is known.
#[inline(always)]
fn fields(class: Class, code: u32, bits: &Bits, i: usize) -> Fields {
    Fields { material: code, ..particle(class, bits, i).unpack() }
}

/// Makes one of them this particle.
#[inline(always)]
pub fn put(class: Class, bits: &mut Bits, i: usize, particle: Particle) {
    for word in 0..4 {
        bits[word][i] = particle.0[word];
    }
    if class.is_mixed() {
        for word in 0..EXTRA_WORDS {
            bits[4 + word][i] = particle.1[word];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_as_it_was() {
        let speeds = [-NODE_SPEED_MAX, -1, 0, 1, NODE_SPEED_MAX];
        for density in [0, 1, (1 << DENSITY_BITS) - 1, 1 << DENSITY_BITS, DENSITY_MAX] {
            for (vx, vy) in speeds.into_iter().flat_map(|x| speeds.map(|y| (x, y))) {
                assert_eq!(Wet::pack([vx, vy, density, 9], 7).moves(), [vx, vy, density, 0]);
                let heft = DENSITY_MAX - density;
                let warm = Warm::pack([vx, vy, density, heft], -7);
                assert_eq!((warm.moves(), warm.heat()), ([vx, vy, density, heft], -7));
            }
        }
    }
}
