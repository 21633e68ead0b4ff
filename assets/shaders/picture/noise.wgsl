// Noise that is computed: only for what is baked once, since it is far too dear for every pixel.

fn hash(p: vec2<f32>) -> f32 {
    var h = vec2<u32>(vec2<i32>(floor(p)));
    h = h * 1664525u + 1013904223u;
    h.x += h.y * 1664525u;
    h.y += h.x * 1664525u;
    h ^= h >> vec2(16u);
    h.x += h.y * 1664525u;
    h.x ^= h.x >> 15u;
    return f32(h.x & 0xffffffu) / 16777216.0;
}

fn noise(p: vec2<f32>) -> f32 {
    let i = floor(p);
    let f = fract(p);
    let u = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    return mix(
        mix(hash(i), hash(i + vec2(1.0, 0.0)), u.x),
        mix(hash(i + vec2(0.0, 1.0)), hash(i + vec2(1.0, 1.0)), u.x),
        u.y,
    );
}

// 0 to 1, about 0.5.
fn fbm(start: vec2<f32>, octaves: i32) -> f32 {
    var p = start;
    var sum = 0.0;
    var by = 0.5;
    for (var i = 0; i < octaves; i++) {
        sum += by * noise(p);
        p = vec2(0.8 * p.x - 0.6 * p.y, 0.6 * p.x + 0.8 * p.y) * 2.03 + 17.7;
        by *= 0.5;
    }
    return sum / (1.0 - by * 2.0);
}
