// Sort, 4: counts the particles of each cell.
//! import index each_particle particle tiles traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read_write> nodes: array<atomic<u32>>;
//+ @group(0) @binding(5) var<uniform> materials: Materials;

const COUNT = STATE_SORTED_FROM;

fn each(i: u32) {
    let q = particles[i];
    if (!is_kept(q)) {
        return;
    }
    let cell = cell_of(q);
    let node = table[table_index(cell)] * LANES + cell_in_tile(cell);
    atomicAdd(&nodes[node * NODE_STRIDE + u32(NODE_COUNT)], 1u);
    //+ atomicAdd(&nodes[node * NODE_STRIDE + u32(NODE_CROWD)], u32(mass_of(q.y >> 26u)));
}
