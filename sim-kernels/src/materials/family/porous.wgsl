// The twin of porous.rs. `Porous` is generated; what is plastic's stands in plastic.wgsl.

const POROUS_JP_MIN: i32 = 8192;

fn porous_ratios(f: Fields) -> vec2<i32> {
    let word = i32(f.words[1]);
    return vec2<i32>((word << 16u) >> 16u, ONE + (word >> 16u));
}

fn porous_hardness(law: Porous, jp: i32) -> i32 {
    return clamp(256 + rs((ONE - jp) * law.harder, 15u), law.soft, law.hard);
}

fn porous_stress(law: Porous, f: Fields) -> vec4<i32> {
    let k = f.d << vec4<u32>(7u);
    let s = plastic_strain(f);
    let e = porous_ratios(f).x;
    let push = rs(-e * select(law.tension, law.stiffness, e < 0), 5u) - rs((k.x + k.w) * law.bulk, 4u);
    let stretch = rs((k.x - k.w) * law.shear, 9u) + rs(s.x * law.modulus, 4u);
    let slide = rs((k.y + k.z) * law.shear, 9u) + rs(s.y * law.modulus, 4u);
    return vec4<i32>(
        clamp_abs(k.x + push - stretch, GRADIENT_MAX),
        clamp_abs(k.y - slide, GRADIENT_MAX),
        clamp_abs(k.z - slide, GRADIENT_MAX),
        clamp_abs(k.w + push + stretch, GRADIENT_MAX),
    );
}

fn porous_volume(law: Porous, j: i32, divergence: i32, density: i32) -> i32 {
    return j;
}

fn porous_crushed(law: Porous, ratios: vec2<i32>, hardness: i32, fine: vec4<i32>) -> vec2<i32> {
    let divergence = clamp_abs(fine.x, 262144) + clamp_abs(fine.w, 262144);
    let k = rs(ratios.x, 4u);
    let n = (ratios.x << 4u) + (divergence << 1u) + rs((divergence >> 4u) * k, 7u) + rs((divergence & 15) * k, 11u);
    let held = clamp(n, -rs(law.crush * hardness, 3u), rs(law.tear * hardness, 3u));
    let beyond = div_round(clamp_abs(n - held, 1048576) << 10u, (1048576 + held) >> 10u);
    let part = ratios.y >> 3u;
    let next = ((ratios.y - ONE) << 5u) + rs((beyond >> 6u) * part, 6u) + rs((beyond & 63) * part, 12u);
    return vec2<i32>(held, clamp(next, (POROUS_JP_MIN - ONE) << 5u, (law.loose - ONE) << 5u));
}

fn porous_evolve(law: Porous, f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    let ratios = porous_ratios(f);
    let hardness = porous_hardness(law, ratios.y);
    let n = porous_crushed(law, ratios, hardness, flow.fine);
    let pressure = rs(clamp(-n.x >> 5u, 0, ONE) * law.stiffness, 4u);
    let limit = rs(pressure * law.friction, 4u) / law.modulus + rs(law.cohesion * hardness, 8u);
    let s = plastic_held(plastic_carried(plastic_strain(f), flow.fine), clamp(limit, 0, 32767), 65536, 0u);
    let low = u32(clamp_abs((n.x + i32((chance >> 10u) & 15u)) >> 4u, 32767)) & 0xffffu;
    let high = u32(clamp_abs((n.y + i32((chance >> 14u) & 31u)) >> 5u, 32767));
    var next = f.words;
    next[0] = plastic_stored(s, chance);
    next[1] = low | (high << 16u);
    return next;
}
