// Which cells are solid: everything outside the world, and what the bitmap says. Twin: terrain.rs.

fn solid(cell: vec2<i32>) -> bool {
    if (cell.x < 0 || cell.y < 0 || cell.x >= params.world_width || cell.y >= params.world_height) {
        return true;
    }
    let word = terrain[u32(cell.y) * params.terrain_row + (u32(cell.x) >> 5u)];
    return ((word >> (u32(cell.x) & 31u)) & 1u) != 0u;
}
