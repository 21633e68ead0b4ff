// The canonical particle, as particle.rs has it.

const NO_PARTICLE = vec4<u32>(0u, 0xfc000000u, 0u, 0u);

fn is_particle(q: vec4<u32>) -> bool {
    return (q.y >> 26u) != 63u;
}

// The cell that a particle lies in.
fn cell_of(q: vec4<u32>) -> vec2<i32> {
    return vec2<i32>(i32((q.x & 0xffffffu) >> 12u), i32((q.y & 0x3fffffu) >> 12u));
}

// Whether a particle exists and lies in the cells that are kept (with `tiles`).
fn is_kept(q: vec4<u32>) -> bool {
    return is_particle(q) && is_inside(cell_of(q));
}
