// The twin of tracing.rs. `Tracing` is generated.

fn tracing_fluid(law: Tracing) -> Fluid {
    return Fluid(law.stiffness, law.bulk, law.shear, law.mix, law.lag, 0, 0, 0);
}

fn tracing_volume(law: Tracing, j: i32, divergence: i32, density: i32) -> i32 {
    return fluid_volume(tracing_fluid(law), j, divergence, density);
}

fn tracing_stress(law: Tracing, f: Fields) -> vec4<i32> {
    return fluid_stress(tracing_fluid(law), f);
}

fn tracing_evolve(law: Tracing, f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    return f.words;
}
