// The twin of digest.rs: hash4.

fn pcg4d(words: vec4<u32>) -> vec4<u32> {
    var v = words * 1664525u + 1013904223u;
    for (var round = 0u; round < 2u; round += 1u) {
        v.x += v.y * v.w;
        v.y += v.z * v.x;
        v.z += v.x * v.y;
        v.w += v.y * v.z;
        v ^= v >> vec4<u32>(16u);
    }
    return v;
}

fn hash4(words: vec4<u32>) -> vec4<u32> {
    return pcg4d(pcg4d(words));
}
