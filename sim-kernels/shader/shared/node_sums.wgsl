// Adds to a node of the grid.

fn add_to_node(node: u32, value: vec3<i32>) {
    let word = node * 4u;
    atomicAdd(&nodes[word], value.x);
    atomicAdd(&nodes[word + 1u], value.y);
    atomicAdd(&nodes[word + 2u], value.z);
}
