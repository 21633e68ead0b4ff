// Sort, 5: adds up the cells of each tile.
//! import index scan

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> nodes: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> sums: array<u32>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    // A slot beyond those in use adds up what is left of an earlier sort, and nobody reads it.
    let index = workgroup_index(group, groups);
    let slot = min(index, params.slot_max - 1u);
    let cells = scan(lane, nodes[slot * LANES + lane].w);
    if (lane == 0u && index < min(state[STATE_SLOTS], params.slot_max)) {
        sums[slot] = cells.total;
    }
}
