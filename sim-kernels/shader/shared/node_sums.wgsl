// Adds to a node of the grid.

fn add_to_node(node: u32, value: Share) {
    let word = node * NODE_STRIDE;
    atomicAdd(&nodes[word], value.x);
    atomicAdd(&nodes[word + 1u], value.y);
    atomicAdd(&nodes[word + 2u], value.z);
    //+ atomicAdd(&nodes[word + u32(NODE_VOLUME)], value.w);
}
