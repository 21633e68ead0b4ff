// Tracer's stress and volume: a fluid's; its words stay as they are. Twin: stress.rs.

fn tracer_stress(f: Fields) -> vec4<i32> {
    return fluid_stress(TRACER, f);
}

fn tracer_volume(j: i32, divergence: i32, density: i32) -> i32 {
    return fluid_volume(TRACER, j, divergence, density);
}

fn tracer_evolve(f: Fields, d: vec4<i32>) -> Words {
    return f.words;
}
