// The twin of carried.rs: its law. `Carried` is generated; where it goes is in carriage.wgsl.

fn carried_stress(law: Carried, f: Fields) -> vec4<i32> {
    let w = select(0, rs((i32(f.words[0]) >> 22u) * 12868, 12u), law.slides == 0);
    let push = law.press + rs(clamp(ONE - ((2048 + f.j) << 3u), 0, ONE) * law.stiffness, 4u);
    return vec4<i32>(push, -w, w, push);
}

fn carried_volume(law: Carried, j: i32, divergence: i32, density: i32) -> i32 {
    var like = Fluid();
    like.mix = law.mix;
    like.lag = law.lag;
    return fluid_volume(like, j, divergence, density);
}

fn carried_evolve(law: Carried, f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    return f.words;
}
