// The twin of elastic.rs. `Elastic` is generated.

fn elastic_strain(f: Fields) -> vec4<i32> {
    let w = vec2<i32>(i32(f.words[0]), i32(f.words[1]));
    return vec4<i32>((w.x << 16u) >> 16u, w.x >> 16u, (w.y << 16u) >> 16u, w.y >> 16u);
}

fn elastic_quarter(e: vec4<i32>) -> vec4<i32> {
    return vec4<i32>(rs(e.x, 2u), rs(e.y, 2u), rs(e.z, 2u), rs(e.w, 2u));
}

fn elastic_shape(e: vec4<i32>) -> vec3<i32> {
    let q = elastic_quarter(e);
    return vec3<i32>(
        ONE + ((e.x + e.w) << 1u) + rs(q.x * q.w - q.y * q.z, 9u),
        ((e.x - e.w) << 1u) + rs(rs(q.x * q.x + q.y * q.y - q.z * q.z - q.w * q.w, 1u), 9u),
        ((e.y + e.z) << 1u) + rs(q.x * q.z + q.y * q.w, 9u),
    );
}

fn elastic_stress(law: Elastic, f: Fields) -> vec4<i32> {
    let k = f.d << vec4<u32>(7u);
    let shape = elastic_shape(elastic_strain(f));
    let j = shape.x;
    let inverse = i32((1u << 27u) / u32(clamp(j, ONE / 4, 4 * ONE)));
    let s1 = rs(clamp_abs(shape.y, 65536) * inverse, 12u);
    let s2 = rs(clamp_abs(shape.z, 65536) * inverse, 12u);
    let push = rs((ONE - j) * law.stiffness, 4u) - rs((k.x + k.w) * law.bulk, 4u);
    let stretch = rs((k.x - k.w) * law.shear, 9u) + rs(s1 * law.modulus, 4u);
    let slide = rs((k.y + k.z) * law.shear, 9u) + rs(s2 * law.modulus, 4u);
    return vec4<i32>(
        clamp_abs(k.x + push - stretch, GRADIENT_MAX),
        clamp_abs(k.y - slide, GRADIENT_MAX),
        clamp_abs(k.z - slide, GRADIENT_MAX),
        clamp_abs(k.w + push + stretch, GRADIENT_MAX),
    );
}

fn elastic_flows(law: Elastic, shape: vec3<i32>, density: i32) -> vec4<i32> {
    if (law.yields == 0) {
        return vec4<i32>(0);
    }
    var over = (ONE - shape.x) - clamp_abs(ONE - shape.x, law.gives);
    if (over > 0 && density >= law.packed) {
        over = 0;
    }
    let swell = clamp_abs(over, ONE) << 3u;
    let h = clamp_abs(shape.y, ONE);
    let o = clamp_abs(shape.z, ONE);
    let size = i32(root(u32(h * h) + u32(o * o)));
    if (size <= law.yields) {
        return vec4<i32>(-swell, 0, 0, -swell);
    }
    let share = ((size - law.yields) << 12u) / size;
    let stretch = rs(h * share, 9u);
    let slide = rs(o * share, 9u);
    return vec4<i32>(stretch - swell, slide, slide, -stretch - swell);
}

fn elastic_times(l: i32, k: i32) -> i32 {
    return rs((l >> 4u) * k, 7u) + rs((l & 15) * k, 11u);
}

fn elastic_stored(e: i32, by: i32, chance: u32) -> u32 {
    return u32(clamp_abs(((e << 6u) + by + i32(chance & 63u)) >> 6u, 32767)) & 0xffffu;
}

fn elastic_volume(law: Elastic, j: i32, divergence: i32, density: i32) -> i32 {
    return j;
}

fn elastic_evolve(law: Elastic, f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    let e = elastic_strain(f);
    let q = elastic_quarter(e);
    let given = elastic_flows(law, elastic_shape(e), flow.density);
    let l = clamp(flow.fine - given, vec4<i32>(-262144), vec4<i32>(262144));
    let b11 = (l.x << 1u) + elastic_times(l.x, q.x) + elastic_times(l.y, q.z);
    let b12 = (l.y << 1u) + elastic_times(l.x, q.y) + elastic_times(l.y, q.w);
    let b21 = (l.z << 1u) + elastic_times(l.z, q.x) + elastic_times(l.w, q.z);
    let b22 = (l.w << 1u) + elastic_times(l.z, q.y) + elastic_times(l.w, q.w);
    var next = f.words;
    next[0] = elastic_stored(e.x, b11, chance) | (elastic_stored(e.y, b12, chance >> 6u) << 16u);
    next[1] = elastic_stored(e.z, b21, chance >> 12u) | (elastic_stored(e.w, b22, chance >> 18u) << 16u);
    return next;
}

fn elastic_left(law: Elastic, after: Fields) -> i32 {
    if (law.breaks == 0) {
        return WHOLE;
    }
    let e = elastic_strain(after);
    let shape = elastic_shape(e);
    let q = elastic_quarter(e);
    let mean = ((e.x + e.w) << 1u) + rs(rs(q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w, 1u), 9u);
    let h = clamp_abs(shape.y, ONE);
    let o = clamp_abs(shape.z, ONE);
    if (mean + i32(root(u32(h * h) + u32(o * o))) <= law.breaks && ONE - shape.x <= law.crush) {
        return WHOLE;
    }
    return clamp(rs(shape.x, 3u) - 2048, 0, J_RAW_MAX);
}
