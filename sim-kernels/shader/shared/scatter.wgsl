// What a particle scatters: stress into the velocity gradient, then a share of mass and momentum for each of
// nine nodes (with `materials`). Twin: cpu/p2g.rs.

// Mass, momentum x, momentum y, and where masses differ volume.
alias Share = vec3<i32>; //-
//+ alias Share = vec4<i32>;

struct Scatter {
    u: vec2<i32>,
    d: vec4<i32>,
    w: Stencil,
    shift: u32,
    holds: bool,
    //+ mass: i32,
}

fn scatter_of(f: Fields, shift: u32) -> Scatter {
    let d = stress(f);
    let inside = f.pos & vec2<i32>(4095);
    let o = inside - vec2<i32>(POS_HALF);
    let u = f.vel - vec2<i32>(rs(d.x * o.x + d.y * o.y, 12u), rs(d.z * o.x + d.w * o.y, 12u));
    let w = stencil(axis(inside.x), axis(inside.y));
    return Scatter(u, d, w, shift, holds(f.material)); //-
    //+ return Scatter(u, d, w, shift, holds(f.material), mass_of(f.material));
}

// What goes to the node at an offset.
fn share(s: Scatter, weight: i32, offset: vec2<i32>) -> Share {
    let w = weight >> s.shift;
    let ux = clamp_abs(s.u.x + s.d.x * offset.x + s.d.y * offset.y, SCATTER_SPEED_MAX);
    let uy = clamp_abs(s.u.y + s.d.z * offset.x + s.d.w * offset.y, SCATTER_SPEED_MAX);
    let one = vec3<i32>(w, rs(w * ux, 9u), rs(w * uy, 9u));
    return one; //-
    //+ return vec4<i32>(rs(one.x * s.mass, 6u), rs(one.y * s.mass, 6u), rs(one.z * s.mass, 6u), w);
}

// The same as a node's image receives it.
fn turned(value: Share, turn: vec2<bool>, holds: bool) -> Share {
    return Share(value.x, scattered(turn, value.yz, holds)); //-
    //+ return Share(value.x, scattered(turn, value.yz, holds), value.w);
}
