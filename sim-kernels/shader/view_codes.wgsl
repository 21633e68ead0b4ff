// Which material each cell shows, where there are several: the highest code of the cell's particles, in place of
// their count, which nothing reads any more. Twin: cpu/view_codes.rs.
//! import index each_particle particle tiles

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read_write> nodes: array<atomic<u32>>;

const COUNT = STATE_PARTICLES;

fn each(i: u32) {
    let q = particles[i];
    if (!is_particle(q)) {
        return;
    }
    let cell = cell_of(q);
    let node = table[table_index(cell)] * LANES + cell_in_tile(cell);
    atomicMax(&nodes[node * NODE_STRIDE + u32(NODE_COUNT)], CODES + (q.y >> 26u));
}
