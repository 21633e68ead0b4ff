// The twin of air.rs. `Air` is generated.

fn air_stress(law: Air, f: Fields) -> vec4<i32> {
    return vec4<i32>(0);
}

fn air_volume(law: Air, j: i32, divergence: i32, density: i32) -> i32 {
    return j;
}

fn air_evolve(law: Air, f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    return f.words;
}
