// The entry point of kernels with a lane for each particle: `each` does the work. COUNT names the word of
// the state that says how many there are.

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = workgroup_index(group, groups) * LANES + lane;
    if (i < state[COUNT]) {
        each(i);
    }
}
