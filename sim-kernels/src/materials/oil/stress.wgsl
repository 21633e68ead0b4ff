// Oil's stress and volume: a fluid's. Twin: stress.rs.

fn oil_stress(f: Fields) -> vec4<i32> {
    return fluid_stress(OIL, f);
}

fn oil_volume(j: i32, divergence: i32, density: i32) -> i32 {
    return fluid_volume(OIL, j, divergence, density);
}
