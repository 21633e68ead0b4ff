// Bits that differ from particle to particle and from substep to substep (with `hash` and `fields`). Twin: cpu/g2p.rs.

fn chance_of(f: Fields, number: u32) -> vec4<u32> {
    return hash4(vec4<u32>(u32(f.pos.x), u32(f.pos.y), u32(f.vel.x) ^ (u32(f.vel.y) << 16u), number));
}
