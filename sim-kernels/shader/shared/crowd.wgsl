// How full a node's own cell is, in particles of mass 1. Twin: cpu/p2g.rs.

fn crowd(node: u32) -> u32 {
    return u32(atomicLoad(&nodes[node * NODE_STRIDE + u32(NODE_COUNT)])); //-
    //+ return (u32(atomicLoad(&nodes[node * NODE_STRIDE + u32(NODE_CROWD)])) + 63u) / u32(MASS_PARTICLE_ONE);
}
