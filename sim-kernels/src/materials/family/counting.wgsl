// The twin of counting.rs. `Counting` is generated.

fn counting_fluid(law: Counting) -> Fluid {
    return Fluid(law.stiffness, law.bulk, law.shear, law.mix, law.lag, 0, 0, 0);
}

fn counting_volume(law: Counting, j: i32, divergence: i32, density: i32) -> i32 {
    return fluid_volume(counting_fluid(law), j, divergence, density);
}

fn counting_stress(law: Counting, f: Fields) -> vec4<i32> {
    let s = fluid_stress(counting_fluid(law), f);
    let push = i32(f.words[2] & 7u);
    return vec4<i32>(clamp_abs(s.x + push, GRADIENT_MAX), s.y, s.z, clamp_abs(s.w + push, GRADIENT_MAX));
}

fn counting_evolve(law: Counting, f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    let d = flow.d;
    let low = (f.words[1] + u32(d.x)) & 0xffffu;
    let high = ((f.words[1] >> 16u) + u32(d.w)) << 16u;
    let turns = (f.words[2] >> 3u) + u32(d.z - d.y);
    var next = f.words;
    next[0] = f.words[0] + 1u;
    next[1] = low | high;
    next[2] = (turns << 3u) | (f.words[2] & 7u);
    return next;
}
