// Sand's stress, volume and strain: those of grains. Twin: stress.rs.

fn sand_stress(f: Fields) -> vec4<i32> {
    return granular_stress(SAND, f);
}

fn sand_volume(j: i32, divergence: i32, density: i32) -> i32 {
    return granular_volume(SAND, j, divergence);
}

fn sand_evolve(f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    return granular_evolve(SAND, f, flow, j, chance);
}
