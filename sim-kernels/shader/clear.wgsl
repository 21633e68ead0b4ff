// Sort, 3: empties the nodes of all slots in use.
//! import index

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> nodes: array<vec4<u32>>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = workgroup_index(group, groups);
    if (slot < min(state[STATE_SLOTS], params.slot_max)) {
        nodes[slot * LANES + lane] = vec4<u32>(0u);
    }
}
