// Particles to grid, by runs: a lane scatters a few particles in a row, and the grid is told once a cell.
// Fewer atomic additions than `p2g` for fewer lanes. Twin: cpu/p2g.rs.
//! import index particle tiles fixed fields materials weights neighbours walls heat scatter scatter_run node_sums crowd words traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read> masks: array<u32>;
@group(0) @binding(5) var<storage, read_write> nodes: array<atomic<i32>>;
//+ @group(0) @binding(6) var<storage, read> words: array<u32>;
//+ @group(0) @binding(7) var<uniform> materials: Materials;

struct Place {
    near: Neighbours,
    cell: vec2<i32>,
}

fn place_of(cell: vec2<i32>) -> Place {
    return Place(neighbours(cell), cell);
}

fn put(place: Place, offset: vec2<i32>, value: Share) {
    add_to_node(node_index(place.near, place.cell + offset), value);
}

fn node_of(cell: vec2<i32>) -> u32 {
    return table[table_index(cell)] * LANES + cell_in_tile(cell);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let first = (workgroup_index(group, groups) * LANES + lane) * SCATTER_RUN;
    scatter_run(first, min(first + SCATTER_RUN, state[STATE_PARTICLES]));
}
