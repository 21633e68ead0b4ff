// Jelly's stress and deformation: those of a body that keeps its shape. Twin: stress.rs.

fn jelly_stress(f: Fields) -> vec4<i32> {
    return elastic_stress(JELLY, f);
}

fn jelly_volume(j: i32, divergence: i32, density: i32) -> i32 {
    return j;
}

fn jelly_evolve(f: Fields, flow: Flow, j: i32, chance: u32) -> Words {
    return elastic_evolve(f, flow, chance);
}
