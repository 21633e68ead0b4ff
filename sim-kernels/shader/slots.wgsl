// Sort, 2: gives a grid slot to every marked tile and its eight neighbours, which is as far as a particle and
// its stencil get until the next sort. Slot 0 stands for "no slot". Takes the marks back.
// One workgroup; each lane has a run of consecutive tiles, so that slots are in order of tiles.
//! import scan

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> marks: array<u32>;
@group(0) @binding(3) var<storage, read_write> table: array<u32>;
@group(0) @binding(4) var<storage, read_write> slot_tiles: array<u32>;

// The ring around the world is never marked, so a step over an end of a row finds nothing.
fn is_marked(tile: u32) -> bool {
    return tile < params.table_len && marks[tile] != 0u;
}

// Whether one of three tiles above each other is marked, of which this is the middle one.
fn is_column(tile: u32) -> bool {
    return is_marked(tile - params.table_width) || is_marked(tile) || is_marked(tile + params.table_width);
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
    let run = (params.table_len + LANES - 1u) / LANES;
    let begin = min(lane * run, params.table_len);
    let end = min(begin + run, params.table_len);
    var count = 0u;
    // The columns to the left of a tile, of the tile, and to its right go along with it.
    var left = is_column(begin - 1u);
    var own = is_column(begin);
    for (var tile = begin; tile < end; tile += 1u) {
        let right = is_column(tile + 1u);
        count += select(0u, 1u, left || own || right);
        left = own;
        own = right;
    }
    let sums = scan(lane, count);
    var slot = 1u + sums.before;
    left = is_column(begin - 1u);
    own = is_column(begin);
    for (var tile = begin; tile < end; tile += 1u) {
        let right = is_column(tile + 1u);
        var given = 0u;
        if (left || own || right) {
            if (slot < params.slot_max) {
                given = slot;
                slot_tiles[slot] = tile;
            }
            slot += 1u;
        }
        table[tile] = given;
        left = own;
        own = right;
    }
    if (lane == 0u) {
        let wanted = 1u + sums.total;
        state[STATE_SORTED_FROM] = state[STATE_PARTICLES];
        state[STATE_SLOTS] = min(wanted, params.slot_max);
        state[STATE_SLOTS_WANTED] = max(state[STATE_SLOTS_WANTED], wanted);
        if (wanted > params.slot_max) {
            state[STATE_FLAGS] |= FLAG_SLOTS;
        }
    }
    storageBarrier();
    for (var tile = begin; tile < end; tile += 1u) {
        marks[tile] = 0u;
    }
}
