// The twin of heat.rs. `Heat`, `Turns` and what they are of each material are generated.

fn heat_enthalpy(own: Words) -> i32 {
    return (i32(own[WORDS - 1u]) << 16u) >> 16u;
}

fn with_enthalpy(word: u32, h: i32) -> u32 {
    return (word & 0xffff0000u) | (u32(h) & 0xffffu);
}

fn heat_temperature(heat: Heat, h: i32) -> i32 {
    return h - clamp(h - heat.boils, 0, heat.boiling) + clamp(heat.freezes - h, 0, heat.freezing);
}

fn heat_warmth(t: i32) -> u32 {
    let warmer = (t + 800) / 1600;
    let colder = (160 - t) / 320;
    if (warmer > 0) {
        return u32(min(3 + warmer, 15));
    }
    return u32(clamp(colder, 0, 3));
}

fn heat_share(weight: i32, t: i32, conductance: i32) -> i32 {
    return rs(rs(weight * t, 4u) * conductance, 8u);
}

fn heat_volume(heat: Heat, h: i32) -> i32 {
    return MASS_PARTICLE_ONE + clamp(h - heat.boils, 0, heat.boiling) * heat.grows / max(heat.boiling, 1);
}
