// The grid slots around a particle: its nine nodes lie in at most two by two tiles.

struct Neighbours {
    // Slots of the tiles of the lowest left, lowest right, highest left and highest right node.
    slots: vec4<u32>,
    // The highest right node's tile.
    high: vec2<i32>,
}

fn neighbours(cell: vec2<i32>) -> Neighbours {
    let low = (cell - vec2<i32>(1)) >> vec2<u32>(4u);
    let high = (cell + vec2<i32>(1)) >> vec2<u32>(4u);
    let below = u32(low.y + 1) * params.table_width;
    let above = u32(high.y + 1) * params.table_width;
    let left = u32(low.x + 1);
    let right = u32(high.x + 1);
    return Neighbours(
        vec4<u32>(table[below + left], table[below + right], table[above + left], table[above + right]),
        high,
    );
}

// The index of a node at most one cell away.
fn node_index(n: Neighbours, cell: vec2<i32>) -> u32 {
    let tile = cell >> vec2<u32>(4u);
    let row = select(n.slots.xy, n.slots.zw, tile.y == n.high.y);
    let slot = select(row.x, row.y, tile.x == n.high.x);
    return slot * LANES + u32((cell.y & 15) * 16 + (cell.x & 15));
}
