// The twin of fluid.rs. `Fluid` is generated.

fn fluid_stress(law: Fluid, f: Fields) -> vec4<i32> {
    let k = f.d << vec4<u32>(7u);
    let a = k.x;
    let b = k.y;
    let c = k.z;
    let d = k.w;
    let pressure = rs(clamp(ONE - ((2048 + f.j) << 3u), 0, ONE) * law.stiffness, 4u);
    let push = pressure - rs((a + d) * law.bulk, 4u);
    let stretch = rs((a - d) * law.shear, 9u);
    let slide = rs((b + c) * law.shear, 9u);
    return vec4<i32>(
        clamp_abs(a + push - stretch, GRADIENT_MAX),
        b - slide,
        c - slide,
        clamp_abs(d + push + stretch, GRADIENT_MAX),
    );
}

fn fluid_volume(law: Fluid, j: i32, divergence: i32, density: i32) -> i32 {
    let div = clamp_abs(divergence, SPEED_MAX);
    let next = j + rs(j * (div + rs(div * law.lag, 8u)), 15u);
    var goal = ONE;
    if (density > ONE) {
        let now = i32(((1u << 30u) + (u32(density) >> 1u)) / u32(density));
        goal = now + rs(now * div, 15u);
    }
    return next + rs((goal - next) * law.mix, 8u);
}

// In the class of water alone nothing parts.
fn fluid_parting_along(apart: i32, mass: i32, v: i32, r: i32, volume: i32, heft: i32) -> i32 {
    let heavier = rs(mass * v, 6u) - r;
    let toward = clamp_abs((v * (heft >> 7u) - r * (volume >> 7u)) >> 8u, 32768);
    let pull = clamp_abs(rs(clamp_abs(heavier, 8192) * toward, 8u), 65536);
    return clamp_abs(div_round(clamp_abs(rs(pull * apart, 10u), 16384) * MASS_PARTICLE_ONE, mass), PARTING_MAX);
}
