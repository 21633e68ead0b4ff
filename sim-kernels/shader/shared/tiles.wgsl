// From cells to the tile table and to grid slots.

// Index into the tile table, which has a ring of one tile around the world.
fn table_index(cell: vec2<i32>) -> u32 {
    return u32((cell.y >> 4u) + 1) * params.table_width + u32((cell.x >> 4u) + 1);
}

// A cell's index in its tile.
fn cell_in_tile(cell: vec2<i32>) -> u32 {
    return u32((cell.y & 15) * 16 + (cell.x & 15));
}

// Whether a particle exists and lies in the cells that are kept.
fn is_kept(q: vec4<u32>) -> bool {
    let cell = cell_of(q);
    return is_particle(q) && cell.x >= params.keep_x0 && cell.x < params.keep_x1
        && cell.y >= params.keep_y0 && cell.y < params.keep_y1;
}
