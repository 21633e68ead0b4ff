// What a particle scatters: stress into the velocity gradient, then a share of mass and momentum for each of
// nine nodes (with `materials`). Twin: cpu/p2g.rs.

// Mass, momentum x, momentum y, and where masses differ volume.
alias Share = vec3<i32>; //-
//+ alias Moves = vec4<i32>;
//+ alias Share = Moves; //-heat
// And where there is heat the weight that conducts, and that times the temperature.
//+heat struct Share {
//+heat     moves: Moves,
//+heat     heat: vec2<i32>,
//+heat }

struct Scatter {
    u: vec2<i32>,
    d: vec4<i32>,
    w: Stencil,
    shift: u32,
    holds: bool,
    //+ mass: i32,
    //+heat volume: i32,
    //+heat conductance: i32,
    //+heat t: i32,
    // What the others leave of the heat to the node of its own cell.
    //+heat own: i32,
}

fn scatter_of(f: Fields, shift: u32) -> Scatter {
    let d = stress(f);
    let inside = f.pos & vec2<i32>(4095);
    let o = inside - vec2<i32>(POS_HALF);
    let u = f.vel - vec2<i32>(rs(d.x * o.x + d.y * o.y, 12u), rs(d.z * o.x + d.w * o.y, 12u));
    let w = stencil(axis(inside.x), axis(inside.y));
    return Scatter(u, d, w, shift, holds(f.material)); //-
    //+ return Scatter(u, d, w, shift, holds(f.material), mass_of(f.material)); //-heat
    //+heat let heat = thermal(f.material);
    //+heat let h = heat_enthalpy(f.words);
    //+heat let t = heat_temperature(heat, h);
    //+heat let volume = heat_volume(heat, h);
    //+heat let by = vec3<u32>(shift);
    //+heat let below = w.below >> by;
    //+heat let same = w.same >> by;
    //+heat let above = w.above >> by;
    //+heat let k = heat.conductance;
    //+heat let others = heat_share(below.x, t, k) + heat_share(below.y, t, k) + heat_share(below.z, t, k)
        //+heat + heat_share(same.x, t, k) + heat_share(same.z, t, k)
        //+heat + heat_share(above.x, t, k) + heat_share(above.y, t, k) + heat_share(above.z, t, k);
    //+heat let nine = below + same + above;
    //+heat let own = heat_share(nine.x + nine.y + nine.z, t, k) - others;
    // What stays where it is has nothing to give but heat.
    //+heat let still = stays(f.material);
    //+heat let mass = select(mass_of(f.material), 0, still);
    //+heat return Scatter(u, d, w, shift, holds(f.material), mass, select(volume, 0, still), k, t, own);
}

// What goes to the node at an offset.
fn share(s: Scatter, weight: i32, offset: vec2<i32>) -> Share {
    let w = weight >> s.shift;
    let ux = clamp_abs(s.u.x + s.d.x * offset.x + s.d.y * offset.y, SCATTER_SPEED_MAX);
    let uy = clamp_abs(s.u.y + s.d.z * offset.x + s.d.w * offset.y, SCATTER_SPEED_MAX);
    let one = vec3<i32>(w, rs(w * ux, 9u), rs(w * uy, 9u));
    return one; //-
    //+ return Moves(rs(one.x * s.mass, 6u), rs(one.y * s.mass, 6u), rs(one.z * s.mass, 6u), w); //-heat
    //+heat let moves = Moves(
        //+heat rs(one.x * s.mass, 6u),
        //+heat rs(one.y * s.mass, 6u),
        //+heat rs(one.z * s.mass, 6u),
        //+heat rs(w * s.volume, 6u),
    //+heat );
    //+heat let heat = select(s.own, heat_share(w, s.t, s.conductance), any(offset != vec2<i32>(0)));
    //+heat return Share(moves, vec2<i32>(w * s.conductance, heat));
}

// Two shares together.
fn sum_of(a: Share, b: Share) -> Share {
    return a + b; //-heat
    //+heat return Share(a.moves + b.moves, a.heat + b.heat);
}

// The same as a node's image receives it.
fn turned(value: Share, turn: vec2<bool>, holds: bool) -> Share {
    return Share(value.x, scattered(turn, value.yz, holds)); //-
    //+ return Share(value.x, scattered(turn, value.yz, holds), value.w); //-heat
    //+heat let v = value.moves;
    //+heat return Share(Moves(v.x, scattered(turn, v.yz, holds), v.w), value.heat);
}
