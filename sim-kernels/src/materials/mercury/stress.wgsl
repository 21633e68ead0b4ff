// Mercury's stress and volume: a fluid's. Twin: stress.rs.

fn mercury_stress(f: Fields) -> vec4<i32> {
    return fluid_stress(MERCURY, f);
}

fn mercury_volume(j: i32, divergence: i32, density: i32) -> i32 {
    return fluid_volume(MERCURY, j, divergence, density);
}
