// Water's stress and volume: a fluid's. Twin: stress.rs.

fn water_stress(f: Fields) -> vec4<i32> {
    return fluid_stress(WATER, f);
}

fn water_volume(j: i32, divergence: i32, density: i32) -> i32 {
    return fluid_volume(WATER, j, divergence, density);
}
