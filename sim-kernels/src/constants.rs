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
//! | node velocity | Q15 | [`NODE_SPEED_MAX`], clamped: 4 cells a substep |
//! | node mass | Q14 | a cell's weights are shifted so that it counts as at most [`OVERFULL`] = 128 particles; nine cells give a node at most 128 (0.5625 + 4 x 0.375 + 4 x 0.25 = 3.0625) = 392 particles: [`MASS_MAX`] = 6.43e6 < 2^22.7 |
//! | node momentum | Q20 | 392 particles x 4 cells x 2^20 = 2^30.6; each contribution is rounded by at most a half, 2^22 particles add 2^21: below 2^31 |
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
const FORMULAS: u32 = 1;

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
    /// The heaviest node: see the table above, with a little for the weights' rounding.
    MASS_MAX = 6_430_000;
    /// Node mass (Q14) is shifted right by this for density (Q12, 1.0 = four particles).
    MASS_TO_DENSITY = 4;
    /// The densest node before the wall correction, Q12: 4.0.
    DENSITY_RAW_MAX = (1 << 14) - 1;
    /// The densest node, Q12: 8.0.
    DENSITY_MAX = (1 << 15) - 1;
    /// Stiffness, Q4: the stress added to D is this times (1 - J) / J.
    STIFFNESS = 32;
    /// Bulk damping, Q4: the share of D's trace that is taken off each diagonal element.
    BULK = 8;
    /// Shear viscosity, Q9: the share of D's shear that is taken off.
    SHEAR = 0;
    /// Volume correction, Q8: how far J moves toward 1 / density where that is above rest, a substep.
    MIX = 26;
    /// Wall friction, Q8: the share of the velocity along a wall that a node in a solid cell loses.
    FRICTION = 64;
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
// The largest weight times the fastest node, before the shift to Q20.
const _: () = assert!(9224 * (NODE_SPEED_MAX as i64) + 256 < 1 << 31);

/// What of a node's stencil is open, 0 to 36 (the sum over its 3 x 3 open cells of 1, 4, 1 times 1, 4, 1),
/// to the factor, Q8, that turns the mass it received into a density: 36 / open, 0 for 0. A uniform liquid
/// fills open cells only; the integral of the quadratic spline over the neighbouring cells is 1/6, 4/6, 1/6.
pub const OPEN_TO_FACTOR: [i32; 37] = {
    let mut table = [0; 37];
    let mut open = 1;
    while open <= 36 {
        table[open as usize] = (36 * 256 + open / 2) / open;
        open += 1;
    }
    table
};

/// The constants as WGSL text, to put before every shader.
pub fn wgsl_header() -> String {
    let mut text = String::from("// Generated from constants.rs: do not edit.\n");
    for (name, value) in ALL {
        text += &format!("const {name}: i32 = {value};\n");
    }
    let table: Vec<String> = OPEN_TO_FACTOR.iter().map(i32::to_string).collect();
    text += &format!("const OPEN_TO_FACTOR = array<i32, 37>({});\n", table.join(", "));
    text
}

/// Names these constants and formulas: peers that differ in it would not compute the same bits.
pub fn constants_hash() -> u64 {
    let mut words = vec![FORMULAS];
    words.extend(ALL.iter().map(|(_, value)| *value as u32));
    words.extend(OPEN_TO_FACTOR.map(|factor| factor as u32));
    words.extend(MATERIALS.map(|m| m.extra_words));
    let digest = crate::digest::Digest::of_words(0xc057_a475, words);
    u64::from(digest.0[0]) | u64::from(digest.0[1]) << 32
}
