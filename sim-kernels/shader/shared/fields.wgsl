// The twin of particle.rs: a particle's fields, apart.

struct Fields {
    pos: vec2<i32>,
    vel: vec2<i32>,
    d: vec4<i32>,
    j: i32,
    material: u32,
    // Those that the material does not have are 0; the last is that of heat.
    //+ words: Words,
}

fn unpack(q: vec4<u32>) -> Fields { //-
//+ fn unpack(q: vec4<u32>, own: Words) -> Fields {
    let w = vec4<i32>(q);
    return Fields(
        vec2<i32>(w.x & 0xffffff, w.y & 0x3fffff),
        vec2<i32>((w.z << 16u) >> 16u, w.z >> 16u),
        vec4<i32>((w.w << 24u) >> 24u, (w.w << 16u) >> 24u, (w.w << 8u) >> 24u, w.w >> 24u),
        i32((q.x >> 24u) | (((q.y >> 22u) & 15u) << 8u)),
        q.y >> 26u,
        //+ own,
    );
}

fn pack(f: Fields) -> vec4<u32> {
    let pos = vec2<u32>(f.pos);
    let vel = vec2<u32>(f.vel);
    let d = vec4<u32>(f.d) & vec4<u32>(0xffu);
    let j = u32(f.j);
    return vec4<u32>(
        pos.x | ((j & 0xffu) << 24u),
        pos.y | ((j >> 8u) << 22u) | (f.material << 26u),
        (vel.x & 0xffffu) | (vel.y << 16u),
        d.x | (d.y << 8u) | (d.z << 16u) | (d.w << 24u),
    );
}
