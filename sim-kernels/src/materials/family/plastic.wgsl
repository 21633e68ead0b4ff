// The twin of plastic.rs. `Plastic` is generated.

fn plastic_strain(f: Fields) -> vec2<i32> {
    let word = i32(f.words[0]);
    return vec2<i32>((word << 16u) >> 16u, word >> 16u);
}

fn plastic_pressure(law: Plastic, j: i32) -> i32 {
    return rs(clamp(ONE - j, 0, ONE) * law.stiffness, 4u);
}

fn plastic_stress(law: Plastic, f: Fields) -> vec4<i32> {
    let k = f.d << vec4<u32>(7u);
    let s = plastic_strain(f);
    let j = (2048 + f.j) << 3u;
    let push = plastic_pressure(law, j) - rs(clamp(j - ONE, 0, ONE) * law.tension, 4u) - rs((k.x + k.w) * law.bulk, 4u);
    let stretch = rs((k.x - k.w) * law.shear, 9u) + rs(s.x * law.modulus, 4u);
    let slide = rs((k.y + k.z) * law.shear, 9u) + rs(s.y * law.modulus, 4u);
    return vec4<i32>(
        clamp_abs(k.x + push - stretch, GRADIENT_MAX),
        clamp_abs(k.y - slide, GRADIENT_MAX),
        clamp_abs(k.z - slide, GRADIENT_MAX),
        clamp_abs(k.w + push + stretch, GRADIENT_MAX),
    );
}

fn plastic_volume(law: Plastic, j: i32, divergence: i32, density: i32) -> i32 {
    let next = j + rs(j * clamp_abs(divergence, SPEED_MAX), 15u);
    var wanted = ONE;
    if (density > ONE) {
        wanted = i32(((1u << 30u) + (u32(density) >> 1u)) / u32(density));
    }
    return clamp(next + rs((wanted - next) * law.mix, 8u), 0, law.loose);
}

fn plastic_evolve(law: Plastic, f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    let limit = clamp(rs(plastic_pressure(law, j) * law.friction, 4u) / law.modulus + law.cohesion, 0, 32767);
    let n = plastic_held(plastic_carried(plastic_strain(f), flow.fine), limit, law.creep, chance >> 10u);
    var next = f.words;
    next[0] = plastic_stored(n, chance);
    return next;
}

fn plastic_stored(n: vec2<i32>, chance: u32) -> u32 {
    return plastic_stored_one(n.x, chance) | (plastic_stored_one(n.y, chance >> 5u) << 16u);
}

fn plastic_stored_one(v: i32, chance: u32) -> u32 {
    return u32(clamp_abs((v + i32(chance & 31u)) >> 5u, 32767)) & 0xffffu;
}

fn plastic_times(l: i32, k: i32) -> i32 {
    return rs((l >> 4u) * k, 7u) + rs((l & 15) * k, 11u);
}

fn plastic_carried(s: vec2<i32>, fine: vec4<i32>) -> vec2<i32> {
    let l = clamp(fine, vec4<i32>(-262144), vec4<i32>(262144));
    let h = rs(l.x - l.w, 1u);
    let p = rs(s.x, 3u);
    let q = rs(s.y, 3u);
    let t = i32(root(16777216u + u32(p * p + q * q)));
    let high = t + p;
    let low = t - p;
    let m11 = plastic_times(h, high) + plastic_times(l.y, q);
    let m12 = plastic_times(h, q) + plastic_times(l.y, low);
    let m21 = plastic_times(l.z, high) - plastic_times(h, q);
    let m22 = plastic_times(l.z, q) - plastic_times(h, low);
    let l11 = h >> 4u;
    let l12 = l.y >> 4u;
    let l21 = l.z >> 4u;
    let k11 = clamp_abs(m11 >> 8u, 8192);
    let k12 = clamp_abs(m12 >> 8u, 8192);
    let k21 = clamp_abs(m21 >> 8u, 8192);
    let k22 = clamp_abs(m22 >> 8u, 8192);
    let e11 = rs(k11 * l11 + k12 * l12, 7u);
    let e12 = rs(k11 * l21 - k12 * l11, 7u);
    let e22 = rs(k21 * l21 - k22 * l11, 7u);
    let n1 = (s.x << 5u) + m11 - m22 + rs(e11 - e22, 1u);
    let n2 = (s.y << 5u) + m12 + m21 + e12;
    let grows = rs(l11 * l11 + l12 * l21, 15u);
    return vec2<i32>(plastic_grown(n1, grows), plastic_grown(n2, grows));
}

fn plastic_grown(n: i32, grows: i32) -> i32 {
    let within = clamp_abs(n, 2097152);
    return within + rs((within >> 5u) * grows, 10u);
}

fn plastic_held(n: vec2<i32>, limit: i32, creep: i32, chance: u32) -> vec2<i32> {
    let x = clamp_abs(rs(n.x, 5u), 46340);
    let y = clamp_abs(rs(n.y, 5u), 46340);
    let size = i32(root(u32(x * x) + u32(y * y)));
    if (size <= limit) {
        return n;
    }
    let gone = i32((u32(size - limit) * u32(creep) + (chance & 0xffffu)) >> 16u);
    let part = i32((u32(size - gone) << 15u) / u32(size));
    return vec2<i32>(rs(x * part, 10u), rs(y * part, 10u));
}
