// From cells to the tile table and to grid slots.

// Index into the tile table, which has a ring of one tile around the world.
fn table_index(cell: vec2<i32>) -> u32 {
    return u32((cell.y >> 4u) + 1) * params.table_width + u32((cell.x >> 4u) + 1);
}

// A cell's index in its tile.
fn cell_in_tile(cell: vec2<i32>) -> u32 {
    return u32((cell.y & 15) * 16 + (cell.x & 15));
}

// The cell with an index in a tile of the table.
fn cell_at(tile: u32, index: u32) -> vec2<i32> {
    let corner = vec2<i32>(i32(tile % params.table_width) - 1, i32(tile / params.table_width) - 1) * TILE;
    return corner + vec2<i32>(i32(index & 15u), i32(index >> 4u));
}

// Whether a cell is one of those that are kept.
fn is_inside(cell: vec2<i32>) -> bool {
    return cell.x >= params.keep_x0 && cell.x < params.keep_x1 && cell.y >= params.keep_y0 && cell.y < params.keep_y1;
}
