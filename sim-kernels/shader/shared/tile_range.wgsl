// Where a slot's particles lie since the last sort.

struct TileRange {
    begin: u32,
    end: u32,
}

fn tile_range(slot: u32, slots: u32) -> TileRange {
    var end = state[STATE_PARTICLES];
    if (slot + 1u < slots) {
        end = sums[slot + 1u];
    }
    return TileRange(sums[slot], end);
}
