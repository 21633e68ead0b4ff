// The entry point of kernels with a workgroup for each slot in use and a lane for each of its nodes: `each`
// does the work.

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = workgroup_index(group, groups);
    if (slot < min(state[STATE_SLOTS], params.slot_max)) {
        each(slot, lane);
    }
}
