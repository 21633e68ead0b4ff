//! Every constant of the kernels, once: Rust uses them from here, WGSL gets [`wgsl_header`], and peers
//! compare [`constants_hash`] before they compute together.
//!
//! # Formats, and why none of them overflows
//! Velocities are in cells a substep; node centres lie at cell index + 0.5; rest density is four particles
//! a cell; a particle's mass is 1.
//!
//! | quantity | format | bound |
//! |---|---|---|
//! | weight | Q14 | 0 to 12288 along an axis, products at most 9224 (0.75 squared, and what the eight others lose by rounding down); nine sum to 16384 |
//! | particle D (working), with stress | Q15 | [`GRADIENT_MAX`], clamped |
//! | scattered velocity | Q15 | [`SCATTER_SPEED_MAX`], clamped: 3 cells a substep |
//! | node velocity | Q15 | [`NODE_SPEED_MAX`], clamped: 4 cells a substep |
//! | node mass | Q14 | a cell's weights are shifted so that it counts as at most [`OVERFULL`] = 128 particles, of which a node gets at most 1 from its own cell, 1/2 from each of four and 1/4 from each of four others, mirrored weights included: 128 x 4 = 512 particles, 2^23; divisors are clamped to [`MASS_MAX`] |
//! | node momentum | Q20 | 512 particles x 3 cells x 2^20 < 1.62e9; each contribution is rounded by at most a half, nine of 8 million particles add less than 2^26: below 2^31 |
//! | node density | Q12, 1.0 = rest | [`DENSITY_MAX`] = 8.0, clamped |
//! | sums over nine nodes | Q29 (velocity), Q26 (density) | the weights sum to 2^14: at most 2^14 x 131071 < 2^31 - 2^13 |
//! | J | Q15 | 16384 to 49144 by its 12 bits |
//!
//! # Room for other materials
//! [`MATERIALS`] is the table that a new material gets a row in: its rest volume (the reciprocal of its
//! density) and the words of state beyond the particle's 16 bytes ([`Material::extra_words`]: 1 for sand's
//! deviatoric strain, 2 for jelly's deformation gradient). Extra words form arrays of their own beside the
//! particles, moved by the same sort. A lighter material scatters volume beside mass: nodes are four words,
//! of which the fourth ([`NODE_WORDS`]) is free after the scatter for that channel.

/// A material's place in the layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Material {
    /// What it is called.
    pub name: &'static str,
    /// 32-bit words of state beyond the canonical particle.
    pub extra_words: u32,
}

/// The materials there are, by code.
pub const MATERIALS: [Material; 1] = [Material { name: "water", extra_words: 0 }];

/// Goes up when a formula changes without a constant changing.
const FORMULAS: u32 = 3;

macro_rules! constants {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub const $name: i32 = $value;)*
        /// All of them by name, in order.
        pub const ALL: &[(&str, i32)] = &[$((stringify!($name), $name)),*];
    };
}

constants! {
    /// Solver steps in a tick.
    SUBSTEPS = 4;
    /// Cells that information travels in a substep: 2 by the stencils, 1 by motion.
    HALO_SUBSTEP = 3;
    /// Cells that information travels in a tick.
    HALO_TICK = HALO_SUBSTEP * SUBSTEPS;
    /// Cells along a tile's edge.
    TILE = crate::geom::TILE_CELLS;
    /// Nodes along the edge of a tile with its apron of one node.
    APRON = TILE + 2;
    /// Fraction bits of a position.
    POS_Q = crate::particle::POS_BITS as i32;
    /// Half a cell, Q12.
    POS_HALF = 1 << (POS_Q - 1);
    /// The weights' sum, Q14.
    WEIGHT_ONE = 1 << 14;
    /// 1.0 in Q15.
    ONE = 1 << 15;
    /// The fastest particle, Q15: just below one cell a substep, or the halo would be too narrow.
    SPEED_MAX = 32767;
    /// The fastest node, Q15.
    NODE_SPEED_MAX = 131_071;
    /// The largest working velocity gradient, Q15.
    GRADIENT_MAX = 65_535;
    /// The largest stored velocity gradient, Q8 in eight bits.
    GRADIENT_STORED_MAX = 127;
    /// The raw J at rest density; J = (2048 + raw) / 4096.
    J_REST = crate::particle::J_REST;
    /// The largest raw J.
    J_RAW_MAX = 4095;
    /// Particles in a cell beyond which its weights are shifted right.
    OVERFULL = 128;
    /// log2 of that.
    OVERFULL_BITS = 7;
    /// The fastest scattered velocity, Q15.
    SCATTER_SPEED_MAX = 98_303;
    /// The heaviest divisor, Q14: 2^32 / 512.5, or the division's remainder would not fit.
    MASS_MAX = 8_380_000;
    /// Node mass (Q14) is shifted right by this for density (Q12, 1.0 = four particles).
    MASS_TO_DENSITY = 4;
    /// The densest node, Q12: 8.0.
    DENSITY_MAX = (1 << 15) - 1;
    /// Stiffness, Q4: the stress added to D is this times 1 - J, where J is below 1; there is no tension.
    /// The speed of sound is half its root: 0.97 cells a substep. With [`LAG`], 5 is stable and 6 is not.
    STIFFNESS = 60;
    /// Bulk damping, Q4: the share of D's trace that is taken off each diagonal element.
    BULK = 8;
    /// Shear viscosity, Q9: the share of D's shear that is taken off. A quarter of it is the kinematic
    /// viscosity in cells squared a substep.
    SHEAR = 10;
    /// Volume correction, Q8: how far J moves toward what the grid's density says, a substep.
    MIX = 13;
    /// Q8: J follows the divergence by this much more than it should; MIX takes it back within some 20
    /// substeps. A stiffness that relaxes: it damps sound of long waves, which BULK does not reach.
    LAG = 64;
    /// Wall friction, Q8: how much slower the mirrored liquid behind a wall slides.
    FRICTION = 4;
    /// The default gravity, Q15 cells a substep squared: a fall over 64 cells in 1.16 s.
    GRAVITY_DEFAULT = 54;
    /// Words of a grid node.
    NODE_WORDS = 4;
    /// The material code that means "no particle".
    MATERIAL_NONE = crate::particle::MATERIAL_NONE as i32;
}

const _: () = assert!(1 << OVERFULL_BITS == OVERFULL && 1 << POS_Q == 4096);
// The remainder's shift in `fixed::velocity_of`.
const _: () = assert!((MASS_MAX as u64) * 512 + (MASS_MAX as u64) / 2 < 1 << 32);
// The gathers' sums and their rounding.
const _: () = assert!((NODE_SPEED_MAX as i64) * (WEIGHT_ONE as i64) + (1 << 13) < 1 << 31);
const _: () = assert!((DENSITY_MAX as i64) * (WEIGHT_ONE as i64) + (1 << 13) < 1 << 31);
// The heaviest node's momentum, with the roundings.
const _: () = assert!(4 * (OVERFULL as i64) * ((SCATTER_SPEED_MAX as i64) << 5) + (1 << 26) < 1 << 31);
// The largest J times the largest divergence with its lag.
const _: () = assert!(49144 * ((SPEED_MAX as i64) * (256 + LAG as i64) / 256 + 1) + (1 << 14) < 1 << 31);

/// The constants as WGSL text, to put before every shader.
pub fn wgsl_header() -> String {
    let mut text = String::from("// Generated from constants.rs: do not edit.\n");
    for (name, value) in ALL {
        text += &format!("const {name}: i32 = {value};\n");
    }
    text
}

/// Names these constants and formulas: peers that differ in it would not compute the same bits.
pub fn constants_hash() -> u64 {
    let mut words = vec![FORMULAS];
    words.extend(ALL.iter().map(|(_, value)| *value as u32));
    words.extend(MATERIALS.map(|m| m.extra_words));
    let digest = crate::digest::Digest::of_words(0xc057_a475, words);
    u64::from(digest.0[0]) | u64::from(digest.0[1]) << 32
}
