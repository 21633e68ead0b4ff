//! What the host and the shaders must agree on, written once: the WGSL text is generated from these
//! declarations, so that a number cannot be changed on one side only.

use crate::shared::{shared_consts, shared_struct};

shared_consts! { consts_wgsl:
    /// Invocations of every kernel's workgroup: one tile's cells, and WebGPU's default limit.
    LANES = 256;
    /// Word of the state buffer: particles in the current buffer, holes included.
    STATE_PARTICLES = 0;
    /// Particles in the buffer that a sort reads from.
    STATE_SORTED_FROM = 1;
    /// Grid slots in use; slot 0 belongs to no tile.
    STATE_SLOTS = 2;
    /// Which buffers overflowed: the FLAG_ bits.
    STATE_FLAGS = 3;
    /// The most slots that a sort asked for.
    STATE_SLOTS_WANTED = 4;
    /// The most particles that a buffer should have held.
    STATE_PARTICLES_WANTED = 5;
    /// Particles in the region at the end.
    STATE_ALIVE = 6;
    /// Particles that the extraction asked for.
    STATE_EXTRACTED = 7;
    /// Tiles of the view that are not empty.
    STATE_VIEWED = 8;
    /// Particles that strokes have taken away.
    STATE_TAKEN = 9;
    /// In the word of a stroke that takes something away, and then in the third word of what it took: where the number of
    /// the tick begins, among those that are done at once.
    TAKEN_TICK_SHIFT = 18;
    /// Four lanes of the digest.
    STATE_DIGEST = 12;
    /// Particles in each of the region's tile columns.
    STATE_COLUMNS = 16;
    /// Words of the state buffer.
    STATE_WORDS = 272;
    /// More tiles than slots.
    FLAG_SLOTS = 1;
    /// More particles than the buffer holds.
    FLAG_PARTICLES = 2;
    /// A cell operation removes particles.
    OP_ERASE = 0;
    /// A cell operation adds to velocities.
    OP_PUSH = 1;
    /// A cell operation adds particles.
    OP_SPAWN = 2;
    /// A cell operation adds to enthalpies.
    OP_WARM = 3;
    /// A cell operation sets what is carried going.
    OP_CARRY = 4;
    /// A cell operation removes the particles of a stroke.
    OP_REMOVE = 5;
    /// A cell operation makes the particles of some strokes nobody's.
    OP_FORGET = 6;
    /// A cell operation removes the particles of a material.
    OP_TAKE = 7;
    /// A cell operation makes the particles of a material another.
    OP_REPLACE = 8;
    /// Words of a cell operation's header in the operations buffer: see `gpu/ops.rs`.
    OP_WORDS = 12;
    /// Set in a cell operation's kind when all cells have the same word and only that one is stored.
    OP_UNIFORM = 256;
    /// Words of a tile in the view buffer: the tile's table index, then its samples.
    VIEW_WORDS = 257;
    /// Words of a slot in the digests buffer: the tile's table index, particles, four lanes.
    DIGEST_WORDS = 6;
    /// Added to the tag in a node's fourth word, which has 24 bits: more than a count of particles ever is.
    TAGS = 16777216;
    /// Particles that a lane scatters where they are scattered by runs.
    SCATTER_RUN = 4;
}

shared_struct! {
    /// What changes between dispatches; one entry of a uniform buffer each, chosen by dynamic offset.
    pub Params {
        /// Particles outside of these cells are dropped by a sort or by the end of a superstep: left edge, inside.
        keep_x0: i32,
        /// Bottom edge, inside.
        keep_y0: i32,
        /// Right edge, outside.
        keep_x1: i32,
        /// Top edge, outside.
        keep_y1: i32,
        /// Q15 cells a substep squared.
        gravity_x: i32,
        /// Q15 cells a substep squared.
        gravity_y: i32,
        /// Cells.
        world_width: i32,
        /// Cells.
        world_height: i32,
        /// Tiles in a row of the tile table, which has a ring of one tile around the world.
        table_width: u32,
        /// Tiles in the table.
        table_len: u32,
        /// Words in a row of the terrain's bitmap.
        terrain_row: u32,
        /// Particles that a buffer holds.
        particle_max: u32,
        /// Slots that the grid holds.
        slot_max: u32,
        /// Particles that the extract buffer holds.
        extract_max: u32,
        /// Particles that the buffer of what strokes took away holds.
        taken_max: u32,
        /// Tiles that the view buffer holds.
        view_max: u32,
        /// Rectangles of the extraction.
        rect_count: u32,
        /// Where this tick's tiles begin in the operations buffer, in words.
        op_tiles: u32,
        /// How many tiles they are.
        op_tile_count: u32,
        /// Workgroups that scatter a tile, where particles are scattered by tiles.
        tile_parts: u32,
        /// Materials; with one, the view need not look for tags.
        materials: u32,
        /// The substep's number since the scene began.
        substep: u32,
        /// Where this tick's grabs begin in the operations buffer, in words.
        grabs: u32,
        /// How many they are.
        grab_count: u32,
    }
}

const _: () = assert!(size_of::<Params>() == 96);
const _: () = assert!(TAGS as usize > crate::job::PARTICLES_MAX);
const _: () = assert!(STATE_COLUMNS + 256 == STATE_WORDS);
const _: () = assert!(LANES as usize == crate::geom::TILE_AREA);
const _: () = assert!(STATE_WORDS - STATE_COLUMNS >= (crate::geom::WORLD_WIDTH_MAX / crate::geom::TILE_CELLS) as u32);

/// The generated part of every shader.
pub(crate) fn wgsl_header() -> String {
    format!("{}{}{}", crate::constants::wgsl_header(), consts_wgsl(), Params::wgsl_struct())
}
