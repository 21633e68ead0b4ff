// The twin of cpu/weights.rs: quadratic B-splines, Q14.

fn axis(f: i32) -> vec3<i32> {
    let g = (1 << u32(POS_Q)) - f;
    let w0 = rs(g * g, 11u);
    let w2 = rs(f * f, 11u);
    return vec3<i32>(w0, WEIGHT_ONE - w0 - w2, w2);
}

// Nine weights, row by row from below; the centre takes what the others leave.
struct Stencil {
    below: vec3<i32>,
    same: vec3<i32>,
    above: vec3<i32>,
}

fn stencil(wx: vec3<i32>, wy: vec3<i32>) -> Stencil {
    let below = (wx * wy.x) >> vec3<u32>(14u);
    let same = (wx * wy.y) >> vec3<u32>(14u);
    let above = (wx * wy.z) >> vec3<u32>(14u);
    let centre = WEIGHT_ONE - below.x - below.y - below.z - same.x - same.z - above.x - above.y - above.z;
    return Stencil(below, vec3<i32>(same.x, centre, same.z), above);
}
