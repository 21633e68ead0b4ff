// The entry point of kernels that add up the particles of each slot's cells: `each` is told the sums.

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    // A slot beyond those in use adds up what is left of an earlier sort, and nobody is told: every lane
    // must come to the barriers of the scan.
    let index = workgroup_index(group, groups);
    let slot = min(index, params.slot_max - 1u);
    let cells = scan(lane, nodes[(slot * LANES + lane) * NODE_VECTORS].w);
    if (index < min(state[STATE_SLOTS], params.slot_max)) {
        each(slot, lane, cells);
    }
}
