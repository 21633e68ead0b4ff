// Workgroups are counted along x and then y, because 65,535 is the most that fit in a dimension.

fn workgroup_index(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}
