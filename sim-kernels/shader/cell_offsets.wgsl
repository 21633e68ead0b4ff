// Sort, 7: where each cell's particles begin.
//! import index scan

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> nodes: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> sums: array<u32>;
@group(0) @binding(4) var<storage, read_write> offsets: array<u32>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_index(group, groups);
    let slot = min(index, params.slot_max - 1u);
    let cells = scan(lane, nodes[slot * LANES + lane].w);
    if (index < min(state[STATE_SLOTS], params.slot_max)) {
        offsets[slot * LANES + lane] = sums[slot] + cells.before;
    }
}
