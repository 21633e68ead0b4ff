// Counter's law: a fluid's, with a push of a few units that its words say. Twin: stress.rs.

fn counter_stress(f: Fields) -> vec4<i32> {
    let s = fluid_stress(COUNTER, f);
    let push = i32(f.words[2] & 7u);
    return vec4<i32>(clamp_abs(s.x + push, GRADIENT_MAX), s.y, s.z, clamp_abs(s.w + push, GRADIENT_MAX));
}

fn counter_volume(j: i32, divergence: i32, density: i32) -> i32 {
    return fluid_volume(COUNTER, j, divergence, density);
}

fn counter_evolve(f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    let d = flow.d;
    let low = (f.words[1] + u32(d.x)) & 0xffffu;
    let high = ((f.words[1] >> 16u) + u32(d.w)) << 16u;
    let turns = (f.words[2] >> 3u) + u32(d.z - d.y);
    var next = f.words;
    next[0] = f.words[0] + 1u;
    next[1] = low | high;
    next[2] = (turns << 3u) | (turns & 7u);
    return next;
}
