// Sort, 3: empties the nodes of all slots in use, and notes for each which of the 3 x 3 cells around it are
// solid, for the tick's scatters and gathers. And the air of all of them.
//! import index each_node tiles terrain

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> slot_tiles: array<u32>;
@group(0) @binding(3) var<storage, read> terrain: array<u32>;
@group(0) @binding(4) var<storage, read_write> nodes: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> masks: array<u32>;
//+ @group(0) @binding(6) var<storage, read_write> air: array<u32>;

// Bit 3 (oy + 1) + ox + 1.
fn solid_mask(cell: vec2<i32>) -> u32 {
    var mask = 0u;
    for (var k = 0; k < 9; k += 1) {
        mask |= select(0u, 1u << u32(k), solid(cell + vec2<i32>(k % 3 - 1, k / 3 - 1)));
    }
    return mask;
}

fn each(slot: u32, lane: u32) {
    let node = (slot * LANES + lane) * NODE_VECTORS;
    nodes[node] = vec4<u32>(0u);
    //+ nodes[node + 1u] = vec4<u32>(0u);
    //+ if (lane < u32(AIR_TILE_WORDS)) {
        //+ air[slot * u32(AIR_TILE_WORDS) + lane] = 0u;
    //+ }
    masks[slot * LANES + lane] = solid_mask(cell_at(slot_tiles[slot], lane));
}
