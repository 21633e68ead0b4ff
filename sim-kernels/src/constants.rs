//! Every constant of the kernels, once: Rust uses them from here, WGSL gets [`wgsl_header`].
//! Those of a material stand in its folder (see [`crate::materials`]).
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
//! | a particle's mass | Q6 | at most [`MASS_PARTICLE_MAX`] = 5.0; it multiplies a share of momentum, below 2^21, to below 2^30 |
//! | node volume | Q14 | the sum of weights without masses: no more than a node's mass, times 64 over the least mass |
//! | node momentum | Q20 | 512 particles x 3 cells x 2^20 < 1.62e9; each contribution is rounded by at most a half, nine of 8 million particles add less than 2^26: below 2^31 |
//! | node density | Q12, 1.0 = rest | [`DENSITY_MAX`] = 8.0, clamped |
//! | sums over nine nodes | Q29 (velocity), Q26 (density) | the weights sum to 2^14: at most 2^14 x 131071 < 2^31 - 2^13 |
//! | node volume with heat | Q14 | the same, four times for steam: below 2^27 |
//! | enthalpy, temperature | 1/16 degree | 16 bits with a sign |
//! | node weight that conducts | Q18 | a node's weights sum to 2^23 at most, times 64 over the mass and times the conductance, which is at most a quarter of it: 2^27 |
//! | node heat | that times temperature over 2^12 | 2^27 x 2^15 / 2^12 = 2^30, and nine roundings of a half for each of 8 million particles |
//! | J | Q15 | 16384 to 49144 by its 12 bits |

/// Declares the constants, and lists them by name for WGSL.
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
    POS_Q = 12;
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
    J_REST = 2048;
    /// The largest raw J.
    J_RAW_MAX = 4095;
    /// Particles in a cell beyond which its weights are shifted right.
    OVERFULL = 128;
    /// log2 of that.
    OVERFULL_BITS = 7;
    /// The fastest scattered velocity, Q15.
    SCATTER_SPEED_MAX = 98_303;
    /// The most that parting from another liquid adds to a velocity in a substep, Q15.
    PARTING_MAX = 256;
    /// The heaviest divisor, Q14: 2^32 / 512.5, or the division's remainder would not fit.
    MASS_MAX = 8_380_000;
    /// Node mass (Q14) is shifted right by this for density (Q12, 1.0 = four particles).
    MASS_TO_DENSITY = 4;
    /// The densest node, Q12: 8.0.
    DENSITY_MAX = (1 << 15) - 1;
    /// A particle's mass in Q6, where it is 1.
    MASS_PARTICLE_ONE = 64;
    /// The heaviest particle, Q6. A crowded cell's weights are shifted by the sum of its masses, so no node is heavier
    /// than where all are 1.
    MASS_PARTICLE_MAX = 5 * MASS_PARTICLE_ONE;
    /// Wall friction, Q8: how much slower the mirrored liquid behind a wall slides.
    FRICTION = 4;
    /// The default gravity, Q15 cells a substep squared: a fall over 64 cells in 1.16 s.
    GRAVITY_DEFAULT = 54;
    /// Words of a grab behind a tick's cell operations: see [`crate::grabs::Pull::words`].
    GRAB_WORDS = 6;
    /// How firmly a grab holds a particle, Q8: half of what its velocity lacks is made up for in a substep, and however many hold
    /// it, no more, so that it only ever comes nearer to what they want. See [`crate::grabs`].
    GRAB_HOLD = 128;
    /// How fast a grab draws inwards what it does not hold firmly, towards its rim, Q15 times what it lacks of [`GRAB_HOLD`]:
    /// that keeps lumps together.
    GRAB_DRAW = 4;
    /// The same of what it holds firmly, as if it lacked so much: no more than what brings a body to its middle, or small ones
    /// were crushed.
    GRAB_CENTRE = 16;
    /// The fastest that a grab wants anything to be, Q15: 3 cells a tick.
    GRAB_SPEED = 3 * ONE / SUBSTEPS;
    /// Words of a grid node where there is water alone: mass, momentum x and y, and the number of particles in its cell.
    NODE_WORDS = 4;
    /// The word with the number of particles.
    NODE_COUNT = 3;
    /// Words of a grid node where masses differ: these, and those below.
    NODE_WORDS_ALL = 8;
    /// The word with the volume.
    NODE_VOLUME = 4;
    /// The word with the sum of the masses in its cell, Q6.
    NODE_CROWD = 5;
    /// The word with the weight that conducts, where there is heat; the next one has that times the temperature.
    NODE_HEAT = 6;
    /// The temperature of a node that was given next to none: more than any, Q5.
    HEAT_UNKNOWN = 1 << 24;
    /// The bits of a node's mask that say which of the 3 x 3 cells around it are solid; those above say, with reactions,
    /// what of that which others react to lies in its cell and around it.
    SOLID_BITS = 511;
    /// How far up those are.
    TOUCH_SHIFT = 9;
    /// Makes what reactions draw another than what motion does: mixed into the substep's number.
    REACTION_SALT = 0x05ea_c710;
    /// An odd number by which a place becomes a grain: the lower bits of 2^32 over the golden ratio.
    GRAIN_X = 0x1e37_79b1;
    /// Another: what the hash of strings by Fowler, Noll and Vo multiplies with.
    GRAIN_Y = 0x0100_0193;
    /// Cells along the edge of a parcel of air: what a tick takes from it and from those around it lies within
    /// [`HALO_TICK`] of its middle.
    AIR_CELLS = 8;
    /// log2 of that.
    AIR_BITS = 3;
    /// Parcels along a tile's edge.
    AIR_SIDE = TILE / AIR_CELLS;
    /// Words of a parcel in the buffer of air: particles of air, velocity across the left and the lower edge, pressure,
    /// temperature, open cells, and what pulls: how strongly, and that times its velocity along x and along y.
    AIR_WORDS = 9;
    /// Words of a tile there.
    AIR_TILE_WORDS = AIR_SIDE * AIR_SIDE * AIR_WORDS;
    /// The fastest air, Q15.
    AIR_SPEED_MAX = 1 << 14;
    /// A cell with so much mass is closed to air, Q6: three quarters of what fills it.
    AIR_CLOSED = 3 * MASS_PARTICLE_ONE;
    /// The material code that means "no particle": the largest that six bits hold.
    MATERIAL_NONE = 63;
    /// What an emitter is of that adds more of what lies in its cells; no particle is.
    COPY = MATERIAL_NONE - 1;
    /// The code that a particle bears while it lies dormant: see `Particle::dormant`.
    DORMANT = COPY - 1;
}

const _: () = assert!(1 << AIR_BITS == AIR_CELLS && AIR_CELLS / 2 + AIR_CELLS <= HALO_TICK);
const _: () = assert!(1 << OVERFULL_BITS == OVERFULL && 1 << POS_Q == 4096);
// The remainder's shift in `velocity_of` on a GPU.
const _: () = assert!((MASS_MAX as u64) * 512 + (MASS_MAX as u64) / 2 < 1 << 32);
// The gathers' sums and their rounding.
const _: () = assert!((NODE_SPEED_MAX as i64) * (WEIGHT_ONE as i64) + (1 << 13) < 1 << 31);
const _: () = assert!((DENSITY_MAX as i64) * (WEIGHT_ONE as i64) + (1 << 13) < 1 << 31);
// The heaviest node's momentum, with the roundings.
const _: () = assert!(4 * (OVERFULL as i64) * ((SCATTER_SPEED_MAX as i64) << 5) + (1 << 26) < 1 << 31);
/// The constants as WGSL text, to put before every shader.
pub fn wgsl_header() -> String {
    let mut text = String::from("// Generated from constants.rs: do not edit.\n");
    for (name, value) in ALL {
        text += &format!("const {name}: i32 = {value};\n");
    }
    text
}
