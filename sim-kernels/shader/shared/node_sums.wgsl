// Adds to a node of the grid.

fn add_to_node(node: u32, value: Share) {
    let word = node * NODE_STRIDE;
    let v = value; //-heat
    //+heat let v = value.moves;
    atomicAdd(&nodes[word], v.x);
    atomicAdd(&nodes[word + 1u], v.y);
    atomicAdd(&nodes[word + 2u], v.z);
    //+ atomicAdd(&nodes[word + u32(NODE_VOLUME)], v.w);
    //+heat atomicAdd(&nodes[word + u32(NODE_HEAT)], value.heat.x);
    //+heat atomicAdd(&nodes[word + u32(NODE_HEAT) + 1u], value.heat.y);
}
